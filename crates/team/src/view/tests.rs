//! What programs read of the status: its words.

use std::fmt;

use ha_wechaty_core::{BotMode, Evidence, Paced, Policy, Rank, Risk, Role, Standing, Work};
use serde::{Serialize, de::DeserializeOwned};

use crate::state::sends::{Proof, SendOutcome};

/// Each is written as its word, and read from it.
fn are_words<T>(all: &[T], name: impl Fn(T) -> &'static str)
where
    T: Serialize + DeserializeOwned + PartialEq + fmt::Debug + Copy,
{
    for it in all {
        let json = serde_json::to_string(it).expect("JSON");
        assert_eq!(json, format!("\"{}\"", name(*it)));
        assert_eq!(serde_json::from_str::<T>(&json).expect("read"), *it);
    }
}

#[test]
fn what_is_a_word_in_people_s_scripts_is_written_as_that_word() {
    are_words(&Standing::ALL, Standing::name);
    are_words(&Evidence::ALL, Evidence::name);
    are_words(&Work::ALL, Work::name);
    are_words(&Paced::ALL, Paced::name);
    are_words(&Policy::ALL, Policy::name);
    are_words(&BotMode::ALL, BotMode::name);
    are_words(&Role::ALL, Role::name);
    are_words(&Risk::ALL, Risk::name);
    are_words(&Rank::ALL, Rank::name);
    are_words(&SendOutcome::ALL, SendOutcome::name);
    are_words(&Proof::ALL, Proof::name);
}

#[test]
fn sends_keep_their_words() {
    assert_eq!(SendOutcome::ALL.map(SendOutcome::name), ["sent", "not-sent", "unsure"]);
    let how = "answered witness echo refused unreachable expired full unwritten invalid lost hung-up";
    assert_eq!(Proof::ALL.map(Proof::name).join(" "), how);
}
