//! What each route takes of who asks. A route that stands nowhere here takes everything.

use axum::http::Method;
use ha_wechaty_config::Right;

use crate::api;

/// Routes outside the API: which, whether it is asked to do something, and what that takes.
const PAGES: [(&str, bool, Right); 35] = [
    ("/", false, Right::Read),
    ("/accounts/{name}", false, Right::Read),
    ("/accounts/{name}/hand", true, Right::Operate),
    ("/accounts/{name}/link", true, Right::Operate),
    ("/accounts/{name}/code", true, Right::Operate),
    ("/accounts/{name}/qr.svg", false, Right::Operate),
    ("/accounts/{name}/qr.png", false, Right::Operate),
    ("/alarms", false, Right::Read),
    ("/alarms/test", true, Right::Operate),
    ("/alarms/{id}/ack", true, Right::Operate),
    ("/bots", false, Right::Read),
    ("/rooms", false, Right::Read),
    ("/sends", false, Right::Read),
    ("/history", false, Right::Read),
    ("/replay", false, Right::Read),
    ("/log", false, Right::Read),
    ("/config", false, Right::Admin),
    ("/runbook", false, Right::Read),
    ("/events", false, Right::Read),
    ("/page.css", false, Right::Read),
    ("/page.js", false, Right::Read),
    ("/login", false, Right::Read),
    ("/login", true, Right::Read),
    ("/logout", true, Right::Read),
    ("/health/live", false, Right::Read),
    ("/health/ready", false, Right::Read),
    ("/gateway", false, Right::Read),
    ("/status", false, Right::Read),
    ("/sla", false, Right::Read),
    ("/store", false, Right::Read),
    ("/store/copy", false, Right::Admin),
    ("/metrics", false, Right::Read),
    // There is nothing there, and that is said.
    ("/api/{*rest}", false, Right::Read),
    ("/api/{*rest}", true, Right::Read),
    ("/audit", false, Right::Admin),
];

/// What a route takes, by its path as it was laid; none where nothing is.
pub(super) fn needed(method: &Method, route: Option<&str>) -> Right {
    let Some(route) = route else { return Right::Read };
    let does = !matches!(*method, Method::GET | Method::HEAD);
    let row = PAGES.iter().find(|row| row.0 == route && row.1 == does).map(|row| row.2);
    row.or_else(|| api::right(route, does)).unwrap_or(Right::Admin)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where routes are laid.
    const SOURCES: [&str; 3] =
        [include_str!("../server.rs"), include_str!("../page/mod.rs"), include_str!("../page/login.rs")];

    #[test]
    fn each_route_has_its_row() {
        let mut seen = 0;
        for source in SOURCES {
            for piece in source.split(".route(\"").skip(1) {
                let (path, rest) = piece.split_once("\", ").expect("a method");
                // Those that a link leads to are let in by that.
                if path.starts_with("/l/") || path.starts_with("/api/v1/") {
                    continue;
                }
                for (does, word) in [(false, "get("), (true, "post(")] {
                    if rest.split('\n').next().unwrap_or_default().contains(word) {
                        assert!(PAGES.iter().any(|row| row.0 == path && row.1 == does), "{path} has no row");
                        seen += 1;
                    }
                }
            }
        }
        assert!(seen > 20, "{seen}");
    }

    #[test]
    fn what_is_not_listed_takes_everything() {
        assert_eq!(needed(&Method::GET, Some("/new")), Right::Admin);
        assert_eq!(needed(&Method::POST, Some("/status")), Right::Admin);
        assert_eq!(needed(&Method::PUT, Some("/accounts/{name}/hand")), Right::Operate);
        assert_eq!(needed(&Method::HEAD, Some("/status")), Right::Read);
    }
}
