//! What was shown, as an SVG picture for the README.

use std::fmt::Write as _;

use crate::text::{Ink, Line};

/// Of one character, in the picture's units.
const WIDTH: f64 = 8.4;
const HEIGHT: f64 = 19.0;
/// Around the text; the window's bar is above it.
const MARGIN: f64 = 16.0;
const BAR: f64 = 30.0;
const COLUMNS: f64 = 80.0;

/// A terminal's window with these lines.
pub(super) fn of(lines: &[Line]) -> String {
    let width = COLUMNS * WIDTH + 2.0 * MARGIN;
    let height = lines.len() as f64 * HEIGHT + BAR + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-label=\"ha-wechaty demo in a terminal\">\n\
         <style>text {{ font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace }}</style>\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#0d1117\"/>\n"
    );
    for (place, fill) in ["#ff5f57", "#febc2e", "#28c840"].iter().enumerate() {
        let x = MARGIN + 6.0 + place as f64 * 20.0;
        let _ = writeln!(svg, "<circle cx=\"{x}\" cy=\"18\" r=\"6\" fill=\"{fill}\"/>");
    }
    for (row, line) in lines.iter().enumerate() {
        let y = BAR + MARGIN + (row as f64 + 0.75) * HEIGHT;
        write_line(&mut svg, line, y);
    }
    svg.push_str("</svg>\n");
    svg
}

/// Each piece has its own place, so that a character of another width moves nothing after it.
fn write_line(svg: &mut String, line: &Line, y: f64) {
    let mut column = 0;
    for (ink, text) in &line.0 {
        let indent = text.chars().take_while(|c| *c == ' ').count();
        let shown = text.trim();
        if !shown.is_empty() {
            let x = MARGIN + (column + indent) as f64 * WIDTH;
            let (fill, weight) = look(*ink);
            // Writing to a String can't fail.
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{fill}\"{weight} textLength=\"{:.1}\">{}</text>",
                shown.chars().count() as f64 * WIDTH,
                escape(shown)
            );
        }
        column += text.chars().count();
    }
}

fn look(ink: Ink) -> (&'static str, &'static str) {
    const BOLD: &str = " font-weight=\"bold\"";
    match ink {
        Ink::Plain => ("#e6edf3", ""),
        Ink::Dim => ("#8b949e", ""),
        Ink::Bold => ("#ffffff", BOLD),
        Ink::Good => ("#3fb950", ""),
        Ink::Bad => ("#ff7b72", BOLD),
        Ink::Warn => ("#d29922", ""),
        Ink::Account(0) => ("#39c5cf", ""),
        Ink::Account(1) => ("#d2a8ff", ""),
        Ink::Account(_) => ("#79c0ff", ""),
    }
}

/// Spaces that no renderer takes for one.
fn escape(text: &str) -> String {
    text.replace(' ', "\u{a0}").replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_shows_every_piece_at_its_column() {
        let lines = vec![Line::new().put(Ink::Plain, "  a & b ").put(Ink::Bad, "<c>")];
        let svg = of(&lines);
        assert!(
            svg.contains(&format!("x=\"{:.1}\"", MARGIN + 2.0 * WIDTH))
                && svg.contains(">a\u{a0}&amp;\u{a0}b<")
        );
        assert!(svg.contains(&format!("x=\"{:.1}\"", MARGIN + 8.0 * WIDTH)) && svg.contains(">&lt;c&gt;<"));
    }
}
