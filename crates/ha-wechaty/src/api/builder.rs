//! How a team is put together.

use std::{path::Path, sync::Arc};

use super::{
    HaWechaty,
    account::{Account, PLACE},
    plugin::Plugin,
};
use ha_wechaty_config::{Config, ConfigError, Draft, Environment, Place, Problem};

/// The name of the one bot that such a team has: the program.
const BOT: &str = "library";

/// Puts a team together. [`Builder::build`] says what is wrong with it.
///
/// ```
/// use ha_wechaty::prelude::*;
///
/// let ha = HaWechaty::builder()
///     .name("ossbot")
///     .account(Account::service("insecure_north").endpoint("127.0.0.1:18801").name("north"))
///     .account(Account::service("insecure_south").endpoint("127.0.0.1:18802").name("south"))
///     // Any key of the configuration file.
///     .set("team.policy", "least-load")
///     .set("pace.max_wait", "10s")
///     .build()?;
/// assert_eq!(ha.name(), "ossbot");
///
/// let wrong = HaWechaty::builder().account(Account::service("insecure_x").endpoint("nowhere")).build();
/// assert!(wrong.unwrap_err().to_string().contains("has no port; write host:port"));
/// # Ok::<(), ha_wechaty::config::ConfigError>(())
/// ```
#[must_use = "a builder makes nothing until build() is called"]
pub struct Builder {
    draft: Draft,
    accounts: Vec<Account>,
    plugins: Vec<Arc<dyn Plugin>>,
}

impl Builder {
    /// Begins with what a file or the environment says.
    pub(super) fn new(draft: Draft) -> Self {
        Self { draft, accounts: Vec::new(), plugins: Vec::new() }
    }

    /// Lays an environment over what was set so far; the log tells which of its variables have no effect.
    pub fn environment(mut self, environment: &Environment) -> Self {
        environment.warnings().iter().for_each(|warning| tracing::warn!("{warning}"));
        self.draft.lay(environment);
        self
    }

    /// The team's name, and the contact id of its one self (default `ha-wechaty`).
    pub fn name(mut self, name: impl AsRef<str>) -> Self {
        self.draft.set(PLACE, "name", name.as_ref());
        self
    }

    /// One account more.
    pub fn account(mut self, account: Account) -> Self {
        self.accounts.push(account);
        self
    }

    /// Some accounts more.
    pub fn accounts(mut self, accounts: impl IntoIterator<Item = Account>) -> Self {
        self.accounts.extend(accounts);
        self
    }

    /// The accounts that a command line names, each as `NAME=TOKEN@HOST:PORT`, or `NAME=TOKEN` to have it
    /// found by its token.
    pub fn account_args(mut self, args: impl IntoIterator<Item = String>) -> Self {
        for arg in args {
            match arg.parse::<Account>() {
                Ok(account) => self.accounts.push(account),
                Err(error) => self.draft.refuse("the command line", error.to_string()),
            }
        }
        self
    }

    /// Sets a key of the configuration, like `pace.max_wait`, as the file would write it; what is no value of
    /// TOML is taken as text.
    #[allow(clippy::needless_pass_by_value, reason = "an address or a number is written as it is")]
    pub fn set(mut self, key: &str, value: impl ToString) -> Self {
        self.draft.set_value(PLACE, key, &value.to_string());
        self
    }

    /// Installs a plugin.
    pub fn plugin(mut self, plugin: impl Plugin + 'static) -> Self {
        self.plugins.push(Arc::new(plugin));
        self
    }

    /// The team. Nothing is connected before [`HaWechaty::start`].
    ///
    /// # Errors
    /// All that is wrong with it, each with its remedy.
    pub fn build(self) -> Result<HaWechaty, ConfigError> {
        let Self { mut draft, accounts, plugins } = self;
        // No gateway listens here, so its port may be an account's.
        draft.set_default(PLACE, "gateway.listen", "127.0.0.1:0");
        // The protocol of a gateway has a bot in it, and every bot a token: this one is shown to nobody.
        let token = format!("insecure_{}", uuid::Uuid::new_v4());
        draft.set_member(PLACE, "bot", BOT, &[("token", &token)]);
        let before = draft.members("account");
        for (index, account) in accounts.iter().enumerate() {
            account.add_to(&mut draft, PLACE, before + index);
        }
        if before + accounts.len() == 0 && !draft.has_problems() {
            return Err(nobody());
        }
        let mut config = draft.finish()?;
        for (index, account) in accounts.iter().enumerate() {
            let name = account.name_at(before + index);
            if let Some(read) = config.accounts.iter_mut().find(|it| it.name == name) {
                account.finish(read);
            }
        }
        config.check(PLACE)?;
        // Others could not connect anyway, and nothing is to be kept for them.
        config.bots.retain(|bot| bot.name == BOT);
        config.gateway.allow_logout = true;
        let ha = HaWechaty::new(config);
        for plugin in plugins {
            ha.install(plugin);
        }
        Ok(ha)
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("accounts", &self.accounts).finish_non_exhaustive()
    }
}

fn nobody() -> ConfigError {
    let message =
        "the team has no account; add one: .account(Account::service(token).endpoint(\"host:port\"))";
    let place = Place::Whole(PLACE.to_owned());
    ConfigError::new(vec![Problem { place, key: String::new(), message: message.to_owned() }])
}

/// A team as the environment has it: [`HaWechaty::from_env`], built. The original's name for it is
/// `configureHa`.
///
/// ```
/// // HA_WECHATY_PUPPET and its like are not set here.
/// let nobody = ha_wechaty::configure_ha().unwrap_err();
/// assert!(nobody.to_string().contains("the team has no account; add one"));
/// ```
///
/// # Errors
/// All that is wrong with the environment, each with its remedy.
pub fn configure_ha() -> Result<HaWechaty, ConfigError> {
    HaWechaty::from_env().build()
}

impl HaWechaty {
    /// Begins a team with nothing set.
    pub fn builder() -> Builder {
        Builder::new(Draft::new())
    }

    /// Begins a team with what the environment says: the original's variables for accounts, and one for each
    /// key of the configuration. The original's name for it is `configureHa`.
    ///
    /// `ha-wechaty env` prints what was understood.
    pub fn from_env() -> Builder {
        Self::builder().environment(&Environment::of_process())
    }

    /// Begins a team with what a configuration file says, the same that `ha-wechaty serve` reads. Its bots
    /// and its gateway's port mean nothing here.
    ///
    /// # Errors
    /// The file can't be read, or is no TOML.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Builder, ConfigError> {
        Draft::load(path.as_ref()).map(Builder::new)
    }

    /// A team of a configuration that a program has made itself.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn with_config(mut config: Config) -> Result<Self, ConfigError> {
        let token = ha_wechaty_wire::Token::new(format!("insecure_{}", uuid::Uuid::new_v4()));
        config.bots = vec![ha_wechaty_config::BotConfig::new(BOT, token)];
        config.gateway.allow_logout = true;
        config.gateway.listen.set_port(0);
        if config.accounts.is_empty() {
            return Err(nobody());
        }
        config.check(PLACE)?;
        Ok(Self::new(config))
    }
}
