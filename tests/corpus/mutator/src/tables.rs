//! Tables that are not in the file as they are in memory: written by code, or unmasked at the start.

use wasm_encoder::{BlockType, Instruction as I, MemArg, ValType};

use crate::module::{Code, Fallible, Function, Module, Place};
use crate::random::Random;

/// Stores in one function of those that write tables: engines refuse bodies above 7.6 MB, and evaders
/// would rather not have one that stands out.
const STORES: usize = 1024;

fn at(align: u32) -> MemArg {
    MemArg {
        offset: 0,
        align,
        memory_index: 0,
    }
}

/// Takes the active segments of the first memory that go to a fixed place.
fn taken(module: &mut Module) -> Fallible<Vec<(u32, Vec<u8>)>> {
    if module
        .data
        .iter()
        .any(|data| !matches!(data.place, Place::Active(0, _)) || data.address.is_none())
    {
        return Err("segments whose place is not a plain number".to_owned());
    }
    if module.data.iter().all(|data| data.bytes.len() < 16) {
        return Err("no tables".to_owned());
    }
    Ok(module
        .data
        .drain(..)
        .filter_map(|data| Some((data.address?, data.bytes)))
        .collect())
}

/// The tables moved into code: a store for each eight bytes.
pub fn in_code(module: &mut Module, _: &mut Random) -> Fallible<()> {
    if module
        .data
        .iter()
        .map(|data| data.bytes.len())
        .sum::<usize>()
        > 1 << 19
    {
        return Err("more tables than anyone would write out".to_owned());
    }
    let segments = taken(module)?;
    let mut stores: Vec<Code> = Vec::new();
    for (address, bytes) in &segments {
        for (index, chunk) in (0u32..).zip(bytes.chunks(8)) {
            let address = (address + 8 * index).cast_signed();
            if let Ok(word) = <[u8; 8]>::try_from(chunk) {
                stores.push(vec![
                    I::I32Const(address),
                    I::I64Const(i64::from_le_bytes(word)),
                    I::I64Store(at(0)),
                ]);
            } else {
                for (index, byte) in (0..).zip(chunk) {
                    stores.push(vec![
                        I::I32Const(address + index),
                        I::I32Const(i32::from(*byte)),
                        I::I32Store8(at(0)),
                    ]);
                }
            }
        }
    }
    let ty = module.ty(&[], &[]);
    let mut fills = Code::new();
    for part in stores.chunks(STORES) {
        let mut code: Code = part.concat();
        code.push(I::End);
        fills.push(I::Call(module.add_function(Function {
            ty,
            locals: Vec::new(),
            code,
        })));
    }
    module.begin_with(fills, Vec::new());
    Ok(())
}

/// Puts masked segments back, and a loop over each in front of everything; `key` leaves one byte of the
/// mask on the stack, for the address in local 0 and a state in local 1.
fn unmasked(module: &mut Module, segments: Vec<(u32, Vec<u8>)>, begin: i32, key: &[I<'static>]) {
    let mut code = Code::new();
    for (address, bytes) in segments {
        let end = (address + u32::try_from(bytes.len()).unwrap_or(0)).cast_signed();
        if !bytes.is_empty() {
            code.extend([
                I::I32Const(address.cast_signed()),
                I::LocalSet(0),
                I::I32Const(begin),
                I::LocalSet(1),
                I::Loop(BlockType::Empty),
            ]);
            code.extend([I::LocalGet(0), I::LocalGet(0), I::I32Load8U(at(0))]);
            code.extend(key.iter().cloned());
            code.extend([I::I32Xor, I::I32Store8(at(0))]);
            code.extend([
                I::LocalGet(0),
                I::I32Const(1),
                I::I32Add,
                I::LocalTee(0),
                I::I32Const(end),
                I::I32Ne,
                I::BrIf(0),
                I::End,
            ]);
        }
        module.data.push(crate::module::Data {
            place: Place::Active(0, wasm_encoder::ConstExpr::i32_const(address.cast_signed())),
            address: Some(address),
            bytes,
        });
    }
    module.begin_with(code, vec![ValType::I32, ValType::I32]);
}

/// The tables under a key of eight bytes that repeats.
pub fn short_key(module: &mut Module, random: &mut Random) -> Fallible<()> {
    let mut segments = taken(module)?;
    let key = random.next().to_le_bytes();
    for (address, bytes) in &mut segments {
        for (index, byte) in (0usize..).zip(bytes) {
            *byte ^= key[(*address as usize + index) & 7];
        }
    }
    unmasked(
        module,
        segments,
        0,
        &[
            I::I64Const(i64::from_le_bytes(key)),
            I::LocalGet(0),
            I::I32Const(7),
            I::I32And,
            I::I32Const(3),
            I::I32Shl,
            I::I64ExtendI32U,
            I::I64ShrU,
            I::I32WrapI64,
            I::I32Const(255),
            I::I32And,
        ],
    );
    Ok(())
}

/// The tables under a key as long as they are: the high bytes of a linear congruential generator (the
/// multiplier and increment of Numerical Recipes).
pub fn long_key(module: &mut Module, random: &mut Random) -> Fallible<()> {
    let (multiplier, increment, begin) = (1_664_525u32, 1_013_904_223u32, random.word());
    let mut segments = taken(module)?;
    for (_, bytes) in &mut segments {
        let mut state = begin.cast_unsigned();
        for byte in bytes {
            state = state.wrapping_mul(multiplier).wrapping_add(increment);
            *byte ^= state.to_be_bytes()[0];
        }
    }
    unmasked(
        module,
        segments,
        begin,
        &[
            I::LocalGet(1),
            I::I32Const(multiplier.cast_signed()),
            I::I32Mul,
            I::I32Const(increment.cast_signed()),
            I::I32Add,
            I::LocalTee(1),
            I::I32Const(24),
            I::I32ShrU,
        ],
    );
    Ok(())
}
