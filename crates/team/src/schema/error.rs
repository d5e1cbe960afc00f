//! Where the table and the protocol disagree.

use ha_wechaty_wire as wire;

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
