//! Discovery, both ways: what bots ask our directory, and what another one answers to us.

use ha_wechaty::fuzzing::{self, House};
use ha_wechaty_wire::Token;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    runtime::{Builder, Runtime},
};

use super::{BOTS, Shared, house, watched};

thread_local! {
    static HOUSE: Shared<House> = const { Shared::new() };
    static RUNTIME: Shared<Runtime> = const { Shared::new() };
}

/// What is said to our directory.
///
/// # Panics
/// Something does not hold.
pub fn asked(said: &[u8]) {
    let heard = HOUSE.with(|shared| {
        shared.with(usize::MAX, || house("off", ""), |house| watched(|| house.ask_directory(said)))
    });
    let heard = String::from_utf8(heard).expect("what the directory says is text");
    assert!(heard.is_empty() || heard.starts_with("HTTP/1."), "{heard}");
    assert!(!heard.contains("b0t_"), "no token is repeated: {heard}");
    let knows = BOTS.iter().any(|token| said.windows(token.len()).any(|it| it == token.as_bytes()));
    assert!(knows || !heard.contains("\"port\""), "only who has a token hears where the gateway is: {heard}");
}

/// What a directory answers to us.
///
/// # Panics
/// Something does not hold.
pub fn answered(answer: &[u8]) {
    let runtime = || Builder::new_current_thread().enable_all().build().expect("a runtime");
    let found = RUNTIME
        .with(|shared| shared.with(usize::MAX, runtime, |runtime| watched(|| runtime.block_on(ask(answer)))));
    match found {
        Ok((host, port)) => assert!(!host.is_empty() && port != 0, "{host}:{port}"),
        Err(why) => {
            assert!(why.len() < 1_000, "{why}");
            assert!(!why.contains("s3cr3t"), "{why}");
        }
    }
}

async fn ask(answer: &[u8]) -> Result<(String, u16), String> {
    let (ours, mut theirs) = tokio::io::duplex(1 << 20);
    let token = Token::new("insecure_s3cr3t");
    let directory = async {
        let mut asked = [0; 512];
        let _ = theirs.read(&mut asked).await;
        let _ = theirs.write_all(answer).await;
        drop(theirs);
    };
    tokio::join!(fuzzing::discover(ours, &token), directory).0
}
