//! A login's QR code as a picture: for a terminal, and for pages.

use qrcode::{
    QrCode,
    render::{svg, unicode::Dense1x2},
};
use thiserror::Error;

/// A text that no QR code can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a text of {0} bytes is too long for a QR code")]
pub struct CodeTooLong(usize);

/// A module's edge in a PNG, in pixels.
#[cfg(feature = "png")]
const EDGE: usize = 8;
/// The empty margin that scanners need, in modules.
#[cfg(feature = "png")]
const MARGIN: usize = 4;
/// The smallest edge of an SVG, in pixels; whoever shows it sizes it.
const SMALLEST: u32 = 240;

fn code(text: &str) -> Result<QrCode, CodeTooLong> {
    QrCode::new(text).map_err(|_| CodeTooLong(text.len()))
}

/// As lines for a terminal, light on dark, two modules in a character's height.
///
/// # Errors
/// The text is too long.
pub fn terminal(text: &str) -> Result<String, CodeTooLong> {
    let picture = code(text)?;
    // Terminals are dark: what is drawn is what is light.
    Ok(picture.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build())
}

/// How many columns of a terminal that takes.
///
/// # Errors
/// The text is too long.
pub fn columns(text: &str) -> Result<usize, CodeTooLong> {
    Ok(terminal(text)?.lines().map(|line| line.chars().count()).max().unwrap_or_default())
}

/// As an SVG, black on white whatever is around it.
///
/// # Errors
/// The text is too long.
pub fn svg(text: &str) -> Result<String, CodeTooLong> {
    let (dark, light) = (svg::Color("#000"), svg::Color("#fff"));
    let picture = code(text)?;
    Ok(picture
        .render::<svg::Color<'_>>()
        .min_dimensions(SMALLEST, SMALLEST)
        .dark_color(dark)
        .light_color(light)
        .build())
}

/// As a PNG of one bit a pixel.
///
/// # Errors
/// The text is too long.
#[cfg(feature = "png")]
pub fn png(text: &str) -> Result<Vec<u8>, CodeTooLong> {
    let code = code(text)?;
    let modules = code.width() + 2 * MARGIN;
    let is_dark = |x: usize, y: usize| {
        let inside = |at: usize| at.checked_sub(MARGIN).filter(|at| *at < code.width());
        inside(x).zip(inside(y)).is_some_and(|at| code[at] == qrcode::Color::Dark)
    };
    let row = |y: usize| {
        let mut row = vec![0_u8; (modules * EDGE).div_ceil(8)];
        for at in (0..modules * EDGE).filter(|at| !is_dark(at / EDGE, y)) {
            if let Some(byte) = row.get_mut(at / 8) {
                *byte |= 0x80 >> (at % 8);
            }
        }
        row
    };
    let pixels: Vec<u8> = (0..modules).flat_map(|y| std::iter::repeat_n(row(y), EDGE)).flatten().collect();
    let edge = u32::try_from(modules * EDGE).unwrap_or_default();
    let mut file = Vec::new();
    let mut picture = png::Encoder::new(&mut file, edge, edge);
    picture.set_color(png::ColorType::Grayscale);
    picture.set_depth(png::BitDepth::One);
    let written = picture.write_header().and_then(|mut it| it.write_image_data(&pixels));
    // Memory takes what is written, and the size is that of the pixels.
    written.map_err(|_| CodeTooLong(text.len()))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As providers give them, and one that is long.
    fn texts() -> [String; 3] {
        let long = format!("https://login.weixin.qq.com/l/{}", "x".repeat(300));
        [String::from("http://weixin.qq.com/x/4f9c2f6d0a"), String::from("微信 é \"quoted\" <b>&amp;"), long]
    }

    /// What a scanner reads in a picture of so many columns, row by row.
    fn read(width: usize, luma: &[u8]) -> String {
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(width, luma.len() / width, |x, y| {
            luma[y * width + x]
        });
        let grids = picture.detect_grids();
        assert_eq!(grids.len(), 1, "one code is seen");
        grids[0].decode().expect("it can be read").1
    }

    #[test]
    fn what_a_terminal_shows_is_read_as_the_text() {
        for text in texts() {
            let shown = terminal(&text).expect("it fits");
            let lines: Vec<Vec<char>> = shown.lines().map(|line| line.chars().collect()).collect();
            let width = columns(&text).expect("it fits");
            // Each character is two pixels, one above the other; a scanner sees each some pixels wide.
            let scale = 4;
            let luma = |x: usize, y: usize| {
                let (x, y) = (x / scale, y / scale);
                let is_lit = match lines[y / 2].get(x).copied().unwrap_or(' ') {
                    '█' => true,
                    '▀' => y % 2 == 0,
                    '▄' => y % 2 == 1,
                    _ => false,
                };
                if is_lit { 255 } else { 0 }
            };
            let (wide, high) = (width * scale, lines.len() * 2 * scale);
            let seen: Vec<u8> =
                (0..high).flat_map(|y| (0..wide).map(move |x| (x, y))).map(|(x, y)| luma(x, y)).collect();
            assert_eq!(read(wide, &seen), text);
        }
    }

    #[test]
    fn what_an_svg_shows_is_read_as_the_text() {
        for text in texts() {
            let shown = svg(&text).expect("it fits");
            assert!(!shown.contains("style") && !shown.contains("script"), "{shown}");
            let size = |name: &str| -> usize {
                let from = shown.split(&format!("{name}=\"")).nth(1).expect("a size");
                from.split('"').next().and_then(|it| it.parse().ok()).expect("a number")
            };
            let width = size("width");
            // It is one path of rectangles: `M x y h w v h H x V y`.
            let path = shown.split(" d=\"").nth(1).and_then(|it| it.split('"').next()).expect("a path");
            let mut seen = vec![255_u8; width * size("height")];
            for part in path.split('M').skip(1) {
                let numbers: Vec<usize> =
                    part.split(|it: char| !it.is_ascii_digit()).filter_map(|it| it.parse().ok()).collect();
                let [x, y, wide, high, ..] = numbers[..] else { panic!("{part}") };
                for at in (y..y + high).flat_map(|y| (x..x + wide).map(move |x| y * width + x)) {
                    seen[at] = 0;
                }
            }
            assert_eq!(read(width, &seen), text);
        }
    }

    #[cfg(feature = "png")]
    #[test]
    fn what_a_png_shows_is_read_as_the_text() {
        for text in texts() {
            let file = png(&text).expect("it fits");
            let mut decoder = png::Decoder::new(std::io::Cursor::new(&file));
            decoder.set_transformations(png::Transformations::EXPAND);
            let mut reader = decoder.read_info().expect("a picture");
            let mut seen = vec![0; reader.output_buffer_size().expect("it is small")];
            let info = reader.next_frame(&mut seen).expect("a picture");
            assert_eq!(read(info.width as usize, &seen[..info.buffer_size()]), text);
        }
    }

    #[test]
    fn what_no_code_can_hold_is_refused() {
        let long = "x".repeat(3_000);
        assert_eq!(svg(&long), Err(CodeTooLong(3_000)));
        assert_eq!(
            terminal(&long).unwrap_err().to_string(),
            "a text of 3000 bytes is too long for a QR code"
        );
    }
}
