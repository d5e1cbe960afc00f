//! Tables.

/// Rows under a head, in columns.
pub fn table<const N: usize>(head: &[String; N], rows: &[[String; N]]) -> Vec<String> {
    let width =
        |column: usize| rows.iter().chain([head]).map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[String; N]| {
        let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    [head].into_iter().chain(rows).map(line).collect()
}
