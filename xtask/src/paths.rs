//! Which paths within its own crate a source goes by. Comments, texts and what is for tests alone are not read.

/// A path from the root of the crate, and the line that it begins in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) segments: Vec<String>,
    pub(crate) line: usize,
}

/// The paths that the source of a module goes by: all that it uses, and those within its crate that stand in its code. The
/// module is told as a path as well.
pub(crate) fn paths(module: &[String], text: &str) -> Vec<Path> {
    let tokens = tokens(text);
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        module: module.to_vec(),
        depth: 0,
        inner: Vec::new(),
        below: Vec::new(),
    };
    let mut found = Vec::new();
    while reader.at < tokens.len() {
        reader.step(&mut found);
    }
    found
}

/// A word or a sign; `::` is one sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Token<'a> {
    text: &'a str,
    line: usize,
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    module: Vec<String>,
    /// How many braces are open.
    depth: usize,
    /// At which depths the modules within this file began.
    inner: Vec<usize>,
    /// The modules that are declared here, and are files of their own.
    below: Vec<String>,
}

impl Reader<'_> {
    fn text(&self, ahead: usize) -> &str {
        self.tokens.get(self.at + ahead).map_or("", |token| token.text)
    }

    /// Whether a word at this place is a module that is declared in this file.
    fn is_below(&self, word: &str) -> bool {
        let goes_on = self.at.checked_sub(1).is_some_and(|at| self.tokens[at].text == "::");
        !goes_on && self.below.iter().any(|it| it == word)
    }

    fn begins(&self, signs: &[&str]) -> bool {
        signs.iter().enumerate().all(|(ahead, sign)| self.text(ahead) == *sign)
    }

    fn step(&mut self, found: &mut Vec<Path>) {
        if self.begins(&["#", "[", "cfg", "(", "test", ")", "]"]) {
            self.at += 7;
            return self.skip_item();
        }
        match self.text(0) {
            "mod" if self.text(2) == "{" => {
                self.module.push(self.text(1).to_owned());
                self.inner.push(self.depth);
                self.at += 2;
            }
            "{" => {
                self.depth += 1;
                self.at += 1;
            }
            "}" => {
                self.depth = self.depth.saturating_sub(1);
                if self.inner.last() == Some(&self.depth) {
                    self.inner.pop();
                    self.module.pop();
                }
                self.at += 1;
            }
            // `use<'a>` says what a type captures.
            "use" if self.text(1) != "<" => {
                self.at += 1;
                self.tree(&[], found);
            }
            "mod" if self.text(2) == ";" => {
                self.below.push(self.text(1).to_owned());
                self.at += 3;
            }
            // What a module calls of one below it, as it is in scope there; a path that goes on from another is read with that.
            word if self.text(1) == "::" && self.is_below(word) => {
                let (line, path) = (self.tokens[self.at].line, self.words());
                self.keep(&path, line, found);
            }
            "crate" | "super" | "self" if self.text(1) == "::" => {
                let (line, path) = (self.tokens[self.at].line, self.words());
                self.keep(&path, line, found);
            }
            _ => self.at += 1,
        }
    }

    /// What stands under `#[cfg(test)]`.
    fn skip_item(&mut self) {
        let mut depth = 0_usize;
        while let Some(token) = self.tokens.get(self.at) {
            self.at += 1;
            match token.text {
                "{" => depth += 1,
                "}" if depth <= 1 => return,
                "}" => depth -= 1,
                ";" if depth == 0 => return,
                _ => {}
            }
        }
    }

    /// Words with `::` between them.
    fn words(&mut self) -> Vec<String> {
        let mut words = vec![self.text(0).to_owned()];
        self.at += 1;
        while self.text(0) == "::" && is_word(self.text(1)) {
            words.push(self.text(1).to_owned());
            self.at += 2;
        }
        words
    }

    /// What is used, up to the comma, brace or semicolon behind it.
    fn tree(&mut self, before: &[String], found: &mut Vec<Path>) {
        let line = self.tokens.get(self.at).map_or(0, |token| token.line);
        let mut path = before.to_vec();
        if is_word(self.text(0)) {
            path.extend(self.words());
        }
        if self.text(0) == "::" {
            self.at += 1;
        }
        if self.text(0) == "{" {
            self.at += 1;
            while !matches!(self.text(0), "}" | "") {
                self.tree(&path, found);
                if self.text(0) == "," {
                    self.at += 1;
                }
            }
            self.at += 1;
            return;
        }
        // A star, or another name.
        while !matches!(self.text(0), "," | "}" | ";" | "") {
            self.at += 1;
        }
        self.keep(&path, line, found);
    }

    /// Keeps a path, from the root of the crate.
    fn keep(&self, path: &[String], line: usize, found: &mut Vec<Path>) {
        let ups = path.iter().take_while(|word| *word == "super").count();
        let (mut segments, rest) = match path.first().map(String::as_str) {
            Some("crate") => (Vec::new(), &path[1..]),
            Some("self") => (self.module.clone(), &path[1..]),
            Some("super") => {
                let module = &self.module[..self.module.len().saturating_sub(ups)];
                (module.to_vec(), &path[ups..])
            }
            // What is in scope here: a module below, or another crate, which is then taken for a module below too.
            Some(_) => (self.module.clone(), path),
            None => return,
        };
        // `use a::{self, B}` names `a` itself.
        segments.extend(rest.iter().filter(|word| *word != "self").cloned());
        found.push(Path { segments, line });
    }
}

