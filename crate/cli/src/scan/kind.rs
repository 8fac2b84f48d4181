//! What a run of bytes is, by its first bytes and then by its name.

/// A kind of content that the scan knows how to go on with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A WebAssembly module.
    Module,
    /// JavaScript.
    Script,
    /// WGSL or GLSL.
    Shader,
    /// HTML, with scripts in it.
    Page,
    /// A ZIP archive (zip, xpi, jar, apk…).
    Zip,
    /// A Chrome extension: a header, then a ZIP archive.
    Crx,
    /// A tar archive.
    Tar,
    /// One gzip stream.
    Gzip,
    /// One Brotli stream; it has no magic number, so only by name or header.
    Brotli,
    /// A recorded browser session (HTTP archive).
    Har,
    /// A web archive.
    Warc,
    /// Text of no kind in particular.
    Text,
    /// Bytes of no kind in particular.
    Binary,
}

/// The kind of a file. The name decides only where the bytes do not.
pub fn of(name: &str, bytes: &[u8]) -> Kind {
    if bytes.starts_with(b"\0asm") {
        return Kind::Module;
    }
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Kind::Zip;
    }
    if bytes.starts_with(b"Cr24") {
        return Kind::Crx;
    }
    if bytes.starts_with(&[0x1f, 0x8b, 8]) {
        return Kind::Gzip;
    }
    if bytes.get(257..262) == Some(b"ustar") {
        return Kind::Tar;
    }
    if bytes.starts_with(b"WARC/1.") {
        return Kind::Warc;
    }
    let extension = extension(name);
    match extension.as_str() {
        "wasm" => Kind::Module,
        "js" | "mjs" | "cjs" | "jsm" | "es" | "es6" | "ts" | "mts" | "cts" | "jsx" | "tsx"
        | "user" | "mem" | "gs" => Kind::Script,
        "htm" | "html" | "xhtml" | "xht" | "shtml" | "php" | "phtml" | "asp" | "aspx" | "jsp"
        | "svg" | "vue" | "svelte" | "tpl" | "twig" | "ejs" | "hbs" => Kind::Page,
        "wgsl" | "glsl" | "frag" | "vert" | "comp" | "fs" | "vs" => Kind::Shader,
        "har" => Kind::Har,
        "warc" => Kind::Warc,
        "br" => Kind::Brotli,
        _ if looks_like_page(bytes) => Kind::Page,
        _ if is_text(bytes) => Kind::Text,
        _ => Kind::Binary,
    }
}

/// The kind that a media type announces; `None` leaves it to the bytes.
pub fn of_media_type(value: &str) -> Option<Kind> {
    let essence = value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match essence.as_str() {
        "application/wasm" => Some(Kind::Module),
        "text/html" | "application/xhtml+xml" | "image/svg+xml" => Some(Kind::Page),
        "x-shader/x-vertex" | "x-shader/x-fragment" => Some(Kind::Shader),
        _ if essence.ends_with("javascript") || essence.ends_with("ecmascript") => {
            Some(Kind::Script)
        }
        _ => None,
    }
}

/// The last extension in lower case, without its dot; empty where there is none.
pub fn extension(name: &str) -> String {
    let file = name.rsplit(['/', '\\', '!']).next().unwrap_or(name);
    match file.rsplit_once('.') {
        Some((_, extension)) => extension.to_ascii_lowercase(),
        None => String::new(),
    }
}

/// Whether markup begins near the start.
fn looks_like_page(bytes: &[u8]) -> bool {
    let head = bytes.get(..1024).unwrap_or(bytes).to_ascii_lowercase();
    [
        &b"<!doctype html"[..],
        b"<html",
        b"<head",
        b"<body",
        b"<script",
    ]
    .iter()
    .any(|tag| memchr::memmem::find(&head, tag).is_some())
        && is_text(bytes)
}

/// Whether the beginning reads as text: no NUL byte (or a UTF-16 mark), few control characters.
pub fn is_text(bytes: &[u8]) -> bool {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return true;
    }
    let head = bytes.get(..4096).unwrap_or(bytes);
    let odd = head
        .iter()
        .filter(|byte| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c))
        .count();
    memchr::memchr(0, head).is_none() && odd * 50 <= head.len()
}

/// The text of a file: UTF-8, or UTF-16 with a mark; anything undecodable is replaced.
pub fn text(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    let wide = |from: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes
            .chunks_exact(2)
            .skip(1)
            .map(|two| from([two[0], two[1]]))
            .collect();
        String::from_utf16_lossy(&units).into()
    };
    match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes),
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        _ => String::from_utf8_lossy(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_decide_before_names() {
        assert_eq!(of("a.js", b"\0asm\x01\0\0\0"), Kind::Module);
        assert_eq!(of("a.png", b"PK\x03\x04rest"), Kind::Zip);
        assert_eq!(of("a.js", b"let a = 1"), Kind::Script);
        assert_eq!(of("noextension", b"<!DOCTYPE HTML><p>"), Kind::Page);
        assert_eq!(of("notes", b"plain words"), Kind::Text);
        assert_eq!(of("image", b"\x89PNG\r\n\x1a\n\0\0"), Kind::Binary);
        assert_eq!(of("dir.js/readme", b"words"), Kind::Text);
    }

    #[test]
    fn media_types_decide() {
        assert_eq!(
            of_media_type("text/javascript; charset=utf-8"),
            Some(Kind::Script)
        );
        assert_eq!(of_media_type("Application/WASM"), Some(Kind::Module));
        assert_eq!(of_media_type("image/png"), None);
    }

    #[test]
    fn wide_text_is_read() {
        assert_eq!(text(&[0xff, 0xfe, b'h', 0, b'i', 0]), "hi");
        assert_eq!(text(&[0xfe, 0xff, 0, b'h', 0, b'i']), "hi");
        assert_eq!(text(b"\xef\xbb\xbfhi"), "hi");
        assert_eq!(text(b"\xffhi"), "\u{fffd}hi");
    }
}
