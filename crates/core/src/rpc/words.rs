//! The words that rows are made of: `rpc("MessageRecall", Owner).takes(MESSAGE).author_alone().once()`.

use super::{
    Age, Answered, Change, Class, Conduct, Down, IdField, Leaver, Local, Naming, Rpc, Says, Shape, StandIn,
    Teaches, Twin, Up,
};
use crate::{ejection::Work, pace::Paced};

/// An RPC of this name, whose calls go where this class says. What else is so of the class is so of the RPC, unless
/// the words behind it say otherwise.
pub const fn rpc(name: &'static str, class: Class) -> Rpc {
    let shape = match class {
        Class::Local(Local::Event) => Shape::Events,
        Class::Local(Local::Start | Local::Stop | Local::Ding | Local::Version | Local::CurrentUser)
        | Class::Logout
        | Class::Send
        | Class::Owner
        | Class::Reach
        | Class::RoomAct
        | Class::Union
        | Class::All
        | Class::Create
        | Class::Batch
        | Class::Upload => Shape::Unary,
    };
    let answered = match class {
        Class::Local(Local::Start | Local::Stop | Local::Ding | Local::Version | Local::CurrentUser) => {
            Answered::AmongMessages
        }
        Class::Reach | Class::Union | Class::Batch => Answered::InOrder,
        Class::Local(Local::Event)
        | Class::Logout
        | Class::Send
        | Class::Owner
        | Class::RoomAct
        | Class::All
        | Class::Create
        | Class::Upload => Answered::WhenDone,
    };
    Rpc {
        name,
        conduct: Conduct::of(class),
        change: None,
        takes: &[],
        gives: &[],
        takes_twins: &[],
        gives_twins: &[],
        shape,
        answered,
        says: None,
        teaches: None,
        names: None,
        leaves: None,
        acknowledges: false,
        from_book: false,
        author_alone: false,
        before_login: false,
        stands_in: None,
        age: Age::Both,
    }
}

/// One that only the older generation of the protocol has: the community's.
pub const fn older(name: &'static str, class: Class) -> Rpc {
    rpc(name, class).of(Age::Older)
}

/// One that only the newer generation of the protocol has: that of the fork which lives.
pub const fn newer(name: &'static str, class: Class) -> Rpc {
    rpc(name, class).of(Age::Newer)
}

impl Rpc {
    /// It is about a login.
    pub const fn before_login(mut self) -> Self {
        self.before_login = true;
        self
    }

    /// With any of these fields it is a change, which goes where this class says.
    pub const fn changed_by(mut self, fields: &'static [&'static str], class: Class) -> Self {
        self.change = Some(Change { fields, conduct: Conduct::of(class) });
        self
    }

    /// The request has these ids. The first one leads the call to its account.
    pub const fn takes(mut self, fields: &'static [IdField]) -> Self {
        self.takes = fields;
        self
    }

    /// The answer has these ids.
    pub const fn gives(mut self, fields: &'static [IdField]) -> Self {
        self.gives = fields;
        self
    }

    /// The request has fields with two spellings.
    pub const fn takes_twins(mut self, twins: &'static [Twin]) -> Self {
        self.takes_twins = twins;
        self
    }

    /// The answer has fields with two spellings.
    pub const fn gives_twins(mut self, twins: &'static [Twin]) -> Self {
        self.gives_twins = twins;
        self
    }

    /// WeChat throttles it as this kind of work.
    pub const fn work(mut self, work: Work) -> Self {
        self.conduct.work = Some(work);
        self
    }

    /// WeChat counts it as this.
    pub const fn paced(mut self, paced: Paced) -> Self {
        self.conduct.paced = Some(paced);
        self
    }

    /// Done twice it does more than done once, though others of its class do not.
    pub const fn once(mut self) -> Self {
        self.conduct.again = false;
        self
    }

    /// Done twice it does no more than done once, though others of its class do.
    pub const fn again(mut self) -> Self {
        self.conduct.again = true;
        self
    }

    /// The pieces of a file flow to the bot.
    pub const fn down(mut self, down: Down) -> Self {
        self.shape = Shape::Down(down);
        self
    }

    /// The pieces of a file flow from the bot.
    pub const fn up(mut self, up: Up) -> Self {
        self.shape = Shape::Up(up);
        self
    }

    /// Its answers keep their order among themselves.
    pub const fn in_order(mut self) -> Self {
        self.answered = Answered::InOrder;
        self
    }

    /// Its answers keep their order among those that tell what a message says.
    pub const fn among_messages(mut self) -> Self {
        self.answered = Answered::AmongMessages;
        self
    }

    /// It says this to people.
    pub const fn says(mut self, says: Says) -> Self {
        self.says = Some(says);
        self
    }

    /// Its answer teaches this about the account that gives it.
    pub const fn teaches(mut self, teaches: Teaches) -> Self {
        self.teaches = Some(teaches);
        self
    }

    /// Its answer names somebody.
    pub const fn names(mut self, naming: Naming) -> Self {
        self.names = Some(naming);
        self
    }

    /// Somebody leaves the room that leads it.
    pub const fn leaves(mut self, leaver: Leaver) -> Self {
        self.leaves = Some(leaver);
        self
    }

    /// A bot that calls it knows of what leads the call.
    pub const fn acknowledges(mut self) -> Self {
        self.acknowledges = true;
        self
    }

    /// Its answers stand in the book of messages.
    pub const fn from_book(mut self) -> Self {
        self.from_book = true;
        self
    }

    /// Only that generation has it.
    pub const fn of(mut self, age: Age) -> Self {
        self.age = age;
        self
    }

    /// Where an account lacks it, this is asked for instead.
    pub const fn else_by(mut self, stands_in: StandIn) -> Self {
        self.stands_in = Some(stands_in);
        self
    }

    /// It is for the account alone that said the message.
    pub const fn author_alone(mut self) -> Self {
        self.author_alone = true;
        self
    }
}
