//! The same arithmetic in other words: mixed boolean-arithmetic identities (Zhou et al., "Information
//! hiding in software with mixed Boolean-arithmetic transforms", 2007), and rotations spelled out.

use wasm_encoder::{Instruction as I, ValType};

use crate::module::{Code, Fallible, Function, Module};
use crate::random::Random;

/// Two locals of each width for the operands of what is respelled.
struct Scratch {
    narrow: [u32; 2],
    wide: [u32; 2],
    /// For a rotation by way of the wider type.
    stretched: u32,
}

fn scratch(params: usize, function: &mut Function) -> Scratch {
    let first = u32::try_from(params + function.locals.len()).unwrap_or(u32::MAX);
    function.locals.extend([
        ValType::I32,
        ValType::I32,
        ValType::I64,
        ValType::I64,
        ValType::I64,
    ]);
    Scratch {
        narrow: [first, first + 1],
        wide: [first + 2, first + 3],
        stretched: first + 4,
    }
}

/// The operators of one width.
struct Words {
    one: I<'static>,
    ones: I<'static>,
    add: I<'static>,
    sub: I<'static>,
    and: I<'static>,
    or: I<'static>,
    xor: I<'static>,
    shl: I<'static>,
    shr: I<'static>,
    zero: I<'static>,
}

const NARROW: Words = Words {
    one: I::I32Const(1),
    ones: I::I32Const(-1),
    zero: I::I32Const(0),
    add: I::I32Add,
    sub: I::I32Sub,
    and: I::I32And,
    or: I::I32Or,
    xor: I::I32Xor,
    shl: I::I32Shl,
    shr: I::I32ShrU,
};
const WIDE: Words = Words {
    one: I::I64Const(1),
    ones: I::I64Const(-1),
    zero: I::I64Const(0),
    add: I::I64Add,
    sub: I::I64Sub,
    and: I::I64And,
    or: I::I64Or,
    xor: I::I64Xor,
    shl: I::I64Shl,
    shr: I::I64ShrU,
};

/// An operator over the two operands that are on the stack, as an identity; nothing where it has none here.
fn identity(instruction: &I<'static>, random: &mut Random, scratch: &Scratch) -> Option<Code> {
    let (w, [left, right]) = match instruction {
        I::I32Add | I::I32Sub | I::I32And | I::I32Or | I::I32Xor => (&NARROW, scratch.narrow),
        I::I64Add | I::I64Sub | I::I64And | I::I64Or | I::I64Xor => (&WIDE, scratch.wide),
        _ => return None,
    };
    let (a, b) = (I::LocalGet(left), I::LocalGet(right));
    let other = random.chance(50);
    let [add, sub, and, or, xor, shl] =
        [&w.add, &w.sub, &w.and, &w.or, &w.xor, &w.shl].map(Clone::clone);
    let (one, not) = (w.one.clone(), [w.ones.clone(), w.xor.clone()]);
    let [n, x] = not;
    let mut code = vec![I::LocalSet(right), I::LocalSet(left)];
    code.extend(match (instruction, other) {
        // a + b = (a ^ b) + 2 (a & b) = (a | b) + (a & b)
        (I::I32Add | I::I64Add, false) => vec![a.clone(), b.clone(), xor, a, b, and, one, shl, add],
        (I::I32Add | I::I64Add, true) => vec![a.clone(), b.clone(), or, a, b, and, add],
        // a - b = a + ~b + 1 = (a & ~b) - (~a & b)
        (I::I32Sub | I::I64Sub, false) => vec![a, b, n, x, add.clone(), one, add],
        (I::I32Sub | I::I64Sub, true) => vec![
            a.clone(),
            b.clone(),
            n.clone(),
            x.clone(),
            and.clone(),
            a,
            n,
            x,
            b,
            and,
            sub,
        ],
        // a & b = (a | b) - (a ^ b) = ~(~a | ~b)
        (I::I32And | I::I64And, false) => vec![a.clone(), b.clone(), or, a, b, xor, sub],
        (I::I32And | I::I64And, true) => {
            vec![a, n.clone(), x.clone(), b, n.clone(), x.clone(), or, n, x]
        }
        // a | b = (a & ~b) + b = (a ^ b) + (a & b)
        (I::I32Or | I::I64Or, false) => vec![a, b.clone(), n, x, and, b, add],
        (I::I32Or | I::I64Or, true) => vec![a.clone(), b.clone(), xor, a, b, and, add],
        // a ^ b = (a | b) - (a & b) = (a & ~b) | (~a & b)
        (_, false) => vec![a.clone(), b.clone(), or, a, b, and, sub],
        (_, true) => vec![
            a.clone(),
            b.clone(),
            n.clone(),
            x.clone(),
            and.clone(),
            a,
            n,
            x,
            b,
            and,
            or,
        ],
    });
    Some(code)
}

