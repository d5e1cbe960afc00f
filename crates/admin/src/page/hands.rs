//! What is done to an account from its page: asked for by a button, said once more in words, and done.

use std::time::Duration;

use askama::Template;
use axum::{
    Extension,
    body::{Bytes, to_bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use ha_wechaty_core::{Hand, Withdrawn};
use ha_wechaty_team::{
    runtime::{HandError, HandWords},
    view::Standing,
};
use ha_wechaty_transport::http1::Endpoints;

use super::{Desk, Frame, Lang, Place, Say, Tone, Words, Wrong, login::NoLink, page};
use crate::origin;

/// What a form may weigh.
const LONGEST: usize = 4 << 10;

/// Longer than this nobody means.
const LONGEST_TIME: Duration = Duration::from_secs(366 * 86_400);

/// What the buttons are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Button {
    Drain,
    Maintenance,
    Resume,
    Reset,
    Reconnect,
    Login,
    Logout,
}

impl Button {
    const ALL: [Self; 7] = [
        Self::Drain,
        Self::Maintenance,
        Self::Resume,
        Self::Reset,
        Self::Reconnect,
        Self::Login,
        Self::Logout,
    ];

    fn hand(self, lasts: Option<Duration>) -> Hand {
        match self {
            Self::Drain => Hand::Withdraw { how: Withdrawn::Draining, lasts },
            Self::Maintenance => Hand::Withdraw { how: Withdrawn::Maintenance, lasts },
            Self::Resume => Hand::Resume,
            Self::Reset => Hand::Reset,
            Self::Reconnect => Hand::Reconnect,
            Self::Login => Hand::Login,
            Self::Logout => Hand::Logout,
        }
    }

    /// Its word in a form.
    pub(super) fn name(self) -> &'static str {
        self.hand(None).name()
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// Those that an account has use for that stands there.
    pub(super) fn of(standing: Standing) -> Vec<Self> {
        let is_withdrawn = standing.is_withdrawn();
        let is_wanted = |it: &Self| match it {
            Self::Resume => is_withdrawn,
            Self::Drain => !is_withdrawn,
            Self::Maintenance => standing != Standing::Maintenance,
            Self::Login => super::login::is_to_be_logged_in(standing),
            Self::Logout => !super::login::is_to_be_logged_in(standing) || is_withdrawn,
            Self::Reset | Self::Reconnect => true,
        };
        Self::ALL.into_iter().filter(is_wanted).collect()
    }
}

/// What a form says.
#[derive(Debug, Default)]
struct Asked {
    hand: String,
    why: String,
    lasts: String,
    /// It was said once more; and again, though no account is left then.
    sure: u8,
}

impl Asked {
    fn read(body: &Bytes) -> Self {
        let mut asked = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            match &*name {
                "hand" => asked.hand = value.into_owned(),
                "why" => asked.why = value.trim().to_owned(),
                "for" => asked.lasts = value.trim().to_owned(),
                "sure" => asked.sure = value.parse().unwrap_or_default(),
                _ => {}
            }
        }
        asked
    }
}

/// The page that asks once more, or says why nothing was done.
#[derive(Debug, Template)]
#[template(path = "hand.html")]
struct HandPage {
    frame: Frame,
    w: &'static Words,
    name: String,
    asked: Asked,
    tone: Tone,
    title: String,
    what: String,
    remedy: Option<String>,
    button: Option<&'static str>,
    sure: u8,
}

pub(super) async fn lay(
    State(desk): State<Desk>,
    Path(name): Path<String>,
    Extension(ends): Extension<Endpoints>,
    headers: HeaderMap,
    request: Request,
) -> Response {
    let lang = Lang::of(&headers);
    let (say, w) = (Say(lang), lang.words());
    if !origin::is_own_page(desk.shared.config.admin.url.as_deref(), &headers) {
        return Wrong::answer(&desk, lang, StatusCode::FORBIDDEN, say.no_link(NoLink::Stranger));
    }
    let Ok(body) = to_bytes(request.into_body(), LONGEST).await else {
        return Wrong::answer(&desk, lang, StatusCode::BAD_REQUEST, say.no_hand());
    };
    let asked = Asked::read(&body);
    let Some(button) = Button::named(&asked.hand) else {
        return Wrong::answer(&desk, lang, StatusCode::BAD_REQUEST, say.no_hand());
    };
    let ask = |code, tone, what: String, remedy, word, sure, asked| {
        let title = format!("{name}: {}", lang.button(button));
        let frame = Frame::new(&desk, lang, Place::Below, &title);
        let name = name.clone();
        page(code, &HandPage { frame, w, name, asked, tone, title, what, remedy, button: word, sure })
    };
    let lasts = match button {
        Button::Drain | Button::Maintenance if !asked.lasts.is_empty() => {
            match humantime::parse_duration(&asked.lasts) {
                Ok(lasts) if !lasts.is_zero() && lasts <= LONGEST_TIME => Some(lasts),
                Ok(_) | Err(_) => {
                    let what = say.no_duration(&asked.lasts);
                    return ask(StatusCode::BAD_REQUEST, Tone::Bad, what, None, None, 0, asked);
                }
            }
        }
        Button::Drain
        | Button::Maintenance
        | Button::Resume
        | Button::Reset
        | Button::Reconnect
        | Button::Login
        | Button::Logout => None,
    };
    if asked.sure == 0 {
        let what = lang.consequence(button).to_owned();
        return ask(StatusCode::OK, Tone::Idle, what, None, Some(lang.button(button)), 1, asked);
    }
    let by = format!("the page, somebody at {}", ends.peer.ip());
    let words = HandWords { by, why: asked.why.clone(), force: asked.sure > 1 };
    match desk.hands.lay(&name, button.hand(lasts), words).await {
        Ok(_) => (StatusCode::SEE_OTHER, [(header::LOCATION, format!("/accounts/{name}"))]).into_response(),
        Err(why @ HandError::Last { .. }) => {
            let (what, remedy) =
                (why.to_string(), lang.pick("Bring another account back first.", "请先恢复另一个账号。"));
            let word = lang.pick("Do it all the same", "仍然执行");
            ask(StatusCode::CONFLICT, Tone::Bad, what, Some(remedy.to_owned()), Some(word), 2, asked)
        }
        Err(why) => {
            let code = match &why {
                HandError::Unknown { .. } => StatusCode::NOT_FOUND,
                HandError::Last { .. } | HandError::NotConnected { .. } => StatusCode::CONFLICT,
                HandError::NotDurable | HandError::Gone => StatusCode::SERVICE_UNAVAILABLE,
            };
            ask(code, Tone::Bad, why.to_string(), Some(why.remedy()), None, 0, asked)
        }
    }
}
