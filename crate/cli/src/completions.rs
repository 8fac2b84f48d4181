//! `nomine completions`.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::args::Cli;
use crate::output::{Ending, Failure, Out};

/// Runs the command.
pub fn run(shell: Shell) -> Result<Ending, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "nomine", &mut script);
    let mut out = Out::stdout();
    out.line(String::from_utf8_lossy(&script).trim_end())?;
    out.flush()?;
    Ok(Ending::Clean)
}
