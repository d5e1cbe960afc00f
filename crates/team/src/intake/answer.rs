//! Answers on their way out: what they are long they weigh until their bot has read them.

use ha_wechaty_core::BotId;

use super::counted::INSIDE;
use crate::{
    error::CallError,
    state::{
        budget::{Portion, Spent},
        transit::Transit,
    },
};

/// Room for an answer of so many bytes, the first of which are in the room of its call. Whatever the call did is done by
/// now; `is_repeatable` if it may be done again.
///
/// # Errors
/// There is none: its bot does not read what it asks for, or asks for too much at once.
pub fn answer_room(
    transit: &Transit,
    bot: BotId,
    length: usize,
    is_repeatable: bool,
) -> Result<Portion, CallError> {
    let held = transit.requests.held(bot);
    match held.take(length.saturating_sub(INSIDE)) {
        Ok(()) => Ok(held),
        Err(spent) => Err(unread(spent, is_repeatable)),
    }
}

/// An answer is not given.
pub(super) fn unread(spent: Spent, is_repeatable: bool) -> CallError {
    let why = if spent.amount > spent.may {
        let [amount, may] = [spent.amount, spent.may].map(|bytes| bytesize::ByteSize::b(bytes as u64));
        format!(
            "the answer has {amount}, and those of one bot may have {may} together: raise memory.requests"
        )
    } else {
        format!(
            "there is no room for the answer, since too much is on its way between bots and the gateway: {spent} \
             (memory.requests)"
        )
    };
    match is_repeatable {
        true => CallError::busy(format!("{why}; read the answers that have come, and ask again")),
        false => {
            let why = format!("it was done, and is not to be done again; but {why}");
            CallError::MaybeSent { account: None, why }
        }
    }
}

#[cfg(test)]
mod tests {
    use tonic::{Code, Status};

    use super::*;

    #[test]
    fn who_is_given_no_answer_is_told_why_and_whether_to_ask_again() {
        let spent = |amount| Spent { amount, bot: 700, all: 900, most: 1_000, own: 250, may: 750 };
        for (amount, is_repeatable, code, words) in [
            (100, true, Code::ResourceExhausted, ["memory.requests", "ask again"]),
            (100, false, Code::Unknown, ["memory.requests", "not to be done again"]),
            (800, true, Code::ResourceExhausted, ["800 B", "raise memory.requests"]),
        ] {
            let status = Status::from(unread(spent(amount), is_repeatable));
            assert_eq!(status.code(), code, "{status}");
            assert!(words.iter().all(|it| status.message().contains(it)), "{status}");
        }
    }
}
