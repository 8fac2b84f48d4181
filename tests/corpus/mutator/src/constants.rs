//! Numbers that are no longer there to be read: split into two that are combined, masked by a global
//! that the module could change, or worked out by a multiplication.

use wasm_encoder::{ConstExpr, Instruction as I, ValType};

use crate::module::{Code, Fallible, Module};
use crate::random::Random;

/// Smaller ones are offsets and counters: hiding each of them doubles a module and hides nothing.
const LARGE: u64 = 256;

fn worth32(value: i32, random: &mut Random) -> bool {
    u64::from(value.unsigned_abs()) >= LARGE || (value.unsigned_abs() > 4 && random.chance(25))
}

fn worth64(value: i64, random: &mut Random) -> bool {
    value.unsigned_abs() >= LARGE || (value.unsigned_abs() > 4 && random.chance(25))
}

/// Replaces every number that `narrow` or `wide` has something for.
fn each(
    module: &mut Module,
    random: &mut Random,
    narrow: &dyn Fn(i32, &mut Random) -> Code,
    wide: &dyn Fn(i64, &mut Random) -> Code,
) {
    for function in &mut module.functions {
        let mut code = Vec::with_capacity(function.code.len());
        for instruction in function.code.drain(..) {
            match instruction {
                I::I32Const(value) if worth32(value, random) => code.extend(narrow(value, random)),
                I::I64Const(value) if worth64(value, random) => code.extend(wide(value, random)),
                other => code.push(other),
            }
        }
        function.code = code;
    }
}

/// A number as the sum, difference or exclusive or of two.
pub fn split(module: &mut Module, random: &mut Random) -> Fallible<()> {
    each(
        module,
        random,
        &|value, random| {
            let part = random.word();
            match random.below(3) {
                0 => vec![
                    I::I32Const(part),
                    I::I32Const(value.wrapping_sub(part)),
                    I::I32Add,
                ],
                1 => vec![
                    I::I32Const(value.wrapping_add(part)),
                    I::I32Const(part),
                    I::I32Sub,
                ],
                _ => vec![I::I32Const(part), I::I32Const(value ^ part), I::I32Xor],
            }
        },
        &|value, random| {
            let part = random.next().cast_signed();
            match random.below(3) {
                0 => vec![
                    I::I64Const(part),
                    I::I64Const(value.wrapping_sub(part)),
                    I::I64Add,
                ],
                1 => vec![
                    I::I64Const(value.wrapping_add(part)),
                    I::I64Const(part),
                    I::I64Sub,
                ],
                _ => vec![I::I64Const(part), I::I64Const(value ^ part), I::I64Xor],
            }
        },
    );
    Ok(())
}

/// A number under a mask that is kept in an exported, mutable global: nobody who reads the module can
/// say that it will be the same when it is used.
pub fn masked(module: &mut Module, random: &mut Random) -> Fallible<()> {
    let (key32, key64) = (random.word(), random.next().cast_signed());
    let narrow = module.add_global(ValType::I32, ConstExpr::i32_const(key32));
    let wide = module.add_global(ValType::I64, ConstExpr::i64_const(key64));
    module
        .exports
        .push(("m1".to_owned(), wasm_encoder::ExportKind::Global, narrow));
    module
        .exports
        .push(("m2".to_owned(), wasm_encoder::ExportKind::Global, wide));
    each(
        module,
        random,
        &|value, _| vec![I::GlobalGet(narrow), I::I32Const(value ^ key32), I::I32Xor],
        &|value, _| vec![I::I64Const(value ^ key64), I::GlobalGet(wide), I::I64Xor],
    );
    Ok(())
}

/// The inverse of an odd number modulo 2^64, by Newton's iteration: each step doubles the right bits.
fn inverse(odd: u64) -> u64 {
    (0..6).fold(odd, |found, _| {
        found.wrapping_mul(2u64.wrapping_sub(odd.wrapping_mul(found)))
    })
}

/// A number as a product, and half of the time with a rest.
pub fn computed(module: &mut Module, random: &mut Random) -> Fallible<()> {
    #[expect(clippy::cast_possible_truncation, reason = "arithmetic modulo 2^32")]
    each(
        module,
        random,
        &|value, random| {
            let factor = random.word() | 1;
            let rest = if random.chance(50) { random.word() } else { 0 };
            let other = value
                .wrapping_sub(rest)
                .wrapping_mul(inverse(u64::from(factor.cast_unsigned())) as i32);
            let mut code = vec![I::I32Const(other), I::I32Const(factor), I::I32Mul];
            if rest != 0 {
                code.extend([I::I32Const(rest), I::I32Add]);
            }
            code
        },
        &|value, random| {
            let factor = random.next() | 1;
            let rest = if random.chance(50) {
                random.next().cast_signed()
            } else {
                0
            };
            let other = value
                .wrapping_sub(rest)
                .wrapping_mul(inverse(factor).cast_signed());
            let mut code = vec![
                I::I64Const(other),
                I::I64Const(factor.cast_signed()),
                I::I64Mul,
            ];
            if rest != 0 {
                code.extend([I::I64Const(rest), I::I64Add]);
            }
            code
        },
    );
    Ok(())
}
