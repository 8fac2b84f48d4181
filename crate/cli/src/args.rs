//! The command line: what can be asked, with which options. Nothing is done here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::update;

/// Finds in-browser cryptocurrency miners: by address, and by what code does.
#[derive(Debug, Parser)]
#[command(
    name = "nomine",
    version,
    about,
    after_help = "Exit codes: 0 nothing found, 1 something found, 2 an error."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Compile lists and signatures into what the extension loads
    Compile(Compile),
    /// Ask whether an address is blocked, and by which filter
    Check(Check),
    /// Show the reasoning about an address or a file
    Explain(Explain),
    /// Show line by line what becomes of a list
    CheckList(CheckList),
    /// Write the listed hosts for a resolver or DNS filter
    Dns(Dns),
    /// Look for miners in files, folders, archives and captures
    Scan(Scan),
    /// Make a pair of keys for a channel of lists
    Keygen(update::Keygen),
    /// Sign a file (as minisign does)
    Sign(update::Sign),
    /// Check the signature of a file or of a bundle of lists
    Verify(update::Verify),
    /// Put lists and signatures into one signed file
    Bundle(update::Bundle),
    /// Make the difference between two bundles, signed
    Delta(update::Delta),
    /// Serve a folder of lists and bundles, for trying and for a channel of one's own
    ServeLists(update::ServeLists),
    /// Write completions for a shell to standard output
    Completions {
        /// The shell.
        #[arg(value_enum)]
        shell: Shell,
    },
}

/// Options of `compile`.
#[derive(Debug, Args)]
pub struct Compile {
    /// Folder with the lists (*.txt) and signatures/*.toml
    #[arg(long, value_name = "DIR")]
    pub lists: PathBuf,
    /// Folder to write to; made where it is missing
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// The address to ask about
    #[arg(value_name = "URL")]
    pub url: String,
    /// Address of the page (or its origin) that asks for it
    #[arg(long, value_name = "URL")]
    pub from: Option<String>,
    /// Type of resource, as browsers call it: script, websocket, xmlhttprequest…
    #[arg(long = "type", value_name = "TYPE", default_value = "script")]
    pub kind: String,
    /// HTTP method
    #[arg(long, value_name = "METHOD", default_value = "GET")]
    pub method: String,
    /// List to ask instead of the bundled one; may be given more than once
    #[arg(long = "list", value_name = "FILE")]
    pub lists: Vec<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// An address, a file, or - for standard input
    #[arg(value_name = "URL|FILE")]
    pub subject: String,
    /// Address of the page that asks for it, where the subject is an address
    #[arg(long, value_name = "URL")]
    pub from: Option<String>,
    /// List to ask instead of the bundled one; may be given more than once
    #[arg(long = "list", value_name = "FILE")]
    pub lists: Vec<PathBuf>,
    /// Folder with signatures to use instead of the bundled ones
    #[arg(long, value_name = "DIR")]
    pub signatures: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `check-list`.
#[derive(Debug, Args)]
pub struct CheckList {
    /// The list, or - for standard input
    #[arg(value_name = "FILE|-")]
    pub file: String,
    /// Show only lines that are not wholly in force
    #[arg(long)]
    pub problems: bool,
    /// Print one JSON object a line
    #[arg(long)]
    pub json: bool,
}

/// Options of `dns`.
#[derive(Debug, Args)]
pub struct Dns {
    /// What to write
    #[arg(long, value_enum)]
    pub format: DnsFormat,
    /// List to take hosts from instead of the bundled one; may be given more than once
    #[arg(long = "list", value_name = "FILE")]
    pub lists: Vec<PathBuf>,
    /// File to write to instead of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Also hosts that filters stop only on other sites, which a resolver cannot tell
    #[arg(long)]
    pub third_party: bool,
    /// Serial number of a response policy zone; from the list's version by default
    #[arg(long, value_name = "N")]
    pub serial: Option<u32>,
    /// Print a JSON object with the text and the filters that DNS cannot express
    #[arg(long)]
    pub json: bool,
}

/// Forms that resolvers and DNS filters read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DnsFormat {
    /// `0.0.0.0 host` for hosts files
    Hosts,
    /// One host a line (Pi-hole and others)
    Domains,
    /// Response policy zone (BIND, Knot, `PowerDNS`)
    Rpz,
    /// dnsmasq `address=/host/`
    Dnsmasq,
    /// unbound `local-zone`
    Unbound,
    /// `AdGuard` Home `||host^`
    Adguard,
}

/// Options of `scan`.
#[derive(Debug, Args)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "each is a switch on the command line"
)]
pub struct Scan {
    /// Files and folders, or - for standard input
    #[arg(value_name = "PATH|-", required = true)]
    pub paths: Vec<PathBuf>,
    /// Print one JSON object for each inspected item
    #[arg(long, conflicts_with = "sarif")]
    pub json: bool,
    /// Print a SARIF 2.1.0 log
    #[arg(long)]
    pub sarif: bool,
    /// Write there instead of to standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Verdict from which the exit code says "found"
    #[arg(long, value_enum, default_value_t = FailOn::Block)]
    pub fail_on: FailOn,
    /// Folder with signatures to use instead of the bundled ones
    #[arg(long, value_name = "DIR")]
    pub signatures: Option<PathBuf>,
    /// List to hold addresses against instead of the bundled one; may be given more than once
    #[arg(long = "list", value_name = "FILE")]
    pub lists: Vec<PathBuf>,
    /// Inspect files of every kind, not only those that can hold scripts or modules
    #[arg(long)]
    pub all: bool,
    /// Largest single item, in MiB, also after unpacking
    #[arg(long, value_name = "MIB", default_value_t = 128, value_parser = clap::value_parser!(u64).range(1..=4096))]
    pub max_size: u64,
    /// Most that one archive may unpack to, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 2048, value_parser = clap::value_parser!(u64).range(1..=1_048_576))]
    pub max_unpacked: u64,
    /// Threads; as many as there are cores by default
    #[arg(long, short = 'j', value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// No progress bar
    #[arg(long, short)]
    pub quiet: bool,
}

/// From which verdict on the exit code is 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Miners
    Block,
    /// Also what the extension would let run under observation
    Watch,
}
