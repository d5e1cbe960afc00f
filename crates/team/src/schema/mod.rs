//! The protocol's own descriptors, joined with the core's table of RPCs.

pub(crate) mod mend;
mod reasonable;

use std::{collections::HashMap, sync::Arc};

use ha_wechaty_core::{
    Class, Conduct, Field, Id, Rpc, Twin,
    rpc::{RPCS, Shape},
};
use ha_wechaty_wire as wire;
use prost_reflect::{
    DescriptorPool, DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, Value,
};
use tonic::Request;

use ha_wechaty_transport::Nature;

pub use reasonable::{is_reasonable, is_reasonable_answer};

/// A field, as the way that leads to it through messages.
#[derive(Debug, Clone)]
pub struct Path(Vec<FieldDescriptor>);

impl Path {
    fn resolve(message: &MessageDescriptor, path: &str) -> Result<Self, SchemaError> {
        let mut fields = Vec::new();
        let mut at = Some(message.clone());
        for name in path.split('.') {
            let unknown = || SchemaError::Field(message.full_name().to_owned(), path.to_owned());
            let field = at.as_ref().and_then(|it| it.get_field_by_name(name)).ok_or_else(unknown)?;
            at = if let Kind::Message(inner) = field.kind() { Some(inner) } else { None };
            fields.push(field);
        }
        Ok(Self(fields))
    }

    /// The value there, unless it or a message on the way is absent.
    pub fn value<'a>(&self, message: &'a mut DynamicMessage) -> Option<&'a mut Value> {
        let (last, way) = self.0.split_last()?;
        let mut message = message;
        for field in way {
            if !message.has_field(field) {
                return None;
            }
            message = message.get_field_mut(field).as_message_mut()?;
        }
        message.has_field(last).then(|| message.get_field_mut(last))
    }

    /// The text there; empty if it is absent.
    pub fn text(&self, message: &DynamicMessage) -> String {
        let mut copy = None;
        for field in &self.0 {
            let at = copy.as_ref().unwrap_or(message);
            let value = at.get_field(field).into_owned();
            if let Value::String(text) = value {
                return text;
            }
            let Value::Message(inner) = value else { return String::new() };
            copy = Some(inner);
        }
        String::new()
    }

    /// Writes a value there, making the messages on the way.
    fn write(&self, message: &mut DynamicMessage, value: Value) {
        let Some((last, way)) = self.0.split_last() else { return };
        let mut message = message;
        for field in way {
            match message.get_field_mut(field).as_message_mut() {
                Some(inner) => message = inner,
                None => return,
            }
        }
        message.set_field(last, value);
    }
}

/// A field whose deprecated spelling is still used.
#[derive(Debug, Clone)]
struct Twins {
    new: Path,
    old: Path,
    sort: TwinSort,
}

/// How the deprecated spelling says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum TwinSort {
    /// Wrapped in a message with one field, `value`.
    Wrapped,
    /// A count of milliseconds, where the new one is a `Timestamp`.
    Milliseconds,
}

impl Twins {
    fn resolve(message: &MessageDescriptor, new: &str, old: &str) -> Result<Self, SchemaError> {
        let old = Path::resolve(message, old)?;
        let wrapped = old.0.last().is_some_and(|field| matches!(field.kind(), Kind::Message(_)));
        let sort = if wrapped { TwinSort::Wrapped } else { TwinSort::Milliseconds };
        Ok(Self { new: Path::resolve(message, new)?, old, sort })
    }

