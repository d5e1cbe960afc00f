//! One RPC at one account, as bytes.

use std::time::Duration;

use bytes::Bytes;
use ha_wechaty_core::AccountId;
use tonic::{
    Status,
    client::{Grpc, GrpcService},
};
use tower::BoxError;

use super::refusal::Refusal;
use crate::{schema::Method, state::accounts::AccountSide};
use ha_wechaty_transport::{BytesCodec, Connection, Fate, as_answered, fate, is_told};

/// The account's connection.
pub fn connection(accounts: &AccountSide, account: AccountId) -> Result<Connection, Refusal> {
    accounts.links.connection(account).ok_or_else(|| Refusal::unsent(account, "there is no connection to it"))
}

/// One unary RPC with bytes, within a deadline. Dropped, it is cancelled.
pub async fn raw<C>(
    accounts: &AccountSide,
    account: AccountId,
    connection: C,
    method: &Method,
    request: Bytes,
    deadline: Duration,
) -> Result<Bytes, Refusal>
where
    C: GrpcService<tonic::body::Body>,
    C::Error: Into<BoxError>,
    C::ResponseBody: http_body::Body<Data = Bytes, Error: Into<BoxError> + Send> + Send + 'static,
{
    let _busy = accounts.links.enter(account);
    let mut grpc = Grpc::new(connection).max_decoding_message_size(accounts.limits.max_message);
    let mut request = method.call(request);
    // The connection keeps it, and knows whether the call had left by then.
    request.set_timeout(deadline);
    let path = method.path.clone();
    let call = async move {
        grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
        grpc.unary(request, path, BytesCodec).await
    };
    match call.await {
        Ok(answer) => Ok(answer.into_inner()),
        // What WeChat's own words are in, no proxy has said.
        Err(status) if is_told(&status) && accounts.limits.is_known(&status) => {
            Err(Refusal::of(account, as_answered(status)))
        }
        // What the account itself did not say, our own decoder did.
        Err(status) if fate(&status) == Fate::MaybeSent => {
            Err(Refusal::of(account, accounts.limits.explain_size(status)))
        }
        Err(status) => Err(Refusal::of(account, status)),
    }
}
