//! `serde_json`'s `arbitrary_precision` is off in this workspace (`stack.md` section 3); features unify, so any
//! dependency could switch it on, and then quantities disappear where `fhir-model` reads them.

#[test]
fn serde_json_has_no_arbitrary_precision() {
    let value: serde_json::Value = serde_json::from_str("5.00").unwrap();
    assert_eq!(
        value.to_string(),
        "5.0",
        "a dependency switched arbitrary_precision on: find it with cargo tree -e features"
    );
    assert_eq!(serde_json::Value::from(1.5_f64), serde_json::json!(1.5));
}
