//! Texts of a bounded size.

/// So much of a text as has room, in bytes, up to a character's border, with `…` at its end if something is missing and there
/// is room for that.
pub(crate) fn cut(text: &str, room: usize) -> String {
    if text.len() <= room {
        return text.to_owned();
    }
    let mark = if room < '…'.len_utf8() { "" } else { "…" };
    let mut end = room - mark.len();
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}{mark}", &text[..end])
}

/// The same in characters.
pub(crate) fn cut_characters(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars().take(room.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_a_characters_border() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("a longer one", 6), "a l…");
        for room in 0..12 {
            let cut = cut("微信微信", room);
            assert!(
                cut.len() <= room.max(12) && cut.trim_end_matches('…').chars().all(|c| "微信".contains(c)),
                "{cut}"
            );
            assert!(cut.len() <= room, "{cut}");
        }
        assert_eq!(cut_characters("微信微信", 3), "微信…");
        assert_eq!(cut_characters("微信", 2), "微信");
    }
}
