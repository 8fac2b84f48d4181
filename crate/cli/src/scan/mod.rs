//! `nomine scan`: miners in files, folders, archives and captures.
//!
//! Files are opened and inspected on all cores; answers come out in the order in which the files
//! were found, so that two runs print the same.

mod capture;
mod item;
mod judge;
pub mod kind;
mod limits;
mod open;
pub mod page;
mod sarif;

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use indicatif::{ProgressBar, ProgressStyle};
use nomine_engine::verdict::Outcome;
use rayon::prelude::*;

pub use item::{Item, Report};
pub use judge::Judge;
use limits::Budget;
use open::Opener;

use crate::args::{FailOn, Scan};
use crate::output::{Ending, Failure, Out, visible};

/// Items are inspected in batches of about this many bytes, so that a large archive uses all cores
/// without being held in memory.
const BATCH_BYTES: usize = 16 << 20;
/// And of at most this many items.
const BATCH_ITEMS: usize = 512;

/// Runs the command.
pub fn run(options: &Scan) -> Result<Ending, Failure> {
    let judge = Judge::new(options.signatures.as_deref(), &options.lists)?;
    let (files, missing) = find(&options.paths);
    let mut writer = Writer::new(options)?;
    for report in missing {
        writer.take(&report)?;
    }
    let bar = progress(options, files.len());
    let ordered = Mutex::new(Ordered {
        writer,
        waiting: BTreeMap::new(),
        next: 0,
        failure: None,
    });
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads.map_or(0, usize::from))
        .build()
        .map_err(|error| Failure(error.to_string()))?;
    pool.install(|| {
        files.par_iter().enumerate().for_each(|(index, file)| {
            let reports = inspect(file, options, &judge);
            if let Ok(mut ordered) = ordered.lock() {
                ordered.put(index, reports, &bar);
            }
            bar.inc(1);
        });
    });
    bar.finish_and_clear();
    let ordered = ordered
        .into_inner()
        .map_err(|_| Failure("the scan was interrupted".into()))?;
    if let Some(failure) = ordered.failure {
        return Err(failure);
    }
    ordered.writer.finish(options.fail_on)
}

/// A file to open, and whether a person named it.
#[derive(Debug)]
struct Target {
    path: PathBuf,
    named: bool,
}

/// All files below the paths, in order of their names. Links are not followed, except named ones.
fn find(paths: &[PathBuf]) -> (Vec<Target>, Vec<Report>) {
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    for path in paths {
        if path.as_os_str() == "-" {
            files.push(Target {
                path: path.clone(),
                named: true,
            });
            continue;
        }
        for entry in walkdir::WalkDir::new(path).sort_by_file_name() {
            match entry {
                Ok(entry) if entry.depth() == 0 => {
                    if !entry.path().is_dir() {
                        files.push(Target {
                            path: entry.into_path(),
                            named: true,
                        });
                    }
                }
                Ok(entry) if entry.file_type().is_file() => {
                    files.push(Target {
                        path: entry.into_path(),
                        named: false,
                    });
                }
                Ok(_) => {}
                Err(error) => {
                    let place = error.path().unwrap_or(path).to_string_lossy().into_owned();
                    let reason = error
                        .io_error()
                        .map_or_else(|| error.to_string(), crate::output::plain);
                    errors.push(Report::unreadable(
                        place,
                        format!("not inspected: {reason}"),
                    ));
                }
            }
        }
    }
    (files, errors)
}

/// Opens one file and judges what is in it.
fn inspect(target: &Target, options: &Scan, judge: &Judge) -> Vec<Report> {
    let mut reports = Vec::new();
    let mut batch: Vec<Item> = Vec::new();
    let mut size = 0;
    let flush = |batch: &mut Vec<Item>, reports: &mut Vec<Report>| {
        let items = std::mem::take(batch);
        if items.len() == 1 {
            reports.extend(items.into_iter().filter_map(|item| judge.judge(item)));
        } else {
            reports.par_extend(items.into_par_iter().filter_map(|item| judge.judge(item)));
        }
    };
    let mut emit = |item: Item| {
        size += item.size();
        batch.push(item);
        if size >= BATCH_BYTES || batch.len() >= BATCH_ITEMS {
            flush(&mut batch, &mut reports);
            size = 0;
        }
    };
    let mut opener = Opener {
        budget: Budget::new(options.max_size << 20, options.max_unpacked << 20),
        item_limit: options.max_size << 20,
        all: options.all,
        emit: &mut emit,
    };
    if target.path == Path::new("-") {
        opener.stream("-", &mut open::standard_input(), true, 0);
    } else {
        opener.file(&target.path, target.named);
    }
    flush(&mut batch, &mut reports);
    reports
}

