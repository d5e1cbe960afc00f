//! What a person can do about something that is not well: a closed list, whose words are headings of the runbook.

use crate::{alarm::AlarmKind, phase::Standing, words::words};

words! {
    /// What there is to do. Each word is a heading of `docs/runbook.md`, which says what one sees, what it means, what to
    /// do, and how one knows that it is well again.
    pub enum Remedy {
        /// Nobody listens where a puppet service should.
        Refused = "refused",
        /// A puppet service does not answer.
        Timeout = "timeout",
        /// A name is unknown.
        Dns = "dns",
        /// There is no way to a machine.
        Unreachable = "unreachable",
        /// Both sides do not agree on TLS, or on whom to trust.
        Tls = "tls",
        /// What listens there is no puppet service.
        NotAPuppet = "not-a-puppet",
        /// A token is not taken.
        Token = "token",
        /// The directory does not find the service of a token.
        Discovery = "discovery",
        /// The proxy before an account is in the way, or reaches nobody behind it.
        Proxy = "proxy",
        /// A connection was lost, and is dialled again.
        Offline = "offline",
        /// A puppet that runs here does not run.
        Puppet = "puppet",
        /// Node or npm is missing, or too old.
        Node = "node",
        /// Somebody else has an account's event stream.
        Taken = "taken",
        /// An account asks for its code to be scanned.
        Scan = "scan",
        /// An account's login asks for a code, or a slide puzzle.
        VerifyCode = "verify-code",
        /// An account was logged out.
        LoggedOut = "logged-out",
        /// An account has neither a login nor a code.
        NotLoggedIn = "not-logged-in",
        /// An account may not work.
        Suspect = "suspect",
        /// An account is silent, and resets do not help.
        Silent = "silent",
        /// Two accounts are logged in as one person.
        SamePerson = "same-person",
        /// An account can't write to the heartbeat contact.
        NoHeartbeat = "no-heartbeat",
        /// An account failed so often at a kind of work that it is kept from it.
        Throttled = "throttled",
        /// A limit of an account is used up.
        PaceLimit = "pace-limit",
        /// Calls wait, or are refused, since too many do.
        QueueFull = "queue-full",
        /// An operator gives an account no new work.
        Draining = "draining",
        /// An operator lets an account be.
        Maintenance = "maintenance",
        /// A bot is not connected, and events wait for it.
        BotAway = "bot-away",
        /// A bot's token is weak, or another's.
        BotToken = "bot-token",
        /// No account gets work.
        TeamDown = "team-down",
        /// One account is left that gets work.
        TeamDegraded = "team-degraded",
        /// Accounts of one provider, address or host fail together.
        DomainDown = "domain-down",
        /// No account that works is in some rooms.
        Rooms = "rooms",
        /// There is no room on a disk.
        DiskFull = "disk-full",
        /// What must not be forgotten can't be written down.
        Store = "store",
        /// Nothing outlives the gateway, or another store does.
        NoStore = "no-store",
        /// A certificate ends, or has ended.
        Certificate = "certificate",
        /// This machine's clock is wrong.
        Clock = "clock",
        /// The configuration has a mistake, or something in it to look at once more.
        Config = "config",
        /// What runs is not what the configuration says.
        Reload = "reload",
        /// Others on this machine can read secrets.
        Exposed = "exposed",
        /// A port is somebody else's.
        Port = "port",
        /// No gateway answers.
        NoGateway = "no-gateway",
        /// A test of how people are told.
        Test = "test",
    }
}

impl Remedy {
    /// Where the runbook says more.
    pub fn anchor(self) -> alloc::string::String {
        alloc::format!("docs/runbook.md#{}", self.name())
    }
}

impl Standing {
    /// What to do about an account that stands there; nothing about one that works, or comes, or is gone.
    pub const fn remedy(self) -> Option<Remedy> {
        match self {
            Self::Available | Self::Connecting | Self::Removed => None,
            Self::Preparing => Some(Remedy::Puppet),
            Self::Offline => Some(Remedy::Offline),
            Self::NotLoggedIn => Some(Remedy::NotLoggedIn),
            Self::WaitingScan => Some(Remedy::Scan),
            Self::LoggedOut => Some(Remedy::LoggedOut),
            Self::Suspect => Some(Remedy::Suspect),
            Self::Failed => Some(Remedy::Silent),
            Self::Draining => Some(Remedy::Draining),
            Self::Maintenance => Some(Remedy::Maintenance),
        }
    }
}

impl AlarmKind {
    /// What to do about an alarm of this kind.
    pub const fn remedy(self) -> Remedy {
        match self {
            Self::Scan => Remedy::Scan,
            Self::LoggedOut => Remedy::LoggedOut,
            Self::Offline => Remedy::Offline,
            Self::NotLoggedIn => Remedy::NotLoggedIn,
            Self::Failed => Remedy::Silent,
            Self::Taken => Remedy::Taken,
            Self::SamePerson => Remedy::SamePerson,
            Self::NoHeartbeat => Remedy::NoHeartbeat,
            Self::DomainDown => Remedy::DomainDown,
            Self::TeamDegraded => Remedy::TeamDegraded,
            Self::TeamDown => Remedy::TeamDown,
            Self::BotGone => Remedy::BotAway,
            Self::CoverageLost => Remedy::Rooms,
            Self::PaceLimit => Remedy::PaceLimit,
            Self::QueueFull => Remedy::QueueFull,
            Self::DiskLow => Remedy::DiskFull,
            Self::StoreUnwritable => Remedy::Store,
            Self::Certificate => Remedy::Certificate,
            Self::Clock => Remedy::Clock,
            Self::Test => Remedy::Test,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_anchors_and_each_is_there_once() {
        let mut words = Remedy::ALL.map(Remedy::name);
        words.sort_unstable();
        assert!(words.windows(2).all(|pair| pair[0] < pair[1]), "{words:?}");
        let is_anchor = |word: &&str| word.chars().all(|it| it.is_ascii_lowercase() || it == '-');
        assert_eq!(words.iter().find(|word| !is_anchor(word)), None);
        assert_eq!(Remedy::Scan.anchor(), "docs/runbook.md#scan");
    }

    #[test]
    fn what_keeps_an_account_from_work_has_a_remedy() {
        let without: std::vec::Vec<_> =
            Standing::ALL.into_iter().filter(|it| it.remedy().is_none()).map(Standing::name).collect();
        assert_eq!(without, ["connecting", "available", "removed"]);
    }
}