/// Half of all additions, subtractions and boolean operators as identities.
pub fn mixed(module: &mut Module, random: &mut Random) -> Fallible<()> {
    respell(module, random, &|instruction, _, random, scratch| {
        if random.chance(50) {
            identity(instruction, random, scratch)
        } else {
            None
        }
    });
    Ok(())
}

/// A rotation as two shifts that are joined, by way of a wider word, or the other way round.
fn rotation(
    instruction: &I<'static>,
    before: Option<&I<'static>>,
    random: &mut Random,
    scratch: &Scratch,
) -> Option<Code> {
    let (w, [value, count], left) = match instruction {
        I::I32Rotl => (&NARROW, scratch.narrow, true),
        I::I32Rotr => (&NARROW, scratch.narrow, false),
        I::I64Rotl => (&WIDE, scratch.wide, true),
        I::I64Rotr => (&WIDE, scratch.wide, false),
        _ => return None,
    };
    let narrow = matches!(instruction, I::I32Rotl | I::I32Rotr);
    let (v, c) = (I::LocalGet(value), I::LocalGet(count));
    let away = [w.zero.clone(), c.clone(), w.sub.clone()];
    let mut code = vec![I::LocalSet(count), I::LocalSet(value)];
    // Joining by addition or exclusive or is right only where the count is known not to be zero.
    let fixed = matches!(before, Some(I::I32Const(n)) if n & 31 != 0)
        || matches!(before, Some(I::I64Const(n)) if n & 63 != 0);
    let join = match random.below(3) {
        0 if fixed => w.add.clone(),
        1 if fixed => w.xor.clone(),
        _ => w.or.clone(),
    };
    let (this, that) = if left {
        (w.shl.clone(), w.shr.clone())
    } else {
        (w.shr.clone(), w.shl.clone())
    };
    match random.below(4) {
        // The opposite rotation by what is missing to the width.
        0 => {
            code.push(v);
            code.extend(away);
            code.push(match instruction {
                I::I32Rotl => I::I32Rotr,
                I::I32Rotr => I::I32Rotl,
                I::I64Rotl => I::I64Rotr,
                _ => I::I64Rotl,
            });
        }
        // Shifted in 64 bits, and the two halves joined.
        1 if narrow => {
            code.extend([v, I::I64ExtendI32U, c, I::I32Const(31), I::I32And]);
            if !left {
                code.splice(
                    code.len() - 3..,
                    [
                        I::I32Const(0),
                        I::LocalGet(count),
                        I::I32Sub,
                        I::I32Const(31),
                        I::I32And,
                    ],
                );
            }
            code.extend([
                I::I64ExtendI32U,
                I::I64Shl,
                I::LocalTee(scratch.stretched),
                I::I32WrapI64,
                I::LocalGet(scratch.stretched),
                I::I64Const(32),
                I::I64ShrU,
                I::I32WrapI64,
                I::I32Or,
            ]);
        }
        // The halves in either order.
        2 => {
            code.extend([v.clone(), c, this]);
            code.push(v);
            code.extend(away);
            code.extend([that, join]);
        }
        _ => {
            code.push(v.clone());
            code.extend(away);
            code.extend([that, v, c, this, join]);
        }
    }
    Some(code)
}

pub fn rotations(module: &mut Module, random: &mut Random) -> Fallible<()> {
    respell(module, random, &rotation);
    Ok(())
}

type Respelling<'a> =
    &'a dyn Fn(&I<'static>, Option<&I<'static>>, &mut Random, &Scratch) -> Option<Code>;

fn respell(module: &mut Module, random: &mut Random, other: Respelling<'_>) {
    for function in &mut module.functions {
        let params = module.types[function.ty as usize].0.len();
        let scratch = scratch(params, function);
        let mut code: Code = Vec::with_capacity(function.code.len() * 2);
        let mut before: Option<I<'static>> = None;
        for instruction in function.code.drain(..) {
            match other(&instruction, before.as_ref(), random, &scratch) {
                Some(words) => code.extend(words),
                None => code.push(instruction.clone()),
            }
            before = Some(instruction);
        }
        function.code = code;
    }
}
