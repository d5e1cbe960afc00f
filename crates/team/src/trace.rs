//! Spans of a call on its way, for whoever traces them. They say what is called, by which bot, which account was chosen and asked, and what
//! became of it: no text, no id and no token.
//!
//! They are of the level `trace`, so no log has them unless somebody asks for that; where nobody traces, one costs a look at a
//! flag.

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

/// The call around it ends so.
pub(crate) fn ends(code: tonic::Code) {
    let span = Span::current();
    // A program that holds the team itself may have spans of its own around it.
    if span.metadata().is_none_or(|it| it.target() != TARGET) {
        return;
    }
    span.record("rpc.grpc.status_code", code as i32);
    if code != tonic::Code::Ok {
        span.record("otel.status_code", "ERROR");
    }
}

/// It waits for its turn: for pace, and until an account is chosen.
pub(crate) fn turn() -> Span {
    trace_span!(target: TARGET, "turn", account = Empty)
}

/// An account is asked.
pub(crate) fn attempt(account: &str, rpc: &str) -> Span {
    trace_span!(
        target: TARGET, "attempt",
        otel.kind = "client", otel.status_code = Empty, rpc.method = rpc, account, fate = Empty,
    )
}
