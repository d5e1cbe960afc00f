//! The bots' tokens.

use ha_wechaty_core::BotId;
use ha_wechaty_wire::Token;
use subtle::{Choice, ConstantTimeEq as _};

/// Which bot has which token; by their places in the configuration.
#[derive(Debug)]
pub struct Tokens(Vec<Token>);

impl Tokens {
    /// Of these bots.
    pub fn new<'a>(tokens: impl IntoIterator<Item = &'a Token>) -> Self {
        Self(tokens.into_iter().cloned().collect())
    }

    /// The bot that has this token. How long that takes tells nothing of the tokens that there are, but how long each
    /// is.
    pub fn bot_of(&self, token: &str) -> Option<BotId> {
        let mut found = None;
        for (index, known) in self.0.iter().enumerate() {
            let is_it: Choice = known.reveal().as_bytes().ct_eq(token.as_bytes());
            if bool::from(is_it) && found.is_none() {
                found = Some(BotId(index as u16));
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
        let tokens = ["insecure_one", "insecure_two", "insecure_one"].map(Token::new);
        let tokens = Tokens::new(&tokens);
        let found = |token: &str| tokens.bot_of(token).map(|bot| bot.0);
        assert_eq!(["insecure_one", "insecure_two"].map(found), [Some(0), Some(1)]);
        assert_eq!(["", "insecure_on", "insecure_one ", "INSECURE_ONE"].map(found), [None; 4]);
    }
}
