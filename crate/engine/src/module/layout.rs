//! Where things are in a module: the sections, read leniently. A section that does not parse
//! ends the reading of that section only; what was read before it stays.

use super::reader::Reader;
use super::runtime;

/// Parameters and results of a function type, by count.
#[derive(Clone, Copy, Default)]
pub(super) struct Arity {
    /// Operands taken.
    pub(super) parameters: u16,
    /// Operands left.
    pub(super) results: u16,
}

/// A half-open range of byte offsets in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// First byte.
    pub(super) start: u32,
    /// One past the last byte.
    pub(super) end: u32,
}

impl Span {
    /// The bytes of the span.
    pub(super) fn of(self, bytes: &[u8]) -> &[u8] {
        bytes
            .get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}

/// A data segment, and its address where that is a constant.
#[derive(Clone, Copy)]
pub(super) struct Segment {
    /// Where its bytes are in the input.
    pub(super) span: Span,
    /// Its address in memory; `None` for passive and relocated segments.
    pub(super) address: Option<u64>,
}

/// A module's outline.
#[derive(Default)]
pub(super) struct Layout {
    /// Function types by index; other types have no operands.
    pub(super) types: Vec<Arity>,
    /// The type of each function, imports first.
    pub(super) functions: Vec<u32>,
    /// Whether it works in a memory that it is given.
    pub(super) memory_imported: bool,
    /// How many of the functions are imported.
    pub(super) imported: u32,
    /// The names of imported functions and exported functions (with the function's index).
    pub(super) names: Vec<(Span, u32, bool)>,
    /// The bodies of the defined functions.
    pub(super) bodies: Vec<Span>,
    /// The data segments.
    pub(super) segments: Vec<Segment>,
    /// Number of globals imported and defined.
    pub(super) globals: u32,
    /// What each global begins as, where that is a constant, and whether it may change.
    pub(super) initial: Vec<(Option<u64>, bool)>,
    /// Number of tables imported and defined.
    pub(super) tables: u32,
    /// The functions that tables with few of them hold: (what a call through the table with the function's
    /// type is known by, function), in order, each once.
    pub(super) tabled: Vec<(u32, u32)>,
    /// For each function up to the last that a table holds, which tables do: one bit each.
    pub(super) held: Vec<u16>,
    /// The tables that hold many.
    many: u16,
    /// The function that runs at the start.
    pub(super) start: Option<u32>,
    /// Whether something could not be read.
    pub(super) damaged: bool,
    /// Whether it was written in Go.
    pub(super) is_go: bool,
}

/// Of more globals it is not read what they begin as.
const MOST_GLOBALS: u32 = 1 << 16;

/// With more functions than these, a table is that of a large program with objects: which of
/// them a call means is not asked. A miner in C has its hashes there, and what its library prints by.
const MOST_TABLED: usize = 64;

/// Tables beyond these are not told apart from the last one.
pub(super) const TABLES: u32 = 16;
/// The bits of a type beside a table.
const TYPE_BITS: u32 = 27;

/// What a call of a type through a table is known by.
pub(super) fn through(table: u32, of: u32) -> u32 {
    table.min(TABLES - 1) << TYPE_BITS | of & ((1 << TYPE_BITS) - 1)
}

/// The table's bit of `held`.
fn held(table: u32) -> u16 {
    1 << table.min(TABLES - 1)
}

/// The first eight bytes of a core module.
pub(super) const MAGIC: &[u8; 8] = b"\0asm\x01\0\0\0";

impl Layout {
    /// Reads the outline of the module at the start of `bytes`.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.get(..8)? != MAGIC {
            return None;
        }
        let mut layout = Self::default();
        let mut reader = Reader::new(bytes, 8, bytes.len());
        while let Some(id) = reader.byte() {
            let Some(size) = reader.number() else {
                layout.damaged = true;
                break;
            };
            let start = reader.position();
            // A section cut short by the end of the input is read as far as it goes.
            let length = (size as usize).min(reader.left());
            layout.damaged |= length < size as usize;
            let mut section = Reader::new(bytes, start, start + length);
            if layout.section(id, &mut section).is_none() && id != 0 {
                layout.damaged = true;
            }
            reader.take(length)?;
        }
        layout.is_go = runtime::is_go(bytes, &layout);
        Some(layout)
    }

    /// The functions that a call through a table may mean, by what [`through`] knows it by; none where the
    /// table holds many.
    pub(super) fn through(&self, known: u32) -> &[(u32, u32)] {
        if self.many >> (known >> TYPE_BITS) & 1 != 0 {
            return &[];
        }
        let start = self.tabled.partition_point(|item| item.0 < known);
        let rest = self.tabled.get(start..).unwrap_or_default();
        let found = rest.get(..rest.partition_point(|item| item.0 == known));
        found.unwrap_or_default()
    }

    fn section(&mut self, id: u8, reader: &mut Reader<'_>) -> Option<()> {
        match id {
            1 => self.types(reader),
            2 => self.imports(reader),
            3 => self.defined(reader),
            4 => {
                self.tables = self.tables.saturating_add(reader.number()?);
                Some(())
            }
            6 => {
                let count = reader.number()?;
                let imported = self.globals.min(MOST_GLOBALS);
                self.initial.resize(imported as usize, (None, true));
                self.globals = self.globals.saturating_add(count);
                // One that is not understood ends the reading of what they begin as.
                for _ in 0..count.min(MOST_GLOBALS) {
                    if self.global(reader).is_none() {
                        break;
                    }
                }
                Some(())
            }
            7 => self.exports(reader),
            8 => {
                self.start = Some(reader.number()?);
                Some(())
            }
            9 => self.elements(reader),
            10 => self.code_bodies(reader),
            11 => self.data(reader),
            _ => Some(()),
        }
    }

    #[inline(never)]
    fn types(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        for _ in 0..reader.number()? {
            if reader.peek()? == 0x4e {
                reader.byte()?;
                for _ in 0..reader.number()? {
                    self.one_type(reader)?;
                }
            } else {
                self.one_type(reader)?;
            }
        }
        Some(())
    }

    fn one_type(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        let mut form = reader.byte()?;
        if form == 0x50 || form == 0x4f {
            for _ in 0..reader.number()? {
                reader.number()?;
            }
            form = reader.byte()?;
        }
        let mut arity = Arity::default();
        match form {
            0x60 => {
                arity.parameters = value_types(reader)?;
                arity.results = value_types(reader)?;
            }
            0x5f => {
                for _ in 0..reader.number()? {
                    value_type(reader)?;
                    reader.byte()?;
                }
            }
            0x5e => {
                value_type(reader)?;
                reader.byte()?;
            }
            _ => return None,
        }
        self.types.push(arity);
        Some(())
    }

    #[inline(never)]
    fn imports(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        for _ in 0..reader.number()? {
            name(reader)?;
            let field = name(reader)?;
            if reader.peek()? != 0x7f {
                self.import(field, reader)?;
                continue;
            }
            // Several of one module share its name (compact import sections).
            reader.byte()?;
            for _ in 0..reader.number()? {
                let field = name(reader)?;
                self.import(field, reader)?;
            }
        }
        Some(())
    }

    fn import(&mut self, field: Span, reader: &mut Reader<'_>) -> Option<()> {
        match reader.byte()? {
            0 => {
                let index = reader.number()?;
                self.names.push((field, self.imported, false));
                self.functions.push(index);
                self.imported += 1;
            }
            1 => {
                value_type(reader)?;
                limits(reader)?;
                self.tables = self.tables.saturating_add(1);
            }
            2 => {
                limits(reader)?;
                self.memory_imported = true;
            }
            3 => {
                value_type(reader)?;
                reader.byte()?;
                self.globals = self.globals.saturating_add(1);
            }
            4 => {
                reader.byte()?;
                reader.number()?;
            }
            _ => return None,
        }
        Some(())
    }

    #[inline(never)]
    fn defined(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        for _ in 0..reader.number()? {
            let index = reader.number()?;
            self.functions.push(index);
        }
        Some(())
    }

    #[inline(never)]
    fn code_bodies(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        for _ in 0..reader.number()? {
            let size = reader.number()? as usize;
            let start = reader.position();
            let length = size.min(reader.left());
            self.bodies.push(span(start, start + length));
            reader.take(size)?;
        }
        Some(())
    }

    #[inline(never)]
    fn exports(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        for _ in 0..reader.number()? {
            let field = name(reader)?;
            let kind = reader.byte()?;
            let index = reader.number()?;
            if kind == 0 {
                self.names.push((field, index, true));
            }
        }
        Some(())
    }

    fn global(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        value_type(reader)?;
        let changes = reader.byte()? != 0;
        match reader.peek()? {
            0x43 => {
                reader.take(6)?;
                self.initial.push((None, changes));
            }
            0x44 => {
                reader.take(10)?;
                self.initial.push((None, changes));
            }
            _ => {
                let value = address(reader)?;
                self.initial.push((value, changes));
            }
        }
        Some(())
    }

    #[inline(never)]
    fn elements(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        for _ in 0..reader.number()? {
            let flag = reader.number()?;
            let mut table = 0;
            if flag & 1 == 0 {
                if flag & 2 != 0 {
                    table = reader.number()?;
                }
                address(reader)?;
            }
            let expressions = flag & 4 != 0;
            if flag & 3 != 0 {
                // The kind of element, or the type of reference.
                if expressions {
                    value_type(reader)?;
                } else {
                    reader.byte()?;
                }
            }
            for _ in 0..reader.number()? {
                if !expressions {
                    let function = reader.number()?;
                    self.tabled(table, function);
                    continue;
                }
                match reader.byte()? {
                    0xd2 => {
                        let function = reader.number()?;
                        self.tabled(table, function);
                    }
                    0xd0 => heap_type(reader)?,
                    0x23 => {
                        reader.number()?;
                    }
                    _ => return None,
                }
                if reader.byte()? != 0x0b {
                    return None;
                }
            }
        }
        Some(())
    }

    fn tabled(&mut self, table: u32, function: u32) {
        let at = function as usize;
        let Some(&of) = self.functions.get(at).filter(|_| function >= self.imported) else {
            return;
        };
        if at >= self.held.len() {
            self.held.resize(at + 1, 0);
        }
        if let Some(tables) = self.held.get_mut(at) {
            let before = core::mem::replace(tables, *tables | held(table));
            if (before | self.many) & held(table) != 0 {
                return;
            }
        }
        let item = (through(table, of), function);
        let at = self.tabled.partition_point(|known| *known < item);
        self.tabled.insert(at, item);
        let in_it = self
            .tabled
            .iter()
            .filter(|known| known.0 >> TYPE_BITS == item.0 >> TYPE_BITS);
        if in_it.count() > MOST_TABLED {
            self.many |= held(table);
        }
    }

    #[inline(never)]
    fn data(&mut self, reader: &mut Reader<'_>) -> Option<()> {
        for _ in 0..reader.number()? {
            let flag = reader.number()?;
            if flag == 2 {
                reader.number()?;
            }
            let address = if flag == 1 { None } else { address(reader)? };
            let size = reader.number()? as usize;
            let start = reader.position();
            let length = size.min(reader.left());
            self.segments.push(Segment {
                span: span(start, start + length),
                address,
            });
            reader.take(size)?;
        }
        Some(())
    }

    /// From the first function's body to the end of the last one's.
    pub(super) fn code(&self) -> Span {
        let ends = self.bodies.first().zip(self.bodies.last());
        ends.map_or(Span { start: 0, end: 0 }, |(first, last)| Span {
            start: first.start,
            end: last.end,
        })
    }

    /// How long code and data are: names, debug information and other custom sections are not run.
    pub(super) fn size(&self) -> usize {
        let code = self.code();
        let data = self.segments.iter().map(|segment| segment.span);
        let lengths = data
            .chain([code])
            .map(|span| span.end.saturating_sub(span.start));
        lengths.map(|length| length as usize).sum()
    }

    /// The function, by number among the defined ones, whose body holds this offset (or is the last
    /// before it), looked for from `number` on.
    #[inline]
    pub(super) fn function_at(&self, offset: usize, mut number: u32) -> u32 {
        while let Some(next) = self.bodies.get(number as usize + 1)
            && next.start as usize <= offset
        {
            number += 1;
        }
        number
    }

    /// The operands of the function with this index.
    pub(super) fn arity(&self, function: u32) -> Arity {
        self.functions
            .get(function as usize)
            .map_or_else(Arity::default, |&index| self.type_arity(index))
    }

    /// The operands of the type with this index.
    pub(super) fn type_arity(&self, index: u32) -> Arity {
        self.types.get(index as usize).copied().unwrap_or_default()
    }
}

