//! A list of which only the newest stay when there is a limit.

use std::collections::VecDeque;

/// What came, oldest first.
#[derive(Debug)]
pub(crate) struct Tray<T> {
    kept: VecDeque<T>,
    limit: Option<usize>,
    came: u64,
}

impl<T> Tray<T> {
    pub(crate) fn keeping(limit: Option<usize>) -> Self {
        Self { kept: VecDeque::new(), limit, came: 0 }
    }

    pub(crate) fn put(&mut self, thing: T) {
        self.came += 1;
        self.kept.push_back(thing);
        if self.limit.is_some_and(|limit| self.kept.len() > limit) {
            self.kept.pop_front();
        }
    }

    /// How many came, kept or not.
    pub(crate) fn came(&self) -> u64 {
        self.came
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.kept.iter()
    }
}
