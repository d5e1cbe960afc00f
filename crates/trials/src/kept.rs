//! Schedules that once failed: they are tried before all others.

/// The list, as it was when this was built.
const SEEDS: &str = include_str!("../seeds.txt");
/// Where it is.
pub(crate) const FILE: &str = "crates/trials/seeds.txt";

/// Their seeds.
///
/// # Errors
/// A line that is none.
pub(crate) fn seeds() -> Result<Vec<u64>, String> {
    read(SEEDS)
}

fn read(text: &str) -> Result<Vec<u64>, String> {
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| match line.split_once(' ') {
            Some((seed, what)) if !what.trim().is_empty() => {
                seed.parse().map_err(|error| format!("{FILE}: {line:?}: {error}"))
            }
            _ => Err(format!("{FILE}: {line:?} says no seed and what it showed")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_can_be_read_and_each_line_says_what_it_showed() {
        assert!(seeds().is_ok(), "{:?}", seeds());
        assert_eq!(read("# a word\n\n7 a file came twice\n12  lost at a reload\n"), Ok(vec![7, 12]));
        for wrong in ["7\n", "7 \n", "seven a file came twice\n"] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
