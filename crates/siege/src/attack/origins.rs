//! Row 10: a page of elsewhere, whose name was made to lead here, asks the admin's port; and paths that lead out.

use std::{net::SocketAddr, time::Duration};

use anyhow::{Context as _, Result};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};

use super::{
    figure::{Figure, Figures},
    scene::Ground,
};
use crate::stage::Descriptors;

const PATHS: [&str; 5] = ["/status", "/sends", "/rooms", "/metrics", "/gateway"];
const ELSEWHERE: [&str; 6] = [
    "Host: evil.example.com",
    "Host: localhost.evil.example.com",
    "Host: 127.0.0.1.evil.example.com",
    "Host: localhost\r\nOrigin: http://evil.example.com",
    "Host: 127.0.0.1\r\nOrigin: null",
    "Host: localhost\r\nHost: evil.example.com",
];
const TRICKS: [&str; 6] = [
    "/../etc/passwd",
    "//etc/passwd",
    "/status/../../etc/passwd",
    "/%2e%2e/%2e%2e/etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "http://evil.example.com/etc/passwd",
];

pub(super) async fn attack(ground: Ground<'_>) -> Result<Vec<Figure>> {
    let mut figures = Figures::of(ground, "10 pages of elsewhere");
    let scene = ground.scene(&[], Descriptors::Many).await?;
    let (mut told, mut refused, mut out) = (0, 0, 0);
    for path in PATHS {
        for headers in ELSEWHERE {
            told += usize::from(is_told(scene.serve.admin, path, headers).await?);
        }
        refused += usize::from(!is_told(scene.serve.admin, path, "Host: localhost").await?);
    }
    for path in TRICKS {
        out += usize::from(is_told(scene.serve.admin, path, "Host: localhost").await?);
    }
    figures.count("answers to pages of elsewhere, of 30", "all", told, 0);
    figures.count("answers that this machine does not get, of 5", "0", refused, 0);
    figures.count("paths that lead out, of 6", "0", out, 0);
    Ok(figures.all())
}

async fn is_told(admin: SocketAddr, path: &str, headers: &str) -> Result<bool> {
    let ask = async {
        let mut socket = TcpStream::connect(admin).await?;
        let request = format!("GET {path} HTTP/1.1\r\n{headers}\r\nConnection: close\r\n\r\n");
        socket.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        // Cut off is no answer.
        let _ = socket.read_to_end(&mut answer).await;
        anyhow::Ok(answer.starts_with(b"HTTP/1.1 200"))
    };
    timeout(Duration::from_secs(10), ask).await.context("the admin does not answer")?
}
