//! The shape of JSON and XML at the door (`dutch-fhir.md` section 6, cases 42 to 60): what is kept as it came, and what is
//! refused, with which status and where.

use gateway_core::ResourceType;
use http::Method;

use super::Client;
use crate::house::House;

const P1: &str = "/fhir/Patient/p1";

/// A Patient with these members.
fn patient(members: &str) -> String {
    format!(r#"{{"resourceType":"Patient","id":"p1",{members}}}"#)
}

/// Each of these members is refused like this, and nothing is stored.
async fn refused(cases: &[(&str, u16, &str)]) {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    for (members, status, place) in cases {
        let reply = client.put(P1, &[], &patient(members)).await;
        assert_eq!(reply.status, *status, "{members}: {reply:?}");
        assert_eq!(reply.issues()[0].1, *place, "{members}");
    }
    assert_eq!(house.versions("de-linde", ResourceType::Patient).await.len(), 0);
}

/// Each of these members comes back letter by letter.
async fn kept(cases: &[&str]) {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    for members in cases {
        let reply = client.put(P1, &[], &patient(members)).await;
        assert!(reply.status < 300, "{members}: {reply:?}");
        let read = String::from_utf8(client.get(P1).await.body.to_vec()).unwrap();
        assert!(read.contains(members), "{members} is not in {read}");
    }
}

#[tokio::test]
async fn case_42_a_patient_that_links_to_itself_is_422() {
    let link = r#""link":[{"other":{"reference":"Patient/p1"},"type":"replaced-by"}]"#;
    refused(&[(link, 422, "Patient")]).await;
}

#[tokio::test]
async fn case_43_a_value_that_is_absent_keeps_its_reason_and_is_searched_as_missing() {
    let absent = r#""_birthDate":{"extension":[{"url":"http://hl7.org/fhir/StructureDefinition/data-absent-reason","valueCode":"unknown"}]}"#;
    kept(&[absent]).await;
    let house = House::new().await;
    let client = Client::linde(&house).await;
    client.put(P1, &[], &patient(absent)).await;
    for (missing, total) in [("true", 1), ("false", 0)] {
        let reply = client.get(&format!("/fhir/Patient?birthdate:missing={missing}")).await;
        assert_eq!(reply.json()["total"], total, "{reply:?}");
    }
}

#[tokio::test]
async fn case_44_values_and_what_stands_beside_them_are_aligned() {
    kept(&[
        r#""name":[{"given":["Anna",null],"_given":[null,{"extension":[{"url":"http://example.org/x","valueCode":"y"}]}]}]"#,
        r#""name":[{"given":["Anna","Bea"],"_given":[null,{"id":"g2"}]}]"#,
    ])
    .await;
    refused(&[
        (r#""name":[{"given":["Anna","Bea"],"_given":[null]}]"#, 400, "Patient.name[0].given"),
        (r#""name":[{"given":["Anna",null],"_given":[{"id":"g1"},null]}]"#, 400, "Patient.name[0].given[1]"),
        (r#""name":[{"given":["Anna",null],"_given":[null,{"id":"g2"}]}]"#, 400, "Patient.name[0].given[1]"),
    ])
    .await;
}

#[tokio::test]
async fn case_45_46_nothing_is_empty_and_nothing_is_unknown() {
    refused(&[
        (r#""gender":null"#, 400, "Patient.gender"),
        (r#""name":[]"#, 400, "Patient.name"),
        (r#""maritalStatus":{}"#, 400, "Patient.maritalStatus"),
        (r#""gender":"""#, 400, "Patient.gender"),
        (r#""foo":1"#, 400, "Patient.foo"),
        (r#""Gender":"male""#, 400, "Patient.Gender"),
    ])
    .await;
}

#[tokio::test]
async fn case_47_a_key_that_occurs_twice_is_400_and_never_the_last_one_wins() {
    refused(&[
        (r#""active":true,"active":true"#, 400, ""),
        (r#""name":[{"family":"a","\u0066amily":"b"}]"#, 400, ""),
        (r#""id":"p1""#, 400, ""),
    ])
    .await;
}

#[tokio::test]
async fn case_48_the_type_is_there_is_known_and_is_the_one_in_the_address() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    for body in
        [r#"{"id":"p1"}"#, r#"{"resourceType":"Patiente","id":"p1"}"#, r#"{"resourceType":"Slot","id":"p1"}"#]
    {
        assert_eq!(client.put(P1, &[], body).await.refusal(), (400, "invalid".into()), "{body}");
    }
}

#[tokio::test]
async fn case_49_50_53_lists_types_and_choices_are_not_mended() {
    refused(&[
        (r#""birthDate":["1980"]"#, 400, "Patient.birthDate"),
        (r#""name":{"family":"x"}"#, 400, "Patient.name"),
        (r#""active":"true""#, 400, "Patient.active"),
        (r#""active":1"#, 400, "Patient.active"),
        (r#""deceasedBoolean":true,"deceasedDateTime":"2026-01-01""#, 400, "Patient.deceased"),
    ])
    .await;
}

#[tokio::test]
async fn case_51_decimals_come_back_with_their_digits() {
    let decimal =
        |text: &str| format!(r#""extension":[{{"url":"http://example.org/x","valueDecimal":{text}}}]"#);
    let texts = ["1.0", "1.00", "1e2", "0.1000", "12345678901234567890.10", "-0.0"].map(decimal);
    kept(&texts.each_ref().map(String::as_str)).await;
}

#[tokio::test]
async fn case_52_whole_numbers_have_a_range() {
    let of =
        |name: &str, text: &str| format!(r#""extension":[{{"url":"http://example.org/x","{name}":{text}}}]"#);
    let (unsigned, positive) = (of("valueUnsignedInt", "-1"), of("valuePositiveInt", "0"));
    let (long, fraction) = (of("valueInteger", "2147483648"), of("valueInteger", "1.0"));
    let cases = [&unsigned, &positive, &long, &fraction]
        .map(|members| (members.as_str(), 400, "Patient.extension[0].value"));
    refused(&cases).await;
    let most = of("valueInteger", "2147483647");
    kept(&[&most]).await;
}

#[tokio::test]
async fn case_54_55_an_extension_is_kept_when_it_has_an_address_and_one_kind_of_content() {
    kept(&[
        r#""extension":[{"url":"http://nobody.example/knows","extension":[{"url":"part","valueCode":"x"}]}]"#,
    ])
    .await;
    refused(&[
        (r#""extension":[{"url":"relative","valueCode":"x"}]"#, 400, "Patient.extension[0].url"),
        (r#""extension":[{"valueCode":"x"}]"#, 400, "Patient.extension[0].url"),
        (
            r#""extension":[{"url":"http://x.example/a","valueCode":"x","extension":[{"url":"b","valueCode":"y"}]}]"#,
            400,
            "Patient.extension[0]",
        ),
    ])
    .await;
}

#[tokio::test]
async fn case_56_57_what_changes_the_meaning_and_is_not_understood_is_422() {
    refused(&[
        (
            r#""modifierExtension":[{"url":"http://nobody.example/knows","valueBoolean":true}]"#,
            422,
            "Patient.modifierExtension[0]",
        ),
        (r#""implicitRules":"http://nobody.example/rules""#, 422, "Patient.implicitRules"),
    ])
    .await;
}

#[tokio::test]
async fn case_58_bytes_that_are_not_utf_8_are_400() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let utf_16: Vec<u8> = patient(r#""active":true"#).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = format!("\u{feff}{}", patient(r#""active":true"#)).into_bytes();
    let broken = b"{\"resourceType\":\"Patient\",\"id\":\"p1\",\"language\":\"\xff\"}".to_vec();
    for body in [utf_16, marked, broken] {
        let header = [("content-type", "application/fhir+json")];
        let reply = client.call(Method::PUT, P1, &header, body).await;
        assert_eq!(reply.refusal(), (400, "structure".into()));
    }
}
