//! What is called, and who stands in the middle.

use bytes::Bytes;
use clap::ValueEnum;
use ha_wechaty_wire::puppet as p;

use crate::{
    caller::{Ask, Load},
    contender::{Kind, Shape, Store},
    town::{ALICE, FILE, MESSAGE, file_box, framed},
};

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// MessageSendText, of 33 bytes, each another, to one contact
    Send,
    /// The same, to a thousand contacts in turn
    SendMany,
    /// MessagePayload of a message that was told
    PayloadKept,
    /// MessagePayload of one that was not: an account is asked
    PayloadAsked,
    /// ContactPayload
    Contact,
    /// RoomList, of fifty rooms
    Rooms,
    /// MessageSendFile, of 5 MiB in the request
    Up,
    /// MessageFile, of 5 MiB in the answer
    Down,
    /// MessageSendText to one contact, a hundred connections, one call at once on each
    Bots,
    /// MessageSendText to a thousand contacts, by connections with TLS
    Tls,
    /// A thousand messages a second are told, and the bot asks for each payload
    Events,
}

/// What is so of a scenario.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// How it is flooded.
    pub(crate) load: Load,
    pub(crate) reach: Reach,
    /// How many calls, or messages, a second are a moderate rate.
    pub(crate) moderate: u32,
    /// The gateway that is always there.
    shape: Shape,
    /// Whether who stands in the middle presents a certificate to bots; accounts never do.
    pub(crate) is_tls: bool,
}

/// Whether calls that are answered have reached an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Each has.
    Each,
    /// None has that the gateway answers.
    Remembered,
    /// Each may have reached several, or several one.
    Any,
}

/// To so many contacts one may speak in turn.
const MANY: usize = 1_000;
/// So many different texts are said in turn: people do not say the same again and again, and what is the same must be told
/// apart by more than its text.
const TEXTS: usize = 10_000;

