//! Every documented operation in XML (`tetra.md` sections 1.4 and 2), and who may ask for it (section 1.5).

use serde_json::json;
use standin_tetra::Settings;

use crate::stage::{NOBODY, Stage, TO_PRACTICE, request, token, token_in, user};

const XMLNS: &str = r#"xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xsd="http://www.w3.org/2001/XMLSchema" Id="-1001""#;
const WON: &str = "<CommunicatieStatus>OZB_Communicatie_Status_Verzoek_is_geslaagd</CommunicatieStatus>";

fn answered(stem: &str, content: &str) -> String {
    format!("<{stem}_Antwoord {XMLNS}>{WON}{content}</{stem}_Antwoord>")
}

#[tokio::test]
async fn the_list_calls_answer_root_and_status_and_no_list_that_is_not_printed() {
    let stage = Stage::start().await;
    for stem in ["Tetra_Agenda_GetBlokTypes", "Tetra_Agenda_GetAgendas"] {
        let answer = stage.ask(stem, &token(), TO_PRACTICE).await;
        assert_eq!((answer.status, answer.document()), (200, answered(stem, "")));
        assert_eq!(answer.content_type, "text/xml; charset=utf-8");
        assert!(answer.text().starts_with("<?xml version=\"1.0\" encoding=\"utf-16\"?>\n"));
    }
}

#[tokio::test]
async fn a_patients_own_appointments_are_as_printed() {
    let stage = Stage::start().await;
    let session = stage.create_session("t.testpersoon@example.org").await;
    let stem = "Tetra_Agenda_GetPatientAfspraken";
    let answer = stage.ask(stem, &user(&session), "").await;
    let first = "<Tetra_Agenda_Afspraak Id=\"880001\"><PatientId>4242</PatientId><AgendaNaam>Mw. Proefarts</AgendaNaam>\
        <BlokType Id=\"501\"><Naam>Consult kort</Naam><Kleur>-13408564</Kleur><AfspraakDuurMinuten>10</AfspraakDuurMinuten></BlokType>\
        <AgendaId>71</AgendaId><Start>2026-06-02T10:20:00</Start><Eind>2026-06-02T10:30:00</Eind>\
        <PortaalAfspraak>true</PortaalAfspraak><GemaaktDoorPraktijk>false</GemaaktDoorPraktijk>\
        <Opmerkingen>Voorbeeldtekst</Opmerkingen></Tetra_Agenda_Afspraak>";
    let second = "<Tetra_Agenda_Afspraak Id=\"880003\"><PatientId>4242</PatientId><AgendaNaam>Spreekkamer 2</AgendaNaam>\
        <BlokType Id=\"502\"><Naam>Telefoon</Naam><Kleur>-16733611</Kleur><AfspraakDuurMinuten>5</AfspraakDuurMinuten></BlokType>\
        <AgendaId>72</AgendaId><Start>2026-06-02T14:00:00</Start><Eind>2026-06-02T14:15:00</Eind>\
        <PortaalAfspraak>false</PortaalAfspraak><GemaaktDoorPraktijk>true</GemaaktDoorPraktijk>\
        <Opmerkingen></Opmerkingen></Tetra_Agenda_Afspraak>";
    assert_eq!(answer.document(), answered(stem, &format!("<Afspraken>{first}{second}</Afspraken>")));

    let own = "<PatientId>4242</PatientId><OntvangerEntiteit>example</OntvangerEntiteit>";
    assert_eq!(stage.ask(stem, &user(&session), own).await.bytes, answer.bytes);
    let another = stage.ask(stem, &user(&session), "<PatientId>4243</PatientId>").await;
    assert_eq!(another.word(), "Geen_rechten");
}

