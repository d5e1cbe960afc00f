//! Proxies as Debian has them, with what a configuration needs and nothing else.

use std::{fs, fs::File, net::SocketAddr, path::Path};

use anyhow::{Context as _, Result};

use super::{free_port, until_listens};
use crate::{
    certificate::Certificate,
    process::{Process, command},
};

/// HAProxy, which speaks HTTP/2 to both sides.
pub(super) async fn haproxy(
    folder: &Path,
    account: SocketAddr,
    tls: Option<&Certificate>,
) -> Result<(SocketAddr, Process)> {
    let at = free_port()?;
    let bind = match tls {
        None => String::from("proto h2"),
        Some(it) => format!("ssl crt {} alpn h2", it.both().display()),
    };
    let config = format!(
        "defaults\n  mode http\n  timeout connect 5s\n  timeout client 1h\n  timeout server 1h\n\
         frontend bots\n  bind {at} {bind}\n  default_backend accounts\n\
         backend accounts\n  server one {account} proto h2\n"
    );
    let path = written(folder, "haproxy.cfg", &config)?;
    start(folder, at, "haproxy", &["-db", "-f", &path]).await
}

/// nginx by `grpc_pass`, in one process.
pub(super) async fn nginx(
    folder: &Path,
    account: SocketAddr,
    tls: Option<&Certificate>,
) -> Result<(SocketAddr, Process)> {
    let at = free_port()?;
    let (ssl, files) = match tls {
        None => ("", String::new()),
        Some(it) => (
            "ssl ",
            format!("ssl_certificate {}; ssl_certificate_key {}; ", it.cert().display(), it.key().display()),
        ),
    };
    // It ends connections after a thousand calls unless told otherwise.
    let config = format!(
        "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr warn;\n\
         events {{ worker_connections 4096; }}\n\
         http {{\n  access_log off;\n  client_body_temp_path body;\n  proxy_temp_path proxy;\n  \
         fastcgi_temp_path fastcgi;\n  uwsgi_temp_path uwsgi;\n  scgi_temp_path scgi;\n  \
         client_max_body_size 0;\n  keepalive_requests 1000000000;\n  \
         upstream accounts {{ server {account}; keepalive 256; keepalive_requests 1000000000; }}\n  \
         server {{ listen {at} {ssl}http2; {files}location / {{ grpc_pass grpc://accounts; }} }}\n}}\n"
    );
    let path = written(folder, "nginx.conf", &config)?;
    let prefix = folder.to_str().context("a folder whose name is no text")?;
    start(folder, at, "nginx", &["-e", "stderr", "-p", prefix, "-c", &path]).await
}

fn written(folder: &Path, name: &str, text: &str) -> Result<String> {
    let path = folder.join(name);
    fs::write(&path, text)?;
    path.into_os_string().into_string().ok().context("a folder whose name is no text")
}

async fn start(
    folder: &Path,
    at: SocketAddr,
    program: &str,
    words: &[&str],
) -> Result<(SocketAddr, Process)> {
    let log = folder.join("log");
    let mut started = command(program);
    started.args(words).stdout(File::create(&log)?).stderr(File::options().append(true).open(&log)?);
    // Debian has them where only root looks.
    started.env("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin");
    let mut process = Process::start(&mut started)?;
    let listens = until_listens(at, &mut process).await;
    listens.with_context(|| format!("{program}: {}", fs::read_to_string(&log).unwrap_or_default()))?;
    Ok((at, process))
}
