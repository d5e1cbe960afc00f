//! Through what an account goes out: keys `proxy` and `proxy_file`.

use ha_wechaty_wire::Proxy;

use crate::reader::{Field, Form, FromField, Keys};

/// The proxy of an account, if it has one. There may be a password in it, so it is read as the secrets are.
pub(super) fn read(keys: &mut Keys<'_>) -> Option<Proxy> {
    keys.secret("proxy", "proxy_file")
}

impl FromField for Proxy {
    const FORM: Form = Form::Secret;

    fn from_field(field: &Field<'_>) -> Option<Self> {
        let Some(text) = field.node.value.text() else {
            return field.refuse(format!(
                "must be a text like \"socks5://127.0.0.1:1080\", not {}",
                field.node.value.kind()
            ));
        };
        match text.trim().parse() {
            Ok(proxy) => Some(proxy),
            Err(error) => field.refuse(format!("{error} (it is not shown, since it may hold a password)")),
        }
    }
}
