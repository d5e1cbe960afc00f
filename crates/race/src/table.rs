//! The figures as people read them.

use crate::{
    contender::Kind,
    figures::{Figures, Row},
};

/// A line for each contender of a scenario.
pub(crate) fn table(rows: &[Row]) -> Vec<String> {
    let head = ["µs/call", "×HAProxy", "calls/s", "p50 µs", "p99 µs", "p99.9 µs", "p99 ×HAP", "peak MiB"];
    let head = head.map(|it| format!("{it:>10}")).concat();
    let mut lines = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        if place == 0 || rows[place - 1].scenario != row.scenario {
            lines.push(String::new());
            lines.push(format!("{:<34}{head}", row.scenario.name()));
        }
        let beside = rows.iter().find(|it| it.scenario == row.scenario && it.kind == Kind::Haproxy);
        lines.push(line(row, beside.map(|it| it.figures)));
    }
    lines
}

fn line(row: &Row, haproxy: Option<Figures>) -> String {
    let it = row.figures;
    let ratio = |figure: fn(&Figures) -> f64| match haproxy {
        Some(beside) => format!("{:.2}", figure(&it) / figure(&beside)),
        None => String::new(),
    };
    let peak = it.peak.map_or_else(String::new, |peak| format!("{:.1}", peak as f64 / f64::from(1 << 20)));
    let columns = [
        format!("{:.1}", it.processor),
        ratio(|it| it.processor),
        format!("{:.0}", it.calls_per_second),
        format!("{:.0}", it.p50),
        format!("{:.0}", it.p99),
        format!("{:.0}", it.p999),
        ratio(|it| it.p99),
        peak,
    ];
    format!("  {:<32}{}", row.kind.name(), columns.map(|it| format!("{it:>10}")).concat())
}