    /// An absent new spelling is copied from the old one.
    fn fill_new(&self, message: &mut DynamicMessage) {
        if self.new.value(message).is_some() {
            return;
        }
        let Some(old) = self.old.value(message).cloned() else { return };
        let new = match (self.sort, old) {
            (TwinSort::Wrapped, Value::Message(wrapper)) => {
                wrapper.get_field_by_name("value").map(std::borrow::Cow::into_owned)
            }
            (TwinSort::Milliseconds, Value::U64(count)) => self.timestamp(count).map(Value::Message),
            _ => None,
        };
        // Old clients wrap what they have not got: an empty text is no reason to make the message that it would
        // stand in. Of a field by itself it is a value, like the alias of somebody who is to have none.
        let is_none = matches!(&new, Some(Value::String(text)) if text.is_empty()) && self.new.0.len() > 1;
        if let (Some(new), false) = (new, is_none) {
            self.new.write(message, new);
        }
    }

    /// An absent old spelling is copied from the new one.
    fn fill_old(&self, message: &mut DynamicMessage) {
        if self.old.value(message).is_some() {
            return;
        }
        let Some(new) = self.new.value(message).cloned() else { return };
        match (self.sort, new) {
            (TwinSort::Wrapped, text @ Value::String(_)) => {
                if let Some(Kind::Message(wrapper)) = self.old.0.last().map(FieldDescriptor::kind) {
                    let mut wrapper = DynamicMessage::new(wrapper);
                    wrapper.set_field_by_name("value", text);
                    self.old.write(message, Value::Message(wrapper));
                }
            }
            (TwinSort::Milliseconds, Value::Message(time)) => {
                let number = |name| match time.get_field_by_name(name).as_deref() {
                    Some(Value::I64(it)) => *it,
                    Some(Value::I32(it)) => i64::from(*it),
                    _ => 0,
                };
                let count =
                    number("seconds").saturating_mul(1_000).saturating_add(number("nanos") / 1_000_000);
                self.old.write(message, Value::U64(u64::try_from(count).unwrap_or(0)));
            }
            _ => {}
        }
    }

    fn timestamp(&self, count: u64) -> Option<DynamicMessage> {
        let Some(Kind::Message(kind)) = self.new.0.last().map(FieldDescriptor::kind) else { return None };
        // Some providers count seconds there; no message is from before 1973.
        let count = if count < 100_000_000_000 { count.saturating_mul(1_000) } else { count };
        let mut time = DynamicMessage::new(kind);
        time.set_field_by_name("seconds", Value::I64(i64::try_from(count / 1_000).ok()?));
        time.set_field_by_name("nanos", Value::I32(i32::try_from(count % 1_000).ok()? * 1_000_000));
        Some(time)
    }
}

/// Why an answer of an account's is not read.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It is no message of its sort.
    #[error(transparent)]
    Garbage(#[from] prost::DecodeError),
    /// It would be a multiple of its length when it is read.
    #[error("it has more fields, or longer lists of shorter ids, than any account has")]
    Fields,
}

/// One RPC: the core's row, with its fields found in the descriptors.
#[derive(Debug)]
pub struct Method {
    /// Its row in the table.
    pub rpc: &'static Rpc,
    /// `/wechaty.Puppet/<name>`.
    pub path: http::uri::PathAndQuery,
    /// What a request looks like.
    pub request: MessageDescriptor,
    /// What an answer looks like.
    pub answer: MessageDescriptor,
    /// Where a request has ids, and of what. The first leads the call.
    pub takes: Vec<(Path, Id)>,
    /// Where an answer has ids, and of what.
    pub gives: Vec<(Path, Id)>,
    change: Option<(Path, Conduct)>,
    takes_twins: Vec<Twins>,
    gives_twins: Vec<Twins>,
}

impl Method {
    /// Reads a request; a deprecated spelling stands in for an absent new one.
    pub fn read_request(&self, bytes: &[u8]) -> Result<DynamicMessage, prost::DecodeError> {
        let mut request = mend::dynamic(&self.request, bytes)?;
        self.takes_twins.iter().for_each(|twins| twins.fill_new(&mut request));
        Ok(request)
    }

