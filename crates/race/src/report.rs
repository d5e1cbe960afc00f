//! The figures for programs, and as a picture.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::{Context as _, Result, anyhow};
use plotters::{
    prelude::{
        BLACK, Color as _, DrawingArea, IntoDrawingArea as _, RGBColor, Rectangle, SVGBackend, Text, WHITE,
    },
    style::{IntoFont as _, TextStyle},
};
use serde_json::json;

use crate::{
    contender::Kind,
    figures::{Figures, Row},
    race::Plan,
};

const WIDTH: u32 = 920;
/// The height of a line, and where bars begin and end.
const LINE: i32 = 22;
const BARS: (i32, i32) = (250, 760);

/// Writes all of them, with what each is beside those of others in the same scenario.
pub(crate) fn json(path: &Path, rows: &[Row], plan: Plan<'_>) -> Result<()> {
    let of = |row: &Row| {
        let beside = [("haproxy", Kind::Haproxy), ("direct", Kind::Direct), ("stock", Kind::Stock)];
        let ratios: BTreeMap<_, _> = beside
            .into_iter()
            .filter_map(|(name, kind)| Some((name, row.figures.over(&peer(rows, row, kind)?))))
            .collect();
        json!({
            "scenario": row.scenario.name(), "contender": row.kind.name(), "figures": row.figures, "ratio_to": ratios,
        })
    };
    let all: Vec<_> = rows.iter().map(of).collect();
    let text = json!({ "rounds": plan.rounds, "seconds": plan.lasts.as_secs(), "rows": all });
    written(path, &serde_json::to_string_pretty(&text)?)
}

/// The figures of another in the same scenario.
pub(crate) fn peer(rows: &[Row], row: &Row, kind: Kind) -> Option<Figures> {
    rows.iter().find(|it| it.scenario == row.scenario && it.kind == kind).map(|it| it.figures)
}

/// Draws the time of processors for a call: a bar for each contender, a block for each scenario.
pub(crate) fn svg(path: &Path, rows: &[Row]) -> Result<()> {
    let mut drawn = String::new();
    draw(&mut drawn, rows).map_err(|error| anyhow!("the picture can't be drawn: {error}"))?;
    written(path, &drawn)
}

fn written(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).with_context(|| path.display().to_string())
}

fn draw(to: &mut String, rows: &[Row]) -> Result<(), Box<dyn std::error::Error>> {
    let is_first = |place: usize| place == 0 || rows[place - 1].scenario != rows[place].scenario;
    let blocks = (0..rows.len()).filter(|place| is_first(*place)).count();
    let height = LINE * (rows.len() + 2 * blocks + 1) as i32;
    let whole = SVGBackend::with_string(to, (WIDTH, height.unsigned_abs())).into_drawing_area();
    whole.fill(&WHITE)?;
    let mut y = LINE / 2;
    for (place, row) in rows.iter().enumerate() {
        if is_first(place) {
            y += LINE / 2;
            let title = format!("{}: µs of processor for each", row.scenario.name());
            whole.draw(&Text::new(title, (10, y), style(15)))?;
            y += LINE + LINE / 2;
        }
        bar(&whole, rows, row, y)?;
        y += LINE;
    }
    Ok(whole.present()?)
}

fn bar(
    whole: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
    rows: &[Row],
    row: &Row,
    y: i32,
) -> Result<(), Box<dyn std::error::Error>> {
    let most = rows.iter().filter(|it| it.scenario == row.scenario).map(|it| it.figures.processor);
    let share = row.figures.processor / most.fold(f64::MIN_POSITIVE, f64::max);
    let end = BARS.0 + (f64::from(BARS.1 - BARS.0) * share).round() as i32;
    let colour = match row.kind {
        Kind::Gateway(_) => RGBColor(7, 193, 96),
        Kind::Beside(_) => RGBColor(140, 220, 170),
        Kind::Direct | Kind::Haproxy | Kind::Nginx => RGBColor(120, 130, 150),
        Kind::Stock | Kind::Relay => RGBColor(200, 170, 90),
    };
    whole.draw(&Text::new(row.kind.name(), (24, y), style(13)))?;
    whole.draw(&Rectangle::new([(BARS.0, y), (end, y + LINE - 7)], colour.filled()))?;
    let ratio = peer(rows, row, Kind::Haproxy).map(|it| row.figures.over(&it).processor);
    let ratio = ratio.map_or_else(String::new, |it| format!(" ({it:.2} × HAProxy)"));
    let figure = format!("{:.1}{ratio}", row.figures.processor);
    Ok(whole.draw(&Text::new(figure, (end + 6, y), style(13)))?)
}

fn style(size: u32) -> TextStyle<'static> {
    ("sans-serif", size).into_font().color(&BLACK)
}
