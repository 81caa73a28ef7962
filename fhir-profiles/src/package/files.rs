//! The files of the package, compiled into the program.

/// `StructureDefinition/`
pub(crate) const STRUCTURE_DEFINITIONS: &[&str] = &[
    include_str!("../../StructureDefinition/tetra-absence-detected.json"),
    include_str!("../../StructureDefinition/tetra-appointment-status.json"),
    include_str!("../../StructureDefinition/tetra-bloktype-colour.json"),
    include_str!("../../StructureDefinition/tetra-bloktype-duration.json"),
    include_str!("../../StructureDefinition/tetra-gender-raw.json"),
    include_str!("../../StructureDefinition/tetra-made-by-practice.json"),
    include_str!("../../StructureDefinition/tetra-metas.json"),
    include_str!("../../StructureDefinition/tetra-portal-appointment.json"),
    include_str!("../../StructureDefinition/tetra-time-uncertain.json"),
    include_str!("../../StructureDefinition/zt-coverage.json"),
    include_str!("../../StructureDefinition/zt-organization.json"),
    include_str!("../../StructureDefinition/zt-patient.json"),
    include_str!("../../StructureDefinition/zt-practitioner.json"),
    include_str!("../../StructureDefinition/zt-spreekuur-appointment.json"),
    include_str!("../../StructureDefinition/zt-spreekuur-notification.json"),
    include_str!("../../StructureDefinition/zt-tetra-appointment.json"),
    include_str!("../../StructureDefinition/zt-tetra-healthcareservice.json"),
    include_str!("../../StructureDefinition/zt-tetra-patient.json"),
    include_str!("../../StructureDefinition/zt-tetra-schedule.json"),
];

/// `ValueSet/`
pub(crate) const VALUE_SETS: &[&str] = &[
    include_str!("../../ValueSet/zt-insurance-type.json"),
    include_str!("../../ValueSet/zt-marital-status.json"),
    include_str!("../../ValueSet/zt-spreekuur-appointment-status.json"),
    include_str!("../../ValueSet/zt-spreekuur-attachment-type.json"),
    include_str!("../../ValueSet/zt-spreekuur-notification-status.json"),
    include_str!("../../ValueSet/zt-spreekuur-participation-status.json"),
];

/// `CodeSystem/`
pub(crate) const CODE_SYSTEMS: &[&str] = &[
    include_str!("../../CodeSystem/tetra-afspraakstatus.json"),
    include_str!("../../CodeSystem/tetra-geslacht.json"),
    include_str!("../../CodeSystem/tetra-identifier-type.json"),
];
