//! What alarms are about, how much they matter, and what becomes of them: closed lists, since people's receivers go by
//! their words.

use crate::words::words;

words! {
    /// What an alarm is about.
    pub enum AlarmKind {
        /// An account asks for its code to be scanned.
        Scan = "account-scan",
        /// An account was logged out.
        LoggedOut = "account-logged-out",
        /// An account's puppet service can't be reached.
        Offline = "account-offline",
        /// An account is connected, and nobody is logged in.
        NotLoggedIn = "account-not-logged-in",
        /// An account is silent, and no reset helped.
        Failed = "account-failed",
        /// Somebody else takes an account's event stream, again and again.
        Taken = "account-taken",
        /// Two accounts are logged in as one person.
        SamePerson = "same-person",
        /// An account can't write to the heartbeat contact.
        NoHeartbeat = "no-heartbeat",
        /// Accounts of one provider, address or host fail together.
        DomainDown = "domain-down",
        /// One account is left that gets work.
        TeamDegraded = "team-degraded",
        /// No account gets work.
        TeamDown = "team-down",
        /// A bot has no event stream, and events wait for it.
        BotGone = "bot-gone",
        /// No account is left in rooms.
        CoverageLost = "coverage-lost",
        /// An account's limit is used up, and calls wait for it.
        PaceLimit = "pace-limit",
        /// Calls are refused, since too many wait.
        QueueFull = "queue-full",
        /// Little room is left on the disk.
        DiskLow = "disk-low",
        /// What was to be written down is not.
        StoreUnwritable = "store-unwritable",
        /// A certificate ends soon, or has ended.
        Certificate = "certificate",
        /// This machine's clock is wrong.
        Clock = "clock",
        /// A test of how people are told.
        Test = "test",
    }
}

words! {
    /// How much an alarm matters.
    pub enum Severity {
        /// To be known, some day.
        Info = "info",
        /// To be seen to by day.
        Warning = "warning",
        /// To be seen to now.
        Critical = "critical",
    }
}

words! {
    /// What became of an alarm.
    pub enum AlarmStep {
        /// It began.
        Opened = "opened",
        /// It is another one by now: more are concerned, or it matters more.
        Changed = "changed",
        /// It goes on.
        Reminded = "reminded",
        /// Nobody has acknowledged it in time.
        Escalated = "escalated",
        /// Somebody has: it is told no more, unless it changes.
        Acknowledged = "acknowledged",
        /// It is over.
        Closed = "closed",
    }
}
