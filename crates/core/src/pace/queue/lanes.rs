//! Where lanes stand: ready for an account, asleep until their pace lets them go on, or busy.

use super::Queue;
use crate::{
    pace::{
        Errand, Meter, Opening, Paced, Ticket,
        lane::{Lane, LaneId, Name, Spot, Stage, Waiter},
        rota::Standing,
    },
    time::Time,
};

impl Queue {
    /// Something has happened to a lane.
    pub(super) fn touch(&mut self, now: Time, id: LaneId) {
        self.fresh.insert(id);
        self.settle(now, id);
    }

    /// Something is to be tried again: before what its bot said later and waits too.
    pub(super) fn comes_back(&mut self, id: LaneId, ticket: Ticket) {
        let (Some(lane), Some(it)) = (self.lanes.get_mut(&id), self.waiters.get(&ticket)) else { return };
        let front = lane.front.filter(|front| *front > ticket).and_then(|front| self.waiters.get(&front));
        if let Some(front) = front.filter(|front| front.stage == Stage::InLine && front.bot == it.bot) {
            lane.put_back(front);
        }
        lane.comes_back(ticket, it);
    }

    /// Puts a lane where it belongs.
    pub(super) fn settle(&mut self, now: Time, id: LaneId) {
        let Some(lane) = self.lanes.get_mut(&id) else { return };
        match lane.spot {
            Spot::Ready(_) => self.ready.remove(&id),
            Spot::Asleep(at) => self.asleep.remove(&(at, id)),
            Spot::Busy => false,
        };
        let waits = |it: &&Waiter| it.stage == Stage::InLine;
        let mut front = lane.front.and_then(|front| self.waiters.get(&front));
        let lets_go = front.and_then(|it| Some((it, lane.lets_go(it)?)));
        if let Some((it, _)) = lets_go.filter(|(_, at)| *at <= now) {
            lane.let_go(it);
            front = None;
        }
        // What waits to be tried again, and is no answer, lets other bots' answers go first if there is a slot for them.
        if let Some(it) =
            front.filter(waits).filter(|it| !it.is_answer && lane.answer(Some(it.bot)).is_some())
            && lane.meter.opening(now) == Opening::Now
        {
            lane.put_back(it);
            front = None;
        }
        let next = match front {
            // It is as urgent as the answers that wait for it.
            Some(it) => {
                let answer = lane.answer(None);
                let due = answer.map_or(it.due, |answer| answer.min(it.due));
                Some((it, Standing { due, bot: it.bot, is_answer: it.is_answer || answer.is_some() }))
            }
            None => lane.next().and_then(|(ticket, standing)| Some((self.waiters.get(&ticket)?, standing))),
        };
        lane.spot = match next {
            None if lane.is_ahead() => Spot::Busy,
            None => match lane.meter.idle_at().filter(|at| *at > now) {
                Some(at) => Spot::Asleep(at),
                None => {
                    if let Some(name) = self.lanes.remove(&id).and_then(|lane| lane.name) {
                        self.names.remove(&name);
                    }
                    return;
                }
            },
            Some((it, _)) if it.stage != Stage::InLine => match lane.lets_go(it) {
                Some(at) => Spot::Asleep(at),
                None => Spot::Busy,
            },
            Some((it, standing)) => match lane.meter.opening(now) {
                Opening::At(at) if !it.is_begun => Spot::Asleep(at),
                // What is under way ahead of it has the last slot.
                Opening::AfterAnEnd if !it.is_begun => Spot::Busy,
                Opening::Now | Opening::At(_) | Opening::AfterAnEnd => Spot::Ready(standing),
            },
        };
        match lane.spot {
            Spot::Ready(_) => self.ready.insert(id),
            Spot::Asleep(at) => self.asleep.insert((at, id)),
            Spot::Busy => false,
        };
    }

    /// The lane of an errand. Without a pace only what one bot says in one conversation waits for what it said
    /// before; everybody else has a lane of their own. So has what is said to many at once: it is in no conversation.
    pub(super) fn lane_of(&mut self, errand: Errand) -> LaneId {
        let Errand { paced, subject, bot, weight: _ } = errand;
        let is_message = paced == Paced::Message && !subject.is_empty();
        let bot = Some(bot).filter(|_| !self.pace.enabled);
        let is_shared = is_message || self.pace.enabled && paced != Paced::Message;
        let name = Some(Name { paced, subject, bot }).filter(|_| is_shared);
        if let Some(known) = name.as_ref().and_then(|name| self.names.get(name)) {
            return *known;
        }
        let id = LaneId(self.next_lane);
        self.next_lane += 1;
        let is_limited = self.pace.enabled && is_message;
        let meter = Meter::new(if is_limited { &self.pace.per_conversation } else { &[] });
        self.names.extend(name.clone().map(|name| (name, id)));
        self.lanes.insert(id, Lane::new(name, paced, meter));
        id
    }
}
