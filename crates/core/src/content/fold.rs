//! A text as every puppet would show it.
//!
//! What is left out or made alike was seen to differ between puppets: whether marks are letters of their own (NFC,
//! NFD), ends of lines, space at both ends, the space of a mention (U+2005 or a plain one), variation selectors, half an
//! emoji and what stands for it, entities of HTML, the emoji of WeChat's web client
//! (`<span class="emoji emoji1f600"></span>`), and that long texts are cut.
//!
//! It is for comparison alone; nobody is shown it. Some texts that differ are alike by it: those that differ only in how
//! much space there is, in what cannot be seen, in `&lt;` for `<`, or after [`LENGTH`] letters. What differs in a letter
//! before that differs: the normal form is the canonical one, so `1` and `１` stay two.

use core::str::Chars;

use smallvec::SmallVec;
use unicode_normalization::{UnicodeNormalization as _, char::canonical_combining_class, is_nfd};

/// So many letters are compared. The shortest cut that was seen is at 2,048 UTF-16 units, or bytes, of which a letter
/// takes up to four, also where it is an entity.
const LENGTH: usize = 500;

/// What HTML has other words for, besides `&`.
const ENTITIES: [(&str, char); 6] =
    [("lt;", '<'), ("gt;", '>'), ("quot;", '"'), ("apos;", '\''), ("#39;", '\''), ("nbsp;", ' ')];

/// So much of a text is looked at, in bytes: letters may be unseen, or marks of one letter, without an end.
const LOOKED_AT: usize = 64 << 10;

/// How an emoji of WeChat's web client goes on after its `<`, before and after its code.
const EMOJI: (&str, &str) = ("span class=\"emoji emoji", "\"></span>");
/// How many hexadecimal digits its code has at most.
const DIGITS: usize = 40;

/// A text's letters, as they are compared. Folding what is folded changes nothing.
pub(super) fn folded(text: &str) -> impl Iterator<Item = char> {
    let text = text.get(..text.floor_char_boundary(LOOKED_AT)).unwrap_or(text);
    let (plain, other) = if text.is_ascii() { (text, "") } else { ("", text) };
    let seen = |text| Chars::filter(str::chars(text), |letter| !is_unseen(*letter));
    let letters = Entities(seen(plain).chain(seen(other).nfd()));
    let letters = Emoji { letters: Spaced { letters, is_begun: false, held: None }, held: SmallVec::new() };
    // No space is at the end, wherever that is.
    letters
        .take(LENGTH)
        .enumerate()
        .filter_map(|(at, letter)| Some(letter).filter(|it| at + 1 < LENGTH || *it != ' '))
}

/// Whether nobody sees it: some puppets leave it out, or put it in. What stands for half an emoji is among them, and the
/// variation selectors.
fn is_unseen(letter: char) -> bool {
    match letter {
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' => true,
        '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{ffff}' => true,
        // Not the tags beside them, which make England's flag of a black one.
        '\u{e0001}' | '\u{e0100}'..='\u{e01ef}' => true,
        _ => letter.is_control() && !letter.is_whitespace(),
    }
}

/// Goes past a word, if that is what comes.
fn eat<I: Iterator<Item = char> + Clone>(letters: &mut I, word: &str) -> bool {
    let mut ahead = letters.clone();
    let is_next = word.chars().all(|letter| ahead.next() == Some(letter));
    if is_next {
        *letters = ahead;
    }
    is_next
}

/// Without entities, also those that were made of entities.
#[derive(Clone)]
struct Entities<I>(I);

impl<I: Iterator<Item = char> + Clone> Iterator for Entities<I> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let letter = self.0.next()?;
        if letter != '&' {
            return Some(letter);
        }
        while eat(&mut self.0, "amp;") {}
        let entity = ENTITIES.iter().find(|(word, _)| eat(&mut self.0, word));
        Some(entity.map_or('&', |(_, letter)| *letter))
    }
}

/// With one space where there is any between letters, and none at the ends.
#[derive(Clone)]
struct Spaced<I> {
    letters: I,
    is_begun: bool,
    held: Option<char>,
}

impl<I: Iterator<Item = char>> Iterator for Spaced<I> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        if let Some(letter) = self.held.take() {
            return Some(letter);
        }
        let mut letter = self.letters.next()?;
        let is_space = letter.is_whitespace();
        while letter.is_whitespace() {
            letter = self.letters.next()?;
        }
        if is_space && self.is_begun {
            self.held = Some(letter);
            return Some(' ');
        }
        self.is_begun = true;
        Some(letter)
    }
}

/// With emoji in place of the elements by which WeChat's web client shows them.
struct Emoji<I> {
    letters: I,
    /// The rest of an emoji of several letters, the next one last.
    held: SmallVec<[char; 4]>,
}

impl<I: Iterator<Item = char> + Clone> Iterator for Emoji<I> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        if let Some(letter) = self.held.pop() {
            return Some(letter);
        }
        let letter = self.letters.next()?;
        let mut ahead = self.letters.clone();
        let Some(emoji) = Some(letter).filter(|it| *it == '<').and_then(|_| emoji(&mut ahead)) else {
            return Some(letter);
        };
        self.letters = ahead;
        self.held = emoji;
        self.held.pop().or(Some(letter))
    }
}

/// The letters of the emoji whose element follows, the first one last.
fn emoji<I: Iterator<Item = char> + Clone>(letters: &mut I) -> Option<SmallVec<[char; 4]>> {
    if !eat(letters, EMOJI.0) {
        return None;
    }
    let mut digits: SmallVec<[u32; DIGITS]> = SmallVec::new();
    while digits.len() < DIGITS {
        let mut ahead = letters.clone();
        let Some(digit) = ahead.next().and_then(|letter| letter.to_digit(16)) else { break };
        digits.push(digit);
        *letters = ahead;
    }
    if !eat(letters, EMOJI.1) {
        return None;
    }
    let mut emoji = SmallVec::new();
    let mut rest = &digits[..];
    while let Some(first) = rest.first() {
        // Beyond the first 65,536 letters all emoji begin with a 1, and of the others none does.
        let (code, others) = rest.split_at_checked(if *first == 1 { 5 } else { 4 })?;
        let letter = char::from_u32(code.iter().fold(0, |code, digit| code * 16 + digit))?;
        if !is_unseen(letter) {
            emoji.insert(0, Some(letter).filter(|letter| is_sign(*letter))?);
        }
        rest = others;
    }
    Some(emoji).filter(|emoji| !emoji.is_empty())
}

/// Whether it may be an emoji, and is no letter that anything else here is about.
fn is_sign(letter: char) -> bool {
    let is_plain = letter.is_ascii() || letter.is_whitespace();
    !is_plain && canonical_combining_class(letter) == 0 && is_nfd(letter.encode_utf8(&mut [0; 4]))
}
