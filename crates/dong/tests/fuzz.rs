//! A short run of the fuzzer's target over mutations of its seeds. `HA_WECHATY_FUZZ_SEED` chooses another run,
//! `HA_WECHATY_FUZZ_INPUTS` its length.

#![allow(clippy::expect_used, reason = "tests")]

#[path = "../fuzz/src/lib.rs"]
#[allow(clippy::expect_used, unreachable_pub, reason = "it is another crate as well")]
mod target;

use std::{env, fs, panic, path::Path, str::FromStr};

use fastrand::Rng;

const INPUTS: usize = 200_000;
/// A site's memory of messages would make each input depend on all before; so there are fresh ones.
const INPUTS_PER_SITE: usize = 500;
const LONGEST: usize = 2048;

const WORDS: [&[u8]; 14] = [
    b"]]>",
    b"<![CDATA[",
    b"<!DOCTYPE xml [",
    b"<!ENTITY a \"b\">",
    b"&a;",
    b"&#0;",
    b"&lt;",
    b"</Content>",
    b"<Content>",
    b"<Encrypt/>",
    b"\xff\xff\xff\xff",
    b"18446744073709551616",
    b"&encrypt_type=aes",
    b"\xf0\x9f",
];

fn from_env<T: FromStr>(name: &str, default: T) -> T {
    match env::var(name) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{name} is no number")),
        Err(_) => default,
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds/callback");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("it is there")
        .map(|entry| entry.expect("it can be read").path())
        .collect();
    // The run must not depend on the order that the system lists them in.
    paths.sort();
    paths.iter().map(|path| fs::read(path).expect("it can be read")).collect()
}

/// Changes a few bytes behind the first, which says what the others are.
fn mutate(rng: &mut Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut input = rng.choice(seeds).expect("there are seeds").clone();
    for _ in 0..rng.usize(1..=4) {
        let at = rng.usize(1..=input.len());
        let to = rng.usize(at..=input.len());
        match rng.u8(0..8) {
            0 | 1 if at < input.len() => input[at] ^= 1 << rng.u8(0..8),
            2 if at < input.len() => input[at] = rng.u8(..),
            3 => input.insert(at, rng.u8(..)),
            4 => drop(input.drain(at..to.min(at + 16))),
            5 => {
                let part = input[at..to].to_vec();
                input.splice(at..at, part);
            }
            6 => {
                let other = rng.choice(seeds).expect("there are seeds");
                let part = &other[rng.usize(1..other.len())..];
                input.splice(at..to, part.iter().copied());
            }
            _ => {
                let word = rng.choice(WORDS).expect("there are words");
                input.splice(at..at, word.iter().copied());
            }
        }
        input.truncate(LONGEST);
    }
    input
}

#[test]
fn whatever_comes_is_answered_as_it_should_be() {
    let seed = from_env("HA_WECHATY_FUZZ_SEED", 4711);
    let inputs = from_env("HA_WECHATY_FUZZ_INPUTS", INPUTS);
    println!("HA_WECHATY_FUZZ_SEED={seed} HA_WECHATY_FUZZ_INPUTS={inputs}");
    let (mut rng, seeds) = (Rng::with_seed(seed), seeds());
    for seed in &seeds {
        target::challenge(&target::site(), seed);
    }
    let mut site = target::site();
    for number in 0..inputs {
        if number % INPUTS_PER_SITE == 0 {
            site = target::site();
        }
        let input = mutate(&mut rng, &seeds);
        let outcome = panic::catch_unwind(panic::AssertUnwindSafe(|| target::challenge(&site, &input)));
        if let Err(panic) = outcome {
            println!("input {number} of seed {seed}: {}", input.escape_ascii());
            panic::resume_unwind(panic);
        }
    }
}
