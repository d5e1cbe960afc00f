//! A short run of every target over its seeds and changes of these: always the same ones, so that nobody's change lands or
//! not by dice. `HA_WECHATY_FUZZ_SEED` chooses others, `HA_WECHATY_FUZZ_SECONDS` tries them for so long,
//! `HA_WECHATY_FUZZ_TARGET` one target alone.

#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use std::{
    env, fs, panic,
    path::Path,
    str::FromStr,
    time::{Duration, Instant},
};

use fastrand::Rng;
use ha_wechaty_fuzz::{FuzzTarget, TARGETS, WORDS};

/// How many changes of a target's seeds are tried: about two seconds of them.
const SLOW: [(&str, usize); 9] = [
    ("team", 60),
    ("calls", 20),
    ("config", 300),
    ("environment", 100),
    ("listener", 500),
    ("discovery_answers", 2_000),
    ("discovery_requests", 2_000),
    ("admin", 1_000),
    ("callback", 1_000),
];
const FAST: usize = 20_000;
const LONGEST: usize = 4_096;

fn from_env<T: FromStr>(name: &str, default: T) -> T {
    match env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is no number")),
        Err(_) => default,
    }
}

/// Its seeds, in an order that does not depend on the system.
fn seeds(target: &FuzzTarget) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target.name);
    let mut paths: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("it can be read")).collect()
}

/// Changes a seed in a few places.
fn change(rng: &mut Rng, seeds: &[Vec<u8>], words: &[&str]) -> Vec<u8> {
    let mut input = rng.choice(seeds).cloned().unwrap_or_default();
    for _ in 0..rng.usize(1..=6) {
        let at = rng.usize(0..=input.len());
        let to = rng.usize(at..=input.len());
        match rng.u8(0..9) {
            0 | 1 if at < input.len() => input[at] ^= 1 << rng.u8(0..8),
            2 if at < input.len() => input[at] = rng.u8(..),
            3 => input.insert(at, rng.u8(..)),
            4 => drop(input.drain(at..to.min(at + 16))),
            5 => {
                let part = input[at..to].to_vec();
                input.splice(at..at, part);
            }
            6 => {
                let other = rng.choice(seeds).cloned().unwrap_or_default();
                let part = &other[rng.usize(0..=other.len())..];
                input.splice(at..to, part.iter().copied());
            }
            7 => {
                let more: Vec<u8> = (0..rng.usize(1..64)).map(|_| rng.u8(..)).collect();
                input.splice(at..at, more);
            }
            _ => {
                let word = rng.choice(words).copied().unwrap_or_default();
                input.splice(at..at, word.bytes());
            }
        }
        input.truncate(LONGEST);
    }
    input
}

/// Tries it, and says which it was if something does not hold.
fn challenge(target: &FuzzTarget, input: &[u8], which: &str) {
    if let Err(panic) = panic::catch_unwind(|| (target.challenge)(input)) {
        println!("{}: {which}: {}", target.name, input.escape_ascii());
        panic::resume_unwind(panic);
    }
}

#[test]
fn whatever_comes_what_must_hold_holds() {
    let seed = from_env("HA_WECHATY_FUZZ_SEED", 4_711);
    let seconds = from_env("HA_WECHATY_FUZZ_SECONDS", 0);
    println!("HA_WECHATY_FUZZ_SEED={seed} HA_WECHATY_FUZZ_SECONDS={seconds}");
    let only = env::var("HA_WECHATY_FUZZ_TARGET").ok();
    for target in TARGETS.iter().filter(|it| only.as_deref().is_none_or(|only| only == it.name)) {
        let (mut rng, seeds) = (Rng::with_seed(seed), seeds(target));
        for seed in &seeds {
            challenge(target, seed, "a seed");
        }
        let (begun, mut tried) = (Instant::now(), 0);
        let within = Duration::from_secs(seconds);
        let count = SLOW.iter().find(|(name, _)| *name == target.name).map_or(FAST, |(_, count)| *count);
        while if seconds > 0 { begun.elapsed() < within } else { tried < count } {
            let input = change(&mut rng, &seeds, WORDS);
            challenge(target, &input, &format!("input {tried} of seed {seed}"));
            tried += 1;
        }
        println!(
            "{}: {} seeds, and {tried} inputs of seed {seed} in {:.1?}",
            target.name,
            seeds.len(),
            begun.elapsed()
        );
    }
}

#[test]
fn every_target_is_one_of_libfuzzers_too() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/targets");
    let files = fs::read_dir(folder).expect("it is there").map(|entry| entry.expect("it can be read").path());
    let mut files: Vec<_> = files.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    let mut names: Vec<_> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    files.sort();
    names.sort();
    assert_eq!(files, names);
}
