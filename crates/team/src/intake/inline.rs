//! A file inside FileBox JSON, as it comes: its base64 is decoded piece by piece, and everything else is kept.
//!
//! What base64 is, is what the stock services take for it, which are written in JavaScript: both alphabets, no padding
//! needed, anything else between the letters passed over, and its end at the first `=`.

use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Without padding, and whatever the last bits are.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// The longest key that is looked at.
const LONGEST_KEY: usize = b"base64".len();

/// Reads the JSON of one FileBox.
#[derive(Debug, Default)]
pub(super) struct Inline {
    at: At,
    depth: usize,
    is_value: bool,
    key: Vec<u8>,
    base64: Base64,
}

/// Where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum At {
    #[default]
    Between,
    /// In a text, perhaps behind a backslash.
    Text { is_escaped: bool },
    /// In the file.
    File(Escape),
}

/// How far it is in an escaped character of the file's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Escape {
    None,
    Begun,
    /// Its number so far, and how many digits are missing.
    Number(u32, u8),
}

impl Inline {
    /// One piece more: what is not the file's goes to `rest`, and what is, to `file`.
    pub(super) fn read(&mut self, piece: &[u8], rest: &mut Vec<u8>, file: &mut Vec<u8>) {
        for &byte in piece {
            match self.at {
                At::File(escape) => {
                    if escape == Escape::None && byte == b'"' {
                        self.base64.end(file);
                        (self.at, self.is_value) = (At::Between, false);
                        rest.push(byte);
                    } else {
                        self.at = At::File(self.inside(escape, byte, file));
                    }
                }
                At::Text { is_escaped } => {
                    rest.push(byte);
                    if !self.is_value && self.depth == 1 && self.key.len() <= LONGEST_KEY && byte != b'"' {
                        self.key.push(byte);
                    }
                    self.at = match byte {
                        b'"' if !is_escaped => At::Between,
                        _ => At::Text { is_escaped: byte == b'\\' && !is_escaped },
                    };
                }
                At::Between => {
                    rest.push(byte);
                    self.between(byte);
                }
            }
        }
    }

    fn between(&mut self, byte: u8) {
        match byte {
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b':' if self.depth == 1 => self.is_value = true,
            b',' if self.depth == 1 => self.is_value = false,
            b'"' if self.depth == 1 && self.is_value && self.key == b"base64" => {
                (self.at, self.base64) = (At::File(Escape::None), Base64::default());
            }
            b'"' => {
                self.at = At::Text { is_escaped: false };
                if !self.is_value && self.depth == 1 {
                    self.key.clear();
                }
            }
            _ => {}
        }
    }

    /// A byte of the file's text.
    fn inside(&mut self, escape: Escape, byte: u8, file: &mut Vec<u8>) -> Escape {
        match (escape, byte) {
            (Escape::None, b'\\') => Escape::Begun,
            (Escape::Begun, b'u') => Escape::Number(0, 4),
            // Of the others one stands for itself in base64; the rest are quotes and spaces.
            (Escape::Begun, b'/') | (Escape::None, _) => {
                self.base64.letter(byte, file);
                Escape::None
            }
            (Escape::Begun, _) => Escape::None,
            (Escape::Number(number, missing), _) => {
                let number = number << 4 | (byte as char).to_digit(16).unwrap_or(0);
                if missing > 1 {
                    return Escape::Number(number, missing - 1);
                }
                if let Ok(letter) = u8::try_from(number) {
                    self.base64.letter(letter, file);
                }
                Escape::None
            }
        }
    }
}

/// Letters that are not decoded yet.
#[derive(Debug, Default)]
struct Base64 {
    letters: Vec<u8>,
    is_over: bool,
}

/// So many letters are decoded at once.
const BATCH: usize = 4 * 1024;

impl Base64 {
    fn letter(&mut self, letter: u8, file: &mut Vec<u8>) {
        let letter = match letter {
            b'-' => b'+',
            b'_' => b'/',
            b'=' => {
                self.is_over = true;
                return;
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => letter,
            _ => return,
        };
        if self.is_over {
            return;
        }
        self.letters.push(letter);
        if self.letters.len() == BATCH {
            self.decode(file);
        }
    }

    /// All letters have come. One by itself is not enough for a byte.
    fn end(&mut self, file: &mut Vec<u8>) {
        if self.letters.len() % 4 == 1 {
            self.letters.pop();
        }
        self.decode(file);
    }

    fn decode(&mut self, file: &mut Vec<u8>) {
        // Nothing but letters is there, and no single one at the end.
        let decoded = LENIENT.decode_vec(&self.letters, file);
        debug_assert!(decoded.is_ok(), "{decoded:?}");
        self.letters.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ha_wechaty_wire::FileBox;
    use proptest::prelude::*;

    /// What is left of it, and the file, read in pieces of this size.
    fn read(json: &str, size: usize) -> (String, Vec<u8>) {
        let (mut inline, mut rest, mut file) = (Inline::default(), Vec::new(), Vec::new());
        for piece in json.as_bytes().chunks(size) {
            inline.read(piece, &mut rest, &mut file);
        }
        (String::from_utf8(rest).expect("text"), file)
    }

    #[test]
    fn the_file_is_taken_out_and_everything_else_stays() {
        let json = r#"{"name":"a \"base64\": {","metadata":{"base64":"QUJD","x":["base64","QUJD"]},"type":1, "base64" : "QUJD","boxType":1}"#;
        let rest = json.replace(r#""base64" : "QUJD""#, r#""base64" : """#);
        for size in 1..json.len() {
            assert_eq!(read(json, size), (rest.clone(), b"ABC".to_vec()), "in pieces of {size}");
        }
    }

    #[test]
    fn base64_is_what_stock_services_take_for_it() {
        // What Node's `Buffer.from(text, 'base64')` makes of each.
        let cases: [(&str, &[u8]); 9] = [
            ("YQ==YQ==", b"a"),
            ("YW Jj\\n", b"abc"),
            ("YWJj-_", b"abc\xfb"),
            ("YWJjZ", b"abc"),
            ("YQ=YQ", b"a"),
            ("YWJj\\/\\/\\/\\/", b"abc\xff\xff\xff"),
            ("\\u0059WJj", b"abc"),
            ("", b""),
            ("\\\"YWJj", b"abc"),
        ];
        for (text, file) in cases {
            let json = format!(r#"{{"base64":"{text}","type":1}}"#);
            assert_eq!(read(&json, 3), (r#"{"base64":"","type":1}"#.to_owned(), file.to_vec()), "{text}");
        }
    }

    #[test]
    fn odd_json_does_no_harm() {
        for json in
            ["", "[", "}}}", r#""base64":"QUJD""#, r#"["base64","QUJD"]"#, r#"{"base64":1}"#, r#"{"base64"#]
        {
            assert_eq!(read(json, 1), (json.to_owned(), Vec::new()));
        }
        assert_eq!(read(r#"{"base64":"QUJ"#, 1).0, r#"{"base64":""#);
    }

    proptest! {
        #[test]
        fn any_file_comes_through_in_any_pieces(bytes: Vec<u8>, name: String, size in 1_usize..100) {
            let json = FileBox::from_bytes(&name, &bytes).to_json();
            let (rest, file) = read(&json, size);
            prop_assert_eq!(file, bytes);
            let left = FileBox::parse(&rest).expect("a FileBox");
            prop_assert_eq!((left.name(), left.base64()), (name.as_str(), Some("")));
        }
    }
}
