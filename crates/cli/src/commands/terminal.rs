//! How wide a terminal is: a line that is drawn over itself must fit, or it is left behind at each turn.

use std::os::fd::AsFd;

/// Its columns, if it is a terminal that says so.
pub(crate) fn columns(terminal: impl AsFd) -> Option<usize> {
    let size = rustix::termios::tcgetwinsize(terminal).ok()?;
    Some(usize::from(size.ws_col)).filter(|columns| *columns > 0)
}

/// Its columns and rows, if it is a terminal that says so.
pub(super) fn size(terminal: impl AsFd) -> Option<(usize, usize)> {
    let size = rustix::termios::tcgetwinsize(terminal).ok()?;
    Some((usize::from(size.ws_col), usize::from(size.ws_row)))
        .filter(|(columns, rows)| *columns > 0 && *rows > 0)
}

/// As much of a line as fits; one column stays free, so that no terminal goes on to the next row.
pub(super) fn cut(line: &str, columns: Option<usize>) -> String {
    let room = columns.map_or(usize::MAX, |columns| columns.saturating_sub(1));
    line.chars().take(room).collect()
}
