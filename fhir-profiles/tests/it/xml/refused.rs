//! What is not read as XML or cannot be said in it: every issue with its place, content never repeated.

use fhir_profiles::xml::{MAX_BYTES, from_xml, to_xml};
use gateway_core::Issue;
use gateway_core::json::Document;

use super::as_json;

fn lines(issues: &[Issue]) -> Vec<String> {
    let line = |issue: &Issue| {
        format!("{} {} | {}", issue.code.as_str(), issue.expression.as_deref().unwrap_or("-"), issue.text)
    };
    issues.iter().map(line).collect()
}

#[track_caller]
fn refused(xml: &str, expected: &[&str]) {
    let issues = from_xml(xml.as_bytes(), None).expect_err(xml);
    assert_eq!(lines(&issues), expected, "{xml}");
    assert!(issues.iter().all(|issue| issue.refuses() && !issue.text.contains("geheim")));
}

fn patient(elements: &str) -> String {
    format!(r#"<Patient xmlns="http://hl7.org/fhir">{elements}</Patient>"#)
}

/// The first issue of a Patient with these elements.
#[track_caller]
fn of_patient(elements: &str, expected: &str) {
    refused(&patient(elements), &[expected]);
}

#[test]
fn case_59_what_has_not_the_shape_of_r4_is_refused_at_its_place() {
    let cases = [
        ("<foo value='geheim'/>", "structure Patient.foo | foo is not an element of Patient"),
        ("<Active value='true'/>", "structure Patient.Active | Active is not an element of Patient"),
        ("<deceased value='true'/>", "structure Patient.deceased | deceased is not an element of Patient"),
        (
            "<name><url value='x'/></name>",
            "structure Patient.name[0].url | url is not an element of HumanName",
        ),
        ("<name><id value='x'/></name>", "structure Patient.name[0].id | id is not an element of HumanName"),
        ("<é/>", "structure Patient | Patient has an element that R4 does not define"),
        (
            "<active value='true' geheim='1'/>",
            "structure Patient.active | active has an attribute that R4 does not define",
        ),
        (
            "<name value='geheim'/>",
            "structure Patient.name[0] | name has an attribute that R4 does not define",
        ),
        (
            "<active xml:id='a' value='true'/>",
            "structure Patient.active | active has an attribute that R4 does not define",
        ),
        ("<active/>", "structure Patient.active | active must have a value or an extension"),
        ("<active></active>", "structure Patient.active | active must have a value or an extension"),
        ("<active id='x'/>", "structure Patient.active | active must have a value or an extension"),
        ("<active value=''/>", "structure Patient.active | active must not have an empty attribute"),
        ("<active value='1'/>", "value Patient.active | active must be true or false"),
        (
            "<multipleBirthInteger value='01'/>",
            "value Patient.multipleBirth | multipleBirth must be a number",
        ),
        (
            "<active value='true'>geheim</active>",
            "structure Patient.active | active must not hold text beside its elements",
        ),
        ("geheim", "structure Patient | Patient must not hold text beside its elements"),
        ("<![CDATA[geheim]]>", "structure Patient | Patient must not hold text beside its elements"),
        ("&amp;", "structure Patient | Patient must not hold text beside its elements"),
        (
            "<active value='true'/><active value='true'/>",
            "structure Patient.active | active must stand here once",
        ),
        (
            "<deceasedBoolean value='true'/><deceasedDateTime value='2026'/>",
            "structure Patient.deceased | deceased has two values where one may stand",
        ),
        (
            "<active value='true'/><id value='1'/>",
            "structure Patient.id | id must stand earlier: R4 has an order of elements",
        ),
        (
            "<active xmlns='http://example.org' value='true'/>",
            "structure Patient.active | active must be in the namespace http://hl7.org/fhir",
        ),
        (
            "<x:active value='true'/>",
            "structure Patient.active | active must be in the namespace http://hl7.org/fhir",
        ),
        ("<contained/>", "structure Patient.contained[0] | contained must hold a resource"),
        (
            "<contained><Slot/><Slot/></contained>",
            "structure Patient.contained[0] | contained must hold one resource only",
        ),
        (
            "<contained><Foo/></contained>",
            "invalid Patient.contained[0] | contained must be a resource of R4",
        ),
        (
            "<contained><Period/></contained>",
            "invalid Patient.contained[0] | contained must be a resource of R4",
        ),
        (
            "<contained><Observation/></contained>",
            "not-supported Patient.contained[0] | contained is a resource of a type that is not read as XML here; send JSON",
        ),
        (
            "<contained id='x'><Slot/></contained>",
            "structure Patient.contained[0] | contained has an attribute that R4 does not define",
        ),
    ];
    for (elements, expected) in cases {
        of_patient(elements, expected);
    }
}

#[test]
fn all_mistakes_are_told() {
    let elements = "<foo/><active/><name>x<given/><period><start value=''/></period></name>\
                    <id value='1'/><birthDate value='1980' x='y'>z</birthDate>";
    refused(
        &patient(elements),
        &[
            "structure Patient.foo | foo is not an element of Patient",
            "structure Patient.active | active must have a value or an extension",
            "structure Patient.name[0] | name must not hold text beside its elements",
            "structure Patient.name[0].given[0] | name.given must have a value or an extension",
            "structure Patient.name[0].period.start | name.period.start must not have an empty attribute",
            "structure Patient.id | id must stand earlier: R4 has an order of elements",
            "structure Patient.birthDate | birthDate has an attribute that R4 does not define",
        ],
    );
    let many = patient(&"<name><given/></name>".repeat(150));
    let issues = from_xml(many.as_bytes(), None).unwrap_err();
    assert_eq!(
        (issues.len(), issues[99].text.as_str()),
        (100, "150 issues were found, the first 99 are told")
    );
}

#[test]
fn a_wrong_root_is_refused() {
    let cases = [
        ("<Patient/>", "structure - | the body must be a resource in the namespace http://hl7.org/fhir"),
        (
            "<Patient xmlns='http://example.org'><x/></Patient>",
            "structure - | the body must be a resource in the namespace http://hl7.org/fhir",
        ),
        ("<patient xmlns='http://hl7.org/fhir'/>", "invalid - | the body must be a resource of R4"),
        ("<HumanName xmlns='http://hl7.org/fhir'/>", "invalid - | the body must be a resource of R4"),
        (
            "<Observation xmlns='http://hl7.org/fhir'/>",
            "not-supported - | the body is a resource of a type that is not read as XML here; send JSON",
        ),
    ];
    for (xml, expected) in cases {
        refused(xml, &[expected]);
    }
}

#[test]
fn case_28_a_doctype_an_entity_and_an_instruction_are_refused() {
    let bomb = format!("<!DOCTYPE x [<!ENTITY a 'aaaa'>]>{}", patient("<name><text value='&a;'/></name>"));
    refused(&bomb, &["structure - | a DOCTYPE is not read here"]);
    of_patient(
        "<name><text value='&geheim;'/></name>",
        "structure Patient.name[0].text | name.text must not hold entities other than those of XML itself",
    );
    of_patient(
        "&geheim;",
        "structure Patient | Patient must not hold entities other than those of XML itself",
    );
    of_patient("<?php x?>", "structure Patient | Patient must not hold processing instructions");
    refused(
        &format!("<?xml-stylesheet href='geheim'?>{}", patient("")),
        &["structure - | the body must not hold processing instructions"],
    );
    of_patient("<!DOCTYPE x>", "structure Patient | a DOCTYPE is not read here");
}

#[test]
fn what_is_not_well_formed_says_where() {
    for (xml, at) in [
        ("", "line 1, column 1"),
        ("geheim", "line 1, column 7"),
        ("<Patient xmlns='http://hl7.org/fhir'>\n <active", "line 2, column 9"),
        ("<Patient xmlns='http://hl7.org/fhir'><active value='true'></Patient>", "line 1, column 69"),
        ("<Patient xmlns='http://hl7.org/fhir'>", "line 1, column 38"),
        ("<Patient xmlns='http://hl7.org/fhir'/><Patient/>", "line 1, column 49"),
        ("<Patient xmlns='http://hl7.org/fhir'/>x", "line 1, column 40"),
    ] {
        let issues = from_xml(xml.as_bytes(), None).unwrap_err();
        let text = &issues.last().unwrap().text;
        assert_eq!(*text, format!("the body is not well-formed XML at {at}"), "{xml}");
    }
    for elements in [
        "<active value=true/>",
        "<active value='true' value='true'/>",
        "<active value/>",
        "<!-- a -- b -->",
        "<active value='true'/",
        "<?xml version='1.0'?>",
        "a & b",
        "]]",
    ] {
        assert!(from_xml(patient(elements).as_bytes(), None).is_err(), "{elements}");
    }
    let each = |name: &str| (0..100).map(|n| format!(" {name}{n}='x'")).collect::<Vec<_>>().concat();
    let (many, spaces) = (each("a"), each("xmlns:a"));
    assert!(from_xml(patient(&format!("<active{many}/>")).as_bytes(), None).is_err());
    assert!(from_xml(patient(&format!("<active{spaces}/>")).as_bytes(), None).is_err());
}

#[test]
fn case_27_28_a_narrative_is_one_text_of_well_formed_xhtml() {
    let div = |inner: &str| {
        patient(&format!(
            "<text><status value='empty'/><div xmlns='http://www.w3.org/1999/xhtml'>{inner}</div></text><active value='true'/>"
        ))
    };
    for inner in ["", "x", "<p>a<br/></p>", "&lt;&#8364;", "<!-- c -->", "<![CDATA[a]]>"] {
        assert!(as_json(&div(inner)).ends_with(r#""},"active":true}"#));
    }
    for (inner, rest) in [
        ("&nbsp;", "must not hold entities other than those of XML itself"),
        ("<p class='&nbsp;'/>", "must not hold entities other than those of XML itself"),
        ("&#2;", "must not hold characters that XML cannot"),
        ("\u{2}", "must not hold characters that XML cannot"),
        ("<p title='a<b'/>", "must not hold < or & that are not escaped"),
        ("<?x?>", "must not hold processing instructions"),
        ("<p xmlns='http://hl7.org/fhir'/>", "must be in the namespace http://www.w3.org/1999/xhtml"),
        ("<h:p xmlns:h='http://www.w3.org/1999/xhtml'/>", "must be written without namespace prefixes"),
    ] {
        refused(&div(inner), &[&format!("structure Patient.text.div | text.div {rest}")]);
    }
    of_patient(
        "<text><status value='empty'/><div>x</div></text>",
        "structure Patient.text.div | text.div must be in the namespace http://www.w3.org/1999/xhtml",
    );
}

#[test]
fn case_58_the_bytes_are_utf_8() {
    let good = patient("<active value='true'/>");
    for charset in [None, Some("utf-8"), Some("UTF-8")] {
        assert!(from_xml(good.as_bytes(), charset).is_ok());
    }
    assert_eq!(
        lines(&from_xml(good.as_bytes(), Some("latin1")).unwrap_err())[0].split(' ').next(),
        Some("not-supported")
    );
    for bad in [
        format!("\u{feff}{good}").into_bytes(),
        good.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        vec![0xff],
    ] {
        assert!(from_xml(&bad, None).is_err());
    }
    for declaration in ["<?xml version='1.0' encoding='ISO-8859-1'?>", "<?xml version='1.1'?>"] {
        refused(&format!("{declaration}{good}"), &["not-supported - | the body must be XML 1.0 in UTF-8"]);
    }
}

#[test]
fn case_61_depth_and_length_have_a_limit() {
    let nested = |levels: usize| {
        let (open, close) = ("<extension url='u'>".repeat(levels), "</extension>".repeat(levels));
        patient(&format!("{open}{close}"))
    };
    assert!(as_json(&nested(31)).len() > 31);
    let issues = from_xml(nested(32).as_bytes(), None).unwrap_err();
    assert_eq!((issues.len(), issues[0].text.as_str()), (1, "the body is nested deeper than 64 levels"));
    assert!(from_xml(nested(60_000).as_bytes(), None).is_err());
    assert!(from_xml(nested(200_000).as_bytes(), None).is_err());
    let issues = from_xml(&vec![b' '; MAX_BYTES + 1], None).unwrap_err();
    assert_eq!(issues[0].code.as_str(), "too-long");
}

#[test]
fn what_xml_cannot_say_is_told_and_not_left_out() {
    let cases = [
        (r#""foo":"geheim""#, "structure Patient.foo | foo is not an element of Patient"),
        (r#""active":"true""#, "structure Patient.active | active must be a value of its type"),
        (r#""birthDate":1980"#, "structure Patient.birthDate | birthDate must be a value of its type"),
        (r#""gender":null"#, "structure Patient.gender | gender must be a value of its type"),
        (r#""gender":"""#, "structure Patient.gender | gender must not be empty"),
        (r#""name":{}"#, "structure Patient.name | name must be a list"),
        (r#""name":[null]"#, "structure Patient.name[0] | name must not be null"),
        (r#""name":["x"]"#, "structure Patient.name[0] | name must be an object"),
        (
            r#""name":[{"given":[null],"_given":[null]}]"#,
            "structure Patient.name[0].given[0] | name.given must have a value or an extension",
        ),
        (
            r#""deceasedBoolean":true,"deceasedDateTime":"2026""#,
            "structure Patient.deceased | deceased has two values where one may stand",
        ),
        (
            r#""extension":[{"url":"u","_url":{"id":"x"}}]"#,
            "structure Patient.extension[0].url | extension.url has an id or extension of its own, which XML cannot say",
        ),
        (
            r#""name":[{"text":"a\u0007"}]"#,
            "structure Patient.name[0].text | name.text must not hold characters that XML cannot",
        ),
        (
            r#""contained":[{"resourceType":"Observation"}]"#,
            "not-supported Patient.contained[0] | contained is a resource of a type that is not written as XML here; ask for JSON",
        ),
        (
            r#""text":{"div":"<div>&nbsp;</div>"}"#,
            "structure Patient.text.div | text.div must not hold entities other than those of XML itself",
        ),
        (
            r#""text":{"div":"<div>a</div><div>b</div>"}"#,
            "structure Patient.text.div | text.div must be one well-formed div to be said in XML",
        ),
        (
            r#""text":{"div":"<div><p></div>"}"#,
            "structure Patient.text.div | text.div must be one well-formed div to be said in XML",
        ),
    ];
    for (members, expected) in cases {
        let json = format!(r#"{{"resourceType":"Patient",{members}}}"#);
        let document = Document::parse(json.as_bytes()).unwrap();
        assert_eq!(lines(&to_xml(document.root()).expect_err(members)), [expected], "{json}");
    }
}
