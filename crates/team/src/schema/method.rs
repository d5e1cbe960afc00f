//! One RPC: the core's row, with its fields found in the descriptors.

use ha_wechaty_core::{Class, Conduct, Id, IdField, Rpc, Twin, rpc::Shape};
use prost_reflect::{DynamicMessage, FieldDescriptor, MessageDescriptor, MethodDescriptor};
use tonic::Request;

use super::{error::SchemaError, mend, path::Path, reasonable::is_reasonable_answer, twins::Twins};
use ha_wechaty_transport::Nature;

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
    change: Option<(Vec<Path>, Conduct)>,
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
    pub(super) fn of(rpc: &'static Rpc, method: &MethodDescriptor) -> Result<Self, SchemaError> {
        let (request, answer) = (method.input(), method.output());
        let fields = |message: &MessageDescriptor, fields: &[IdField]| {
            let fields = fields.iter().map(|it| Ok((Path::resolve(message, it.path)?, it.id)));
            fields.collect::<Result<Vec<_>, SchemaError>>()
        };
        let twins = |message: &MessageDescriptor, twins: &[Twin]| {
            twins.iter().map(|it| Twins::resolve(message, it.new, it.old)).collect::<Result<Vec<_>, _>>()
        };
        let change = match rpc.change {
            Some(change) => {
                let fields = change.fields.iter().map(|field| Path::resolve(&request, field));
                Some((fields.collect::<Result<_, _>>()?, change.conduct))
            }
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
            Some((fields, conduct)) if fields.iter().any(|it| it.value(request).is_some()) => *conduct,
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
        let file = self.takes.iter().find(|(_, id)| *id == Id::FileBox).and_then(|(path, _)| path.own());
        let is_over = self.rpc.conduct.class != Class::All && self.rpc.change.is_none();
        file.filter(|_| is_over).map(FieldDescriptor::number)
    }

    /// The number of the field of the answer that may have a large file in it, if no other field says the same.
    pub fn large_answer(&self) -> Option<u32> {
        let mut files = self.gives.iter().filter(|(_, id)| *id == Id::FileBox).map(|(path, _)| path.own());
        match (files.next(), files.next()) {
            (Some(Some(field)), None) => Some(field.number()),
            _ => None,
        }
    }

    /// The id that leads the call, if the request has one: the first that there is. What an account owns may stand in another
    /// field instead, such as one for many.
    pub fn lead(&self, request: &DynamicMessage) -> Option<(String, Id)> {
        let (path, id) = self.takes.first()?;
        let text = path.text(request);
        if !text.is_empty() {
            return Some((text, *id));
        }
        self.leads(request).into_iter().next().map(|text| (text, *id)).filter(|_| id.is_owned())
    }

    /// Whether several ids may lead it.
    pub fn may_be_led_by_many(&self) -> bool {
        let Some((first, id)) = self.takes.first() else { return false };
        first.is_many() || self.takes.iter().filter(|(_, it)| it == id).count() > 1
    }

    /// All ids that lead it: of what an account owns, those of every field that names such a thing.
    pub fn leads(&self, request: &DynamicMessage) -> Vec<String> {
        let Some((first, id)) = self.takes.first() else { return Vec::new() };
        if !id.is_owned() {
            return first.texts(request);
        }
        let mut leads = Vec::new();
        for (path, _) in self.takes.iter().filter(|(_, it)| it == id) {
            for text in path.texts(request) {
                if !leads.contains(&text) {
                    leads.push(text);
                }
            }
        }
        leads
    }

    /// The first text that the request takes for `id`.
    pub fn taken(&self, request: &DynamicMessage, id: Id) -> String {
        self.takes.iter().find(|(_, it)| *it == id).map(|(path, _)| path.text(request)).unwrap_or_default()
    }

    /// All texts that the request takes for `id`.
    pub fn all_taken(&self, request: &DynamicMessage, id: Id) -> Vec<String> {
        self.takes.iter().filter(|(_, it)| *it == id).flat_map(|(path, _)| path.texts(request)).collect()
    }

    /// The first text that the answer gives for `id`.
    pub fn given(&self, answer: &DynamicMessage, id: Id) -> String {
        let mut texts = self.gives.iter().filter(|(_, it)| *it == id).map(|(path, _)| path.text(answer));
        texts.find(|text| !text.is_empty()).unwrap_or_default()
    }
}
