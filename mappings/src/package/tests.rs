//! Folders in place of the embedded files.

use fhir_profiles::Profiles;

use super::Package;

const RECORDS: &str = "[Ding]\nfields = [{ name = \"Naam\", type = \"text\" }]";

fn table(about: &str) -> String {
    format!(
        "record = \"klein.Ding\"\nresource = \"Patient\"\nabout = {about:?}\n\
         rows = [{{ wire = \"Naam\", fhir = \"language\", as = \"text\" }}]"
    )
}

#[test]
fn a_folder_replaces_the_files_of_the_same_name() {
    let profiles = Profiles::embedded();
    let files = [
        ("klein/records.toml", RECORDS.to_owned()),
        ("klein/ding.toml", table("theirs")),
        ("klein/ook.toml", table("theirs")),
    ];
    let package = Package::of(files.map(|(path, text)| (path.to_owned(), text)).into(), &profiles).unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("klein")).unwrap();
    std::fs::write(folder.path().join("klein/ding.toml"), table("ours")).unwrap();

    let replaced = package.with_folder(folder.path(), &profiles).unwrap();
    let about = |package: &Package, name: &str| package.table(name).unwrap().about().to_owned();
    assert_eq!(about(&replaced, "klein/ding"), "ours");
    assert_eq!(about(&replaced, "klein/ook"), "theirs");
    assert_eq!(about(&package, "klein/ding"), "theirs");

    // Alone the folder lacks the record description.
    let faults = Package::read(folder.path(), &profiles).unwrap_err();
    assert!(faults[0].to_string().contains("the record \"klein.Ding\" is not described"), "{}", faults[0]);
}

#[test]
fn a_folder_without_tables_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let faults = Package::read(folder.path(), &Profiles::embedded()).unwrap_err();
    assert!(faults[0].to_string().contains("name the folder above the counterparts"));
    assert!(Package::read(&folder.path().join("nergens"), &Profiles::embedded()).is_err());
}

#[test]
fn two_maps_of_one_id_are_a_fault() {
    let map =
        r#"{"resourceType":"ConceptMap","id":"m","url":"u","status":"active","group":[{"element":[]}]}"#;
    let files = [("a/m.json", map), ("b/m.json", map), ("b/n.json", "{}")];
    let files = files.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
    let faults = Package::of(files, &Profiles::embedded()).unwrap_err();
    let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
    assert!(told[0].starts_with("b/m.json: ") && told[0].contains("rename one"), "{told:?}");
    assert!(told[1].starts_with("b/n.json: "), "{told:?}");
}
