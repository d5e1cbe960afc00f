//! Start, stop, logout, ding, version, dirty: what concerns the puppet itself.

use ha_wechaty_wire::{
    PuppetEvent,
    event::{DirtyPayload, TextPayload},
    puppet as p,
};
use tonic::Status;

use super::Service;
use crate::state::Account;

impl Service {
    pub(super) fn start(&self, _: p::StartRequest) -> Result<p::StartResponse, Status> {
        self.own(Account::start)?;
        Ok(p::StartResponse {})
    }

    /// Ends the event stream too, as stock servers do.
    pub(super) fn stop(&self, _: p::StopRequest) -> Result<p::StopResponse, Status> {
        self.own(Account::stop)?;
        Ok(p::StopResponse {})
    }

    pub(super) fn logout(&self, _: p::LogoutRequest) -> Result<p::LogoutResponse, Status> {
        self.own(|account| account.log_out("logout()"))?;
        Ok(p::LogoutResponse {})
    }

    pub(super) fn ding(&self, request: p::DingRequest) -> Result<p::DingResponse, Status> {
        self.own(|account| account.push_own(&PuppetEvent::Dong(TextPayload { data: request.data })))?;
        Ok(p::DingResponse {})
    }

    pub(super) fn version(&self, _: p::VersionRequest) -> Result<p::VersionResponse, Status> {
        Ok(p::VersionResponse { version: env!("CARGO_PKG_VERSION").to_owned() })
    }

    pub(super) fn current_user(&self, _: p::CurrentUserRequest) -> Result<p::CurrentUserResponse, Status> {
        self.look(|_, me| Ok(p::CurrentUserResponse { user_id: me.to_owned() }))
    }

    /// Another code is shown, if one is shown.
    pub(super) fn refresh_qr_code(
        &self,
        _: p::RefreshQrCodeRequest,
    ) -> Result<p::RefreshQrCodeRequest, Status> {
        self.own(Account::refresh_code)?;
        Ok(p::RefreshQrCodeRequest {})
    }

    pub(super) fn enter_verify_code(
        &self,
        request: p::EnterVerifyCodeRequest,
    ) -> Result<p::EnterVerifyCodeResponse, Status> {
        self.world.change(|state| state.account_mut(&self.me)?.enter_code(&request.id, &request.code))?;
        Ok(p::EnterVerifyCodeResponse {})
    }

    pub(super) fn cancel_verify_code(
        &self,
        request: p::CancelVerifyCodeRequest,
    ) -> Result<p::CancelVerifyCodeResponse, Status> {
        self.world.change(|state| state.account_mut(&self.me)?.cancel_code(&request.id))?;
        Ok(p::CancelVerifyCodeResponse {})
    }

    pub(super) fn dirty_payload(
        &self,
        request: p::DirtyPayloadRequest,
    ) -> Result<p::DirtyPayloadResponse, Status> {
        let dirty = DirtyPayload { payload_type: request.r#type, payload_id: request.id };
        self.own(|account| account.push_own(&PuppetEvent::Dirty(dirty)))?;
        Ok(p::DirtyPayloadResponse {})
    }

    /// Does something with the puppet, whether or not it is started and logged in.
    fn own(&self, act: impl FnOnce(&mut Account)) -> Result<(), Status> {
        self.world.change(|state| {
            act(state.account_mut(&self.me)?);
            Ok(())
        })
    }
}
