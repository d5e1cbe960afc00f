//! What whoever tries it is told.

use std::{net::SocketAddr, path::Path};

/// Where bots connect, and with what.
pub(super) struct Door<'a> {
    pub(super) at: SocketAddr,
    pub(super) token: &'a str,
    pub(super) is_plaintext: bool,
}

/// It has begun: where to look, and what to type next.
pub(super) fn begun(door: &Door<'_>, admin: Option<SocketAddr>, folder: &Path) -> String {
    let mut out = String::from(
        "A team of three accounts: puppets of npm, run as a real account's would be. Each shows a code, and is \"scanned\" \
         after some seconds; its friend asks it \"ding\". Ctrl-C ends all of it.\n",
    );
    if let Some(admin) = admin {
        out += &format!("  the page:     http://{admin}/\n");
        out += &format!("  in words:     ha-wechaty status --admin {admin}\n");
    }
    out += &format!("  their puppet: {}\n", folder.join("account.mjs").display());
    out += "A bot for it, in another terminal:\n";
    out += "  mkdir bot && cd bot && npm init -y && npm install wechaty\n";
    for (name, value) in [
        ("WECHATY_PUPPET", "wechaty-puppet-service"),
        ("WECHATY_PUPPET_SERVICE_TOKEN", door.token),
        ("WECHATY_PUPPET_SERVICE_ENDPOINT", &door.at.to_string()),
    ] {
        out += &format!("  export {name}={value}\n");
    }
    if door.is_plaintext {
        out += "  export WECHATY_PUPPET_SERVICE_NO_TLS_INSECURE_CLIENT=true\n";
    }
    out += &format!("  echo '{BOT}' > bot.mjs\n  node bot.mjs");
    out
}

/// The bot of every tutorial.
const BOT: &str = r#"import { WechatyBuilder } from "wechaty"
const bot = WechatyBuilder.build()
bot.on("message", async message => { if (message.text() === "ding") await message.say("dong") })
await bot.start()"#;

/// All are logged in.
pub(super) fn complete() -> String {
    String::from(
        "All three are logged in. With real accounts it is the same, but for [[account]] puppet and token: ha-wechaty providers \
         says what each puppet needs.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_what_a_bot_needs() {
        let at = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let mut door = Door { at: at(1), token: "insecure_t", is_plaintext: false };
        let told = begun(&door, Some(at(2)), Path::new("/tmp/try"));
        for part in [
            "http://127.0.0.1:2/",
            "ha-wechaty status --admin 127.0.0.1:2",
            "export WECHATY_PUPPET_SERVICE_TOKEN=insecure_t\n",
            "export WECHATY_PUPPET_SERVICE_ENDPOINT=127.0.0.1:1\n",
            "/tmp/try/account.mjs",
        ] {
            assert!(told.contains(part), "{part} in {told}");
        }
        door.is_plaintext = true;
        assert!(!told.contains("NO_TLS") && begun(&door, None, Path::new("")).contains("NO_TLS"));
        assert!(!BOT.contains('\''), "a shell would end it there");
    }
}
