use alloc::{format, string::String, vec::Vec};

use proptest::prelude::*;

use super::*;

const WHOLE: &str = "a \u{e9} & <b> \"c\" 'd'\n@Bob\u{2005}❤️ 😀";
/// As WeChat's web client shows an emoji.
const SPAN: &str = "<span class=\"emoji emoji1f600\"></span>";

fn spelt(text: &str) -> String {
    folded(text).collect()
}

fn long(letter: &str, times: usize) -> String {
    letter.repeat(times)
}

#[test]
fn what_puppets_spell_differently_is_one_text() {
    let alike = [
        ("as they are composed", "caf\u{e9}", "cafe\u{301}"),
        ("marks in another order", "a\u{301}\u{316}", "a\u{316}\u{301}"),
        ("Hangul", "\u{ac00}", "\u{1100}\u{1161}"),
        ("ends of lines", "a\r\nb\rc\nd", "a\nb\nc\nd"),
        ("a line at the end", "a\n", "a"),
        ("space at the ends", " \u{3000}a\t", "a"),
        ("a mention", "@Bob\u{2005}hi", "@Bob hi"),
        ("a space that does not break", "a\u{a0}b", "a b"),
        ("a heart's variation selector", "❤\u{fe0f}", "❤"),
        ("half an emoji, or what stands for it", "a\u{fffd}", "a"),
        ("and three of them", "a \u{fffd}\u{fffd}\u{fffd} b", "a b"),
        ("what is not seen", "\u{feff}a\0\u{200b}b", "ab"),
        ("entities", "&lt;b&gt; &amp; &quot;c&quot; &#39;d&apos;", "<b> & \"c\" 'd'"),
        ("entities of entities", "&amp;lt;b&amp;amp;gt;", "<b>"),
        ("emoji of the web", "a <span class=\"emoji emoji1f600\"></span> b", "a 😀 b"),
        ("the same, for HTML", "&lt;span class=&quot;emoji emoji1f600&quot;&gt;&lt;/span&gt;", "😀"),
        ("a flag of the web", "<span class=\"emoji emoji1f1e81f1f3\"></span>", "🇨🇳"),
        ("a heart of the web", "<span class=\"emoji emoji2764fe0f\"></span>", "❤️"),
        (
            "all of it",
            WHOLE,
            "a e\u{301} &amp; &lt;b&gt; \"c\" &#39;d&#39;\r\n@Bob ❤ <span class=\"emoji emoji1f600\"></span>\n",
        ),
    ];
    for (what, one, other) in alike {
        assert_eq!(
            content_of_text(one),
            content_of_text(other),
            "{what}: {:?} {:?}",
            spelt(one),
            spelt(other)
        );
        assert_eq!(spelt(&spelt(one)), spelt(one), "{what}");
    }
}

#[test]
fn what_people_tell_apart_is_two_texts() {
    let different = [
        ("1", "2"),
        ("1", "１"),
        ("a", "A"),
        ("a b", "ab"),
        ("e", "é"),
        ("1.", "1"),
        ("<b>", "b"),
        ("&", ""),
        ("&", "amp;"),
        ("lt;", "&lt;"),
        ("😀", "😁"),
        ("", "😀"),
        ("<span class=\"emoji emoji1f600\"></span>", "<span class=\"emoji emoji1f601\"></span>"),
        ("<span class=\"emoji emoji0026\"></span>", "&"),
        ("<span class=\"emoji emoji\"></span>", ""),
        ("五", "吾"),
        ("ガ", "カ"),
        ("ﬁ", "fi"),
    ];
    for (one, other) in different {
        assert_ne!(content_of_text(one), content_of_text(other), "{:?} {:?}", spelt(one), spelt(other));
    }
}

#[test]
fn a_long_text_is_one_though_it_is_cut() {
    for letter in ["x", "é", "五", "😀", "&lt;", "<"] {
        let whole = long(letter, 3_000);
        let units: Vec<u16> = whole.encode_utf16().take(2_048).collect();
        let cut = String::from_utf16_lossy(&units);
        assert_eq!(content_of_text(&whole), content_of_text(&cut), "{letter}");
    }
    let other = |at: usize| format!("{}y{}", long("x", at), long("x", 10));
    assert_ne!(content_of_text(&other(498)), content_of_text(&other(499)));
    assert_eq!(content_of_text(&other(600)), content_of_text(&other(700)), "that is the price");
    // Whoever is cut there has no space at the end.
    let spaced = |rest: &str| format!("{} {rest}", long("x", 499));
    assert_eq!(content_of_text(&spaced("")), content_of_text(&spaced("x")));
}

#[test]
fn plain_words_are_their_own_fingerprint() {
    for text in ["", "ding", "1 + 1 = 2"] {
        assert_eq!(content_of_text(text), crate::balance::fingerprint(text));
    }
}

const POST: MessageKind = MessageKind::Other(16);
const RED_ENVELOPE: MessageKind = MessageKind::Other(12);
const CONTACT: MessageKind = MessageKind::Other(3);
const LOCATION: MessageKind = MessageKind::Other(8);