/// The items of one stream that is called so.
pub fn open_bytes(name: &str, reader: &mut dyn std::io::Read, item: u64, total: u64) -> Vec<Item> {
    opened(item, total, true, |opener| {
        opener.stream(name, reader, true, 0);
    })
}

/// The items of one file, whatever it is.
pub fn open_one(path: &Path) -> Vec<Item> {
    opened(256 << 20, 1 << 30, false, |opener| {
        if path == Path::new("-") {
            opener.stream("-", &mut open::standard_input(), true, 0);
        } else {
            opener.file(path, true);
        }
    })
}

/// What is found while this opens something within these limits.
fn opened(item: u64, total: u64, all: bool, open: impl FnOnce(&mut Opener<'_>)) -> Vec<Item> {
    let mut items = Vec::new();
    let mut emit = |item: Item| items.push(item);
    open(&mut Opener {
        budget: Budget::new(item, total),
        item_limit: item,
        all,
        emit: &mut emit,
    });
    items
}

fn progress(options: &Scan, files: usize) -> ProgressBar {
    if options.quiet || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{bar:30} {pos}/{len} files  {per_sec}  {eta} left  {msg}");
    let bar = ProgressBar::new(files as u64);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Brings reports into the order of the files.
struct Ordered {
    writer: Writer,
    waiting: BTreeMap<usize, Vec<Report>>,
    next: usize,
    failure: Option<Failure>,
}

impl Ordered {
    fn put(&mut self, index: usize, reports: Vec<Report>, bar: &ProgressBar) {
        self.waiting.insert(index, reports);
        while let Some(reports) = self.waiting.remove(&self.next) {
            self.next += 1;
            for report in reports {
                if self.failure.is_none() {
                    // The bar must not stand between lines on the same terminal.
                    let written = bar.suspend(|| self.writer.take(&report));
                    self.failure = written.err();
                }
            }
        }
        if self.failure.is_none() {
            self.failure = self.writer.out.flush().err();
        }
    }
}

/// Writes reports in the form that was asked for, and counts.
struct Writer {
    out: Out,
    json: bool,
    sarif: Option<Vec<Report>>,
    inspected: u64,
    blocked: u64,
    watched: u64,
    errors: u64,
}

impl Writer {
    fn new(options: &Scan) -> Result<Self, Failure> {
        Ok(Self {
            out: Out::file_or_stdout(options.out.as_deref())?,
            json: options.json,
            sarif: options.sarif.then(Vec::new),
            inspected: 0,
            blocked: 0,
            watched: 0,
            errors: 0,
        })
    }

    fn take(&mut self, report: &Report) -> Result<(), Failure> {
        self.inspected += 1;
        match report.verdict {
            Outcome::Block => self.blocked += 1,
            Outcome::Watch => self.watched += 1,
            Outcome::Allow => {}
        }
        self.errors += u64::from(report.error.is_some());
        if self.json {
            return self.out.json(report);
        }
        if let Some(kept) = &mut self.sarif {
            if report.verdict != Outcome::Allow || report.error.is_some() {
                kept.push(report.clone());
            }
            return Ok(());
        }
        self.print(report)
    }

    fn print(&mut self, report: &Report) -> Result<(), Failure> {
        let (word, colour) = match report.verdict {
            Outcome::Block => ("block", "1;31"),
            Outcome::Watch => ("watch", "33"),
            Outcome::Allow => ("", ""),
        };
        if !word.is_empty() {
            let head = format!("{} {}", self.out.paint(colour, word), visible(&report.path));
            let name = [report.family.as_str(), report.algorithm.as_str()]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(", ");
            self.out
                .line(format_args!("{head}: {name} ({} %)", report.confidence))?;
            for evidence in &report.evidence {
                self.out.line(format_args!(
                    "      {:+4}  {}",
                    evidence.weight,
                    visible(&evidence.detail)
                ))?;
            }
        }
        if let Some(error) = &report.error {
            let word = self.out.paint("35", "error");
            self.out.line(format_args!(
                "{word} {}: {}",
                visible(&report.path),
                visible(error)
            ))?;
        }
        Ok(())
    }

    fn finish(mut self, fail_on: FailOn) -> Result<Ending, Failure> {
        if let Some(reports) = &self.sarif {
            let log = sarif::log(reports);
            self.out.json(&log)?;
        } else if !self.json {
            self.out.line(format_args!(
                "{} inspected: {} miners, {} to watch, {} not inspected",
                self.inspected.saturating_sub(self.errors),
                self.blocked,
                self.watched,
                self.errors
            ))?;
        }
        self.out.flush()?;
        let found = self.blocked > 0 || (fail_on == FailOn::Watch && self.watched > 0);
        Ok(match (found, self.errors > 0) {
            (true, _) => Ending::Found,
            (false, true) => Ending::Error,
            (false, false) => Ending::Clean,
        })
    }
}
