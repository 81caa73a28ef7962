//! Numbers, quantities, composites and places (`dutch-fhir.md` section 4.5, case 51).

use super::table;

const CHARGE: &str = r#"{"resourceType":"ChargeItem","factorOverride":5.40,
    "quantity":{"value":12.5,"unit":"milligram","system":"http://unitsofmeasure.org","code":"mg"},
    "priceOverride":{"value":100.00,"currency":"EUR"}}"#;

#[test]
fn case_51_a_number_is_found_by_what_rounds_to_it() {
    table(
        CHARGE,
        &[
            "ChargeItem?factor-override=5.4",
            "ChargeItem?factor-override=5",
            "ChargeItem?factor-override=5.400",
            "ChargeItem?factor-override=54e-1",
            "ChargeItem?factor-override=1,5.4",
            "ChargeItem?factor-override=ne5.3",
            "ChargeItem?factor-override=gt5.39",
            "ChargeItem?factor-override=ge5.4",
            "ChargeItem?factor-override=le5.4",
            "ChargeItem?factor-override=lt5.5",
            "ChargeItem?factor-override=sa5",
            "ChargeItem?factor-override=eb6",
            "ChargeItem?factor-override=ap5.5",
            "ChargeItem?factor-override=gt-1",
            "ChargeItem?factor-override=ge5.4&factor-override=lt5.41",
        ],
        &[
            "ChargeItem?factor-override=5.3",
            "ChargeItem?factor-override=5.41",
            "ChargeItem?factor-override=5.4000001",
            "ChargeItem?factor-override=-5.4",
            "ChargeItem?factor-override=ne5",
            "ChargeItem?factor-override=gt5.4",
            "ChargeItem?factor-override=lt5.4",
            "ChargeItem?factor-override=ap50",
            "ChargeItem?factor-override=54",
        ],
    );
    let twenty = r#"{"resourceType":"ChargeItem","factorOverride":12345678901234567.891}"#;
    table(
        twenty,
        &["ChargeItem?factor-override=12345678901234567.891"],
        &[
            "ChargeItem?factor-override=12345678901234567.892",
            "ChargeItem?factor-override=gt12345678901234567.891",
        ],
    );
}

#[test]
fn a_quantity_is_found_with_and_without_its_unit() {
    table(
        CHARGE,
        &[
            "ChargeItem?quantity=12.5",
            "ChargeItem?quantity=12.5|http://unitsofmeasure.org|mg",
            "ChargeItem?quantity=ge12||mg",
            "ChargeItem?quantity=12.5||milligram",
            "ChargeItem?price-override=100",
            "ChargeItem?price-override=100.00|urn:iso:std:iso:4217|EUR",
            "ChargeItem?price-override=lt100.01||EUR",
            "ChargeItem?quantity:missing=false",
        ],
        &[
            "ChargeItem?quantity=12.5|http://unitsofmeasure.org|g",
            "ChargeItem?quantity=12.5|urn:other|mg",
            "ChargeItem?quantity=12.5||g",
            "ChargeItem?price-override=100||USD",
            "ChargeItem?price-override=99",
        ],
    );
    let less = r#"{"resourceType":"ChargeItem","quantity":{"value":5,"comparator":"<"}}"#;
    table(less, &["ChargeItem?quantity:missing=true"], &["ChargeItem?quantity=5", "ChargeItem?quantity=ge5"]);
}

#[test]
fn the_parts_of_a_composite_stand_in_one_element() {
    let document = r#"{"resourceType":"DocumentReference","relatesTo":[
        {"code":"replaces","target":{"reference":"DocumentReference/a"}},
        {"code":"appends","target":{"reference":"DocumentReference/b"}}]}"#;
    table(
        document,
        &[
            "DocumentReference?relationship=replaces$DocumentReference/a",
            "DocumentReference?relationship=appends$b",
            "DocumentReference?relationship=http://hl7.org/fhir/document-relationship-type|appends$b",
            "DocumentReference?relationship=signs$a,replaces$a",
        ],
        &[
            "DocumentReference?relationship=replaces$DocumentReference/b",
            "DocumentReference?relationship=|appends$b",
        ],
    );
    let value_set = r#"{"resourceType":"ValueSet","useContext":[
        {"code":{"system":"urn:kind","code":"age"},"valueQuantity":{"value":40,"system":"http://unitsofmeasure.org","code":"a"}},
        {"code":{"system":"urn:kind","code":"focus"},"valueCodeableConcept":{"coding":[{"system":"urn:f","code":"x"}]}}]}"#;
    table(
        value_set,
        &[
            "ValueSet?context-type-value=focus$x",
            "ValueSet?context-type-value=urn:kind|focus$urn:f|x",
            "ValueSet?context-type-value=focus$urn:f|",
            "ValueSet?context-type-quantity=age$40",
            "ValueSet?context-type-quantity=urn:kind|age$ge39||a",
            "ValueSet?context-type-quantity=age$lt41|http://unitsofmeasure.org|a",
            "ValueSet?context-quantity=40",
            "ValueSet?context=x",
        ],
        &[
            "ValueSet?context-type-value=age$x",
            "ValueSet?context-type-value=focus$urn:g|x",
            "ValueSet?context-type-value=urn:other|focus$x",
            "ValueSet?context-type-quantity=focus$40",
            "ValueSet?context-type-quantity=age$41",
            "ValueSet?context-type-quantity=age$40||kg",
        ],
    );
}

#[test]
fn a_place_is_near_within_a_distance() {
    // The Dom of Utrecht; Amsterdam is some 35 km away, Zeist some 8.
    let dom = r#"{"resourceType":"Location","position":{"latitude":52.09075,"longitude":5.12142}}"#;
    table(
        dom,
        &[
            "Location?near=52.0907|5.1214",
            "Location?near=52.0907|5.1214|100|m",
            "Location?near=52.0885|5.2331",
            "Location?near=52.3731|4.8926|40|km",
            "Location?near=52.3731|4.8926|25|mi_us",
            "Location?near=52.3731|4.8926|40",
            "Location?near=0|0,52.0907|5.1214",
        ],
        &[
            "Location?near=52.3731|4.8926",
            "Location?near=52.3731|4.8926|30|km",
            "Location?near=52.3731|4.8926|20|mi_us",
            "Location?near=-52.0907|5.1214|100|km",
            "Location?near=52.0907|-5.1214|100|km",
        ],
    );
    // North-east at 14 km to either side is 20 km away: a square would find it, a circle of 15 km does not.
    table(dom, &["Location?near=51.9649|4.9166|21|km"], &["Location?near=51.9649|4.9166|15|km"]);
    table(r#"{"resourceType":"Location"}"#, &["Location?near:missing=true"], &["Location?near=52|5|1000|km"]);
}
