//! As much of Markdown as our documents need: links, words in code, headings.

/// What is in a document.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Where links lead, each with its line.
    pub(super) links: Vec<(usize, String)>,
    /// Words in code, within the prose, each with its line.
    pub(super) code: Vec<(usize, String)>,
    /// The anchors of headings.
    pub(super) anchors: Vec<String>,
    /// Lines of paragraphs with a backtick that has no other: of these nothing is read.
    pub(super) unpaired: Vec<usize>,
}

impl Document {
    /// Reads it; blocks of code say nothing.
    pub(super) fn read(text: &str) -> Self {
        let (mut document, mut is_code) = (Self::default(), false);
        let (mut paragraph, mut begun) = (String::new(), 1);
        for (index, line) in text.lines().enumerate() {
            let is_fence = line.trim_start().starts_with("```");
            is_code ^= is_fence;
            if is_fence || is_code || line.trim().is_empty() {
                document.paragraph(&std::mem::take(&mut paragraph), begun);
                continue;
            }
            if let Some(title) = line.strip_prefix('#') {
                let anchor = document.unused(&anchor(title.trim_start_matches('#')));
                document.anchors.push(anchor);
            }
            if paragraph.is_empty() {
                begun = index + 1;
            }
            paragraph += line;
            paragraph.push('\n');
        }
        document.paragraph(&paragraph, begun);
        document
    }

    /// Words in code may go over the end of a line, but not of a paragraph.
    fn paragraph(&mut self, text: &str, begun: usize) {
        let (mut line, parts) = (begun, text.split('`').count());
        if parts.is_multiple_of(2) {
            self.unpaired.push(begun);
            return;
        }
        for (index, part) in text.split('`').enumerate() {
            if index % 2 == 1 {
                self.code.push((line, part.replace('\n', " ")));
            } else {
                for (before, after) in part.match_indices("](").map(|(at, it)| part.split_at(at + it.len())) {
                    let target = after.split(')').next().unwrap_or_default();
                    let target = target.split_whitespace().next().unwrap_or_default();
                    self.links.push((line + before.matches('\n').count(), target.to_owned()));
                }
            }
            line += part.matches('\n').count();
        }
    }

    /// Of two headings with the same words the second is `words-1`.
    fn unused(&self, anchor: &str) -> String {
        let numbered = (1..).map(|number| format!("{anchor}-{number}"));
        let mut all = std::iter::once(anchor.to_owned()).chain(numbered);
        all.find(|it| !self.anchors.contains(it)).unwrap_or_default()
    }
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(title: &str) -> String {
    let kept = title.trim().chars().filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|it| if it == ' ' { '-' } else { it }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# What `it` is: a map\n\nSee [one](one.md), and [`two`](two.md#there\n\"a title\"): `a\nword`.\n\
                        ```sh\n[no](link.md) `no word`\n```\n## Again\n## Again\n\n![a picture](a.svg)\n";

    #[test]
    fn links_words_and_headings_are_found_where_they_are() {
        let document = Document::read(TEXT);
        let links: Vec<(usize, &str)> =
            document.links.iter().map(|(line, it)| (*line, it.as_str())).collect();
        assert_eq!(links, [(3, "one.md"), (3, "two.md#there"), (12, "a.svg")]);
        assert_eq!(document.code, [(1, "it".into()), (3, "two".into()), (4, "a word".into())]);
        assert_eq!(document.anchors, ["what-it-is-a-map", "again", "again-1"]);
        assert!(document.unpaired.is_empty());
    }

    #[test]
    fn a_paragraph_with_an_open_word_is_told_of() {
        assert_eq!(Document::read("well\n\nopen ` here\n").unpaired, [3]);
    }
}
