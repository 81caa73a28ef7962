//! History: versions, newest first, in pages (<https://hl7.org/fhir/R4/http.html#history>).
//!
//! The pages of one resource's history are cut by version, all others by the order of storing. Several types are walked
//! each along its own index and laid together, so that a page costs what is on it, however much there is.

use gateway_core::ResourceType;

use crate::cursor::{self, Leg};
use crate::instant::micros;
use crate::search::page::{COUNTED, PageRow, page};
use crate::statement::Statement;
use crate::{History, Page, Paging, StoreError, Total, View};

/// Versions `v` that belong to the answer, from however many places.
struct Scope {
    /// What the versions of each place have in common.
    places: Vec<String>,
    /// What pages are cut by.
    position: &'static str,
    /// What must be true of a version besides.
    conditions: String,
}

impl View {
    /// Versions, newest first.
    pub async fn history(&self, of: &History, paging: &Paging) -> Result<Page, StoreError> {
        let question = question(of, paging);
        let before = match &paging.after {
            None => i64::MAX,
            Some(after) => cursor::open(&self.store.keys, &self.tenant, &question, after)?.seq,
        };
        let rows: Vec<PageRow> =
            self.fetch("reading a history", statement(self.tenant.as_str(), of, paging, before)).await?;
        let rows = rows.into_iter().map(|row| (Leg::Walk, row)).collect();
        page(self, rows, paging, &question)
    }
}

/// What a cursor is made for.
fn question(of: &History, paging: &Paging) -> String {
    let scope = match of {
        History::Instance(key) => key.to_string(),
        History::Type(resource_type) => format!("{resource_type}/"),
        History::Types(types) => types.iter().map(|t| t.as_str()).collect::<Vec<_>>().join(" "),
        History::System => "*".to_owned(),
    };
    format!("history {scope} {:?} {:?}", paging.since.map(micros), paging.at.map(micros))
}

fn statement(tenant: &str, of: &History, paging: &Paging, before: i64) -> Statement {
    let mut statement = Statement::default();
    let scope = scope(&mut statement, tenant, of, paging);
    let (total, page) = (total(&scope, paging.total), part(&mut statement, &scope, paging, before));
    statement.text = format!(
        "SELECT t.total, p.position, r.type, r.id, v.version, v.last_updated, v.method, v.content
FROM ({total}) t
LEFT JOIN ({page}) p ON TRUE
LEFT JOIN resource_version v ON v.vseq = p.vseq
LEFT JOIN resource r ON r.seq = v.seq
ORDER BY p.position DESC"
    );
    statement
}

fn scope(statement: &mut Statement, tenant: &str, of: &History, paging: &Paging) -> Scope {
    let tenant = statement.text(tenant);
    let mut of_types = |types: &[ResourceType]| -> Vec<String> {
        let place =
            |t: &ResourceType| format!("v.tenant = {tenant} AND v.type = {}", statement.text(t.as_str()));
        types.iter().map(place).collect()
    };
    let (places, position) = match of {
        History::Type(resource_type) => (of_types(&[*resource_type]), "vseq"),
        History::Types(types) => (of_types(types), "vseq"),
        History::System => (of_types(ResourceType::ALL), "vseq"),
        History::Instance(key) => {
            let (kind, id) = (statement.text(key.resource_type.as_str()), statement.text(key.id.as_str()));
            let seq =
                format!("SELECT seq FROM resource WHERE tenant = {tenant} AND type = {kind} AND id = {id}");
            (vec![format!("v.seq = ({seq})")], "version")
        }
    };
    Scope { places, position, conditions: conditions(statement, paging) }
}

/// `_since`: made then or later. `_at`: made by then, and the next one was not.
fn conditions(statement: &mut Statement, paging: &Paging) -> String {
    let since = paging.since.map(|since| {
        let since = statement.number(micros(since));
        format!(" AND v.last_updated >= {since}")
    });
    let at = paging.at.map(|at| {
        let at = statement.number(micros(at));
        format!(
            " AND v.last_updated <= {at}
     AND NOT EXISTS (SELECT 1 FROM resource_version n
                     WHERE n.seq = v.seq AND n.version = v.version + 1 AND n.last_updated <= {at} LIMIT 1)"
        )
    });
    since.into_iter().chain(at).collect()
}

/// How many there are, as far as it is wished for.
fn total(scope: &Scope, total: Total) -> String {
    let cut = match total {
        Total::None => return "SELECT CAST(NULL AS BIGINT) AS total".to_owned(),
        Total::Estimate => format!(" LIMIT {}", COUNTED + 1),
        Total::Accurate => String::new(),
    };
    let one =
        |place: &String| format!("SELECT 1 AS one FROM resource_version v WHERE {place}{}", scope.conditions);
    let all = scope.places.iter().map(one).collect::<Vec<_>>().join("\n  UNION ALL ");
    let all = if all.is_empty() { "SELECT 1 AS one WHERE FALSE".to_owned() } else { all };
    format!("SELECT count(*) AS total FROM ({all}{cut}) c")
}

/// The versions of the page, and one more when there is a next one.
fn part(statement: &mut Statement, scope: &Scope, paging: &Paging, before: i64) -> String {
    let (before, limit) = (statement.number(before), statement.number(i64::from(paging.count) + 1));
    let Scope { places, position, conditions } = scope;
    let one = |place: &String| {
        format!(
            "SELECT * FROM (
    SELECT v.vseq, v.{position} AS position
    FROM resource_version v
    WHERE {place}{conditions} AND v.{position} < {before}
    ORDER BY v.{position} DESC
    LIMIT {limit}) one"
        )
    };
    let all = places.iter().map(one).collect::<Vec<_>>().join("\n  UNION ALL ");
    let none = "SELECT CAST(NULL AS BIGINT) AS vseq, CAST(NULL AS BIGINT) AS position WHERE FALSE".to_owned();
    let all = if all.is_empty() { none } else { all };
    format!("SELECT vseq, position FROM ({all}) every ORDER BY position DESC LIMIT {limit}")
}
