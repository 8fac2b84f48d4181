//! Captures of browsing: HAR (recorded sessions) and WARC (web archives).

use std::io::{self, BufRead, Read};

use serde::{Deserialize, Deserializer};

/// A recorded session.
#[derive(Deserialize)]
pub struct Har {
    /// Everything is below this name.
    pub log: HarLog,
}

/// The session.
#[derive(Deserialize)]
pub struct HarLog {
    /// One for each request, so that a broken one spoils no other.
    #[serde(default, deserialize_with = "or_default")]
    pub entries: Vec<serde_json::Value>,
}

/// A request with its answer.
#[derive(Deserialize)]
pub struct HarEntry {
    /// The request.
    pub request: HarRequest,
    /// The answer.
    #[serde(default, deserialize_with = "or_default")]
    pub response: HarResponse,
    /// Chromium's type of resource.
    #[serde(default, deserialize_with = "or_default", rename = "_resourceType")]
    pub kind: String,
    /// Chromium's record of a WebSocket.
    #[serde(
        default,
        deserialize_with = "or_default",
        rename = "_webSocketMessages"
    )]
    pub messages: Vec<HarMessage>,
}

/// What was asked for.
#[derive(Deserialize)]
pub struct HarRequest {
    /// The address.
    pub url: String,
    /// The headers.
    #[serde(default, deserialize_with = "or_default")]
    pub headers: Vec<HarHeader>,
}

/// One header.
#[derive(Deserialize)]
pub struct HarHeader {
    /// Its name.
    #[serde(default, deserialize_with = "or_default")]
    pub name: String,
    /// Its value.
    #[serde(default, deserialize_with = "or_default")]
    pub value: String,
}

/// The answer.
#[derive(Default, Deserialize)]
pub struct HarResponse {
    /// Its body.
    #[serde(default, deserialize_with = "or_default")]
    pub content: HarContent,
}

/// A body.
#[derive(Default, Deserialize)]
pub struct HarContent {
    /// Its media type.
    #[serde(default, deserialize_with = "or_default", rename = "mimeType")]
    pub media_type: String,
    /// The body, or its base64.
    #[serde(default, deserialize_with = "or_default")]
    pub text: String,
    /// `base64`, or nothing.
    #[serde(default, deserialize_with = "or_default")]
    pub encoding: String,
}

/// One message of a WebSocket.
#[derive(Deserialize)]
pub struct HarMessage {
    /// `send` or `receive`.
    #[serde(default, deserialize_with = "or_default", rename = "type")]
    pub direction: String,
    /// Seconds since 1970.
    #[serde(default, deserialize_with = "or_default")]
    pub time: f64,
    /// 1 for text, 2 for bytes.
    #[serde(default, deserialize_with = "or_default")]
    pub opcode: f64,
    /// The text, or the base64 of the bytes.
    #[serde(default, deserialize_with = "or_default")]
    pub data: String,
}

/// Some tools write `null` for what they do not know.
fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    from: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

impl HarMessage {
    /// What was sent.
    pub fn bytes(self) -> Vec<u8> {
        if self.opcode > 1.5
            && let Some(bytes) = super::page::base64(self.data.as_bytes())
        {
            return bytes;
        }
        self.data.into_bytes()
    }
}

impl HarEntry {
    /// The address of the page that asked, as far as the headers tell.
    pub fn from(&self) -> &str {
        let header = |name: &str| {
            self.request
                .headers
                .iter()
                .find(|header| header.name.eq_ignore_ascii_case(name))
                .map(|header| header.value.as_str())
        };
        header("referer")
            .or_else(|| header("origin"))
            .unwrap_or_default()
    }

    /// The type of resource in the words of `webRequest`.
    pub fn resource_type(&self) -> &'static str {
        match self.kind.to_ascii_lowercase().as_str() {
            "document" => "main_frame",
            "stylesheet" => "stylesheet",
            "image" => "image",
            "media" => "media",
            "font" => "font",
            "xhr" | "fetch" => "xmlhttprequest",
            "websocket" => "websocket",
            "ping" => "ping",
            "script" => "script",
            _ if self.request.url.starts_with("ws") => "websocket",
            _ if self.response.content.media_type.contains("javascript") => "script",
            _ => "other",
        }
    }
}

/// The body of an HTTP answer that a WARC file holds.
pub struct WarcResponse {
    /// The address it came from.
    pub url: String,
    /// Its media type.
    pub media_type: String,
    /// `gzip`, `br`, …, lower case.
    pub encoding: String,
    /// The body, still encoded.
    pub body: Vec<u8>,
}

/// Longest header block that is read.
const HEADER_BYTES: u64 = 1 << 20;

