//! The XIS clients that are connected, and what they may do.

use std::collections::{HashMap, HashSet};

use crate::agb::Agb;
use crate::settings::Client;

/// The XIS clients that are connected, each with its number.
#[derive(Debug)]
pub(crate) struct Clients {
    known: Vec<(Client, HashSet<Agb>)>,
    numbers: HashMap<String, u16>,
}

impl Clients {
    pub(crate) fn new(clients: &[Client]) -> Result<Self, String> {
        let mut all = Self { known: Vec::new(), numbers: HashMap::new() };
        for client in clients {
            let number = u16::try_from(all.known.len()).map_err(|_| "there are too many clients")?;
            if all.numbers.insert(client.client_id.clone(), number).is_some() {
                return Err(format!("client {} is there twice", client.client_id));
            }
            all.known.push((client.clone(), agbs(client)?));
        }
        Ok(all)
    }

    pub(crate) fn find(&self, client_id: &str) -> Option<(u16, &Client)> {
        let number = *self.numbers.get(client_id)?;
        Some((number, &self.known[usize::from(number)].0))
    }

    pub(crate) fn may_act_for(&self, number: u16, agb: Agb) -> bool {
        self.known.get(usize::from(number)).is_some_and(|(_, agbs)| agbs.contains(&agb))
    }
}

fn agbs(client: &Client) -> Result<HashSet<Agb>, String> {
    let agb =
        |text: &String| Agb::parse(text).ok_or_else(|| format!("{text} is not an AGB code of 8 digits"));
    client.agbs.iter().map(agb).collect()
}
