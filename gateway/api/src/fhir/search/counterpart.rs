//! The answer of a counterpart that was asked (`_source=link:<name>`), on one page. What was asked for is a match, what
//! came along is included.

use axum::response::Response;
use gateway_core::ResourceType;
use gateway_store::Stored;

use crate::fhir::bundle::{Bundle, Head};
use crate::fhir::continuation::{Onward, PAGE, Reader};
use crate::fhir::live::Wanted;
use crate::fhir::wish::Wish;
use crate::fhir::{address, answer};
use crate::problem::Refused;

pub(super) async fn asked(
    reader: &Reader<'_>,
    resource_type: ResourceType,
    wish: &Wish,
    wanted: Wanted,
) -> Result<Response, Refused> {
    let app = reader.app;
    let again = [&wish.parameters[..], &[wanted.parameter()]].concat();
    let answered = wanted.ask(app, reader.caller, resource_type, &wish.parameters).await?;
    let page = vec![(PAGE.to_owned(), reader.seal(&again, Onward::default()))];
    let links = [("self", address::query(app, reader.path, &page))];
    let is_match = |entry: &&Stored| entry.key.resource_type == resource_type;
    let total = answered.kept.iter().filter(is_match).count() + answered.passing.len();
    let at = app.engine.parts().clock.now();
    let head = Head { kind: "searchset", at, total: Some(total as u64), links: &links };
    let mut bundle = Bundle::new(address::base(app), &head, 0);
    answered.kept.iter().filter(is_match).for_each(|entry| bundle.found(entry));
    answered.passing.iter().for_each(|resource| bundle.passed_on(resource));
    answered.kept.iter().filter(|entry| !is_match(entry)).for_each(|entry| bundle.included(entry));
    if !answered.warnings.is_empty() {
        bundle.told(&answered.warnings);
    }
    Ok(answer::json(bundle.close(), wish))
}
