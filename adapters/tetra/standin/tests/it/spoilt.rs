//! Answers spoilt on demand: what an adapter has to live with (`tetra.md` section 5, edge cases 1 to 18).

use serde_json::{Value, json};
use standin_tetra::{Act, Rule};

use crate::stage::{Answer, Stage, TO_PRACTICE, token, user};

async fn json_spoilt(twists: &[&str]) -> Answer {
    let stage = Stage::start().await;
    stage.twist("GetAgendas", twists);
    let spoilt = stage.call("GetAgendas", json!({})).await;
    stage.call("GetAgendas", json!({})).await.won();
    spoilt
}

async fn xml_spoilt(twists: &[&str]) -> Answer {
    let stage = Stage::start().await;
    stage.staff(&json!([{"agenda": {"id": 71, "name": "Mw. Müller-Koëter"}}]));
    let session = user(&stage.create_session("t.testpersoon@example.org").await);
    stage.twist("Tetra_Agenda_GetPatientAfspraken", twists);
    stage.ask("Tetra_Agenda_GetPatientAfspraken", &session, "").await
}

#[tokio::test]
async fn a_success_that_is_none() {
    let refused = json_spoilt(&["refused"]).await.json();
    assert_eq!((&refused["agendas"], &refused["ReturnValue"]["ResponseCode"]), (&json!([]), &json!(500)));
    let flag = json_spoilt(&["gelukt_false"]).await.json();
    assert_eq!((&flag["agendas"], &flag["ReturnValue"]["Gelukt"]), (&json!([]), &json!(false)));
    let code = json_spoilt(&["other_code"]).await.json();
    assert_eq!(
        (&code["ReturnValue"]["Gelukt"], &code["ReturnValue"]["ResponseCode"]),
        (&json!(true), &json!(503))
    );
    assert_eq!(json_spoilt(&["code_text"]).await.json()["ReturnValue"]["ResponseCode"], "200");
    assert_eq!(json_spoilt(&["bare"]).await.text(), "{}");
}

#[tokio::test]
async fn containers_that_are_missing_or_null() {
    let members = |answer: &Answer| answer.json().as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(members(&json_spoilt(&["no_container"]).await), ["ReturnValue"]);
    assert_eq!(members(&json_spoilt(&["no_return_value"]).await), ["agendas"]);
    assert_eq!(json_spoilt(&["null_container"]).await.json()["agendas"], Value::Null);
    assert_eq!(json_spoilt(&["null_return_value"]).await.json()["ReturnValue"], Value::Null);
}

#[tokio::test]
async fn names_in_another_case_and_in_both() {
    assert!(json_spoilt(&["other_case"]).await.text().starts_with("{\"Agendas\":["));
    let both = json_spoilt(&["both_cases"]).await.text();
    assert!(both.contains("\"agendas\":[") && both.contains("\"Agendas\":["));

    let stage = Stage::start().await;
    stage.login("s-1", "t.testpersoon@example.org").await;
    for (twist, tokens) in [("other_case", 0), ("both_cases", 2)] {
        stage.twist("GetAfspraken", &[twist]);
        let text = stage.call("GetAfspraken", json!({"Session": "s-1"})).await.text();
        assert_eq!(
            text.matches("\"WisAfspraakToken\":").count(),
            tokens * if twist == "both_cases" { 2 } else { 1 }
        );
        assert!(text.contains("\"wisAfspraakToken\":"), "{twist}");
    }
}

#[tokio::test]
async fn members_more_and_in_another_order() {
    let more = json_spoilt(&["extra_members"]).await.json();
    assert_eq!(
        (&more["NieuwVeld"], &more["agendas"][0]["NieuwVeld"]),
        (&json!("onbekend"), &json!("onbekend"))
    );
    let reversed = json_spoilt(&["reversed"]).await.text();
    assert!(
        reversed.starts_with("{\"ReturnValue\":{\"Gelukt\":true")
            && reversed.contains("{\"Naam\":\"Mw. Proefarts\",\"Id\":71}")
    );
    let deep = json_spoilt(&["deep"]).await.text();
    assert!(deep.contains(&"[".repeat(10_000)));
}

#[tokio::test]
async fn bytes_and_headers_that_are_odd() {
    let bom = json_spoilt(&["bom"]).await;
    assert!(bom.bytes.starts_with(b"\xEF\xBB\xBF{"));
    assert_eq!(json_spoilt(&["wrong_content_type"]).await.content_type, "text/html");
    assert_eq!(json_spoilt(&["no_content_type"]).await.content_type, "");
    assert!(String::from_utf8(json_spoilt(&["invalid_utf8"]).await.bytes).is_err());
}

#[tokio::test]
async fn an_answer_of_a_hundred_megabytes() {
    assert!(json_spoilt(&["huge"]).await.bytes.len() > 100 << 20);
}

