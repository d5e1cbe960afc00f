//! A call with a large file in it becomes one that names the file, which waits in the spool meanwhile.

use bytes::{BufMut as _, Bytes, BytesMut};
use ha_wechaty_core::BotId;
use ha_wechaty_wire::{FileBox, file_box::FileBoxType};
use http::Request;
use http_body_util::Full;
use tonic::{Status, body::Body};

use super::{
    counted::spent,
    inline::Inline,
    message::{Coming, Sink},
    source::{HEAD, Head, Source},
};
use crate::{
    schema::Method,
    state::{
        budget::Portion,
        transit::{Lent, Transit, Writer, full},
    },
};
use ha_wechaty_transport::Arrival;

/// Smaller messages are read as a whole.
const LARGE: usize = 1024 * 1024;

/// The call as it is to go on, and the file that it had in it, for as long as it runs.
pub async fn unpack<'a>(
    transit: &'a Transit,
    bot: BotId,
    method: &Method,
    request: Request<Body>,
    arrival: &Arrival,
) -> Result<(Request<Body>, Option<Lent<'a>>), Status> {
    let Some(field) = method.inline_file() else { return Ok((request, None)) };
    let (parts, body) = request.into_parts();
    let mut source = Source::new(body, transit.limits.calls.file);
    let Some(head) = source.head().await? else {
        return Ok((Request::from_parts(parts, Body::empty()), None));
    };
    let Head { is_compressed, length } = head;
    if is_compressed || length <= LARGE || length > transit.limits.max_message {
        let body = source.behind(Bytes::copy_from_slice(&head.bytes()));
        return Ok((Request::from_parts(parts, body), None));
    }
    let held = transit.requests.held(bot);
    let mut file = InJson {
        json: None,
        reader: Inline::default(),
        writer: transit.spool.writer(bot),
        decoded: Vec::new(),
        held: &held,
        arrival,
    };
    let coming = Coming { source: &mut source, left: length, held: &held };
    let mut message = coming.divert(&[field], &mut file).await?;
    source.ends().await?;
    let lent = match file.finish(transit).await? {
        Some((json, lent)) => {
            prost::encoding::string::encode(field, &json, &mut message);
            lent
        }
        None => None,
    };
    let head = Head { is_compressed: false, length: message.len() };
    let mut whole = BytesMut::with_capacity(HEAD + message.len());
    whole.put_slice(&head.bytes());
    whole.put_slice(&message);
    Ok((Request::from_parts(parts, Body::new(Full::new(whole.freeze()))), lent))
}

/// A FileBox on its way.
struct InJson<'a, 'h> {
    /// Its JSON without the file, once it has begun.
    json: Option<Vec<u8>>,
    reader: Inline,
    writer: Writer<'a>,
    decoded: Vec<u8>,
    held: &'h Portion,
    arrival: &'h Arrival,
}

impl<'a> InJson<'a, '_> {
    /// The FileBox, and the file if that was in it.
    async fn finish(self, transit: &'a Transit) -> Result<Option<(String, Option<Lent<'a>>)>, Status> {
        let Some(json) = self.json else { return Ok(None) };
        let json = String::from_utf8_lossy(&json);
        let parsed = FileBox::parse(&json).map_err(|error| Status::invalid_argument(error.to_string()))?;
        if parsed.kind() != FileBoxType::Base64 {
            return Ok(Some((json.into_owned(), None)));
        }
        let file = self.writer.finish().await.map_err(|error| full(&error))?;
        let lent = transit.spool.lend(file);
        Ok(Some((parsed.with_uuid(lent.id()).to_json(), Some(lent))))
    }
}

impl Sink for InJson<'_, '_> {
    fn begins(&mut self) -> Result<(), Status> {
        match self.json.replace(Vec::new()) {
            None => Ok(()),
            Some(_) => Err(Status::invalid_argument("the request has two files in one field")),
        }
    }

    async fn takes(&mut self, bytes: Bytes) -> Result<(), Status> {
        let json = self.json.get_or_insert_default();
        let before = json.len();
        self.reader.read(&bytes, json, &mut self.decoded);
        self.held.take(json.len() - before).map_err(spent)?;
        self.writer.write(&self.decoded).await.map_err(|error| full(&error))?;
        self.decoded.clear();
        // A slow disk is no reason to be overtaken.
        self.arrival.is_coming();
        Ok(())
    }
}
