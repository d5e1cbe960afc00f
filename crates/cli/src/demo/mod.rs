//! `ha-wechaty demo`: a team of three on a simulated WeChat, with people who talk to it and accounts that fail.
//!
//! Everything but WeChat itself is real: the accounts' puppet services speak gRPC over TLS on ports of the
//! loopback, the gateway is the one that `serve` runs, and the bot is an ordinary client of it. The counts
//! come from what the simulated people saw, never from what anybody meant to send.
//!
//! | module | what it holds |
//! |---|---|
//! | `stage` | who and what there is: people, rooms, accounts, the gateway and its config |
//! | `play` | the course of it: what happens when |
//! | `people` | what people say, and where |
//! | `bot` | the ding-dong bot |
//! | `mishaps` | which account fails when, and how |
//! | `tally` | which question was answered, by whom, how often, how late |
//! | `story` | all of that in words |
//! | `phones` | the accounts alone, for a gateway of one's own |
//! | `page` | the same in a browser, with buttons that take accounts down |
//! | `screen`, `picture` | where the words go: a terminal, a pipe, an SVG |

mod bot;
mod invitation;
mod mishaps;
mod page;
mod people;
mod phones;
mod picture;
mod play;
mod screen;
mod stage;
mod story;
mod tally;

use std::{io, net::SocketAddr, path::PathBuf, process::ExitCode, time::Duration};

use ha_wechaty_config::ConfigError;
use ha_wechaty_team::runtime::StartError;
use page::Page;
use play::Play;
use screen::Screen;
use stage::Stage;
use story::Story;

/// What the demo leaves out, for whoever asks for help.
pub(crate) const NOT_SHOWN: &str = "\
Not shown: a message that is on its way into a process while that dies or freezes. Nobody can say whether \
WeChat got it, and the gateway tells the bot so rather than send it twice. So processes die between answers, \
and people keep silent until a frozen one is found out.

The accounts are simulated, whatever HA_WECHATY_PUPPET names: nothing here reaches WeChat. Of the environment \
counts what your own bot needs, so that one which is set up for `serve` joins as it is.";

/// How the demo is to be.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// How often an account fails, like 20s
    #[arg(long, value_name = "TIME", default_value = "20s", value_parser = parse_every)]
    pub every: Duration,
    /// End after so many seconds, instead of with Ctrl-C
    #[arg(long, value_name = "N")]
    pub seconds: Option<u64>,
    /// The same people say the same things, and accounts fail in the same order
    #[arg(long, value_name = "N", default_value_t = 7)]
    pub seed: u64,
    /// People talk four times as fast
    #[arg(long)]
    pub quick: bool,
    /// Where your own bot can connect [default: 127.0.0.1:8788, or a free port if that is taken]
    #[arg(long, value_name = "HOST:PORT", env = "HA_WECHATY_GATEWAY_LISTEN", value_parser = parse_listen)]
    pub listen: Option<SocketAddr>,
    /// Serve your own bot without TLS, as Python bots need it [env: HA_WECHATY_GATEWAY_TLS=off]
    #[arg(long)]
    pub plaintext: bool,
    /// What your own bot shows when it connects; more of them by ':'
    #[arg(
        long,
        value_name = "TOKEN",
        env = "HA_WECHATY_BOT_TOKEN",
        hide_env_values = true,
        value_delimiter = ':',
        default_value = stage::YOUR_TOKEN
    )]
    pub token: Vec<String>,
    /// Serve stand-in accounts alone, on this port and the next two, for a gateway of your own: see ha-wechaty init. For hours,
    /// not for weeks: they forget nothing
    #[arg(long, value_name = "PORT", conflicts_with = "seconds")]
    pub phones: Option<u16>,
    /// Write what is shown as an SVG picture: cargo run -- demo --seconds 21 --picture docs/demo.svg
    #[arg(long, value_name = "FILE", hide = true)]
    pub picture: Option<PathBuf>,
}

fn parse_every(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(every) if every >= Duration::from_secs(1) => Ok(every),
        Ok(_) => Err("accounts need a second to come back; write at least 1s".to_owned()),
        Err(_) => Err("it is no duration; write a number with its unit, like 20s".to_owned()),
    }
}

fn parse_listen(text: &str) -> Result<SocketAddr, String> {
    ha_wechaty_config::resolve(text).map_err(|error| format!("{error}; write it like 127.0.0.1:8788"))
}

/// Runs the demo until `options.seconds` have passed or somebody presses Ctrl-C, then sums it up.
///
/// Succeeds if every question was answered, and none of them twice.
///
/// # Errors
/// It could not begin, or could not show anything.
pub(crate) async fn run(options: Options) -> Result<ExitCode, DemoError> {
    if let Some(port) = options.phones {
        return phones::serve(port, &options).await;
    }
    let screen = Screen::of_stdout(options.picture.is_some());
    let stage = Stage::set(&options).await?;
    let story = Story::new(screen);
    let page = Page::open(story.told(), stage.gateway.admin_addr()).await;
    let mut play = Play::new(&stage, &options, story, page)?;
    let played = match play.run().await {
        Ok(()) => play.end().await,
        Err(error) => Err(error),
    };
    let verdict = match played {
        Ok(verdict) => verdict,
        // Whoever watched has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => return Err(DemoError::Screen(error)),
    };
    if let Some(path) = options.picture {
        let svg = picture::of(play.kept());
        std::fs::write(&path, svg).map_err(|error| DemoError::Picture(path, error))?;
    }
    drop(play);
    stage.strike().await;
    Ok(verdict)
}

/// Why the demo ended before its time.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    /// The gateway did not start.
    #[error(transparent)]
    Gateway(StartError),
    /// What was asked for can't be served.
    #[error(transparent)]
    Config(ConfigError),
    /// A simulated phone got no port on the loopback.
    #[error("a simulated phone can't be served on this machine's loopback: {0}")]
    Phone(io::Error),
    /// The gateway did not find its accounts.
    #[error(
        "the gateway did not find its three accounts on the loopback within {0:?}: does a firewall forbid it?"
    )]
    NoTeam(Duration),
    /// The bot could not be made.
    #[error("the demo's bot can't be set up: {0}")]
    Bot(String),
    /// Nothing can be shown.
    #[error("can't write to the terminal: {0}")]
    Screen(io::Error),
    /// The picture can't be written.
    #[error("{0} can't be written: {1}")]
    Picture(PathBuf, io::Error),
}
