//! A send that the core was told of: it is told its end as well, whatever becomes of the call.

use ha_wechaty_core::{AccountId, Input, MessageFacts, SendId, SendResult, Settled};
use tokio::sync::oneshot;

use crate::state::{facts::CoreHandle, sending::Sending};

/// The send, from the moment when its account is about to be asked. Dropped, since the bot hung up or the gateway had
/// to end, it may have been sent: the core looks for it as for any other of which nobody knows.
pub(super) struct Begun<'a> {
    core: &'a CoreHandle,
    sending: &'a Sending,
    send: SendId,
    account: AccountId,
    /// Where; `None` once its end was told.
    conversation: Option<String>,
}

impl<'a> Begun<'a> {
    /// Tells the core.
    pub(super) fn new(
        core: &'a CoreHandle,
        sending: &'a Sending,
        account: AccountId,
        conversation: &str,
        message: MessageFacts,
    ) -> Self {
        let send = sending.next();
        core.tell(Input::SendBegins { send, account, message });
        Self { core, sending, send, account, conversation: Some(conversation.to_owned()) }
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
        // The account may still have it in its hands.
        self.tell(SendResult::Unsure { is_over: false });
    }
}
