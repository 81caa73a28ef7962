//! The rows: every operation there is. A new one is a row here and a handler in a file of its own.

use gateway_core::ResourceType;

use super::sign_in;
use super::{Kind, Level, Methods, Operation, Takes, Types};

/// Every operation.
pub static OPERATIONS: &[Operation] = &[
    Operation {
        name: "sign-in",
        does: "Signs a person in at the counterpart and gives a session.",
        levels: &[Level::Instance],
        types: Types::Only(&[ResourceType::Endpoint]),
        methods: Methods::Post,
        definition: "https://zorgtolk.example/fhir/OperationDefinition/endpoint-sign-in",
        takes: &[Takes::one("user", Kind::Secret), Takes::one("password", Kind::Secret)],
        handler: |call| Box::pin(sign_in::sign_in(call)),
    },
    Operation {
        name: "send-code",
        does: "Has the counterpart send that person a code.",
        levels: &[Level::Instance],
        types: Types::Only(&[ResourceType::Endpoint]),
        methods: Methods::Post,
        definition: "https://zorgtolk.example/fhir/OperationDefinition/endpoint-send-code",
        takes: &[Takes::one("session", Kind::Secret)],
        handler: |call| Box::pin(sign_in::send_code(call)),
    },
    Operation {
        name: "confirm",
        does: "Confirms a session with the code that was sent.",
        levels: &[Level::Instance],
        types: Types::Only(&[ResourceType::Endpoint]),
        methods: Methods::Post,
        definition: "https://zorgtolk.example/fhir/OperationDefinition/endpoint-confirm",
        takes: &[Takes::one("session", Kind::Secret), Takes::one("code", Kind::Secret)],
        handler: |call| Box::pin(sign_in::confirm(call)),
    },
    Operation {
        name: "sign-out",
        does: "Ends a session at the counterpart.",
        levels: &[Level::Instance],
        types: Types::Only(&[ResourceType::Endpoint]),
        methods: Methods::Post,
        definition: "https://zorgtolk.example/fhir/OperationDefinition/endpoint-sign-out",
        takes: &[Takes::one("session", Kind::Secret)],
        handler: |call| Box::pin(sign_in::sign_out(call)),
    },
];