impl Scenario {
    /// Its name on the command line and in tables.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |it| it.get_name().to_owned())
    }

    /// The call that is made of such a one.
    pub(crate) fn ask(self, kind: Kind) -> Ask {
        match self {
            Self::Send | Self::Bots => {
                let bodies = (0..TEXTS).map(|it| text(ALICE.into(), it)).collect();
                Ask { rpc: "MessageSendText", bodies }
            }
            Self::SendMany | Self::Tls => {
                let bodies = (0..TEXTS).map(|it| text(format!("{ALICE}_{}", it % MANY), it)).collect();
                Ask { rpc: "MessageSendText", bodies }
            }
            Self::PayloadKept | Self::Events => {
                Ask::of("MessagePayload", payload(&id_at(kind, MESSAGE.to_string())))
            }
            Self::PayloadAsked => Ask::of("MessagePayload", payload(&id_at(kind, (MESSAGE + 1).to_string()))),
            Self::Contact => {
                Ask::of("ContactPayload", framed(&p::ContactPayloadRequest { id: ALICE.into() }))
            }
            Self::Rooms => Ask::of("RoomList", framed(&p::RoomListRequest {})),
            Self::Up => Ask::of(
                "MessageSendFile",
                framed(&p::MessageSendFileRequest {
                    conversation_id: ALICE.into(),
                    file_box: file_box(FILE),
                }),
            ),
            Self::Down => Ask::of(
                "MessageFile",
                framed(&p::MessageFileRequest { id: id_at(kind, MESSAGE.to_string()) }),
            ),
        }
    }

    /// Who stands in the middle, in turns.
    pub(crate) fn contenders(self, is_quick: bool, has_beside: bool) -> Vec<Kind> {
        let shape = self.terms().shape;
        let mut kinds = vec![Kind::Haproxy, Kind::Nginx, Kind::Gateway(shape)];
        if !self.terms().is_tls {
            kinds.insert(0, Kind::Direct);
        }
        if has_beside {
            kinds.push(Kind::Beside(shape));
        }
        if is_quick {
            return kinds;
        }
        let gateway =
            |accounts: &[usize]| accounts.iter().map(|it| Kind::Gateway(Shape::of(*it))).collect::<Vec<_>>();
        match self {
            Self::Send => {
                kinds.extend(gateway(&[3, 10]));
                for accounts in [1, 3] {
                    kinds.push(Kind::Gateway(Shape { is_paced: true, ..Shape::of(accounts) }));
                    kinds.push(Kind::Gateway(Shape { store: Store::Sqlite, ..Shape::of(accounts) }));
                }
                kinds.extend([Kind::Stock, Kind::Relay]);
            }
            Self::SendMany => {
                kinds.extend(gateway(&[3, 10]));
                kinds.push(Kind::Gateway(Shape { store: Store::Sqlite, ..Shape::of(1) }));
            }
            Self::PayloadKept | Self::PayloadAsked | Self::Contact => {
                kinds.extend(gateway(&[3]));
                kinds.push(Kind::Stock);
            }
            Self::Rooms | Self::Bots => kinds.extend(gateway(&[1])),
            Self::Up | Self::Down | Self::Tls => {}
            Self::Events => {
                kinds.extend(gateway(&[3, 10]));
                kinds.extend([1, 3].map(|accounts| Kind::Gateway(Shape { bots: 10, ..Shape::of(accounts) })));
                kinds.push(Kind::Stock);
            }
        }
        kinds
    }

    /// What the processor's time of such a one is to come to at most, and of whose.
    pub(crate) fn goal(self, kind: Kind) -> Option<(f64, Kind)> {
        let shape = kind.shape()?;
        match self {
            Self::Send | Self::SendMany => match shape.store {
                Store::Memory => Some((2.0, Kind::Haproxy)),
                Store::Sqlite => Some((3.0, Kind::Haproxy)),
            },
            Self::PayloadKept => Some((1.0, Kind::Haproxy)),
            Self::Events if shape.bots > 1 => None,
            Self::Events => match shape.accounts {
                1 => Some((1.0 / 8.0, Kind::Stock)),
                3 => Some((1.0 / 5.0, Kind::Stock)),
                _ => None,
            },
            Self::PayloadAsked
            | Self::Contact
            | Self::Rooms
            | Self::Up
            | Self::Down
            | Self::Bots
            | Self::Tls => None,
        }
    }

    /// What is so of it.
    pub(crate) fn terms(self) -> Terms {
        let usual = Terms {
            load: Load { connections: 4, at_once: 32 },
            reach: Reach::Each,
            moderate: 1_000,
            shape: Shape::of(1),
            is_tls: false,
        };
        match self {
            Self::SendMany | Self::PayloadAsked | Self::Contact | Self::Events => usual,
            // One after the other, each when the one before is there, and durable.
            Self::Send => Terms { moderate: 250, ..usual },
            Self::Tls => Terms { is_tls: true, ..usual },
            Self::PayloadKept => Terms { reach: Reach::Remembered, ..usual },
            Self::Rooms => Terms { reach: Reach::Any, shape: Shape::of(10), ..usual },
            Self::Up | Self::Down => {
                Terms { load: Load { connections: 2, at_once: 1 }, moderate: 5, ..usual }
            }
            Self::Bots => Terms {
                load: Load { connections: 100, at_once: 1 },
                shape: Shape { bots: 100, ..Shape::of(1) },
                moderate: 250,
                ..usual
            },
        }
    }
}

/// What is said to somebody, in 33 bytes.
fn text(conversation_id: String, number: usize) -> Bytes {
    let text = format!("the tea is ready, cup no. {number:07}");
    framed(&p::MessageSendTextRequest { conversation_id, text, ..Default::default() })
}

/// Asks what a message says.
pub(crate) fn payload(id: &str) -> Bytes {
    framed(&p::MessagePayloadRequest { id: id.into() })
}

/// The id of a message of the first account, as bots know it there.
fn id_at(kind: Kind, id: String) -> String {
    match kind.shape() {
        Some(_) => format!("{id}~account-0"),
        None => id,
    }
}
