//! What is done to an account from its page: asked for by a button, said once more in words, and done.

use askama::Template;
use axum::{
    body::{Bytes, to_bytes},
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use ha_wechaty_team::{
    runtime::{HandError, HandWords},
    state::records::AuditAct,
    view::Standing,
};

use super::{Desk, Frame, Lang, Place, Say, Tone, Words, Wrong, page};
use crate::{
    deed::{self, Deed},
    entry,
};

/// What a form may weigh.
const LONGEST: usize = 4 << 10;

/// Those that an account has use for that stands there.
pub(super) fn deeds_of(standing: Standing) -> Vec<Deed> {
    let is_withdrawn = standing.is_withdrawn();
    let is_wanted = |it: &Deed| match it {
        Deed::Resume => is_withdrawn,
        Deed::Drain => !is_withdrawn,
        Deed::Maintenance => standing != Standing::Maintenance,
        Deed::Login => super::login::is_to_be_logged_in(standing),
        Deed::Logout => !super::login::is_to_be_logged_in(standing) || is_withdrawn,
        Deed::Reset | Deed::Reconnect => true,
    };
    Deed::ALL.into_iter().filter(is_wanted).collect()
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
    headers: HeaderMap,
    request: Request,
) -> Response {
    let lang = Lang::of(&headers);
    let (say, w) = (Say(lang), lang.words());
    let Ok(body) = to_bytes(request.into_body(), LONGEST).await else {
        return Wrong::answer(&desk, lang, StatusCode::BAD_REQUEST, say.no_hand());
    };
    let asked = Asked::read(&body);
    let Some(deed) = Deed::named(&asked.hand) else {
        return Wrong::answer(&desk, lang, StatusCode::BAD_REQUEST, say.no_hand());
    };
    let ask = |code, tone, what: String, remedy, word, sure, asked| {
        let title = format!("{name}: {}", lang.button(deed));
        let frame = Frame::new(&desk, lang, Place::Below, &title);
        let name = name.clone();
        page(code, &HandPage { frame, w, name, asked, tone, title, what, remedy, button: word, sure })
    };
    let wanted = Some(&asked.lasts).filter(|lasts| deed.may_last() && !lasts.is_empty());
    let Ok(lasts) = wanted.map(|text| deed::lasts(text)).transpose() else {
        let what = say.no_duration(&asked.lasts);
        return ask(StatusCode::BAD_REQUEST, Tone::Bad, what, None, None, 0, asked);
    };
    if asked.sure == 0 {
        let what = lang.consequence(deed).to_owned();
        return ask(StatusCode::OK, Tone::Idle, what, None, Some(lang.button(deed)), 1, asked);
    }
    let words =
        HandWords { by: entry::by(None) + " on the page", why: asked.why.clone(), force: asked.sure > 1 };
    let (hands, of) = (desk.hands.clone(), name.clone());
    let done = async move { hands.lay(&of, deed.hand(lasts), words).await };
    let done = desk.does(AuditAct::Hand(deed.name()), (Some(&name), &asked.why), done).await;
    match done.unwrap_or(Err(HandError::Gone)) {
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
                HandError::Last { .. }
                | HandError::NotConnected { .. }
                | HandError::NotAsked { .. }
                | HandError::Entered { .. }
                | HandError::Lacks { .. }
                | HandError::Refused { .. } => StatusCode::CONFLICT,
                HandError::NoCode => StatusCode::BAD_REQUEST,
                HandError::NotDurable | HandError::Gone => StatusCode::SERVICE_UNAVAILABLE,
            };
            ask(code, Tone::Bad, why.to_string(), Some(why.remedy()), None, 0, asked)
        }
    }
}
