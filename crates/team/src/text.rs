//! Words for people.

use std::time::Duration;

/// Seconds, in the largest units that say enough: `3m 20s`.
pub fn human(seconds: f64) -> String {
    let seconds = if seconds < 1.0 { return format!("{:.0}ms", seconds * 1e3) } else { seconds as u64 };
    let text = humantime::format_duration(Duration::from_secs(seconds)).to_string();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}
