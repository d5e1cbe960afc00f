//! Mail, handed in at one server.

use std::{sync::Arc, time::Duration};

use ha_wechaty_config::{Language, Mailbox, Secret};
use ha_wechaty_wire::tls::{self, Trust};
use mail_send::{
    Credentials, Error, SmtpClient, SmtpClientBuilder, mail_builder::MessageBuilder,
    smtp::message::Parameters,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    time::timeout,
};
use tokio_rustls::TlsConnector;

use crate::{cut::cut_characters, error::TellError, format::json, news::News, words::Prose};

/// Where TLS comes before everything else.
const IMPLICIT: u16 = 465;
/// Of a subject, in characters.
const SUBJECT: usize = 120;
/// Of the text, in bytes.
const LONGEST: usize = 100_000;

/// Why mail was not handed in: what happened, and what to do.
type Why = (String, &'static str);

/// Hands it in, for all who get it; each step has so long.
pub(crate) async fn send(
    mailbox: &Mailbox,
    news: &News,
    language: Language,
    within: Duration,
) -> Result<(), TellError> {
    let at = mailbox.smtp.to_string();
    let mail = |(cause, remedy): Why| TellError::Mail { at: at.clone(), cause, remedy };
    let whole = within * 3;
    let late = |_| (format!("it was not done in {} s", whole.as_secs()), "check that the server is well");
    timeout(whole, hand_in(mailbox, news, language, within))
        .await
        .map_err(late)
        .and_then(|it| it)
        .map_err(mail)
}

async fn hand_in(mailbox: &Mailbox, news: &News, language: Language, within: Duration) -> Result<(), Why> {
    let host = mailbox.smtp.host.as_str();
    let trust = Trust::Public(mailbox.ca.as_ref().map(|ca| ca.bytes().to_vec()).unwrap_or_default());
    let mut config =
        tls::client(&trust).map_err(|error| (error.to_string(), "name the authority's certificate in ca"))?;
    config.alpn_protocols.clear();
    let connector = TlsConnector::from(Arc::new(config));
    let mut server = SmtpClientBuilder::new_with_tls_connector(host, mailbox.smtp.port, connector)
        .implicit_tls(mailbox.smtp.port == IMPLICIT)
        .timeout(within);
    if let Some(secret) = &mailbox.secret {
        let user = mailbox.user.as_deref().unwrap_or(&mailbox.from);
        server = server.credentials(Credentials::new(user, secret.reveal()));
    }
    // Nobody stands between this machine and itself.
    let is_plain = is_here(host) && mailbox.ca.is_none() && mailbox.smtp.port != IMPLICIT;
    let veil = |why: Why| without(mailbox.secret.as_ref(), why);
    if is_plain {
        let client = server.connect_plain().await.map_err(|error| veil(explain(error)))?;
        deliver(client, mailbox, news, language).await.map_err(veil)
    } else {
        let client = server.connect().await.map_err(|error| veil(explain(error)))?;
        deliver(client, mailbox, news, language).await.map_err(veil)
    }
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// Hands it in for those whom the server takes it for: that one has left must not keep it from the others.
async fn deliver<S: AsyncRead + AsyncWrite + Unpin>(
    mut client: SmtpClient<S>,
    mailbox: &Mailbox,
    news: &News,
    language: Language,
) -> Result<(), Why> {
    let message =
        message(mailbox, news, language).map_err(|error| (error.to_string(), "this is a defect"))?;
    let none = Parameters::new();
    client.mail_from(&mailbox.from, &none).await.map_err(|error| {
        let (cause, _) = explain(error);
        (cause, "use an address in from that this user may send as")
    })?;
    let mut refused = Vec::new();
    for to in &mailbox.mailto {
        match client.rcpt_to(to, &none).await {
            Ok(()) => {}
            Err(Error::UnexpectedReply(reply)) => {
                refused.push(format!("{to}: {} {}", reply.code, reply.message));
            }
            Err(other) => return Err(explain(other)),
        }
    }
    if refused.len() == mailbox.mailto.len() {
        return Err((format!("it takes mail for none of mailto ({})", refused.join("; ")), "check mailto"));
    }
    client.data(&message).await.map_err(explain)?;
    if !refused.is_empty() {
        tracing::warn!("mail was taken for the others, but not for {}: check mailto", refused.join("; "));
    }
    // It has been taken: how the connection ends is of no interest.
    let _ = client.quit().await;
    Ok(())
}

fn message(mailbox: &Mailbox, news: &News, language: Language) -> std::io::Result<Vec<u8>> {
    let prose = Prose::new(news, language);
    let host = mailbox.from.rsplit_once('@').map_or("localhost", |(_, host)| host);
    let first = news.alarms.first();
    // Mails of one alarm stand together, and one that is sent again is the same.
    let id = first.map(|alarm| format!("{}.{}@{host}", json::id(news, alarm), news.alarms.len()));
    let thread = first.map(|alarm| format!("{}@{host}", json::thread(news, alarm)));
    let mut message = MessageBuilder::new()
        .from(("HAWechaty", mailbox.from.as_str()))
        .to(mailbox.mailto.iter().map(String::as_str).collect::<Vec<_>>())
        .subject(cut_characters(&prose.headline(), SUBJECT))
        .header("Auto-Submitted", mail_send::mail_builder::headers::text::Text::new("auto-generated"))
        .text_body(prose.text(LONGEST));
    if let (Some(id), Some(thread)) = (id, thread) {
        message = message.message_id(id).references(thread);
    }
    for scan in &news.scans {
        if let Some(png) = &scan.picture {
            message = message.attachment("image/png", format!("{}.png", scan.account), png.as_slice());
        }
    }
    message.write_to_vec()
}

fn explain(error: Error) -> Why {
    let certificate = "check smtp; if an authority of your own vouches for the server, name that in ca";
    match error {
        Error::Io(error) => (error.to_string(), "check smtp, and the network and firewalls between"),
        Error::Tls(error) => (format!("TLS: {error}"), certificate),
        Error::InvalidTLSName => {
            (String::from("TLS: its name is none that a certificate can have"), certificate)
        }
        Error::AuthenticationFailed(reply) => {
            (format!("it does not let us in: {} {}", reply.code, reply.message), "check user and secret")
        }
        Error::UnsupportedAuthMechanism => {
            (String::from("it takes no password"), "leave secret out, or use a port where it does (465, 587)")
        }
        Error::MissingStartTls => (
            String::from("it does not offer STARTTLS"),
            "use a port where it does, or 465; passwords and alarms do not travel in clear",
        ),
        Error::Timeout => {
            (String::from("it does not answer"), "check smtp, and the network and firewalls between")
        }
        Error::UnparseableReply | Error::Base64(_) | Error::Auth(_) => {
            (String::from("its answer is none of SMTP"), "check that smtp is a port for handing in mail")
        }
        Error::UnexpectedReply(reply) => {
            (format!("it answered {} {}", reply.code, reply.message), "see what the server says of that")
        }
        Error::MissingCredentials => (String::from("it asks for a password"), "set user and secret"),
        Error::MissingMailFrom => (String::from("the mail is from nobody"), "set from"),
        Error::MissingRcptTo => (String::from("the mail is for nobody"), "set mailto"),
    }
}

/// What happened, should the server have repeated the password.
fn without(secret: Option<&Secret>, (cause, remedy): Why) -> Why {
    match secret.map(Secret::reveal).filter(|it| !it.is_empty()) {
        Some(secret) => (cause.replace(secret, "…"), remedy),
        None => (cause, remedy),
    }
}