fn span(start: usize, end: usize) -> Span {
    Span {
        start: u32::try_from(start).unwrap_or(u32::MAX),
        end: u32::try_from(end).unwrap_or(u32::MAX),
    }
}

fn name(reader: &mut Reader<'_>) -> Option<Span> {
    let length = reader.number()? as usize;
    let start = reader.position();
    reader.take(length)?;
    Some(span(start, start + length))
}

fn value_types(reader: &mut Reader<'_>) -> Option<u16> {
    let count = reader.number()?;
    for _ in 0..count {
        value_type(reader)?;
    }
    u16::try_from(count).ok()
}

/// Skips the list of a function's locals; how many they are.
pub(super) fn locals(reader: &mut Reader<'_>) -> Option<u64> {
    let mut count = 0;
    for _ in 0..reader.number()? {
        count += u64::from(reader.number()?);
        value_type(reader)?;
    }
    Some(count)
}

/// Skips one value type, also a reference with its heap type.
pub(super) fn value_type(reader: &mut Reader<'_>) -> Option<()> {
    let byte = reader.byte()?;
    if byte == 0x63 || byte == 0x64 {
        heap_type(reader)?;
    }
    Some(())
}

/// Skips one heap type.
pub(super) fn heap_type(reader: &mut Reader<'_>) -> Option<()> {
    if matches!(reader.peek()?, 0x61 | 0x62) {
        reader.byte()?;
    }
    reader.signed().map(|_| ())
}

fn limits(reader: &mut Reader<'_>) -> Option<()> {
    let flags = reader.byte()?;
    reader.u64()?;
    if flags & 1 != 0 {
        reader.u64()?;
    }
    if flags & 8 != 0 {
        reader.number()?;
    }
    Some(())
}

/// Reads an offset expression: a constant is returned, anything else only skipped.
#[allow(clippy::option_option)]
fn address(reader: &mut Reader<'_>) -> Option<Option<u64>> {
    let mut value = None;
    let mut operators = 0;
    loop {
        match reader.byte()? {
            0x0b => return Some(if operators == 1 { value } else { None }),
            0x41 => value = Some(reader.signed()?.cast_unsigned() & 0xffff_ffff),
            0x42 => value = Some(reader.signed()?.cast_unsigned()),
            0x23 | 0xd2 => {
                reader.number()?;
                value = None;
            }
            0x6a..=0x6c | 0x7c..=0x7e => {}
            _ => return None,
        }
        operators += 1;
    }
}
