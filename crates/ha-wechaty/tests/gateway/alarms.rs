//! People are told that something is wrong, once it has lasted, and that it is over; whatever becomes of who tells them.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode};
use ha_wechaty::config::{Channel, Limit, NotifyConfig, Secret, StorePlace};
use ha_wechaty_gateway::Gateway;
use ha_wechaty_sim::{Content, Fault};
use ha_wechaty_testkit::{House, SELF, Setup, Town, wait};
use ha_wechaty_wire::puppet::FriendshipAddRequest;
use serde_json::Value;
use tokio::net::TcpListener;

/// A program that is told of alarms.
#[derive(Clone, Default)]
pub(crate) struct Receives {
    pub(crate) is_up: Arc<AtomicBool>,
    /// What came while it was down, and what it has taken: the event's id, and the event.
    refused: Arc<Mutex<Vec<(String, Value)>>>,
    taken: Arc<Mutex<Vec<(String, Value)>>>,
}

impl Receives {
    /// It is up, and where.
    pub(crate) async fn new() -> (Self, String) {
        let receives = Self { is_up: Arc::new(true.into()), ..Self::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}/alarms", listener.local_addr().expect("bound"));
        let router = Router::new().fallback(take).with_state(receives.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receives, url)
    }

    /// What it has taken, each as `alarm.opened account-scan south`.
    pub(crate) fn told(&self) -> Vec<String> {
        let in_short = |(_, event): &(String, Value)| {
            let alarm = &event["data"]["alarm"];
            let who: Vec<_> =
                alarm["accounts"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
            format!("{} {} {}", text(&event["type"]), text(&alarm["kind"]), who.join(" "))
        };
        self.taken.lock().expect("no panic").iter().map(in_short).collect()
    }

    pub(crate) fn refused(&self) -> Vec<String> {
        self.refused.lock().expect("no panic").iter().map(|it| it.0.clone()).collect()
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

async fn take(State(receives): State<Receives>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let id = headers.get("webhook-id").and_then(|it| it.to_str().ok()).expect("an id").to_owned();
    let event: (String, Value) = (id, serde_json::from_slice(&body).expect("JSON"));
    // A disk takes its time by another clock than this test's.
    if event.1["data"]["alarm"]["kind"] == "store-unwritable" {
        return StatusCode::OK;
    }
    let is_up = receives.is_up.load(SeqCst);
    let (list, status) = match is_up {
        true => (&receives.taken, StatusCode::OK),
        false => (&receives.refused, StatusCode::SERVICE_UNAVAILABLE),
    };
    list.lock().expect("no panic").push(event);
    status
}

pub(crate) fn webhook(url: &str) -> NotifyConfig {
    NotifyConfig::new("hook", Channel::Webhook { url: Secret::new(url), secret: None, ca: None })
}

/// Lets time go by, in steps within which everything that runs is heard.
pub(crate) async fn pass(time: Duration) {
    const STEP: Duration = Duration::from_secs(4);
    for _ in 0..time.as_secs().div_ceil(STEP.as_secs()) {
        tokio::time::pause();
        tokio::time::advance(STEP).await;
        tokio::time::resume();
        tokio::time::sleep(Duration::from_millis(4)).await;
    }
}

/// Lets time go by until a condition is met.
pub(crate) async fn pass_until(house: &House, what: &str, mut condition: impl FnMut() -> bool) {
    for _ in 0..400 {
        if condition() {
            return;
        }
        pass(Duration::from_secs(4)).await;
    }
    panic!("in vain: {what}; {:?}", house.status().await.accounts);
}

/// A team that tells a program. It has been there for longer than accounts may take to come.
async fn house(url: &str) -> House {
    Setup::new(SELF).config(|config| config.notify.push(webhook(url))).start().await
}

#[tokio::test]
async fn who_is_down_when_an_account_is_logged_out_is_told_once_it_is_back_and_of_the_end() {
    let (receives, url) = Receives::new().await;
    let house = house(&url).await;
    receives.is_up.store(false, SeqCst);
    house.phones[1].fail(Fault::LogOut(String::from("on the phone")));
    pass_until(&house, "it is tried several times", || receives.refused().len() > 2).await;
    let ids = receives.refused();
    assert!(ids.iter().all(|id| *id == ids[0]), "it is one event: {ids:?}");
    assert_eq!(receives.told(), [] as [&str; 0]);
    receives.is_up.store(true, SeqCst);
    pass_until(&house, "it is told", || !receives.told().is_empty()).await;
    assert_eq!(receives.told(), ["alarm.opened account-logged-out south"]);
    assert_eq!(receives.taken.lock().expect("no panic")[0].0, ids[0], "it is the same event");
    house.phones[1].log_in();
    pass_until(&house, "its end is told", || receives.told().len() > 1).await;
    assert_eq!(receives.told()[1..], ["alarm.closed account-logged-out south"]);
}

#[tokio::test]
async fn what_was_not_told_when_the_gateway_was_lost_is_told_by_the_next_one() {
    let (receives, url) = Receives::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let store = StorePlace::File(folder.path().join("team.db"));
    let mut house = Setup::new(SELF)
        .config(|config| {
            config.notify.push(webhook(&url));
            config.store.path = store;
        })
        .start()
        .await;
    receives.is_up.store(false, SeqCst);
    house.phones[1].fail(Fault::LogOut(String::from("on the phone")));
    pass_until(&house, "it is tried", || !receives.refused().is_empty()).await;
    // Without a word to anybody.
    house.drop_gateway().await;
    house.gateway =
        wait::until_some("its store is free", async || Gateway::start(house.config()).await.ok()).await;
    house.until("its teammates are back", || house.gateway.routing().available().len() == 2).await;
    receives.is_up.store(true, SeqCst);
    pass_until(&house, "it is told", || !receives.told().is_empty()).await;
    pass(Duration::from_secs(300)).await;
    // It is told as it is by then, which may be another step than the one that was tried before.
    let told = receives.told();
    assert!(told.len() == 1 && told[0].ends_with(" account-logged-out south"), "once: {told:?}");
    house.phones[1].log_in();
    pass_until(&house, "its end is told", || receives.told().len() > 1).await;
    assert_eq!(receives.told()[1..], ["alarm.closed account-logged-out south"]);
}

#[tokio::test]
async fn what_ends_before_anybody_needs_to_know_is_told_nobody() {
    let (receives, url) = Receives::new().await;
    let house = house(&url).await;
    house.phones[1].fail(Fault::LogOut(String::from("on the phone")));
    pass(Duration::from_secs(100)).await;
    house.phones[1].log_in();
    pass(Duration::from_secs(900)).await;
    assert_eq!(receives.told(), [] as [&str; 0]);
}

#[tokio::test]
async fn a_teammate_tells_a_person_and_shows_the_code_to_scan() {
    const CODE: &str = "http://weixin.qq.com/x/4f9c2f6d0a";
    // She has the same id in each town.
    let alice = Town::new().await.alice.id().to_owned();
    let house = Setup::new(SELF)
        .config(|config| {
            let contact = alice.clone();
            config.notify.push(NotifyConfig::new("phone", Channel::Wechat { contact }));
            config.admin.url = Some(String::from("https://gateway.example"));
        })
        .start()
        .await;
    assert_eq!(house.alice.id(), alice);
    house.phones[1].fail(Fault::LogOut(String::from("on the phone")));
    house.phones[1].fail(Fault::Scan(CODE.into()));
    let heard = || {
        let seen = house.alice.seen().into_iter();
        seen.filter(|it| it.room_id.is_none()).collect::<Vec<_>>()
    };
    pass_until(&house, "she is shown the code", || heard().iter().any(|it| it.content.file().is_some()))
        .await;
    let heard = heard();
    assert!(heard.iter().all(|it| it.account.as_deref() != Some("south")), "{heard:?}");
    let words = heard[0].text().expect("the words come first");
    assert!(words.contains("[warning] an account must be scanned: south"), "{words}");
    let link = words.split("https://gateway.example").nth(1).and_then(|it| it.split('\n').next());
    let link = link.expect("a link for whoever has its phone");
    let picture = heard.iter().find_map(|it| it.content.file().cloned()).expect("it was waited for");
    assert!(picture.bytes().starts_with(b"\x89PNG"), "{:?}", picture.bytes());
    assert!(matches!(heard[1].content, Content::File(_)), "{heard:?}");
    let (code, page) = house.admin(link, None).await;
    assert!(code == 200 && !page.contains(CODE), "it is nobody's yet: {code}");
}

#[tokio::test]
async fn a_test_is_told_at_once_by_the_way_that_is_named_and_how_that_went_is_known() {
    let (receives, url) = Receives::new().await;
    let house = Setup::new(SELF)
        .config(|config| {
            config.notify = vec![webhook(&url)];
            let other = Channel::Command(vec![String::from("/bin/false")]);
            config.notify.push(NotifyConfig::new("script", other));
        })
        .start()
        .await;
    let alarms = house.gateway.alarms();
    let ways = alarms.test(Some(String::from("hook")), "ann").await.expect("it is taken");
    assert_eq!(ways, ["hook"]);
    wait::until("it is told", || receives.told() == ["alarm.test test "]).await;
    alarms.test(Some(String::from("script")), "ann").await.expect("it is taken");
    let failure = wait::until_some("it is known why it was not told", async || {
        let status = alarms.look().await?;
        status.ways.into_iter().find(|it| it.name == "script")?.last_error
    })
    .await;
    assert!(failure.contains("/bin/false: exit status: 1"), "{failure}");
}

#[tokio::test]
async fn a_limit_that_is_used_up_for_long_is_told_and_so_is_its_end() {
    let (receives, url) = Receives::new().await;
    let once = Limit { count: 1, window: Duration::from_secs(24 * 3_600) };
    let house = Setup::new(SELF)
        .config(|config| {
            config.notify.push(webhook(&url));
            config.pace.enabled = true;
            config.pace.allowance.friend_adds = vec![once];
            config.pace.max_wait = Duration::from_secs(1);
        })
        .start()
        .await;
    let bot = house.bot().await;
    let strangers: Vec<_> = (0..3).map(|n| house.world.person(&format!("stranger {n}"))).collect();
    for (stranger, phone) in strangers.iter().flat_map(|it| house.phones.iter().map(move |phone| (it, phone)))
    {
        house.world.room("where all see each other", &[stranger, phone]);
    }
    let ask = async |n: usize| {
        let contact_id = strangers[n % strangers.len()].id().to_owned();
        let add = FriendshipAddRequest { contact_id, hello: "hello".into(), ..Default::default() };
        let mut puppet = bot.puppet.clone();
        let asked = tokio::spawn(async move { puppet.friendship_add(add).await });
        for _ in 0..100 {
            if asked.is_finished() {
                break;
            }
            pass(Duration::from_secs(4)).await;
        }
        asked.await.expect("no panic")
    };
    for n in 0..3 {
        ask(n).await.expect("each account may ask once");
    }
    // A bot that does not know when to stop.
    for n in 0..30 {
        let refusal = ask(n).await.expect_err("all have asked");
        assert!(refusal.message().contains("has used its friend_adds (1/1day)"), "{refusal:?}");
        pass(Duration::from_secs(60)).await;
        if !receives.told().is_empty() {
            assert!(n >= 8, "a few refusals are what pace is for: {n}");
            break;
        }
    }
    assert_eq!(receives.told(), ["alarm.opened pace-limit "]);
    let cause = receives.taken.lock().expect("no panic")[0].1["data"]["alarm"]["cause"].clone();
    assert!(text(&cause).contains(" calls were refused within "), "{cause}");
    assert!(
        text(&cause).contains("north has used its friend_adds (1/1day), the next is free in "),
        "{cause}"
    );
    pass_until(&house, "its end is told", || receives.told().len() > 1).await;
    assert_eq!(receives.told()[1..], ["alarm.closed pace-limit "]);
}
