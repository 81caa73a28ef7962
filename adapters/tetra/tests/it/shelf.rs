//! What the house would keep: resources by the practice's keys, each item laid onto what is there.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use adapter_kit::Item;
use fhir_profiles::{Profiles, Rules};
use gateway_core::{Issue, Key, Resource};
use serde_json::Value;

static PROFILES: LazyLock<Profiles> = LazyLock::new(Profiles::embedded);

/// Resources by space and value of their key.
#[derive(Default)]
pub(crate) struct Kept {
    pub(crate) resources: BTreeMap<(String, String), Resource>,
    /// How many were made or changed.
    pub(crate) written: usize,
    /// What could not be laid.
    pub(crate) refused: Vec<(String, Vec<Issue>)>,
}

impl Kept {
    /// Lays every item, as the engine does, and checks what comes of it.
    pub(crate) fn take(&mut self, items: Vec<Item>) {
        for item in items {
            let key = (item.key.space.clone(), item.key.value.clone());
            let refers: Vec<_> = item
                .refers
                .iter()
                .map(|key| self.resources.get(&(key.space.clone(), key.value.clone())))
                .map(|found| found.map(|r| Key::new(r.resource_type(), r.id().unwrap().clone())))
                .collect();
            let current = self.resources.get(&key);
            match (item.lay)(current, &refers) {
                Ok(None) => {}
                Ok(Some(next)) => {
                    let id = current.map_or(&item.fresh, |current| current.id().unwrap());
                    let next = next.draft().set_text("id", id.as_str()).build().unwrap();
                    let refusal = PROFILES.issues(&next, None, Rules::default());
                    let found: Vec<_> = refusal.issues.into_iter().filter(Issue::refuses).collect();
                    assert!(found.is_empty(), "{found:?} in {}", next.text());
                    if current.is_none_or(|current| current.content() != next.content()) {
                        self.written += 1;
                        self.resources.insert(key, next);
                    }
                }
                Err(issues) => self.refused.push((item.place, issues)),
            }
        }
    }

    /// How many were written since the last question.
    pub(crate) fn writes(&mut self) -> usize {
        std::mem::take(&mut self.written)
    }

    /// The resource of this type whose key at the practice is `number`.
    pub(crate) fn get(&self, resource_type: &str, number: i64) -> Option<Value> {
        let number = number.to_string();
        let mut all = self.resources.iter();
        let found = all.find(|((space, value), _)| space.ends_with(resource_type) && *value == number)?;
        Some(serde_json::from_str(found.1.text()).unwrap())
    }

    /// How many resources of this type there are.
    pub(crate) fn count(&self, resource_type: &str) -> usize {
        self.resources.keys().filter(|(space, _)| space.ends_with(resource_type)).count()
    }
}
