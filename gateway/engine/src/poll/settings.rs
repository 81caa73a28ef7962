//! What the poller is told from outside. The defaults are right for production.

use std::time::Duration;

use crate::dispatch::Jitter;

/// How a poller works. What differs per link its `Poll` and `Policy` say.
#[derive(Debug, Clone)]
pub struct Settings {
    /// How often is looked for a link that is due, or wished for by another process.
    pub watch: Duration,
    /// Looks at once: each holds a counterpart's whole answer in memory.
    pub at_once: usize,
    /// A look is claimed for so long, and held again and again while it goes on. After a crash another node waits for its
    /// end.
    pub lease: Duration,
    /// A look that hears nothing for longer counts as unsure.
    pub look_limit: Duration,
    /// How long a stopping poller waits for looks that go on.
    pub patience: Duration,
    /// Draws the random part of pauses.
    pub jitter: Jitter,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            watch: Duration::from_secs(1),
            at_once: 4,
            lease: Duration::from_mins(1),
            look_limit: Duration::from_mins(5),
            patience: Duration::from_secs(30),
            jitter: Jitter::random(),
        }
    }
}
