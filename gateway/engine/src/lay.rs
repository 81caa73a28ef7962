//! Laying what a counterpart sent onto what is there (`style.md` section 1).
//!
//! A counterpart knows only its own elements and names a resource by its own key. It answers with the next document; this
//! writes it against the versions it was laid on, and lays again when somebody else was quicker.

use gateway_core::{Caller, Interaction, Key, Problem, Resource};
use gateway_store::{CounterpartKey, Precondition, Stored, Written};

use crate::{Change, Engine, Target, Write, fault};

/// How often is laid. A key is touched by one counterpart, so two in a row losing the race is rare.
const TRIES: u32 = 3;

impl Write {
    /// What a lay writes: `resource` in the place of `current`, if nobody was quicker; under the key `fresh` when the
    /// counterpart's key named nothing yet.
    #[must_use]
    pub fn laid_on(
        current: Option<&Stored>,
        fresh: Key,
        resource: Resource,
        bind: Option<CounterpartKey>,
    ) -> Self {
        let living = current.filter(|stored| stored.text.is_some());
        let (precondition, interaction) = match living {
            Some(stored) => (Precondition::Version(vec![stored.version]), Interaction::Update),
            None => (Precondition::Absent, Interaction::Create),
        };
        let target = Target::Key(current.map_or(fresh, |stored| stored.key.clone()));
        Self { target, change: Change::Document(resource), precondition, bind, interaction, bsn: None }
    }
}

impl Engine {
    /// Lays what a counterpart sent onto what is there. `onto` gets the current version of the resource each of `keys`
    /// names, in that order (`None` when the key names nothing, a tombstone when it is deleted), and answers what is to be
    /// written, best made with [`Write::laid_on`]. No write means nothing to do. When somebody else was quicker, the
    /// resources are loaded and laid on again, three times at most; so `onto` is pure.
    ///
    /// The caller's scopes must grant the writes; a door that makes a resource the caller did not ask for (a stub of a
    /// person) widens the scopes of the caller it passes on.
    ///
    /// # Errors
    /// What `onto` answers; else as [`Engine::write`].
    pub async fn lay(
        &self,
        caller: &Caller,
        keys: &[CounterpartKey],
        onto: impl Fn(&[Option<Stored>]) -> Result<Vec<Write>, Problem> + Send + Sync,
    ) -> Result<Vec<Written>, Problem> {
        for _ in 1..TRIES {
            let writes = onto(&self.current(caller, keys).await?)?;
            match self.write_all(caller, writes).await {
                Err(Problem::PreconditionFailed(_) | Problem::Conflict(_)) => {}
                decided => return decided,
            }
        }
        let writes = onto(&self.current(caller, keys).await?)?;
        self.write_all(caller, writes).await
    }

    async fn current(
        &self,
        caller: &Caller,
        keys: &[CounterpartKey],
    ) -> Result<Vec<Option<Stored>>, Problem> {
        self.view(caller).by_counterpart_keys(keys).await.map_err(|e| fault::of_store(&e, caller))
    }
}
