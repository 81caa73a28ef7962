//! The demo's data: two tenants, three clients, invented patients (`contract.md` section 6). It goes in by the same way
//! as everything else, `Engine::write_all`, and loading it again changes nothing.

use anyhow::Context;
use gateway_core::{Bsn, Key, Resource, ResourceType};
use gateway_engine::{Engine, Write};
use gateway_store::{Client, ClientAuth, Store, Tenant};
use serde_json::json;

use super::people::{DE_LINDE, Person, URO_KLINIEK};
use super::place::Place;
use crate::{config, house};

/// A tenant of the demo.
pub(crate) struct Practice {
    /// Its slug, which is also the id of its Organization.
    pub(crate) slug: &'static str,
    /// Its AGB code.
    pub(crate) agb: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// Its host name.
    pub(crate) host: &'static str,
    people: &'static [Person],
}

/// The tenants.
pub(crate) const PRACTICES: [Practice; 2] = [
    Practice {
        slug: "de-linde",
        agb: "01000001",
        name: "Huisartsenpraktijk De Linde",
        host: "de-linde.localhost",
        people: DE_LINDE,
    },
    Practice {
        slug: "uro-kliniek",
        agb: "12345678",
        name: "Uro Kliniek",
        host: "uro-kliniek.localhost",
        people: URO_KLINIEK,
    },
];

/// An OAuth client of the demo.
pub(crate) struct Login {
    /// `client_id`
    pub(crate) id: &'static str,
    /// `client_secret`
    pub(crate) secret: &'static str,
    /// What it may ask for.
    pub(crate) scope: &'static str,
    /// Whom it may act for.
    pub(crate) agbs: &'static [&'static str],
}

/// Everything on `/fhir`, and both writes on the Spreekuur-compatible door.
const SCOPE: &str = "system/*.cruds spreekuur/appointment.write spreekuur/notification.write";

/// The clients.
pub(crate) const LOGINS: [Login; 3] = [
    Login { id: "demo-xis", secret: "demo-xis-secret", scope: SCOPE, agbs: &["01000001"] },
    Login { id: "demo-uro", secret: "demo-uro-secret", scope: SCOPE, agbs: &["12345678"] },
    Login { id: "demo-all", secret: "demo-all-secret", scope: SCOPE, agbs: &["01000001", "12345678"] },
];

/// Loads everything.
///
/// # Errors
/// When the database does not open or refuses.
pub(super) async fn load(place: &Place) -> anyhow::Result<()> {
    let config = config::load(Some(&place.config()))?;
    let store = house::open_ready_store(&config).await?;
    let engine = house::engine(&config, &store)?;
    for practice in &PRACTICES {
        add_practice(&engine, practice).await.with_context(|| format!("loading tenant {}", practice.slug))?;
    }
    for login in &LOGINS {
        add_login(&store, login).await.with_context(|| format!("loading client {}", login.id))?;
    }
    store.close().await;
    Ok(())
}

async fn add_practice(engine: &Engine, practice: &Practice) -> anyhow::Result<()> {
    let tenant = Tenant {
        id: practice.slug.parse()?,
        agb: practice.agb.parse()?,
        name: practice.name.to_owned(),
        host: Some(practice.host.to_owned()),
    };
    house::add_tenant(engine, &tenant).await?;
    let writes =
        practice.people.iter().map(|person| patient(person, practice)).collect::<anyhow::Result<Vec<_>>>()?;
    engine.write_all(&house::ourselves(tenant.id), writes).await?;
    Ok(())
}

/// A Patient. De Linde's GP system knows the person by the number in the id.
fn patient(person: &Person, practice: &Practice) -> anyhow::Result<Write> {
    let text = json!({
        "resourceType": "Patient",
        "id": person.id,
        "identifier": [{"system": Bsn::SYSTEM, "value": person.bsn}],
        "active": true,
        "name": [{
            "use": "official",
            "text": format!("{} {}", person.given, person.family),
            "family": person.family,
            "given": [person.given],
        }],
        "gender": person.gender,
        "birthDate": person.born,
    })
    .to_string();
    let resource = Resource::from_text(text).map_err(|issue| anyhow::anyhow!("{issue}"))?;
    let number = person.id.trim_start_matches("p-");
    let bind = (practice.agb == standin_tetra::Settings::AGB)
        .then(|| adapter_tetra::patient_key(practice.agb, number));
    Ok(Write { bind, ..house::put(Key::new(ResourceType::Patient, person.id.parse()?), resource) })
}

async fn add_login(store: &Store, login: &Login) -> anyhow::Result<()> {
    let client = Client {
        id: login.id.to_owned(),
        auth: ClientAuth::SecretHash(store.keyed_hash("client-secret", login.secret)),
        scope: login.scope.to_owned(),
        agbs: login.agbs.iter().map(|agb| agb.parse()).collect::<Result<_, _>>()?,
        revoked: None,
    };
    Ok(store.put_client(&client).await?)
}
