//! How a bench that is a program is called, and where its figures go. It measures nothing itself.
//!
//! | bench | what it measures |
//! |---|---|
//! | `functions` | single functions, by criterion: routing, dedup, pace, events, rewriting |
//! | `hop` | sends, directly to an account and through the gateway |
//! | `dong` | requests that the official account's server answers |
//! | `long_lists` | for how long the core works on one piece of a very long list |
//! | `store` | what a store costs a send and a message, and how long a start after a kill takes |
//!
//! `cargo xtask bench parts` runs them and makes one table. Among the tests they run too, small and once.

use std::{env, fmt::Write as _, fs, path::PathBuf};

use serde_json::json;

/// One call of a bench that is a program.
#[derive(Debug)]
pub struct Bench {
    name: &'static str,
    is_quick: bool,
    is_wanted: bool,
    /// Where the figures go, besides the screen.
    to: Option<PathBuf>,
    figures: String,
}

impl Bench {
    /// The bench of this name, as cargo calls it: `cargo bench` with `--bench`, `cargo test` without, both perhaps with a
    /// part of a name.
    #[must_use]
    pub fn called(name: &'static str) -> Self {
        let mut bench = Self { name, is_quick: true, is_wanted: true, to: None, figures: String::new() };
        let mut words = env::args().skip(1);
        while let Some(word) = words.next() {
            match word.as_str() {
                "--bench" => bench.is_quick = false,
                "--list" => bench.is_wanted = false,
                "--figures" => bench.to = words.next().map(PathBuf::from),
                flag if flag.starts_with('-') => {}
                part => bench.is_wanted &= name.contains(part),
            }
        }
        bench
    }

    /// Whether it is to run at all.
    #[must_use]
    pub fn is_wanted(&self) -> bool {
        self.is_wanted
    }

    /// One of two sizes: as it counts, and so small that it only shows that it works.
    #[must_use]
    pub fn size<T>(&self, full: T, quick: T) -> T {
        if self.is_quick { quick } else { full }
    }

    /// What it came to. The unit is of each: `ns/send`, `requests/s`, `ms`.
    #[allow(clippy::print_stdout, reason = "its output is what a bench is for")]
    pub fn tell(&mut self, what: &str, value: f64, unit: &str) {
        let name = format!("{}/{what}", self.name);
        println!("{name:<60} {value:>14.1} {unit}");
        let _ = writeln!(self.figures, "{}", json!({ "name": name, "value": value, "unit": unit }));
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        if let Some(to) = &self.to {
            let written = fs::write(to, &self.figures);
            assert!(written.is_ok() || std::thread::panicking(), "{}: {written:?}", to.display());
        }
    }
}

/// Whether criterion is called to measure, and not only to show that all of it works.
#[must_use]
pub fn is_measured() -> bool {
    env::args().any(|word| word == "--bench")
}
