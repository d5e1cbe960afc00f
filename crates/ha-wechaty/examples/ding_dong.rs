//! The smallest bot: whoever says `ding` is answered `dong`, by whichever account is well.
//!
//! `cargo run -p ha-wechaty --example ding_dong -- north=insecure_north@127.0.0.1:18801 south=…`

use ha_wechaty::{Builder, prelude::*};

pub(crate) fn bot(team: Builder) -> Result<HaWechaty, Box<dyn std::error::Error>> {
    let ha = team.name("ding-dong").build()?;
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
    let accounts = std::env::args().skip(1).map(|it| it.parse()).collect::<Result<Vec<Account>, _>>()?;
    bot(HaWechaty::builder().accounts(accounts))?.run().await?;
    Ok(())
}
