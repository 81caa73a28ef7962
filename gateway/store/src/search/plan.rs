//! What a search statement is put together with: placeholders, names, and the two or three words in which the engines
//! differ.
//!
//! Everything is written so that one order of steps is the only sensible one: PostgreSQL makes plans while tables are
//! empty, and keeps them. What is looked up per resource is a probe, what leads is a list.

use gateway_core::{ResourceType, TenantId};

use crate::View;
use crate::engine::Engine;
use crate::index_rows::storable;
use crate::keys::Keys;
use crate::statement::Statement;

/// Keeps a probe a probe: a planner may not turn what ends like this into a join with the whole table.
pub(super) const PROBE: &str = " LIMIT 1 OFFSET 0";

/// A table, its name in the statement, and what its rows must be.
pub(super) type Rows<'a> = (&'a str, &'a str, &'a str);

/// A statement that is being written. `$1` is the tenant, in all of them and in every part that reads a table by value.
pub(super) struct Plan<'a> {
    pub(super) statement: Statement,
    pub(super) tenant: &'a TenantId,
    pub(super) keys: &'a Keys,
    postgres: bool,
    names: usize,
}

impl<'a> Plan<'a> {
    /// An empty one.
    pub(super) fn new(view: &'a View) -> Self {
        let mut statement = Statement::default();
        statement.text(view.tenant.as_str());
        let postgres = matches!(&*view.store.engine, Engine::Postgres(_));
        Self { statement, tenant: &view.tenant, keys: &view.store.keys, postgres, names: 0 }
    }

    /// Binds a text in the form the index has it.
    pub(super) fn text(&mut self, text: &str) -> String {
        self.statement.text(storable(text.to_owned()))
    }

    /// Binds a type.
    pub(super) fn kind(&mut self, resource_type: ResourceType) -> String {
        self.statement.text(resource_type.as_str())
    }

    /// Binds a number.
    pub(super) fn number(&mut self, number: i64) -> String {
        self.statement.number(number)
    }

    /// A name for a table that no other has.
    pub(super) fn name(&mut self, letter: char) -> String {
        self.names += 1;
        format!("{letter}{}", self.names)
    }

    /// Whether `column` is in a list that is made first, once.
    pub(super) fn among(&self, column: &str, list: &str) -> String {
        if self.postgres {
            format!("{column} = ANY (ARRAY({list}))")
        } else {
            format!("{column} IN ({list})")
        }
    }

    /// `SELECT column FROM table name` for those whose `key` is in a list that is made first. Each of the list is looked up
    /// by the whole key: PostgreSQL would rather go through all that has the rest of it.
    pub(super) fn looked_up(
        &self,
        column: &str,
        key: &str,
        list: &str,
        (table, name, is): Rows<'_>,
    ) -> String {
        if !self.postgres {
            return format!(
                "SELECT {name}.{column} FROM {table} {name} WHERE {is} AND {name}.{key} IN ({list})"
            );
        }
        format!(
            "SELECT {name}.{column} FROM (SELECT DISTINCT * FROM ({list}) {name}_all) {name}_one (key)
     CROSS JOIN LATERAL (
       SELECT {name}.{column} FROM {table} {name} WHERE {is} AND {name}.{key} = {name}_one.key OFFSET 0) {name}"
        )
    }

    /// Columns as the text of a JSON array.
    pub(super) fn array(&self, columns: &str) -> String {
        let name = if self.postgres { "json_build_array" } else { "json_array" };
        format!("CAST({name}({columns}) AS TEXT)")
    }
}
