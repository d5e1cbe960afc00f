//! The page of the rooms: who is in each, and what can be done where that is too few.

use askama::Template;
use axum::response::Response;
use ha_wechaty_team::view::{RoomStatus, RoomsStatus};

use super::{Desk, Frame, Lang, Place, Say, Words, team::RoomRow};

/// So many are on a page.
const ROOMS: usize = 50;

/// The rooms' page.
#[derive(Debug, Template)]
#[template(path = "rooms.html")]
pub(super) struct RoomsPage {
    frame: Frame,
    w: &'static Words,
    names: Vec<String>,
    account: String,
    sought: String,
    count: String,
    rooms: Vec<RoomRow>,
    /// Where the others are.
    next: Option<String>,
}

/// Those that the query asks for: of an `account`, with `q` in their topic or id, and `from` which on.
pub(super) async fn answer(desk: Desk, lang: Lang, query: String) -> Response {
    let value = |name: &str| {
        let mut pairs = form_urlencoded::parse(query.as_bytes());
        pairs.find(|(known, _)| known == name).map_or_else(String::new, |(_, value)| value.into_owned())
    };
    let (account, sought, from) = (value("account"), value("q"), value("from").parse().unwrap_or(0));
    let names = desk.shared.accounts.roster.accounts().map(|(_, it)| it.name.clone()).collect();
    let frame = Frame::new(&desk, lang, Place::Rooms, lang.words().rooms);
    let mut made = RoomsPage::of(frame, lang, names, account, sought);
    let html = move |rooms: RoomsStatus| {
        made.fill(&rooms.rooms, from, lang);
        made.render().map(String::into_bytes).map_err(|error| error.to_string())
    };
    desk.long.make(desk.asking.look(RoomsStatus::new), "text/html; charset=utf-8", html).await
}

impl RoomsPage {
    /// With the frame around it, and no room in it yet.
    pub(super) fn of(frame: Frame, lang: Lang, names: Vec<String>, account: String, sought: String) -> Self {
        let w = lang.words();
        Self { frame, w, names, account, sought, count: String::new(), rooms: Vec::new(), next: None }
    }

    /// These there are; from which on they are shown.
    pub(super) fn fill(&mut self, rooms: &[RoomStatus], from: usize, lang: Lang) {
        let wanted = |room: &&RoomStatus| {
            let is_there = |account: &str| room.accounts.iter().any(|it| it.name == account);
            (self.account.is_empty() || is_there(&self.account))
                && (room.topic.contains(&self.sought) || room.id.contains(&self.sought))
        };
        let found: Vec<&RoomStatus> = rooms.iter().filter(wanted).collect();
        let from = from.min(found.len());
        let to = (from + ROOMS).min(found.len());
        self.count = Say(lang).shown(from, to, found.len());
        self.rooms = found.iter().skip(from).take(ROOMS).map(|room| RoomRow::new(room, lang)).collect();
        self.next = (to < found.len()).then(|| {
            let mut query = form_urlencoded::Serializer::new(String::from("/rooms?"));
            query.append_pair("from", &to.to_string());
            query.append_pair("account", &self.account).append_pair("q", &self.sought);
            query.finish()
        });
    }
}
