//! A team that changes while it works: what an operator types adds accounts to it, and removes them.
//!
//! `cargo run -p ha-wechaty --example add_remove -- north=insecure_north@127.0.0.1:18801`, and then
//!
//! ```text
//! add south=insecure_south@127.0.0.1:18802
//! remove north
//! ```

use std::{
    io::{self, Write as _},
    thread,
};

use ha_wechaty::{Builder, config::ConfigError, plugins::DingDong, prelude::*};

pub(crate) fn bot(team: Builder) -> Result<HaWechaty, ConfigError> {
    team.plugin(DingDong::new()).build()
}

/// Does what a line says; tells how the team stands then.
pub(crate) async fn obey(ha: &HaWechaty, line: &str) -> Result<String, Box<dyn std::error::Error>> {
    match line.trim().split_once(' ') {
        Some(("add", account)) => ha.add(account.parse()?).await?,
        Some(("remove", name)) => ha.remove(name).await?,
        _ => return Err("write: add NAME=TOKEN@HOST:PORT, or: remove NAME".into()),
    }
    let accounts = ha.nodes().await?;
    let accounts: Vec<String> = accounts.iter().map(|it| format!("{}: {}", it.name, it.text)).collect();
    Ok(accounts.join("; "))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let ha = bot(HaWechaty::from_env().account_args(std::env::args().skip(1)))?;
    let (team, runtime) = (ha.clone(), tokio::runtime::Handle::current());
    // A thread of its own: whoever does not type must not keep the team from ending.
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(Result::ok) {
            let stands = runtime.block_on(obey(&team, &line)).unwrap_or_else(|error| error.to_string());
            // Whoever does not listen may still type.
            let _ = writeln!(io::stdout(), "{stands}");
        }
    });
    ha.run().await?;
    Ok(())
}
