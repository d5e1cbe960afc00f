//! Spans of a call on its way, for whoever traces them. They say what is called, by which bot, which account was chosen and asked, and what
//! became of it: no text, no id and no token.
//!
//! They are of the level `trace`, so no log has them unless somebody asks for that; where nobody traces, one costs a look at a
//! flag.

use tonic::Code;
use tracing::{Span, field::Empty, trace_span};

/// Whose spans they are, for filters.
pub const TARGET: &str = "ha_wechaty_trace";

/// A call of a bot, from when it comes in until it is answered.
pub fn call(rpc: &str) -> Span {
    trace_span!(
        target: TARGET, "call",
        otel.name = rpc, otel.kind = "server", otel.status_code = Empty,
        rpc.system = "grpc", rpc.service = ha_wechaty_wire::SERVICE, rpc.method = rpc, rpc.grpc.status_code = Empty,
        bot = Empty,
    )
}

/// A call that is on its way: unless [`end`](Self::end) says how it ended, nobody waits for its answer any more.
#[derive(Debug)]
pub struct CallEnd(Option<Span>);

impl CallEnd {
    /// That of the call with this span.
    pub fn of(span: &Span) -> Self {
        Self(Some(span.clone()))
    }

    /// It ends so.
    pub fn end(mut self, code: Code) {
        self.record(code);
    }

    fn record(&mut self, code: Code) {
        let Some(span) = self.0.take() else { return };
        span.record("rpc.grpc.status_code", code as i32);
        if code != Code::Ok {
            span.record("otel.status_code", "ERROR");
        }
    }
}

impl Drop for CallEnd {
    fn drop(&mut self) {
        self.record(Code::Cancelled);
    }
}

/// Whether what is done now is done for a call that is traced: what the gateway does of its own accord is no trace.
fn is_within_a_call() -> bool {
    Span::current().metadata().is_some_and(|it| it.target() == TARGET)
}

/// It waits for its turn: for pace, and until an account is chosen.
pub(crate) fn turn() -> Span {
    match is_within_a_call() {
        true => trace_span!(target: TARGET, "turn", account = Empty),
        false => Span::none(),
    }
}

/// An account is asked.
pub(crate) fn attempt(account: &str, rpc: &str) -> Span {
    if !is_within_a_call() {
        return Span::none();
    }
    trace_span!(
        target: TARGET, "attempt",
        otel.kind = "client", otel.status_code = Empty, rpc.method = rpc, account, fate = Empty,
    )
}