/// Reads the next HTTP answer of a WARC file. `limit` bounds the size of one record; a larger one
/// is skipped and reported.
pub fn next_warc(
    reader: &mut impl BufRead,
    limit: u64,
) -> io::Result<Option<Result<WarcResponse, String>>> {
    loop {
        let Some(headers) = header_block(reader)? else {
            return Ok(None);
        };
        if !headers.first_line.starts_with("WARC/") {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "not a WARC record",
            ));
        }
        let length: u64 = headers
            .value("content-length")
            .and_then(|length| length.parse().ok())
            .ok_or_else(|| {
                io::Error::new(io::ErrorKind::InvalidData, "a WARC record without a length")
            })?;
        let url = headers
            .value("warc-target-uri")
            .unwrap_or_default()
            .trim_matches(['<', '>'])
            .to_owned();
        let wanted = matches!(headers.value("warc-type"), Some("response" | "resource"));
        if !wanted || length > limit {
            let skipped = io::copy(&mut reader.by_ref().take(length), &mut io::sink())?;
            if skipped < length {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if wanted {
                return Ok(Some(Err(url)));
            }
            continue;
        }
        let mut block = Vec::new();
        reader.by_ref().take(length).read_to_end(&mut block)?;
        if (block.len() as u64) < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if headers.value("warc-type") == Some("resource") {
            let media_type = headers.value("content-type").unwrap_or_default().to_owned();
            return Ok(Some(Ok(WarcResponse {
                url,
                media_type,
                encoding: String::new(),
                body: block,
            })));
        }
        let mut rest = block.as_slice();
        let Some(http) = header_block(&mut rest)? else {
            continue;
        };
        let body = if http
            .value("transfer-encoding")
            .is_some_and(|value| value.eq_ignore_ascii_case("chunked"))
        {
            // Some archives keep the header and not the chunks.
            unchunk(rest).unwrap_or_else(|| rest.to_vec())
        } else {
            rest.to_vec()
        };
        return Ok(Some(Ok(WarcResponse {
            url,
            media_type: http.value("content-type").unwrap_or_default().to_owned(),
            encoding: http
                .value("content-encoding")
                .unwrap_or_default()
                .to_ascii_lowercase(),
            body,
        })));
    }
}

struct Headers {
    first_line: String,
    fields: Vec<(String, String)>,
}

impl Headers {
    fn value(&self, name: &str) -> Option<&str> {
        self.fields
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// A first line and header fields up to an empty line; `None` at the end of the input.
fn header_block(reader: &mut impl BufRead) -> io::Result<Option<Headers>> {
    let mut head = reader.by_ref().take(HEADER_BYTES);
    let mut line = Vec::new();
    let mut first_line = String::new();
    while first_line.is_empty() {
        line.clear();
        if head.read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        String::from_utf8_lossy(&line)
            .trim()
            .clone_into(&mut first_line);
    }
    let mut fields = Vec::new();
    loop {
        line.clear();
        head.read_until(b'\n', &mut line)?;
        let text = String::from_utf8_lossy(&line);
        let text = text.trim();
        if text.is_empty() {
            return Ok(Some(Headers { first_line, fields }));
        }
        if let Some((name, value)) = text.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
}

/// The content of a chunked body, as far as it is whole; none where it does not begin with a size.
fn unchunk(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut body = None;
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let line = String::from_utf8_lossy(rest.get(..end).unwrap_or_default());
        let size = line.split(';').next().unwrap_or_default().trim();
        let Ok(size) = usize::from_str_radix(size, 16) else {
            break;
        };
        let chunk = rest.get(end + 1..).unwrap_or_default();
        body.get_or_insert_with(Vec::new)
            .extend_from_slice(chunk.get(..size).unwrap_or(chunk));
        let Some(next) = size.checked_add(2).and_then(|skip| chunk.get(skip..)) else {
            break;
        };
        if size == 0 {
            break;
        }
        rest = next;
    }
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warc_answers_are_read() {
        let http = "HTTP/1.1 200 OK\r\nContent-Type: text/javascript\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n";
        let warc = format!(
            "WARC/1.0\r\nWARC-Type: request\r\nContent-Length: 4\r\n\r\nGET \r\n\r\n\
             WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: <https://a.example/x>\r\nContent-Length: {}\r\n\r\n{http}\r\n\r\n",
            http.len()
        );
        let mut reader = warc.as_bytes();
        let answer = next_warc(&mut reader, 1 << 20)
            .expect("reads")
            .expect("one")
            .expect("small");
        assert_eq!(
            (answer.url.as_str(), answer.body.as_slice()),
            ("https://a.example/x", &b"abcde"[..])
        );
        assert_eq!(answer.media_type, "text/javascript");
        assert!(next_warc(&mut reader, 1 << 20).expect("reads").is_none());
    }

    #[test]
    fn broken_warc_is_an_error() {
        assert!(next_warc(&mut &b"WARC/1.0\r\nWARC-Type: response\r\n\r\n"[..], 10).is_err());
        assert!(next_warc(&mut &b"GET / HTTP/1.1\r\n\r\n"[..], 10).is_err());
        assert!(
            next_warc(
                &mut &b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 99\r\n\r\nab"[..],
                10
            )
            .is_err()
        );
    }

    #[test]
    fn broken_chunks_end() {
        assert_eq!(unchunk(b"5\r\nabc").as_deref(), Some(&b"abc"[..]));
        assert_eq!(
            unchunk(b"ffffffffffffffff\r\nabc").as_deref(),
            Some(&b"abc"[..])
        );
        assert_eq!(unchunk(b"zz\r\nabc"), None);
    }

    #[test]
    fn a_body_without_its_chunks_is_taken_as_it_is() {
        let http = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nvar a\nvar b\n";
        let warc = format!(
            "WARC/1.0\r\nWARC-Type: response\r\nContent-Length: {}\r\n\r\n{http}",
            http.len()
        );
        let answer = next_warc(&mut warc.as_bytes(), 1 << 20)
            .expect("reads")
            .expect("one")
            .expect("small");
        assert_eq!(answer.body, b"var a\nvar b\n");
        let cut = warc.as_bytes().split_last().expect("long").1;
        assert!(next_warc(&mut &*cut, 1 << 20).is_err());
    }
}
