//! A module as a list of parts that can be changed: read by `read`, written by `Module::write`.
//! What garbage collection, components or tags bring is refused: miners do not use them.

use std::borrow::Cow;

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, DataCountSection, DataSection, DataSegment, DataSegmentMode,
    ElementMode, ElementSection, ElementSegment, Elements, EntityType, ExportKind, ExportSection,
    FunctionSection, GlobalSection, GlobalType, ImportSection, Instruction, MemorySection,
    MemoryType, RefType, StartSection, TableSection, TableType, TypeSection, ValType,
};
use wasmparser::{
    DataKind, ElementItems, ElementKind, Operator, Parser, Payload, TableInit, TypeRef,
};

pub type Fallible<T> = Result<T, String>;
pub type Code = Vec<Instruction<'static>>;

pub struct Import {
    pub module: String,
    pub name: String,
    pub ty: EntityType,
}

#[derive(Clone)]
pub struct Function {
    pub ty: u32,
    /// The locals after the parameters, one by one.
    pub locals: Vec<ValType>,
    pub code: Code,
}

pub struct Table {
    pub ty: TableType,
    pub init: Option<ConstExpr>,
}

pub enum Place {
    Passive,
    Declared,
    Active(u32, ConstExpr),
}

pub enum Items {
    Functions(Vec<u32>),
    Expressions(RefType, Vec<ConstExpr>),
}

pub struct Element {
    pub place: Place,
    pub items: Items,
}

pub struct Data {
    pub place: Place,
    /// Where the bytes go, when that is a plain number.
    pub address: Option<u32>,
    pub bytes: Vec<u8>,
}

#[derive(Default)]
pub struct Module {
    pub types: Vec<(Vec<ValType>, Vec<ValType>)>,
    pub imports: Vec<Import>,
    pub functions: Vec<Function>,
    pub tables: Vec<Table>,
    pub memories: Vec<MemoryType>,
    pub globals: Vec<(GlobalType, ConstExpr)>,
    pub exports: Vec<(String, ExportKind, u32)>,
    pub start: Option<u32>,
    pub elements: Vec<Element>,
    pub data: Vec<Data>,
}

fn word<E: std::fmt::Debug>(error: E) -> String {
    format!("{error:?}")
}

fn number(expression: &wasmparser::ConstExpr<'_>) -> Option<u32> {
    match expression.get_operators_reader().read() {
        Ok(Operator::I32Const { value }) => Some(value.cast_unsigned()),
        _ => None,
    }
}