#[test]
fn of_what_is_no_text_counts_what_all_show_alike() {
    let (nothing, said) = (0, content_of_text);
    let card = |title: &str, key: &str| {
        format!("<?xml version=\"1.0\"?>\n<msg><appmsg id=\"{key}\"><title>{title}</title></appmsg></msg>")
    };
    let table = [
        (MessageKind::Image, String::from("<msg cdn=\"1\"/>"), "n.png", nothing),
        (MessageKind::Emoticon, String::new(), "", nothing),
        (MessageKind::Audio, String::from("/tmp/a.silk"), "0.123.silk", nothing),
        (MessageKind::Video, String::from("<msg><title>a</title></msg>"), "a.mp4", nothing),
        (MessageKind::Attachment, String::new(), "r\u{e9}port.pdf", said("re\u{301}port.pdf")),
        (MessageKind::Attachment, String::from("C:\\Users\\a"), "report.pdf", said("report.pdf")),
        (MessageKind::Attachment, card("report.pdf", "1"), "1.pdf", said("report.pdf")),
        (MessageKind::Attachment, card("", "1"), "report.pdf", said("report.pdf")),
        (MessageKind::Attachment, String::new(), "8f14e45fceea167a5a36dedd4bea2543.pdf", nothing),
        (MessageKind::Attachment, String::new(), "0.8473920183746152.bin", nothing),
        (MessageKind::Url, card("<![CDATA[news]]>", "1"), "", said("news")),
        (MessageKind::Url, card("news", "1").replace('<', "&lt;").replace('>', "&gt;"), "", said("news")),
        (MessageKind::Url, String::from("<msg from=\"1\"/>"), "", nothing),
        (MessageKind::Url, String::from("https://example.com"), "", said("https://example.com")),
        (MessageKind::MiniProgram, card("news", "2"), "", said("news")),
        (RED_ENVELOPE, String::from("<a id=\"1\"/>x"), "", nothing),
        (CONTACT, String::from("wxid_carol"), "", said("wxid_carol")),
        (LOCATION, String::from("\n<msg><location x=\"1\"/></msg>"), "", nothing),
        (POST, String::new(), "", nothing),
    ];
    for (kind, text, name, due) in table {
        assert_eq!(content_of(kind, &text, name), due, "{kind:?} {text:?} {name:?}");
    }
    assert_eq!(
        content_of(MessageKind::Text, "<b>", "a"),
        content_of_text("<b>"),
        "what people write is no card"
    );
}

#[test]
fn sorts_that_puppets_take_for_each_other_are_one() {
    let numbers = [1, 2, 3, 5, 6, 7, 8, 9, 14, 15];
    let others = numbers.map(|number| alike(MessageKind::from_wire(number)).to_wire());
    assert_eq!(others, [1, 2, 3, 6, 6, 7, 8, 1, 1, 15]);
    let own = numbers.map(|number| own_alike(MessageKind::from_wire(number)).to_wire());
    assert_eq!(own, [1, 1, 3, 1, 1, 7, 8, 1, 1, 1]);
}

/// Texts of pieces that mean something here.
fn texts() -> impl Strategy<Value = String> {
    const PIECES: [&str; 38] = [
        "a",
        "b",
        " ",
        "\r\n",
        "\u{2005}",
        "&",
        "amp;",
        "lt;",
        "gt;",
        "#39;",
        "nbsp;",
        "&lt;",
        "<",
        ">",
        "\"",
        "span class=",
        "span",
        "emoji emoji",
        "1f600",
        "2764",
        "0301",
        "2260",
        "></span>",
        SPAN,
        "e",
        "\u{301}",
        "\u{316}",
        "\u{e9}",
        "\u{fffd}",
        "\u{fe0f}",
        "\u{37e}",
        "\u{226e}",
        "\u{ac00}",
        "\u{1161}",
        "五",
        "😀",
        "class=\"emoji emoji",
        "\0",
    ];
    let pieces = || prop::sample::select(&PIECES[..]);
    prop_oneof![
        prop::collection::vec(pieces(), 0..40).prop_map(|it| it.concat()),
        (pieces(), 490..510usize, pieces()).prop_map(|(many, times, last)| many.repeat(times) + last),
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn folding_what_is_folded_changes_nothing(text in texts()) {
        let once = spelt(&text);
        prop_assert_eq!(spelt(&once), once.clone());
        prop_assert!(once.chars().count() <= 500);
        prop_assert_eq!(content_of_text(&text), content_of_text(&once));
    }

    #[test]
    fn what_differs_in_a_letter_differs(
        before in "[a-z1-9五-十 ]{0,40}", one in "[a-zA-Z0-9一-龥😀-😎]", other in "[a-zA-Z0-9一-龥😀-😎]", after in texts(),
    ) {
        let said = |letter: &str| content_of_text(&format!("{before}{letter} {after}"));
        prop_assert_eq!(said(&one) == said(&other), one == other);
    }

    #[test]
    fn normal_forms_ends_of_lines_and_entities_do_not_matter(text in any::<String>()) {
        use unicode_normalization::UnicodeNormalization as _;
        let same = [
            text.nfc().collect::<String>(),
            text.nfd().collect(),
            format!(" {}\r\n", text),
            text.replace('\n', "\r\n"),
            text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"),
        ];
        for other in same {
            prop_assert_eq!(content_of_text(&text), content_of_text(&other));
        }
    }
}
