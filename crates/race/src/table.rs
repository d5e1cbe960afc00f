//! The figures as people read them.

use crate::{contender::Kind, figures::Row, report::peer};

/// A line for each contender of a scenario.
pub(crate) fn table(rows: &[Row]) -> Vec<String> {
    let head = [
        "µs/call",
        "×HAProxy",
        "×direct",
        "×stock",
        "calls/s",
        "p50 µs",
        "p99 µs",
        "p99.9 µs",
        "p99×HAP",
        "MiB",
    ];
    let head = head.map(|it| format!("{it:>10}")).concat();
    let mut lines = Vec::new();
    for (place, row) in rows.iter().enumerate() {
        if place == 0 || rows[place - 1].scenario != row.scenario {
            lines.push(String::new());
            lines.push(format!("{:<34}{head}", row.scenario.name()));
        }
        lines.push(line(rows, row));
    }
    lines
}

fn line(rows: &[Row], row: &Row) -> String {
    let it = row.figures;
    let ratios = |kind: Kind| peer(rows, row, kind).map(|other| it.over(&other));
    let ratio = |of: Option<f64>| of.map_or_else(String::new, |it| format!("{it:.2}"));
    let whole = |figure: f64| format!("{figure:.0}");
    let processor = |kind: Kind| ratio(ratios(kind).map(|it| it.processor));
    let peak = it.peak.map_or_else(String::new, |peak| format!("{:.1}", peak as f64 / f64::from(1 << 20)));
    let goal = row.scenario.goal(row.kind).map(|(most, of)| {
        let of = if of == Kind::Stock { "stock" } else { "HAP" };
        format!("≤{most:.2}×{of}")
    });
    let columns = [
        format!("{:.1}", it.processor),
        processor(Kind::Haproxy),
        processor(Kind::Direct),
        processor(Kind::Stock),
        whole(it.calls_per_second),
        whole(it.p50),
        whole(it.p99),
        whole(it.p999),
        ratio(ratios(Kind::Haproxy).map(|it| it.p99)),
        peak,
        goal.unwrap_or_default(),
    ];
    format!("  {:<32}{}", row.kind.name(), columns.map(|it| format!("{it:>10}")).concat())
        .trim_end()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{contender::Shape, figures::Figures, scenario::Scenario};

    #[test]
    fn each_stands_beside_those_of_its_own_scenario() {
        let row = |scenario, kind, processor| {
            let figures =
                Figures { processor, calls_per_second: 1.0, p50: 1.0, p99: 1.0, p999: 1.0, peak: None };
            Row { scenario, kind, figures }
        };
        let gateway = Kind::Gateway(Shape::of(1));
        let rows = [
            row(Scenario::Send, Kind::Haproxy, 10.0),
            row(Scenario::Send, gateway, 25.0),
            row(Scenario::Contact, Kind::Direct, 5.0),
            row(Scenario::Contact, gateway, 25.0),
        ];
        let lines = table(&rows);
        let words = |place: usize| lines[place].split_whitespace().collect::<Vec<_>>();
        assert_eq!(words(3)[3..5], ["25.0", "2.50"]);
        assert_eq!(words(3).last(), Some(&"≤2.00×HAP"));
        // Nobody is there to be compared with but who is direct.
        assert_eq!((words(5)[0], words(7)[3], words(7)[4]), ("contact", "25.0", "5.00"));
    }
}
