//! Everything the played Switchboard remembers, under one mutex: the practices behind it and who is logged in.

mod free;
mod pace;
mod place;
mod session;

use time::Date;

pub(crate) use free::{Slot, Wanted};
pub(crate) use place::{Block, Place, Shown};
pub(crate) use session::Sessions;

use crate::demo;
use crate::operations::Operations;
use crate::practice::Practice;
use crate::settings::Settings;
use crate::switches::Switches;

/// The Switchboard's memory.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) places: Vec<Place>,
    pub(crate) sessions: Sessions,
    pub(crate) switches: Switches,
    pub(crate) operations: Operations,
}

impl World {
    /// As the settings say, with the demo's appointments around `today`.
    pub(crate) fn new(settings: &Settings, today: Date) -> Result<Self, String> {
        let mut world = Self {
            places: Vec::new(),
            sessions: Sessions::default(),
            switches: settings.switches,
            operations: settings.operations.clone(),
        };
        for practice in &settings.practices {
            world.settle(practice.clone())?;
        }
        if settings.demo_day
            && let Some(place) = world.find(Settings::PRACTICE)
        {
            world.places[place].fill(demo::day(today))?;
        }
        Ok(world)
    }

    /// Which practice `Target` or `OntvangerEntiteit` means: its name or its AGB code.
    pub(crate) fn find(&self, target: &str) -> Option<usize> {
        self.places.iter().position(|place| place.name == target || place.agb == target)
    }

    /// Adds a practice; one of that name is replaced.
    pub(crate) fn settle(&mut self, practice: Practice) -> Result<(), String> {
        let place = Place::new(practice)?;
        match self.places.iter().position(|known| known.name == place.name) {
            Some(known) => self.places[known] = place,
            None => self.places.push(place),
        }
        Ok(())
    }
}
