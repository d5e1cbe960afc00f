//! The bots' tokens.

use arc_swap::ArcSwap;
use ha_wechaty_core::BotId;
use ha_wechaty_wire::Token;
use subtle::{Choice, ConstantTimeEq as _};

/// Which bot has which token.
#[derive(Debug)]
pub struct Tokens(ArcSwap<Vec<(BotId, Token)>>);

impl Tokens {
    /// Of these bots.
    pub fn new(tokens: Vec<(BotId, Token)>) -> Self {
        Self(ArcSwap::from_pointee(tokens))
    }

    /// From now on these are theirs, and no others.
    pub(super) fn follow(&self, tokens: Vec<(BotId, Token)>) {
        self.0.store(std::sync::Arc::new(tokens));
    }

    /// The bot that has this token. How long that takes tells nothing of the tokens that there are, but how long each
    /// is.
    pub fn bot_of(&self, token: &str) -> Option<BotId> {
        let mut found = None;
        for (bot, known) in &**self.0.load() {
            let is_it: Choice = known.reveal().as_bytes().ct_eq(token.as_bytes());
            if bool::from(is_it) && found.is_none() {
                found = Some(*bot);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_is_its_bots_and_nothing_else_is() {
        let all = |tokens: &[&str]| (0..).map(BotId).zip(tokens.iter().map(|it| Token::new(*it))).collect();
        let tokens = Tokens::new(all(&["insecure_one", "insecure_two", "insecure_one"]));
        let found = |token: &str| tokens.bot_of(token).map(|bot| bot.0);
        assert_eq!(["insecure_one", "insecure_two"].map(found), [Some(0), Some(1)]);
        assert_eq!(["", "insecure_on", "insecure_one ", "INSECURE_ONE"].map(found), [None; 4]);
        tokens.follow(all(&["insecure_two"]));
        assert_eq!(["insecure_one", "insecure_two"].map(found), [None, Some(0)], "at once");
    }
}
