//! What the whole test binary logs, from when it is first asked for on.
//!
//! One subscriber for all: one for a thread would miss places that another thread came by first.

use std::sync::{Arc, LazyLock, Mutex};

use tracing_subscriber::fmt::MakeWriter;

static PAGES: LazyLock<Pages> = LazyLock::new(|| {
    let pages = Pages::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(pages.clone())
        .with_ansi(false)
        .finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    pages
});

/// Starts to keep what is logged.
pub(crate) fn keep() {
    LazyLock::force(&PAGES);
}

/// What was kept.
pub(crate) fn kept() -> String {
    String::from_utf8(PAGES.0.lock().unwrap().clone()).unwrap()
}

/// Collects what is logged.
#[derive(Clone, Default)]
struct Pages(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Pages {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Pages {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}
