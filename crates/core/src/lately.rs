//! What was put down lately: bounded in number and in time.

use alloc::collections::{BTreeMap, VecDeque};
use core::time::Duration;

use crate::time::Time;

/// Values by their keys, each for the same time since it was put.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(bound(deserialize = "K: serde::Deserialize<'de> + Ord, V: serde::Deserialize<'de>"))
)]
pub(crate) struct Lately<K, V> {
    #[cfg_attr(feature = "serde", serde(with = "crate::written::nanoseconds"))]
    age: Duration,
    most: usize,
    all: BTreeMap<K, Put<V>>,
    /// In the order in which they were put; one that was put again is there more than once.
    order: VecDeque<(u64, Time, K)>,
    /// How many were put.
    number: u64,
}

/// A value, the how manieth it was, and when it was put.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Put<V> {
    number: u64,
    at: Time,
    value: V,
}

impl<K: Ord + Clone, V> Lately<K, V> {
    /// Nothing yet. Each is kept for `age`; beyond `most` the oldest are forgotten.
    pub(crate) fn new(age: Duration, most: usize) -> Self {
        Self { age, most, all: BTreeMap::new(), order: VecDeque::new(), number: 0 }
    }

    /// From now on each is kept for `age`, and beyond `most` the oldest are forgotten.
    pub(crate) fn set_limits(&mut self, now: Time, age: Duration, most: usize) {
        (self.age, self.most) = (age, most);
        self.handle_timeout(now);
    }

    /// How many entries it has, those among them that were put again.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// The value of a key, if it was put lately.
    pub(crate) fn get(&self, now: Time, key: &K) -> Option<&V> {
        self.all.get(key).filter(|put| now < put.at + self.age).map(|put| &put.value)
    }

    /// The same, to be changed; that makes it no younger.
    pub(crate) fn get_mut(&mut self, now: Time, key: &K) -> Option<&mut V> {
        self.all.get_mut(key).filter(|put| now < put.at + self.age).map(|put| &mut put.value)
    }

    pub(crate) fn put(&mut self, now: Time, key: K, value: V) {
        self.number += 1;
        self.all.insert(key.clone(), Put { number: self.number, at: now, value });
        self.order.push_back((self.number, now, key));
        self.handle_timeout(now);
    }

    /// Forgets what is too old or too much. Also done whenever something is put.
    pub(crate) fn handle_timeout(&mut self, now: Time) {
        while let Some((number, at, key)) = self.order.front() {
            if now < *at + self.age && self.order.len() <= self.most {
                break;
            }
            if self.all.get(key).is_some_and(|put| put.number == *number) {
                self.all.remove(key);
            }
            self.order.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Time {
        Time::after_origin(Duration::from_secs(seconds))
    }

    #[test]
    fn each_is_kept_for_its_time_since_it_was_last_put() {
        let mut it = Lately::new(Duration::from_secs(10), 100);
        it.put(at(0), "x", 1);
        it.put(at(1), "y", 1);
        it.put(at(5), "x", 2);
        assert_eq!(
            (it.get(at(14), &"x"), it.get(at(10), &"y"), it.get(at(11), &"y")),
            (Some(&2), Some(&1), None)
        );
        it.handle_timeout(at(12));
        assert_eq!((it.all.len(), it.order.len(), it.get(at(15), &"x")), (1, 1, None));
        it.handle_timeout(at(15));
        assert_eq!((it.all.len(), it.order.len()), (0, 0));
    }

    #[test]
    fn it_is_bounded() {
        let mut it = Lately::new(Duration::from_secs(10), 3);
        (0..5).for_each(|n| it.put(at(0), n, ()));
        (0..100).for_each(|_| it.put(at(1), 4, ()));
        assert!(it.all.len() <= 3 && it.order.len() <= 3);
        assert_eq!((it.get(at(1), &4), it.get(at(1), &0)), (Some(&()), None));
    }
}
