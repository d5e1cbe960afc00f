//! When the process is to end.

use tokio::signal::unix::{SignalKind, signal};

/// Ends when the process is told to end; it is heard from now on.
///
/// # Errors
/// The system lets nobody hear of it.
pub fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => tracing::info!("SIGTERM: stopping"),
            _ = int.recv() => tracing::info!("SIGINT: stopping"),
        }
    })
}
