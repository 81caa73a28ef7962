//! Which paths are read, and which are not.

use proptest::prelude::*;

use super::*;

fn steps(text: &str) -> Vec<Step> {
    Path::read(text).unwrap_or_else(|| panic!("{text}")).steps
}

fn element(name: &str) -> Step {
    Step::Element(name.to_owned())
}

fn is(path: &[&str], literal: Literal) -> Test {
    Test { path: path.iter().map(|&name| name.to_owned()).collect(), literal }
}

#[test]
fn what_is_offered_is_read() {
    let text = |text: &str| Literal::Text(text.to_owned());
    for (path, expected) in [
        ("Patient", vec![]),
        ("Patient.name[0].given", vec![element("name"), Step::Index(0), element("given")]),
        ("name.first().given.last()", vec![element("name"), Step::Index(0), element("given"), Step::Last]),
        (
            "Patient.name.where( use = 'official' )",
            vec![element("name"), Step::Where(vec![is(&["use"], text("official"))])],
        ),
        (
            "Patient.identifier.where(system='http://x/a' and value='it\\'s \\u00e9').period",
            vec![
                element("identifier"),
                Step::Where(vec![is(&["system"], text("http://x/a")), is(&["value"], text("it's é"))]),
                element("period"),
            ],
        ),
        (
            "Patient.extension('http://x').value.ofType(Quantity)",
            vec![
                element("extension"),
                Step::Where(vec![is(&["url"], text("http://x"))]),
                element("value"),
                Step::OfType("Quantity".to_owned()),
            ],
        ),
        (
            "telecom.where(rank=1 and period.start='2020')",
            vec![
                element("telecom"),
                Step::Where(vec![
                    is(&["rank"], Literal::Number("1".to_owned())),
                    is(&["period", "start"], text("2020")),
                ]),
            ],
        ),
        (
            "communication.where(preferred=true)",
            vec![element("communication"), Step::Where(vec![is(&["preferred"], Literal::Bool(true))])],
        ),
    ] {
        assert_eq!(steps(path), expected, "{path}");
    }
}

#[test]
fn what_is_not_offered_is_not_read() {
    for path in [
        "",
        ".",
        "Patient.",
        "Patient..name",
        "Patient[0]",
        "Patient.name[",
        "Patient.name[x]",
        "Patient.name[-1]",
        "Patient.name[1",
        "Patient.name.where()",
        "Patient.name.where(use)",
        "Patient.name.where(use='a' or use='b')",
        "Patient.name.where(use!='a')",
        "Patient.name.where(use='a)",
        "Patient.name.where(use='a'",
        "Patient.name.first(1)",
        "Patient.name.exists()",
        "Patient.name.select(given)",
        "Patient.name | Patient.contact",
        "%resource.name",
        "Patient.name.where($this.use='a')",
        "Patient.name.where(use=@2020)",
        "Patient.`name`",
        "Patient.extension(url)",
        "Patient.name.where(use='\\x')",
        "Patient.name.where(use='\\u12')",
        "Patient.name given",
        "Patient.na_me",
        "Patient.name.where(use='a' andx='b')extra",
        "1",
        "'a'",
    ] {
        assert_eq!(Path::read(path), None, "{path}");
    }
    assert_eq!(Path::read(&format!("Patient{}", ".name".repeat(65))), None);
}

proptest! {
    #[test]
    fn reading_never_panics(text in "[A-Za-z.\\[\\]()'= \\\\u0-9é-]{0,40}") {
        drop(Path::read(&text));
    }
}
