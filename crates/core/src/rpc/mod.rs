//! Every RPC of the puppet protocol, and all that the gateway must know about it: a row of a table says it.
//!
//! This table is the only place that says so. Routing, pace, translation, learning and the docs follow it, and no code
//! elsewhere looks at an RPC's name. To teach the gateway a new RPC, add its row.
//!
//! | module | what it holds |
//! |---|---|
//! | `table` | the rows |
//! | `words` | the words that rows are made of, and what is so unless a row says otherwise |
//! | `class` | where the calls of an RPC go |
//! | `id` | which fields hold ids of what |
//! | `column` | everything else that a row may say |

mod class;
mod column;
mod id;
mod table;
mod words;

pub use class::{Class, Conduct, Local};
pub use column::{
    Age, Answered, Down, Each, EachAnswers, LabelAct, Leaver, Naming, Says, Shape, StandIn, Teaches, Up,
};
pub use id::{Id, IdField, Twin, field, twin};
pub use table::*;
pub use words::{newer, older, rpc};

/// What one RPC is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rpc {
    /// Its name in the service: for paths, metrics, the log and people. Nothing else follows from it.
    pub name: &'static str,
    /// How its calls are gone about.
    pub conduct: Conduct,
    /// A setter may share its RPC with a getter.
    pub change: Option<Change>,
    /// The request's fields with ids. The first one leads the call to its account.
    pub takes: &'static [IdField],
    /// The answer's fields with ids.
    pub gives: &'static [IdField],
    /// The request's fields with two spellings: `old` is copied into an absent `new`.
    pub takes_twins: &'static [Twin],
    /// The answer's fields with two spellings: each fills the other, if that is absent.
    pub gives_twins: &'static [Twin],
    /// What flows which way.
    pub shape: Shape,
    /// Whether its answers keep an order.
    pub answered: Answered,
    /// What it says to people, if it says something.
    pub says: Option<Says>,
    /// What an account's answer teaches about that account.
    pub teaches: Option<Teaches>,
    /// Who is named by the answer. The virtual self has one name, whichever account answers.
    pub names: Option<Naming>,
    /// Who leaves the room that leads the call, once it is done.
    pub leaves: Option<Leaver>,
    /// Whether a bot that calls it knows of what leads the call: it need not be told again.
    pub acknowledges: bool,
    /// Whether its answers are pages of the book of messages: what stands there is asked of no account.
    pub from_book: bool,
    /// Whether it is for the account alone that said the message, and for no other that has a copy.
    pub author_alone: bool,
    /// Whether it is about a login: for accounts that are connected and not logged in. One that an id leads goes to its account,
    /// however that stands.
    pub before_login: bool,
    /// What is asked of an account that lacks it, being of another generation of the protocol.
    pub stands_in: Option<StandIn>,
    /// Which generation of the protocol has it.
    pub age: Age,
}

/// Fields of the request any of which makes the call a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The names of the fields.
    pub fields: &'static [&'static str],
    /// How a call with one of them is gone about.
    pub conduct: Conduct,
}

impl Rpc {
    /// Whether a puppet service may be without it. Of others `UNIMPLEMENTED` is no more than an error.
    pub fn may_be_lacking(&self) -> bool {
        self.age != Age::Both || matches!(self.stands_in, Some(StandIn::Same(_)))
    }

    /// The sort of questions that it is, if its answers keep their order among those of that sort: what a bot asks
    /// as it hears of something, and what needs no account. Files, and whatever changes something, are answered
    /// when they are done.
    pub fn sort(&self) -> Option<&'static str> {
        if self.gives.iter().any(|field| field.id == Id::FileBox) {
            return None;
        }
        match self.answered {
            Answered::WhenDone => None,
            Answered::InOrder => Some(self.name),
            Answered::AmongMessages => Some(MESSAGE_PAYLOAD.name),
        }
    }
}

#[cfg(test)]
mod tests;
