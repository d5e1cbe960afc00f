//! HAWechaty.
