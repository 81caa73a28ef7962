//! The files of a folder on disk.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::MapIssue;

/// The tables, descriptions and maps of each folder in `folder`.
pub(super) fn read(folder: &Path) -> Result<BTreeMap<String, String>, Vec<MapIssue>> {
    let mut files = BTreeMap::new();
    let mut faults = Vec::new();
    for counterpart in entries(folder, &mut faults).into_iter().filter(|name| folder.join(name).is_dir()) {
        let inner = folder.join(&counterpart);
        for name in entries(&inner, &mut faults) {
            let is_ours = Path::new(&name).extension().is_some_and(|of| of == "toml" || of == "json");
            if !is_ours {
                continue;
            }
            let path = format!("{counterpart}/{name}");
            match fs::read_to_string(inner.join(&name)) {
                Ok(text) => drop(files.insert(path, text)),
                Err(error) => {
                    faults.push(MapIssue::fault(&path, format!("cannot be read: {}", error.kind())));
                }
            }
        }
    }
    if files.is_empty() && faults.is_empty() {
        let text = "the folder has no <counterpart>/*.toml or *.json; name the folder above the counterparts";
        faults.push(MapIssue::fault(&folder.display().to_string(), text));
    }
    if faults.is_empty() { Ok(files) } else { Err(faults) }
}

fn entries(folder: &Path, faults: &mut Vec<MapIssue>) -> Vec<String> {
    match fs::read_dir(folder) {
        Ok(entries) => {
            let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
            let mut names: Vec<_> = names.filter(|name| !name.starts_with('.')).collect();
            names.sort_unstable();
            names
        }
        Err(error) => {
            let text = format!("cannot be read: {}", error.kind());
            faults.push(MapIssue::fault(&folder.display().to_string(), text));
            vec![]
        }
    }
}
