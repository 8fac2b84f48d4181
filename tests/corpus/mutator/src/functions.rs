//! Functions in another order, several times, and in pieces.

use wasm_encoder::{Instruction as I, ValType};

use crate::module::{Code, Fallible, Function, Module};
use crate::random::Random;

/// Every function at another place.
pub fn shuffle(module: &mut Module, random: &mut Random) -> Fallible<()> {
    let imported = module.imported_functions();
    let mut order: Vec<usize> = (0..module.functions.len()).collect();
    for at in (1..order.len()).rev() {
        order.swap(at, random.below(at + 1));
    }
    let mut names = vec![0u32; order.len()];
    for (new, old) in (0u32..).zip(&order) {
        names[*old] = new;
    }
    module.renumber_functions(&|index| match index.checked_sub(imported) {
        Some(own) => imported + names[own as usize],
        None => index,
    })?;
    let mut functions: Vec<_> = module.functions.drain(..).map(Some).collect();
    module.functions = order
        .iter()
        .filter_map(|old| functions[*old].take())
        .collect();
    Ok(())
}

/// Half of the functions twice, and each call to one of the two.
pub fn duplicate(module: &mut Module, random: &mut Random) -> Fallible<()> {
    let imported = module.imported_functions();
    let twins: Vec<Option<u32>> = (0..module.functions.len())
        .map(|own| {
            random
                .chance(50)
                .then(|| module.add_function(module.functions[own].clone()))
        })
        .collect();
    for function in &mut module.functions {
        for instruction in &mut function.code {
            if let I::Call(index) = instruction
                && let Some(own) = index.checked_sub(imported)
                && let Some(Some(twin)) = twins.get(own as usize)
                && random.chance(50)
            {
                *index = *twin;
            }
        }
    }
    Ok(())
}

/// What an operator without control flow takes and gives; nothing for those that are left where they are.
fn effect(instruction: &I<'static>) -> Option<(&'static [ValType], &'static [ValType])> {
    const N: ValType = ValType::I32;
    const W: ValType = ValType::I64;
    Some(match instruction {
        I::I32Const(_) => (&[], &[N]),
        I::I64Const(_) => (&[], &[W]),
        I::I32Add
        | I::I32Sub
        | I::I32Mul
        | I::I32And
        | I::I32Or
        | I::I32Xor
        | I::I32Shl
        | I::I32ShrU
        | I::I32ShrS
        | I::I32Rotl
        | I::I32Rotr
        | I::I32Eq
        | I::I32Ne
        | I::I32LtU
        | I::I32LtS
        | I::I32GtU
        | I::I32GtS
        | I::I32LeU
        | I::I32GeU => (&[N, N], &[N]),
        I::I32Eqz | I::I32Clz => (&[N], &[N]),
        I::I64Add
        | I::I64Sub
        | I::I64Mul
        | I::I64And
        | I::I64Or
        | I::I64Xor
        | I::I64Shl
        | I::I64ShrU
        | I::I64ShrS
        | I::I64Rotl
        | I::I64Rotr => (&[W, W], &[W]),
        I::I64Eq | I::I64Ne | I::I64LtU | I::I64GtU | I::I64LeU | I::I64GeU => (&[W, W], &[N]),
        I::I32WrapI64 | I::I64Eqz => (&[W], &[N]),
        I::I64ExtendI32U | I::I64ExtendI32S => (&[N], &[W]),
        I::I32Load(_) | I::I32Load8U(_) | I::I32Load8S(_) | I::I32Load16U(_) => (&[N], &[N]),
        I::I64Load(_) | I::I64Load8U(_) | I::I64Load32U(_) => (&[N], &[W]),
        I::I32Store(_) | I::I32Store8(_) | I::I32Store16(_) => (&[N, N], &[]),
        I::I64Store(_) | I::I64Store32(_) | I::I64Store8(_) => (&[N, W], &[]),
        _ => return None,
    })
}

/// A stretch of code that can become a function.
struct Stretch {
    length: usize,
    touched: Vec<u32>,
    written: Vec<u32>,
    left: Vec<ValType>,
}

