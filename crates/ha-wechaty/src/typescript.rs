//! Every name of the TypeScript `wechaty` 1.20, and of the original HAWechaty, and what it is here.
//!
//! The names are Wechaty's terms in Rust's manner: what reads has the property's name, what changes begins with
//! `set_`, a question whose answer is yes or no begins with `is_`, and whatever may have to ask an account is
//! `async` and can fail. A test holds the names of this page against the npm package.
//!
//! What is here and not there: which account something came through ([`Contact::account`], [`Contact::accounts`]
//! and their like), what became of a send ([`Sent::how`], [`Error::was_sent`]), questions to all accounts that give
//! what has come at a deadline ([`FanOut`]), and how each account stands ([`HaWechaty::nodes`],
//! [`HaWechaty::account_changes`]).
//!
//! What is not there has its reason in the table; three are common:
//!
//! * **protocol**: the gRPC protocol of puppets has no such call, so no account behind a puppet service could
//!   do it.
//! * **emitter**: each sort of event has a stream and a callback of its own, which the compiler checks.
//! * **class**: a question about TypeScript's classes, which Rust's types answer.
//!
//! ## HAWechaty
//!
//! | original | here |
//! |---|---|
//! | `new HAWechaty({ name, wechatyOptionsList })` | [`HaWechaty::builder`] |
//! | `configureHa()` | [`configure_ha`], [`HaWechaty::from_env`] |
//! | `name()` | [`HaWechaty::name`] |
//! | `version()` | [`HaWechaty::version`] |
//! | `nodes()` | [`HaWechaty::nodes`]: the accounts, and how each stands |
//! | `add()`, `remove()` | [`Builder::account`], [`HaWechaty::add`], [`HaWechaty::remove`], before the start or while it runs; the original's `remove()` threw |
//! | `start()`, `stop()` | [`HaWechaty::start`], [`HaWechaty::stop`] |
//! | `use()` | [`HaWechaty::use_plugin`], [`Builder::plugin`]: `use` is a word of Rust |
//! | `on()` | [`HaWechaty::on_message`] … |
//! | `logonoff()` | [`HaWechaty::logonoff`] |
//! | `logout()` | [`HaWechaty::logout`] |
//! | `say()` | [`HaWechaty::say`]: one account says it, since the team is one bot; the original said it with all |
//! | `Contact.load`, `Contact.find`, `Contact.findAll` | [`Contacts::load`], [`Contacts::find`], [`Contacts::find_all`] |
//! | `Room.load`, `Room.find`, `Room.findAll` | [`Rooms::load`], [`Rooms::find`], [`Rooms::find_all`] |
//! | `ducks`, `bundle` | not there: the state of the team is no program's to change; [`HaWechaty::status`] tells it |
//!
//! ## WechatyBuilder
//!
//! | TypeScript | here |
//! |---|---|
//! | `build`, `options` | [`Builder::build`], [`Builder::set`] |
//! | `singleton` | not there: a team is a value; clones are the same team |
//!
//! ## Wechaty
//!
//! | TypeScript | here |
//! |---|---|
//! | `start`, `stop` | [`HaWechaty::start`], [`HaWechaty::stop`], or [`HaWechaty::run`] for both |
//! | `ready` | [`HaWechaty::ready`] |
//! | `logonoff`, `isLoggedIn` | [`HaWechaty::logonoff`] |
//! | `logout` | [`HaWechaty::logout`] |
//! | `currentUser`, `userSelf` | [`HaWechaty::current_user`] |
//! | `authQrCode` | [`HaWechaty::scans`], and each of [`HaWechaty::nodes`] |
//! | `say` | [`HaWechaty::say`] |
//! | `ding` | [`HaWechaty::ding`] |
//! | `use` | [`HaWechaty::use_plugin`] |
//! | `version`, `VERSION` | [`HaWechaty::version`] |
//! | `Contact`, `ContactSelf` | [`HaWechaty::contacts`], [`HaWechaty::current_user`] |
//! | `Room` | [`HaWechaty::rooms`] |
//! | `Message` | [`HaWechaty::message`] |
//! | `Friendship` | [`HaWechaty::friendships`] |
//! | `RoomInvitation` | [`HaWechaty::room_invitation`] |
//! | `Tag` | [`Contacts::tags`], [`Contact::tags`] |
//! | `UrlLink`, `MiniProgram`, `Location` | [`UrlLink`], [`MiniProgram`], [`Location`] |
//! | `Image` | [`Message::image`] |
//! | `Delay`, `sleep` | not there: `tokio::time::sleep` |
//! | `Post`, `publish` | not there: protocol; that one was published is [`HaWechaty::posts`] |
//! | `on`, `off` | [`HaWechaty::on_message`] …, [`Subscription::off`] |
//! | `emit`, `emitError` | not there: emitter; what a callback ends with is one ([`Outcome`]) |
//! | `onStart`, `onStop` | [`HaWechaty::on_start`], [`HaWechaty::on_stop`] |
//! | `reset` | not there: the team finds out itself who must be reset, and does it |
//! | `puppet` | not there: there are several, and none is a program's to bypass the team |
//! | `memory` | not there: ids carry their account, so nothing has to be remembered |
//! | `io` | not there: the service behind it is gone |
//! | `init` | [`Builder::build`] |
//! | `log` | not there: `tracing` |
//!
//! ## Events
//!
//! | TypeScript | stream | callback |
//! |---|---|---|
//! | `message` | [`HaWechaty::messages`] | [`HaWechaty::on_message`] |
//! | `friendship` | [`HaWechaty::friendship_events`] | [`HaWechaty::on_friendship`] |
//! | `room-invite` | [`HaWechaty::room_invites`] | [`HaWechaty::on_room_invite`] |
//! | `room-join` | [`HaWechaty::room_joins`] | [`HaWechaty::on_room_join`] |
//! | `room-leave` | [`HaWechaty::room_leaves`] | [`HaWechaty::on_room_leave`] |
//! | `room-topic` | [`HaWechaty::room_topics`] | [`HaWechaty::on_room_topic`] |
//! | `scan` | [`HaWechaty::scans`] | [`HaWechaty::on_scan`] |
//! | `login` | [`HaWechaty::logins`] | [`HaWechaty::on_login`] |
//! | `logout` | [`HaWechaty::logouts`] | [`HaWechaty::on_logout`] |
//! | `ready` | [`HaWechaty::readies`] | [`HaWechaty::on_ready`] |
//! | `dong` | [`HaWechaty::dongs`] | [`HaWechaty::on_dong`] |
//! | `heartbeat` | [`HaWechaty::heartbeats`] | [`HaWechaty::on_heartbeat`] |
//! | `post` | [`HaWechaty::posts`] | [`HaWechaty::on_post`] |
//! | `error` | [`HaWechaty::errors`] | [`HaWechaty::on_error`] |
//! | `start` | [`HaWechaty::starts`] | [`HaWechaty::on_start`] |
//! | `stop` | [`HaWechaty::stops`] | [`HaWechaty::on_stop`] |
//! | `puppet` | not there: [`HaWechaty::account_changes`] tells of each account's puppet | |
//!
//! The events of one room (`invite`, `join`, `leave`, `message`, `topic`) and of one contact (`message`,
//! `friendship`) are the streams above, filtered.
//!
//! ## Message
//!
//! | TypeScript | here |
//! |---|---|
//! | `load` | [`HaWechaty::message`] |
//! | `find`, `findAll` | not there: protocol; a bot that wants to look back keeps what it heard |
//! | `id`, `payload` | [`Message::id`], and the rest of this table |
//! | `type`, `Type` | [`Message::kind`], [`MessageType`] |
//! | `text` | [`Message::text`] |
//! | `talker`, `from` | [`Message::talker`] |
//! | `listener`, `to` | [`Message::listener`] |
//! | `room` | [`Message::room`] |
//! | `conversation` | [`Message::conversation`] |
//! | `self` | [`Message::is_self`] |
//! | `mentionList`, `mention` | [`Message::mentions`] |
//! | `mentionSelf` | [`Message::mentions_self`] |
//! | `mentionText` | [`Message::text_without_mentions`] |
//! | `date`, `age` | [`Message::at`], [`Message::age`] |
//! | `say` | [`Message::reply`] |
//! | `forward` | [`Message::forward`] |
//! | `recall` | [`Message::recall`], [`Sent::recall`] |
//! | `toRecalled` | [`Message::recalled`] |
//! | `toFileBox` | [`Message::file`] |
//! | `toImage` | [`Message::image`] |
//! | `toContact` | [`Message::contact_card`] |
//! | `toUrlLink` | [`Message::url_link`] |
//! | `toMiniProgram` | [`Message::mini_program`] |
//! | `toLocation` | [`Message::location`] |
//! | `toSayable` | [`Message::to_sayable`] |
//! | `toPost` | not there: protocol |
//! | `ready`, `isReady` | not there: a message is never given before it is read |
//!
//! ## Contact
//!
//! | TypeScript | here |
//! |---|---|
//! | `load`, `find`, `findAll` | [`Contacts::load`], [`Contacts::find`], [`Contacts::find_all`] |
//! | `tags` | [`Contacts::tags`], [`Contact::tags`] |
//! | `delete` | not there: protocol |
//! | `id`, `payload` | [`Contact::id`], [`Contact::payload`] |
//! | `name` | [`Contact::name`] |
//! | `alias` | [`Contact::alias`], [`Contact::set_alias`] |
//! | `phone` | [`Contact::phones`], [`Contact::set_phones`] |
//! | `corporation` | [`ContactPayload::corporation`], [`Contact::set_corporation`] |
//! | `description` | [`ContactPayload::description`], [`Contact::set_description`] |
//! | `title` | [`ContactPayload::title`] |
//! | `coworker` | [`ContactPayload::is_coworker`] |
//! | `friend` | [`Contact::is_friend`] |
//! | `star` | [`ContactPayload::is_star`] |
//! | `type`, `Type` | [`ContactPayload::kind`], [`ContactKind`] |
//! | `gender`, `Gender` | [`ContactPayload::gender`], [`Gender`] |
//! | `province`, `city` | [`ContactPayload::province`], [`ContactPayload::city`] |
//! | `handle`, `weixin` | [`ContactPayload::handle`] |
//! | `avatar` | [`Contact::avatar`] |
//! | `say` | [`Contact::say`] |
//! | `self` | [`Contact::is_self`] |
//! | `sync` | [`Contact::sync`] |
//! | `ready`, `isReady` | [`Contact::payload`] reads it when it is asked for |
//! | `readMark` | not there: protocol |
//!
//! ## ContactSelf
//!
//! | TypeScript | here |
//! |---|---|
//! | `avatar` | [`Contact::avatar`], [`ContactSelf::set_avatar`] |
//! | `qrcode` | [`ContactSelf::qr_code`] |
//! | `name` | [`Contact::name`], [`ContactSelf::set_name`] |
//! | `signature` | [`ContactPayload::signature`], [`ContactSelf::set_signature`] |
//!
//! ## Room
//!
//! | TypeScript | here |
//! |---|---|
//! | `load`, `find`, `findAll` | [`Rooms::load`], [`Rooms::find`], [`Rooms::find_all`] |
//! | `create` | [`Rooms::create`] |
//! | `id`, `payload` | [`Room::id`], [`Room::payload`] |
//! | `topic` | [`Room::topic`], [`Room::set_topic`] |
//! | `announce` | [`Room::announcement`], [`Room::announce`] |
//! | `say`, `sayTemplateStringsArray` | [`Room::say`]; whom it mentions: [`Text::mentioning`] |
//! | `add` | [`Room::add`], [`Room::invite`] |
//! | `remove`, `del` | [`Room::remove`] |
//! | `quit` | [`Room::quit`] |
//! | `qrCode` | [`Room::qr_code`] |
//! | `alias` | [`Room::alias`] |
//! | `has` | [`Room::has`] |
//! | `memberAll`, `memberList`, `member` | [`Room::members`], [`Room::find_members`], [`Room::member`] |
//! | `owner` | [`Room::owner`] |
//! | `avatar` | [`Room::avatar`] |
//! | `handle` | [`RoomPayload::handle`] |
//! | `sync` | [`Room::sync`] |
//! | `ready`, `isReady` | [`Room::payload`] reads it when it is asked for |
//! | `readMark` | not there: protocol |
//!
//! ## Friendship
//!
//! | TypeScript | here |
//! |---|---|
//! | `load` | [`Friendships::load`] |
//! | `search` | [`Friendships::search_phone`], [`Friendships::search_handle`] |
//! | `add` | [`Friendships::add`], [`Friendships::add_from_room`] |
//! | `del` | not there: protocol |
//! | `id`, `payload` | [`Friendship::id`], and the rest of this table |
//! | `accept` | [`Friendship::accept`] |
//! | `hello` | [`Friendship::hello`] |
//! | `contact` | [`Friendship::contact`] |
//! | `type`, `Type` | [`Friendship::kind`], [`FriendshipKind`] |
//! | `toJSON`, `fromJSON` | not there: the id is enough, after a restart too |
//! | `ready`, `isReady` | not there: it is never given before it is read |
//!
//! ## RoomInvitation
//!
//! | TypeScript | here |
//! |---|---|
//! | `load` | [`HaWechaty::room_invitation`] |
//! | `accept` | [`RoomInvitation::accept`] |
//! | `inviter` | [`RoomInvitation::inviter`] |
//! | `topic` | [`RoomInvitation::topic`] |
//! | `memberCount`, `memberList` | [`RoomInvitation::member_count`], [`RoomInvitation::members`] |
//! | `date`, `age` | [`RoomInvitation::at`], [`RoomInvitation::age`] |
//! | `toJSON`, `fromJSON`, `toStringAsync` | not there: the id is enough, after a restart too |
//!
//! ## Tag
//!
//! | TypeScript | here |
//! |---|---|
//! | `get`, `load` | not there: a tag is its name |
//! | `add`, `remove` | [`Contact::add_tag`], [`Contact::remove_tag`] |
//! | `delete` | [`Contacts::delete_tag`] |
//!
//! ## Sayable
//!
//! | TypeScript | here |
//! |---|---|
//! | `string`, `number` | `&str`, `String`; [`text`] for one that mentions somebody |
//! | `FileBox` | [`File`] |
//! | `Contact`, `Message` | [`Contact`]; [`Message`] is forwarded |
//! | `UrlLink` (`create`, `url`, `title`, `description`, `thumbnailUrl`) | [`UrlLink`] and its fields |
//! | `MiniProgram` (`create`, `appid`, `title`, `description`, `pagePath`, `thumbUrl`, `thumbKey`, `username`) | [`MiniProgram`] and its fields |
//! | `Location` (`create`, `address`, `latitude`, `longitude`, `accuracy`) | [`Location`] and its fields |
//! | `Image` (`create`, `thumbnail`, `hd`, `artwork`) | [`ImageSize`] |
//! | `Delay` | not there: `tokio::time::sleep` |
//! | `Post` | not there: protocol |
//!
//! Not there since no puppet can do it: `Moment`, `Money`, `Favorite`.
//!
//! Of every class: `wechaty` (what it came from) is not there, since a program knows its team; `pool` is the
//! team's own; `on`, `once`, `off`, `emit` and the rest of Node's emitter: emitter; `valid`, `validInstance`,
//! `validInterface`: class; `toString`: `Debug`.

#[allow(unused_imports, reason = "the page above links to them")]
use crate::{
    Builder, Contact, ContactKind, ContactPayload, ContactSelf, Contacts, Error, FanOut, File, Friendship,
    FriendshipKind, Friendships, Gender, HaWechaty, ImageSize, Location, Message, MessageType, MiniProgram,
    Outcome, Room, RoomInvitation, RoomPayload, Rooms, Sent, Subscription, Text, UrlLink, configure_ha, text,
};
