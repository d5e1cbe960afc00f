//! What drives an account: a puppet service that somebody runs, or a puppet that we run ourselves.

use std::path::PathBuf;

use ha_wechaty_core::Ids;
use ha_wechaty_wire::{Proxy, Token};

use super::{Dialect, Hosted, Package, Service, hosted, service};
use crate::{
    Endpoint,
    catalogue::KNOWN,
    reader::{Field, Form, FromField, Keys},
};

/// What drives an account. Key `puppet`.
#[derive(Debug, Clone, PartialEq)]
pub enum Provider {
    /// A puppet service that somebody runs: we connect to it.
    Service(Service),
    /// A puppet from npm, or from a folder: we run it, and connect to it then.
    Hosted(Hosted),
}

impl Provider {
    /// The account's own secret; a hosted puppet may need none.
    pub fn token(&self) -> Option<&Token> {
        match self {
            Self::Service(service) => Some(&service.token),
            Self::Hosted(hosted) => hosted.token.as_ref(),
        }
    }

    /// Through what it goes out, if not directly.
    pub fn proxy(&self) -> Option<&Proxy> {
        match self {
            Self::Service(service) => service.proxy.as_ref(),
            Self::Hosted(hosted) => hosted.proxy.as_ref(),
        }
    }

    /// Whether its contact and room ids are the same for every account, unless the operator says so.
    pub fn ids(&self) -> Ids {
        match self {
            Self::Service(_) => Ids::Shared,
            Self::Hosted(hosted) => hosted.ids(),
        }
    }

    /// Whether the two would be one account.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Service(one), Self::Service(other)) => {
                // An address that means something else behind each proxy; any other is one, however it is reached, and so is a
                // token that is looked up.
                let is_near = one.endpoint.as_ref().is_some_and(Endpoint::is_near);
                let is_one_way = !is_near || one.proxy == other.proxy;
                one.token == other.token && one.endpoint == other.endpoint && is_one_way
            }
            (Self::Hosted(one), Self::Hosted(other)) => {
                one.token.is_some() && one.token == other.token && one.package == other.package
            }
            (Self::Service(_), Self::Hosted(_)) | (Self::Hosted(_), Self::Service(_)) => false,
        }
    }

    /// What to do about two that would be one account.
    pub(super) fn how_to_differ(&self) -> &'static str {
        match self {
            Self::Service(_) => {
                "each account needs a puppet service of its own: change the token or the endpoint"
            }
            Self::Hosted(_) => "each account needs a token of its own",
        }
    }

    /// What must hold, and does not: the account's key, and why.
    pub(super) fn broken(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Service(service) => service.broken(),
            Self::Hosted(hosted) => hosted.broken(),
        }
    }
}

impl From<Service> for Provider {
    fn from(service: Service) -> Self {
        Self::Service(service)
    }
}

impl From<Hosted> for Provider {
    fn from(hosted: Hosted) -> Self {
        Self::Hosted(hosted)
    }
}

/// What drives an account, from the account's keys.
pub(super) fn read(keys: &mut Keys<'_>) -> Provider {
    let is_named = keys.has("puppet");
    match keys.get("puppet") {
        Some(Puppet::Service(dialect)) => Provider::Service(service::read(keys, dialect)),
        Some(Puppet::Package(package)) => Provider::Hosted(hosted::read(keys, package)),
        None if !is_named => Provider::Service(service::read(keys, Dialect::Service)),
        None => {
            keys.pass_over(|keys| {
                service::read(keys, Dialect::Service);
            });
            // Of nobody's use: the configuration is refused.
            Provider::Hosted(Hosted::new(Package::Local(PathBuf::new())))
        }
    }
}

/// What key `puppet` can name.
enum Puppet {
    /// A puppet service that somebody runs.
    Service(Dialect),
    /// A puppet to run.
    Package(Package),
}

impl FromField for Puppet {
    const FORM: Form = Form::Text;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        let text = field.text("wechaty-puppet-service")?;
        match text {
            "wechaty-puppet-service" => return Some(Self::Service(Dialect::Service)),
            "wechaty-puppet-hostie" => return Some(Self::Service(Dialect::Hostie)),
            _ => {}
        }
        let whole = format!("wechaty-puppet-{text}");
        if KNOWN.iter().any(|known| known.name == whole) {
            return field.refuse(format!("{text:?} is not the whole name; write {whole}"));
        }
        match text.parse() {
            Ok(Package::Local(path)) => {
                let path = field.relative(&path);
                if !path.exists() {
                    return field
                        .refuse(format!("{} is not there; name a puppet's folder or file", path.display()));
                }
                Some(Self::Package(Package::Local(path)))
            }
            Ok(package) => Some(Self::Package(package)),
            Err(error) => field.refuse(format!("{text:?} {error}")),
        }
    }
}
