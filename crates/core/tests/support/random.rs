//! Random cases from a seed, made small when one fails.

use proptest::{
    strategy::Strategy,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

/// A number from the environment.
fn number(name: &str, default: u64) -> u64 {
    std::env::vars().find(|(key, _)| key == name).and_then(|(_, value)| value.parse().ok()).unwrap_or(default)
}

/// Tries a property with so many random cases; `SEED=… CASES=…` tries others. A failure tells its seed, and
/// the smallest case that fails.
pub(crate) fn check<S: Strategy>(cases: u32, strategy: &S, property: impl Fn(S::Value))
where
    S::Value: std::fmt::Debug,
{
    let seed = number("SEED", 1);
    let cases = u32::try_from(number("CASES", cases.into())).unwrap_or(u32::MAX);
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let outcome = runner.run(strategy, |case| {
        property(case);
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("SEED={seed} CASES={cases}: {failure}");
    }
}
