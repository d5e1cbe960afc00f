//! Waiting for what must come: a test waits for a condition, never for time, and says what it waited for in vain.

use std::time::Duration;

use tokio::time::{sleep, timeout};

/// Nothing that a test waits for takes this long unless it is broken.
pub const DEADLINE: Duration = Duration::from_secs(20);
/// How often a condition is looked at.
pub(crate) const OFTEN: Duration = Duration::from_millis(5);

/// Waits for something that must come.
///
/// # Panics
/// It does not come by [`DEADLINE`].
pub async fn within<T>(what: &str, wait: impl Future<Output = T>) -> T {
    timeout(DEADLINE, wait).await.unwrap_or_else(|_| panic!("in vain: {what}"))
}

/// Waits for a condition.
///
/// # Panics
/// It is not met by [`DEADLINE`].
pub async fn until(what: &str, condition: impl FnMut() -> bool) {
    assert!(comes(condition).await, "in vain: {what}");
}

/// Waits for what a condition gives.
///
/// # Panics
/// It gives nothing by [`DEADLINE`].
pub async fn until_some<T>(what: &str, condition: impl AsyncFnMut() -> Option<T>) -> T {
    until_some_by(DEADLINE, what, condition).await
}

/// The same where things take their time, by another deadline.
///
/// # Panics
/// It gives nothing by then.
pub async fn until_some_by<T>(
    deadline: Duration,
    what: &str,
    mut condition: impl AsyncFnMut() -> Option<T>,
) -> T {
    let wait = async {
        loop {
            if let Some(done) = condition().await {
                return done;
            }
            sleep(OFTEN).await;
        }
    };
    timeout(deadline, wait).await.unwrap_or_else(|_| panic!("in vain: {what}"))
}

/// Whether a condition is met by [`DEADLINE`].
pub(crate) async fn comes(mut condition: impl FnMut() -> bool) -> bool {
    let wait = async {
        while !condition() {
            sleep(OFTEN).await;
        }
    };
    timeout(DEADLINE, wait).await.is_ok()
}
