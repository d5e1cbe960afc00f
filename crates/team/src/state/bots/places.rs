//! Which bot has which place. A place is a bot's number in calls, streams and the core: nobody else ever gets it.

use std::sync::Arc;

use ha_wechaty_config::BotConfig;
use ha_wechaty_core::{BotId, BotSetup};

use super::tokens::Keyring;

/// The places of bots, in the order in which they came.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Places(Vec<Place>);

#[derive(Debug, Clone, PartialEq)]
struct Place {
    name: Arc<str>,
    /// None once it was removed.
    bot: Option<Arc<BotConfig>>,
}

impl Place {
    fn of(bot: &BotConfig) -> Self {
        Self { name: bot.name.as_str().into(), bot: Some(Arc::new(bot.clone())) }
    }
}

impl Places {
    /// Of the bots that a process begins with.
    pub(super) fn new(bots: &[BotConfig]) -> Self {
        Self(bots.iter().map(Place::of).collect())
    }

    /// The same with other bots: each where its name is; or, if its name is nobody's, where its token is, of whoever has
    /// another name now; or where it was before it was removed; or behind all others.
    pub(super) fn with(&self, bots: &[BotConfig]) -> Self {
        let mut after = Self(self.0.iter().map(|it| Place { bot: None, ..it.clone() }).collect());
        let is_meant = |name: &str| bots.iter().any(|it| it.name == name);
        for bot in bots {
            let named = |it: &Place| *it.name == *bot.name;
            let renamed = |it: &Place| {
                it.bot.as_ref().is_some_and(|was| was.token == bot.token && !is_meant(&was.name))
            };
            let here = |it: &Place| it.bot.is_some();
            let first = |is: &dyn Fn(&Place) -> bool| self.0.iter().position(is);
            let place =
                first(&|it| here(it) && named(it)).or_else(|| first(&renamed)).or_else(|| first(&named));
            match place.and_then(|place| after.0.get_mut(place)) {
                Some(place) => *place = Place::of(bot),
                None => after.0.push(Place::of(bot)),
            }
        }
        after
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Which are somebody's now.
    pub(crate) fn here(&self) -> Vec<bool> {
        self.0.iter().map(|it| it.bot.is_some()).collect()
    }

    pub(super) fn numbers(&self) -> impl Iterator<Item = BotId> {
        (0..=u16::MAX).map(BotId).zip(&self.0).map(|(bot, _)| bot)
    }

    pub(super) fn name(&self, bot: BotId) -> Arc<str> {
        self.0.get(usize::from(bot.0)).map_or_else(|| "?".into(), |it| it.name.clone())
    }

    pub(super) fn config(&self, bot: BotId) -> Option<Arc<BotConfig>> {
        self.0.get(usize::from(bot.0))?.bot.clone()
    }

    pub(super) fn all(&self) -> Vec<(BotId, Arc<BotConfig>)> {
        self.numbers().filter_map(|bot| Some((bot, self.config(bot)?))).collect()
    }

    /// By what they are known.
    pub(super) fn known(&self) -> Keyring {
        let all = self.all();
        let tokenless = all.iter().find_map(|(bot, config)| Some((*bot, config.tokenless.clone()?)));
        Keyring { tokens: all.into_iter().map(|(bot, it)| (bot, it.token.clone())).collect(), tokenless }
    }

    /// As the core is told.
    pub(crate) fn setups(&self) -> Vec<Option<BotSetup>> {
        let setup = |bot: &Arc<BotConfig>| BotSetup { name: bot.name.clone(), mode: bot.mode };
        self.0.iter().map(|it| it.bot.as_ref().map(setup)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ha_wechaty_wire::Token;

    fn bots(named: &[(&str, &str)]) -> Vec<BotConfig> {
        named.iter().map(|(name, token)| BotConfig::new(*name, Token::new(*token))).collect()
    }

    fn names(places: &Places) -> Vec<Option<String>> {
        places.setups().into_iter().map(|it| Some(it?.name)).collect()
    }

    fn some(names: &[&str]) -> Vec<Option<String>> {
        names.iter().map(|name| (!name.is_empty()).then(|| (*name).to_owned())).collect()
    }

    #[test]
    fn a_bot_keeps_its_place_by_its_name_and_by_its_token_if_it_has_another_name() {
        let places = Places::new(&bots(&[("one", "a"), ("two", "b")]));
        let places = places.with(&bots(&[("three", "c"), ("two", "x"), ("uno", "a")]));
        assert_eq!(names(&places), some(&["uno", "two", "three"]));
        assert_eq!(places.name(BotId(0)), "uno".into());
        // They change their names with one another: each has the other's token then, and keeps its name.
        let places = places.with(&bots(&[("three", "x"), ("two", "c"), ("uno", "a")]));
        assert_eq!(names(&places), some(&["uno", "two", "three"]));
    }

    #[test]
    fn nobody_else_gets_the_place_of_one_that_was_removed_which_has_it_again_when_it_is_back() {
        let places = Places::new(&bots(&[("one", "a"), ("two", "b")]));
        let places = places.with(&bots(&[("two", "b")]));
        assert_eq!((names(&places), places.name(BotId(0))), (some(&["", "two"]), "one".into()));
        assert_eq!(places.known().tokens.len(), 1);
        let places = places.with(&bots(&[("three", "a"), ("two", "b")]));
        assert_eq!(names(&places), some(&["", "two", "three"]), "its token alone does not make it the same");
        let places = places.with(&bots(&[("one", "d"), ("two", "b")]));
        assert_eq!(names(&places), some(&["one", "two", ""]));
        assert_eq!(places.name(BotId(9)), "?".into());
    }
}
