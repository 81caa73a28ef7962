//! Things by their key, in the order in which they came.

use std::collections::HashMap;

use crate::agb::Agb;

/// "Known" is judged per client, organisation and id (6.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) client: u16,
    pub(crate) agb: Agb,
    pub(crate) id: String,
}

/// Finding is one step; the order is that of arrival.
#[derive(Debug)]
pub(crate) struct Ledger<T> {
    places: HashMap<Key, usize>,
    things: Vec<(Key, T)>,
}

impl<T> Default for Ledger<T> {
    fn default() -> Self {
        Self { places: HashMap::new(), things: Vec::new() }
    }
}

impl<T> Ledger<T> {
    pub(crate) fn len(&self) -> usize {
        self.things.len()
    }

    pub(crate) fn get(&self, key: &Key) -> Option<&T> {
        self.places.get(key).map(|&place| &self.things[place].1)
    }

    pub(crate) fn get_mut(&mut self, key: &Key) -> Option<&mut T> {
        self.places.get(key).map(|&place| &mut self.things[place].1)
    }

    pub(crate) fn get_or_insert(&mut self, key: Key, thing: impl FnOnce() -> T) -> &mut T {
        let place = *self.places.entry(key).or_insert_with_key(|key| {
            self.things.push((key.clone(), thing()));
            self.things.len() - 1
        });
        &mut self.things[place].1
    }

    /// The newest `limit`, oldest of them first.
    pub(crate) fn newest(&self, limit: Option<usize>) -> &[(Key, T)] {
        let skipped = limit.map_or(0, |limit| self.things.len().saturating_sub(limit));
        &self.things[skipped..]
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut (Key, T)> {
        self.things.iter_mut()
    }
}
