//! Tenants, clients, assertions.

use gateway_store::{Assertion, Client, ClientAuth, Tenant};

use crate::house::{at, both};

fn tenant(id: &str, agb: &str, host: Option<&str>) -> Tenant {
    Tenant {
        id: id.parse().unwrap(),
        agb: agb.parse().unwrap(),
        name: format!("Praktijk {id}"),
        host: host.map(str::to_owned),
    }
}

#[test]
fn tenants_are_kept_and_replaced() {
    both(async |house| {
        let (linde, uro) = (tenant("de-linde", "01000001", Some("l.nl")), tenant("uro", "12345678", None));
        house.store.put_tenant(&uro).await.unwrap();
        house.store.put_tenant(&tenant("de-linde", "01000002", None)).await.unwrap();
        house.store.put_tenant(&linde).await.unwrap();
        assert_eq!(house.store.tenants().await.unwrap(), [linde.clone(), uro.clone()]);
        let by = |agb: &str| agb.parse().unwrap();
        assert_eq!(house.store.tenant_by_agb(&by("01000001")).await.unwrap(), Some(linde));
        assert_eq!(house.store.tenant_by_agb(&by("01000002")).await.unwrap(), None);
        assert!(house.store.put_tenant(&tenant("third", "12345678", None)).await.is_err(), "AGB is unique");
    });
}

#[test]
fn clients_are_kept_replaced_and_revoked() {
    both(async |house| {
        let mut client = Client {
            id: "demo-all".to_owned(),
            auth: ClientAuth::SecretHash("00ff".to_owned()),
            scope: "system/*.cruds".to_owned(),
            agbs: vec!["01000001".parse().unwrap(), "12345678".parse().unwrap()],
            revoked: None,
        };
        house.store.put_client(&client).await.unwrap();
        assert_eq!(house.store.client("demo-all").await.unwrap(), Some(client.clone()));
        client.auth = ClientAuth::Jwks(r#"{"keys":[]}"#.to_owned());
        client.agbs.pop();
        house.store.put_client(&client).await.unwrap();
        let none = Client { id: "a-none".to_owned(), agbs: Vec::new(), ..client.clone() };
        house.store.put_client(&none).await.unwrap();
        assert_eq!(house.store.clients().await.unwrap(), [none, client.clone()]);
        assert!(house.store.revoke_client("demo-all", at(5)).await.unwrap());
        assert!(!house.store.revoke_client("demo-all", at(6)).await.unwrap());
        assert!(!house.store.revoke_client("nobody", at(6)).await.unwrap());
        client.revoked = Some(at(5));
        assert_eq!(house.store.client("demo-all").await.unwrap(), Some(client));
        assert_eq!(house.store.client("nobody").await.unwrap(), None);
    });
}

#[test]
fn an_assertion_is_good_once() {
    both(async |house| {
        let used = Assertion { client: "demo-xis".to_owned(), jti: "j1".to_owned(), expires: at(60) };
        let tries = (0..8).map(|_| house.store.use_assertion(&used, at(0)));
        let results = futures_util::future::join_all(tries).await;
        assert_eq!(results.into_iter().filter(|r| *r.as_ref().unwrap()).count(), 1);
        let other = Assertion { client: "demo-uro".to_owned(), ..used.clone() };
        assert!(house.store.use_assertion(&other, at(0)).await.unwrap(), "another client's own jti");
        assert!(!house.store.use_assertion(&used, at(59)).await.unwrap());
        let late = Assertion { expires: at(200), ..used };
        assert!(house.store.use_assertion(&late, at(61)).await.unwrap(), "the old one expired");
        assert_eq!(house.raw_texts("SELECT client FROM assertion").await, ["demo-xis"]);
    });
}
