//! Accounts, as the original named them in the environment: puppets and their tokens.

use super::{Member, Reader, Text, counted};
use crate::{
    Package,
    catalogue::{self, TokenNeed},
    reader::{Node, Place},
};

const PUPPET: &str = "HA_WECHATY_PUPPET";
const TOKEN: &str = "HA_WECHATY_PUPPET_TOKEN";
/// What the names of puppets begin with, and protocols leave out.
const FAMILY: &str = "wechaty-puppet-";
/// So long may a protocol be in an account's name, which has at most 32 characters and ends in a number.
const LONGEST: usize = 29;

/// An account that is being put together.
struct Account<'a> {
    puppet: &'a str,
    protocol: String,
    /// What makes it an account.
    place: Place,
    token: Option<Node>,
}

/// Reads all variables that make accounts.
pub(super) fn read(reader: &mut Reader) {
    let tokens = reader.secret(TOKEN, "account");
    if let Some(tokens) = &tokens {
        let count = tokens.items(':').len();
        reader.tell(&tokens.variable, format!("{}, for one puppet each", counted(count, "token")));
    }
    match (reader.text(PUPPET, "account"), tokens) {
        (Some(text), tokens) => of_puppets(reader, &text, tokens.as_ref()),
        (None, Some(tokens)) => {
            let message = format!(
                "is set, but {PUPPET} is not; name the puppets of these tokens there, like \
                 {PUPPET}=wechaty-puppet-service"
            );
            reader.refuse(&tokens.variable, "account", message);
        }
        (None, None) => {}
    }
    stray(reader);
}

fn of_puppets(reader: &mut Reader, text: &str, tokens: Option<&Text>) {
    let puppets: Vec<&str> = text.split(':').map(str::trim).collect();
    reader.tell(PUPPET, format!("{}: {}", counted(puppets.len(), "puppet"), puppets.join(", ")));
    if let Some(index) = puppets.iter().position(|puppet| puppet.is_empty()) {
        let message = format!("has no name in place {} of {}; take a ':' out", index + 1, puppets.len());
        return reader.refuse(PUPPET, "account", message);
    }
    let accounts = match tokens {
        Some(tokens) => in_turn(reader, &puppets, tokens),
        None => by_protocol(reader, &puppets),
    };
    let mut protocols: Vec<String> = puppets.iter().map(|puppet| protocol(puppet)).collect();
    protocols.sort();
    protocols.dedup();
    let mut members: Vec<Member> = accounts.iter().map(|account| account.member(&accounts)).collect();
    for protocol in protocols {
        let own = accounts.iter().zip(&mut members).filter(|(account, _)| account.protocol == protocol);
        endpoints(reader, &protocol, own.map(|(_, member)| member).collect());
    }
    reader.out.members.extend(members);
}

/// The later form: a token for each puppet, which may be empty.
fn in_turn<'a>(reader: &mut Reader, puppets: &[&'a str], tokens: &Text) -> Vec<Account<'a>> {
    let items = tokens.items(':');
    for puppet in puppets {
        let name = tokens_of(&protocol(puppet));
        if let Some(own) = reader.secret(&name, "account") {
            reader.tell(&own.variable, "not used");
            let message = format!("is set, and {} is too; unset one of them", tokens.variable);
            reader.refuse(&own.variable, "account", message);
        }
    }
    if items.len() != puppets.len() {
        let like: Vec<String> = (1..=puppets.len()).map(|number| format!("token_{number}")).collect();
        let more = match puppets {
            [puppet] => format!("; several accounts of one puppet stand in {}", tokens_of(&protocol(puppet))),
            _ => String::new(),
        };
        let message = format!(
            "has {}, but {PUPPET} has {}; write one token for each puppet, like {}, and nothing between two ':' \
             for a puppet that needs none{more}",
            counted(items.len(), "token"),
            counted(puppets.len(), "puppet"),
            like.join(":"),
        );
        reader.refuse(&tokens.variable, "account", message);
        return Vec::new();
    }
    let account = |(puppet, token): (&&'a str, &str)| Account {
        puppet,
        protocol: protocol(puppet),
        place: tokens.place(),
        token: (!token.is_empty()).then(|| tokens.node(token)),
    };
    puppets.iter().zip(items).map(account).collect()
}

/// The first form: an account for each token of each puppet.
fn by_protocol<'a>(reader: &mut Reader, puppets: &[&'a str]) -> Vec<Account<'a>> {
    let mut accounts: Vec<Account<'a>> = Vec::new();
    for (index, puppet) in puppets.iter().copied().enumerate() {
        let protocol = protocol(puppet);
        let name = tokens_of(&protocol);
        if puppets[..index].iter().any(|before| self::protocol(before) == protocol) {
            let message = format!(
                "has {puppet} twice; write it once, and a token for each of its accounts in {name}, like t1:t2"
            );
            reader.refuse(PUPPET, "account", message);
            continue;
        }
        let account = |place, token| Account { puppet, protocol: protocol.clone(), place, token };
        match reader.secret(&name, "account") {
            Some(tokens) => {
                let items = tokens.items(':');
                reader.tell(&tokens.variable, format!("{} of {puppet}", counted(items.len(), "token")));
                let token = |token: &str| (!token.is_empty()).then(|| tokens.node(token));
                accounts.extend(items.into_iter().map(|item| account(tokens.place(), token(item))));
            }
            None if needs_token(puppet) => {
                let message =
                    format!("{puppet} has no account: {name} is not set; set it, or leave the puppet out");
                reader.warn(PUPPET, message);
            }
            None => accounts.push(account(Place::Variable(PUPPET.to_owned()), None)),
        }
    }
    accounts
}

