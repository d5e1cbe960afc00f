//! The `ha-wechaty` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    ha_wechaty::cli::main()
}
