//! The team as its drivers see it: facts in, wishes out, on a virtual clock. One program, since all of it stands on the same support;
//! `cargo test -p ha-wechaty-core --test team NAME` runs those of a module.
#![allow(missing_docs, clippy::expect_used)]

mod account_life;
mod alarms;
mod annals;
mod bots_backlog;
mod bots_modes;
mod bots_replay;
mod choosing;
mod comings_and_goings;
mod every_event_once;
mod evidence;
mod follows;
mod freshness;
mod gateway_restarts;
mod hands;
mod inviting;
mod long_lists;
mod membership;
mod one_identity;
mod own_sends;
mod pace;
mod properties;
mod random_lives;
mod replay;
mod restarts;
mod said_again;
mod schedules;
mod streams_taken;
mod support;
mod team_availability;
mod thinning;
mod voices;
