//! Case 60, by hand: the same resource in both formats, side by side.

use crate::support::{malformed, patient, valid};

use super::{as_json, as_xml, canonical_text, inner};

/// A Patient in JSON members and in XML elements.
const PATIENT: &[(&str, &str)] = &[
    (r#""active":true"#, r#"<active value="true"/>"#),
    (r#""birthDate":"1980-02""#, r#"<birthDate value="1980-02"/>"#),
    (
        r#""_birthDate":{"extension":[{"url":"u","valueCode":"unknown"}]}"#,
        r#"<birthDate><extension url="u"><valueCode value="unknown"></valueCode></extension></birthDate>"#,
    ),
    (r#""birthDate":"1980","_birthDate":{"id":"b"}"#, r#"<birthDate id="b" value="1980"/>"#),
    (
        r#""name":[{"id":"n","given":["Anna",null,"B"],"_given":[null,{"id":"g","extension":[{"url":"u"}]},null]}]"#,
        r#"<name id="n"><given value="Anna"/><given id="g"><extension url="u"/></given><given value="B"/></name>"#,
    ),
    (r#""name":[{"family":"a\n\"<&>"}]"#, r#"<name><family value='a&#xA;"&lt;&amp;>'/></name>"#),
    (r#""deceasedDateTime":"2026""#, r#"<deceasedDateTime value="2026"/>"#),
    (
        r#""extension":[{"id":"x","url":"a","extension":[{"url":"b","valueDecimal":1.00},{"url":"c","valueDecimal":1E3}]}]"#,
        r#"<extension id="x" url="a"><extension url="b"><valueDecimal value="1.00"/></extension>
           <extension url="c"><valueDecimal value="1E3"/></extension></extension>"#,
    ),
    (
        r#""text":{"status":"generated","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">a &lt; b &#160;<br />\n</div>"}"#,
        "<text><status value=\"generated\"/><div xmlns=\"http://www.w3.org/1999/xhtml\">a &lt; b &#160;<br />\n</div></text>",
    ),
    (
        r#""contained":[{"resourceType":"Organization","id":"o","name":"O"},{"resourceType":"Binary","contentType":"text/plain","data":"QQ=="}]"#,
        r#"<contained><Organization><id value="o"/><name value="O"/></Organization></contained>
           <contained><Binary><contentType value="text/plain"/><data value="QQ=="/></Binary></contained>"#,
    ),
    (
        r#""identifier":[{"system":"http://fhir.nl/fhir/NamingSystem/bsn","value":"012345672"}]"#,
        r#"<identifier><system value="http://fhir.nl/fhir/NamingSystem/bsn"/><value value="012345672"/></identifier>"#,
    ),
];

#[test]
fn case_29_60_both_formats_say_the_same() {
    for (json, xml) in PATIENT {
        let json = format!(r#"{{"resourceType":"Patient","id":"1",{json}}}"#);
        let xml = format!(
            "<?xml version='1.0'?><Patient xmlns=\"http://hl7.org/fhir\"><id value='1'/>\n {xml}</Patient>\n"
        );
        assert_eq!(canonical_text(&as_json(&xml)), canonical_text(&json), "{xml}");
        let again = as_xml(&json);
        assert_eq!(canonical_text(&as_json(&again)), canonical_text(&json), "{again}");
    }
}

#[test]
fn a_bundle_in_a_bundle_and_parameters_in_one() {
    let json = r#"{"resourceType":"Bundle","type":"collection","entry":[
        {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Bundle","type":"batch-response","entry":[
            {"response":{"status":"400","outcome":{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"invalid"}]}}}]}},
        {"resource":{"resourceType":"Parameters","parameter":[
            {"name":"a","valueDecimal":5.00},
            {"name":"b","resource":{"resourceType":"Slot","status":"free"}},
            {"name":"c","part":[{"name":"d","valueBoolean":false},{"name":"e","valuePeriod":{"start":"2026"}}]}]}}]}"#;
    let expected = concat!(
        r#"<type value="collection"/><entry><fullUrl value="urn:uuid:1"/><resource><Bundle><type value="batch-response"/>"#,
        r#"<entry><response><status value="400"/><outcome><OperationOutcome><issue><severity value="error"/><code value="invalid"/></issue></OperationOutcome></outcome></response></entry></Bundle></resource></entry>"#,
        r#"<entry><resource><Parameters><parameter><name value="a"/><valueDecimal value="5.00"/></parameter>"#,
        r#"<parameter><name value="b"/><resource><Slot><status value="free"/></Slot></resource></parameter>"#,
        r#"<parameter><name value="c"/><part><name value="d"/><valueBoolean value="false"/></part>"#,
        r#"<part><name value="e"/><valuePeriod><start value="2026"/></valuePeriod></part></parameter></Parameters></resource></entry>"#,
    );
    let xml = as_xml(json);
    assert_eq!(inner(&xml), expected);
    assert_eq!(canonical_text(&as_json(&xml)), canonical_text(json));
}