impl Account<'_> {
    /// What becomes of it, as one of all; numbers count the accounts of one protocol, so that names stay when
    /// other puppets come and go.
    fn member(&self, all: &[Account<'_>]) -> Member {
        let before = all.iter().take_while(|other| !std::ptr::eq(*other, self));
        let number = 1 + before.filter(|other| other.protocol == self.protocol).count();
        let mut name = self.protocol.to_lowercase().replace('_', "-");
        name.truncate(LONGEST);
        let puppet = Node::text_at(Place::Variable(PUPPET.to_owned()), self.puppet);
        let mut keys = vec![("puppet", puppet)];
        keys.extend(self.token.clone().map(|token| ("token", token)));
        Member { list: "account", name: format!("{name}-{number}"), place: self.place.clone(), keys }
    }
}

/// Where the services of a protocol's accounts are; one that is left empty is discovered.
fn endpoints(reader: &mut Reader, protocol: &str, members: Vec<&mut Member>) {
    let variable = format!("{PUPPET}_{protocol}_ENDPOINT");
    let Some(text) = reader.text(&variable, "account") else { return };
    if members.is_empty() {
        // Why there is none, was told.
        return reader.tell(&variable, "not used: there is no account of this puppet");
    }
    let endpoints = Text { variable, text };
    let items = endpoints.items(',');
    reader.tell(&endpoints.variable, format!("{}: {}", counted(items.len(), "endpoint"), items.join(", ")));
    if items.len() != members.len() {
        let like: Vec<String> = (1..=members.len()).map(|number| format!("host_{number}:8788")).collect();
        let message = format!(
            "has {}, but there are {} of this puppet; write one for each, like {}, and nothing between two ',' for \
             one that is discovered",
            counted(items.len(), "endpoint"),
            counted(members.len(), "account"),
            like.join(","),
        );
        return reader.refuse(&endpoints.variable, "account", message);
    }
    for (member, endpoint) in members.into_iter().zip(items).filter(|(_, endpoint)| !endpoint.is_empty()) {
        member.keys.push(("endpoint", endpoints.node(endpoint)));
    }
}

/// So many letters are wrong in a name that was mistyped.
const SLIPS: usize = 2;

/// Tokens and endpoints of puppets that nobody named.
fn stray(reader: &mut Reader) {
    let is_stray = |name: &&String| {
        let rest = name.strip_prefix(PUPPET).and_then(|rest| rest.strip_prefix('_'));
        let ends = ["_TOKEN", "_TOKEN_FILE", "_ENDPOINT"];
        rest.is_some_and(|rest| {
            ends.iter().any(|end| rest.strip_suffix(end).is_some_and(|it| !it.is_empty()))
        })
    };
    for name in reader.left.keys().filter(is_stray).cloned().collect::<Vec<_>>() {
        reader.left.remove(&name);
        // A slip of the pen, not a puppet that is left out for now.
        let is_near = |known: &&String| strsim::damerau_levenshtein(known, &name) <= SLIPS;
        if let Some(near) = reader.known.iter().find(is_near).cloned() {
            let message =
                format!("is not used, since no puppet of {PUPPET} is called so; did you mean {near}?");
            reader.tell(&name, message.as_str());
            reader.refuse(&name, "", message);
            continue;
        }
        reader.tell(&name, "not used: no puppet of HA_WECHATY_PUPPET is called so");
        let message = format!("is not used, since no puppet of {PUPPET} is called so; add the puppet there");
        reader.warn(&name, message);
    }
}

fn tokens_of(protocol: &str) -> String {
    format!("{PUPPET}_{protocol}_TOKEN")
}

/// What variables call a puppet: `WECHAT4U` for `wechaty-puppet-wechat4u`, `A_B` for `@scope/a-b@1.0.0`.
fn protocol(puppet: &str) -> String {
    let base = puppet.rsplit('/').find(|part| !part.is_empty()).unwrap_or(puppet);
    let base = base.split('@').find(|part| !part.is_empty()).unwrap_or(base);
    let short = base.strip_prefix(FAMILY).filter(|short| !short.is_empty()).unwrap_or(base);
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_uppercase() } else { '_' };
    short.chars().map(letter).collect()
}

fn needs_token(puppet: &str) -> bool {
    let known = puppet.parse::<Package>().ok().and_then(|package| catalogue::find(&package));
    known.is_some_and(|known| matches!(known.token, TokenNeed::Needed(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_protocol_is_the_puppets_short_name_in_capitals() {
        for (puppet, name) in [
            ("wechaty-puppet-hostie", "HOSTIE"),
            ("wechaty-puppet-wechat4u", "WECHAT4U"),
            ("wechaty-puppet-padlocal@1.20.1", "PADLOCAL"),
            ("wechaty-puppet-official-account", "OFFICIAL_ACCOUNT"),
            ("@juzi/wechaty-puppet-whatsapp", "WHATSAPP"),
            ("@scope/a-b@1.0.0", "A_B"),
            ("./puppets/mine.js", "MINE_JS"),
            ("/srv/puppet/", "PUPPET"),
            ("wechaty-puppet-", "WECHATY_PUPPET_"),
        ] {
            assert_eq!(protocol(puppet), name, "{puppet}");
        }
    }
}
