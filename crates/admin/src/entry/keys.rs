//! Keys of operators and their programs. Of each only a hash is known here.

use std::{
    collections::BTreeMap,
    net::IpAddr,
    num::NonZeroUsize,
    sync::{Arc, Mutex},
};

use ha_wechaty_config::{KeyConfig, KeyHash};
use lru::LruCache;
use sha2::{Digest as _, Sha256};

/// So many uses are remembered, each a key and an address.
const USES: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();

/// The keys there are.
#[derive(Debug)]
pub(super) struct Keys {
    keys: BTreeMap<KeyHash, KeyConfig>,
    /// By name, hash and address, of whatever configuration: the same key is not another one because others are.
    used: Arc<Mutex<LruCache<Use, ()>>>,
}

type Use = (String, [u8; 32], IpAddr);

impl Keys {
    pub(super) fn new(keys: &[KeyConfig]) -> Self {
        let keys = keys.iter().map(|key| (key.hash, key.clone())).collect();
        Self { keys, used: Arc::new(Mutex::new(LruCache::new(USES))) }
    }

    /// The keys of another configuration, with what is remembered of those that stay.
    pub(super) fn with(&self, keys: &[KeyConfig]) -> Self {
        Self { used: self.used.clone(), ..Self::new(keys) }
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
        let (Some(key), Ok(mut used)) = (self.named(name), self.used.lock()) else { return false };
        used.put((name.to_owned(), key.hash.0, from), ()).is_none()
    }
}

/// What is kept of a key.
pub(super) fn hash(key: &str) -> KeyHash {
    KeyHash(Sha256::digest(key.as_bytes()).into())
}
