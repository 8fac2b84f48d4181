//! Opens what can be opened: archives, compressed streams and captures, down to single items.
//!
//! Archives on disk are streamed, so that only one entry is in memory at a time. Every read is
//! within a [`Budget`]; links in archives are not followed and no entry is ever written to disk.

use std::io::{self, BufReader, Cursor, Read, Seek as _};
use std::path::Path;

use super::capture::{self, Har, HarEntry};
use super::item::{Content, Item};
use super::kind::{self, Kind};
use super::limits::{Budget, DEPTH, Stop};
use super::page;

/// How many bytes tell what something is.
const HEAD: u64 = 4_096;

/// Opens one file of the scan and hands over its items.
pub struct Opener<'a> {
    /// What may still be unpacked.
    pub budget: Budget,
    /// Largest single item.
    pub item_limit: u64,
    /// Whether content of no known kind is inspected too.
    pub all: bool,
    /// Receives the items.
    pub emit: &'a mut dyn FnMut(Item),
}

impl Opener<'_> {
    /// Opens a file on disk. `named` says that a person named it, so that it is inspected whatever
    /// it is.
    pub fn file(&mut self, path: &Path, named: bool) {
        let name = path.to_string_lossy().into_owned();
        let mut file = match std::fs::File::open(path) {
            Ok(file) => file,
            Err(error) => return self.fail(&name, &crate::output::plain(&error)),
        };
        let mut head = Vec::new();
        if let Err(error) = (&mut file).take(HEAD).read_to_end(&mut head) {
            return self.fail(&name, &crate::output::plain(&error));
        }
        // What cannot be gone back in (a pipe) is read as a stream.
        match kind::of(&name, &head) {
            Kind::Zip | Kind::Crx if file.rewind().is_ok() => self.zip(&name, file, 0),
            _ => self.stream(&name, &mut Cursor::new(head).chain(file), named, 0),
        }
    }

    /// Opens a stream.
    pub fn stream(&mut self, name: &str, reader: &mut dyn Read, named: bool, depth: u32) {
        self.stream_as(name, name, reader, named, depth);
    }

    /// Opens a stream whose kind another name tells than the one it is reported by: what is in
    /// `a.js.gz` is a script, but is found under the name of the compressed file.
    fn stream_as(
        &mut self,
        name: &str,
        told: &str,
        reader: &mut dyn Read,
        named: bool,
        depth: u32,
    ) {
        let mut head = Vec::new();
        if let Err(error) = (&mut *reader).take(HEAD).read_to_end(&mut head) {
            return self.fail(name, &self.budget.stop(error));
        }
        let kind = kind::of(told, &head);
        let mut whole = Cursor::new(head).chain(reader);
        if depth >= DEPTH
            && matches!(
                kind,
                Kind::Zip
                    | Kind::Crx
                    | Kind::Tar
                    | Kind::Gzip
                    | Kind::Brotli
                    | Kind::Warc
                    | Kind::Har
            )
        {
            return self.fail(name, &"not inspected: archives are nested too deeply");
        }
        match kind {
            Kind::Gzip => {
                let inner = inner_name(told);
                let decoder = flate2::read::MultiGzDecoder::new(BufReader::new(whole));
                let mut decoder = self.budget.unpacked(decoder);
                self.stream_as(name, &inner, &mut decoder, named, depth + 1);
            }
            Kind::Brotli => {
                let inner = inner_name(told);
                let decoder = brotli_decompressor::Decompressor::new(whole, 1 << 16);
                let mut decoder = self.budget.unpacked(decoder);
                self.stream_as(name, &inner, &mut decoder, named, depth + 1);
            }
            Kind::Tar => self.tar(name, &mut whole, depth),
            Kind::Warc => self.warc(name, &mut whole, depth),
            _ => match self.budget.read(whole) {
                Ok(bytes) => self.bytes(name, kind, bytes, named, depth),
                Err(stop) => self.fail(name, &stop),
            },
        }
    }

    /// Takes bytes of a kind that is known.
    fn bytes(&mut self, name: &str, kind: Kind, bytes: Vec<u8>, named: bool, depth: u32) {
        let content = match kind {
            Kind::Zip | Kind::Crx => return self.zip(name, Cursor::new(bytes), depth),
            Kind::Har => return self.har(name, &bytes, depth),
            Kind::Module => Content::Module(bytes),
            Kind::Script => Content::Script(kind::text(&bytes).into_owned()),
            Kind::Shader => Content::Shader(kind::text(&bytes).into_owned()),
            Kind::Page => Content::Page(kind::text(&bytes).into_owned()),
            Kind::Text if looks_like_har(&bytes) => return self.har(name, &bytes, depth),
            Kind::Text if named || self.all => Content::Script(kind::text(&bytes).into_owned()),
            _ => return self.carve(name, &bytes, named),
        };
        self.emit(name, content);
    }

    /// Modules inside content of another kind: browser caches, memory images, executables.
    fn carve(&mut self, name: &str, bytes: &[u8], named: bool) {
        let mut from = 0;
        for _ in 0..256 {
            let rest = bytes.get(from..).unwrap_or_default();
            let Some(found) = memchr::memmem::find(rest, b"\0asm\x01\0\0\0") else {
                break;
            };
            let module = rest.get(found..).unwrap_or_default();
            let module = module.get(..module_length(module)).unwrap_or(module);
            let counted = self.budget.entry();
            if let Err(stop) = counted.and_then(|()| self.budget.charge(module.len())) {
                return self.fail(name, &stop);
            }
            self.emit(
                &format!("{name}!/{:#x}.wasm", from + found),
                Content::Module(module.to_vec()),
            );
            from += found + module.len();
        }
        if from == 0 && named {
            self.fail(
                name,
                &"not inspected: neither script, page, module nor archive",
            );
        }
    }

    fn zip(&mut self, name: &str, reader: impl Read + io::Seek, depth: u32) {
        let mut archive = match zip::ZipArchive::new(BufReader::new(reader)) {
            Ok(archive) => archive,
            Err(error) => {
                return self.fail(
                    name,
                    &format_args!("not inspected: broken ZIP archive: {error}"),
                );
            }
        };
        for index in 0..archive.len() {
            if let Err(stop) = self.budget.entry() {
                return self.fail(name, &stop);
            }
            match archive.by_index(index) {
                Ok(entry) if entry.is_file() => {
                    let inner = format!("{name}!/{}", String::from_utf8_lossy(entry.name_raw()));
                    let mut entry = self.budget.unpacked(entry);
                    self.stream(&inner, &mut entry, false, depth + 1);
                }
                Ok(_) => {}
                Err(error) => self.fail(
                    &format!("{name}!/#{index}"),
                    &format_args!("not inspected: {error}"),
                ),
            }
        }
    }

    fn tar(&mut self, name: &str, reader: &mut dyn Read, depth: u32) {
        let mut archive = tar::Archive::new(reader);
        let entries = match archive.entries() {
            Ok(entries) => entries,
            Err(error) => return self.fail(name, &self.budget.stop(error)),
        };
        for entry in entries {
            if let Err(stop) = self.budget.entry() {
                return self.fail(name, &stop);
            }
            match entry {
                Ok(mut entry) if entry.header().entry_type().is_file() => {
                    let inner = format!("{name}!/{}", String::from_utf8_lossy(&entry.path_bytes()));
                    self.stream(&inner, &mut entry, false, depth + 1);
                }
                Ok(_) => {}
                Err(error) => return self.fail(name, &self.budget.stop(error)),
            }
        }
    }

    fn har(&mut self, name: &str, bytes: &[u8], depth: u32) {
        let har: Har =
            match serde_json::from_slice(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)) {
                Ok(har) => har,
                Err(error) => {
                    return self.fail(name, &format_args!("not inspected: broken HAR: {error}"));
                }
            };
        for (index, entry) in har.log.entries.into_iter().enumerate() {
            if let Err(stop) = self.budget.entry() {
                return self.fail(name, &stop);
            }
            let entry: HarEntry = match serde_json::from_value(entry) {
                Ok(entry) => entry,
                Err(error) => {
                    let place = format!("{name}!/#{index}");
                    self.fail(
                        &place,
                        &format_args!("not inspected: broken entry: {error}"),
                    );
                    continue;
                }
            };
            let (from, kind) = (entry.from().to_owned(), entry.resource_type().to_owned());
            let inner = format!("{name}!/{}", entry.request.url);
            self.emit(
                &inner,
                Content::Address {
                    url: entry.request.url,
                    from,
                    kind,
                },
            );
            let messages: Vec<_> = entry
                .messages
                .into_iter()
                .map(|message| {
                    (
                        message.direction == "send",
                        message.time * 1000.0,
                        message.bytes(),
                    )
                })
                .collect();
            if !messages.is_empty() {
                self.emit(&inner, Content::Conversation(messages));
            }
            let content = entry.response.content;
            let body = if content.encoding == "base64" {
                let Some(body) = page::base64(content.text.as_bytes()) else {
                    self.fail(&inner, &"not inspected: the body's base64 is broken");
                    continue;
                };
                body
            } else {
                content.text.into_bytes()
            };
            self.body(&inner, &content.media_type, "", body, depth + 1);
        }
    }

    fn warc(&mut self, name: &str, reader: &mut dyn Read, depth: u32) {
        let mut reader = BufReader::new(reader);
        loop {
            if let Err(stop) = self.budget.entry() {
                return self.fail(name, &stop);
            }
            match capture::next_warc(&mut reader, self.item_limit) {
                Ok(None) => return,
                Ok(Some(Ok(answer))) => {
                    let inner = format!("{name}!/{}", answer.url);
                    let kind = match kind::of_media_type(&answer.media_type) {
                        Some(Kind::Script) => "script",
                        Some(Kind::Page) => "sub_frame",
                        _ => "other",
                    };
                    let from = String::new();
                    self.emit(
                        &inner,
                        Content::Address {
                            url: answer.url,
                            from,
                            kind: kind.to_owned(),
                        },
                    );
                    self.body(
                        &inner,
                        &answer.media_type,
                        &answer.encoding,
                        answer.body,
                        depth + 1,
                    );
                }
                Ok(Some(Err(url))) => {
                    self.fail(&format!("{name}!/{url}"), &Stop::Item(self.item_limit));
                }
                Err(error) => return self.fail(name, &self.budget.stop(error)),
            }
        }
    }

    /// The body of an answer: what the headers say it is, or what it looks like.
    fn body(&mut self, name: &str, media_type: &str, encoding: &str, body: Vec<u8>, depth: u32) {
        if body.is_empty() {
            return;
        }
        let body = match encoding {
            "br" => self.unpack(brotli_decompressor::Decompressor::new(
                body.as_slice(),
                1 << 16,
            )),
            "deflate" => self.unpack(flate2::read::ZlibDecoder::new(body.as_slice())),
            "gzip" | "x-gzip" => self.unpack(flate2::read::MultiGzDecoder::new(body.as_slice())),
            "" | "identity" => Ok(body),
            other => {
                return self.fail(
                    name,
                    &format_args!("not inspected: content encoding {other}"),
                );
            }
        };
        let body = match body {
            Ok(body) => body,
            Err(stop) => return self.fail(name, &stop),
        };
        // A query would hide the extension.
        let path = name.split(['?', '#']).next().unwrap_or(name);
        let seen = kind::of(path, &body);
        let kind = match (seen, kind::of_media_type(media_type)) {
            (Kind::Text | Kind::Binary | Kind::Script | Kind::Page, Some(kind))
                if kind::is_text(&body) =>
            {
                kind
            }
            (kind, _) => kind,
        };
        match kind {
            Kind::Zip
            | Kind::Crx
            | Kind::Tar
            | Kind::Gzip
            | Kind::Brotli
            | Kind::Warc
            | Kind::Har => {
                self.stream(name, &mut body.as_slice(), false, depth);
            }
            _ => self.bytes(name, kind, body, false, depth),
        }
    }

    fn unpack(&self, decoder: impl Read) -> Result<Vec<u8>, Stop> {
        self.budget.read(self.budget.unpacked(decoder))
    }

    fn emit(&mut self, path: &str, content: Content) {
        (self.emit)(Item {
            path: path.to_owned(),
            content,
        });
    }

    fn fail(&mut self, path: &str, reason: &dyn std::fmt::Display) {
        let reason = reason.to_string();
        let reason = if reason.starts_with("not inspected") {
            reason
        } else {
            format!("not inspected: {reason}")
        };
        self.emit(path, Content::Unreadable(reason));
    }
}

