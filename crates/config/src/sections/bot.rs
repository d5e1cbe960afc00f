//! Who may connect: a table `[[bot]]` for each.

use ha_wechaty_core::BotMode;
use ha_wechaty_wire::Token;

use super::{Effect, Item, Live, Tokenless, WhenUnsure};
use crate::{
    Config,
    reader::{Field, FromField, Keys, Rules},
};

/// A program that may connect. Key `bot`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct BotConfig {
    /// Its name, for people.
    pub name: String,
    /// What it shows when it connects.
    pub token: Token,
    /// From where it may connect without its token, on a plaintext port; none: from nowhere. Of one bot at most.
    pub tokenless: Option<Tokenless>,
    /// How files reach it.
    pub files: Files,
    /// What its streams are to each other, when it connects several times.
    pub mode: BotMode,
    /// What becomes of its sends that may have been sent and that nobody saw, if not what `delivery` says.
    pub when_unsure: Option<WhenUnsure>,
}

impl BotConfig {
    /// A bot with the defaults.
    pub fn new(name: impl Into<String>, token: Token) -> Self {
        let (files, mode) = (Files::Auto, BotMode::All);
        Self { name: name.into(), token, tokenless: None, files, mode, when_unsure: None }
    }
}

/// How files reach a bot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Files {
    /// Inside the answer for clients whose gRPC library is that of an SDK that knows no uuid (Python, Java, Scala, PHP, .NET),
    /// by uuid for the others.
    #[default]
    Auto,
    /// Always inside the answer.
    Inline,
    /// By uuid when they are large; the client downloads them.
    Uuid,
}

impl Item for BotConfig {
    const EFFECT: Effect = Effect::AtReload(Live::Bots);

    fn read(keys: &mut Keys<'_>, team: &Config) -> Self {
        let mut bot = Self::new("", Token::new(""));
        let Self { name, token, tokenless, files, mode, when_unsure } = &mut bot;
        keys.require("name", name, "give each bot a name of its own");
        let remedy = "make one up, like insecure_<uuid>, and give it to the bot too";
        keys.require_secret("token", "token_file", token, remedy);
        let (mut is_tokenless, mut from) = (false, Tokenless::default());
        keys.set("tokenless", &mut is_tokenless);
        keys.set("tokenless_from", &mut from);
        if from.is_far() && !is_tokenless {
            let remedy = "set tokenless = true beside it, or leave it out";
            keys.report(
                "tokenless_from",
                format!("says from where no token is needed, but tokenless is not true; {remedy}"),
            );
        }
        *tokenless = is_tokenless.then_some(from);
        keys.set("files", files);
        keys.set("mode", mode);
        let shared = team.delivery.when_unsure;
        let mut own = shared;
        keys.set("when_unsure", &mut own);
        *when_unsure = (own != shared).then_some(own);
        bot
    }

    fn judge(bots: &[Self], rules: &Rules<'_>) {
        if bots.is_empty() {
            let remedy = "add [[bot]] with a name and a token, --bot TOKEN or HA_WECHATY_BOT_TOKEN";
            rules.report("bot", format!("there is none; {remedy}"));
        }
        for (index, bot) in bots.iter().enumerate() {
            let before = &bots[..index];
            rules.name(&format!("bot[{index}].name"), &bot.name);
            if let Some(twin) = before.iter().position(|other| other.name == bot.name) {
                rules.twin("bot", "name", index, twin, "choose another name");
            }
            if let Some(twin) = before.iter().position(|other| other.token == bot.token) {
                rules.twin("bot", "token", index, twin, "give each bot a token of its own");
            }
            if bot.tokenless.is_some() && before.iter().any(|other| other.tokenless.is_some()) {
                let why =
                    "is true of a bot before it too, and nobody could tell whose a call without a token is";
                rules.report(
                    &format!("bot[{index}].tokenless"),
                    format!("{why}; leave it to one bot, and give the others their tokens"),
                );
            }
        }
    }
}

impl FromField for BotMode {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.word(&Self::ALL.map(|mode| (mode.name(), mode)))
    }
}

impl FromField for Files {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.word(&[("auto", Self::Auto), ("inline", Self::Inline), ("uuid", Self::Uuid)])
    }
}
