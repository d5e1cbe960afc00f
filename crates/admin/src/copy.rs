//! A copy of the store while the team writes to it: sealed, as it lies on the disk, read by one at a time.

use std::{io, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use futures_util::stream;
use tokio::{
    fs::File,
    sync::{OwnedSemaphorePermit, Semaphore, mpsc},
    time::timeout,
};
use tokio_util::io::ReaderStream;

use ha_wechaty_team::{state::records::StoreHealth, view::NO_STORE};

/// How much of it is read at once.
const CHUNK: usize = 64 << 10;

/// How long making a copy may take.
const WITHIN: Duration = Duration::from_secs(600);

/// How long a piece of it may wait until it is read.
const UNREAD: Duration = Duration::from_secs(30);

/// Where copies are made.
#[derive(Debug, Clone)]
pub(super) struct Copies(Arc<Semaphore>);

impl Default for Copies {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }
}

impl Copies {
    /// The store as it is now; one copy lies on the disk until it is read, and no second one beside it.
    pub(super) async fn answer(&self, store: &StoreHealth) -> Response {
        let Some(kept) = store.kept() else { return (StatusCode::NOT_FOUND, NO_STORE).into_response() };
        let Ok(place) = self.0.clone().try_acquire_owned() else {
            let words = "another backup is being made: ask again when that is done\n";
            return (StatusCode::SERVICE_UNAVAILABLE, words).into_response();
        };
        let failed = |why: String| (StatusCode::INTERNAL_SERVER_ERROR, why + "\n").into_response();
        let file = match timeout(WITHIN, kept.journal.copy()).await {
            Ok(Ok(file)) => File::from_std(file),
            Ok(Err(why)) => return failed(why.to_string()),
            Err(_) => return failed(format!("the disk has not made a copy within {} s", WITHIN.as_secs())),
        };
        ([(header::CONTENT_TYPE, "application/vnd.sqlite3")], body(file, place)).into_response()
    }
}

/// The file as it is read, and with it the place of the one who asked: both are gone with the last byte, or once nobody has
/// read any for long. Of a copy that is broken off the answer has no end, so that nobody takes it for whole.
fn body(file: File, place: OwnedSemaphorePermit) -> Body {
    let (pieces, read) = mpsc::channel(1);
    tokio::spawn(async move {
        let _place = place;
        let mut file = ReaderStream::with_capacity(file, CHUNK);
        loop {
            let piece = futures_util::StreamExt::next(&mut file).await;
            let is_over = !matches!(piece, Some(Ok(_)));
            let given = timeout(UNREAD, pieces.send(piece)).await;
            if is_over || !matches!(given, Ok(Ok(()))) {
                return;
            }
        }
    });
    Body::from_stream(stream::unfold(Some(read), async |read| {
        let mut read = read?;
        match read.recv().await {
            Some(None) => None,
            Some(Some(Ok(piece))) => Some((Ok(piece), Some(read))),
            Some(Some(Err(error))) => Some((Err(error), None)),
            None => Some((Err(io::Error::from(io::ErrorKind::TimedOut)), None)),
        }
    }))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use http_body_util::BodyExt as _;

    use super::*;

    /// More than fits between the file and whoever reads.
    const SIZE: usize = 8 * CHUNK;

    fn file() -> File {
        let mut file = tempfile::tempfile().expect("a file");
        file.write_all(&[7; SIZE]).expect("there is room");
        std::io::Seek::rewind(&mut file).expect("it is a file");
        File::from_std(file)
    }

    async fn place(places: &Arc<Semaphore>) -> OwnedSemaphorePermit {
        places.clone().acquire_owned().await.expect("it is not closed")
    }

    #[tokio::test]
    async fn a_copy_is_whole_and_its_place_free_when_it_was_read() {
        let places = Arc::new(Semaphore::new(1));
        let read = body(file(), place(&places).await).collect().await.expect("whole").to_bytes();
        assert_eq!(read.len(), SIZE);
        drop(place(&places).await);
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_does_not_read_gives_up_the_place_and_is_told_that_it_is_not_whole() {
        let places = Arc::new(Semaphore::new(1));
        let unread = body(file(), place(&places).await);
        let began = tokio::time::Instant::now();
        drop(place(&places).await);
        assert!(began.elapsed() >= UNREAD);
        unread.collect().await.expect_err("it was broken off");
    }

    #[tokio::test]
    async fn whoever_hangs_up_gives_up_the_place() {
        let places = Arc::new(Semaphore::new(1));
        drop(body(file(), place(&places).await));
        drop(place(&places).await);
    }
}
