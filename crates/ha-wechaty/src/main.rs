//! The command `ha-wechaty`.

use std::process::ExitCode;

fn main() -> ExitCode {
    ha_wechaty_cli::main()
}
