//! The versioned part of what is served: what programs may rely on, as `openapi.json` describes it.
//!
//! [`ROUTES`] has a row for each route; a test holds the table against the description. What belongs to one-time links is
//! served where those are, in `page::login`. What each takes of who asks, [`right`] says.

mod alarms;
mod audit;
mod config;
mod hand;
mod log;
mod look;
mod problem;
mod replay;

use axum::{
    Router,
    routing::{MethodRouter, any, get, post},
};

use ha_wechaty_config::Right;

use super::{deed::Deed, server::Desk};
pub(super) use hand::{end, is_json};
pub(super) use problem::Problem;
pub(super) use replay::{Replays, steps, told};

/// What the description says.
#[cfg(test)]
const OPENAPI: &str = include_str!("../../openapi.json");

/// How a route is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// To look: nothing changes.
    Get(What),
    /// To do something to an account.
    Post(Deed),
    /// To have the configuration read again.
    Reload,
    /// To have something said.
    Send,
    /// To see to an alarm, and to try how people are told.
    Acknowledge,
    TestAlarm,
    /// To look how far a login is, and to make a one-time link to its code: see `page::login`.
    Login,
    Link,
    /// To enter a code for a login, or to say that none comes, or to have another picture shown.
    Code,
}

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// Which gateway this is.
    Gateway,
    /// How everything stands.
    Status,
    /// The accounts.
    Accounts,
    /// One of them.
    Account,
    /// The bots.
    Bots,
    /// The rooms.
    Rooms,
    /// What became of sends.
    Sends,
    /// The store.
    Store,
    /// The alarms.
    Alarms,
    /// How long each was up, and what went wrong.
    Sla,
    /// What happened, step by step.
    Replay,
    /// Who did what.
    Audit,
    /// The newest lines of the log.
    Log,
    /// The configuration.
    Config,
}

/// A route.
#[derive(Debug, Clone, Copy)]
struct Route {
    path: &'static str,
    asked: Asked,
}

const fn look(path: &'static str, what: What) -> Route {
    Route { path, asked: Asked::Get(what) }
}

const fn lays(path: &'static str, deed: Deed) -> Route {
    Route { path, asked: Asked::Post(deed) }
}

/// All that is served under this version.
const ROUTES: [Route; 28] = [
    look("/api/v1/gateway", What::Gateway),
    look("/api/v1/status", What::Status),
    look("/api/v1/accounts", What::Accounts),
    look("/api/v1/accounts/{name}", What::Account),
    look("/api/v1/bots", What::Bots),
    look("/api/v1/rooms", What::Rooms),
    look("/api/v1/sends", What::Sends),
    look("/api/v1/store", What::Store),
    look("/api/v1/sla", What::Sla),
    look("/api/v1/replay", What::Replay),
    look("/api/v1/audit", What::Audit),
    look("/api/v1/log", What::Log),
    look("/api/v1/config", What::Config),
    Route { path: "/api/v1/accounts/{name}/login", asked: Asked::Login },
    Route { path: "/api/v1/accounts/{name}/link", asked: Asked::Link },
    Route { path: "/api/v1/accounts/{name}/code", asked: Asked::Code },
    lays("/api/v1/accounts/{name}/drain", Deed::Drain),
    lays("/api/v1/accounts/{name}/maintenance", Deed::Maintenance),
    lays("/api/v1/accounts/{name}/resume", Deed::Resume),
    lays("/api/v1/accounts/{name}/reset", Deed::Reset),
    lays("/api/v1/accounts/{name}/reconnect", Deed::Reconnect),
    lays("/api/v1/accounts/{name}/login", Deed::Login),
    lays("/api/v1/accounts/{name}/logout", Deed::Logout),
    look("/api/v1/alarms", What::Alarms),
    Route { path: "/api/v1/alarms/{id}/ack", asked: Asked::Acknowledge },
    Route { path: "/api/v1/alarms/test", asked: Asked::TestAlarm },
    Route { path: "/api/v1/send", asked: Asked::Send },
    Route { path: "/api/v1/reload", asked: Asked::Reload },
];

impl Asked {
    /// Whether something is to be done.
    fn does(self) -> bool {
        match self {
            Self::Get(_) | Self::Login => false,
            Self::Post(_)
            | Self::Reload
            | Self::Send
            | Self::Acknowledge
            | Self::TestAlarm
            | Self::Link
            | Self::Code => true,
        }
    }

    /// What it takes of who asks.
    fn right(self) -> Right {
        match self {
            Self::Get(What::Audit | What::Config) | Self::Reload => Right::Admin,
            Self::Get(_) => Right::Read,
            // It shows the code, as a link does.
            Self::Login | Self::Link | Self::Code => Right::Operate,
            Self::Post(_) | Self::Send | Self::Acknowledge | Self::TestAlarm => Right::Operate,
        }
    }
}

/// What a route takes of who asks, by its path; none of one that is not here.
pub(super) fn right(path: &str, does: bool) -> Option<Right> {
    ROUTES.iter().find(|row| row.path == path && row.asked.does() == does).map(|row| row.asked.right())
}

/// All of it, to be laid behind the same guard as the rest.
pub(super) fn router(desk: Desk) -> Router {
    let routes = ROUTES.iter().fold(Router::new(), |router, row| match method(row.asked) {
        Some(method) => router.route(row.path, method),
        None => router,
    });
    routes.route("/api/{*rest}", any(problem::no_route)).with_state(desk)
}

/// None of what is served elsewhere.
fn method(asked: Asked) -> Option<MethodRouter<Desk>> {
    let method = match asked {
        Asked::Get(What::Gateway) => get(super::server::gateway),
        Asked::Get(What::Status) => get(super::server::status),
        Asked::Get(What::Accounts) => get(look::accounts),
        Asked::Get(What::Account) => get(look::account),
        Asked::Get(What::Bots) => get(look::bots),
        Asked::Get(What::Rooms) => get(super::server::rooms),
        Asked::Get(What::Sends) => get(super::server::sends),
        Asked::Get(What::Store) => get(super::server::store),
        Asked::Get(What::Sla) => get(super::server::sla),
        Asked::Get(What::Replay) => get(replay::find),
        Asked::Get(What::Audit) => get(audit::find),
        Asked::Get(What::Log) => get(log::find),
        Asked::Get(What::Config) => get(config::look),
        Asked::Login | Asked::Link => return None,
        Asked::Get(What::Alarms) => get(alarms::all),
        Asked::Acknowledge => post(alarms::acknowledge),
        Asked::TestAlarm => post(alarms::test),
        Asked::Code => post(hand::enter),
        Asked::Send => post(hand::send),
        Asked::Reload => post(hand::reload),
        Asked::Post(deed) => post(move |desk, name, request| hand::lay(deed, desk, name, request)),
    };
    Some(method.fallback(problem::no_method))
}

#[cfg(test)]
mod tests;