#[tokio::test]
async fn statuses_of_xml_that_are_none() {
    assert_eq!(xml_spoilt(&["status_unknown"]).await.word(), "Onderhoud");
    assert!(!xml_spoilt(&["status_missing"]).await.text().contains("CommunicatieStatus"));
    let spaced = xml_spoilt(&["status_spaced"]).await.text();
    assert!(spaced.contains(
        "<CommunicatieStatus>\n  OZB_Communicatie_Status_Verzoek_is_geslaagd  </CommunicatieStatus>"
    ));
    let refused = xml_spoilt(&["refused"]).await;
    assert!(refused.word() == "Verzoek_is_mislukt" && refused.text().contains("<Afspraken></Afspraken>"));
    assert!(!xml_spoilt(&["no_container"]).await.text().contains("Afspraken>"));
}

#[tokio::test]
async fn documents_that_are_another_or_in_another_shape() {
    assert!(
        xml_spoilt(&["other_root"]).await.document().starts_with("<Tetra_Agenda_HeelIetsAnders_Antwoord ")
    );
    let reversed = xml_spoilt(&["reversed"]).await.document();
    assert!(reversed.find("<Opmerkingen>") < reversed.find("<PatientId>"));
    assert!(reversed.find("<Afspraken>") < reversed.find("<CommunicatieStatus>"));
    assert!(xml_spoilt(&["self_closed"]).await.text().contains("<Opmerkingen />"));
    assert!(xml_spoilt(&["nil"]).await.text().contains("<Opmerkingen xsi:nil=\"true\"></Opmerkingen>"));
    assert!(xml_spoilt(&["extra_members"]).await.text().contains("<NieuwVeld>onbekend</NieuwVeld>"));
    assert!(xml_spoilt(&["deep"]).await.text().contains(&"<Diep>".repeat(10_000)));
}

#[tokio::test]
async fn documents_with_a_dtd() {
    assert!(xml_spoilt(&["dtd"]).await.document().starts_with("<!DOCTYPE "));
    let entities = xml_spoilt(&["entities"]).await.text();
    assert!(
        entities.contains("<!ENTITY l9 ")
            && entities.contains("&l9;</Lach></Tetra_Agenda_GetPatientAfspraken_Antwoord>")
    );
}

type Unit = fn([u8; 2]) -> u16;

#[tokio::test]
async fn every_encoding_on_demand() {
    let declared = "<?xml version=\"1.0\" encoding=\"utf-16\"?>\n";
    let cases = [
        ("utf16_declared", declared),
        ("utf8_declared", "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"),
        ("single_quoted", "<?xml version='1.0' encoding='utf-8'?>\n"),
        ("no_prolog", "<Tetra_Agenda_GetPatientAfspraken_Antwoord"),
    ];
    for (twist, opening) in cases {
        let answer = xml_spoilt(&[twist]).await;
        assert!(answer.text().starts_with(opening) && answer.text().contains("Müller-Koëter"), "{twist}");
    }
    let wide: [(&str, &[u8], Unit); 4] = [
        ("utf16le_bom", b"\xFF\xFE<\0", u16::from_le_bytes),
        ("utf16be_bom", b"\xFE\xFF\0<", u16::from_be_bytes),
        ("utf16le", b"<\0?\0", u16::from_le_bytes),
        ("utf16be", b"\0<\0?", u16::from_be_bytes),
    ];
    for (twist, opening, unit) in wide {
        let answer = xml_spoilt(&[twist]).await;
        assert!(answer.bytes.starts_with(opening), "{twist}");
        let units: Vec<u16> = answer.bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        assert!(String::from_utf16(&units).unwrap().contains("Müller-Koëter"), "{twist}");
    }
}

#[tokio::test]
async fn twists_go_together_and_one_nobody_knows_is_refused() {
    let stage = Stage::start().await;
    stage.twist("Tetra_Agenda_*", &["status_unknown", "utf16be"]);
    let answer = stage.ask("Tetra_Agenda_GetAgendas", &token(), TO_PRACTICE).await;
    assert!(answer.bytes.starts_with(b"\0<") && answer.bytes.windows(4).any(|part| part == b"\0O\0n"));
    assert!(stage.running.script(vec![Rule::twisting("*", &["sideways"])]).is_err());
    let rules = json!({"rules": [{"do": "twist", "operation": "Zoek", "twists": ["bare"], "times": -1}]});
    assert_eq!(stage.control("faults", &rules).await.status, 200);
    assert_eq!(stage.call("Zoek", json!({"query": "x"})).await.text(), "{}");
}

#[tokio::test]
async fn an_empty_answer_a_page_and_half_of_one() {
    let stage = Stage::start().await;
    for (act, expected) in [(Act::Empty, ""), (Act::Html, "<!DOCTYPE html>")] {
        stage.running.script(vec![Rule::on("POST", "/xml", act)]).unwrap();
        let answer = stage.ask("Tetra_Agenda_GetAgendas", &token(), TO_PRACTICE).await;
        assert!(answer.status == 200 && answer.text().starts_with(expected));
    }
    stage.running.script(vec![Rule::on("POST", "/json", Act::Truncate)]).unwrap();
    assert!(stage.sent(&stage.running.json_url(), "{}").await.is_err());
}
