//! The last day of something, as a strip: what it was in each piece, by its letter.

/// Into so many pieces a day is cut.
const SLICES: usize = 288;
/// How many of them may be drawn as one: so that a page of many stays small, though each of them came and went all day.
const WIDTHS: [usize; 4] = [1, 3, 12, 36];
/// So many pieces of one shade fit on a page.
const MOST: usize = 1_200;
/// How it may have been, the worst first.
const LETTERS: [char; 5] = ['d', 's', '-', 'm', 'u'];

/// A strip.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Strip {
    /// What is to be drawn of each letter.
    pub(super) paths: Vec<(char, String)>,
    /// The same in words.
    pub(super) said: String,
}

/// The strips of a page, of the last days that are told by their letters, each with what is said of it: as fine as there is
/// room.
pub(super) fn strips<'a>(days: impl IntoIterator<Item = (&'a str, String)>) -> Vec<Strip> {
    let days: Vec<_> = days.into_iter().collect();
    let fits = |width: &usize| days.iter().map(|(day, _)| runs(day, *width).len()).sum::<usize>() <= MOST;
    let width = WIDTHS.into_iter().find(fits).unwrap_or(SLICES);
    days.into_iter().map(|(day, said)| Strip { paths: paths(&runs(day, width)), said }).collect()
}

/// Pieces of one letter: where each begins, and how long it is.
fn runs(day: &str, width: usize) -> Vec<(char, usize, usize)> {
    let letters: Vec<char> = day.chars().collect();
    let unknown = SLICES.saturating_sub(letters.len());
    let mut runs: Vec<(char, usize, usize)> = Vec::new();
    for (index, some) in letters.chunks(width).enumerate() {
        // As bad as its worst.
        let Some(how) = LETTERS.into_iter().find(|it| some.contains(it)) else { continue };
        match runs.last_mut().filter(|last| last.0 == how) {
            Some(last) => last.2 += some.len(),
            None => runs.push((how, unknown + index * width, some.len())),
        }
    }
    runs
}

/// What is not known is left out before them.
fn paths(runs: &[(char, usize, usize)]) -> Vec<(char, String)> {
    let path = |how: char| {
        let its = runs.iter().filter(|run| run.0 == how);
        (how, its.map(|(_, from, long)| format!("M{from} 0h{long}v16h-{long}z")).collect::<String>())
    };
    LETTERS.map(path).into_iter().filter(|(_, path)| !path.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(slices: &str, width: usize) -> Vec<(char, String)> {
        paths(&runs(slices, width))
    }

    #[test]
    fn a_day_is_as_few_pieces_as_it_has_changes_and_ends_now() {
        let expected =
            [('d', String::from("M286 0h1v16h-1z")), ('u', String::from("M284 0h2v16h-2zM287 0h1v16h-1z"))];
        assert_eq!(drawn("uudu", 1), expected);
        assert_eq!(drawn(&"u".repeat(288), 1), [('u', String::from("M0 0h288v16h-288z"))]);
        assert_eq!(drawn("", 1), []);
    }

    #[test]
    fn a_coarse_piece_is_as_bad_as_its_worst() {
        let expected = [('d', String::from("M282 0h3v16h-3z")), ('s', String::from("M285 0h3v16h-3z"))];
        assert_eq!(drawn("uduusm", 3), expected);
    }

    #[test]
    fn many_that_come_and_go_are_drawn_as_coarse_as_fits() {
        let restless = "uuuddd".repeat(48);
        let weigh = |count: usize| {
            let made = strips((0..count).map(|_| (restless.as_str(), String::new())));
            made.iter().flat_map(|it| &it.paths).map(|(_, path)| path.len()).sum::<usize>()
        };
        assert!(weigh(1) > 1_000, "one alone is drawn as it was");
        assert!(weigh(64) < 30 << 10, "{}", weigh(64));
    }
}
