//! When people are told of alarms: key `alarms`. By which ways they are stands under `notify`.

use std::time::Duration;

use ha_wechaty_core::{AlarmRule, Quiet};

use super::{Effect, Live, Section};
use crate::reader::{Field, FromField, Keys, LONGEST, TIME, Value};

const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
/// What is told together waits no longer than this.
const LONGEST_GROUP: Duration = HOUR;
/// How far clocks on earth are from UTC, in hours.
const FARTHEST: i32 = 14;
/// So many quiet times a day has.
const MOST: usize = 10;

/// When people are told of alarms. Key `alarms`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct AlarmsConfig {
    /// What comes within so long is told together; what is critical, within ten seconds at most.
    pub group: Duration,
    /// What is critical, and acknowledged by nobody for so long, is told by the ways of level 2 as well.
    pub escalate_after: Duration,
    /// How often it is told again after that, until somebody acknowledges it.
    pub repeat: Duration,
    /// When only what is critical is told; the rest is at the end of it.
    pub quiet: Vec<Quiet>,
    /// By how many seconds the clocks of those who are told are ahead of UTC. Key `timezone`.
    pub offset: i32,
}

impl Default for AlarmsConfig {
    fn default() -> Self {
        let AlarmRule { group, escalate_after, repeat, quiet, offset, ways: _ } = AlarmRule::default();
        Self { group, escalate_after, repeat, quiet, offset }
    }
}

impl Section for AlarmsConfig {
    const EFFECT: Effect = Effect::AtReload(Live::Alarms);

    fn keys(&mut self, keys: &mut Keys<'_>) {
        let Self { group, escalate_after, repeat, quiet, offset } = self;
        keys.set("group", group).within(Duration::ZERO..=LONGEST_GROUP);
        keys.set("escalate_after", escalate_after).within(TIME);
        keys.set("repeat", repeat).within(MINUTE..=LONGEST);
        keys.set("quiet", quiet);
        keys.set_as("timezone", offset, |Timezone(offset)| offset);
    }
}

/// How far a clock is ahead of UTC.
struct Timezone(i32);

impl FromField for Timezone {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        let text = field.text("+08:00")?;
        let offset = offset(text).map(Self);
        offset.or_else(|| {
            field.refuse(format!("{text:?} is no offset from UTC; write it like \"+08:00\", or \"UTC\""))
        })
    }
}

fn offset(text: &str) -> Option<i32> {
    if text == "UTC" {
        return Some(0);
    }
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = clock(rest)?;
    (hours < FARTHEST || (hours, minutes) == (FARTHEST, 0)).then_some(sign * (hours * 60 + minutes) * 60)
}

/// `08:30`.
fn clock(text: &str) -> Option<(i32, i32)> {
    let (hours, minutes) = text.split_once(':')?;
    let is_plain = |it: &str| it.len() == 2 && it.bytes().all(|byte| byte.is_ascii_digit());
    let (hours, minutes) = (is_plain(hours).then_some(hours)?, is_plain(minutes).then_some(minutes)?);
    Some((hours.parse().ok()?, minutes.parse().ok().filter(|minutes| *minutes < 60)?))
}

/// One quiet time, a list of them, or none.
impl FromField for Vec<Quiet> {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        if field.is("off") {
            return Some(Self::new());
        }
        let nodes = if let Value::List(nodes) = &field.node.value {
            nodes.iter().map(|node| quiet(field, &node.value)).collect::<Option<Self>>()?
        } else {
            vec![quiet(field, &field.node.value)?]
        };
        if nodes.len() > MOST {
            return field.refuse(format!("has {} times, but must have at most {MOST}", nodes.len()));
        }
        Some(nodes)
    }
}

fn quiet(field: &Field<'_>, value: &Value) -> Option<Quiet> {
    parse(value).or_else(|| {
        field.refuse(format!(
            "{} is no part of a day; write it like \"23:00-08:00\", a list of such, or \"off\"",
            value.shown()
        ))
    })
}

fn parse(value: &Value) -> Option<Quiet> {
    let Value::Text(text) = value else { return None };
    let (from, to) = text.split_once('-')?;
    let time = |text: &str| {
        let (hours, minutes) = clock(text.trim())?;
        let minutes = u64::try_from(hours * 60 + minutes).ok().filter(|it| *it <= 24 * 60)?;
        Some(MINUTE * u32::try_from(minutes).ok()?)
    };
    let (from, to) = (time(from)?, time(to)?);
    (from != to && from < 24 * HOUR).then_some(Quiet { from, to })
}
