//! Things by their key, in the order in which they came.

use std::collections::HashMap;
use std::sync::Arc;

use crate::agb::Agb;

/// "Known" is judged per client, organisation and id (6.2).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) client: u16,
    pub(crate) agb: Agb,
    /// Shared with what else names the thing, since there may be many.
    pub(crate) id: Arc<str>,
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

    /// The thing of this key, made when there was none.
    pub(crate) fn get_or_insert(&mut self, key: &Key, thing: impl FnOnce() -> T) -> &mut T {
        let place = self.places.get(key).copied().unwrap_or_else(|| {
            let place = self.things.len();
            self.places.insert(key.clone(), place);
            self.things.push((key.clone(), thing()));
            place
        });
        &mut self.things[place].1
    }

    /// The newest `limit`, oldest of them first.
    pub(crate) fn newest(&self, limit: Option<usize>) -> &[(Key, T)] {
        &self.things[self.older(limit)..]
    }

    pub(crate) fn newest_mut(&mut self, limit: Option<usize>) -> &mut [(Key, T)] {
        let older = self.older(limit);
        &mut self.things[older..]
    }

    /// Keeps memory flat: `fade` is called for what is too old to be among the newest `limit` and was just touched
    /// (`key`) or just became so.
    pub(crate) fn fade(&mut self, key: &Key, limit: Option<usize>, fade: impl Fn(&mut T)) {
        let older = self.older(limit);
        let touched = self.places.get(key).copied().filter(|&place| place < older);
        for place in touched.into_iter().chain(older.checked_sub(1)) {
            fade(&mut self.things[place].1);
        }
    }

    /// How many are older than the newest `limit`.
    fn older(&self, limit: Option<usize>) -> usize {
        limit.map_or(0, |limit| self.things.len().saturating_sub(limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_newest_do_not_fade() {
        let mut ledger = Ledger::default();
        let mut touch = |id: &str| {
            let key = Key { client: 0, agb: Agb::parse("01000001").unwrap(), id: id.into() };
            *ledger.get_or_insert(&key, || 0) = 1;
            ledger.fade(&key, Some(2), |thing| *thing = 0);
            ledger.newest(None).iter().map(|(_, thing)| *thing).collect::<Vec<_>>()
        };
        assert_eq!(touch("a"), [1]);
        assert_eq!(touch("b"), [1, 1]);
        assert_eq!(touch("c"), [0, 1, 1]);
        assert_eq!(touch("d"), [0, 0, 1, 1]);
        assert_eq!(touch("a"), [0, 0, 1, 1]);
        assert_eq!(touch("c"), [0, 0, 1, 1]);
    }
}
