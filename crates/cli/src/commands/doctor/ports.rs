//! Whether the gateway's ports can be had.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
};

use ha_wechaty_config::Config;
use ha_wechaty_team::view::Remedy;

use super::running::Running;
use crate::text::Finding;

/// Each port that the configuration names.
pub(super) async fn look(config: Arc<Config>, running: Arc<Running>) -> Vec<Finding> {
    let ports = [
        ("gateway.listen", Some(config.gateway.listen)),
        ("admin.listen", config.admin.listen),
        ("discovery.listen", config.discovery.listen),
    ];
    let ports = ports.into_iter().filter_map(|(key, at)| Some((key, at.filter(|at| at.port() != 0)?)));
    ports.map(|(key, at)| judge(key, at, &running)).collect()
}

fn judge(key: &str, at: SocketAddr, running: &Running) -> Finding {
    let about = format!("port {at}");
    match TcpListener::bind(at) {
        Ok(_) if running.is_ours() => {
            Finding::odd(about, format!("the gateway that runs does not have it ({key})"), Remedy::Reload)
        }
        Ok(_) => Finding::well(about, format!("it is free ({key})")),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse && running.is_ours() => {
            Finding::well(about, format!("the gateway has it ({key})"))
        }
        Err(error) => {
            let whose = match (running, key) {
                (Running::Other(why), "admin.listen") => format!("; {why}"),
                _ => String::new(),
            };
            Finding::wrong(about, format!("it can't be had: {error} ({key}){whose}"), Remedy::Port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Sort;

    #[test]
    fn a_port_is_free_or_somebody_elses() {
        let held = TcpListener::bind("127.0.0.1:0").expect("a port");
        let at = held.local_addr().expect("an address");
        let nobody = Running::Nobody(String::from("nobody answers"));
        let taken = judge("gateway.listen", at, &nobody);
        assert_eq!((taken.sort, taken.remedy), (Sort::Wrong, Some(Remedy::Port)), "{taken:?}");
        let other = judge("admin.listen", at, &Running::Other(String::from("it is the team two's")));
        assert!(other.text.ends_with("(admin.listen); it is the team two's"), "{other:?}");
        drop(held);
        assert_eq!(judge("gateway.listen", at, &nobody).sort, Sort::Well);
    }
}
