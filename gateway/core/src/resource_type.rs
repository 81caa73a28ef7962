//! The FHIR R4 resource types this gateway keeps.

use std::fmt;
use std::str::FromStr;

macro_rules! resource_types {
    ($($name:ident)*) => {
        /// A FHIR R4 resource type of the package in `fhir-profiles`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the names are FHIR's own")]
        pub enum ResourceType { $($name),* }

        impl ResourceType {
            /// Every type, in alphabetical order.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The name as FHIR spells it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }

        impl FromStr for ResourceType {
            type Err = UnknownResourceType;

            fn from_str(name: &str) -> Result<Self, Self::Err> {
                match name { $(stringify!($name) => Ok(Self::$name),)* _ => Err(UnknownResourceType) }
            }
        }
    };
}

resource_types! {
    Appointment AppointmentResponse AuditEvent Binary Bundle CapabilityStatement ChargeItem CodeSystem
    Communication ConceptMap Consent Coverage CoverageEligibilityRequest CoverageEligibilityResponse
    DocumentReference Endpoint HealthcareService Invoice Location NamingSystem OperationOutcome Organization
    Parameters Patient PlanDefinition Practitioner PractitionerRole Procedure Provenance Schedule SearchParameter
    Slot StructureDefinition StructureMap Subscription Task ValueSet
}

/// The name is none of [`ResourceType::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no resource type of this gateway")]
pub struct UnknownResourceType;

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_reads_back() {
        assert_eq!(ResourceType::ALL.len(), 37);
        for t in ResourceType::ALL {
            assert_eq!(t.as_str().parse(), Ok(*t));
        }
        assert_eq!("patient".parse::<ResourceType>(), Err(UnknownResourceType));
    }
}
