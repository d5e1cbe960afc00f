//! Lines that are longer than a terminal is wide.

/// The narrowest room that a line is broken for: less is nobody's terminal.
const NARROWEST: usize = 20;

/// A line as lines that fit, those behind the first one indented by so much; whole where nobody says how wide it may be.
/// A word that is longer stays whole: it may be an address.
pub(super) fn wrap(line: &str, columns: Option<usize>, indent: usize) -> Vec<String> {
    let Some(columns) = columns.map(|it| it.max(NARROWEST)) else { return vec![line.to_owned()] };
    let first = line.len() - line.trim_start().len();
    let (mut lines, mut now) = (Vec::new(), " ".repeat(first));
    let mut is_empty = true;
    for word in line.split_whitespace() {
        let longer = now.chars().count() + usize::from(!is_empty) + word.chars().count();
        if !is_empty && longer > columns {
            lines.push(std::mem::replace(&mut now, " ".repeat(indent)));
            is_empty = true;
        }
        if !is_empty {
            now.push(' ');
        }
        now.push_str(word);
        is_empty = false;
    }
    lines.push(now);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_broken_between_words_and_none_is_lost() {
        let line = "  south: offline for 1m 22s: https://a-long-address.example.com/of/something refuses";
        let broken = wrap(line, Some(30), 4);
        assert_eq!(
            broken,
            [
                "  south: offline for 1m 22s:",
                "    https://a-long-address.example.com/of/something",
                "    refuses"
            ]
        );
        assert_eq!(wrap(line, Some(200), 4), [line]);
        assert_eq!(wrap(line, None, 4), [line]);
        assert_eq!(wrap("", Some(30), 4), [""]);
    }
}
