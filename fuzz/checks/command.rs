//! What the command reads from files: archives of any content stay within their bounds, and what
//! names the public lists is refused or turned into JSON.
#![allow(dead_code, missing_docs)]

/// Largest item, and most that is unpacked.
const ITEM: u64 = 1 << 16;
const TOTAL: u64 = 1 << 18;
/// The longest reason why something is not inspected, with the names in it.
const REASON: usize = 1 << 10;

/// A name for each kind of file that is opened; those with a magic number are known by that.
const NAMES: [&str; 8] = [
    "a", "a.br", "a.har", "a.warc", "a.tar", "a.html", "a.js.gz", "a.js",
];

/// The first byte says what the file is called.
pub fn archive(data: &[u8]) {
    let Some((first, data)) = data.split_first() else {
        return;
    };
    let name = NAMES[*first as usize % NAMES.len()];
    let found = nomine_cli::unpack(name, data, ITEM, TOTAL);
    assert_eq!(found, nomine_cli::unpack(name, data, ITEM, TOTAL));
    for (place, size) in &found {
        // Text that is not UTF-8 grows when it is read: three bytes for each that is replaced.
        assert!(*size <= 3 * ITEM as usize + REASON, "{place}: {size}");
        assert!(place.starts_with(name), "{place}");
    }
}

pub fn subscriptions(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    match nomine_cli::subscriptions(text) {
        Ok(json) => {
            assert!(json.starts_with(b"{\"subscriptions\":["));
            assert!(std::str::from_utf8(&json).is_ok());
        }
        Err(reason) => assert!(!reason.is_empty()),
    }
}
