//! A statement whose text depends on what is asked: words of ours and numbered placeholders, never a value.

use sqlx::postgres::PgArguments;
use sqlx::query::QueryAs;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Postgres, Sqlite};

/// A text and what is bound to it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) text: String,
    pub(crate) values: Vec<Value>,
}

/// A bound value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Text(String),
    Number(i64),
}

impl Statement {
    /// Binds a text; its placeholder.
    pub(crate) fn text(&mut self, text: impl Into<String>) -> String {
        self.bind(Value::Text(text.into()))
    }

    /// Binds a number; its placeholder.
    pub(crate) fn number(&mut self, number: i64) -> String {
        self.bind(Value::Number(number))
    }

    fn bind(&mut self, value: Value) -> String {
        self.values.push(value);
        format!("${}", self.values.len())
    }
}

/// A statement as an engine runs it.
macro_rules! query {
    ($name:ident, $engine:ty, $arguments:ty, $row:ty) => {
        /// The statement, ready to run.
        pub(crate) fn $name<T>(self) -> QueryAs<'static, $engine, T, $arguments>
        where
            T: for<'r> sqlx::FromRow<'r, $row>,
        {
            let query = sqlx::query_as(AssertSqlSafe(self.text));
            self.values.into_iter().fold(query, |query, value| match value {
                Value::Text(text) => query.bind(text),
                Value::Number(number) => query.bind(number),
            })
        }
    };
}

impl Statement {
    query!(on_sqlite, Sqlite, SqliteArguments, sqlx::sqlite::SqliteRow);
    query!(on_postgres, Postgres, PgArguments, sqlx::postgres::PgRow);
}
