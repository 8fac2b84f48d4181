//! Native figures beside crate `adblock`: time per request, compile time, size, load time.
//!
//! Times are of this thread's processor, so that other work on the
//! machine does not count. Both engines are asked the same requests in turn, in rounds; the figure is
//! the median over rounds, and the 99th percentile over single requests.
// Figures are rounded where they are printed; a closure per engine reads best as a loop body.
#![allow(
    clippy::cast_precision_loss,
    clippy::needless_for_each,
    clippy::semicolon_if_nothing_returned
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use adblock::Engine as Peer;
use adblock::request::Request as PeerRequest;
use cpu_time::ThreadTime;
use nomine_engine::filter::ResourceType;
use nomine_engine::{Engine, Request};
use nomine_peers::{Asked, Data, ROWS, figure, holds_hosts, ours, resource_type, theirs};

/// Rounds over all requests.
const ROUNDS: usize = 7;

/// Median processor time of several runs, in nanoseconds.
fn median_of(runs: usize, mut work: impl FnMut()) -> f64 {
    let mut times: Vec<u128> = (0..runs)
        .map(|_| {
            let start = ThreadTime::now();
            work();
            start.elapsed().as_nanos()
        })
        .collect();
    times.sort_unstable();
    times[runs / 2] as f64
}

/// The 99th percentile of single calls, in nanoseconds: of each request the fastest in three passes.
fn p99(asked: &[Asked], mut ask: impl FnMut(&Asked)) -> f64 {
    let mut times = vec![u128::MAX; asked.len()];
    for _ in 0..3 {
        for (one, fastest) in asked.iter().zip(&mut times) {
            let start = Instant::now();
            ask(one);
            *fastest = start.elapsed().as_nanos().min(*fastest);
        }
    }
    times.sort_unstable();
    times[times.len() * 99 / 100] as f64
}

#[inline(never)]
fn ask_ours(engine: &Engine, asked: &Asked, kind: ResourceType) {
    let request = Request::new(&asked.url, &asked.initiator, kind);
    black_box(engine.check(black_box(&request)));
}

#[inline(never)]
fn ask_theirs(engine: &Peer, asked: &Asked) {
    if let Ok(request) = PeerRequest::new(&asked.url, &asked.initiator, &asked.kind, "GET") {
        black_box(engine.check_network_request(black_box(&request)));
    }
}

/// The size of this process in memory, in bytes.
fn resident() -> u64 {
    std::fs::read_to_string("/proc/self/statm")
        .ok()
        .and_then(|text| text.split(' ').nth(1)?.parse::<u64>().ok())
        .map_or(0, |pages| pages * 4096)
}

fn main() {
    let Some(data) = Data::from_environment() else {
        println!("NOMINE_DATA is not set: there are no lists and requests to measure with");
        return;
    };
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, engine, row] = arguments.as_slice() {
        return match mode.as_str() {
            "count" => count(&data, engine, row),
            "store" => store(&data, engine, row),
            "memory" => memory(engine, row),
            "lists" => export(&data, engine, row),
            _ => eprintln!(
                "usage: native [count ours|theirs ROW | lists|store FOLDER ROW | memory ours|theirs FILE]"
            ),
        };
    }
    let asked = data.requests("main");
    let kinds: Vec<_> = asked.iter().map(|one| resource_type(&one.kind)).collect();
    let mut out = String::from(
        "| lists | engine | µs per request | p99 | compile, ms | size, kB | load, ms |\n|---|---|---|---|---|---|---|\n",
    );
    for row in ROWS {
        let lists = data.row(row);
        let engine = Engine::build(&ours(&lists));
        let peer = Peer::new_with_filter_set(theirs(&lists, false));
        let (mut mine, mut other) = (Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            mine.push(median_of(1, || {
                for (one, &kind) in asked.iter().zip(&kinds) {
                    ask_ours(&engine, one, kind);
                }
            }));
            other.push(median_of(1, || {
                asked.iter().for_each(|one| ask_theirs(&peer, one))
            }));
        }
        let per_request = |mut rounds: Vec<f64>| {
            rounds.sort_by(f64::total_cmp);
            rounds[ROUNDS / 2] / asked.len() as f64 / 1000.0
        };
        let stored = engine.serialize().to_vec();
        let peer_stored = peer.serialize();
        let figures = [
            [
                per_request(mine),
                p99(&asked, |one| {
                    ask_ours(&engine, one, resource_type(&one.kind))
                }) / 1000.0,
                median_of(5, || {
                    black_box(Engine::build(&ours(&lists)));
                }) / 1e6,
                stored.len() as f64 / 1000.0,
                median_of(15, || {
                    black_box(Engine::load(stored.clone()).is_ok());
                }) / 1e6,
            ],
            [
                per_request(other),
                p99(&asked, |one| ask_theirs(&peer, one)) / 1000.0,
                median_of(5, || {
                    black_box(Peer::new_with_filter_set(theirs(&lists, false)));
                }) / 1e6,
                peer_stored.len() as f64 / 1000.0,
                median_of(15, || {
                    let mut fresh = Peer::default();
                    black_box(fresh.deserialize(&peer_stored).is_ok());
                }) / 1e6,
            ],
        ];
        for (name, values) in ["nomine", "adblock"].iter().zip(&figures) {
            let cells = values.map(figure).join(" | ");
            let _ = writeln!(out, "| {row} | {name} | {cells} |");
        }
        let ratios: Vec<String> = figures[0]
            .iter()
            .zip(&figures[1])
            .map(|(mine, other)| format!("{}×", figure(other / mine)))
            .collect();
        let _ = writeln!(out, "| {row} | adblock / nomine | {} |", ratios.join(" | "));
    }
    print!("{out}");
}

