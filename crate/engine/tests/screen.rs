//! What is cleared without a walk must be what a walk allows: the verdict of an inspector, which walks
//! as little as it can, beside the conclusion from everything, over modules made here, the libraries
//! of `tests/sites`, and a folder of others where `NOMINE_CORPUS` names one (that of `bench corpus`).

mod assemble;

use assemble::{code, functions, section, signed};
use nomine_engine::inspector::Inspector;
use nomine_engine::module::inspect;
use nomine_engine::signature::{Kind, compile_texts};
use nomine_engine::verdict::Outcome;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs};

static INSPECTOR: LazyLock<Inspector> = LazyLock::new(|| {
    let text = include_str!("../../../blocklists/signatures/wasm.toml");
    Inspector::new(compile_texts([("wasm", text)]).expect("compiles"))
});

/// Larger modules are left to the benchmark: the tests are not optimised.
const LARGEST: u64 = 2 << 20;
/// So many bytes are compared in all.
const MOST: u64 = 48 << 20;

/// A module of functions `() -> ()` with these bodies, and data at address 1024.
fn module(bodies: &[Vec<u8>], data: &[u8]) -> Vec<u8> {
    [
        b"\0asm\x01\0\0\0".to_vec(),
        section(1, &[1, 0x60, 0, 0]),
        functions(bodies.len()),
        section(5, &[1, 0, 1]),
        code(&[0], bodies),
        assemble::data(data),
    ]
    .concat()
}

fn same(name: &str, bytes: &[u8]) -> Outcome {
    let quick = INSPECTOR.inspect_module(bytes);
    let whole = INSPECTOR.conclude(Kind::Module, &inspect(bytes));
    assert_eq!(quick.outcome, whole.outcome, "{name}");
    if whole.outcome != Outcome::Allow {
        assert_eq!(quick, whole, "{name}");
    }
    whole.outcome
}

fn gather(folder: &Path, found: &mut Vec<(u64, PathBuf)>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let Ok(about) = fs::metadata(&path) else {
            continue;
        };
        if about.is_dir() {
            gather(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "wasm") && about.len() <= LARGEST
        {
            found.push((about.len(), path));
        }
    }
}

#[test]
fn whatever_is_at_hand_is_judged_the_same() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let others = env::var_os("NOMINE_CORPUS").map(PathBuf::from);
    let mut total = 0;
    for folder in [Some(root.join("tests/sites/node_modules")), others]
        .into_iter()
        .flatten()
    {
        let mut found = Vec::new();
        gather(&folder, &mut found);
        // Every so many, so that each kind of module is among them.
        let sum: u64 = found.iter().map(|item| item.0).sum();
        let step = usize::try_from(sum / (MOST / 2) + 1).unwrap_or(1);
        found.sort_by(|a, b| a.1.cmp(&b.1));
        for (_, path) in found.iter().step_by(step) {
            let bytes = fs::read(path).expect("readable");
            same(&path.display().to_string(), &bytes);
            total += bytes.len();
        }
    }
    println!("{total} bytes compared");
}

/// The constants of `SuperscalarHash` (see `kernels/randomx.rs`), of which four are enough.
const SUPERSCALAR: [u64; 7] = [
    0x810a_978a_59f5_a1fc,
    0xa770_99df_38c2_d846,
    0x8126_b91c_bf22_495c,
    0x494d_2597_179f_8a62,
    0x9237_efb9_ceaa_ec0c,
    0x2f2a_5674_6ce6_2d78,
    0x8485_3bf7_b62c_e54e,
];

/// Half a megabyte of code that does nothing.
fn much() -> Vec<Vec<u8>> {
    let body: Vec<u8> = [0x41, 0, 0x1a].repeat(1000);
    vec![body; 170]
}

#[test]
fn constants_in_code_are_found_in_large_modules_wherever_they_lie() {
    assert_eq!(same("nothing", &module(&much(), b"")), Outcome::Allow);
    for shift in 0..40 {
        let mut body = vec![1; shift];
        for constant in SUPERSCALAR {
            body.push(0x42);
            body.extend(signed(constant.cast_signed()));
            body.push(0x1a);
        }
        let mut bodies = much();
        bodies.insert(85, body);
        assert_eq!(
            same("in code", &module(&bodies, b"")),
            Outcome::Block,
            "{shift}"
        );
    }
}

#[test]
fn tables_are_found_at_any_place_and_under_any_short_key() {
    let table: Vec<u8> = SUPERSCALAR
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    let seen = |data: &[u8]| inspect(&module(&much(), data)).has("superscalar.table");
    for place in 0..40 {
        for key in [
            &[0u8][..],
            &[0x5a, 0x11, 0xc3, 0x77],
            &[1, 2, 3, 4, 5, 6, 7, 9],
        ] {
            let mut data = vec![0x20; place];
            data.extend(
                table
                    .iter()
                    .zip(key.iter().cycle())
                    .map(|(byte, key)| byte ^ key),
            );
            assert!(seen(&data), "at the end, {place}, {key:?}");
            data.extend([0x20; 11]);
            assert!(seen(&data), "{place}, {key:?}");
            assert_eq!(same("in data", &module(&much(), &data)), Outcome::Block);
        }
    }
    assert!(!seen(&[0x20; 200]));
}

#[test]
fn modules_inside_modules_are_found_at_any_place() {
    let table: Vec<u8> = SUPERSCALAR
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    let inner = module(&[vec![1]], &table);
    for place in 0..20 {
        let data = [vec![0x20; place], inner.clone()].concat();
        let outer = module(&much(), &data);
        assert!(inspect(&outer).has("module-in-module"), "{place}");
        assert_eq!(same("inside", &outer), Outcome::Block, "{place}");
    }
}
