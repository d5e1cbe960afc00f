//! The bots' tokens, and which bot needs none.

use arc_swap::ArcSwap;
use ha_wechaty_config::Tokenless;
use ha_wechaty_core::BotId;
use ha_wechaty_transport::Peer;
use ha_wechaty_wire::Token;
use http::{HeaderMap, Uri};
use subtle::{Choice, ConstantTimeEq as _};

use super::credential::{CalledBy, Credential, Lacks, Stranger};

/// Which bot has which token.
#[derive(Debug)]
pub struct Tokens(ArcSwap<Keyring>);

/// By what bots are known.
#[derive(Debug, Default)]
pub(super) struct Keyring {
    pub(super) tokens: Vec<(BotId, Token)>,
    /// The bot that may show none, and where from.
    pub(super) tokenless: Option<(BotId, Tokenless)>,
}

impl Tokens {
    pub(super) fn new(known: Keyring) -> Self {
        Self(ArcSwap::from_pointee(known))
    }

    /// From now on these are theirs, and no others.
    pub(super) fn follow(&self, known: Keyring) {
        self.0.store(std::sync::Arc::new(known));
    }

    /// The bot that has this token. How long that takes tells nothing of the tokens that there are, but how long each
    /// is.
    pub fn bot_of(&self, token: &str) -> Option<BotId> {
        self.0.load().bot_of(token)
    }

    /// The bot that a call is of, by what it shows: its token's, or, of a call that shows none, the one that needs none from
    /// there.
    ///
    /// # Errors
    /// It is nobody's: its token is unknown, or it must show one and shows none.
    pub fn whose(&self, shown: &Credential) -> Result<CalledBy, Stranger> {
        let known = self.0.load();
        if let Some(bot) = shown.token.as_ref().and_then(|it| known.bot_of(it.reveal())) {
            return Ok(CalledBy { bot, without: None });
        }
        let why = match (&known.tokenless, shown.without()) {
            (Some((bot, tokenless)), Some(Ok(from))) if tokenless.admits(from) => {
                return Ok(CalledBy { bot: *bot, without: Some(from) });
            }
            // First: where no bot may, being told to set it would be no help.
            (_, Some(Err(bar))) => Lacks::Barred(bar),
            (None, _) | (Some(_), None) => Lacks::Unset,
            (Some(_), Some(Ok(from))) => Lacks::Elsewhere(from),
        };
        Err(shown.clone().stranger(why))
    }

    /// The bot that a call is of, if it is a bot's.
    pub fn of_call(&self, peer: Option<&Peer>, uri: &Uri, headers: &HeaderMap) -> Option<BotId> {
        Some(self.whose(&Credential::of_call(peer, uri, headers).ok()?).ok()?.bot)
    }
}

impl Keyring {
    fn bot_of(&self, token: &str) -> Option<BotId> {
        let mut found = None;
        for (bot, known) in &self.tokens {
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
    use ha_wechaty_transport::ConnectionId;

    use super::*;

    fn all(tokens: &[&str]) -> Keyring {
        let tokens = (0..).map(BotId).zip(tokens.iter().map(|it| Token::new(*it))).collect();
        Keyring { tokens, tokenless: None }
    }

    #[test]
    fn each_token_is_its_bots_and_nothing_else_is() {
        let tokens = Tokens::new(all(&["insecure_one", "insecure_two", "insecure_one"]));
        let found = |token: &str| tokens.bot_of(token).map(|bot| bot.0);
        assert_eq!(["insecure_one", "insecure_two"].map(found), [Some(0), Some(1)]);
        assert_eq!(["", "insecure_on", "insecure_one ", "INSECURE_ONE"].map(found), [None; 4]);
        tokens.follow(all(&["insecure_two"]));
        assert_eq!(["insecure_one", "insecure_two"].map(found), [None, Some(0)], "at once");
    }

    /// What becomes of a call from there with this authority.
    fn asked(tokens: &Tokens, from: &str, authority: &str) -> Result<u16, String> {
        asked_over(false, tokens, from, authority)
    }

    fn asked_over(is_tls: bool, tokens: &Tokens, from: &str, authority: &str) -> Result<u16, String> {
        let addr = from.parse().expect("an address");
        let peer = Peer { connection: ConnectionId(1), addr, is_tls, mismatch: None };
        let uri: Uri = format!("http://{authority}/wechaty.Puppet/Start").parse().expect("a uri");
        let shown = Credential::of_call(Some(&peer), &uri, &HeaderMap::new()).expect("something");
        tokens.whose(&shown).map(|it| it.bot.0).map_err(|it| it.to_string())
    }

    #[test]
    fn a_call_without_a_token_is_of_the_bot_that_needs_none_and_a_wrong_token_stays_wrong() {
        let from = Tokenless::new(["10.0.0.0/8"]).expect("a network");
        let tokens = Tokens::new(Keyring {
            tokenless: Some((BotId(1), from)),
            ..all(&["insecure_one", "insecure_two"])
        });
        let bare = "127.0.0.1:8788";
        assert_eq!(asked(&tokens, "127.0.0.1:1", bare), Ok(1));
        assert_eq!(asked(&tokens, "[::1]:1", "localhost:8788"), Ok(1));
        assert_eq!(asked(&tokens, "10.1.2.3:1", bare), Ok(1));
        assert_eq!(asked(&tokens, "127.0.0.1:1", "insecure_one"), Ok(0), "its own token");
        let wrong = asked(&tokens, "127.0.0.1:1", "insecure_old");
        assert_eq!(wrong, Err("Invalid Wechaty TOKEN \"insecure_old\"".into()));
        let far = asked(&tokens, "192.168.0.1:1", bare).expect_err("not from there");
        assert!(["192.168.0.1", "127.0.0.1", "tokenless_from"].iter().all(|it| far.contains(it)), "{far}");
        tokens.follow(all(&["insecure_one"]));
        let unset = asked(&tokens, "127.0.0.1:1", bare).expect_err("no bot may");
        assert!(
            unset.starts_with("Invalid Wechaty TOKEN \"127.0.0.1:8788\"")
                && unset.contains("tokenless = true"),
            "{unset}"
        );
        let barred = asked_over(true, &tokens, "127.0.0.1:1", bare).expect_err("none may over TLS");
        assert!(
            barred.contains("over TLS") && !barred.contains("tokenless"),
            "no remedy that fails: {barred}"
        );
    }
}
