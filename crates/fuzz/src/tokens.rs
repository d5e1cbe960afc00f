//! Tokens: those that can travel arrive as they left, and none is shown.

use ha_wechaty_wire::Token;
use http::{HeaderMap, HeaderValue, Uri, header};

/// A line each: a token, the header of a call, its URI, its `Host`.
///
/// # Panics
/// Something does not hold.
pub fn challenge(input: &[u8]) {
    let mut lines = input.split(|byte| *byte == b'\n');
    let mut line = || lines.next().unwrap_or_default();
    let token = Token::new(String::from_utf8_lossy(line()));
    let mut headers = HeaderMap::new();
    if let (true, Ok(value)) = (token.check().is_ok(), HeaderValue::try_from(token.authorization())) {
        headers.insert(header::AUTHORIZATION, value);
        assert_eq!(Token::of_call(&Uri::default(), &headers).as_ref(), Ok(&token), "it arrives as it left");
    } else {
        assert!(token.check().is_err(), "what can travel is a header");
    }
    is_not_shown(&token);
    headers.clear();
    let call = (line(), line(), line());
    let uri = String::from_utf8_lossy(call.1).parse().unwrap_or_default();
    for (name, value) in [(header::AUTHORIZATION, call.0), (header::HOST, call.2)] {
        if let (false, Ok(value)) = (value.is_empty(), HeaderValue::from_bytes(value)) {
            headers.insert(name, value);
        }
    }
    match Token::of_call(&uri, &headers) {
        Ok(token) => {
            assert!(!token.reveal().is_empty(), "nothing is no token");
            is_not_shown(&token);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// What is shown of a token would be the same with any other secret in it.
fn is_not_shown(token: &Token) {
    let with = |secret: &str| match token.reveal().rsplit_once('_') {
        Some((sni, _)) => Token::new(format!("{sni}_{secret}")),
        None => Token::new(secret),
    };
    let shown = |token: &Token| format!("{token} {token:?}");
    for other in ["another", ""] {
        assert_eq!(shown(token), shown(&with(other)));
    }
}
