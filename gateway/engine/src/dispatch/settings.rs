//! What the dispatcher is told from outside. The defaults are right for production.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How a dispatcher works. What differs per link is its `Policy`.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Lanes per claim, over all links.
    pub batch: u32,
    /// How often is looked when nothing wakes the dispatcher.
    pub poll: Duration,
    /// A lease lasts this much longer than the longest attempt limit of all links: loading and settling fit in.
    pub lease_margin: Duration,
    /// How long a stopping dispatcher waits for what is in flight.
    pub patience: Duration,
    /// How often the state of the links is looked at: figures for metrics, broken links that may be probed.
    pub watch: Duration,
    /// Pause between two checks of a broken link: at first, and at most.
    pub probe: (Duration, Duration),
    /// When a link is left alone.
    pub breaker: BreakerSettings,
    /// Draws the random part of pauses.
    pub jitter: Jitter,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            batch: 64,
            poll: Duration::from_secs(1),
            lease_margin: Duration::from_secs(15),
            patience: Duration::from_secs(30),
            watch: Duration::from_secs(10),
            probe: (Duration::from_mins(1), Duration::from_mins(15)),
            breaker: BreakerSettings::default(),
            jitter: Jitter::random(),
        }
    }
}

/// When the circuit breaker of a link opens, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BreakerSettings {
    /// So many failures in a row, over all lanes of the link, open it.
    pub failures: u32,
    /// How long it stays open the first time; doubles each time the trial fails.
    pub first_pause: Duration,
    /// How long it stays open at most.
    pub longest_pause: Duration,
}

impl Default for BreakerSettings {
    fn default() -> Self {
        Self { failures: 5, first_pause: Duration::from_secs(5), longest_pause: Duration::from_mins(2) }
    }
}

/// Draws numbers from 0 to 1.
#[derive(Clone)]
pub struct Jitter(Arc<dyn Fn() -> f64 + Send + Sync>);

impl Jitter {
    /// Evenly random: full jitter.
    #[must_use]
    pub fn random() -> Self {
        Self(Arc::new(rand::random::<f64>))
    }

    /// Always this one, for tests.
    #[must_use]
    pub fn fixed(fraction: f64) -> Self {
        Self(Arc::new(move || fraction))
    }

    /// The next number.
    #[must_use]
    pub fn draw(&self) -> f64 {
        (self.0)()
    }
}

impl fmt::Debug for Jitter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Jitter")
    }
}
