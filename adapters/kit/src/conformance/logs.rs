//! Captures all that is logged on this thread, down to the finest level.
//!
//! One subscriber for the whole process, not one per test: when another thread comes by a log line first, tracing
//! remembers that nobody listens to it, and a subscriber of this thread alone would not be heard.

use std::cell::RefCell;
use std::io;
use std::sync::Once;

thread_local! {
    /// What this thread logs, while it is wanted.
    static CAPTURED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// The captured log. It stops capturing when it is dropped.
pub struct Logs(());

impl Logs {
    /// Captures from now on. Tests that use it run on one thread, as `#[tokio::test]` does by itself.
    ///
    /// # Panics
    /// When the process has another subscriber already.
    #[must_use]
    pub fn capture() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let subscriber = tracing_subscriber::fmt()
                .with_max_level(tracing::Level::TRACE)
                .with_ansi(false)
                .with_writer(|| ThisThread)
                .finish();
            tracing::subscriber::set_global_default(subscriber)
                .expect("a test process has no other subscriber");
        });
        CAPTURED.set(Some(Vec::new()));
        Self(())
    }

    /// Everything so far.
    #[must_use]
    pub fn text(&self) -> String {
        CAPTURED.with_borrow(|log| String::from_utf8_lossy(log.as_deref().unwrap_or_default()).into_owned())
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        CAPTURED.set(None);
    }
}

struct ThisThread;

impl io::Write for ThisThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        CAPTURED.with_borrow_mut(|log| log.as_mut().map(|log| log.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
