//! What can be called: the core's table of RPCs, joined with the protocol's own descriptors.
//!
//! | module | what it holds |
//! |---|---|
//! | here | all RPCs |
//! | `method` | one RPC |
//! | `path` | where a field is in a message |
//! | `twins` | fields that have two spellings |
//! | `mend` | texts of peers that other peers would refuse the whole message for |
//! | `reasonable` | how many fields a message may have |
//! | `error` | where the table and the protocol disagree |

mod error;
pub(crate) mod mend;
mod method;
mod path;
mod reasonable;
mod twins;

use std::{collections::HashMap, sync::Arc};

use ha_wechaty_core::{Rpc, rpc::RPCS};
use ha_wechaty_wire as wire;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor};

pub use error::SchemaError;
pub use method::{Method, Unreadable};
pub use path::Path;
pub(crate) use reasonable::is_reasonable;

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

#[cfg(test)]
mod tests;
