//! `zorgtolk migrate`: the schema to its newest state.

use anyhow::bail;
use gateway_store::Schema;

use crate::cli::ConfigFile;
use crate::house;
use crate::terminal::{Verdict, say};

/// Migrates. Doing it again changes nothing.
///
/// # Errors
/// When the database does not open, or is newer than this program.
pub(crate) async fn run(file: &ConfigFile) -> anyhow::Result<Verdict> {
    let config = file.load()?;
    let store = house::open_store(&config).await?;
    match store.schema().await? {
        Schema::Current => say("the schema is current"),
        Schema::Behind => {
            store.migrate().await?;
            say("the schema was brought to its newest state");
        }
        Schema::Ahead => bail!(house::AHEAD),
    }
    store.close().await;
    Ok(Verdict::InOrder)
}
