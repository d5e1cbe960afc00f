//! What is answered to whom.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode, header, uri::Authority};
use http_body_util::Full;
use serde_json::{Value, json};

use ha_wechaty_config::{Config, Endpoint};
use ha_wechaty_team::state::bots::Tokens;

/// What a token follows.
const PATH: &str = "/v0/hosties/";

/// Knows the bots' tokens, and where the gateway is.
#[derive(Debug)]
pub(crate) struct Desk {
    tokens: Arc<Tokens>,
    advertise: Option<Endpoint>,
    gateway: SocketAddr,
}

impl Desk {
    /// For a gateway that listens there.
    pub(crate) fn new(config: &Config, tokens: Arc<Tokens>, gateway: SocketAddr) -> Self {
        Self { tokens, advertise: config.discovery.advertise.clone(), gateway }
    }

    /// The answer to a request that arrived at this address. Whatever is no bot's token gets the same answer,
    /// in the same time, and no answer repeats what was asked.
    pub(crate) fn answer<B>(&self, request: &Request<B>, local: IpAddr) -> Response<Full<Bytes>> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            return json_of(StatusCode::METHOD_NOT_ALLOWED, &json!({ "error": "only GET is answered here" }));
        }
        let Some(token) = request.uri().path().strip_prefix(PATH) else {
            let error = format!("this is where bots find their gateway: GET {PATH}<token>");
            return json_of(StatusCode::NOT_FOUND, &json!({ "error": error }));
        };
        if self.tokens.bot_of(token).is_none() {
            return json_of(StatusCode::NOT_FOUND, &json!({ "error": "no such token" }));
        }
        let host = request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
        let Endpoint { host, port, .. } = self.endpoint(host, local);
        // Clients of TypeScript take `host`; older ones, and other languages', `ip`.
        json_of(StatusCode::OK, &json!({ "host": host, "ip": host, "port": port }))
    }

    /// Where a bot reaches the gateway that asked this host, and was heard at this address.
    fn endpoint(&self, asked: Option<&str>, local: IpAddr) -> Endpoint {
        if let Some(endpoint) = &self.advertise {
            return endpoint.clone();
        }
        let port = self.gateway.port();
        if !self.gateway.ip().is_unspecified() {
            return Endpoint::new(self.gateway.ip().to_string(), port);
        }
        // The name before the address: a container doesn't know by which address it is reached.
        let asked = asked.and_then(|asked| asked.parse::<Authority>().ok());
        let asked = asked.and_then(|asked| format!("{}:{port}", asked.host()).parse().ok());
        asked.unwrap_or_else(|| Endpoint::new(local.to_canonical().to_string(), port))
    }
}

fn json_of(status: StatusCode, body: &Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    // What it says depends on who asks, and by which name.
    headers.insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    if status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(header::ALLOW, header::HeaderValue::from_static("GET, HEAD"));
    }
    response
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use ha_wechaty_wire::Token;

    use super::*;
    use ha_wechaty_config::BotConfig;
    use ha_wechaty_team::state::bots::BotSide;

    fn desk(gateway: &str, advertise: Option<&str>) -> Desk {
        let mut config = Config::new("team");
        config.bots =
            ["insecure_one", "insecure_two"].map(|token| BotConfig::new("bot", Token::new(token))).into();
        config.discovery.advertise = advertise.map(|it| it.parse().expect("an endpoint"));
        let tokens = BotSide::new(&config, 0).tokens;
        Desk::new(&config, tokens, gateway.parse().expect("an address"))
    }

    async fn ask(desk: &Desk, method: Method, path: &str, host: Option<&str>) -> (u16, String) {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(host) = host {
            request = request.header(header::HOST, host);
        }
        let request = request.body(()).expect("a request");
        let response = desk.answer(&request, "::ffff:10.0.0.7".parse().expect("an address"));
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.expect("memory").to_bytes();
        (status, String::from_utf8(body.to_vec()).expect("text"))
    }

    #[tokio::test]
    async fn a_bot_is_told_what_is_advertised_or_where_the_gateway_is_or_what_it_asked() {
        let everywhere = desk("0.0.0.0:8788", None);
        let here = desk("10.0.0.5:8788", None);
        let elsewhere = desk("0.0.0.0:8788", Some("[2001:db8::1]:443"));
        for (desk, asked, host, port) in [
            (&elsewhere, Some("a.example"), "2001:db8::1", 443),
            (&here, Some("a.example"), "10.0.0.5", 8788),
            (&everywhere, Some("a.example:9443"), "a.example", 8788),
            (&everywhere, Some("a.example"), "a.example", 8788),
            (&everywhere, Some("[::1]:9443"), "::1", 8788),
            (&everywhere, Some("no name"), "10.0.0.7", 8788),
            (&everywhere, Some("user@"), "10.0.0.7", 8788),
            (&everywhere, None, "10.0.0.7", 8788),
        ] {
            let answer = ask(desk, Method::GET, "/v0/hosties/insecure_two", asked).await;
            assert_eq!(
                answer,
                (200, json!({ "host": host, "ip": host, "port": port }).to_string()),
                "{asked:?}"
            );
        }
    }

    #[tokio::test]
    async fn whatever_is_no_bots_token_gets_one_answer_that_does_not_repeat_it() {
        let desk = desk("0.0.0.0:8788", None);
        for token in
            ["insecure_three", "insecure_on", "insecure_one2", "INSECURE_ONE", "", "insecure_one/", "%00"]
        {
            let path = format!("/v0/hosties/{token}");
            let answer = ask(&desk, Method::GET, &path, Some("a.example")).await;
            assert_eq!(answer, (404, r#"{"error":"no such token"}"#.to_owned()), "{token}");
        }
    }

    #[tokio::test]
    async fn other_paths_and_methods_are_told_what_this_is() {
        let desk = desk("0.0.0.0:8788", None);
        let (status, told) = ask(&desk, Method::GET, "/", None).await;
        assert!(status == 404 && told.contains("GET /v0/hosties/<token>"), "{status} {told}");
        let (status, _) = ask(&desk, Method::POST, "/v0/hosties/insecure_one", None).await;
        assert_eq!(status, 405);
    }
}
