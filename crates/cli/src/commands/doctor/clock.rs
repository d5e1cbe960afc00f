//! This machine's clock: as far as it can be judged from here, without asking anybody.

use std::{
    path::Path,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use ha_wechaty_team::view::Remedy;

use crate::text::Finding;

const ABOUT: &str = "clock";
/// Before this program was written, in seconds since 1970: 1 January 2026.
const BEFORE: u64 = 1_767_225_600;
/// For how long it is watched whether it jumps, and how far it may run from the machine's own count.
const WATCHED: Duration = Duration::from_millis(500);
const JUMP: Duration = Duration::from_millis(250);
/// Where systemd notes that it is set by the network, once it was.
const TIMESYNC: &str = "/run/systemd/timesync";

/// Whether it may be right.
pub(super) async fn look() -> Vec<Finding> {
    let (began, wall) = (Instant::now(), SystemTime::now());
    tokio::time::sleep(WATCHED).await;
    let passed = wall.elapsed().map_err(|error| error.duration());
    vec![judge(wall, began.elapsed(), passed, synchronised(Path::new(TIMESYNC)))]
}

/// Whether the network has set it since the machine began, if systemd sees to that.
fn synchronised(folder: &Path) -> Option<bool> {
    folder.is_dir().then(|| folder.join("synchronized").exists())
}

fn judge(
    now: SystemTime,
    counted: Duration,
    passed: Result<Duration, Duration>,
    synchronised: Option<bool>,
) -> Finding {
    let shown = humantime::format_rfc3339_seconds(now);
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    if since.as_secs() < BEFORE {
        return Finding::wrong(ABOUT, format!("it shows {shown}, which was long ago"), Remedy::Clock);
    }
    let is_steady = passed.is_ok_and(|passed| passed.abs_diff(counted) <= JUMP);
    match (is_steady, synchronised) {
        (false, _) => Finding::odd(ABOUT, "it was set just now, or jumps", Remedy::Clock),
        (true, Some(false)) => {
            Finding::odd(ABOUT, format!("{shown}; the network has not set it yet"), Remedy::Clock)
        }
        (true, Some(true)) => Finding::well(ABOUT, format!("{shown}, set by the network")),
        (true, None) => Finding::well(ABOUT, format!("{shown}; nobody here says whether that is right")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Sort;

    #[test]
    fn a_clock_is_judged_by_what_it_shows_and_by_how_it_goes() {
        let now = UNIX_EPOCH + Duration::from_secs(BEFORE + 100);
        let second = Duration::from_secs(1);
        let sort = |now, passed, synchronised| judge(now, second, passed, synchronised).sort;
        assert_eq!(sort(now, Ok(second), None), Sort::Well);
        assert_eq!(sort(now, Ok(second), Some(false)), Sort::Odd);
        assert_eq!(sort(now, Ok(second * 3), Some(true)), Sort::Odd, "it jumps");
        assert_eq!(sort(now, Err(second), Some(true)), Sort::Odd, "it goes back");
        assert_eq!(sort(UNIX_EPOCH, Ok(second), Some(true)), Sort::Wrong);
        let folder = tempfile::tempdir().expect("a folder");
        assert_eq!(synchronised(&folder.path().join("none")), None);
        assert_eq!(synchronised(folder.path()), Some(false));
    }
}
