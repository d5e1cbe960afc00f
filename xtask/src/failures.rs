//! What test runners say of the tests that failed, in short: for the end of a long output.

/// So many lines of one run are kept, each so long.
const LINES: usize = 24;
const LONG: usize = 300;

/// Listens to a run's output, line by line.
#[derive(Debug, Default)]
pub(crate) struct Failures {
    listening: bool,
    pub(crate) told: Vec<String>,
}

impl Failures {
    pub(crate) fn hear(&mut self, line: &str) {
        // Node tells of all failures at its very end, cargo of those of one program until its result.
        if line.starts_with("✖ failing tests:") || line == "failures:" {
            self.listening = true;
        } else if line.starts_with("test result: ") {
            self.listening = false;
        } else if self.listening && self.told.len() < LINES && says_why(line) {
            self.told.push(line.chars().take(LONG).collect());
        }
    }
}

/// Neither empty, nor where in somebody's library it came by.
fn says_why(line: &str) -> bool {
    let line = line.trim();
    !(line.is_empty() || line.starts_with("at ") || line.starts_with("note: run with"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(lines: &[&str]) -> Vec<String> {
        let mut failures = Failures::default();
        lines.iter().for_each(|line| failures.hear(line));
        failures.told
    }

    #[test]
    fn of_nodes_output_its_closing_list_is_kept_without_traces() {
        let told = heard(&[
            "✖ it fails (12ms)",
            "ℹ fail 1",
            "",
            "✖ failing tests:",
            "",
            "test at tests/once.test.js:72:1",
            "✖ it fails (12ms)",
            "  Error: not within 30000 ms: it is told; instead: []",
            "      at until (src/until.js:24:13)",
        ]);
        assert_eq!(
            told,
            [
                "test at tests/once.test.js:72:1",
                "✖ it fails (12ms)",
                "  Error: not within 30000 ms: it is told; instead: []",
            ]
        );
    }

    #[test]
    fn of_cargos_output_what_failing_tests_said_is_kept() {
        let told = heard(&[
            "test a ... FAILED",
            "failures:",
            "",
            "---- a stdout ----",
            "thread 'a' panicked at tests/a.rs:3:5:",
            "left: 1",
            "test result: FAILED. 0 passed; 1 failed",
            "test b ... ok",
        ]);
        assert_eq!(told, ["---- a stdout ----", "thread 'a' panicked at tests/a.rs:3:5:", "left: 1"]);
    }
}
