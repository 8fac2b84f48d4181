//! The `nomine` command: compiles lists and signatures, answers questions about addresses and
//! files, and scans for miners.

mod args;
mod check;
mod check_list;
mod compile;
mod completions;
mod dns;
mod explain;
mod lists;
mod output;
mod progress;
mod scan;
mod update;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;

use args::{Cli, Command};
use output::{Ending, Failure};

/// Does what the command line asks, and says how it ended.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    match run(&cli.command) {
        Ok(ending) => ExitCode::from(ending.code()),
        Err(failure) => {
            // Standard error may be closed; there is nobody left to tell then.
            let _ = writeln!(std::io::stderr(), "nomine: {failure}");
            ExitCode::from(Ending::Error.code())
        }
    }
}

/// What a scan finds to inspect in a file of this name: the place and size of each item. No item is larger
/// than `item` bytes, and together they unpack to at most `total`.
pub fn unpack(name: &str, mut bytes: &[u8], item: u64, total: u64) -> Vec<(String, usize)> {
    scan::open_bytes(name, &mut bytes, item, total)
        .iter()
        .map(|found| (found.path.clone(), found.size()))
        .collect()
}

/// `subscriptions.toml` as the extension reads it.
///
/// # Errors
/// Says what is wrong with it.
pub fn subscriptions(text: &str) -> Result<Vec<u8>, String> {
    update::subscriptions::parse(text).map_err(|error| error.0)
}

/// Help and version go to standard output with 0; anything wrong to standard error with 2.
fn usage(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}

fn run(command: &Command) -> Result<Ending, Failure> {
    match command {
        Command::Compile(options) => compile::run(options),
        Command::Check(options) => check::run(options),
        Command::CheckList(options) => check_list::run(options),
        Command::Dns(options) => dns::run(options),
        Command::Explain(options) => explain::run(options),
        Command::Scan(options) => scan::run(options),
        Command::Keygen(options) => update::keys::generate(options),
        Command::Sign(options) => update::keys::sign(options),
        Command::Verify(options) => update::verify::run(options),
        Command::Bundle(options) => update::bundle::run(options),
        Command::Delta(options) => update::delta::run(options),
        Command::ServeLists(options) => update::serve::run(options),
        Command::Completions { shell } => completions::run(*shell),
    }
}
