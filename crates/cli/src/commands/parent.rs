//! The program that started this one, known by the pipe that it holds: our standard input.
//!
//! The system closes the pipe however that program ends, also by `kill -9`. A process id would not do: whoever adopts an orphan, and when, differs
//! between systems and inside containers.

use std::{
    io::{ErrorKind, Read as _},
    thread,
};

use tokio::sync::oneshot;

/// Ends once standard input is closed; what is written there is passed over.
///
/// A thread of its own reads, which the process does not wait for when it ends: Tokio's own would be waited for.
pub(super) fn gone() -> impl Future<Output = ()> {
    let (held, gone) = oneshot::channel::<()>();
    let read = move || {
        let _held = held;
        let (mut stdin, mut passed_over) = (std::io::stdin().lock(), [0; 1024]);
        loop {
            match stdin.read(&mut passed_over) {
                Ok(0) => return,
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    };
    let started = thread::Builder::new().name(String::from("parent")).spawn(read);
    async move {
        match started {
            // Nothing is ever sent: the other end goes when standard input does.
            Ok(_) => drop(gone.await),
            Err(error) => {
                tracing::error!(
                    "standard input can't be watched, so this program does not end with its parent: {error}"
                );
                std::future::pending::<()>().await;
            }
        }
    }
}
