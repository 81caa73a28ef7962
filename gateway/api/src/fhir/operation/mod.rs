//! Operations (<https://hl7.org/fhir/R4/operations.html>): what is called by a `$name`.
//!
//! `table` has a row for each; the paths, the 405 with its `Allow`, the 404 for a name or type without a row, the
//! CapabilityStatement and `docs/fhir/operations.md` follow from the rows. What a row takes is read and checked before
//! its handler is called (`input`): a parameter that is not known, doubled or missing is 400, with every one of them.

mod expand;
mod input;
mod lookup;
mod output;
mod sign_in;
mod subscription;
mod subsumes;
mod table;
mod terms;
mod translate;
mod validate;
mod validate_code;

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::response::Response;
use axum::routing::any;
use gateway_core::{Caller, Problem, Resource, ResourceType};
use http::Method;

use super::offer::offered;
use super::own;
use super::place::At;
use super::route;
use super::wish::Wish;
use crate::App;
use crate::caller::Access;
use crate::problem::Refused;

pub(super) use input::Input;
pub use input::{Kind, Takes};
pub use table::OPERATIONS;

/// An operation: a row of the table.
#[derive(Debug)]
pub struct Operation {
    /// Its name, without the `$`.
    pub name: &'static str,
    /// What it does, for the documentation.
    pub does: &'static str,
    /// Where it can be called.
    pub levels: &'static [Level],
    /// The types it is there for; at level system it does not count.
    pub types: Types,
    /// How it can be called.
    pub methods: Methods,
    /// The canonical address of its definition.
    pub definition: &'static str,
    /// Its parameters.
    pub takes: &'static [Takes],
    handler: fn(Call) -> Answer,
}

/// Where an operation can be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `[base]/$name`
    System,
    /// `[base]/{type}/$name`
    Type,
    /// `[base]/{type}/{id}/$name`
    Instance,
}

/// The types an operation is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Types {
    /// Every type that offers anything.
    Every,
    /// These.
    Only(&'static [ResourceType]),
}

/// How an operation can be called. GET is for those that change nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Methods {
    /// By GET, as far as the parameters are simple, and by POST.
    GetOrPost,
    /// By POST.
    Post,
}

/// A call of an operation, read and checked as its row says.
pub(super) struct Call {
    pub(super) app: Arc<App>,
    pub(super) caller: Caller,
    pub(super) at: At,
    pub(super) input: Input,
    pub(super) wish: Wish,
    /// The query as it came.
    pub(super) query: String,
}

impl Call {
    /// The resource that the path names, as a read would show it.
    ///
    /// # Errors
    /// As a read; `NotFound` when the path names none.
    pub(super) async fn named(&self) -> Result<Resource, Refused> {
        let At::Instance(key) = &self.at else { return Err(Refused(Problem::NotFound)) };
        let (app, caller) = (&self.app, &self.caller);
        let text = if let Some(kind) = own::Kind::of(key.resource_type) {
            own::read(app, caller, kind, key).await?.text
        } else if let Some(shown) = own::overlay::read(app, caller, key)? {
            shown.text
        } else {
            app.engine.read(caller, key).await?.text.unwrap_or_default()
        };
        Resource::from_text(text).map_err(|_| Refused(Problem::Internal))
    }
}

/// What a handler gives.
pub(super) type Answer = Pin<Box<dyn Future<Output = Result<Response, Refused>> + Send>>;

impl Level {
    /// The template of the path of an operation; `mark` is `$`, or how some clients write it.
    fn path(self, mark: &str, name: &str) -> String {
        match self {
            Self::System => format!("/fhir/{mark}{name}"),
            Self::Type => format!("/fhir/{{type}}/{mark}{name}"),
            Self::Instance => format!("/fhir/{{type}}/{{id}}/{mark}{name}"),
        }
    }
}

impl Types {
    /// Whether a type is among them.
    #[must_use]
    pub fn has(self, resource_type: ResourceType) -> bool {
        match self {
            Self::Every => !offered(resource_type).is_empty(),
            Self::Only(types) => types.contains(&resource_type),
        }
    }
}

impl Methods {
    /// The value of `Allow`.
    #[must_use]
    pub fn allow(self) -> &'static str {
        match self {
            Self::GetOrPost => "GET, HEAD, POST",
            Self::Post => "POST",
        }
    }

    fn has(self, method: &Method) -> bool {
        *method == Method::POST || (self == Self::GetOrPost && matches!(*method, Method::GET | Method::HEAD))
    }
}

impl Operation {
    /// The templates of its paths, in the order of its levels.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        self.levels.iter().map(|level| level.path("$", self.name))
    }

    /// Whether it can be called on a type or on one of that type.
    #[must_use]
    pub fn is_for(&self, resource_type: ResourceType) -> bool {
        self.levels.iter().any(|level| *level != Level::System) && self.types.has(resource_type)
    }

    fn is_at(&self, at: &At) -> bool {
        match at {
            At::System => self.levels.contains(&Level::System),
            At::Type(of) => self.levels.contains(&Level::Type) && self.types.has(*of),
            At::Instance(key) => self.levels.contains(&Level::Instance) && self.types.has(key.resource_type),
        }
    }
}

pub(super) fn router() -> Router<Arc<App>> {
    let levels =
        |operation: &'static Operation| operation.levels.iter().map(|level| (*level, operation.name));
    let places: BTreeSet<(Level, &'static str)> = OPERATIONS.iter().flat_map(levels).collect();
    places.into_iter().fold(Router::new(), |router, (level, name)| {
        let handler = move |app, access, at, method, wish, request| {
            called(name, app, access, at, method, wish, request)
        };
        // some clients write the sign as its code
        ["$", "%24"].iter().fold(router, |router, mark| {
            let path = level.path(mark, name);
            let slashed = format!("{path}/");
            let handlers = || route::unpacked(route::packed(any(handler)));
            router.route(&path, handlers()).route(&slashed, handlers())
        })
    })
}

async fn called(
    name: &'static str,
    State(app): State<Arc<App>>,
    Access(caller): Access,
    at: At,
    method: Method,
    mut wish: Wish,
    request: Request,
) -> Result<Response, Refused> {
    let operation = OPERATIONS
        .iter()
        .find(|operation| operation.name == name && operation.is_at(&at))
        .ok_or(Refused(Problem::NotFound))?;
    if !operation.methods.has(&method) {
        return Err(Refused(Problem::NotAllowed { allow: operation.methods.allow() }));
    }
    let query = request.uri().query().unwrap_or_default().to_owned();
    let parameters = std::mem::take(&mut wish.parameters);
    let input = Input::read(&app, operation.takes, parameters, request).await?;
    (operation.handler)(Call { app, caller, at, input, wish, query }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_rows_answer_the_same_call() {
        for (n, one) in OPERATIONS.iter().enumerate() {
            for other in OPERATIONS.iter().skip(n + 1).filter(|other| other.name == one.name) {
                let shared = one.levels.iter().any(|level| other.levels.contains(level));
                let clash = ResourceType::ALL.iter().any(|t| one.types.has(*t) && other.types.has(*t));
                assert!(!(shared && clash), "${}", one.name);
            }
        }
    }

    #[test]
    fn a_row_says_each_parameter_once() {
        for operation in OPERATIONS {
            let mut names: Vec<_> = operation.takes.iter().map(|takes| takes.name).collect();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), operation.takes.len(), "${}", operation.name);
            assert!(!operation.levels.is_empty() && operation.does.ends_with('.'), "${}", operation.name);
        }
    }
}
