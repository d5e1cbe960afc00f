//! The event stream: one at a time, pulled from the account's queue.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use ha_wechaty_wire::puppet::{EventRequest, EventResponse};
use tokio::time::{Sleep, sleep_until};
use tokio_stream::Stream;
use tonic::Status;

use crate::state::Next;
use crate::world::Inner;

pub(crate) struct EventStream {
    world: Arc<Inner>,
    me: Arc<str>,
    number: u64,
    sleep: Option<Pin<Box<Sleep>>>,
}

impl EventStream {
    pub(super) fn open(world: &Arc<Inner>, me: &Arc<str>, asked: &EventRequest) -> Result<Self, Status> {
        let number = world.change(|state| Ok::<_, Status>(state.account_mut(me)?.open_stream(asked)))?;
        let number =
            number.ok_or_else(|| Status::already_exists("another event stream of this account is open"))?;
        Ok(Self { world: world.clone(), me: me.clone(), number, sleep: None })
    }
}

impl Stream for EventStream {
    type Item = Result<EventResponse, Status>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let next = self.world.change(|state| match state.account_mut(&self.me) {
                Ok(account) => account.next(self.number, cx.waker()),
                Err(_) => Next::End,
            });
            match next {
                Next::Event(event) => return Poll::Ready(Some(Ok(event))),
                Next::End => return Poll::Ready(None),
                Next::Wait(None) => return Poll::Pending,
                Next::Wait(Some(due)) => {
                    let mut sleep = Box::pin(sleep_until(due));
                    if sleep.as_mut().poll(cx).is_pending() {
                        self.sleep = Some(sleep);
                        return Poll::Pending;
                    }
                }
            }
        }
    }
}

impl Drop for EventStream {
    fn drop(&mut self) {
        self.world.change(|state| {
            if let Ok(account) = state.account_mut(&self.me) {
                account.close_stream(self.number);
            }
        });
    }
}
