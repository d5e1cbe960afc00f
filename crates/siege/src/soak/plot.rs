//! The samples as a picture: a small diagram for each series, in one file that every browser shows.

use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::{
    chart::ChartBuilder,
    prelude::{BLACK, BLUE, Color as _, IntoDrawingArea as _, LineSeries, RED, SVGBackend, WHITE},
};

use super::{
    flat::{Row, Verdict, shown},
    watch::Watch,
};

const COLUMNS: usize = 4;
const WIDTH: u32 = 360;
const HEIGHT: u32 = 150;

/// Draws all of them.
pub(super) fn draw(path: &Path, watch: &Watch, rows: &[Row]) -> Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let lines = watch.series.len().div_ceil(COLUMNS);
    let size = (WIDTH * COLUMNS as u32, HEIGHT * lines as u32);
    let whole = SVGBackend::new(path, size).into_drawing_area();
    let failed = |error: &dyn std::fmt::Display| anyhow!("the plot can't be drawn: {error}");
    whole.fill(&WHITE).map_err(|error| failed(&error))?;
    for (area, ((name, series), row)) in
        whole.split_evenly((lines, COLUMNS)).iter().zip(watch.series.iter().zip(rows))
    {
        let end = series.samples.last().map_or(1.0, |(at, _)| *at);
        let top = series.samples.iter().map(|(_, value)| *value).fold(1.0, f64::max) * 1.1;
        let colour = match row.verdict {
            Verdict::Flat | Verdict::Filling => BLUE,
            Verdict::Grows | Verdict::OverLimit => RED,
        };
        let mut chart = ChartBuilder::on(area)
            .caption(name, ("sans-serif", 13, &BLACK))
            .margin(6)
            .x_label_area_size(18)
            .y_label_area_size(58)
            .build_cartesian_2d(0.0..end / 60.0, 0.0..top)
            .map_err(|error| failed(&error))?;
        chart
            .configure_mesh()
            .disable_mesh()
            .x_labels(6)
            .y_labels(4)
            .x_label_formatter(&|minutes| format!("{minutes:.0} min"))
            .y_label_formatter(&|value| shown(series.unit, *value))
            .draw()
            .map_err(|error| failed(&error))?;
        let points = series.samples.iter().map(|(at, value)| (at / 60.0, *value));
        chart.draw_series(LineSeries::new(points, colour.stroke_width(1))).map_err(|error| failed(&error))?;
    }
    whole.present().map_err(|error| failed(&error))
}
