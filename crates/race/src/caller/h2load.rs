//! As many calls as there can be, by `h2load`.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result, ensure};

use super::{Ask, Door, Flood, Load};
use crate::process;

/// Calls for so many whole seconds. The body is written to the folder.
pub(super) async fn flood(
    door: &Door,
    ask: &Ask,
    (bytes, token): (&[u8], &str),
    load: Load,
    lasts: Duration,
    folder: &Path,
) -> Result<Flood> {
    let body = folder.join("body");
    std::fs::write(&body, bytes)?;
    let mut h2load = process::command("h2load");
    h2load.args(["-t1", "-c", &load.connections.to_string(), "-m", &load.at_once.to_string()]);
    h2load.args(["-D", &lasts.as_secs().to_string(), "-d"]).arg(&body);
    h2load.args(["-H", "content-type: application/grpc", "-H", "te: trailers"]);
    h2load.args(["-H", &format!("authorization: Wechaty {token}")]);
    h2load.arg(format!("{}://{}{}", door.scheme(), door.address, ask.path()));
    let done = h2load.output().await.context("h2load can't be run")?;
    let told = String::from_utf8_lossy(&done.stdout);
    ensure!(done.status.success(), "h2load failed: {told}{}", String::from_utf8_lossy(&done.stderr));
    read(&told).with_context(|| format!("h2load says something else: {told}"))
}

/// What it says at the end.
fn read(told: &str) -> Option<Flood> {
    let number = |line: &str, unit: &str| {
        let line = told.lines().find_map(|it| it.strip_prefix(line))?;
        let part = line.split(',').find_map(|it| it.trim().strip_suffix(unit))?;
        part.trim().parse::<f64>().ok()
    };
    let calls = number("requests: ", " succeeded")?;
    (calls > 0.0).then_some(())?;
    Some(Flood { calls: calls as u64, per_second: number("finished in ", " req/s")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_h2load_says_at_the_end_is_read() {
        let told = "\nfinished in 2.00s, 12345.50 req/s, 1.21MB/s\nrequests: 24691 total, 24819 started, 24691 done, \
                    24690 succeeded, 1 failed, 0 errored, 0 timeout\nstatus codes: 24691 2xx";
        assert_eq!(read(told), Some(Flood { calls: 24_690, per_second: 12_345.5 }));
        assert_eq!(read(&told.replace("24690 succeeded", "0 succeeded")), None);
    }
}
