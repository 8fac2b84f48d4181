//! What must hold of module, script, shader and traffic inspection and of the signature loader,
//! whatever the input. Shared by the fuzz targets and by the test that replays their corpora.
#![allow(dead_code, missing_docs)]

use nomine_engine::inspector::Inspector;
use nomine_engine::signature::{SignatureSet, compile_texts};
use nomine_engine::traffic::{Conversation, Direction};
use std::sync::LazyLock;

static INSPECTOR: LazyLock<Inspector> = LazyLock::new(|| {
    let set = compile_texts([
        (
            "script",
            include_str!("../../blocklists/signatures/script.toml"),
        ),
        (
            "search",
            include_str!("../../blocklists/signatures/search.toml"),
        ),
        (
            "shader",
            include_str!("../../blocklists/signatures/shader.toml"),
        ),
        (
            "traffic",
            include_str!("../../blocklists/signatures/traffic.toml"),
        ),
        (
            "wasm",
            include_str!("../../blocklists/signatures/wasm.toml"),
        ),
    ]);
    Inspector::new(set.expect("the signatures compile"))
});

/// The same input gives the same verdict; cut short as well as whole.
pub fn module(data: &[u8]) {
    let verdict = INSPECTOR.inspect_module(data);
    assert_eq!(verdict, INSPECTOR.inspect_module(data));
    INSPECTOR.inspect_module(data.get(..data.len() / 2).unwrap_or_default());
    // What only misses its head is walked too.
    let with_head = [b"\0asm\x01\0\0\0", data].concat();
    INSPECTOR.inspect_module(&with_head);
    // An inspector walks as little as it can: everything, too.
    nomine_engine::module::inspect(&with_head);
}

/// The same input gives the same verdict.
pub fn script(data: &[u8]) {
    assert_eq!(
        INSPECTOR.inspect_script(data),
        INSPECTOR.inspect_script(data)
    );
}

/// The same input gives the same verdict.
pub fn shader(data: &[u8]) {
    assert_eq!(
        INSPECTOR.inspect_shader(data),
        INSPECTOR.inspect_shader(data)
    );
}

/// Messages are separated by NUL; the first byte of each tells its direction and when it comes.
pub fn traffic(data: &[u8]) {
    let mut talk = Conversation::default();
    let mut now = 0.0;
    for message in data.split(|&byte| byte == 0) {
        let Some((&first, message)) = message.split_first() else {
            continue;
        };
        let direction = if first & 1 == 0 {
            Direction::In
        } else {
            Direction::Out
        };
        now += f64::from(first) * 250.0;
        INSPECTOR.inspect_message(&mut talk, direction, message, now);
    }
}

/// What is accepted can be written again and says the same, and judging by it is safe.
pub fn signatures(data: &[u8]) {
    if let Ok(set) = SignatureSet::from_bytes(data) {
        let bytes = set.to_bytes();
        assert_eq!(SignatureSet::from_bytes(&bytes).as_ref(), Ok(&set));
        let inspector = Inspector::new(set);
        inspector.inspect_script(data);
        inspector.inspect_shader(data);
    }
}

/// Signatures as people write them: refused with a reason, or compiled to what loads as the same.
pub fn signature_text(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match compile_texts([("fuzz", text)]) {
        Ok(set) => {
            let bytes = set.to_bytes();
            assert_eq!(SignatureSet::from_bytes(&bytes).as_ref(), Ok(&set));
            let inspector = Inspector::new(set);
            inspector.inspect_script(data);
            inspector.inspect_shader(data);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
