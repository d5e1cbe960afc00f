//! Answers `dong` to `ding`.

use std::sync::Arc;

use crate::{Error, HaWechaty, Message, Plugin};

/// Answers `dong` to `ding`, where it was asked: the shortest way to see whether a bot works.
///
/// ```
/// use ha_wechaty::{plugins::DingDong, prelude::*};
///
/// let ha = HaWechaty::builder()
///     .account(Account::service("insecure_x"))
///     .plugin(DingDong::new().only_when_mentioned())
///     .build()?;
/// # drop(ha);
/// # Ok::<(), ha_wechaty::config::ConfigError>(())
/// ```
#[derive(Debug, Clone)]
pub struct DingDong {
    ding: String,
    dong: String,
    only_when_mentioned: bool,
}

impl Default for DingDong {
    fn default() -> Self {
        Self { ding: "ding".to_owned(), dong: "dong".to_owned(), only_when_mentioned: false }
    }
}

impl DingDong {
    /// Answers everybody, everywhere.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers another text, with another text.
    pub fn words(mut self, ding: impl Into<String>, dong: impl Into<String>) -> Self {
        (self.ding, self.dong) = (ding.into(), dong.into());
        self
    }

    /// In rooms, answers only who mentions the team.
    pub fn only_when_mentioned(mut self) -> Self {
        self.only_when_mentioned = true;
        self
    }

    async fn answer(&self, message: Message) -> Result<(), Error> {
        let is_asked = message.room().is_none() || !self.only_when_mentioned || message.mentions_self();
        if message.is_self() || !is_asked || !message.text().contains(&self.ding) {
            return Ok(());
        }
        if message.text_without_mentions().await? == self.ding {
            message.reply(&self.dong).await?;
        }
        Ok(())
    }
}

impl Plugin for DingDong {
    fn name(&self) -> &'static str {
        "ding-dong"
    }

    fn install(self: Arc<Self>, ha: &HaWechaty) {
        ha.on_message(move |message| {
            let this = self.clone();
            async move { this.answer(message).await }
        });
    }
}