#[tokio::test]
async fn both_formats_show_one_state() {
    let stage = Stage::start().await;
    stage.login("s-1", "t.testpersoon@example.org").await;
    let session = stage.create_session("t.testpersoon@example.org").await;
    let orders = json!([{"move": {"id": 880_001, "start": "2026-06-03T09:00:00"}}, {"cancel": 880_003}]);
    stage.staff(&orders);

    let json = stage.call("GetAfspraken", json!({"Session": "s-1"})).await.won();
    let xml = stage.ask("Tetra_Agenda_GetPatientAfspraken", &user(&session), "").await;

    assert_eq!(json["Afspraken"].as_array().unwrap().len(), 1);
    assert_eq!(xml.text().matches("<Tetra_Agenda_Afspraak ").count(), 1);
    assert_eq!(
        (json["Afspraken"][0]["Eind"].as_str().unwrap(), xml.element("Eind").as_str()),
        ("2026-06-03T09:10:00", "2026-06-03T09:10:00")
    );
}

#[tokio::test]
async fn a_free_search_is_for_a_user_who_may_see_everything() {
    let stage = Stage::start().await;
    let stem = "His_ZoekPatient_Vrij";
    let query = |query: &str, also: &str| format!("{TO_PRACTICE}<Query>{query}</Query>{also}");
    let staff = user(&stage.create_session("balie@example.org").await);
    let patient = user(&stage.create_session("t.testpersoon@example.org").await);

    let hit = "<ObjectOmschrijvingen><OZB_Communicatie_ObjectOmschrijving Id=\"4242\"><KorteOmschrijving>\
        Mevr. T. Testpersoon (46) 14-3-1980 Proefstraat1 Voorbeeldstad</KorteOmschrijving>\
        </OZB_Communicatie_ObjectOmschrijving></ObjectOmschrijvingen>";
    let found = stage.ask(stem, &staff, &query("Testpersoon", "")).await;
    assert_eq!(found.document(), answered(stem, hit));

    let nobody = answered(stem, "<ObjectOmschrijvingen></ObjectOmschrijvingen>");
    let cases = [
        ("140380", "", true),
        ("Meisjesnaam", "", false),
        ("Meisjesnaam", "<OokMeisjesnaam>true</OokMeisjesnaam>", true),
        ("Proefstraat", "<OokStraat>false</OokStraat>", false),
        ("Proefstraat", "<OokStraat>true</OokStraat>", true),
    ];
    for (sought, also, expected) in cases {
        let answer = stage.ask(stem, &staff, &query(sought, also)).await.document();
        assert_eq!(
            answer,
            answered(stem, if expected { hit } else { "<ObjectOmschrijvingen></ObjectOmschrijvingen>" }),
            "{sought} {also}"
        );
    }
    assert_eq!(stage.ask(stem, &staff, &query("Vertrokken", "")).await.document(), nobody);
    let inactive = stage.ask(stem, &staff, &query("Vertrokken", "<OokInactief>true</OokInactief>")).await;
    assert!(inactive.text().contains("Id=\"4244\""));

    assert_eq!(stage.ask(stem, &patient, &query("Testpersoon", "")).await.word(), "Geen_rechten");
    assert_eq!(stage.ask(stem, &token(), &query("Testpersoon", "")).await.word(), "Identificatie_onjuist");
}

#[tokio::test]
async fn every_operation_takes_its_own_kind_of_identification_only() {
    let stage = Stage::start().await;
    let session = user(&stage.create_session("balie@example.org").await);
    let login = "<Username>balie@example.org</Username><Password>not-a-real-password</Password>";
    let (application, nobody) = (token(), NOBODY.to_owned());
    let cases = [
        ("Tetra_Switchboard_Security_CreateSession", login, &nobody),
        ("Tetra_Switchboard_Security_StuurSMS", "<ZenderIP /><OntvangerEntiteit />", &session),
        ("Tetra_Agenda_GetBlokTypes", TO_PRACTICE, &application),
        ("Tetra_Agenda_GetAgendas", TO_PRACTICE, &application),
        ("Tetra_Agenda_GetPatientAfspraken", "", &session),
        ("His_ZoekPatient_Vrij", "<Query>x</Query><OntvangerEntiteit>example</OntvangerEntiteit>", &session),
        ("Tetra_Switchboard_Security_DestroySession", "<ZenderIP /><OntvangerEntiteit />", &session),
    ];
    for (stem, children, right) in cases {
        for identification in [&application, &nobody, &session, right] {
            let children = if children.contains("OntvangerEntiteit>") {
                children.to_owned()
            } else {
                format!("{children}{TO_PRACTICE}")
            };
            let won = stage.ask(stem, identification, &children).await.word() == "Verzoek_is_geslaagd";
            if identification != right {
                assert!(!won, "{stem} {identification}");
            }
        }
    }
    let after = stage.ask("Tetra_Agenda_GetPatientAfspraken", &session, "").await;
    assert_eq!(after.word(), "Sessie_ongeldig", "the last case logged out");
}

