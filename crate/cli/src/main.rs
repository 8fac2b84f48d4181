//! The `nomine` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    nomine_cli::main()
}
