//! The nouns of the house: what every other crate talks about, and nothing that does input, output or waiting.
//!
//! A [`Resource`] is the text that came in, read through [`json::Node`] lenses and never printed again from a
//! struct. Time and random ids enter through [`Clock`] and [`Ids`]; personal numbers are types that do not print.

mod agb;
mod bsn;
mod caller;
mod clock;
mod delivery;
mod ids;
mod issue;
pub mod json;
mod key;
mod local_time;
mod problem;
mod resource;
mod resource_type;
mod scope;
mod tenant;
mod zone;

pub use agb::{Agb, NoAgb};
pub use bsn::{Bsn, BsnError};
pub use caller::{Caller, Origin};
pub use clock::{Clock, FixedClock, SystemClock, instant_text};
pub use delivery::{Attempt, Delivery, DeliveryState, Failure, Receipt};
pub use ids::{Ids, RandomIds};
pub use issue::{Issue, IssueCode, Severity};
pub use key::{CounterpartKey, Id, Key, LinkId, NoId, NoLinkId, Version};
pub use local_time::{LocalTimeError, amsterdam};
pub use problem::Problem;
pub use resource::{Draft, Resource};
pub use resource_type::{ResourceType, UnknownResourceType};
pub use scope::{Interaction, Scopes, UnknownScope};
pub use tenant::{NoTenantId, TenantId};
pub use zone::{Moment, NoZone, SecondHour, Uncertain, Zone};
