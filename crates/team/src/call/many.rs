//! Calls that many accounts are asked for at once: lists are merged, and what all are to do each of them does.

use std::{collections::BTreeSet, sync::atomic::Ordering, time::Duration};

use futures_util::{StreamExt as _, stream::FuturesUnordered};
use ha_wechaty_core::{AccountId, AccountSet};
use prost_reflect::{DynamicMessage, Value};

use super::{one::Call, refusal::verdict, translate::is_owned};
use crate::{
    error::CallError,
    state::{
        records::{LineKind, Who},
        underway::has_long_lists,
    },
};

/// How much slower than others an account may be at what all are to do, and how long it has at least.
const SLOWER: u32 = 4;
const MOMENT: Duration = Duration::from_secs(1);

impl Call<'_> {
    pub(super) async fn union(&self) -> Result<DynamicMessage, CallError> {
        let among = match self.method.lead(&self.request) {
            Some((id, kind)) if is_owned(&self.request, kind) => self.owners(&id)?,
            Some((id, _)) => self.routing.concerned(&id),
            None => self.routing.available(),
        };
        let mut asked: FuturesUnordered<_> =
            among.iter().map(|account| async move { (account, self.ask(account, &[]).await) }).collect();
        let mut answers: Vec<(AccountId, DynamicMessage)> = Vec::new();
        let mut refusals = Vec::new();
        let deadline = tokio::time::sleep(self.shared.limits.calls.union);
        tokio::pin!(deadline);
        let mut late = among;
        loop {
            tokio::select! {
                answered = asked.next() => match answered {
                    Some((account, answer)) => {
                        late.remove(account);
                        match answer {
                            Ok(answer) => answers.push((account, answer)),
                            Err(setback) => refusals.push(setback.refusal()?),
                        }
                    }
                    None => break,
                },
                // Nobody waits for the slow as long as somebody has answered. Who waits here to be read is not slow.
                () = &mut deadline, if !deadline.is_elapsed() && !answers.is_empty() => {
                    if self.reads.load(Ordering::Relaxed) == 0 {
                        break;
                    }
                    deadline.as_mut().reset(tokio::time::Instant::now() + MOMENT);
                }
            }
        }
        // What its generation has not got it does not miss.
        let missing = refusals.iter().filter(|it| !it.is_lacking).map(|it| it.account);
        for account in late.iter().chain(missing) {
            let rpc = self.method.rpc.name;
            if self
                .shared
                .records
                .hush
                .lets(Who::Account(account), LineKind::Care, || format!("{rpc}: missing"))
            {
                tracing::warn!(
                    account = self.shared.accounts.name(account),
                    rpc,
                    "missing in a merged answer"
                );
            }
        }
        answers.sort_by_key(|(account, _)| *account);
        let is_long = answers.iter().any(|(_, answer)| has_long_lists(answer));
        let mut answers = answers.into_iter().map(|(_, answer)| answer);
        let mut merged =
            answers.next().ok_or_else(|| verdict(&self.shared.core, &self.shared.accounts, &refusals))?;
        let merge = move || {
            answers.for_each(|answer| merge(&mut merged, answer));
            collapse(&mut merged);
            merged
        };
        Ok(self.shared.underway.aside.work(Some(self.caller.bot), is_long, merge).await)
    }

    pub(super) async fn all(&self) -> Result<DynamicMessage, CallError> {
        let among = match self.method.lead(&self.request) {
            Some((id, kind)) if is_owned(&self.request, kind) => self.owners(&id)?,
            Some((id, _)) => self.routing.concerned(&id),
            None => self.routing.available(),
        };
        self.each(among).await
    }

    /// Asks each of them, at once; one that did it is enough for the bot, since the others may be unable to.
    /// The slow have a moment once somebody has done it, as long as that took several times over; then they go on
    /// by themselves.
    pub(super) async fn each(&self, among: AccountSet) -> Result<DynamicMessage, CallError> {
        let ask = |account| async move { (account, self.ask(account, &[]).await) };
        let mut asked: FuturesUnordered<_> = among.iter().map(ask).collect();
        let (mut done, mut refusals, mut late) = (None, Vec::new(), among);
        let (begun, longest) = (tokio::time::Instant::now(), self.shared.limits.calls.union);
        let deadline = tokio::time::sleep(longest);
        tokio::pin!(deadline);
        loop {
            tokio::select! {
                answered = asked.next() => {
                    let Some((account, answer)) = answered else { break };
                    late.remove(account);
                    match answer {
                        Ok(answer) => {
                            done = Some(answer);
                            deadline.as_mut().reset(begun + (begun.elapsed() * SLOWER).max(MOMENT).min(longest));
                        }
                        Err(setback) => refusals.push(setback.refusal()?),
                    }
                }
                () = &mut deadline, if done.is_some() => break,
            }
        }
        let rpc = self.method.rpc.name;
        for refusal in &refusals {
            let (account, why) = (self.shared.accounts.name(refusal.account), refusal.status.message());
            tracing::debug!(account, rpc, why, "did not do what others did");
        }
        for account in late.iter() {
            if !self
                .shared
                .records
                .hush
                .lets(Who::Account(account), LineKind::Care, || format!("{rpc}: no answer yet"))
            {
                continue;
            }
            let account = self.shared.accounts.name(account);
            tracing::warn!(
                account,
                rpc,
                "has not said yet whether it did what others did; it is still asked to"
            );
        }
        done.ok_or_else(|| verdict(&self.shared.core, &self.shared.accounts, &refusals))
    }
}

/// Appends the lists of `other`.
pub(super) fn merge(merged: &mut DynamicMessage, mut other: DynamicMessage) {
    for (field, value) in other.take_fields() {
        if let (Value::List(items), Value::List(more)) = (merged.get_field_mut(&field), value) {
            items.extend(more);
        }
    }
}

/// Removes what stands in a list twice.
fn collapse(merged: &mut DynamicMessage) {
    for (_, value) in merged.fields_mut() {
        if let Value::List(items) = value {
            let mut seen = BTreeSet::new();
            items.retain(|item| item.as_str().is_none_or(|it| seen.insert(it.to_owned())));
        }
    }
}
