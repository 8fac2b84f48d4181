//! Instrumented modules: valid where the original is, and counted where it works.

mod assemble;

use assemble::{leb, section};
use nomine_engine::module::{SUFFIXES, instrument};
use proptest::prelude::*;
use wasmparser::{ExternalKind, Parser, Payload, Validator, WasmFeatures};

#[allow(clippy::struct_excessive_bools)] // Each is a part that is there or not.
/// What a module is made of besides its functions.
#[derive(Clone, Copy, Debug, Default)]
struct Extras {
    imports: bool,
    table: bool,
    global: bool,
    export: bool,
    custom: bool,
    data: bool,
}

/// A module of functions `(i32) -> ()` with these bodies, each with one local of its own.
fn module(bodies: &[Vec<u8>], extras: Extras) -> Vec<u8> {
    let mut out = b"\0asm\x01\0\0\0".to_vec();
    let custom = |out: &mut Vec<u8>| {
        if extras.custom {
            out.extend(section(0, b"\x04noteanything"));
        }
    };
    custom(&mut out);
    out.extend(section(1, &[2, 0x60, 1, 0x7f, 0, 0x60, 1, 0x7f, 1, 0x7f]));
    if extras.imports {
        // A function, a table and a global.
        let imports = b"\x03\x01m\x01f\0\0\x01m\x01t\x01\x70\0\x01\x01m\x01g\x03\x7e\0";
        out.extend(section(2, imports));
    }
    let mut functions = vec![];
    functions.extend(leb(bodies.len() as u64));
    functions.extend(bodies.iter().map(|_| 0));
    out.extend(section(3, &functions));
    if extras.table {
        out.extend(section(4, &[1, 0x70, 0, 3]));
    }
    out.extend(section(5, &[1, 0, 1]));
    if extras.global {
        out.extend(section(6, &[1, 0x7f, 1, 0x41, 5, 0x0b]));
    }
    custom(&mut out);
    if extras.export {
        out.extend(section(7, &[1, 1, b'x', 0, u8::from(extras.imports)]));
    }
    if extras.data {
        out.extend(section(12, &[1]));
    }
    let mut code = vec![];
    code.extend(leb(bodies.len() as u64));
    for body in bodies {
        let mut whole = vec![1, 2, 0x7e];
        whole.extend(body);
        whole.push(0x0b);
        code.extend(leb(whole.len() as u64));
        code.extend(whole);
    }
    out.extend(section(10, &code));
    if extras.data {
        out.extend(section(11, b"\x01\x01\x03abc"));
    }
    custom(&mut out);
    out
}

fn is_valid(bytes: &[u8]) -> bool {
    Validator::new_with_features(WasmFeatures::all())
        .validate_all(bytes)
        .is_ok()
}

/// Statements that leave the stack as it is, from bytes that choose.
fn statements(choices: &mut impl Iterator<Item = u8>, depth: u32) -> Vec<u8> {
    let mut out = vec![];
    for _ in 0..choices.next().unwrap_or(0) % 6 {
        match choices.next().unwrap_or(0) % 8 {
            0 => {
                // A loop that ends when the argument is used up.
                out.extend([0x03, 0x40]);
                if depth < 6 {
                    out.extend(statements(choices, depth + 1));
                }
                out.extend([0x20, 0, 0x41, 1, 0x6b, 0x22, 0, 0x0d, 0, 0x0b]);
            }
            1 => {
                // A block with a result, branched out of.
                out.extend([0x02, 0x7f, 0x41, 7, 0x20, 0, 0x0d, 0, 0x0b, 0x1a]);
            }
            2 => {
                out.extend([0x20, 0, 0x04, 0x40]);
                if depth < 6 {
                    out.extend(statements(choices, depth + 1));
                }
                out.extend([0x05, 0x01, 0x0b]);
            }
            3 => out.extend([0x20, 1, 0x42, 13, 0x89, 0x20, 2, 0x85, 0x21, 1]),
            4 => out.extend([0x20, 0, 0x29, 3, 8, 0x21, 2]),
            5 => {
                // A loop with a parameter and a result.
                out.extend([0x41, 3, 0x03, 1, 0x1a, 0x41, 0, 0x0b, 0x1a]);
            }
            6 => out.extend(
                [0xfd, 12]
                    .into_iter()
                    .chain([7; 16])
                    .chain([0xfd, 0x53, 0x1a]),
            ),
            _ => out.extend([0x02, 0x40, 0x20, 0, 0x0e, 1, 0, 0, 0x0b]),
        }
    }
    // Long enough for a check.
    for _ in 0..choices.next().unwrap_or(0) % 16 {
        out.extend([0x20, 1, 0x42, 24, 0x89, 0x20, 2, 0x7c, 0x21, 2]);
    }
    out
}

fn exports(bytes: &[u8]) -> Vec<(String, ExternalKind)> {
    let mut found = vec![];
    for payload in Parser::new(0).parse_all(bytes) {
        if let Ok(Payload::ExportSection(section)) = payload {
            found.extend(
                section
                    .into_iter()
                    .flatten()
                    .map(|e| (e.name.to_owned(), e.kind)),
            );
        }
    }
    found
}

proptest! {
    #[test]
    fn a_valid_module_stays_valid(
        choices in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..6),
        flags in any::<[bool; 6]>(),
    ) {
        let [imports, table, global, export, custom, data] = flags;
        let extras = Extras { imports, table, global, export, custom, data };
        let bodies: Vec<_> = choices
            .into_iter()
            .map(|choices| statements(&mut choices.into_iter(), 0))
            .collect();
        let bytes = module(&bodies, extras);
        prop_assume!(is_valid(&bytes));
        let made = instrument(&bytes, b"name").expect("it can be instrumented");
        prop_assert!(is_valid(&made));
        let (before, after) = (exports(&bytes), exports(&made));
        prop_assert_eq!(&after[..before.len()], &before[..]);
        prop_assert_eq!(after.len(), before.len() + SUFFIXES.len());
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..400), at in 0usize..200, value: u8) {
        let _ = instrument(&bytes, b"name");
        let body = statements(&mut bytes.into_iter(), 0);
        let mut broken = module(&[body], Extras { imports: true, table: true, global: true, export: true, custom: true, data: true });
        if let Some(byte) = broken.get_mut(at) {
            *byte = value;
        }
        let valid = is_valid(&broken);
        if let Some(made) = instrument(&broken, b"name") {
            prop_assert!(!valid || is_valid(&made));
        }
    }
}

#[test]
fn what_is_no_module_is_left_alone() {
    for bytes in [
        &b""[..],
        b"\0asm",
        b"\0asm\x01\0\0\0",
        b"\0asm\x01\0\0\0\x01\x01\0",
    ] {
        assert_eq!(instrument(bytes, b"name"), None);
    }
    let whole = module(&[vec![]], Extras::default());
    assert_eq!(instrument(&whole, &[b'n'; 200]), None, "a name without end");
    for length in 0..whole.len() {
        let _ = instrument(&whole[..length], b"name");
    }
}

#[test]
fn deep_nesting_takes_linear_time() {
    let mut body = vec![];
    for _ in 0..100_000 {
        body.extend([0x03, 0x40]);
    }
    body.extend(vec![0x0b; 100_000]);
    assert!(instrument(&module(&[body], Extras::default()), b"name").is_some());
}
