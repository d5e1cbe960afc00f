//! `ha-wechaty year`: what a team is good for, in figures of a simulated year.
//!
//! The same people ask the same questions, and the same faults strike at the same times, under three sets of
//! rules: (a) one account without a heartbeat, (b) several with the rules of the original HAWechaty, (c)
//! several with ours. For (c) the real core decides, with the defaults of the configuration; only WeChat, the
//! phones and the people are simulated. What counts is what people got, never what an account claimed.
//!
//! | module | what it holds |
//! |---|---|
//! | `assumptions` | every number that the world is made of, printed with the result |
//! | `faults` | which account fails when, and how |
//! | `people` | who says what when, and when those who repair are awake |
//! | `world` | WeChat and the phones: what is true, and what can be seen of it |
//! | `play` | one year under one set of rules |
//! | `alone`, `original`, `ours` | the rules |
//! | `tally` | what became of questions and faults |
//! | `report` | the result |
//!
//! Left out, and the same for all three: the machine of the bot and the gateway never fails, answering takes
//! no time, and moved work does not get a survivor throttled.

mod alone;
mod assumptions;
mod faults;
mod original;
mod ours;
mod people;
mod play;
mod report;
mod tally;
mod world;

pub use assumptions::{Assumptions, Every};
pub use report::{Column, Report, Span};

use ha_wechaty_config::ConfigError;

/// How long, how many, and by which dice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::Args)]
pub struct Options {
    /// The same seed gives the same figures
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub seed: u64,
    /// How many days
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
    /// How many accounts the teams have
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=16))]
    pub accounts: u8,
}

/// Plays the year three times.
///
/// # Errors
/// None that a user can cause: the team is configured from a text, as any other.
pub fn run(options: &Options, assumptions: &Assumptions) -> Result<Report, ConfigError> {
    let play = |accounts| play::Play::new(options, assumptions, accounts);
    let alone = play(1).run(&mut alone::Alone::default());
    let mut original = original::Original::new(usize::from(options.accounts), options.seed);
    let original = play(options.accounts).run(&mut original);
    let mut ours = ours::Ours::new(options, assumptions)?;
    let ours = play(options.accounts).run(&mut ours);
    Ok(Report::new(options, assumptions, [alone, original, ours]))
}