/// Asks every request twice, for an instruction counter that counts inside of `ask_*`: the first
/// time outside of it, so that what is made on first need is made.
fn count(data: &Data, engine: &str, row: &str) {
    let asked = data.requests("main");
    let lists = data.row(row);
    if engine == "ours" {
        let engine = Engine::build(&ours(&lists));
        for one in &asked {
            let kind = resource_type(&one.kind);
            black_box(engine.check(&Request::new(&one.url, &one.initiator, kind)));
        }
        for one in &asked {
            ask_ours(&engine, one, resource_type(&one.kind));
        }
    } else {
        let engine = Peer::new_with_filter_set(theirs(&lists, false));
        for one in &asked {
            if let Ok(request) = PeerRequest::new(&one.url, &one.initiator, &one.kind, "GET") {
                black_box(engine.check_network_request(&request));
            }
        }
        asked.iter().for_each(|one| ask_theirs(&engine, one));
    }
}

/// Writes both stored engines of a row.
fn store(data: &Data, folder: &str, row: &str) {
    let lists = data.row(row);
    let stored = [
        ("ours", Engine::build(&ours(&lists)).serialize().to_vec()),
        (
            "theirs",
            Peer::new_with_filter_set(theirs(&lists, false)).serialize(),
        ),
    ];
    for (engine, bytes) in stored {
        let path = format!("{folder}/{row}.{engine}");
        if let Err(error) = std::fs::write(&path, bytes) {
            eprintln!("{path}: {error}");
        }
    }
}

/// Prints what a stored engine that was read from a file adds to the process, in kB.
fn memory(engine: &str, path: &str) {
    let before = resident();
    let stored = match std::fs::read(path) {
        Ok(stored) => stored,
        Err(error) => return eprintln!("{path}: {error}"),
    };
    if engine == "ours" {
        let loaded = Engine::load(stored);
        println!("{}", resident().saturating_sub(before) / 1000);
        black_box(&loaded);
    } else {
        let mut loaded = Peer::default();
        let _ = black_box(loaded.deserialize(&stored));
        drop(stored);
        println!("{}", resident().saturating_sub(before) / 1000);
        black_box(&loaded);
    }
}

/// Writes the lists of a row for the engines that are measured elsewhere: those that hold names end
/// in `.hosts`.
fn export(data: &Data, folder: &str, row: &str) {
    for (number, list) in data.row(row).iter().enumerate() {
        let ending = if holds_hosts(&list.text) {
            "hosts"
        } else {
            "txt"
        };
        let path = format!("{folder}/{row}-{number}.{ending}");
        if let Err(error) = std::fs::write(&path, &list.text) {
            eprintln!("{path}: {error}");
        }
    }
}
