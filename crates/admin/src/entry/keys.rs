//! Keys of operators and their programs. Of each only a hash is known here.

use std::{collections::BTreeMap, net::IpAddr, num::NonZeroUsize, sync::Mutex};

use ha_wechaty_config::{KeyConfig, KeyHash};
use lru::LruCache;
use sha2::{Digest as _, Sha256};

/// So many uses are remembered, each a key and an address.
const USES: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();

/// The keys there are.
#[derive(Debug)]
pub(super) struct Keys {
    keys: BTreeMap<KeyHash, KeyConfig>,
    used: Mutex<LruCache<(String, IpAddr), ()>>,
}

impl Keys {
    pub(super) fn new(keys: &[KeyConfig]) -> Self {
        let keys = keys.iter().map(|key| (key.hash, key.clone())).collect();
        Self { keys, used: Mutex::new(LruCache::new(USES)) }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The key that was shown. Where it is looked for depends on its hash alone, which tells nothing of other keys.
    pub(super) fn find(&self, shown: &str) -> Option<&KeyConfig> {
        self.keys.get(&hash(shown))
    }

    /// The key of this name.
    pub(super) fn named(&self, name: &str) -> Option<&KeyConfig> {
        self.keys.values().find(|key| key.name == name)
    }

    /// Whether a key was not shown from there before, as far as is remembered; then it is.
    pub(super) fn is_first_use(&self, name: &str, from: IpAddr) -> bool {
        let used = self.used.lock();
        used.is_ok_and(|mut used| used.put((name.to_owned(), from), ()).is_none())
    }
}

/// What is kept of a key.
pub(super) fn hash(key: &str) -> KeyHash {
    KeyHash(Sha256::digest(key.as_bytes()).into())
}