fn is_word(text: &str) -> bool {
    text.starts_with(|it: char| it.is_alphanumeric() || it == '_')
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let (mut tokens, mut rest, mut line) = (Vec::new(), text, 1);
    while let Some(first) = rest.chars().next() {
        let (length, is_token) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), false)
        } else if rest.starts_with("/*") {
            (rest.find("*/").map_or(rest.len(), |end| end + 2), false)
        } else if let Some(length) = literal(rest) {
            (length, false)
        } else if is_word(rest) {
            (rest.find(|it: char| !it.is_alphanumeric() && it != '_').unwrap_or(rest.len()), true)
        } else if rest.starts_with("::") {
            (2, true)
        } else {
            (first.len_utf8(), !first.is_whitespace())
        };
        let (token, after) = rest.split_at(length);
        if is_token {
            tokens.push(Token { text: token, line });
        }
        line += token.matches('\n').count();
        rest = after;
    }
    tokens
}

/// How long the text or character is that begins here, if one does.
fn literal(rest: &str) -> Option<usize> {
    let bare = rest.strip_prefix('b').unwrap_or(rest);
    let prefix = rest.len() - bare.len();
    if let Some(raw) = bare.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let text = raw[hashes..].strip_prefix('"')?;
        let end = format!("\"{}", "#".repeat(hashes));
        return Some(prefix + 2 + hashes + text.find(&end).map_or(text.len(), |at| at + end.len()));
    }
    let quote = bare.chars().next().filter(|it| matches!(it, '"' | '\''))?;
    // What has no end within two characters is a lifetime.
    let inner = &bare[1..];
    if quote == '\'' && !inner.starts_with('\\') && inner.chars().nth(1).is_none_or(|it| it != '\'') {
        return None;
    }
    let mut is_escaped = false;
    for (at, it) in inner.char_indices() {
        match it {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if it == quote => return Some(prefix + 1 + at + 1),
            _ => {}
        }
    }
    Some(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(module: &str, text: &str) -> Vec<String> {
        let module: Vec<String> = module.split("::").map(str::to_owned).collect();
        paths(&module, text).iter().map(|it| format!("{}:{}", it.line, it.segments.join("::"))).collect()
    }

    #[test]
    fn what_is_used_is_found_however_it_is_written() {
        let text = "use crate::{\n    call::{self, Call as One},\n    state::*,\n};\npub(crate) use super::links;\n\
                    use std::fmt;\nfn f(it: crate::view::Status) { self::g(); super::super::text::human(1.0) }\n";
        let found = [
            "2:call",
            "2:call::Call",
            "3:state",
            "5:account::links",
            "6:account::link::std::fmt",
            "7:view::Status",
        ];
        assert_eq!(
            of("account::link", text),
            [&found[..], &["7:account::link::g", "7:text::human"]].concat()
        );
    }

    #[test]
    fn comments_texts_and_tests_are_not_read() {
        let text = "//! See [`A`](crate::a).\n/* crate::b */ const C: &str = \"crate::c\"; const D: &str = r#\"\" crate::d\"#;\n\
                    #[cfg(test)]\nmod tests { use crate::e; fn f() { crate::g() } }\n#[cfg(test)]\nmod more;\n\
                    fn h<'a>(it: &'a str) -> char { ';' }\nuse crate::i;\nconst J: char = '\\'';\nuse crate::k;\n";
        assert_eq!(of("z", text), ["8:i", "10:k"]);
    }

    #[test]
    fn what_a_type_captures_hides_nothing() {
        let text = "fn f<'a>(it: &'a str) -> impl Sized + use<'a> { crate::call::g(it) }\nuse crate::h;\n";
        assert_eq!(of("z", text), ["1:call::g", "2:h"]);
    }

    #[test]
    fn a_module_below_is_found_by_its_name_alone() {
        let text = "mod spool;\npub fn f() { spool::g(); other::h(); a::spool::i() }\n";
        assert_eq!(of("state", text), ["2:state::spool::g"]);
    }

    #[test]
    fn a_module_within_a_file_has_its_own_above() {
        assert_eq!(of("a", "mod b {\n use super::c;\n fn d() {}\n}\nuse super::e;\n"), ["2:a::c", "5:e"]);
    }
}
