//! What of a telling has arrived, where each alarm is told by itself: what failed is tried again, and nothing else of it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use ha_wechaty_team::view::AlarmStatus;

use crate::{error::TellError, news::News};

/// The alarms that one way took of tellings that have not wholly arrived, with their revisions.
#[derive(Debug, Default)]
pub(crate) struct Taken(Mutex<BTreeMap<u64, u32>>);

/// One attempt to tell what is left of a telling.
pub(crate) struct Batch<'a> {
    taken: &'a Taken,
    news: &'a News,
    refused: Option<TellError>,
}

impl Taken {
    pub(crate) fn begin<'a>(&'a self, news: &'a News) -> Batch<'a> {
        Batch { taken: self, news, refused: None }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'a> Batch<'a> {
    /// What is left of it.
    pub(crate) fn rest(&self) -> Vec<&'a AlarmStatus> {
        let taken = self.taken.lock();
        let is_left = |it: &&AlarmStatus| taken.get(&it.id).is_none_or(|had| *had < it.revision);
        self.news.alarms.iter().filter(is_left).collect()
    }

    /// How it went with one of them.
    ///
    /// # Errors
    /// It failed, and so would the rest.
    pub(crate) fn note(&mut self, alarm: &AlarmStatus, end: Result<(), TellError>) -> Result<(), TellError> {
        match end {
            Ok(()) => {
                self.taken.lock().insert(alarm.id, alarm.revision);
            }
            // The others are not to wait for one that is never taken.
            Err(error) if error.is_of_one() => {
                self.refused.get_or_insert(error);
            }
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// What became of all of it.
    ///
    /// # Errors
    /// One at least was not taken: why the first was not.
    pub(crate) fn end(self) -> Result<(), TellError> {
        if let Some(error) = self.refused {
            return Err(error);
        }
        let mut taken = self.taken.lock();
        for alarm in &self.news.alarms {
            taken.remove(&alarm.id);
        }
        Ok(())
    }
}
