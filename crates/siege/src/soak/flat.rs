//! What it means that something does not grow.
//!
//! The first tenth of a soak is not judged: caches fill then, and ages come round. Of the rest:
//!
//! * The slope is the median of the slopes between all pairs of samples (Theil–Sen): what happens now and then, and
//!   is over again, does not move it. Times the length of the rest it says how much was *added*.
//! * What the last third of the rest lies *above* the first third, by their medians, has to agree: both have to be larger
//!   than what is allowed, or else the thing is flat.
//! * Allowed is a tenth of the median over the rest, and a floor, below which a slope means nothing: 8 MiB of the process's
//!   memory, 256 KiB of bytes that the gateway counts, 64 things.
//! * What is over its limit at any time is wrong, however flat it is. What has a limit that it is meant to fill, since only
//!   its size makes it forget, may rise up to it.

use super::watch::{Series, Unit};

/// What remembers until it is full, by design, since it has no age, or is only tidied up then; and how many entries that is,
/// where it is not told by the gateway in bytes. All others have to be flat.
const FILLING: [(&str, Option<f64>); 6] = [
    ("sends", None),
    ("conversations", None),
    ("offered_files", None),
    ("table: fresh", Some(10_000.0)),
    ("table: late", Some(10_000.0)),
    // 1,024 whose streams have ended, and those that are open.
    ("table: origins", Some(1_100.0)),
];

const SHARE: f64 = 0.1;

/// What is to be said of one series.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) name: String,
    pub(super) unit: Unit,
    /// The median, and what it was at most, of the part that is judged.
    pub(super) level: f64,
    pub(super) most: f64,
    /// How much came to it in that part: the smaller of both figures.
    pub(super) added: f64,
    pub(super) allowed: f64,
    pub(super) limit: Option<f64>,
    pub(super) verdict: Verdict,
}

/// Whether it grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Flat,
    /// It rises to a limit that it is meant to fill.
    Filling,
    Grows,
    OverLimit,
}

/// Judges the samples of a soak of this length, in seconds.
pub(super) fn judge(name: &str, series: &Series, length: f64) -> Row {
    let rest: Vec<(f64, f64)> =
        series.samples.iter().copied().filter(|(at, _)| *at >= length / 10.0).collect();
    let values = |part: &[(f64, f64)]| part.iter().map(|(_, value)| *value).collect::<Vec<_>>();
    let (level, third) = (median(values(&rest)), rest.len() / 3);
    let above = median(values(&rest[rest.len() - third..])) - median(values(&rest[..third]));
    let added = (slope(&rest) * length * 0.9).min(above);
    let most = values(&rest).into_iter().fold(0.0, f64::max);
    let floor = match series.unit {
        Unit::Resident => 8.0 * 1_048_576.0,
        Unit::Bytes => 256.0 * 1_024.0,
        Unit::Count => 64.0,
    };
    let allowed = level * SHARE + floor;
    let filling = FILLING.iter().find(|(it, _)| name == *it || name == format!("bytes of {it}"));
    let limit = series.limit.or(filling.and_then(|(_, entries)| *entries));
    let verdict = match limit {
        Some(limit) if most > limit => Verdict::OverLimit,
        _ if added <= allowed => Verdict::Flat,
        _ if filling.is_some() => Verdict::Filling,
        _ => Verdict::Grows,
    };
    Row { name: name.to_owned(), unit: series.unit, level, most, added, allowed, limit, verdict }
}

/// Prints a line for each; says whether all is well.
pub(super) fn print(rows: &[Row]) -> bool {
    println!(
        "\n{:<34} {:>12} {:>12} {:>12} {:>12} {:>12}",
        "after the first tenth", "median", "most", "added", "allowed", "limit"
    );
    for row in rows {
        let shown = |value: f64| shown(row.unit, value);
        let verdict = match row.verdict {
            Verdict::Flat => "flat",
            Verdict::Filling => "fills",
            Verdict::Grows => "GROWS",
            Verdict::OverLimit => "OVER ITS LIMIT",
        };
        println!(
            "{:<34} {:>12} {:>12} {:>12} {:>12} {:>12}  {verdict}",
            row.name,
            shown(row.level),
            shown(row.most),
            shown(row.added),
            shown(row.allowed),
            row.limit.map_or_else(|| "-".to_owned(), shown),
        );
    }
    rows.iter().all(|row| matches!(row.verdict, Verdict::Flat | Verdict::Filling))
}

pub(super) fn shown(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Resident | Unit::Bytes if value.abs() >= 1_048_576.0 => {
            format!("{:.1} MiB", value / 1_048_576.0)
        }
        Unit::Resident | Unit::Bytes => format!("{:.1} KiB", value / 1_024.0),
        Unit::Count => format!("{value:.0}"),
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// The median of the slopes between all pairs.
fn slope(samples: &[(f64, f64)]) -> f64 {
    let pairs = samples.iter().enumerate().flat_map(|(place, (from, low))| {
        samples[place + 1..].iter().map(move |(to, high)| (high - low) / (to - from))
    });
    median(pairs.filter(|it| it.is_finite()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A soak of 1,000 seconds whose memory is told by a function of the time.
    fn verdict(memory: impl Fn(f64) -> f64, limit: Option<f64>) -> Verdict {
        let samples = (0..1_000).map(|at| (f64::from(at), memory(f64::from(at)))).collect();
        judge("process: memory", &Series { unit: Unit::Resident, limit, samples }, 1_000.0).verdict
    }

    const MIB: f64 = 1_048_576.0;

    #[test]
    fn what_fills_in_the_first_tenth_and_what_comes_and_goes_is_flat() {
        assert_eq!(verdict(|at| 100.0 * MIB * (at / 100.0).min(1.0), None), Verdict::Flat);
        assert_eq!(verdict(|at| 100.0 * MIB * if at % 40.0 < 10.0 { 3.0 } else { 1.0 }, None), Verdict::Flat);
        // One step up in the end, as when a burst is under way.
        assert_eq!(verdict(|at| 100.0 * MIB * if at > 950.0 { 9.0 } else { 1.0 }, None), Verdict::Flat);
    }

    #[test]
    fn what_leaks_a_little_is_seen_through_all_noise() {
        let mut rng = fastrand::Rng::with_seed(7);
        let noise: Vec<f64> = (0..1_000).map(|_| rng.f64() * 30.0).collect();
        let leaking = |share: f64| {
            let noise = &noise;
            move |at: f64| (100.0 + noise[at as usize] + share * at / 10.0) * MIB
        };
        assert_eq!(verdict(leaking(0.0), None), Verdict::Flat);
        assert_eq!(verdict(leaking(0.5), None), Verdict::Grows);
    }

    #[test]
    fn what_is_over_its_limit_is_wrong_however_flat() {
        assert_eq!(verdict(|_| 100.0 * MIB, Some(100.0 * MIB)), Verdict::Flat);
        assert_eq!(
            verdict(|at| if at == 500.0 { 101.0 * MIB } else { MIB }, Some(100.0 * MIB)),
            Verdict::OverLimit
        );
    }
}
