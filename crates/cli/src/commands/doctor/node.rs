//! Node and npm, where puppets run here.

use std::sync::Arc;

use ha_wechaty_config::Config;
use ha_wechaty_host::{HostError, node_version, npm_version};
use ha_wechaty_team::view::Remedy;

use super::WITHIN;
use crate::text::Finding;

/// Both, if an account needs them.
pub(super) async fn look(config: Arc<Config>) -> Vec<Finding> {
    if config.accounts.iter().all(|it| it.hosted().is_none()) {
        return Vec::new();
    }
    let host = &config.host;
    let (node, npm) = tokio::join!(node_version(host, WITHIN), npm_version(host, WITHIN));
    vec![judge("Node", node), judge("npm", npm)]
}

fn judge(about: &str, version: Result<String, HostError>) -> Finding {
    match version {
        Ok(version) => Finding::well(about, version),
        Err(error) => Finding::wrong(about, error.to_string(), Remedy::Node),
    }
}
