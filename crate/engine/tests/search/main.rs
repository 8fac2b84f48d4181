//! Searches for a proof of work, assembled here in several shapes, and what only looks like one.

#[path = "../assemble/mod.rs"]
mod assemble;
mod counters;
mod dispatch;
mod harmless;
mod islands;
mod memory;
mod output;
mod places;
mod targets;

use assemble::{code, functions, leb, section, signed};
use nomine_engine::inspector::Inspector;
use nomine_engine::module::inspect;
use nomine_engine::signature::{Kind, compile_texts};
use nomine_engine::verdict::{Findings, Outcome};
use std::sync::LazyLock;

/// `i32.const`.
fn number(value: i32) -> Vec<u8> {
    [vec![0x41], signed(value.into())].concat()
}

/// The pointer to the frame, which is the first global.
fn frame() -> Vec<u8> {
    vec![0x23, 0]
}

fn load(offset: u32) -> Vec<u8> {
    [vec![0x28, 0], leb(offset.into())].concat()
}

fn load_byte(offset: u32) -> Vec<u8> {
    [vec![0x2d, 0], leb(offset.into())].concat()
}

fn store(offset: u32) -> Vec<u8> {
    [vec![0x36, 0], leb(offset.into())].concat()
}

/// A module of functions `(i32, i32) -> i32` with four more locals each, and a stack pointer.
fn module(bodies: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.extend(section(1, &[1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f]));
    bytes.extend(functions(bodies.len()));
    bytes.extend(section(5, &[1, 0, 1]));
    // The stack pointer, and a global that is never set.
    let masking = [vec![0x7f, 1], number(MASKING), vec![0x0b]].concat();
    let globals = [vec![2, 0x7f, 1, 0x41, 0x80, 0x80, 0x04, 0x0b], masking].concat();
    bytes.extend(section(6, &globals));
    bytes.extend(code(&[1, 4, 0x7f], bodies));
    bytes
}

const MASKING: i32 = 0x5a5a_1234;

const IN: i32 = 2048;

const OUT: i32 = 4096;

const TARGET: i32 = 6144;

/// Mixes local 2 as BLAKE-256 does, with rotations to the left spelled by `rotate`.
fn mixing(rotate: impl Fn(i32) -> Vec<u8>) -> Vec<u8> {
    mixing_with(0, rotate)
}

/// The same with words from where another local points.
fn mixing_with(input: u8, rotate: impl Fn(i32) -> Vec<u8>) -> Vec<u8> {
    let mut body = Vec::new();
    for distance in [16, 20, 24, 25].repeat(6) {
        // x = rotate(x) ^ input; x = x + input.
        body.extend(rotate(distance));
        body.extend([vec![0x20, input], load(4), vec![0x73, 0x21, 2]].concat());
        body.extend([vec![0x20, 2, 0x20, input], load(8), vec![0x6a, 0x21, 2]].concat());
    }
    body
}

fn rotated(distance: i32) -> Vec<u8> {
    [vec![0x20, 2], number(distance), vec![0x77]].concat()
}

/// Reads the word at the first argument, mixes it as BLAKE-256 does, writes it to the second.
fn hash() -> Vec<u8> {
    let mut body = [vec![0x20, 0], load(0), vec![0x21, 2]].concat();
    body.extend(mixing(rotated));
    body.extend([vec![0x20, 1, 0x20, 2], store(0), number(0)].concat());
    body
}

/// Whether the first argument's bytes are less than the second's, as `memcmp` tells.
fn compare() -> Vec<u8> {
    let bytes = [vec![0x20, 0], load_byte(0), vec![0x20, 1], load_byte(0)].concat();
    [bytes, vec![0x49]].concat()
}

/// Loops over `body`, which leaves a condition for the end of the search; local 0 counts.
fn count_up(body: &[u8], step: &[u8]) -> Vec<u8> {
    let mut code = vec![0x03, 0x40];
    code.extend(body);
    // if (condition) return the counter
    code.extend([0x04, 0x40, 0x20, 0, 0x0f, 0x0b]);
    code.extend(step);
    code.extend([0x0c, 0, 0x0b]);
    code.extend(number(0));
    code
}

fn step() -> Vec<u8> {
    [vec![0x20, 0], number(1), vec![0x6a, 0x21, 0]].concat()
}

/// `input[76] = counter; hash(input, output)`.
fn hash_counter() -> Vec<u8> {
    let write = [number(IN), vec![0x20, 0], store(76)].concat();
    [write, number(IN), number(OUT), vec![0x10, 0, 0x1a]].concat()
}

fn search(bodies: &[Vec<u8>]) -> Findings {
    inspect(&module(bodies))
}

fn sure(findings: &Findings) -> bool {
    findings.has("search3.blake32")
}

/// The same with an imported function `(i32, i32) -> i32` before them, and these in a table.
fn module_with_table(bodies: &[Vec<u8>], table: &[u8]) -> Vec<u8> {
    let mut bytes = b"\0asm\x01\0\0\0".to_vec();
    bytes.extend(section(1, &[1, 0x60, 2, 0x7f, 0x7f, 1, 0x7f]));
    bytes.extend(section(2, &[1, 1, b'e', 1, b'f', 0, 0]));
    bytes.extend(functions(bodies.len()));
    bytes.extend(section(4, &[1, 0x70, 0, 0x7f]));
    bytes.extend(section(5, &[1, 0, 1]));
    let elements = [vec![1, 0, 0x41, 0, 0x0b], leb(table.len() as u64)].concat();
    bytes.extend(section(9, &[&elements[..], table].concat()));
    bytes.extend(code(&[1, 4, 0x7f], bodies));
    bytes
}

static INSPECTOR: LazyLock<Inspector> = LazyLock::new(|| {
    let text = include_str!("../../../../blocklists/signatures/wasm.toml");
    Inspector::new(compile_texts([("wasm", text)]).expect("compiles"))
});

/// The outcome of an inspector, which walks little of a large module: as that of a walk of all.
fn outcome(bodies: &[Vec<u8>]) -> Outcome {
    let bytes = module(bodies);
    let quick = INSPECTOR.inspect_module(&bytes);
    let whole = INSPECTOR.conclude(Kind::Module, &inspect(&bytes));
    assert_eq!(quick, whole);
    quick.outcome
}
