//! A send that the core was told of: it is told its end as well, whatever becomes of the call.

use std::time::Duration;

use ha_wechaty_core::{AccountId, Input, MessageFacts, Paced, SendId, SendResult, Settled};
use tokio::sync::oneshot;

use crate::state::{
    Shared,
    facts::{CoreHandle, NotDurable},
    sending::Sending,
    sends::OpenSend,
};

/// The send, from the moment when its account is about to be asked. Dropped, since the bot hung up or the gateway had
/// to end, it may have been sent: the core looks for it as for any other of which nobody knows.
pub(super) struct Begun<'a> {
    core: &'a CoreHandle,
    sending: &'a Sending,
    send: SendId,
    account: AccountId,
    /// Where; `None` once its end was told.
    conversation: Option<String>,
    /// Whether its account may have been asked: not before that it begins is durable.
    may_be_asked: bool,
}

impl<'a> Begun<'a> {
    /// Tells the core, and waits until that is durable: an account that is asked before may be asked again after a
    /// restart, which goes on with what is `open` then.
    pub(super) async fn new(
        core: &'a CoreHandle,
        sending: &'a Sending,
        (send, account): (SendId, AccountId),
        conversation: &str,
        message: MessageFacts,
        open: impl FnOnce() -> OpenSend,
        within: Duration,
    ) -> Result<Self, NotDurable> {
        if core.is_broken() {
            return Err(NotDurable);
        }
        if core.is_durable() {
            sending.open.begins(send, open());
        }
        let conversation = Some(conversation.to_owned());
        let mut begun = Self { core, sending, send, account, conversation, may_be_asked: false };
        core.tell_durably(Input::SendBegins { send, account, message }, within).await?;
        begun.may_be_asked = true;
        Ok(begun)
    }

    /// Tells the core what came of it. If that is unsure, the core will settle it.
    pub(super) fn ends(mut self, outcome: SendResult) -> Option<oneshot::Receiver<Settled>> {
        let is_unsure = matches!(outcome, SendResult::Unsure { .. });
        let settled = is_unsure.then(|| self.sending.unsettled.wait(self.send));
        self.tell(outcome);
        settled
    }

    fn tell(&mut self, outcome: SendResult) {
        if let Some(conversation) = self.conversation.take() {
            let (send, account) = (self.send, self.account);
            self.core.tell(Input::SendEnds { send, account, conversation, outcome });
        }
    }
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.tell(match self.may_be_asked {
            // The account may still have it in its hands.
            true => SendResult::Unsure { is_over: false },
            false => SendResult::NotSent,
        });
    }
}

/// Something else that WeChat counts, from the moment when its account is about to be asked. Dropped, it may have been
/// done, and counts.
pub(super) struct Act<'a> {
    core: &'a CoreHandle,
    act: SendId,
    account: AccountId,
    is_done: bool,
}

impl<'a> Act<'a> {
    /// Tells the core, and waits until that is durable.
    pub(super) async fn begins(
        shared: &'a Shared,
        account: AccountId,
        paced: Paced,
    ) -> Result<Self, NotDurable> {
        let (core, act, within) = (&shared.core, shared.sending.next(), shared.settings().pace.max_wait);
        let mut begun = Self { core, act, account, is_done: false };
        let told = core.tell_durably(Input::ActBegins { act, account, paced }, within).await;
        begun.is_done = told.is_ok();
        told.map(|()| begun)
    }

    /// Whether it counts.
    pub(super) fn ends(mut self, is_done: bool) {
        self.is_done = is_done;
    }
}

impl Drop for Act<'_> {
    fn drop(&mut self) {
        let Self { act, account, is_done, .. } = *self;
        self.core.tell(Input::ActEnds { act, account, is_done });
    }
}
