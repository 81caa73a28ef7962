//! A route, read as a Subscription (`design.md` section 2): its criteria are FHIR search syntax, its channel is a link.

use fhir_model::r4b::codes::{SubscriptionChannelType, SubscriptionStatus};
use fhir_model::r4b::resources::{Subscription, SubscriptionChannel};
use gateway_core::LinkId;

use crate::parts::{COMPLETE, json};

/// A route as its readers see it.
#[derive(Debug, Clone)]
pub struct RouteSubscription<'a> {
    /// A name that stays as long as the route does.
    pub id: &'a str,
    /// Where to.
    pub link: &'a LinkId,
    /// The absolute address of the link's Endpoint.
    pub endpoint: &'a str,
    /// Which changes, for instance `Appointment?status=booked,cancelled`.
    pub criteria: &'a str,
}

/// The Subscription of a route.
///
/// # Panics
/// Never: every mandatory element is set.
#[must_use]
pub fn subscription(route: &RouteSubscription<'_>) -> String {
    let channel = SubscriptionChannel::builder()
        .r#type(SubscriptionChannelType::Message)
        .endpoint(route.endpoint.to_owned())
        .payload("application/fhir+json".to_owned())
        .build()
        .expect(COMPLETE);
    let cast = Subscription::builder()
        .id(route.id.to_owned())
        .status(SubscriptionStatus::Active)
        .reason(format!("changes for the link {}", route.link))
        .criteria(route.criteria.to_owned())
        .channel(channel);
    json(&cast.build().expect(COMPLETE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_reads_as_a_subscription() {
        let text = subscription(&RouteSubscription {
            id: "spreekuur-linde-1",
            link: &"spreekuur-linde".parse().unwrap(),
            endpoint: "https://us.example/fhir/Endpoint/spreekuur-linde",
            criteria: "Appointment?status=booked",
        });
        assert_eq!(
            text,
            concat!(
                r#"{"resourceType":"Subscription","id":"spreekuur-linde-1","status":"active","#,
                r#""reason":"changes for the link spreekuur-linde","criteria":"Appointment?status=booked","#,
                r#""channel":{"type":"message","endpoint":"https://us.example/fhir/Endpoint/spreekuur-linde","#,
                r#""payload":"application/fhir+json"}}"#
            )
        );
    }
}
