//! What the fuzzer (`crates/fuzz`) reaches of the inside: doors, and no logic. Only with the feature `fuzzing`, and no
//! part of the public API.
//!
//! | module | the door |
//! |---|---|
//! | here | a configuration, begun with; names of hosts |
//! | `house` | a gateway whose accounts are scripts: calls, events, its ports |
//! | `puppet` | such an account, in memory |
#![allow(missing_docs, clippy::expect_used, reason = "it is for the fuzzer alone")]

mod house;
mod puppet;

use ha_wechaty_wire::Token;
use tokio::io::{AsyncRead, AsyncWrite};

use ha_wechaty_config::Config;
use ha_wechaty_team::{engine::new_team, state::sending::queue};

pub use house::{Called, House};
pub use puppet::Told;

pub use ha_wechaty_config::resolve_no_names;

/// Begins with a configuration as far as nothing outside is touched.
pub fn begin(config: &Config) {
    drop((new_team(config).0, queue(config, &[])));
}

/// Asks a directory, at the other end of this socket, where the service of a token is.
///
/// # Errors
/// Says why that is not known, as an operator reads it.
pub async fn discover<S>(socket: S, token: &Token) -> Result<(String, u16), String>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    ha_wechaty_transport::dial::discover_by(socket, token, "127.0.0.1")
        .await
        .map_err(|error| error.to_string())
}