/// The name of what a compressed file holds.
fn inner_name(name: &str) -> String {
    let lower = name.to_ascii_lowercase();
    for (ending, inner) in [
        (".tgz", ".tar"),
        (".svgz", ".svg"),
        (".gz", ""),
        (".br", ""),
    ] {
        if lower.ends_with(ending) {
            return format!(
                "{}{inner}",
                name.get(..name.len() - ending.len()).unwrap_or(name)
            );
        }
    }
    name.to_owned()
}

fn looks_like_har(bytes: &[u8]) -> bool {
    let head = bytes.get(..2048).unwrap_or(bytes);
    let head: Vec<u8> = head
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .take(64)
        .collect();
    head.starts_with(b"{\"log\":{\"")
}

/// The length of the module that bytes begin with: its header and every section that is whole.
fn module_length(bytes: &[u8]) -> usize {
    let mut end = 8;
    while let Some((&id, rest)) = bytes.get(end..).and_then(<[u8]>::split_first) {
        if id > 13 {
            break;
        }
        let (mut size, mut shift, mut read) = (0_u64, 0, 0);
        loop {
            let Some(&byte) = rest.get(read) else {
                return end;
            };
            read += 1;
            size |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 || shift > 28 {
                break;
            }
        }
        let Some(next) = usize::try_from(size)
            .ok()
            .and_then(|size| (end + 1 + read).checked_add(size))
        else {
            break;
        };
        if next > bytes.len() {
            break;
        }
        end = next;
    }
    end
}

/// Standard input as a reader that can be handed to [`Opener::stream`].
pub fn standard_input() -> impl Read {
    io::stdin().lock()
}
