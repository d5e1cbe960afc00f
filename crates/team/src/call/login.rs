//! Calls about a login: a code that it asks for, that none will come, a wish for another picture to scan.

use ha_wechaty_core::{
    AccountId, AccountSet, ChallengeProgress, Input, LinkFact, LoginChallenge, MessageCopy, PendingCode,
};
use prost_reflect::DynamicMessage;

use super::one::Call;
use crate::{
    error::{CallError, Wrong},
    state::facts::CoreHandle,
};

impl Call<'_> {
    /// At the account that an id leads to, however that stands. A code is one account's, and never shown to another: without
    /// an id it is nobody's. A picture is wished for of all that wait for a login.
    pub(super) async fn about_login(&self) -> Result<DynamicMessage, CallError> {
        if self.method.rpc.takes.is_empty() {
            let links = &self.shared.accounts.links;
            let waiting = self.routing.to_log_in().iter().filter(|it| links.connection(*it).is_some());
            let waiting: AccountSet = waiting.collect();
            if waiting.is_empty() {
                return Err(CallError::wrong(Wrong::State, "no account waits to be logged in"));
            }
            return self.each(waiting).await;
        }
        let (id, _) = self.method.lead(&self.request).ok_or_else(|| self.no_lead())?;
        let copies = self.copies(&id)?;
        let owners: Vec<AccountId> = copies.iter().map(|copy| copy.account).collect();
        let enters = self.method.request.get_field_by_name("code").is_some();
        let tell = |what: fn(&CoreHandle, AccountId, &str)| {
            for MessageCopy { account, id, .. } in copies.iter().filter(|_| enters) {
                what(&self.shared.core, *account, id);
            }
        };
        // People see that a bot has entered it, and enter none meanwhile.
        tell(is_entered);
        let done = self.in_turn(&owners, &[]).await;
        if done.is_err() {
            tell(is_refused);
        }
        done.map(|(_, answer)| answer)
    }
}

/// Somebody enters the code that an account asks for by this id, as the account knows it.
pub fn is_entered(core: &CoreHandle, account: AccountId, id: &str) {
    let code =
        PendingCode { id: id.to_owned(), status: ChallengeProgress::Entered, ..PendingCode::default() };
    core.tell(Input::Link { account, fact: LinkFact::Challenge(LoginChallenge::Code(code)) });
}

/// Its puppet did not take it, as far as is known.
pub fn is_refused(core: &CoreHandle, account: AccountId, id: &str) {
    core.tell(Input::Link { account, fact: LinkFact::CodeRefused { id: id.to_owned() } });
}