/// Reads a module. The bytes stay for as long as the command runs, so that instructions may point into them.
pub fn read(bytes: &'static [u8]) -> Fallible<Module> {
    let mut to = RoundtripReencoder;
    let mut module = Module::default();
    let mut declared = Vec::new();
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(word)? {
            Payload::TypeSection(section) => {
                for ty in section.into_iter_err_on_gc_types() {
                    let ty = to.func_type(ty.map_err(word)?).map_err(word)?;
                    module
                        .types
                        .push((ty.params().to_vec(), ty.results().to_vec()));
                }
            }
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let import = import.map_err(word)?;
                    if let TypeRef::Tag(_) = import.ty {
                        return Err("exceptions".to_owned());
                    }
                    module.imports.push(Import {
                        module: import.module.to_owned(),
                        name: import.name.to_owned(),
                        ty: to.entity_type(import.ty).map_err(word)?,
                    });
                }
            }
            Payload::FunctionSection(section) => {
                for ty in section {
                    declared.push(ty.map_err(word)?);
                }
            }
            Payload::TableSection(section) => {
                for table in section {
                    let table = table.map_err(word)?;
                    module.tables.push(Table {
                        ty: to.table_type(table.ty).map_err(word)?,
                        init: match &table.init {
                            TableInit::RefNull => None,
                            TableInit::Expr(init) => {
                                Some(to.const_expr(init.clone()).map_err(word)?)
                            }
                        },
                    });
                }
            }
            Payload::MemorySection(section) => {
                for memory in section {
                    module
                        .memories
                        .push(to.memory_type(memory.map_err(word)?).map_err(word)?);
                }
            }
            Payload::TagSection(_) => return Err("exceptions".to_owned()),
            Payload::GlobalSection(section) => {
                for global in section {
                    let global = global.map_err(word)?;
                    module.globals.push((
                        to.global_type(global.ty).map_err(word)?,
                        to.const_expr(global.init_expr).map_err(word)?,
                    ));
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.map_err(word)?;
                    module.exports.push((
                        export.name.to_owned(),
                        to.export_kind(export.kind).map_err(word)?,
                        export.index,
                    ));
                }
            }
            Payload::StartSection { func, .. } => module.start = Some(func),
            Payload::ElementSection(section) => {
                for element in section {
                    let element = element.map_err(word)?;
                    module.elements.push(Element {
                        place: match element.kind {
                            ElementKind::Passive => Place::Passive,
                            ElementKind::Declared => Place::Declared,
                            ElementKind::Active {
                                table_index,
                                offset_expr,
                            } => Place::Active(
                                table_index.unwrap_or(0),
                                to.const_expr(offset_expr).map_err(word)?,
                            ),
                        },
                        items: match element.items {
                            ElementItems::Functions(functions) => Items::Functions(
                                functions
                                    .into_iter()
                                    .collect::<Result<_, _>>()
                                    .map_err(word)?,
                            ),
                            ElementItems::Expressions(ty, expressions) => {
                                let mut items = Vec::new();
                                for expression in expressions {
                                    items.push(
                                        to.const_expr(expression.map_err(word)?).map_err(word)?,
                                    );
                                }
                                Items::Expressions(to.ref_type(ty).map_err(word)?, items)
                            }
                        },
                    });
                }
            }
            Payload::DataSection(section) => {
                for data in section {
                    let data = data.map_err(word)?;
                    let (place, address) = match data.kind {
                        DataKind::Passive => (Place::Passive, None),
                        DataKind::Active {
                            memory_index,
                            offset_expr,
                        } => {
                            let address = number(&offset_expr);
                            (
                                Place::Active(
                                    memory_index,
                                    to.const_expr(offset_expr).map_err(word)?,
                                ),
                                address,
                            )
                        }
                    };
                    module.data.push(Data {
                        place,
                        address,
                        bytes: data.data.to_vec(),
                    });
                }
            }
            Payload::CodeSectionEntry(body) => {
                let ty = *declared
                    .get(module.functions.len())
                    .ok_or("a body without a type")?;
                let mut locals = Vec::new();
                for group in body.get_locals_reader().map_err(word)? {
                    let (count, ty) = group.map_err(word)?;
                    let ty = to.val_type(ty).map_err(word)?;
                    locals.extend(std::iter::repeat_n(ty, count as usize));
                }
                let mut code = Vec::new();
                for operator in body.get_operators_reader().map_err(word)? {
                    let instruction = to.instruction(operator.map_err(word)?).map_err(word)?;
                    if matches!(
                        instruction,
                        Instruction::TryTable(..) | Instruction::Throw(_)
                    ) {
                        return Err("exceptions".to_owned());
                    }
                    code.push(instruction);
                }
                module.functions.push(Function { ty, locals, code });
            }
            _ => {}
        }
    }
    Ok(module)
}

