//! A service that numbers what it tells, and tells again what came behind a number.

use std::collections::VecDeque;

use ha_wechaty_wire::puppet::EventResponse;

/// So many events can be told again.
const KEPT: usize = 10_000;

/// What a service has told, and what its client says it has.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    last: i32,
    told: VecDeque<EventResponse>,
    /// What the last client said that opened a stream: a number, and whose.
    pub(crate) asked: (i32, String),
}

impl Counted {
    /// It is told something under the next number.
    pub(crate) fn numbered(&mut self, event: EventResponse) -> EventResponse {
        self.last += 1;
        let event = EventResponse { seq: self.last, ..event };
        self.told.push_back(event.clone());
        self.told.drain(..self.told.len().saturating_sub(KEPT));
        event
    }

    /// What came behind a number, as it was told; nothing for one that it never gave.
    pub(crate) fn behind(&self, seq: i32) -> Vec<EventResponse> {
        let known = seq > 0 && seq <= self.last;
        self.told.iter().filter(|it| known && it.seq > seq).cloned().collect()
    }

    /// It begins to count anew, and knows nothing of before.
    pub(crate) fn begins_anew(&mut self) {
        (self.last, self.told) = (0, VecDeque::new());
    }
}
