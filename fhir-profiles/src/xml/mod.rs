//! The XML format of FHIR R4 (<https://hl7.org/fhir/R4/xml.html>), from and to the JSON text that everything else here
//! works on.
//!
//! Both ways are one walk along the table of elements, without a tree in between, and lose nothing R4 allows: primitive
//! texts as they were written, ids and extensions of primitives, nested resources, the narrative as its own text. What
//! cannot be read or said is an issue with its FHIRPath, all of them where reading can go on; whether a value has the
//! format of its type, the check says afterwards.

mod attributes;
mod findings;
mod narrative;
mod read;
mod run;
mod text;
mod write;

pub use read::{MAX_BYTES, from_xml};
pub use write::to_xml;

use crate::r4::{Property, Shape, Special};

/// The namespace of every element but the narrative's.
const FHIR: &str = "http://hl7.org/fhir";

/// The namespace of a narrative's `div` and all in it.
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// Whether the text of a narrative can be said in XML.
pub(crate) fn is_well_formed(html: &str) -> bool {
    narrative::checked(html).is_ok()
}

/// Whether a member is an attribute in XML: the id of an element that is no resource, and the url of an extension.
fn is_attribute(shape: &Shape, property: &Property) -> bool {
    property.name == "id" && !shape.is_resource()
        || property.name == "url" && shape.special == Special::Extension
}
