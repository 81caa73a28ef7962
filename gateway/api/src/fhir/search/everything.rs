//! `$everything` of a patient (<https://hl7.org/fhir/R4/patient-operation-everything.html>): the patient, what is in its
//! compartment, and what those refer to so that they can be read: who, where, which practice.
//!
//! It is a search, paged and narrowed by scopes like one. The patient and the compartment are matches, the rest is included.
//! What belongs to somebody else's compartment is never included: the other one in a group's appointment is not this
//! patient's. `start` and `end` are about care and leave out what has no date of care only where its type has one.

use axum::response::Response;
use fhir_profiles::search::{Criterion, Filter, Query};
use gateway_core::{Interaction, Issue, IssueCode, Key, Problem, ResourceType};
use gateway_engine::Answered;

use super::asked::Asked;
use super::compartment;
use super::field::{TYPE, inside, searchable};
use super::include::{Include, Target};
use super::searching::Searching;
use crate::App;
use crate::fhir::continuation::{PAGE, Reader};
use crate::fhir::operation::{Call, Kind, Takes};
use crate::fhir::own;
use crate::fhir::page::Size;
use crate::fhir::place::At;
use crate::fhir::subset::Shown;
use crate::fhir::wish::Wish;
use crate::problem::{Refused, malformed};

/// What the operation takes, in the order of `self`; the last one stands in links of ours.
pub(in crate::fhir) const TAKES: &[Takes] = &[
    Takes::maybe("start", Kind::Date),
    Takes::maybe("end", Kind::Date),
    Takes::maybe("_since", Kind::Date),
    Takes::any(TYPE, Kind::Code),
    Takes::maybe("_count", Kind::Integer),
    Takes::maybe(PAGE, Kind::String),
];

/// When care was given, by type; the others have no date of care.
const CARE: &[(ResourceType, &str)] = &[
    (ResourceType::Appointment, "date"),
    (ResourceType::ChargeItem, "occurrence"),
    (ResourceType::Communication, "sent"),
    (ResourceType::DocumentReference, "date"),
    (ResourceType::Invoice, "date"),
    (ResourceType::Procedure, "date"),
    (ResourceType::Schedule, "date"),
];

pub(in crate::fhir) async fn everything(call: Call) -> Result<Response, Refused> {
    let parameters = given(&call);
    let Call { app, caller, at: At::Instance(patient), wish, .. } = call else {
        return Err(Refused(Problem::NotFound));
    };
    let (app, caller, patient) = (&*app, &caller, &patient);
    let mut wish = Wish { parameters, ..wish };
    let reader = Reader { app, caller, path: &format!("{patient}/$everything") };
    let resumed = reader.resume(&mut wish)?;
    app.engine.read(caller, patient).await?;
    let mut parameters = wish.parameters.clone();
    parameters.retain(|(name, _)| name != "_count");
    let size = Size::take(&mut wish, &Shown::Whole)?;
    parameters.extend(size.parameters());

    let mut types = vec![ResourceType::Patient];
    types.extend(compartment::types().filter(|of| *of != ResourceType::Patient));
    let only = only(&mut wish)?;
    // what is included hangs on the whole compartment
    if let Some(only) = only.as_ref().filter(|only| only.iter().all(|of| types.contains(of))) {
        types.retain(|of| only.contains(of));
    }
    types.retain(|of| caller.scopes.allow(*of, Interaction::Search));
    let of_type = |of: &ResourceType| query(app, &wish, patient, *of);
    let queries = types.iter().map(of_type).collect::<Result<Vec<_>, _>>()?;

    let asked = Asked { shown: Shown::Whole, size, sort: Vec::new(), includes: includes() };
    let fresh = Answered::default();
    Searching { reader, resumed, asked, queries, parameters, fresh, only }.answer(&wish).await
}

/// What the operation was given, as parameters of a search.
fn given(call: &Call) -> Vec<(String, String)> {
    let all = |takes: &Takes| {
        let name = takes.name;
        call.input.texts(name).map(move |text| (name.to_owned(), text.to_owned()))
    };
    TAKES.iter().flat_map(all).collect()
}

/// The types that are shown, when they are named.
fn only(wish: &mut Wish) -> Result<Option<Vec<ResourceType>>, Refused> {
    let names = wish.take_all(TYPE);
    let mut only = Vec::new();
    for name in names.iter().flat_map(|names| names.split(',')).map(str::trim) {
        if let Some(of) = searchable().into_iter().find(|of| of.as_str() == name) {
            only.push(of);
        } else {
            let text = "_type names a type that is not shown here.";
            wish.cannot(Issue::error(IssueCode::NotSupported, text).at("http._type"))?;
        }
    }
    Ok((!names.is_empty()).then_some(only))
}

/// What of a type is the patient's and in the time that was asked for.
fn query(app: &App, wish: &Wish, patient: &Key, of: ResourceType) -> Result<Query, Refused> {
    let value = |name: &str| wish.parameters.iter().find(|(n, _)| n == name).map(|(_, value)| value);
    let mut parameters = Vec::new();
    if let Some((_, date)) = CARE.iter().find(|(with, _)| *with == of) {
        parameters.extend(value("start").map(|start| ((*date).to_owned(), format!("ge{start}"))));
        parameters.extend(value("end").map(|end| ((*date).to_owned(), format!("le{end}"))));
    }
    parameters.extend(value("_since").map(|since| ("_lastUpdated".to_owned(), format!("ge{since}"))));
    let parts = app.engine.parts();
    let now = own::micros(parts.clock.now());
    let mut query = Query::parse_at(&parts.profiles, of, &parameters, now).map_err(|_| {
        malformed(IssueCode::Value, "start and end are dates, _since is an instant: 2026-09-14T07:10:00Z.")
    })?;
    query.filters.push(if of == ResourceType::Patient {
        let any = vec![Criterion::Id(patient.id.clone())];
        Filter { parameter: "_id".to_owned(), negated: false, any }
    } else {
        inside(patient, of)
    });
    Ok(query)
}

/// References to what is in nobody's compartment, and to schedules, which are mostly a practitioner's.
fn includes() -> Vec<Include> {
    let is_shared =
        |of: &ResourceType| compartment::membership(*of).is_empty() || *of == ResourceType::Schedule;
    let to = |of: ResourceType| Include {
        reverse: false,
        iterate: true,
        source: None,
        parameter: None,
        target: Target::Only(of),
    };
    searchable().into_iter().filter(is_shared).map(to).collect()
}
