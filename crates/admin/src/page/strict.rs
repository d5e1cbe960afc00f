//! What browsers are told of every answer: that it is shown nowhere else, and that nothing of elsewhere is in it.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Where a page came from is told to no other site. Not `no-referrer`: with it a browser sends a form of our own with
/// `Origin: null`, as it does one of a stranger's.
const REFERRER: &str = "same-origin";

/// In which each answer of ours depends on what is asked for.
const VARY: &str = "accept, accept-language";

const ALL: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, REFERRER),
    (header::CACHE_CONTROL, "no-store"),
    (header::VARY, VARY),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// Adds them; what an answer says of its own stays.
pub(in super::super) async fn strict(request: Request, next: Next) -> Response {
    let mut answer = next.run(request).await;
    for (name, value) in ALL {
        answer.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    answer
}
