//! What is held against what somebody shows: the password and keys of the configuration as it counts now.

use std::sync::Arc;

use ha_wechaty_config::{Config, KeyConfig};

use super::{keys::Keys, password::Password, session::Sessions};

/// The password and keys of one configuration.
#[derive(Debug, Clone)]
pub(super) struct Held {
    /// Of this one.
    pub(super) of: Arc<Config>,
    pub(super) password: Option<Arc<Password>>,
    pub(super) keys: Arc<Keys>,
}

impl Held {
    pub(super) fn new(of: Arc<Config>) -> Self {
        let password = of.admin.password.as_ref().map(|it| Arc::new(Password::new(it)));
        Self { password, keys: Arc::new(Keys::new(&of.keys)), of }
    }

    /// The same of another configuration: what is as it was stays, with what it remembers. Sessions of whom what they have
    /// shown is worth nothing any more are over.
    pub(super) fn with(&self, of: Arc<Config>, sessions: &Sessions) -> Self {
        let fresh = Self::new(of);
        let before = &self.of;
        let is_same_password = before.admin.password == fresh.of.admin.password;
        if !is_same_password {
            sessions.end_all_of(KeyConfig::PASSWORD);
        }
        let is_held =
            |key: &KeyConfig| fresh.of.keys.iter().any(|it| (&it.name, it.hash) == (&key.name, key.hash));
        before.keys.iter().filter(|key| !is_held(key)).for_each(|key| sessions.end_all_of(&key.name));
        let password = if is_same_password { self.password.clone() } else { fresh.password };
        let keys = Arc::new(self.keys.with(&fresh.of.keys));
        Self { of: fresh.of, password, keys }
    }
}

#[cfg(test)]
mod tests {
    use std::{net::IpAddr, time::Duration};

    use axum::http::{HeaderMap, HeaderValue, header};
    use ha_wechaty_config::{KeyHash, Right, Secret};

    use super::*;

    fn config(password: &str, keys: &[(&str, u8)]) -> Arc<Config> {
        let mut config = Config::new("team");
        config.admin.password = Some(Secret::new(password));
        let key = |(name, byte): &(&str, u8)| KeyConfig::new(*name, KeyHash([*byte; 32]), Right::Read);
        config.keys = keys.iter().map(key).collect();
        Arc::new(config)
    }

    #[test]
    fn sessions_end_of_whom_the_password_or_the_key_is_another_and_no_others() {
        let sessions = Sessions::new(Duration::from_secs(3_600));
        let show = |name: &str| {
            let set = sessions.begin(name, false).expect("there are random bits");
            let shown = set.split(';').next().expect("a pair").to_owned();
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_str(&shown).expect("a header"));
            headers
        };
        let [admin, ops, eyes] = ["admin", "ops", "eyes"].map(show);
        let are_there = || [&admin, &ops, &eyes].map(|it| sessions.find(it, false).is_some());
        let first = Held::new(config("one", &[("ops", 1), ("eyes", 2)]));
        let from = IpAddr::from([192, 0, 2, 1]);
        let are_new = |held: &Held| ["ops", "eyes"].map(|name| held.keys.is_first_use(name, from));
        assert_eq!(are_new(&first), [true; 2]);
        let same = first.with(config("one", &[("ops", 1), ("eyes", 2)]), &sessions);
        assert_eq!(are_there(), [true; 3]);
        assert_eq!(are_new(&same), [false; 2], "what is remembered of their use stays");
        let second = same.with(config("two", &[("ops", 1), ("eyes", 3)]), &sessions);
        assert_eq!(are_there(), [false, true, false]);
        assert_eq!(are_new(&second), [false, true], "that of a key that is the same, too");
        let admin = show("admin");
        assert!(sessions.find(&admin, false).is_some(), "who shows the new one has a session");
        let third = second.with(config("two", &[]), &sessions);
        assert!(sessions.find(&admin, false).is_some() && sessions.find(&ops, false).is_none());
        assert!(third.keys.is_empty());
    }
}
