//! How the core is written down and read again, with the feature `serde`: a team is all that its inputs have led to, and
//! goes on elsewhere as if nothing had happened.
//!
//! What is written has names, and is read by later versions of this program:
//!
//! * A new field, of whatever is written, has `#[serde(default)]`: what was written before it came is read all the same.
//! * A new variant is fine. A field or a variant that is gone or renamed is not, unless it is read under its old name
//!   (`#[serde(alias)]`) as what it is now.
//! * A list with a place for each member of a closed list is read with what is missing (`padded`), or has the members'
//!   words as keys; a new member stands behind the others.
//! * A time, and how long something takes, is written in nanoseconds; a closed list by its words, where it has any.
//! * What can be found again is not written: weights, since they differ between versions, and indexes.
//! * Wishes are not: all were taken.
//!
//! Maps have keys of all sorts here: formats that want texts (JSON) can hold a fact, and no team. Events that several
//! streams wait for are shared; those that are read again are not.

use alloc::vec::Vec;
use core::time::Duration;

use serde::Deserialize as _;

/// For ever, which is the only time that is so far away.
const FOR_EVER: u64 = u64::MAX;

fn written(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(FOR_EVER)
}

fn read(nanoseconds: u64) -> Duration {
    if nanoseconds == FOR_EVER { Duration::MAX } else { Duration::from_nanos(nanoseconds) }
}

/// How long something takes, in nanoseconds.
pub(crate) mod nanoseconds {
    use super::Duration;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(super::written(*time))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(super::read)
    }
}

/// The same, of what may never be.
pub(crate) mod nanoseconds_or_none {
    use super::Duration;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        time: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        time.map(super::written).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::deserialize(deserializer)?.map(super::read))
    }
}

/// What stands for each member of a closed list: of those that are new since it was written there is nothing yet.
pub(crate) fn padded<'de, T, const N: usize, D>(deserializer: D) -> Result<[T; N], D::Error>
where
    T: serde::Deserialize<'de> + Default,
    D: serde::Deserializer<'de>,
{
    let mut read = Vec::<T>::deserialize(deserializer)?.into_iter();
    Ok(core::array::from_fn(|_| read.next().unwrap_or_default()))
}

/// The dice, by what they will throw.
pub(crate) mod dice {
    use fastrand::Rng;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(dice: &Rng, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(dice.get_seed())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rng, D::Error> {
        u64::deserialize(deserializer).map(Rng::with_seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_they_were_and_for_ever_stays_for_ever() {
        let year = Duration::from_secs(365 * 24 * 3_600);
        for time in [Duration::ZERO, Duration::from_nanos(1), 500 * year, Duration::MAX] {
            assert_eq!(read(written(time)), time);
        }
        assert_eq!(read(written(1_000 * year)), Duration::MAX);
    }
}
