//! What a way needs to reach people: which keys belong to which `to`.

use base64::{Engine as _, prelude::BASE64_STANDARD};

use super::values::{Address, Key, Mail, MailTo, Program};
use crate::{
    Endpoint, PemFile, Secret,
    reader::{Field, FromField, Keys},
};

/// What it takes to reach people.
#[derive(Debug, Clone, PartialEq)]
pub enum Channel {
    /// A program that takes JSON over HTTP, signed as Standard Webhooks has it.
    Webhook {
        /// Where. Its path may be a secret, so none of it is shown.
        url: Secret,
        /// What it is signed with, if it is.
        secret: Option<Secret>,
        /// Who vouches for it beside the public authorities.
        ca: Option<PemFile>,
    },
    /// A group's robot.
    Robot {
        /// Whose.
        robot: Robot,
        /// Where, with the key in it.
        url: Secret,
        /// What it is signed with, if it is.
        secret: Option<Secret>,
        /// Who vouches for it beside the public authorities.
        ca: Option<PemFile>,
    },
    /// Mail.
    Mail(Mailbox),
    /// A program of this machine: its path or name, then its arguments.
    Command(Vec<String>),
    /// A person's own WeChat, told by an account that the alarm is not about.
    Wechat {
        /// The person's id, as bots know it.
        contact: String,
    },
}

impl Channel {
    /// Its word in the configuration.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Webhook { .. } => To::Webhook.name(),
            Self::Robot { robot, .. } => To::Robot(*robot).name(),
            Self::Mail(_) => To::Mail.name(),
            Self::Command(_) => To::Command.name(),
            Self::Wechat { .. } => To::Wechat.name(),
        }
    }
}

/// Whose robots.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Robot {
    /// WeCom (企业微信).
    Wecom,
    /// DingTalk (钉钉).
    Dingtalk,
    /// Feishu (飞书), and Lark.
    Feishu,
    /// Slack, and what takes its format.
    Slack,
}

/// How mail is sent.
#[derive(Debug, Clone, PartialEq)]
pub struct Mailbox {
    /// Where mail is handed in. At port 465 TLS comes first; elsewhere STARTTLS must be offered, but for a server on this
    /// machine without a `ca`, which is spoken to in plaintext.
    pub smtp: Endpoint,
    /// As whom, if a password is shown; unless it is set, the address that it is from.
    pub user: Option<String>,
    /// The password.
    pub secret: Option<Secret>,
    /// Who vouches for the server beside the public authorities.
    pub ca: Option<PemFile>,
    /// The address that it is from.
    pub from: String,
    /// To whom.
    pub mailto: Vec<String>,
}

/// What `to` can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum To {
    Webhook,
    Robot(Robot),
    Mail,
    Command,
    Wechat,
}

impl FromField for To {
    fn from_field(field: &Field<'_>) -> Option<Self> {
        field.word(&Self::ALL.map(|it| (it.name(), it)))
    }
}

impl To {
    const ALL: [Self; 8] = [
        Self::Webhook,
        Self::Robot(Robot::Wecom),
        Self::Robot(Robot::Dingtalk),
        Self::Robot(Robot::Feishu),
        Self::Robot(Robot::Slack),
        Self::Mail,
        Self::Command,
        Self::Wechat,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Robot(Robot::Wecom) => "wecom",
            Self::Robot(Robot::Dingtalk) => "dingtalk",
            Self::Robot(Robot::Feishu) => "feishu",
            Self::Robot(Robot::Slack) => "slack",
            Self::Mail => "mail",
            Self::Command => "command",
            Self::Wechat => "wechat",
        }
    }
}

/// What to do where a robot's address is missing.
const ROBOTS: &str = "copy the robot's address from its settings, or name the file that holds it in url_file";

impl To {
    /// All keys that some of them have, and whose they are.
    const KEYS: [(&str, &str); 9] = [
        ("url", "webhooks and robots"),
        ("secret", "webhook, dingtalk, feishu and mail"),
        ("ca", "webhooks, robots and mail"),
        ("smtp", "mail"),
        ("user", "mail"),
        ("from", "mail"),
        ("mailto", "mail"),
        ("command", "command"),
        ("contact", "wechat"),
    ];

