//! Code that does nothing for the miner: dead, or alive and of no use.

use wasm_encoder::{BlockType, ConstExpr, ExportKind, Instruction as I, ValType};

use crate::module::{Code, Fallible, Function, Module};
use crate::random::Random;

fn constant(ty: ValType, random: &mut Random) -> Option<I<'static>> {
    match ty {
        ValType::I32 => Some(I::I32Const(random.word())),
        ValType::I64 => Some(I::I64Const(random.next().cast_signed())),
        ValType::F64 => Some(I::F64Const(1.5.into())),
        ValType::F32 => Some(I::F32Const(2.5.into())),
        _ => None,
    }
}

/// A call with made-up arguments whose results are dropped.
fn call(module: &Module, random: &mut Random) -> Code {
    let own = random.below(module.functions.len().max(1));
    let Some(function) = module.functions.get(own) else {
        return Code::new();
    };
    let (params, results) = &module.types[function.ty as usize];
    let Some(mut code) = params
        .iter()
        .map(|ty| constant(*ty, random))
        .collect::<Option<Code>>()
    else {
        return Code::new();
    };
    code.push(I::Call(
        module.imported_functions() + u32::try_from(own).unwrap_or(0),
    ));
    code.extend(results.iter().map(|_| I::Drop));
    code
}

/// Arithmetic on a global that nobody reads.
fn busy(junk: u32, random: &mut Random) -> Code {
    let mut code = vec![I::GlobalGet(junk)];
    for _ in 0..=random.below(4) {
        code.push(I::I32Const(random.word()));
        code.push(
            [
                I::I32Add,
                I::I32Xor,
                I::I32Mul,
                I::I32Sub,
                I::I32Or,
                I::I32Rotl,
                I::I32And,
            ][random.below(7)]
            .clone(),
        );
    }
    code.push(I::GlobalSet(junk));
    code
}

/// Branches that are never taken, calls that never happen, arithmetic that nobody reads, and functions
/// that only the page could call.
pub fn dead(module: &mut Module, random: &mut Random) -> Fallible<()> {
    // Exported and mutable, so that no optimiser may decide that it stays zero.
    let never = module.add_global(ValType::I32, ConstExpr::i32_const(0));
    let junk = module.add_global(ValType::I32, ConstExpr::i32_const(random.word()));
    module
        .exports
        .push(("g".to_owned(), ExportKind::Global, never));
    module
        .exports
        .push(("h".to_owned(), ExportKind::Global, junk));
    for own in 0..module.functions.len() {
        let code = std::mem::take(&mut module.functions[own].code);
        let mut padded = Code::with_capacity(code.len() * 2);
        for instruction in code {
            if random.chance(8) {
                match random.below(5) {
                    0 => padded.push(I::Nop),
                    1 => padded.extend([I::I32Const(random.word()), I::Drop]),
                    2 => padded.extend(busy(junk, random)),
                    kind => {
                        padded.extend([I::GlobalGet(never), I::If(BlockType::Empty)]);
                        padded.extend(if kind == 3 {
                            busy(junk, random)
                        } else {
                            call(module, random)
                        });
                        padded.push(I::End);
                    }
                }
            }
            padded.push(instruction);
        }
        module.functions[own].code = padded;
    }
    let ty = module.ty(&[ValType::I32, ValType::I32], &[ValType::I32]);
    for index in 0..module.functions.len().clamp(8, 200) / 2 {
        let mut code = vec![I::LocalGet(0)];
        for _ in 0..20 + random.below(300) {
            code.push(if random.chance(50) {
                I::LocalGet(1)
            } else {
                I::I32Const(random.word())
            });
            code.push(
                [
                    I::I32Add,
                    I::I32Xor,
                    I::I32Mul,
                    I::I32Sub,
                    I::I32Or,
                    I::I32ShrU,
                    I::I32And,
                ][random.below(7)]
                .clone(),
            );
            if random.chance(10) {
                code.push(I::LocalTee(1));
            }
        }
        code.push(I::End);
        let function = module.add_function(Function {
            ty,
            locals: Vec::new(),
            code,
        });
        module
            .exports
            .push((format!("f{index}"), ExportKind::Func, function));
    }
    Ok(())
}
