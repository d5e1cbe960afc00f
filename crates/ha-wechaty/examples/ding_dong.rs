//! The smallest bot: whoever says `ding` is answered `dong`, by whichever account is well.
//!
//! `cargo run -p ha-wechaty --example ding_dong -- north=insecure_north@127.0.0.1:18801 south=…`

use ha_wechaty::{Builder, config::ConfigError, plugins::QrTerminal, prelude::*};

pub(crate) fn bot(team: Builder) -> Result<HaWechaty, ConfigError> {
    let ha = team.plugin(QrTerminal::new()).build()?;
    ha.on_message(|message| async move {
        if message.text() == "ding" && !message.is_self() {
            message.reply("dong").await?;
        }
        Ok::<_, Error>(())
    });
    Ok(ha)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    bot(HaWechaty::from_env().account_args(std::env::args().skip(1)))?.run().await?;
    Ok(())
}
