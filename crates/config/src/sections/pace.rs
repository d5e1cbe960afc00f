//! How fast the team may work, and how what is over that waits: key `pace`.

use std::time::Duration;

use ha_wechaty_core::{Allowance, Limit};

use super::{Effect, Live, Section, waits};
use crate::reader::{Field, FromField, Keys, TIME_OR_NONE, Value};

/// More in a window nobody needs: each slot of it is remembered.
const MOST: u32 = 100_000;
/// The longest window: what was done is not remembered over a restart anyway.
const LONGEST: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// How fast the team may work, and how sends wait. Key `pace`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PaceConfig {
    /// Whether there is any limit at all; without, sends still wait for an account while nobody is available.
    pub enabled: bool,
    /// What each account may do, unless it has limits of its own (keys `messages`, `friend_adds`,
    /// `room_creations`, `room_invitations`).
    pub allowance: Allowance,
    /// How many messages a conversation may get of the whole team.
    pub per_conversation: Vec<Limit>,
    /// How long a call waits for its turn.
    pub max_wait: Duration,
    /// How many may wait at once, of all bots together. A bot may fill what others leave free; where it is full, one
    /// that has more than its share (this, divided among the bots that wait) gives way, but its answers last of all.
    pub max_queue: usize,
    /// What is said in a conversation within so long after somebody spoke there, or after a bot was given what it had
    /// missed there, is an answer: it goes before others, and in the latter case waits as long as
    /// `gateway.replay_age`. Zero: nothing is an answer, so every call waits for `max_wait` and in the order of calls.
    pub answer_within: Duration,
    /// An answer goes before whatever was asked for up to so long before it.
    pub answers_first: Duration,
    /// Of a hundred messages that an account may say, so many are kept for answers: whatever else is asked for waits before
    /// they are used. At most 90. Rounded down: of a limit of less than five nothing is kept by default.
    pub for_answers: u8,
}

impl Default for PaceConfig {
    fn default() -> Self {
        Self {
            enabled: true,
            allowance: Allowance::default(),
            per_conversation: vec![Limit { count: 1, window: Duration::from_secs(1) }],
            max_wait: Duration::from_secs(30),
            max_queue: 1_000,
            answer_within: Duration::from_secs(120),
            answers_first: Duration::from_secs(10),
            for_answers: 20,
        }
    }
}

impl Section for PaceConfig {
    const EFFECT: Effect = Effect::AtReload(Live::Rules);

    fn keys(&mut self, keys: &mut Keys<'_>) {
        let Self {
            enabled,
            allowance,
            per_conversation,
            max_wait,
            max_queue,
            answer_within,
            answers_first,
            for_answers,
        } = self;
        keys.set("enabled", enabled);
        allowance_keys(keys, allowance);
        keys.set("per_conversation", per_conversation);
        keys.set("max_wait", max_wait).within(TIME_OR_NONE);
        keys.set("max_queue", max_queue);
        keys.set("answer_within", answer_within).within(TIME_OR_NONE);
        keys.set("answers_first", answers_first).within(TIME_OR_NONE);
        keys.set_as("for_answers", for_answers, |OfAHundred(share)| share);
    }

    fn waits(&mut self, before: &Self) -> Vec<&'static str> {
        let Self {
            enabled,
            allowance: _,
            per_conversation: _,
            max_wait: _,
            max_queue: _,
            answer_within: _,
            answers_first: _,
            for_answers: _,
        } = self;
        // Calls that wait stand in other lines with a pace than without one.
        waits("pace.enabled", enabled, &before.enabled).into_iter().collect()
    }
}

/// The keys that stand under `[pace]` for all accounts, and in an account for itself.
pub(super) fn allowance_keys(keys: &mut Keys<'_>, allowance: &mut Allowance) {
    let Allowance { messages, friend_adds, room_creations, room_invitations } = allowance;
    keys.set("messages", messages);
    keys.set("friend_adds", friend_adds);
    keys.set("room_creations", room_creations);
    keys.set("room_invitations", room_invitations);
}

/// A limit as it is written: `40/1m`.
pub fn written(limit: Limit) -> String {
    let window = humantime::format_duration(limit.window).to_string().replace(' ', "");
    format!("{}/{window}", limit.count)
}

/// So many of a hundred, of which something is left.
struct OfAHundred(u8);

impl FromField for OfAHundred {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.number(0..=90).and_then(|number| number.try_into().ok()).map(Self)
    }
}

/// One limit, a list of them, or none.
impl FromField for Vec<Limit> {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        if field.is("off") {
            return Some(Self::new());
        }
        if let Value::List(nodes) = &field.node.value {
            return nodes.iter().map(|node| limit(field, &node.value)).collect();
        }
        limit(field, &field.node.value).map(|limit| vec![limit])
    }
}

fn limit(field: &Field<'_>, value: &Value) -> Option<Limit> {
    parse(value).or_else(|| {
        field.refuse(format!(
            "{} is no limit; write a count and how long the window is, like \"40/1m\", a list of such, or \"off\"",
            value.shown()
        ))
    })
}

fn parse(value: &Value) -> Option<Limit> {
    let Value::Text(text) = value else { return None };
    let (count, window) = text.split_once('/')?;
    let count = count.trim().parse().ok().filter(|count| (1..=MOST).contains(count))?;
    let window = humantime::parse_duration(window).ok();
    let window = window.filter(|window| !window.is_zero() && *window <= LONGEST)?;
    Some(Limit { count, window })
}
