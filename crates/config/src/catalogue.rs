//! The puppets that are known: what each needs, and what is known of it.

use ha_wechaty_core::Ids;
use ha_wechaty_wire::proxy::ProxyKind;

use crate::Package;

/// A puppet of npm that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Known {
    /// The package's name.
    pub name: &'static str,
    /// The version that is installed unless another one is asked for.
    pub version: &'static str,
    /// Which interface it implements.
    pub generation: Generation,
    /// Whether it needs a token, and who issues it.
    pub token: TokenNeed,
    /// Whether its contact and room ids are the same for every account.
    pub ids: Ids,
    /// Where it runs.
    pub platform: Platform,
    /// The proxies that it is known not to heed: told of one, it goes out directly.
    pub ignores: &'static [ProxyKind],
    /// What else an operator should know before choosing it.
    pub remark: &'static str,
}

impl Known {
    /// Whether it is the protocol that is spoken natively, so that nothing need be installed for it.
    pub fn is_native(&self) -> bool {
        matches!(self.name, "wechaty-puppet-service" | "wechaty-puppet-hostie")
    }
}

/// Where a puppet runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Wherever Node does.
    Any,
    /// On Windows only, which `ha-wechaty` does not run on.
    Windows,
}

/// The interface that a puppet implements: that of `wechaty-puppet` 0.x or 1.x.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generation {
    /// 0.x, until 2021.
    Old,
    /// 1.x.
    Current,
}

/// Whether a puppet needs a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenNeed {
    /// It does; that is where one comes from.
    Needed(&'static str),
    /// It does not.
    None,
}

/// So does gRPC on Node.
const SOCKS: &[ProxyKind] = &[ProxyKind::Socks5];
/// So do programs that look at no variables.
const ANY: &[ProxyKind] = &[ProxyKind::Socks5, ProxyKind::Http];

/// All of them, in the order in which they are shown.
pub const KNOWN: &[Known] = &[
    Known {
        name: "wechaty-puppet-padlocal",
        version: "1.20.1",
        generation: Generation::Current,
        token: TokenNeed::Needed("pad-local.com"),
        ids: Ids::Shared,
        platform: Platform::Any,
        ignores: SOCKS,
        remark: "",
    },
    Known {
        name: "wechaty-puppet-wechat4u",
        version: "1.14.14",
        generation: Generation::Current,
        token: TokenNeed::None,
        ids: Ids::Own,
        platform: Platform::Any,
        ignores: &[],
        remark: "the web protocol: ids change with each login",
    },
    Known {
        name: "wechaty-puppet-wechat",
        version: "1.18.4",
        generation: Generation::Current,
        token: TokenNeed::None,
        ids: Ids::Own,
        platform: Platform::Any,
        // Its browser would take one for an HTTP proxy.
        ignores: SOCKS,
        remark: "the web protocol in a browser: ids change with each login; no browser is installed: name one in \
                 PUPPETEER_EXECUTABLE_PATH",
    },
    Known {
        name: "wechaty-puppet-xp",
        version: "1.13.12",
        generation: Generation::Current,
        token: TokenNeed::None,
        ids: Ids::Shared,
        platform: Platform::Windows,
        ignores: ANY,
        remark: "drives the WeChat program of Windows: run it there, behind a puppet service",
    },
    Known {
        name: "wechaty-puppet-mock",
        version: "1.19.4",
        generation: Generation::Current,
        token: TokenNeed::None,
        ids: Ids::Own,
        platform: Platform::Any,
        ignores: &[],
        remark: "no WeChat behind it: for tests",
    },
    Known {
        name: "wechaty-puppet-service",
        version: "1.19.9",
        generation: Generation::Current,
        token: TokenNeed::Needed("the puppet service"),
        ids: Ids::Shared,
        platform: Platform::Any,
        ignores: SOCKS,
        remark: "spoken natively; a version, as in wechaty-puppet-service@1.19.9, runs the package instead",
    },
    Known {
        name: "wechaty-puppet-hostie",
        version: "0.13.4",
        generation: Generation::Old,
        token: TokenNeed::Needed("the puppet service"),
        ids: Ids::Shared,
        platform: Platform::Any,
        ignores: SOCKS,
        remark: "spoken natively; a version, as in wechaty-puppet-hostie@0.13.4, runs the package instead",
    },
    Known {
        name: "wechaty-puppet-padplus",
        version: "0.7.43",
        generation: Generation::Old,
        token: TokenNeed::Needed("its own service, which is gone"),
        ids: Ids::Shared,
        platform: Platform::Any,
        ignores: SOCKS,
        remark: "",
    },
    Known {
        name: "wechaty-puppet-macpro",
        version: "0.4.0",
        generation: Generation::Old,
        token: TokenNeed::Needed("its own service, which is gone"),
        ids: Ids::Shared,
        platform: Platform::Any,
        ignores: SOCKS,
        remark: "",
    },
];

/// What is known of a package.
pub fn find(package: &Package) -> Option<&'static Known> {
    match package {
        Package::Npm { name, .. } => KNOWN.iter().find(|known| known.name == name),
        Package::Local(_) => None,
    }
}
