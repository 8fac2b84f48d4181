//! What modules are put together from in tests (WebAssembly Core Specification, chapter 5).

// Each test puts together only what it needs.
#![allow(dead_code)]

/// An unsigned number.
pub fn leb(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
    bytes
}

/// A signed number.
pub fn signed(mut value: i64) -> Vec<u8> {
    let mut bytes = Vec::new();
    loop {
        let byte = (value & 0x7f).cast_unsigned() as u8;
        value >>= 7;
        if (value == 0 && byte & 0x40 == 0) || (value == -1 && byte & 0x40 != 0) {
            bytes.push(byte);
            return bytes;
        }
        bytes.push(byte | 0x80);
    }
}

/// A section.
pub fn section(id: u8, content: &[u8]) -> Vec<u8> {
    [&[id][..], &leb(content.len() as u64), content].concat()
}

/// The section of functions that all have the first type.
pub fn functions(count: usize) -> Vec<u8> {
    section(3, &[leb(count as u64), vec![0; count]].concat())
}

/// The section of code: each body after the same locals.
pub fn code(locals: &[u8], bodies: &[Vec<u8>]) -> Vec<u8> {
    let mut content = leb(bodies.len() as u64);
    for body in bodies {
        let whole = [locals, body, &[0x0b]].concat();
        content.extend(leb(whole.len() as u64));
        content.extend(whole);
    }
    section(10, &content)
}

/// A section of data at address 1024.
pub fn data(bytes: &[u8]) -> Vec<u8> {
    let head = [1, 0, 0x41, 0x80, 0x08, 0x0b];
    section(11, &[&head[..], &leb(bytes.len() as u64), bytes].concat())
}
