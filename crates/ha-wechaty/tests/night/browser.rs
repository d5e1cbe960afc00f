//! The browser of whoever has an account's phone: it has a one-time link, and nothing else.

use std::net::SocketAddr;

use ha_wechaty::Gateway;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// Where browsers reach the gateway, through a proxy that stands before it.
const SITE: &str = "https://gateway.example";

/// A browser that has taken a link.
#[derive(Debug)]
pub(crate) struct Browser {
    admin: SocketAddr,
    path: String,
    cookie: String,
}

impl Browser {
    /// It opens a link, and says that the code is to be shown here.
    pub(crate) async fn opens(gateway: &Gateway, link: &str) -> Self {
        let path = link.strip_prefix(SITE).expect("it leads to where browsers go").to_owned();
        let admin = gateway.admin_addr().expect("an admin's port");
        let mut browser = Self { admin, path, cookie: String::new() };
        let (code, page) = browser.get("").await;
        assert!(code == "200" && page.contains("<form method=\"post\""), "{code}: {page}");
        let head = browser.ask("POST", "", &format!("Origin: {SITE}\r\nContent-Length: 0\r\n")).await.0;
        let cookie = head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).expect("a cookie");
        browser.cookie = format!("Cookie: {}\r\n", cookie.split(';').next().unwrap_or_default());
        browser
    }

    /// What is at a path below the link: the answer's code, and its text.
    pub(crate) async fn get(&self, path: &str) -> (String, String) {
        let (head, text) = self.ask("GET", path, &self.cookie).await;
        (head.split(' ').nth(1).unwrap_or_default().to_owned(), text)
    }

    async fn ask(&self, method: &str, path: &str, headers: &str) -> (String, String) {
        let Self { admin, path: link, .. } = self;
        let mut socket = TcpStream::connect(admin).await.expect("it listens");
        let said = format!(
            "{method} {link}{path} HTTP/1.1\r\nHost: {admin}\r\nAccept: text/html,*/*;q=0.8\r\nAccept-Language: en\r\n\
             {headers}Connection: close\r\n\r\n"
        );
        socket.write_all(said.as_bytes()).await.expect("it hears");
        let mut heard = String::new();
        socket.read_to_string(&mut heard).await.expect("an answer");
        let (head, text) = heard.split_once("\r\n\r\n").expect("a head");
        (head.to_ascii_lowercase(), text.to_owned())
    }
}
