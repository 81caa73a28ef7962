//! Answers of a Switchboard with any number of appointments, and the structs one would write by hand to read them.
#![expect(dead_code, reason = "each bench uses its own half")]

use serde::Deserialize;

/// An appointment as one would type it by hand, for either format.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Afspraak {
    #[serde(rename = "@Id", alias = "Id")]
    pub(crate) id: i64,
    pub(crate) patient_id: i64,
    pub(crate) agenda_naam: String,
    pub(crate) agenda_id: i64,
    pub(crate) blok_type: BlokType,
    pub(crate) start: String,
    pub(crate) eind: String,
    #[serde(rename = "AfspraakStatus")]
    pub(crate) status: Option<String>,
    #[serde(rename = "PortaalAfspraak")]
    pub(crate) portaal: bool,
    pub(crate) gemaakt_door_praktijk: bool,
    pub(crate) opmerkingen: Option<String>,
}

/// The coloured category of an appointment.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BlokType {
    #[serde(rename = "@Id", alias = "Id")]
    pub(crate) id: i64,
    pub(crate) naam: String,
    pub(crate) kleur: String,
    #[serde(alias = "AfspraakDuurMinuten10")]
    pub(crate) afspraak_duur_minuten: i64,
}

/// The answer in XML.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct XmlAnswer {
    pub(crate) communicatie_status: String,
    pub(crate) afspraken: Afspraken,
}

/// Its container.
#[derive(Debug, Deserialize)]
pub(crate) struct Afspraken {
    #[serde(rename = "Tetra_Agenda_Afspraak")]
    pub(crate) list: Vec<Afspraak>,
}

/// The answer in JSON.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct JsonAnswer {
    pub(crate) afspraken: Vec<Afspraak>,
}

/// The answer in XML with `count` appointments.
pub(crate) fn xml(count: usize) -> String {
    let list: Vec<String> = (0..count).map(xml_afspraak).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-16\"?>\n<Tetra_Agenda_GetPatientAfspraken_Antwoord xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:xsd=\"http://www.w3.org/2001/XMLSchema\" Id=\"-1001\">\n  <CommunicatieStatus>OZB_Communicatie_Status_Verzoek_is_geslaagd</CommunicatieStatus>\n  <Afspraken>\n{}  </Afspraken>\n</Tetra_Agenda_GetPatientAfspraken_Antwoord>\n",
        list.concat()
    )
}

fn xml_afspraak(n: usize) -> String {
    let (hour, minute) = (8 + n / 6 % 9, n % 6);
    format!(
        "    <Tetra_Agenda_Afspraak Id=\"{}\">\n      <PatientId>{}</PatientId>\n      <AgendaNaam>Mw. Pröefarts</AgendaNaam>\n      <BlokType Id=\"501\">\n        <Naam>Consult kort</Naam>\n        <Kleur>-13408564</Kleur>\n        <AfspraakDuurMinuten>10</AfspraakDuurMinuten>\n      </BlokType>\n      <AgendaId>71</AgendaId>\n      <Start>2026-06-02T{hour:02}:{minute}0:00</Start>\n      <Eind>2026-06-02T{hour:02}:{minute}5:00</Eind>\n      <AfspraakStatus>Aanwezig</AfspraakStatus>\n      <PortaalAfspraak>true</PortaalAfspraak>\n      <GemaaktDoorPraktijk>false</GemaaktDoorPraktijk>\n      <Opmerkingen>Voorbeeldtekst &amp; meer</Opmerkingen>\n    </Tetra_Agenda_Afspraak>\n",
        880_000 + n,
        4_000 + n
    )
}

/// The answer in JSON with `count` appointments.
pub(crate) fn json(count: usize) -> String {
    let list: Vec<String> = (0..count).map(json_afspraak).collect();
    format!(
        "{{\"Afspraken\":[{}],\"ReturnValue\":{{\"ResponseCode\":200,\"ResponseText\":\"OK\",\"Melding\":\"OK\",\"Gelukt\":true}}}}",
        list.join(",")
    )
}

fn json_afspraak(n: usize) -> String {
    let (hour, minute) = (8 + n / 6 % 9, n % 6);
    format!(
        "{{\"Id\":{},\"PatientId\":{},\"AgendaId\":71,\"AgendaNaam\":\"Mw. Pröefarts\",\"Start\":\"2026-06-02T{hour:02}:{minute}0:00\",\"Eind\":\"2026-06-02T{hour:02}:{minute}5:00\",\"AfspraakStatus\":\"Aanwezig\",\"BlokType\":{{\"Id\":501,\"Naam\":\"Consult kort\",\"Kleur\":\"3366CC\",\"AfspraakDuurMinuten10\":100}},\"PortaalAfspraak\":true,\"GemaaktDoorPraktijk\":false,\"Opmerkingen\":\"Voorbeeldtekst\"}}",
        880_000 + n,
        4_000 + n
    )
}

/// The baseline of P7.
pub(crate) fn xml_into_structs(xml: &str) -> XmlAnswer {
    quick_xml::de::from_str(xml).expect("the answer is right")
}

/// The same in JSON.
pub(crate) fn json_into_structs(json: &str) -> JsonAnswer {
    serde_json::from_str(json).expect("the answer is right")
}