impl Module {
    /// How many functions are imported: the first indices.
    pub fn imported_functions(&self) -> u32 {
        let count = self
            .imports
            .iter()
            .filter(|import| matches!(import.ty, EntityType::Function(_)))
            .count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    pub fn imported_globals(&self) -> u32 {
        let count = self
            .imports
            .iter()
            .filter(|import| matches!(import.ty, EntityType::Global(_)))
            .count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// The type with these parameters and results, made where there is none.
    pub fn ty(&mut self, params: &[ValType], results: &[ValType]) -> u32 {
        let found = self
            .types
            .iter()
            .position(|(p, r)| p == params && r == results);
        let index = found.unwrap_or_else(|| {
            self.types.push((params.to_vec(), results.to_vec()));
            self.types.len() - 1
        });
        u32::try_from(index).unwrap_or(u32::MAX)
    }

    /// The function of this index, where it is the module's own.
    pub fn own(&self, index: u32) -> Option<usize> {
        let own = index.checked_sub(self.imported_functions())? as usize;
        (own < self.functions.len()).then_some(own)
    }

    /// Appends a function; its index.
    pub fn add_function(&mut self, function: Function) -> u32 {
        self.functions.push(function);
        self.imported_functions() + u32::try_from(self.functions.len() - 1).unwrap_or(u32::MAX)
    }

    /// Appends a mutable global; its index.
    pub fn add_global(&mut self, val_type: ValType, init: ConstExpr) -> u32 {
        self.globals.push((
            GlobalType {
                val_type,
                mutable: true,
                shared: false,
            },
            init,
        ));
        self.imported_globals() + u32::try_from(self.globals.len() - 1).unwrap_or(u32::MAX)
    }

    /// Runs `code` before everything else: in front of the start function that there is.
    pub fn begin_with(&mut self, mut code: Code, locals: Vec<ValType>) {
        code.extend(self.start.map(Instruction::Call));
        code.push(Instruction::End);
        let ty = self.ty(&[], &[]);
        self.start = Some(self.add_function(Function { ty, locals, code }));
    }

    /// Renames every use of a function.
    pub fn renumber_functions(&mut self, name: &dyn Fn(u32) -> u32) -> Fallible<()> {
        for function in &mut self.functions {
            for instruction in &mut function.code {
                match instruction {
                    Instruction::Call(index)
                    | Instruction::ReturnCall(index)
                    | Instruction::RefFunc(index) => *index = name(*index),
                    _ => {}
                }
            }
        }
        for (_, kind, index) in &mut self.exports {
            if *kind == ExportKind::Func {
                *index = name(*index);
            }
        }
        for element in &mut self.elements {
            match &mut element.items {
                Items::Functions(items) => items.iter_mut().for_each(|index| *index = name(*index)),
                Items::Expressions(_, items) => {
                    for item in items {
                        if let Some(index) = item.get_ref_func() {
                            *item = ConstExpr::ref_func(name(index));
                        }
                    }
                }
            }
        }
        if self
            .globals
            .iter()
            .any(|(_, init)| init.get_ref_func().is_some())
        {
            return Err("functions in globals".to_owned());
        }
        self.start = self.start.map(name);
        Ok(())
    }

    /// Writes the module and has it judged.
    pub fn write(&self) -> Fallible<Vec<u8>> {
        let mut out = wasm_encoder::Module::new();
        let mut types = TypeSection::new();
        for (params, results) in &self.types {
            types
                .ty()
                .function(params.iter().copied(), results.iter().copied());
        }
        out.section(&types);
        let mut imports = ImportSection::new();
        for import in &self.imports {
            imports.import(&import.module, &import.name, import.ty);
        }
        out.section(&imports);
        let mut functions = FunctionSection::new();
        for function in &self.functions {
            functions.function(function.ty);
        }
        out.section(&functions);
        let mut tables = TableSection::new();
        for table in &self.tables {
            match &table.init {
                None => tables.table(table.ty),
                Some(init) => tables.table_with_init(table.ty, init),
            };
        }
        out.section(&tables);
        let mut memories = MemorySection::new();
        for memory in &self.memories {
            memories.memory(*memory);
        }
        out.section(&memories);
        let mut globals = GlobalSection::new();
        for (ty, init) in &self.globals {
            globals.global(*ty, init);
        }
        out.section(&globals);
        let mut exports = ExportSection::new();
        for (name, kind, index) in &self.exports {
            exports.export(name, *kind, *index);
        }
        out.section(&exports);
        if let Some(function_index) = self.start {
            out.section(&StartSection { function_index });
        }
        let mut elements = ElementSection::new();
        for element in &self.elements {
            elements.segment(ElementSegment {
                mode: match &element.place {
                    Place::Passive => ElementMode::Passive,
                    Place::Declared => ElementMode::Declared,
                    Place::Active(0, offset) if matches!(element.items, Items::Functions(_)) => {
                        ElementMode::Active {
                            table: None,
                            offset,
                        }
                    }
                    Place::Active(table, offset) => ElementMode::Active {
                        table: Some(*table),
                        offset,
                    },
                },
                elements: match &element.items {
                    Items::Functions(items) => Elements::Functions(Cow::Borrowed(items)),
                    Items::Expressions(ty, items) => {
                        Elements::Expressions(*ty, Cow::Borrowed(items))
                    }
                },
            });
        }
        out.section(&elements);
        out.section(&DataCountSection {
            count: u32::try_from(self.data.len()).map_err(word)?,
        });
        let mut code = CodeSection::new();
        for function in &self.functions {
            let mut body =
                wasm_encoder::Function::new_with_locals_types(function.locals.iter().copied());
            for instruction in &function.code {
                body.instruction(instruction);
            }
            code.function(&body);
        }
        out.section(&code);
        let mut data = DataSection::new();
        for segment in &self.data {
            data.segment(DataSegment {
                mode: match &segment.place {
                    Place::Active(memory_index, offset) => DataSegmentMode::Active {
                        memory_index: *memory_index,
                        offset,
                    },
                    Place::Passive | Place::Declared => DataSegmentMode::Passive,
                },
                data: segment.bytes.iter().copied(),
            });
        }
        out.section(&data);
        let bytes = out.finish();
        wasmparser::Validator::new_with_features(wasmparser::WasmFeatures::all())
            .validate_all(&bytes)
            .map_err(|error| error.to_string())?;
        Ok(bytes)
    }
}
