//! The commands of the binary.

mod alarms;
mod audit;
mod check;
#[cfg(feature = "demo")]
mod demo;
mod doctor;
mod dong;
mod door;
mod env;
mod flags;
mod hand;
mod history;
mod init;
mod log;
mod login;
mod out;
mod paper;
mod parent;
mod password;
mod progress;
mod providers;
mod reload;
mod replay;
mod rooms;
mod send;
mod sends;
mod serve;
mod service;
mod status;
mod store;
pub(crate) mod terminal;
mod top;
mod trace;
mod tryout;
mod veil;
mod year;

// What its help says of the demo is in it.
#[cfg(feature = "demo")]
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use ha_wechaty_core::{Hand, Withdrawn};
use out::{answer, complain};

/// Exit code of a configuration that can't be used.
const BAD_CONFIG: u8 = 2;

/// Wider lines of help nobody reads.
const WIDEST: usize = 100;

/// A team of WeChat accounts that acts as one Wechaty puppet.
#[derive(Debug, Parser)]
#[command(
    name = "ha-wechaty",
    version,
    about = "A team of WeChat accounts that acts as one Wechaty puppet: heartbeat, balance, failover.",
    max_term_width = WIDEST
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Watch a simulated team lose accounts and no messages: no config, no account, no network
    #[cfg(feature = "demo")]
    Demo(demo::Demo),
    /// Walk the real path without any token: puppets of npm, installed and run as a real account's are, that log in by
    /// themselves, and a gateway before them; needs Node and npm, and a network
    Try(tryout::Try),
    /// Write a first configuration from the tokens of accounts; where the package is installed, start the gateway with it
    Init(init::Init),
    /// Serve a team of accounts to bots as one puppet
    Serve(serve::Serve),
    /// Say what is wrong with a configuration; exit with 2 if anything is
    Check(check::Check),
    /// Look at everything that a team needs, and say what is not well and what to do: configuration, ports, certificates,
    /// clock, disk, each account step by step; exit with 1 if something is wrong, 2 if nothing could be looked at
    Doctor(doctor::Doctor),
    /// Say what the environment comes to; exit with 2 if it can't be used
    Env(env::Env),
    /// Serve an official account that answers dong to ding
    Dong(dong::Dong),
    /// List the puppets that can drive an account, and what each needs
    Providers(providers::Providers),
    /// Say how a running gateway stands
    Status(status::Ask),
    /// Watch how a running gateway stands, on a screen that is drawn each second: q quits, arrows choose an account, enter
    /// shows all of it; exit with 2 without a terminal
    Top(top::Top),
    /// Log an account of a running gateway in: shows its code until it is scanned; exit with 0 once it is logged in, 1 if
    /// that is given up, 2 if nobody answers
    Login(login::Login),
    /// Say which accounts of a running gateway are in each room; exit with 1 if a room is at risk
    Rooms(rooms::Ask),
    /// Have a running gateway say a text, to see that it can; exit with 1 if it is not said
    Send(send::Send),
    /// Say what became of what the bots of a running gateway sent
    Sends(sends::Sends),
    /// Say which alarms are open, acknowledge them, try how people are told; exit with 1 while one is open that nobody has
    /// acknowledged
    Alarms(alarms::Alarms),
    /// Say what went wrong lately: when it began, how it was noticed, why, and for how long; exit with 1 if nothing is known
    /// of that name, 2 if nobody answers
    History(history::History),
    /// Say how much of the last day, week, month and quarter the team, its accounts and its bots were up
    Sla(history::Sla),
    /// Step through what a store still knows: what happened, and what the team knew at each step; the store of a gateway
    /// that runs, of one that does not, or a backup. Exit with 1 if there is no such thing, 2 if nobody can look
    Replay(replay::Replay),
    /// Give an account no new work; it goes on hearing, and is cared for as ever
    Drain(hand::Lasting),
    /// Give an account no work and let it be while somebody sees to it: no dings, no resets
    Maintenance(hand::Lasting),
    /// Give an account work again that was drained, in maintenance or logged out
    Resume(hand::Hand),
    /// Restart the puppet of an account
    Reset(hand::Taking),
    /// Dial an account now; if it is connected, open its event stream anew
    Reconnect(hand::Hand),
    /// Log an account out, and give it no work until it is resumed
    Logout(hand::Taking),
    /// Have a running gateway read its configuration again; exit with 1 if it is not taken
    Reload(reload::Reload),
    /// Say who did what to a running gateway, and from where
    Audit(audit::Audit),
    /// Make a hash of a password, to write into the configuration instead of it
    Password(password::Password),
    /// Make a key for an operator or a program, and what to write into the configuration for it
    Key(password::Key),
    /// Look after the store that outlives a gateway: what it holds, whether it is whole, a backup of it
    Store(store::Store),
    /// Say what a team is good for, in figures of a simulated year
    Year(year::Year),
    /// Print what a shell completes these commands by
    Completions(paper::Completions),
    /// Write a page for man of each command
    #[command(hide = true)]
    Man(paper::Man),
}

/// Runs what the command line asks for.
pub fn main() -> ExitCode {
    match Cli::parse_from(veil::arguments()).command {
        #[cfg(feature = "demo")]
        Command::Demo(demo) => demo.run(),
        Command::Try(it) => it.run(),
        Command::Init(init) => init.run(),
        Command::Serve(serve) => serve.run(),
        Command::Check(check) => check.run(),
        Command::Doctor(doctor) => doctor.run(),
        Command::Env(env) => env.run(),
        Command::Dong(dong) => dong.run(),
        Command::Providers(providers) => providers.run(),
        Command::Status(ask) => ask.run(),
        Command::Top(top) => top.run(),
        Command::Login(login) => login.run(),
        Command::Rooms(ask) => ask.run(),
        Command::Send(send) => send.run(),
        Command::Sends(sends) => sends.run(),
        Command::Alarms(alarms) => alarms.run(),
        Command::History(history) => history.run(),
        Command::Sla(sla) => sla.run(),
        Command::Replay(replay) => replay.run(),
        Command::Drain(hand) => hand.run(Hand::Withdraw { how: Withdrawn::Draining, lasts: None }),
        Command::Maintenance(hand) => hand.run(Hand::Withdraw { how: Withdrawn::Maintenance, lasts: None }),
        Command::Resume(hand) => hand.does(Hand::Resume),
        Command::Reset(hand) => hand.run(Hand::Reset),
        Command::Reconnect(hand) => hand.does(Hand::Reconnect),
        Command::Logout(hand) => hand.run(Hand::Logout),
        Command::Reload(reload) => reload.run(),
        Command::Audit(audit) => audit.run(),
        Command::Password(password) => password.run(),
        Command::Key(key) => key.run(),
        Command::Store(store) => store.run(),
        Command::Year(year) => year.run(),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
    }
}

/// A runtime for a command.
fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()
}
