//! One module as two that share a memory, and one inside the data of another.

use std::collections::HashSet;

use wasm_encoder::{ConstExpr, EntityType, ExportKind, Instruction as I};

use crate::module::{Data, Fallible, Import, Items, Module, Place, read};

/// The name that the first part's things go by in the second.
const FROM: &str = "e";

fn import(name: String, ty: EntityType) -> Import {
    Import {
        module: FROM.to_owned(),
        name,
        ty,
    }
}

/// The tables in a module of their own; the code imports the memory that it finds them in.
pub fn tables(mut module: Module) -> Fallible<Vec<Module>> {
    let [memory] = module.memories[..] else {
        return Err("no memory of its own".to_owned());
    };
    if module.data.iter().any(|data| data.address.is_none()) {
        return Err("segments whose place is not a plain number".to_owned());
    }
    let shared = || import("m".to_owned(), EntityType::Memory(memory));
    let data = std::mem::take(&mut module.data);
    module.memories.clear();
    module.imports.push(shared());
    Ok(vec![
        Module {
            imports: vec![shared()],
            data,
            ..Module::default()
        },
        module,
    ])
}

/// What is exported in one module, everything that it calls in another: the hash and the search apart.
pub fn calls(module: Module, bytes: &'static [u8]) -> Fallible<Vec<Module>> {
    let imported = module.imported_functions();
    let mut outer: HashSet<usize> = module
        .exports
        .iter()
        .filter(|(_, kind, _)| *kind == ExportKind::Func)
        .map(|(_, _, index)| *index)
        .chain(module.start)
        .filter_map(|index| module.own(index))
        .collect();
    // What calls something of the outer part belongs to it.
    loop {
        let more: Vec<usize> = (0..module.functions.len()).filter(|own| !outer.contains(own))
            .filter(|own| module.functions[*own].code.iter().any(|instruction| {
                matches!(instruction, I::Call(index) | I::ReturnCall(index) | I::RefFunc(index) if module.own(*index).is_some_and(|c| outer.contains(&c)))
            })).collect();
        if more.is_empty() {
            break;
        }
        outer.extend(more);
    }
    let inner: Vec<usize> = (0..module.functions.len())
        .filter(|own| !outer.contains(own))
        .collect();
    let hashing: usize = inner
        .iter()
        .map(|own| module.functions[*own].code.len())
        .sum();
    if hashing < 200 || outer.is_empty() {
        return Err("nothing to take apart".to_owned());
    }
    let mut order: Vec<usize> = inner.clone();
    order.extend((0..module.functions.len()).filter(|own| outer.contains(own)));
    let mut names = vec![0u32; order.len()];
    for (new, old) in (0u32..).zip(&order) {
        names[*old] = new;
    }
    let rename = |index: u32| {
        index
            .checked_sub(imported)
            .map_or(index, |own| imported + names[own as usize])
    };

    let mut kernel = read(bytes)?;
    let mut search = module;
    kernel.renumber_functions(&rename)?;
    search.renumber_functions(&rename)?;
    let place = |module: &mut Module, keep: &[usize]| {
        let mut functions: Vec<_> = module.functions.drain(..).map(Some).collect();
        module.functions = keep
            .iter()
            .filter_map(|own| functions[*own].take())
            .collect();
    };
    place(&mut kernel, &inner);
    place(&mut search, &order[inner.len()..]);

    kernel.exports.clear();
    kernel.start = None;
    kernel.elements.clear();
    search.data.clear();
    for (index, function) in (0u32..).zip(&kernel.functions) {
        kernel
            .exports
            .push((format!("f{index}"), ExportKind::Func, imported + index));
        search.imports.push(import(
            format!("f{index}"),
            EntityType::Function(function.ty),
        ));
    }
    let (mut memories, mut tables) = (0u32, 0u32);
    let globals = kernel.imported_globals();
    for import in &kernel.imports {
        memories += u32::from(matches!(import.ty, EntityType::Memory(_)));
        tables += u32::from(matches!(import.ty, EntityType::Table(_)));
    }
    for (index, memory) in (0u32..).zip(search.memories.drain(..)) {
        kernel
            .exports
            .push((format!("m{index}"), ExportKind::Memory, memories + index));
        search
            .imports
            .push(import(format!("m{index}"), EntityType::Memory(memory)));
    }
    for (index, table) in (0u32..).zip(search.tables.drain(..)) {
        kernel
            .exports
            .push((format!("t{index}"), ExportKind::Table, tables + index));
        search
            .imports
            .push(import(format!("t{index}"), EntityType::Table(table.ty)));
    }
    for (index, (ty, _)) in (0u32..).zip(search.globals.drain(..)) {
        kernel
            .exports
            .push((format!("g{index}"), ExportKind::Global, globals + index));
        search
            .imports
            .push(import(format!("g{index}"), EntityType::Global(ty)));
    }
    if search
        .elements
        .iter()
        .any(|element| matches!(element.items, Items::Expressions(..)))
    {
        return Err("tables of expressions".to_owned());
    }
    Ok(vec![kernel, search])
}

/// The miner as data of a harmless module, in pages that are added for it.
pub fn inside(miner: &[u8], mut carrier: Module) -> Fallible<Module> {
    const PAGE: u64 = 65_536;
    let memory = carrier
        .memories
        .first_mut()
        .ok_or("a carrier without memory")?;
    let address = u32::try_from(memory.minimum * PAGE).map_err(|e| e.to_string())?;
    memory.minimum += (miner.len() as u64).div_ceil(PAGE);
    memory.maximum = memory.maximum.map(|most| most.max(memory.minimum));
    carrier.data.push(Data {
        place: Place::Active(0, ConstExpr::i32_const(address.cast_signed())),
        address: Some(address),
        bytes: miner.to_vec(),
    });
    Ok(carrier)
}
