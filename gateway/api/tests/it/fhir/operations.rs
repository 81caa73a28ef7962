//! Every operation, walked from its table: a new row is walked without anybody thinking of it.

use gateway_api::fhir::operation::{Methods, OPERATIONS, Operation, Types};
use gateway_core::ResourceType;
use http::Method;

use super::Client;
use crate::house::House;

fn paths(operation: &Operation) -> impl Iterator<Item = String> {
    let of = match operation.types {
        Types::Every => ResourceType::Patient,
        Types::Only(types) => types[0],
    };
    operation.paths().map(move |path| path.replace("{type}", of.as_str()).replace("{id}", "none"))
}

#[tokio::test]
async fn every_operation_refuses_a_stranger() {
    let house = House::new().await;
    for path in OPERATIONS.iter().flat_map(paths) {
        for method in [Method::GET, Method::POST] {
            let reply = house.call(method, &path, &[("content-type", "application/fhir+json")], "").await;
            assert_eq!(reply.status, 401, "{path}");
        }
    }
}

#[tokio::test]
async fn a_method_that_is_not_offered_is_a_405_that_says_what_is() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    for operation in OPERATIONS {
        for path in paths(operation) {
            let reply = client.delete(&path).await;
            assert_eq!((reply.status, reply.header("allow")), (405, operation.methods.allow()), "{path}");
            if operation.methods == Methods::Post {
                assert_eq!(client.get(&path).await.status, 405, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn an_operation_that_is_not_there_is_a_404_at_every_level() {
    let house = House::new().await;
    let client = Client::linde(&house).await;
    let json = [("content-type", "application/fhir+json")];
    for path in [
        "/fhir/$odd",
        "/fhir/Patient/$odd",
        "/fhir/Patient/p1/$odd",
        "/fhir/Patient/$expand",
        "/fhir/$validate",
    ] {
        for method in [Method::GET, Method::POST] {
            let reply = client.call(method, path, &json, "{}").await;
            assert_eq!(reply.refusal(), (404, "not-found".into()), "{path}");
        }
    }
}
