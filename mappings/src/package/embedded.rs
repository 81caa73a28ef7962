//! The files of the package, compiled into the program.

use std::collections::BTreeMap;

macro_rules! file {
    ($path:literal) => {
        ($path, include_str!(concat!("../../", $path)))
    };
}

/// Path and text.
const FILES: &[(&str, &str)] = &[
    file!("spreekuur/appointment-status.json"),
    file!("tetra/afspraak.toml"),
    file!("tetra/afspraakstatus.json"),
    file!("tetra/agenda.toml"),
    file!("tetra/bloktype.toml"),
    file!("tetra/geslacht.json"),
    file!("tetra/omschrijving.toml"),
    file!("tetra/patient.toml"),
    file!("tetra/records.toml"),
    file!("tetra/slot.toml"),
    file!("tetra/zoekresultaat.toml"),
];

pub(super) fn files() -> BTreeMap<String, String> {
    FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use fhir_profiles::Profiles;

    use super::*;
    use crate::Package;

    #[test]
    fn every_file_of_the_folders_is_in_the_list() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut on_disk = super::super::files::read(folder).unwrap();
        on_disk.retain(|path, _| {
            !path.starts_with("src/") && !path.starts_with("benches/") && !path.starts_with("tests/")
        });
        assert_eq!(on_disk, files());
    }

    #[test]
    fn the_package_compiles() {
        if let Err(faults) = Package::embedded(&Profiles::embedded()) {
            let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
            panic!("{}", told.join("\n"));
        }
    }
}