#[tokio::test]
async fn a_wrong_token_and_a_kind_nobody_knows_are_refused() {
    let stage = Stage::start().await;
    let kind = token().replace("Servertoken", "Certificaat");
    for identification in
        [token_in("Token", "wrong"), token_in("Sessie", Settings::SERVER_TOKEN), kind, String::new()]
    {
        let answer = stage.ask("Tetra_Agenda_GetAgendas", &identification, TO_PRACTICE).await;
        assert_eq!((answer.status, answer.word()), (200, "Identificatie_onjuist".to_owned()));
    }
    let stage = Stage::turned(json!({"token_child": "sessie"})).await;
    let slip = token_in("Sessie", Settings::SERVER_TOKEN);
    assert_eq!(stage.ask("Tetra_Agenda_GetAgendas", &slip, TO_PRACTICE).await.word(), "Verzoek_is_geslaagd");
}

#[tokio::test]
async fn requests_come_in_any_encoding_and_with_any_declaration() {
    let stage = Stage::start().await;
    let document = request("Tetra_Agenda_GetAgendas", &token(), TO_PRACTICE);
    let declared = format!("<?xml version=\"1.0\" encoding=\"utf-16\"?>\n{document}");
    let wide = |mark: bool, unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        mark.then_some(0xFEFF).into_iter().chain(declared.encode_utf16()).flat_map(unit).collect()
    };
    for body in [
        document.clone().into_bytes(),
        declared.clone().into_bytes(),
        [b"\xEF\xBB\xBF", declared.as_bytes()].concat(),
        wide(true, u16::to_le_bytes),
        wide(true, u16::to_be_bytes),
        wide(false, u16::to_le_bytes),
    ] {
        assert_eq!(stage.post_xml(body).await.word(), "Verzoek_is_geslaagd");
    }
}

#[tokio::test]
async fn what_is_not_a_request_is_not_read() {
    let stage = Stage::start().await;
    let good = request("Tetra_Agenda_GetAgendas", &token(), TO_PRACTICE);
    for body in [
        String::new(),
        good.replace("_Verzoek", "_Vraag"),
        good.replace("Id=\"-1000\"", "Id=\"1000\""),
        good.replace("xmlns:xsi", "xmlns:x"),
        format!("<!DOCTYPE a [<!ENTITY b \"c\">]>{good}"),
        "{\"Method\":\"GetAgendas\"}".to_owned(),
    ] {
        let answer = stage.post_xml(body).await;
        assert_eq!((answer.status, answer.bytes.len()), (500, 0));
    }
    assert_eq!(stage.ask("Tetra_Agenda_GetAlles", &token(), TO_PRACTICE).await.word(), "Onbekend_verzoek");
}

#[tokio::test]
async fn a_practice_that_is_not_there_or_off_is_a_500() {
    let stage = Stage::start().await;
    let nowhere = "<OntvangerEntiteit>00000000</OntvangerEntiteit>";
    let answer = stage.ask("Tetra_Agenda_GetAgendas", &token(), nowhere).await;
    assert_eq!((answer.status, answer.word()), (500, "Ontvanger_niet_bereikbaar".to_owned()));
    assert_eq!(stage.ask("Tetra_Agenda_GetAgendas", &token(), "").await.word(), "Verzoek_onjuist");
    stage.staff(&json!([{"offline": true}]));
    assert_eq!(stage.ask("Tetra_Agenda_GetAgendas", &token(), TO_PRACTICE).await.status, 500);
}
