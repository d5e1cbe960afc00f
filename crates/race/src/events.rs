//! Messages are told at a rate, and the bots ask for each payload: what that takes in the middle, and how long it is from when
//! a message was due until a bot has its payload.

use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, bail, ensure};
use bytes::{Buf as _, Bytes, BytesMut};
use h2::{RecvStream, client::SendRequest};
use ha_wechaty_wire::{PuppetEvent, puppet as p};
use hdrhistogram::Histogram;
use http::Request;
use prost::Message as _;
use tokio::{
    task::{LocalSet, spawn_local},
    time::{sleep, timeout},
};

use crate::{
    caller::{Ask, Door, call, connect, event_stream, histogram, request},
    contender::{Contender, Kind},
    figures::Sample,
    scenario::payload,
    town::{Telling, framed},
};

/// All that was told has arrived by then.
const DEADLINE: Duration = Duration::from_secs(20);
/// What was told so long before the bots came is none of theirs.
const LEAD: Duration = Duration::from_millis(200);

/// What the bots have.
struct Heard {
    /// From when on messages count.
    from: u64,
    /// Payloads that have come.
    came: Cell<u64>,
    took: RefCell<Histogram<u64>>,
    wrong: RefCell<Option<anyhow::Error>>,
}

/// One turn: so many messages a second, for so long.
pub(crate) async fn sample(rate: u32, lasts: Duration, contender: &mut Contender) -> Result<Sample> {
    LocalSet::new().run_until(heard(rate, lasts, contender)).await
}

async fn heard(rate: u32, lasts: Duration, contender: &mut Contender) -> Result<Sample> {
    let messages = u64::from(rate) * lasts.as_secs();
    let due = now() + LEAD.as_micros() as u64;
    let heard = Rc::new(Heard {
        from: due,
        came: Cell::new(0),
        took: RefCell::new(histogram()?),
        wrong: RefCell::default(),
    });
    let bots = contender.door.tokens.len();
    for bot in 0..bots {
        let door = Door { tokens: vec![contender.door.tokens[bot].clone()], ..contender.door.clone() };
        let (connection, ask) = listen(&door).await?;
        spawn_local(bot_of(connection, ask, heard.clone()));
    }
    let before = contender.taken().await?;
    match contender.kind {
        Kind::Stock => contender.order(&format!("tell {messages} {rate} {due}\n")).await?,
        Kind::Direct | Kind::Haproxy | Kind::Nginx | Kind::Relay | Kind::Gateway(_) | Kind::Beside(_) => {
            let accounts = contender.kind.accounts();
            contender.town.tell(Telling { due, messages, rate, accounts }).await?;
        }
    }
    let all = async {
        while heard.came.get() < messages * bots as u64 && heard.wrong.borrow().is_none() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    let in_time = timeout(lasts + DEADLINE, all).await;
    if let Some(wrong) = heard.wrong.take() {
        return Err(wrong);
    }
    let came = heard.came.get();
    in_time.with_context(|| format!("of {messages} messages for {bots} bots, {came} came"))?;
    let taken = contender.taken().await?.saturating_sub(before);
    // Nothing comes twice.
    sleep(Duration::from_millis(50)).await;
    let came = heard.came.get();
    ensure!(came == messages * bots as u64, "of {messages} messages for {bots} bots, {came} came");
    let took = heard.took.replace(histogram()?);
    Ok(Sample { taken, calls: messages, per_second: f64::from(rate), took })
}

/// A bot's two connections: one for events, one for calls, so that nothing is measured but the middle.
async fn listen(door: &Door) -> Result<((SendRequest<Bytes>, RecvStream), Request<()>)> {
    let ask = |rpc| Ask { rpc, bodies: Vec::new() };
    let calls = connect(door).await?;
    let events = request(door, &ask("Event"), 0)?;
    let stream = event_stream(calls.clone(), events, framed(&p::EventRequest::default())).await?;
    Ok(((calls, stream), request(door, &ask("MessagePayload"), 0)?))
}

async fn bot_of((calls, stream): (SendRequest<Bytes>, RecvStream), ask: Request<()>, heard: Rc<Heard>) {
    if let Err(error) = events(calls, stream, ask, &heard).await {
        heard.wrong.borrow_mut().get_or_insert(error);
    }
}

async fn events(
    calls: SendRequest<Bytes>,
    mut stream: RecvStream,
    ask: Request<()>,
    heard: &Rc<Heard>,
) -> Result<()> {
    let mut bytes = BytesMut::new();
    while let Some(piece) = stream.data().await {
        let piece = piece?;
        stream.flow_control().release_capacity(piece.len())?;
        bytes.extend_from_slice(&piece);
        while let Some(event) = next(&mut bytes)? {
            let Ok(PuppetEvent::Message { id }) = PuppetEvent::parse(&event) else { continue };
            let due = id.split(['-', '~']).next().and_then(|it| it.parse().ok()).unwrap_or(0);
            if due >= heard.from {
                spawn_local(asked(calls.clone(), ask.clone(), id, due, heard.clone()));
            }
        }
    }
    bail!("the event stream has ended")
}

/// The next event, if all of it has come.
fn next(bytes: &mut BytesMut) -> Result<Option<p::EventResponse>> {
    let Some(head) = bytes.get(..5) else { return Ok(None) };
    let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
    if bytes.len() < 5 + length {
        return Ok(None);
    }
    bytes.advance(5);
    Ok(Some(p::EventResponse::decode(bytes.split_to(length))?))
}

async fn asked(calls: SendRequest<Bytes>, ask: Request<()>, id: String, due: u64, heard: Rc<Heard>) {
    match call(calls, ask, payload(&id)).await {
        Ok(_) => {
            heard.took.borrow_mut().saturating_record(now().saturating_sub(due) * 1_000);
            heard.came.set(heard.came.get() + 1);
        }
        Err(error) => {
            heard.wrong.borrow_mut().get_or_insert(error.context(format!("the payload of {id}")));
        }
    }
}

/// Microseconds of Unix time.
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_micros() as u64
}
