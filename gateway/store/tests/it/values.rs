//! Each kind of value and modifier, from the URL through the index to what is found: the same as `Query::matches` says.

use fhir_profiles::search::Query;
use gateway_core::{Key, Resource};
use gateway_store::{Paging, Total};

use crate::house::{House, both, ids};

const BSN: &str = "http://fhir.nl/fhir/NamingSystem/bsn";
const KIND: &str = "http://terminology.hl7.org/CodeSystem/v2-0203";

fn documents() -> Vec<String> {
    let charge = |id: &str, factor: &str, value: &str, unit: &str| {
        format!(
            r#"{{"resourceType":"ChargeItem","id":"{id}","status":"billable","code":{{"text":"Consult"}},
                "subject":{{"reference":"Patient/1"}},"factorOverride":{factor},
                "quantity":{{"value":{value},"system":"http://unitsofmeasure.org","code":"{unit}"}}}}"#
        )
    };
    let place = |id: &str, latitude: &str, longitude: &str| {
        format!(
            r#"{{"resourceType":"Location","id":"{id}","position":{{"latitude":{latitude},"longitude":{longitude}}}}}"#
        )
    };
    vec![
        charge("c1", "5.40", "12.5", "mg"),
        charge("c2", "-5.4", "12.5", "g"),
        charge("c3", "5.45", "1e2", "mg"),
        charge("c4", "12345678901234567.891", "0", "mg"),
        place("dom", "52.09075", "5.12142"),
        place("dam", "52.3731", "4.8926"),
        place("willemstad", "12.1091", "-68.9319"),
        format!(
            r#"{{"resourceType":"Patient","id":"p1","name":[{{"family":"de Vries-van Dam","given":["Zoë"]}}],"gender":"female",
                "identifier":[{{"type":{{"coding":[{{"system":"{KIND}","code":"NNNLD"}}],"text":"Burgerservicenummer"}},
                "system":"{BSN}","value":"999990019"}}],"address":[{{"postalCode":"1234 AB"}}]}}"#
        ),
        r#"{"resourceType":"Patient","id":"p2","name":[{"family":"Dam"}],"gender":"male"}"#.to_owned(),
        r#"{"resourceType":"ValueSet","id":"v1","status":"active","url":"https://x.example/fhir/ValueSet/a","useContext":[
            {"code":{"system":"urn:kind","code":"age"},"valueQuantity":{"value":40,"system":"http://unitsofmeasure.org","code":"a"}},
            {"code":{"system":"urn:kind","code":"focus"},"valueCodeableConcept":{"coding":[{"system":"urn:f","code":"x"}]}}]}"#
            .to_owned(),
        r#"{"resourceType":"ValueSet","id":"v2","status":"active","url":"https://x.example/fhir/ValueSet/ab"}"#.to_owned(),
    ]
}

/// What the query finds, and what each resource alone says of it.
async fn found(house: &House, criteria: &str) -> (Vec<String>, Vec<String>) {
    let query =
        Query::from_criteria(&house.profiles, criteria).unwrap_or_else(|e| panic!("{criteria}: {e:?}"));
    let paging = Paging { count: 100, total: Total::None, ..Paging::default() };
    let page = house.view().search(&query, &paging).await.unwrap();
    let all = documents().into_iter().map(|text| Resource::from_text(text).unwrap());
    let judged = all.filter(|r| r.resource_type() == query.resource_type).filter(|resource| {
        let key = Key::new(resource.resource_type(), resource.id().unwrap().clone());
        query.matches(&key, 0, &house.profiles.index(resource))
    });
    (ids(&page), judged.map(|resource| resource.id().unwrap().to_string()).collect())
}

#[test]
fn every_kind_of_value_is_found_as_it_is_judged() {
    both(async |house| {
        for text in documents() {
            house.write(house.put(&text)).await.unwrap();
        }
        let of_type = format!("Patient?identifier:of-type={KIND}|NNNLD|999990019");
        let bsn = format!("Patient?identifier={BSN}|999990019");
        for (criteria, expected) in [
            ("ChargeItem?factor-override=5.4", &["c1"][..]),
            ("ChargeItem?factor-override=5", &["c1", "c3"]),
            ("ChargeItem?factor-override=lt0", &["c2"]),
            ("ChargeItem?factor-override=gt5.4", &["c3", "c4"]),
            ("ChargeItem?factor-override=ge5.4&factor-override=le5.45", &["c1", "c3"]),
            ("ChargeItem?factor-override=ne5.4", &["c2", "c3", "c4"]),
            ("ChargeItem?factor-override=ap5.9", &["c1", "c3"]),
            ("ChargeItem?factor-override=12345678901234567.892", &[]),
            ("ChargeItem?quantity=12.5", &["c1", "c2"]),
            ("ChargeItem?quantity=12.5|http://unitsofmeasure.org|mg", &["c1"]),
            ("ChargeItem?quantity=100||mg,12.5||g", &["c2", "c3"]),
            ("ChargeItem?quantity=0", &["c4"]),
            ("ChargeItem?code:text=cons", &["c1", "c2", "c3", "c4"]),
            ("Location?near=52.09|5.12", &["dom"]),
            ("Location?near=52.09|5.12|40|km", &["dom", "dam"]),
            ("Location?near=12.1|-68.9|5|mi_us", &["willemstad"]),
            ("Location?near=0|0|1|m", &[]),
            ("Patient?family:contains=dam", &["p1", "p2"]),
            ("Patient?surname=vries", &["p1"]),
            ("Patient?name:text=an da", &["p1"]),
            ("Patient?gender:in=http://hl7.org/fhir/ValueSet/administrative-gender", &["p1", "p2"]),
            ("Patient?gender:not-in=http://hl7.org/fhir/ValueSet/administrative-gender", &[]),
            ("Patient?gender:below=http://hl7.org/fhir/administrative-gender|male", &["p2"]),
            ("Patient?identifier:text=burger", &["p1"]),
            ("Patient?address-postalcode=1234ab", &["p1"]),
            ("Patient?address=1234 AB", &["p1"]),
            (&of_type, &["p1"]),
            (&bsn, &["p1"]),
            ("ValueSet?context-type-quantity=age$40||a", &["v1"]),
            ("ValueSet?context-type-quantity=focus$40", &[]),
            ("ValueSet?context-type-value=urn:kind|focus$x", &["v1"]),
            ("ValueSet?context-type-value=age$x", &[]),
            ("ValueSet?url:below=https://x.example/fhir/ValueSet/a", &["v1"]),
            ("ValueSet?url:above=https://x.example/fhir/ValueSet/ab/c", &["v2"]),
            ("ValueSet?context-quantity:missing=true", &["v2"]),
        ] {
            let (found, judged) = found(house, criteria).await;
            assert_eq!(found, expected, "{criteria}");
            assert_eq!(judged, expected, "{criteria} in memory");
        }
    });
}
