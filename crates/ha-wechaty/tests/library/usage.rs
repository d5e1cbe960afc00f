//! The usage in the original's README, and what each of its lines is here.
//!
//! | HAWechaty | here |
//! |---|---|
//! | `import { HAWechaty } from 'ha-wechaty'` | `use ha_wechaty::prelude::*;` |
//! | `new Wechaty({ puppet: 'wechaty-puppet-service', puppetOptions: { token } })` | `Account::service(token)` |
//! | `new Wechaty({ puppet: 'wechaty-puppet-padlocal', puppetOptions: { token } })` | `Account::puppet("wechaty-puppet-padlocal").token(token)` |
//! | `new HAWechaty({ name, wechatyOptionsList })` | `HaWechaty::builder().name(name).accounts(list).build()?` |
//! | `configureHa()` | `configure_ha()?`, or `HaWechaty::from_env()` and more to set |
//! | `haWechaty.add(wechaty1, wechaty2)` | `.account(one)` before `build()`, `ha.add(other).await?` after it |
//! | `await haWechaty.start()` | `ha.start().await?` |
//! | `await haWechaty.Room.find({ topic: 'ding room' })` | `ha.rooms().find(topic("ding room")).await?` |
//! | `await room.say('ding')` | `room.say("ding").await?` |

use ha_wechaty::prelude::*;
use ha_wechaty_testkit::{Town, wait::within};

use ha_wechaty::config::Environment;

use crate::team::TeamOf as _;

#[tokio::test]
async fn each_line_of_the_originals_usage() -> Result<(), Box<dyn std::error::Error>> {
    let town = Town::new().await;
    let [north, south, _] = &town.phones[..] else { panic!("three phones") };

    let one = Account::service("insecure_north").endpoint(north.addr());
    let other = Account::puppet("wechaty-puppet-service").token("insecure_south").endpoint(south.addr());
    let ha = HaWechaty::builder().name("high-available-wechaty").account(one).build()?;
    ha.add(other).await?;
    ha.start().await?;
    if let Some(room) = ha.rooms().find(topic("ding room")).await? {
        room.say("ding").await?;
    }

    assert_eq!(town.world.ledger().times(town.room.id(), "ding"), 1);
    ha.stop().await;
    Ok(())
}

#[test]
fn the_team_of_our_own_readme_can_be_built() -> Result<(), Box<dyn std::error::Error>> {
    let ha = HaWechaty::builder()
        .name("high-available-wechaty")
        .account(Account::service("hostie-token").endpoint("127.0.0.1:18801"))
        .account(Account::puppet("wechaty-puppet-padlocal").token("padlocal-token"))
        .build()?;
    let [service, hosted] = &ha.config().accounts[..] else { panic!("two accounts") };
    assert!(service.hosted().is_none() && hosted.hosted().is_some());
    assert_eq!((service.name.as_str(), hosted.name.as_str()), ("account-1", "account-2"));
    Ok(())
}

#[test]
fn a_team_from_the_file_that_serve_reads_or_from_a_config_of_ones_own()
-> Result<(), Box<dyn std::error::Error>> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ha-wechaty.example.toml");
    let extra = Account::service("insecure_extra").endpoint("127.0.0.1:18803").weight(3);
    let ha = HaWechaty::from_file(file)?.account(extra).build()?;
    let names: Vec<&str> = ha.config().accounts.iter().map(|it| it.name.as_str()).collect();
    assert_eq!((ha.name(), &names[..]), ("ossbot", &["north", "south", "account-3"][..]));
    assert_eq!(ha.config().accounts[2].weight, 3);
    let own = HaWechaty::with_config(ha.config().clone())?;
    assert_eq!(own.config().accounts, ha.config().accounts);
    let mut wrong = ha.config().clone();
    wrong.accounts[1].name = "north".into();
    let twice = HaWechaty::with_config(wrong).expect_err("two of one name").to_string();
    assert!(twice.contains("choose another name"), "{twice}");
    Ok(())
}

#[tokio::test]
async fn a_team_from_the_environment() -> Result<(), Box<dyn std::error::Error>> {
    let town = Town::new().await;
    let endpoints =
        town.phones[..2].iter().map(|phone| phone.addr().to_string()).collect::<Vec<_>>().join(",");
    let environment: Environment = [
        ("HA_WECHATY_PUPPET", "wechaty-puppet-service"),
        ("HA_WECHATY_PUPPET_SERVICE_TOKEN", "insecure_north:insecure_south"),
        ("HA_WECHATY_PUPPET_SERVICE_ENDPOINT", &endpoints),
        ("HA_WECHATY_NAME", "from-the-environment"),
    ]
    .into_iter()
    .collect();
    let ha = HaWechaty::builder().environment(&environment).build()?;
    assert_eq!(ha.name(), "from-the-environment");
    ha.start().await?;
    let nodes = ha.nodes().await?;
    assert_eq!(nodes.len(), 2);
    assert!(nodes.iter().all(|node| node.phase == Standing::Available), "{nodes:?}");
    ha.stop().await;
    Ok(())
}

#[tokio::test]
async fn an_account_may_be_where_a_gateway_would_listen_since_there_is_none()
-> Result<(), Box<dyn std::error::Error>> {
    // Where puppet services are run as a rule, and gateways too.
    let account = || Account::service("insecure_x").endpoint("127.0.0.1:8788");
    let ha = HaWechaty::builder().account(account()).build()?;
    HaWechaty::with_config({
        let mut own = ha_wechaty::Config::new("own");
        own.accounts = ha.config().accounts.clone();
        own
    })?;
    let other =
        HaWechaty::builder().account(Account::service("insecure_y").endpoint("127.0.0.1:1")).build()?;
    other.add(account()).await?;
    Ok(())
}

#[test]
fn a_team_of_nobody_says_what_to_add() {
    let nobody = HaWechaty::builder().build().expect_err("no account").to_string();
    assert!(nobody.contains(".account(Account::service(token)"), "{nobody}");
}

#[tokio::test]
async fn everything_else_that_the_original_has() -> Result<(), Box<dyn std::error::Error>> {
    let town = Town::new().await;
    let ha = town.team().build()?;
    assert_eq!((ha.name(), ha.version()), ("ossbot", env!("CARGO_PKG_VERSION")));
    assert!(!ha.logonoff(), "not before it is started");
    ha.start().await?;
    assert!(ha.logonoff());
    let names: Vec<String> = ha.nodes().await?.into_iter().map(|node| node.name).collect();
    assert_eq!(names, ["north", "south", "west"]);
    let room = ha.rooms().load(town.room.id()).await?.expect("a room");
    assert_eq!(room.topic().await?, "ding room");
    assert!(ha.rooms().load("nowhere@chatroom").await?.is_none());
    let alice = ha.contacts().load(town.alice.id()).await?.expect("a contact");
    assert_eq!(alice.name().await?, "alice");
    assert!(ha.contacts().load("nobody").await?.is_none());
    assert_eq!(ha.rooms().find_all(any).await?.len(), 1, "one room, though three accounts are in it");
    let sent = ha.say("to myself").await?;
    assert!(names.contains(&sent.account));

    let mut logouts = ha.logouts();
    ha.logout().await?;
    let logout = within("a logout", logouts.next()).await.expect("it runs still");
    assert_eq!(logout.user.id(), "ossbot");
    assert!(!ha.logonoff());
    for phone in &town.phones {
        assert_eq!(phone.calls("Logout"), 1, "{}", phone.name());
    }
    ha.stop().await;
    assert!(logouts.next().await.is_none(), "streams end with the team");
    Ok(())
}
