//! A puppet that we run ourselves.

use std::fmt;

use ha_wechaty_core::Ids;
use ha_wechaty_wire::{Proxy, Token, proxy::ProxyKind};
use serde_json::{Map, Number, Value as Json};

use super::{Package, proxy};
use crate::{
    catalogue::{self, TokenNeed},
    reader::{Field, Form, FromField, Keys, Value},
};

/// A puppet that we run, as a puppet service of its own that nobody else reaches.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Hosted {
    /// Where its code is. Key `puppet`.
    pub package: Package,
    /// What it shows to its own server, if it has one.
    pub token: Option<Token>,
    /// What else it is made with. Key `puppet_options`.
    pub options: PuppetOptions,
    /// Through what it is told to go out, in variables of its environment, if not directly. Key `proxy`.
    pub proxy: Option<Proxy>,
}

impl Hosted {
    /// A puppet without token and options.
    pub fn new(package: Package) -> Self {
        Self { package, token: None, options: PuppetOptions::default(), proxy: None }
    }

    /// What the catalogue says of its ids; of a puppet that is not in it nothing is known, and ids that are
    /// tagged without need do no harm.
    pub(super) fn ids(&self) -> Ids {
        catalogue::find(&self.package).map_or(Ids::Own, |known| known.ids)
    }

    /// What must hold, and does not: the account's key, and why.
    pub(super) fn broken(&self) -> Vec<(&'static str, String)> {
        let Self { package, token, proxy, options: _ } = self;
        let Some(known) = catalogue::find(package) else { return Vec::new() };
        let token = match (known.token, token) {
            (TokenNeed::Needed(issuer), None) => {
                Some(("token", format!("is missing; {package} needs one from {issuer}")))
            }
            (TokenNeed::Needed(_), Some(_)) | (TokenNeed::None, _) => None,
        };
        let ignored = proxy.as_ref().filter(|it| known.ignores.contains(&it.kind()));
        let proxy = ignored.map(|_| {
            let remedy = match known.ignores.contains(&ProxyKind::Http) {
                true => "run it at another place, behind a puppet service, or leave the key out",
                false => {
                    "name one that begins with http://, or run it at another place, behind a puppet service"
                }
            };
            ("proxy", format!("is not heeded by {package}, which would go out directly; {remedy}"))
        });
        token.into_iter().chain(proxy).collect()
    }

    /// Whether it may go out directly in spite of its proxy: few clients of npm know SOCKS.
    pub fn may_ignore_proxy(&self) -> bool {
        self.proxy.as_ref().is_some_and(|it| it.kind() == ProxyKind::Socks5)
    }
}

/// What a puppet is made with, besides its token. `Debug` hides the values: there may be secrets among them.
#[derive(Clone, PartialEq, Default)]
pub struct PuppetOptions(Map<String, Json>);

impl PuppetOptions {
    /// The options themselves.
    pub fn as_map(&self) -> &Map<String, Json> {
        &self.0
    }
}

impl From<Map<String, Json>> for PuppetOptions {
    fn from(options: Map<String, Json>) -> Self {
        Self(options)
    }
}

impl fmt::Debug for PuppetOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.keys().map(|key| (key, "…"))).finish()
    }
}

/// A puppet that we run, from the account's keys.
pub(super) fn read(keys: &mut Keys<'_>, package: Package) -> Hosted {
    for key in ["endpoint", "authority", "tls"] {
        keys.refuse(
            key,
            format!(
                "must be left out: ha-wechaty runs {package} itself and knows where; if somebody else runs it \
                 behind a puppet service, set puppet = \"wechaty-puppet-service\""
            ),
        );
    }
    let mut hosted = Hosted::new(package);
    let Hosted { package: _, token, options, proxy: through } = &mut hosted;
    if let Some(PuppetToken(own)) = keys.secret("token", "token_file") {
        *token = Some(own);
    }
    keys.set("puppet_options", options);
    *through = proxy::read(keys);
    hosted
}

/// The secret of a puppet that we run: it goes to the puppet's own server, whose rules are not ours.
struct PuppetToken(Token);

impl FromField for PuppetToken {
    const FORM: Form = Form::Secret;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        match field.node.value.text() {
            Some(text) if !text.is_empty() => Some(Self(Token::new(text))),
            Some(_) => field.refuse("is empty; copy it from where it was issued, or leave the key out"),
            None => field.refuse(format!("must be a text, not {}", field.node.value.kind())),
        }
    }
}

impl FromField for PuppetOptions {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        match (&field.node.value, json(&field.node.value)) {
            (Value::Table(_), Some(Json::Object(options))) => Some(options.into()),
            (Value::Table(_), _) => {
                field.refuse("has a date or a number that JSON can't carry; write it as a text")
            }
            (other, _) => {
                field.refuse(format!("must be a table like {{ key = \"…\" }}, not {}", other.kind()))
            }
        }
    }
}

/// A value as JSON writes it.
fn json(value: &Value) -> Option<Json> {
    Some(match value {
        Value::Text(text) => text.as_str().into(),
        Value::Integer(number) => (*number).into(),
        Value::Float(number) => Json::Number(Number::from_f64(*number)?),
        Value::Bool(yes) => (*yes).into(),
        Value::List(nodes) => nodes.iter().map(|node| json(&node.value)).collect::<Option<_>>()?,
        Value::Table(table) => {
            let entries = table.iter().map(|(key, entry)| Some((key.clone(), json(&entry.node.value)?)));
            Json::Object(entries.collect::<Option<_>>()?)
        }
        Value::Other => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_never_shown() {
        let options = Map::from_iter([("key".to_owned(), Json::from("secret"))]);
        assert_eq!(format!("{:?}", PuppetOptions::from(options)), r#"{"key": "…"}"#);
    }
}