    /// Reads an answer; each spelling fills the other.
    pub fn read_answer(&self, bytes: &[u8]) -> Result<DynamicMessage, Unreadable> {
        self.check_answer(bytes)?;
        let mut answer = mend::dynamic(&self.answer, bytes)?;
        self.fill_twins(&mut answer);
        Ok(answer)
    }

    /// Reads a request as a type of the protocol.
    pub fn typed_request<T: prost::Message + Default>(&self, bytes: &[u8]) -> Result<T, prost::DecodeError> {
        mend::typed(&self.request, bytes)
    }

    /// Reads an answer as a type of the protocol.
    pub fn typed_answer<T: prost::Message + Default>(&self, bytes: &[u8]) -> Result<T, Unreadable> {
        self.check_answer(bytes)?;
        Ok(mend::typed(&self.answer, bytes)?)
    }

    /// Whoever reads an answer makes much more of it than the two bytes that a field may have.
    fn check_answer(&self, bytes: &[u8]) -> Result<(), Unreadable> {
        if is_reasonable_answer(&self.answer, bytes) { Ok(()) } else { Err(Unreadable::Fields) }
    }

    /// Each spelling of an answer fills the other.
    pub fn fill_twins(&self, answer: &mut DynamicMessage) {
        for twins in &self.gives_twins {
            twins.fill_new(answer);
            twins.fill_old(answer);
        }
    }

    /// Joins a row with its descriptor.
    fn of(rpc: &'static Rpc, method: &MethodDescriptor) -> Result<Self, SchemaError> {
        let (request, answer) = (method.input(), method.output());
        let fields = |message: &MessageDescriptor, fields: &[Field]| {
            let fields = fields.iter().map(|it| Ok((Path::resolve(message, it.path)?, it.id)));
            fields.collect::<Result<Vec<_>, SchemaError>>()
        };
        let twins = |message: &MessageDescriptor, twins: &[Twin]| {
            twins.iter().map(|it| Twins::resolve(message, it.new, it.old)).collect::<Result<Vec<_>, _>>()
        };
        let change = match rpc.change {
            Some(change) => Some((Path::resolve(&request, change.field)?, change.conduct)),
            None => None,
        };
        Ok(Self {
            rpc,
            path: format!("/{}/{}", method.parent_service().full_name(), rpc.name)
                .parse()
                .map_err(|_| SchemaError::Rpc(rpc.name))?,
            takes: fields(&request, rpc.takes)?,
            gives: fields(&answer, rpc.gives)?,
            change,
            takes_twins: twins(&request, rpc.takes_twins)?,
            gives_twins: twins(&answer, rpc.gives_twins)?,
            request,
            answer,
        })
    }

    /// How this call is gone about: a setter may share its RPC with a getter.
    pub fn conduct(&self, request: &mut DynamicMessage) -> Conduct {
        match &self.change {
            Some((field, conduct)) if field.value(request).is_some() => *conduct,
            Some(_) | None => self.rpc.conduct,
        }
    }

    /// What its calls are to an account's connection.
    pub fn nature(&self) -> Nature {
        match self.rpc.shape {
            Shape::Events => Nature::Listens,
            Shape::Unary | Shape::Down(_) | Shape::Up(_) => {
                self.rpc.says.map_or(Nature::Asks, |_| Nature::Says)
            }
        }
    }

    /// A call with these bytes or messages, as an account's connection takes it.
    pub fn call<T>(&self, message: T) -> Request<T> {
        let mut request = Request::new(message);
        request.extensions_mut().insert(self.nature());
        request
    }

    /// The number of the field that may have a large file in it, whose call is over when it is answered.
    pub fn inline_file(&self) -> Option<u32> {
        let file = self.takes.iter().find(|(_, id)| *id == Id::FileBox).map(|(path, _)| path.0.as_slice());
        match file {
            Some([field]) if self.rpc.conduct.class != Class::All && self.rpc.change.is_none() => {
                Some(field.number())
            }
            _ => None,
        }
    }

