//! What an operator's browser, a probe or a stranger says to the admin's server.

use ha_wechaty::fuzzing::House;

use super::{PASSWORD, Shared, house, watched};

thread_local! {
    static OPEN: Shared<House> = const { Shared::new() };
    static LOCKED: Shared<House> = const { Shared::new() };
}

/// `admin:p4ssw0rd`, as a browser says it.
const SHOWN: &str = "YWRtaW46cDRzc3cwcmQ";

/// The first byte says whether there is a password; the others are said.
///
/// # Panics
/// Something does not hold.
pub fn challenge(input: &[u8]) {
    let Some((way, said)) = input.split_first() else { return };
    let is_locked = way % 2 == 1;
    let kept = if is_locked { &LOCKED } else { &OPEN };
    let more = if is_locked { format!("[admin]\npassword = \"{PASSWORD}\"\n") } else { String::new() };
    let heard = kept.with(|shared| {
        shared.with(usize::MAX, || house("off", &more), |house| watched(|| house.ask_admin(said)))
    });
    crate::told(|| heard.escape_ascii().to_string());
    let heard = String::from_utf8(heard).expect("what the admin says is text");
    assert!(heard.is_empty() || heard.starts_with("HTTP/1."), "{heard}");
    for secret in ["b0t_", "n0rth", "s0uth", "w3st", PASSWORD] {
        let is_repeated = String::from_utf8_lossy(said).contains(secret);
        assert!(is_repeated || !heard.contains(secret), "{heard}");
    }
    let is_shown = said.windows(SHOWN.len()).any(|it| it == SHOWN.as_bytes());
    let is_said = String::from_utf8_lossy(said).contains("north");
    if is_locked && !is_shown && !is_said {
        assert!(!heard.contains("north"), "who is in the team is for those who show the password: {heard}");
    }
    for status in heard.lines().filter_map(|line| line.strip_prefix("HTTP/1.1 ")) {
        assert!(!status.starts_with("500"), "{heard}");
    }
}
