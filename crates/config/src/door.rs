//! Where the gateway of a configuration is asked how it stands: what commands like `ha-wechaty status` need of it.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::PathBuf,
};

use crate::{AdminTls, Config, ConfigError, Draft, Secret};

/// Of the gateway that a configuration is for, what others need to find it and to know it again.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AdminAddress {
    /// The team's name.
    pub name: String,
    /// The contact id that bots know it by.
    pub self_id: String,
    /// Where bots connect.
    pub gateway: SocketAddr,
    /// Where operators look; `None` for nowhere.
    pub admin: Option<SocketAddr>,
    /// What the user `admin` must show.
    pub password: Option<Secret>,
    /// How it is secured.
    pub tls: AdminTls,
    /// Where the certificate is kept that it makes for itself, if it keeps that.
    pub certificate: Option<PathBuf>,
}

impl AdminAddress {
    fn of(config: Config) -> Self {
        let config = config.served();
        let certificate = config.admin_certificate();
        let Config { name, self_id, gateway, admin, .. } = config;
        let tls = admin.tls();
        let admin_at = admin.listen.map(|listen| SocketAddr::new(reachable(listen.ip()), listen.port()));
        Self {
            name,
            self_id,
            gateway: gateway.listen,
            admin: admin_at,
            password: admin.password,
            tls,
            certificate,
        }
    }
}

/// Who listens on all addresses is reached on this machine's own.
fn reachable(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V4(_) | IpAddr::V6(_) => ip,
    }
}

impl Draft {
    /// Checks what concerns the way to a gateway that runs with it, and nothing else: whatever else is wrong, it may
    /// have been written since. Of a certificate of its own the key is not needed, which only the gateway's user may be able to
    /// read; nor is any of `admin.tls`, if the gateway `is_known` otherwise.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn finish_door(self, is_known: bool) -> Result<AdminAddress, ConfigError> {
        let keys = ["name", "self_id", "gateway.listen", "admin.listen", "admin.password", "store.path"];
        let is_tls = |key: &str| key.starts_with("admin.tls") && key != "admin.tls.key" && !is_known;
        self.finish_part(|key| keys.contains(&key) || is_tls(key)).map(AdminAddress::of)
    }
}