    /// The number of the field of the answer that may have a large file in it, if no other field says the same.
    pub fn large_answer(&self) -> Option<u32> {
        let mut files =
            self.gives.iter().filter(|(_, id)| *id == Id::FileBox).map(|(path, _)| path.0.as_slice());
        match (files.next(), files.next()) {
            (Some([field]), None) => Some(field.number()),
            _ => None,
        }
    }

    /// The id that leads the call, if the request has one.
    pub fn lead(&self, request: &DynamicMessage) -> Option<(String, Id)> {
        let (path, id) = self.takes.first()?;
        let text = path.text(request);
        (!text.is_empty()).then_some((text, *id))
    }

    /// The first text that the request takes for `id`.
    pub fn taken(&self, request: &DynamicMessage, id: Id) -> String {
        self.takes.iter().find(|(_, it)| *it == id).map(|(path, _)| path.text(request)).unwrap_or_default()
    }

    /// The first text that the answer gives for `id`.
    pub fn given(&self, answer: &DynamicMessage, id: Id) -> String {
        self.gives.iter().find(|(_, it)| *it == id).map(|(path, _)| path.text(answer)).unwrap_or_default()
    }
}

/// All RPCs.
#[derive(Debug)]
pub struct Schema {
    methods: HashMap<&'static str, Arc<Method>>,
}

impl Schema {
    /// Joins the table with the descriptors.
    pub fn new() -> Result<Self, SchemaError> {
        let pool = DescriptorPool::decode(wire::DESCRIPTORS).map_err(|e| SchemaError::Pool(e.to_string()))?;
        Self::of(RPCS, &pool)
    }

    /// Joins these rows with these descriptors.
    ///
    /// # Errors
    /// They do not belong together.
    pub fn of(
        rows: impl IntoIterator<Item = &'static Rpc>,
        pool: &DescriptorPool,
    ) -> Result<Self, SchemaError> {
        let service = pool.get_service_by_name(wire::SERVICE).ok_or(SchemaError::Service)?;
        let known: HashMap<String, MethodDescriptor> =
            service.methods().map(|it| (it.name().to_owned(), it)).collect();
        let methods = rows.into_iter().map(|rpc| {
            let method = known.get(rpc.name).ok_or(SchemaError::Rpc(rpc.name))?;
            Ok((rpc.name, Arc::new(Method::of(rpc, method)?)))
        });
        Ok(Self { methods: methods.collect::<Result<_, SchemaError>>()? })
    }

    /// A row of the table, joined. There is one for each of them, or there would be no schema.
    pub fn method(&self, rpc: &'static Rpc) -> &Arc<Method> {
        &self.methods[rpc.name]
    }

    /// The RPC that somebody names.
    pub fn named(&self, name: &str) -> Option<&Arc<Method>> {
        self.methods.get(name)
    }
}

/// An empty message of the sort that is given.
pub(crate) fn empty(of: &MessageDescriptor) -> DynamicMessage {
    DynamicMessage::new(of.clone())
}

/// A typed message as a dynamic one of the same sort.
pub fn dynamic(of: &MessageDescriptor, typed: &impl prost::Message) -> DynamicMessage {
    let bytes = typed.encode_to_vec();
    DynamicMessage::decode(of.clone(), bytes.as_slice()).unwrap_or_else(|_| empty(of))
}

/// The table and the protocol disagree: a defect of this program.
#[derive(Debug, thiserror::Error)]
pub enum SchemaError {
    /// The descriptors that this program was built with.
    #[error("the protocol's descriptors can't be read: {0}")]
    Pool(String),
    /// The puppet service.
    #[error("the protocol has no service {}", wire::SERVICE)]
    Service,
    /// A row names an RPC that is not there.
    #[error("the protocol has no RPC {0}")]
    Rpc(&'static str),
    /// A row names a field that is not there: the message, and the way to it.
    #[error("{0} has no field {1}")]
    Field(String, String),
}

#[cfg(test)]
mod tests;
