//! Names in texts: whom a text mentions it names after an `@`, and parts from what follows by U+2005 or a space.

/// What parts a mention from what follows in WeChat's own clients.
const SEPARATOR: char = '\u{2005}';

/// How somebody who is mentioned may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Called<'a> {
    pub(super) name: &'a str,
    /// Whether the name is to be replaced; else it only keeps shorter names from being found in it.
    pub(super) is_meant: bool,
}

/// Where names are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// Before any separator: somebody is mentioned for sure.
    Mentioned,
    /// Before WeChat's own separator only, since nobody types it.
    Marked,
}

/// A text with another name wherever one that is meant is mentioned; `None` if it mentions none of them. Where
/// several of them are mentioned at once they are one: only the first stays.
pub(super) fn renamed(text: &str, called: &[Called<'_>], to: &str, place: Where) -> Option<String> {
    let mut called: Vec<Called<'_>> = called.iter().copied().filter(|it| !it.name.is_empty()).collect();
    // Of two names that fit the longer one is meant, and of two that are equal the one of the team.
    called.sort_by_key(|it| (std::cmp::Reverse(it.name.len()), !it.is_meant));
    let (mut out, mut rest, mut is_found) = (String::with_capacity(text.len()), text, false);
    while let Some(at) = rest.find('@') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        out.push_str(before);
        let found = called.iter().find_map(|it| {
            let tail = after.strip_prefix(it.name)?;
            is_end(tail, place).then_some((it, tail))
        });
        rest = match found {
            Some((it, tail)) if it.is_meant && is_found => {
                tail.strip_prefix([SEPARATOR, ' ']).unwrap_or(tail)
            }
            Some((it, tail)) => {
                out.push('@');
                out.push_str(if it.is_meant { to } else { it.name });
                is_found |= it.is_meant;
                tail
            }
            None => {
                out.push('@');
                after
            }
        };
    }
    out.push_str(rest);
    is_found.then_some(out)
}

/// Whether a name ends where this begins.
fn is_end(tail: &str, place: Where) -> bool {
    match place {
        Where::Mentioned => tail.is_empty() || tail.starts_with([SEPARATOR, ' ']),
        Where::Marked => tail.starts_with(SEPARATOR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, meant: &[&str], others: &[&str]) -> Option<String> {
        let meant = meant.iter().map(|name| Called { name, is_meant: true });
        let others = others.iter().map(|name| Called { name, is_meant: false });
        renamed(text, &meant.chain(others).collect::<Vec<_>>(), "Bot", Where::Mentioned)
    }

    #[test]
    fn a_name_becomes_another_and_its_separator_stays() {
        let all = ["@Bot b\u{2005}hello", "@Bot b hello", "hello @Bot b", "甲@小助手 乙\u{2005}你好@"];
        let read = all.map(|text| read(text, &["Bot b", "小助手 乙"], &[]));
        let due = ["@Bot\u{2005}hello", "@Bot hello", "hello @Bot", "甲@Bot\u{2005}你好@"];
        assert_eq!(read, due.map(|text| Some(text.to_owned())));
    }

    #[test]
    fn a_name_that_goes_on_is_another_and_the_longest_that_fits_is_meant() {
        assert_eq!(read("@Bot bee hello, b@Bot", &["Bot b"], &[]), None);
        assert_eq!(read("@Al Capone @Al hi", &["Al"], &["Al Capone"]).as_deref(), Some("@Al Capone @Bot hi"));
        assert_eq!(read("@Al Bo hi", &["Al", "Al Bo"], &[]).as_deref(), Some("@Bot hi"));
        assert_eq!(read("@ hi", &[""], &[]), None);
    }

    #[test]
    fn several_of_the_team_are_one() {
        let text = "@Bot a\u{2005}@Bot b ding";
        assert_eq!(read(text, &["Bot a", "Bot b"], &[]).as_deref(), Some("@Bot\u{2005}ding"));
        assert_eq!(read("ding @Bot a @Bot b", &["Bot a", "Bot b"], &[]).as_deref(), Some("ding @Bot "));
    }

    #[test]
    fn what_nobody_typed_is_a_mention_even_if_nobody_says_so() {
        let called = [Called { name: "Bot", is_meant: true }];
        let marked = |text| renamed(text, &called, "Bot b", Where::Marked);
        assert_eq!(marked("「@Bot\u{2005}hi」").as_deref(), Some("「@Bot b\u{2005}hi」"));
        assert_eq!((marked("mail me @Bot or so"), marked("@Bot")), (None, None));
    }
}
