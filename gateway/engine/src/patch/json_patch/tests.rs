//! RFC 6902, case by case, and what FHIR adds to it.

use gateway_core::Issue;
use proptest::prelude::*;

use super::*;

/// What a patch makes of any document; FHIR's own rules come later.
fn patched(document: &str, patch: &str) -> Result<String, Problem> {
    let document = Document::parse(document.as_bytes()).unwrap();
    let patch = JsonPatch::read(patch.as_bytes())?;
    patch.edited(document.root()).map(Editing::text)
}

fn on_patient(document: &str, patch: &str) -> Result<String, Problem> {
    let current = Resource::from_text(document).unwrap();
    JsonPatch::read(patch.as_bytes())?.apply(&current).map(|patched| patched.text().to_owned())
}

fn invalid(result: Result<String, Problem>) -> Issue {
    match result {
        Err(Problem::Invalid(mut issues)) => issues.remove(0),
        other => panic!("{other:?}"),
    }
}

#[test]
fn operations_do_what_rfc_6902_says() {
    for (document, patch, expected) in [
        ("{}", r#"[{"op":"add","path":"/a","value":1.00}]"#, r#"{"a":1.00}"#),
        (r#"{"a":1}"#, r#"[{"op":"add","path":"/a","value":{"b": 2}}]"#, r#"{"a":{"b": 2}}"#),
        ("[1,3]", r#"[{"op":"add","path":"/1","value":2}]"#, "[1,2,3]"),
        ("[1]", r#"[{"op":"add","path":"/1","value":2}]"#, "[1,2]"),
        ("[1]", r#"[{"op":"add","path":"/-","value":[2]}]"#, "[1,[2]]"),
        ("[1]", r#"[{"op":"add","path":"","value":{"a":1}}]"#, r#"{"a":1}"#),
        (r#"{"a":{"b":[0]}}"#, r#"[{"op":"add","path":"/a/b/0","value":null}]"#, r#"{"a":{"b":[null,0]}}"#),
        (r#"{"":0}"#, r#"[{"op":"replace","path":"/","value":1}]"#, r#"{"":1}"#),
        (
            r#"{"a/b":0,"m~n":1}"#,
            r#"[{"op":"remove","path":"/a~1b"},{"op":"test","path":"/m~0n","value":1}]"#,
            r#"{"m~n":1}"#,
        ),
        (r#"{"~1":0,"k":1}"#, r#"[{"op":"remove","path":"/~01"}]"#, r#"{"k":1}"#),
        (
            r#"{"a":1,"b":2,"c":3}"#,
            r#"[{"op":"replace","path":"/b","value":0.10}]"#,
            r#"{"a":1,"b":0.10,"c":3}"#,
        ),
        (r#"{"a":1,"b":2}"#, r#"[{"op":"remove","path":"/a"}]"#, r#"{"b":2}"#),
        (r#"{"a":[1,2]}"#, r#"[{"op":"remove","path":"/a/0"}]"#, r#"{"a":[2]}"#),
        (r#"{"a":{"x":1.0},"b":[]}"#, r#"[{"op":"move","from":"/a/x","path":"/b/0"}]"#, r#"{"b":[1.0]}"#),
        ("[1,2,3]", r#"[{"op":"move","from":"/0","path":"/2"}]"#, "[2,3,1]"),
        (r#"{"a":1}"#, r#"[{"op":"move","from":"/a","path":"/a"}]"#, r#"{"a":1}"#),
        (
            r#"{"a":[1]}"#,
            r#"[{"op":"copy","from":"/a","path":"/b"},{"op":"add","path":"/a/-","value":2}]"#,
            r#"{"a":[1,2],"b":[1]}"#,
        ),
        (r#"{"a":1}"#, r#"[{"op":"copy","from":"","path":"/b"}]"#, r#"{"a":1,"b":{"a":1}}"#),
        (
            r#"{"a":{"b":1,"c":[1.0,"\u00e9"]}}"#,
            r#"[{"op":"test","path":"/a","value":{"c":[1e0,"é"],"b":1.00}}]"#,
            r#"{"a":{"b":1,"c":[1.0,"\u00e9"]}}"#,
        ),
        ("null", r#"[{"op":"test","path":"","value":null}]"#, "null"),
        ("{}", "[]", "{}"),
        ("{}", r#"[{"op":"add","path":"/a","value":1,"comment":"not read"}]"#, r#"{"a":1}"#),
    ] {
        assert_eq!(patched(document, patch).as_deref(), Ok(expected), "{document} {patch}");
    }
}

#[test]
fn what_does_not_fit_is_422_and_names_the_operation() {
    for (document, operation, trouble) in [
        (r#"{"a":1}"#, r#"{"op":"remove","path":"/b"}"#, Trouble::Missing),
        (r#"{"a":1}"#, r#"{"op":"replace","path":"/b","value":1}"#, Trouble::Missing),
        (r#"{"a":1}"#, r#"{"op":"add","path":"/b/c","value":1}"#, Trouble::Missing),
        (r#"{"a":1}"#, r#"{"op":"add","path":"/a/c","value":1}"#, Trouble::Missing),
        (r#"{"a":1}"#, r#"{"op":"test","path":"/b","value":null}"#, Trouble::Missing),
        (r#"{"a":1}"#, r#"{"op":"copy","from":"/b","path":"/c"}"#, Trouble::Missing),
        (r#"{"a":1}"#, r#"{"op":"move","from":"/b","path":"/b"}"#, Trouble::Missing),
        (r#"{"a":1}"#, r#"{"op":"remove","path":""}"#, Trouble::Missing),
        ("[1]", r#"{"op":"add","path":"/2","value":1}"#, Trouble::NoIndex),
        ("[1]", r#"{"op":"add","path":"/01","value":1}"#, Trouble::NoIndex),
        ("[1]", r#"{"op":"add","path":"/a","value":1}"#, Trouble::NoIndex),
        ("[1]", r#"{"op":"replace","path":"/-","value":1}"#, Trouble::NoIndex),
        ("[1]", r#"{"op":"remove","path":"/1"}"#, Trouble::NoIndex),
        ("[1]", r#"{"op":"remove","path":"/-1"}"#, Trouble::NoIndex),
        ("[[1]]", r#"{"op":"test","path":"/1e0","value":1}"#, Trouble::NoIndex),
        (r#"{"a":{"b":1}}"#, r#"{"op":"move","from":"/a","path":"/a/b"}"#, Trouble::IntoItself),
        (r#"{"a":"1"}"#, r#"{"op":"test","path":"/a","value":1}"#, Trouble::Differs),
        (r#"{"a":[1,2]}"#, r#"{"op":"test","path":"/a","value":[2,1]}"#, Trouble::Differs),
    ] {
        let issue = invalid(patched(
            document,
            &format!(r#"[{{"op":"test","path":"","value":{document}}},{operation}]"#),
        ));
        assert_eq!(issue.expression.as_deref(), Some("$this[1]"), "{operation}");
        assert!(issue.text.ends_with(trouble.says()), "{operation}: {}", issue.text);
    }
}

#[test]
fn what_is_no_patch_is_400() {
    for patch in [
        "",
        "{",
        "{}",
        "null",
        r#"{"op":"add","path":"/a","value":1}"#,
        "[1]",
        "[[]]",
        "[{}]",
        r#"[{"op":"add","value":1}]"#,
        r#"[{"op":"add","path":"/a"}]"#,
        r#"[{"path":"/a","value":1}]"#,
        r#"[{"op":"merge","path":"/a","value":1}]"#,
        r#"[{"op":"ADD","path":"/a","value":1}]"#,
        r#"[{"op":"add","path":"a","value":1}]"#,
        r#"[{"op":"add","path":"/a~2","value":1}]"#,
        r#"[{"op":"add","path":1,"value":1}]"#,
        r#"[{"op":"move","path":"/a"}]"#,
        r#"[{"op":"copy","from":"a","path":"/a"}]"#,
        r#"[{"op":"test","path":"/a"}]"#,
        r#"[{"op":1,"path":"/a"}]"#,
        r#"[{"op":"remove","path":"/a","path":"/b"}]"#,
    ] {
        assert!(matches!(JsonPatch::read(patch.as_bytes()), Err(Problem::Malformed(_))), "{patch}");
    }
    let second = JsonPatch::read(br#"[{"op":"remove","path":"/a"},{"op":"add","path":"/a"}]"#).unwrap_err();
    let Problem::Malformed(issues) = second else { panic!() };
    assert_eq!(issues[0].expression.as_deref(), Some("$this[1]"));
}

#[test]
fn a_patch_has_a_thousand_operations_at_most() {
    let of = |n: usize| format!("[{}]", vec![r#"{"op":"test","path":"","value":{}}"#; n].join(","));
    assert!(patched("{}", &of(1_000)).is_ok());
    assert!(matches!(patched("{}", &of(1_001)), Err(Problem::Malformed(_))));
}

#[test]
fn copies_of_copies_do_not_grow_without_bound() {
    let twice = r#"{"op":"copy","from":"/a","path":"/a/-"},{"op":"copy","from":"/a","path":"/b"},{"op":"move","from":"/b","path":"/a/0"}"#;
    let doubled = r#"{"op":"copy","from":"/a","path":"/b"},{"op":"move","from":"/b","path":"/a/-"}"#;
    for step in [twice, doubled] {
        let patch = format!("[{}]", vec![step; 60].join(","));
        let issue = invalid(patched(r#"{"a":["0123456789"]}"#, &patch));
        assert_eq!(issue.code, IssueCode::TooCostly);
    }
    let wide: String = (0..40).map(|_| r#"{"op":"copy","from":"/a","path":"/a/-"},{"op":"copy","from":"/a","path":"/b"},{"op":"copy","from":"/b/0","path":"/a/-"},"#).collect();
    let issue = invalid(patched(r#"{"a":[["0123456789"]]}"#, &format!("[{}]", wide.trim_end_matches(','))));
    assert_eq!(issue.code, IssueCode::TooCostly);
}

#[test]
fn nesting_does_not_grow_without_bound() {
    let patch = format!("[{}]", vec![r#"{"op":"copy","from":"","path":"/a"}"#; 1_000].join(","));
    assert_eq!(invalid(patched(r#"{"b":1}"#, &patch)).code, IssueCode::TooCostly);
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p","meta":{"versionId":"3","lastUpdated":"2026-09-01T08:00:00Z","tag":[{"code":"x"}]},"extension":[{"url":"http://x","valueDecimal":1.00}],"name":[{"given":["A"]}],"active":true}"#;

#[test]
fn what_is_the_servers_is_not_patched() {
    for operation in [
        r#"{"op":"replace","path":"/id","value":"p"}"#,
        r#"{"op":"remove","path":"/resourceType"}"#,
        r#"{"op":"add","path":"/meta/versionId","value":"9"}"#,
        r#"{"op":"remove","path":"/meta/lastUpdated"}"#,
        r#"{"op":"move","from":"/id","path":"/language"}"#,
        r#"{"op":"copy","from":"/active","path":"/id"}"#,
        r#"{"op":"add","path":"/id/x","value":1}"#,
    ] {
        let issue = invalid(on_patient(PATIENT, &format!("[{operation}]")));
        assert_eq!(issue.code, IssueCode::BusinessRule, "{operation}");
        assert_eq!(issue.expression.as_deref(), Some("$this[0]"), "{operation}");
    }
    for value in [
        r#"{"resourceType":"Slot","id":"p"}"#,
        r#"{"resourceType":"Patient","id":"q"}"#,
        r#"{"resourceType":"Patient"}"#,
        "[]",
    ] {
        invalid(on_patient(PATIENT, &format!(r#"[{{"op":"replace","path":"","value":{value}}}]"#)));
    }
    let read = r#"[{"op":"test","path":"/meta/versionId","value":"3"},{"op":"copy","from":"/id","path":"/name/0/text"}]"#;
    assert!(on_patient(PATIENT, read).unwrap().contains(r#""given":["A"],"text":"p""#));
    assert!(on_patient(PATIENT, r#"[{"op":"remove","path":"/meta"}]"#).is_ok());
}

#[test]
fn what_was_emptied_is_gone_and_what_is_added_meanwhile_is_not() {
    let left =
        |patch: &str| on_patient(r#"{"resourceType":"Patient","id":"p","name":[{"given":["A"]}]}"#, patch);
    let given = r#"{"op":"remove","path":"/name/0/given/0"}"#;
    assert_eq!(left(&format!("[{given}]")).as_deref(), Ok(r#"{"resourceType":"Patient","id":"p"}"#));
    let renewed = left(&format!(r#"[{given},{{"op":"add","path":"/name/0/given/-","value":"B"}}]"#));
    assert_eq!(renewed.as_deref(), Ok(r#"{"resourceType":"Patient","id":"p","name":[{"given":["B"]}]}"#));
}

proptest! {
    #[test]
    fn reading_and_applying_never_panic(
        operations in prop::collection::vec(any_operation(), 0..12),
        document in any_json(),
    ) {
        let patch = format!("[{}]", operations.join(","));
        drop(patched(&document, &patch));
    }

    #[test]
    fn bytes_that_are_no_patch_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        drop(JsonPatch::read(&bytes));
    }

    #[test]
    fn what_is_added_and_removed_leaves_the_text_as_it_was(key in "[a-z]{9}", value in any_json(), document in any_json()) {
        let document = format!(r#"{{"a":{document},"list":[{document}]}}"#);
        let on = |path: &str| format!(r#"[{{"op":"add","path":"{path}","value":{value}}},{{"op":"remove","path":"{path}"}}]"#);
        for path in [format!("/{key}"), "/list/0".to_owned()] {
            prop_assert_eq!(patched(&document, &on(&path)).unwrap(), document.clone());
        }
    }

    #[test]
    fn what_a_patch_does_not_touch_keeps_its_bytes(kept in any_json(), value in any_json()) {
        let document = format!(r#"{{"kept": {kept} ,"x":1}}"#);
        let after = patched(&document, &format!(r#"[{{"op":"replace","path":"/x","value":{value}}}]"#)).unwrap();
        prop_assert_eq!(after, format!(r#"{{"kept":{kept},"x":{value}}}"#));
    }
}

fn any_operation() -> impl Strategy<Value = String> {
    let op = prop::sample::select(vec!["add", "remove", "replace", "move", "copy", "test", "x"]);
    (op, any_pointer(), any_pointer(), any_json()).prop_map(|(op, path, from, value)| {
        format!(r#"{{"op":"{op}","path":"{path}","from":"{from}","value":{value}}}"#)
    })
}

fn any_pointer() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(vec!["a", "b", "0", "1", "-", "~0", "~1", "", "01"]), 0..4)
        .prop_map(|tokens| tokens.into_iter().flat_map(|token| ["/", token]).collect())
}

/// JSON with the odd spellings that must survive, and nothing empty.
fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec!["1.00", "-0.0", "1e2", "\"\\u00e9\\/\"", "\"é\"", "true", "null"]);
    leaf.prop_map(str::to_owned).prop_recursive(3, 20, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|items| format!("[ {}]", items.join(", "))),
            (inner.clone(), inner).prop_map(|(a, b)| format!(r#"{{"a": {a},"b":{b} }}"#)),
        ]
    })
}
