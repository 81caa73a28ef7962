//! In which order: the keys of `_sort`, and what comes after a place in it.
//!
//! A value is compared by the columns its index holds it in: a period by its start and then its end, a token by its code
//! and then its system. A resource with several values is placed by its least, descending by its greatest; one without
//! comes last. Between equals the order of first storing decides, which no change ever moves.

use fhir_profiles::search::{ParameterKind, Sort};
use serde_json::Value;

use super::plan::Plan;

/// Where the values of a key are.
pub(super) enum Place {
    /// In a column of the resource's own row.
    Own(&'static str),
    /// In an index table, compared by these columns.
    Index { table: &'static str, columns: &'static [&'static str] },
}

/// One key of the order.
pub(super) struct Key<'q> {
    pub(super) sort: &'q Sort,
    pub(super) place: Place,
}

/// A column of the list that is sorted.
pub(super) struct Column {
    pub(super) name: String,
    pub(super) descending: bool,
}

/// The keys of a query.
pub(super) fn keys(sort: &[Sort]) -> Vec<Key<'_>> {
    sort.iter().map(|sort| Key { sort, place: place(sort) }).collect()
}

fn place(sort: &Sort) -> Place {
    let (table, columns): (_, &[&str]) = match (sort.parameter.as_str(), sort.kind) {
        ("_id", _) => return Place::Own("id"),
        ("_lastUpdated", _) => return Place::Own("last_updated"),
        (_, ParameterKind::Token | ParameterKind::Composite | ParameterKind::Special) => {
            ("index_token", &["code", "system"])
        }
        (_, ParameterKind::String) => ("index_string", &["value"]),
        (_, ParameterKind::Date) => ("index_date", &["start_at", "end_at"]),
        (_, ParameterKind::Reference) => ("index_reference", &["target_type", "target_id"]),
        (_, ParameterKind::Uri) => ("index_uri", &["value"]),
        (_, ParameterKind::Number | ParameterKind::Quantity) => ("index_number", &["value", "unit"]),
    };
    Place::Index { table, columns }
}

impl Key<'_> {
    /// How many columns it has.
    pub(super) fn width(&self) -> usize {
        match &self.place {
            Place::Own(_) => 1,
            Place::Index { columns, .. } => columns.len(),
        }
    }

    /// `DESC`, or nothing.
    pub(super) fn direction(&self) -> &'static str {
        if self.sort.descending { " DESC" } else { "" }
    }

    /// Its columns for the resource with the number `seq`, each looked up.
    pub(super) fn values(&self, plan: &mut Plan<'_>, seq: &str) -> Vec<String> {
        let Place::Index { table, columns } = &self.place else {
            let Place::Own(column) = self.place else { return Vec::new() };
            let r = plan.name('r');
            return vec![format!("(SELECT {r}.{column} FROM resource {r} WHERE {r}.seq = {seq})")];
        };
        let (i, parameter, direction) = (plan.name('i'), plan.text(&self.sort.parameter), self.direction());
        let order: Vec<String> = columns.iter().map(|column| format!("{i}.{column}{direction}")).collect();
        let order = order.join(", ");
        let one = |column: &&str| {
            format!(
                "(SELECT {i}.{column} FROM {table} {i} WHERE {i}.seq = {seq} AND {i}.parameter = {parameter}
       ORDER BY {order} LIMIT 1)"
            )
        };
        columns.iter().map(one).collect()
    }
}

/// The columns of these keys in a list, `k0` and on.
pub(super) fn columns(keys: &[Key<'_>]) -> Vec<Column> {
    let wide = keys.iter().flat_map(|key| std::iter::repeat_n(key.sort.descending, key.width()));
    wide.enumerate().map(|(n, descending)| Column { name: format!("k{n}"), descending }).collect()
}

/// Their names.
pub(super) fn names(columns: &[Column]) -> String {
    columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// `ORDER BY` of a list with these columns; what has no value comes last. The first `sure` columns always have one:
/// saying so would keep their index from being walked.
pub(super) fn order(columns: &[Column], sure: usize, list: &str) -> String {
    let one = |(n, Column { name, descending }): (usize, &Column)| {
        let direction = if *descending { " DESC" } else { "" };
        let lacks = if n < sure { String::new() } else { format!("({list}.{name} IS NULL), ") };
        format!("{lacks}{list}.{name}{direction}")
    };
    let mut order: Vec<String> = columns.iter().enumerate().map(one).collect();
    order.push(format!("{list}.seq"));
    order.join(", ")
}

/// The beginning of a walk behind these values, as far as the first key's own columns tell.
pub(super) fn from(plan: &mut Plan<'_>, columns: &[String], descending: bool, values: &[Value]) -> String {
    let values: Vec<String> = values.iter().take(columns.len()).filter_map(|v| bound(plan, v)).collect();
    if values.len() < columns.len() {
        return String::new();
    }
    let begin = if descending { "<=" } else { ">=" };
    format!(" AND ({}) {begin} ({})", columns.join(", "), values.join(", "))
}

/// What comes after these values and this number in that order.
pub(super) fn after(plan: &mut Plan<'_>, columns: &[Column], values: &[Value], seq: i64) -> String {
    let mut after = format!("seq > {}", plan.number(seq));
    for (Column { name, descending }, value) in columns.iter().zip(values).rev() {
        let beyond = if *descending { "<" } else { ">" };
        after = match bound(plan, value) {
            None => format!("({name} IS NULL AND {after})"),
            Some(v) => format!("({name} {beyond} {v} OR {name} IS NULL OR ({name} = {v} AND {after}))"),
        };
    }
    after
}

/// A value of a place, bound; nothing when there was none.
fn bound(plan: &mut Plan<'_>, value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(plan.statement.text(text.as_str())),
        value => value.as_i64().map(|number| plan.number(number)),
    }
}