    /// The keys that it needs, each with what to do where it is missing.
    fn needs(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Webhook => &[("url", "write who is told, or name the file that holds it in url_file")],
            Self::Robot(_) => &[("url", ROBOTS)],
            Self::Mail => &[
                ("smtp", "write the server that takes the mail, like \"mail.example.com:587\""),
                ("from", "write the address that the mail is from"),
                ("mailto", "write who gets the mail, like [\"ops@example.com\"]"),
            ],
            Self::Command => {
                &[("command", "write a program and its arguments, like [\"/usr/local/bin/alarm\"]")]
            }
            Self::Wechat => &[("contact", "write the person's id, as bots know it")],
        }
    }

    /// The keys that it may have besides.
    fn takes(self) -> &'static [&'static str] {
        match self {
            Self::Webhook | Self::Robot(Robot::Dingtalk | Robot::Feishu) => &["secret", "ca"],
            // The key is in the address, and nothing is signed.
            Self::Robot(Robot::Wecom | Robot::Slack) => &["ca"],
            Self::Mail => &["user", "secret", "ca"],
            Self::Command | Self::Wechat => &[],
        }
    }

    /// Says which keys are missing, and which are of no use.
    fn judge(self, keys: &Keys<'_>) {
        let has = |key: &str| keys.has(key) || keys.has(&format!("{key}_file"));
        for (key, remedy) in self.needs().iter().filter(|(key, _)| !has(key)) {
            keys.report(key, format!("is missing; {remedy}"));
        }
        let is_known = |key: &str| self.takes().contains(&key) || self.needs().iter().any(|it| it.0 == key);
        for (key, whose) in Self::KEYS.iter().filter(|(key, _)| has(key) && !is_known(key)) {
            keys.report(key, format!("is for {whose}; leave it out"));
        }
    }
}

/// What a way needs, from its keys.
pub(super) fn read(keys: &mut Keys<'_>) -> Channel {
    let mut to: Option<To> = None;
    keys.require("to", &mut to, "write webhook, wecom, dingtalk, feishu, slack, mail, command or wechat");
    let url = keys.secret("url", "url_file").map_or(Secret::new(""), |Address(url)| url);
    let secret = keys.secret("secret", "secret_file").map(|Key(secret)| secret);
    let (ca, smtp, user) = (keys.get("ca"), keys.get("smtp"), keys.get("user"));
    let from = keys.get("from").map_or(String::new(), |Mail(from)| from);
    let mailto = keys.get("mailto").map_or(Vec::new(), |MailTo(mailto)| mailto);
    let command = keys.get("command").map_or(Vec::new(), |Program(command)| command);
    let contact: String = keys.get("contact").unwrap_or_default();
    if let Some(to) = to {
        to.judge(keys);
    }
    match to {
        Some(To::Webhook) => {
            if let Some(why) = secret.as_ref().and_then(unusable) {
                keys.report("secret", why);
            }
            Channel::Webhook { url, secret, ca }
        }
        Some(To::Robot(robot)) => Channel::Robot { robot, url, secret, ca },
        Some(To::Mail) => {
            // What is missing was told of.
            let smtp = smtp.unwrap_or_else(|| Endpoint::new("", 0));
            Channel::Mail(Mailbox { smtp, user, secret, ca, from, mailto })
        }
        Some(To::Command) => Channel::Command(command),
        Some(To::Wechat) | None => Channel::Wechat { contact },
    }
}

/// What begins the secrets of Standard Webhooks, of which the rest is base64.
const WHSEC: &str = "whsec_";

/// Why nothing can be signed with a secret.
fn unusable(secret: &Secret) -> Option<&'static str> {
    let encoded = secret.reveal().strip_prefix(WHSEC)?;
    let is_base64 = BASE64_STANDARD.decode(encoded).is_ok();
    (!is_base64).then_some("begins with whsec_, and its rest is no base64; copy it again, with its end")
}
