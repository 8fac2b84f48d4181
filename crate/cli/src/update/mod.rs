//! A channel of lists: keys, signatures, bundles, differences, and a small server. This file holds
//! what can be asked; the work is in the files beside it.

pub mod bundle;
pub mod delta;
pub mod keys;
pub mod serve;
pub mod subscriptions;
pub mod verify;

use std::path::PathBuf;

use clap::Args;

/// Where a secret key is, and how it is opened.
#[derive(Debug, Args)]
pub struct Key {
    /// File with the secret key, as `nomine keygen` or minisign writes it
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// File whose first line is the password of the key; asked for when it is needed and not given
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

/// Options of `keygen`.
#[derive(Debug, Args)]
pub struct Keygen {
    /// Path of the pair: NAME.key is the secret key, NAME.pub the public one
    #[arg(value_name = "NAME")]
    pub name: PathBuf,
    /// File whose first line is to be the password; asked for when not given
    #[arg(long, value_name = "FILE", conflicts_with = "no_password")]
    pub password_file: Option<PathBuf>,
    /// Write the secret key without a password
    #[arg(long)]
    pub no_password: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `sign`.
#[derive(Debug, Args)]
pub struct Sign {
    /// The file to sign; the signature goes to FILE.minisig
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The secret key.
    #[command(flatten)]
    pub key: Key,
    /// Comment that is signed too
    #[arg(long, value_name = "TEXT")]
    pub comment: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// A bundle, or a file with FILE.minisig beside it
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Public key (or a file with one) that is trusted; may be given more than once
    #[arg(long, value_name = "KEY|FILE", required = true)]
    pub key: Vec<String>,
    /// The version that a delta changes
    #[arg(long, value_name = "BUNDLE")]
    pub base: Option<PathBuf>,
    /// Refuse this version and older ones
    #[arg(long, value_name = "N")]
    pub newer_than: Option<u64>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `bundle`.
#[derive(Debug, Args)]
pub struct Bundle {
    /// Folder with the lists (*.txt), signatures/*.toml and, if there is one, families.json
    #[arg(long, value_name = "DIR")]
    pub lists: PathBuf,
    /// Version of the bundle; has to rise
    #[arg(long = "bundle-version", value_name = "N")]
    pub version: u64,
    /// The secret key.
    #[command(flatten)]
    pub key: Key,
    /// File to write to
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Days that it is good for
    #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u64).range(1..=400))]
    pub days: u64,
    /// When it was made, in seconds since 1970; now by default
    #[arg(long, value_name = "SECONDS")]
    pub created: Option<u64>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `delta`.
#[derive(Debug, Args)]
pub struct Delta {
    /// The bundle that installations have
    #[arg(value_name = "OLD")]
    pub old: PathBuf,
    /// The bundle that they are to get
    #[arg(value_name = "NEW")]
    pub new: PathBuf,
    /// The secret key.
    #[command(flatten)]
    pub key: Key,
    /// Public key (or a file with one) that the bundles are checked with; that of the secret key by default
    #[arg(long, value_name = "KEY|FILE")]
    pub trust: Vec<String>,
    /// File to write to
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Options of `serve-lists`.
#[derive(Debug, Args)]
pub struct ServeLists {
    /// The folder to serve
    #[arg(value_name = "DIR")]
    pub folder: PathBuf,
    /// Address to listen at; port 0 takes a free one
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8791")]
    pub listen: String,
    /// Print one JSON object for each request
    #[arg(long)]
    pub json: bool,
}
