//! Random cases from a seed, made small when one fails; those that once failed are tried first, in every run.

use std::{any::type_name_of_val, fmt::Debug, path::PathBuf};

use proptest::{
    strategy::Strategy,
    test_runner::{Config, FileFailurePersistence, RngAlgorithm, TestRng, TestRunner},
};

/// A number from the environment.
pub(crate) fn number(name: &str, default: u64) -> u64 {
    std::env::vars().find(|(key, _)| key == name).and_then(|(_, value)| value.parse().ok()).unwrap_or(default)
}

/// Where what once failed is written down.
fn kept(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "seeds", &format!("{name}.txt")].iter().collect()
}

/// The seeds of a test that draws its cases itself: a number in each line, and what it once showed.
///
/// # Panics
/// A line begins with no number.
pub(crate) fn seeds(test: &str) -> Vec<u64> {
    let text = std::fs::read_to_string(kept(test)).expect("it is checked in");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split(' ').next().and_then(|it| it.parse().ok()).expect(line)).collect()
}

/// Tries a property with so many random cases; `SEED=… CASES=…` tries others. A failure tells its seed, and the smallest
/// case that fails. That case is written into `seeds/`, under the name of the test: checked in, it is tried first from
/// then on.
pub(crate) fn check<S: Strategy>(cases: u32, strategy: &S, property: impl Fn(S::Value))
where
    S::Value: Debug,
{
    let seed = number("SEED", 1);
    let cases = u32::try_from(number("CASES", cases.into())).unwrap_or(u32::MAX);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let file = kept(&test_of(&property));
    // It wants to know the path for good, and there are few.
    let path: &'static str = String::leak(file.display().to_string());
    let failure_persistence = Some(Box::new(FileFailurePersistence::Direct(path)) as Box<_>);
    let config = Config { cases, failure_persistence, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let outcome = runner.run(strategy, |case| {
        property(case);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!(
            "SEED={seed} CASES={cases}: {failure}\nkept in {path}: check it in, with a line that says what it showed"
        );
    }
}

/// The test that a property is written in: what stands before `::{{closure}}`, without this program's own name.
fn test_of(property: &impl Sized) -> String {
    let name = type_name_of_val(property);
    let test = name.split("::{{closure}}").next().unwrap_or(name);
    test.split("::").skip(1).collect::<Vec<_>>().join(".")
}
