//! Carrying changes to their links: claim, attempt, settle.
//!
//! The [`Dispatcher`] claims lanes (the queue of one resource on one link) for links that have room, makes one attempt in
//! each (`attempt`), turns how it ended into what becomes of the delivery (`verdict`) and settles many at once
//! (`settle`). `backoff` and `breaker` say when a lane and a link are tried again; `watch` shows how links stand and lets
//! a broken one run again when its check passes. What is guaranteed stands in the README.

mod attempt;
mod backoff;
mod breaker;
mod content;
mod dispatcher;
mod exchange;
mod lane;
mod line;
mod settings;
mod settle;
mod verdict;
mod watch;

pub(crate) use backoff::pause;
pub(crate) use exchange::text as exchange_text;
pub(crate) use verdict::{answered, later, sentences};
pub(crate) use watch::pause as pause_broken;

pub use dispatcher::Dispatcher;
pub use settings::{BreakerSettings, Jitter, Settings};
pub use settle::Tally;
pub use watch::BROKEN;
