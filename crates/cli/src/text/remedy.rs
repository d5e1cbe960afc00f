//! What to do, in a few words, and where the runbook says more.

use ha_wechaty_team::view::Remedy;

/// What to do, with the runbook's heading behind it.
pub fn remedy(it: Remedy) -> String {
    format!("do: {} ({})", todo(it), it.anchor())
}

/// The same in a few words.
pub(super) fn todo(it: Remedy) -> &'static str {
    match it {
        Remedy::Refused => "start its puppet service, or correct its endpoint",
        Remedy::Timeout => "see whether its machine is up, and a firewall lets its port through",
        Remedy::Dns => "correct the name in its endpoint, or this machine's DNS",
        Remedy::Unreachable => "see to the network between, or correct its endpoint",
        Remedy::Tls => "set its tls as its puppet service has it",
        Remedy::NotAPuppet => "name the port of the puppet service in its endpoint",
        Remedy::Token => "give it the token that its puppet service has",
        Remedy::Discovery => "start its puppet service, check its token, or set its endpoint",
        Remedy::Proxy => "correct its proxy, or see to the proxy and to what is behind it",
        Remedy::Offline => "nothing at first; if it stays, look at its puppet service's log",
        Remedy::Puppet => "read what its puppet said last",
        Remedy::Node => "install Node 18 or newer with npm, or set host.node and host.npm",
        Remedy::Taken => "end the other client, or take the account out of one of the two",
        Remedy::VerifyCode => "enter the code that WeChat sent, or its phone shows: ha-wechaty login NAME",
        Remedy::Scan => "scan its code with its phone: ha-wechaty login NAME",
        Remedy::LoggedOut => "log it in again: ha-wechaty login NAME",
        Remedy::NotLoggedIn => "look at its provider, then ha-wechaty reset NAME",
        Remedy::Suspect => "nothing: it is asked, and gets no work while others work",
        Remedy::Silent => "see on its phone whether it is logged in, then restart its puppet service",
        Remedy::SamePerson => "log one of them in as somebody else",
        Remedy::NoHeartbeat => "let it follow the heartbeat contact, in WeChat",
        Remedy::Throttled => "nothing at first; if it comes again, lower its pace",
        Remedy::PaceLimit => "nothing; add an account, or raise its limit if WeChat lets it",
        Remedy::QueueFull => "let bots say less, or add an account",
        Remedy::Draining | Remedy::Maintenance => "when it is to work again: ha-wechaty resume NAME",
        Remedy::BotAway => "see whether the bot runs, and what its log says",
        Remedy::BotToken => "give each bot a long token of its own",
        Remedy::TeamDown => "bring one account back, the quickest first",
        Remedy::TeamDegraded => "bring another account back before the last one goes",
        Remedy::DomainDown => "see to what they have in common: provider, machine, network",
        Remedy::Rooms => "bring back an account that is in them: ha-wechaty rooms",
        Remedy::DiskFull => "make room on the disk",
        Remedy::Store => "mend the store's disk or folder; ha-wechaty store check",
        Remedy::NoStore => "name a file for what must not be forgotten: [store] path",
        Remedy::Certificate => "renew the certificate, and start what presents it again",
        Remedy::Clock => "set the clock: timedatectl set-ntp true",
        Remedy::Config => "correct the configuration; ha-wechaty check says where",
        Remedy::Reload => "ha-wechaty reload; what waits for a start needs one",
        Remedy::Exposed => "let its user alone read it: chmod 600",
        Remedy::Port => "end what has the port, or choose another one",
        Remedy::NoGateway => "start it: ha-wechaty serve",
        Remedy::Test => "nothing: it was a test",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_one_short_line() {
        for it in Remedy::ALL {
            let line = remedy(it);
            assert!(line.chars().count() <= 118 && !todo(it).ends_with('.'), "{line}");
        }
    }
}
