#![doc = include_str!("../README.md")]

mod ask;
pub mod conformance;
pub mod exchange;
mod finding;
pub mod http;
mod item;
mod link;
pub mod oauth;
mod poll;
mod session;
pub mod standin;

pub use ask::{Answer, Ask, Asker, Question};
pub use exchange::{Exchange, ExchangeLog};
pub use finding::Finding;
pub use item::{Aside, Item, Lay};
pub use link::{Check, Deliver, Link, Policy};
pub use poll::{Poll, Polled};
pub use session::{Session, SignIn};
