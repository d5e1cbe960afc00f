//! The tokens of bots. What TLS makes of them the configuration warns of.

use std::sync::Arc;

use ha_wechaty_config::{BotConfig, Config, Provider};
use ha_wechaty_team::view::Remedy;

use crate::text::Finding;

/// A secret that is shorter can be guessed by whoever tries for long enough.
const SHORTEST: usize = 16;

/// Each bot.
pub(super) async fn look(config: Arc<Config>) -> Vec<Finding> {
    config.bots.iter().map(|bot| judge(bot, &config)).collect()
}

fn judge(bot: &BotConfig, config: &Config) -> Finding {
    let about = format!("bot {}", bot.name);
    let token = bot.token.reveal();
    let secret = token.rsplit_once('_').map_or(token, |(_, secret)| secret);
    let of_account = config.accounts.iter().find(
        |account| matches!(&account.provider, Provider::Service(service) if service.token.reveal() == token),
    );
    if let Some(account) = of_account {
        let text = format!("its token is account {}'s too: whoever has one has both", account.name);
        return Finding::odd(about, text, Remedy::BotToken);
    }
    let (length, mut letters) = (secret.chars().count(), secret.chars().collect::<Vec<_>>());
    letters.sort_unstable();
    letters.dedup();
    if length < SHORTEST || letters.len() < SHORTEST / 2 {
        let text = format!("the secret in its token has {length} characters, so it can be guessed");
        return Finding::odd(about, text, Remedy::BotToken);
    }
    let bare = bot.tokenless.as_ref().map(|from| format!("; from {from} it needs none (tokenless)"));
    Finding::well(about, format!("its token is its own, and long enough{}", bare.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::text::Sort;

    #[tokio::test]
    async fn a_token_is_long_and_of_one_alone() {
        let text = "name = \"it\"\n[[bot]]\nname = \"short\"\ntoken = \"insecure_bot\"\n\
                    [[bot]]\nname = \"long\"\ntoken = \"insecure_7bda5366-9e72-4876-bf1a-e7f44d50a616\"\n\
                    [[bot]]\nname = \"same\"\ntoken = \"insecure_north-north-0123\"\n\
                    [[account]]\nname = \"north\"\ntoken = \"insecure_north-north-0123\"\n\
                    endpoint = \"127.0.0.1:1\"\n";
        let config = Config::from_toml(Path::new("it.toml"), text).expect("a configuration");
        let found = look(Arc::new(config)).await;
        let sorts: Vec<Sort> = found.iter().map(|it| it.sort).collect();
        assert_eq!(sorts, [Sort::Odd, Sort::Well, Sort::Odd]);
        assert!(found[2].text.contains("account north's"), "{found:?}");
        let text = "name = \"it\"\n[gateway]\ntls = \"off\"\nlisten = \"10.0.0.2:8788\"\n[[bot]]\nname = \"bare\"\n\
                    token = \"insecure_7bda5366-9e72-4876-bf1a-e7f44d50a616\"\ntokenless = true\n\
                    tokenless_from = [\"10.0.0.7\"]\n[[account]]\nname = \"north\"\ntoken = \"insecure_x\"\n\
                    endpoint = \"127.0.0.1:1\"\n";
        let config = Config::from_toml(Path::new("it.toml"), text).expect("a configuration");
        let bare = look(Arc::new(config)).await;
        assert!(bare[0].text.contains("127.0.0.1") && bare[0].text.contains("10.0.0.7"), "{bare:?}");
        assert!(found.iter().all(|it| !it.text.contains("0123")), "no token is shown: {found:?}");
    }
}
