//! What is called, and who stands in the middle.

use bytes::Bytes;
use clap::ValueEnum;
use ha_wechaty_wire::puppet as p;

use crate::{
    caller::Ask,
    contender::{Kind, Shape},
    town::{ALICE, framed},
};

/// One of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Scenario {
    /// MessageSendText, of 33 bytes
    Send,
}

/// Whether calls reach an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Each does, or was refused on its way.
    Each,
    /// None does, past the gateway: it is answered from what is remembered.
    Proxied,
}

impl Scenario {
    /// Its name on the command line and in tables.
    pub(crate) fn name(self) -> String {
        self.to_possible_value().map_or_else(String::new, |it| it.get_name().to_owned())
    }

    /// The call that is made.
    pub(crate) fn ask(self) -> Ask {
        let ask = |rpc, body: Bytes| Ask { rpc, body };
        match self {
            Self::Send => ask(
                "MessageSendText",
                framed(&p::MessageSendTextRequest {
                    conversation_id: ALICE.into(),
                    text: "the tea is ready, come and fetch!".into(),
                    ..Default::default()
                }),
            ),
        }
    }

    /// Who stands in the middle, in turns.
    pub(crate) fn contenders(self, is_quick: bool, has_beside: bool) -> Vec<Kind> {
        let mut kinds = vec![Kind::Direct, Kind::Haproxy, Kind::Nginx, Kind::Gateway(Shape::of(1))];
        if has_beside {
            kinds.push(Kind::Beside(Shape::of(1)));
        }
        if !is_quick {
            match self {
                Self::Send => kinds.extend([3, 10].map(|accounts| Kind::Gateway(Shape::of(accounts)))),
            }
        }
        kinds
    }

    pub(crate) fn reach(self) -> Reach {
        match self {
            Self::Send => Reach::Each,
        }
    }

    /// How many calls a second are a moderate rate.
    pub(crate) fn moderate(self) -> u32 {
        match self {
            Self::Send => 1_000,
        }
    }
}