#[test]
fn elements_stand_in_the_order_of_r4() {
    let json = r#"{"resourceType":"Patient","birthDate":"1980","name":[{"given":["A"],"family":"B","use":"usual"}],"id":"1","active":true,"meta":{"source":"s"}}"#;
    let expected = r#"<id value="1"/><meta><source value="s"/></meta><active value="true"/><name><use value="usual"/><family value="B"/><given value="A"/></name><birthDate value="1980"/>"#;
    assert_eq!(inner(&as_xml(json)), expected);
}

#[test]
fn case_59_comments_prefixes_and_hints_do_not_count() {
    let plain = r#"{"resourceType":"Patient","active":true}"#;
    for xml in [
        r#"<Patient xmlns="http://hl7.org/fhir"><active value="true"/></Patient>"#,
        r#"<f:Patient xmlns:f="http://hl7.org/fhir"><f:active value="true"/></f:Patient>"#,
        r#"<!-- a --><Patient xmlns="http://hl7.org/fhir"><!-- b --> <active value="true"><!-- c --></active></Patient><!-- d -->"#,
        r#"<?xml version="1.0" encoding="utf-8" standalone="yes"?>
           <Patient xmlns="http://hl7.org/fhir" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
             xsi:schemaLocation="http://hl7.org/fhir ../patient.xsd"><active value='true'/></Patient>"#,
    ] {
        assert_eq!(as_json(xml), plain);
    }
    let prefixed = r#"<f:Patient xmlns:f="http://hl7.org/fhir" xmlns="http://www.w3.org/1999/xhtml"><f:text><f:status value="empty"/><div>x</div></f:text></f:Patient>"#;
    assert_eq!(
        as_json(prefixed),
        r#"{"resourceType":"Patient","text":{"status":"empty","div":"<div xmlns=\"http://www.w3.org/1999/xhtml\">x</div>"}}"#
    );
}

#[test]
fn a_narrative_gets_the_namespace_it_lacks_in_json() {
    let json = r#"{"resourceType":"Patient","text":{"status":"empty","div":" <div>x<p/></div>\n"}}"#;
    let expected =
        r#"<text><status value="empty"/><div xmlns="http://www.w3.org/1999/xhtml">x<p/></div></text>"#;
    assert_eq!(inner(&as_xml(json)), expected);
}

#[test]
fn case_44_a_list_without_any_value_keeps_its_extensions() {
    let json = r#"{"resourceType":"Patient","name":[{"given":[null,null],"_given":[{"extension":[{"url":"u","valueCode":"x"}]},{"extension":[{"url":"v"}]}]}]}"#;
    let back = as_json(&as_xml(json));
    assert_eq!(back, json.replace(r#""given":[null,null],"#, ""));
}

#[test]
fn case_60_an_id_alone_beside_a_value_is_right() {
    valid(&patient(r#""birthDate":"1980","_birthDate":{"id":"b"}"#));
    valid(&patient(r#""name":[{"given":["A","B"],"_given":[null,{"id":"g"}]}]"#));
    malformed(&patient(r#""_birthDate":{"id":"b"}"#), &["error structure Patient.birthDate"]);
    malformed(&patient(r#""birthDate":"1980","_birthDate":{}"#), &["error structure Patient.birthDate"]);
}