/// Results of one function. V8 returns two in registers; the third goes over the stack, where Node 20
/// mixes up code of its two compilers, and a miner that crashes is none.
const RESULTS: usize = 2;

/// The longest stretch from here on, up to `most`, that takes nothing from the stack it finds.
fn stretch(code: &[I<'static>], locals: &[ValType], most: usize) -> Option<Stretch> {
    let (mut stack, mut touched, mut written): (Vec<ValType>, Vec<u32>, Vec<u32>) =
        Default::default();
    let mut best = None;
    for (index, instruction) in code.iter().take(most).enumerate() {
        match instruction {
            I::LocalGet(local) | I::LocalSet(local) | I::LocalTee(local) => {
                let ty = locals[*local as usize];
                if !matches!(ty, ValType::I32 | ValType::I64) {
                    break;
                }
                if !matches!(instruction, I::LocalGet(_)) {
                    if stack.pop() != Some(ty) {
                        break;
                    }
                    if !written.contains(local) {
                        written.push(*local);
                    }
                }
                if !matches!(instruction, I::LocalSet(_)) {
                    stack.push(ty);
                }
                if !touched.contains(local) {
                    touched.push(*local);
                }
            }
            other => {
                let Some((takes, gives)) = effect(other) else {
                    break;
                };
                if !stack.ends_with(takes) {
                    break;
                }
                stack.truncate(stack.len() - takes.len());
                stack.extend(gives);
            }
        }
        if stack.len() + written.len() <= RESULTS {
            best = Some(Stretch {
                length: index + 1,
                touched: touched.clone(),
                written: written.clone(),
                left: stack.clone(),
            });
        }
    }
    best
}

/// Two thirds of all stretches of straight code that are long enough, as functions of their own.
pub fn split(module: &mut Module, random: &mut Random) -> Fallible<()> {
    if module.memories.iter().any(|memory| memory.memory64) {
        return Err("a memory of 64 bits".to_owned());
    }
    for own in 0..module.functions.len() {
        let locals: Vec<ValType> = module.types[module.functions[own].ty as usize]
            .0
            .iter()
            .chain(&module.functions[own].locals)
            .copied()
            .collect();
        let code = std::mem::take(&mut module.functions[own].code);
        let mut changed = Code::with_capacity(code.len());
        let mut at = 0;
        while at < code.len() {
            let most = 12 + random.below(48);
            match stretch(&code[at..], &locals, most) {
                Some(part) if part.length >= 8 && part.touched.len() <= 16 && random.chance(66) => {
                    changed.extend(outlined(
                        module,
                        &code[at..at + part.length],
                        &locals,
                        &part,
                    ));
                    at += part.length;
                }
                _ => {
                    changed.push(code[at].clone());
                    at += 1;
                }
            }
        }
        module.functions[own].code = changed;
    }
    Ok(())
}

/// Makes a function of a stretch; the code that calls it.
fn outlined(module: &mut Module, code: &[I<'static>], locals: &[ValType], part: &Stretch) -> Code {
    let name = |local: u32| {
        u32::try_from(part.touched.iter().position(|t| *t == local).unwrap_or(0)).unwrap_or(0)
    };
    let mut body: Code = code
        .iter()
        .map(|instruction| match instruction {
            I::LocalGet(local) => I::LocalGet(name(*local)),
            I::LocalSet(local) => I::LocalSet(name(*local)),
            I::LocalTee(local) => I::LocalTee(name(*local)),
            other => other.clone(),
        })
        .collect();
    body.extend(part.written.iter().map(|local| I::LocalGet(name(*local))));
    body.push(I::End);
    let params: Vec<ValType> = part
        .touched
        .iter()
        .map(|local| locals[*local as usize])
        .collect();
    let mut results = part.left.clone();
    results.extend(part.written.iter().map(|local| locals[*local as usize]));
    let ty = module.ty(&params, &results);
    let function = module.add_function(Function {
        ty,
        locals: Vec::new(),
        code: body,
    });
    let mut call: Code = part
        .touched
        .iter()
        .map(|local| I::LocalGet(*local))
        .collect();
    call.push(I::Call(function));
    call.extend(part.written.iter().rev().map(|local| I::LocalSet(*local)));
    call
}
