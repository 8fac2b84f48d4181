//! HTML: the scripts, shaders, frames and addresses in it.
//!
//! A tokenizer of just what a scan needs: it finds start tags, their attributes and the ends of
//! comments as the HTML standard does, takes the text of `script` up to `</script`, and passes over
//! the text of `style`, `title` and the like. It runs in linear time and does not build a tree.

use std::borrow::Cow;

/// Something in a page that can run or load code.
#[derive(Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// The text of an inline script, with the value of its `type`.
    Script {
        /// What is between the tags.
        text: Cow<'a, str>,
        /// The value of `type`, lower case; empty without one.
        kind: String,
        /// The byte offset of the text in the page.
        offset: usize,
    },
    /// An attribute that is code (`onload=…`, `href="javascript:…"`).
    Handler {
        /// The code.
        text: String,
        /// The byte offset of its tag in the page.
        offset: usize,
    },
    /// A page in an attribute (`srcdoc`).
    Frame {
        /// The inner page's source.
        text: String,
        /// The byte offset of its tag in the page.
        offset: usize,
    },
    /// An address that the page loads; also `data:` addresses.
    Address {
        /// As written, entities decoded.
        url: String,
        /// What asks for it: the browsers' resource type.
        kind: &'static str,
        /// The byte offset of its tag in the page.
        offset: usize,
    },
}

/// The parts of a page, in order.
pub fn parts(source: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    read(source, 0, false, &mut parts);
    parts
}

/// Elements whose content is text and not markup (with scripts switched on).
const RAW: [&str; 8] = [
    "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes", "noscript",
];

/// Takes the parts from an offset on. `raw` says that this is the content of a [`RAW`] element,
/// which knows no comments.
fn read<'a>(source: &'a str, from: usize, raw: bool, parts: &mut Vec<Part<'a>>) {
    let mut rest = from;
    // Once the search for the end of a comment came up empty: unclosed ones stay linear.
    let mut no_comment_end = false;
    // In SVG and MathML the elements of `RAW` hold markup, and where those end is not known here.
    let mut foreign = false;
    while let Some(found) = source
        .get(rest..)
        .and_then(|tail| memchr::memchr(b'<', tail.as_bytes()))
    {
        let open = rest + found;
        let after = source.get(open + 1..).unwrap_or_default();
        if !raw && after.starts_with("!--") {
            let end = comment_end(source, open + 4, !no_comment_end);
            no_comment_end = end.is_none();
            rest = end.unwrap_or(open + 4);
            continue;
        }
        if let Some(name) = after.strip_prefix('/')
            && name.starts_with(|first: char| first.is_ascii_alphabetic())
        {
            rest = Tag::read(source, open + 2).end;
            continue;
        }
        if !raw && after.starts_with(['!', '?', '/']) {
            // A comment too, up to the next `>`.
            rest = find_from(source, open, ">").map_or(source.len(), |end| end + 1);
            continue;
        }
        if !after.starts_with(|first: char| first.is_ascii_alphabetic()) {
            rest = open + 1;
            continue;
        }
        let tag = Tag::read(source, open + 1);
        collect(&tag, open, parts);
        rest = tag.end;
        if tag.name == "script" {
            let end = find_closing(source, tag.end, "script").unwrap_or(source.len());
            let text = source.get(tag.end..end).unwrap_or_default();
            if !text.trim().is_empty() {
                parts.push(Part::Script {
                    text: Cow::Borrowed(text),
                    kind: tag
                        .value("type")
                        .unwrap_or_default()
                        .trim()
                        .to_ascii_lowercase(),
                    offset: tag.end,
                });
            }
            rest = end;
        } else if !raw && RAW.contains(&tag.name.as_str()) {
            let end = find_closing(source, tag.end, &tag.name).unwrap_or(source.len());
            if foreign {
                read(source.get(..end).unwrap_or(source), tag.end, true, parts);
            }
            rest = end;
        }
        foreign |= matches!(tag.name.as_str(), "svg" | "math");
    }
}

/// Behind the end of a comment whose content begins here; `search` says whether to look for one
/// that does not end at once.
fn comment_end(source: &str, from: usize, search: bool) -> Option<usize> {
    let text = source.get(from..)?;
    for short in [">", "->"] {
        if text.starts_with(short) {
            return Some(from + short.len());
        }
    }
    if !search {
        return None;
    }
    memchr::memmem::find_iter(text.as_bytes(), b"-")
        .map(|at| from + at)
        .find_map(|at| {
            let tail = source.get(at..)?;
            ["-->", "--!>"]
                .into_iter()
                .find(|end| tail.starts_with(end))
                .map(|end| at + end.len())
        })
}

/// What the attributes of one tag say.
fn collect(tag: &Tag, offset: usize, parts: &mut Vec<Part<'_>>) {
    let kind = match tag.name.as_str() {
        "script" => Some(("src", "script")),
        "iframe" | "frame" | "embed" => Some(("src", "sub_frame")),
        "object" => Some(("data", "object")),
        "link" => Some(("href", "other")),
        "image" | "img" => Some(("src", "image")),
        _ => None,
    };
    if let Some((attribute, kind)) = kind {
        let svg = if tag.name == "script" {
            tag.value("href").or_else(|| tag.value("xlink:href"))
        } else {
            None
        };
        for url in tag.value(attribute).into_iter().chain(svg) {
            let url = without_breaks(decode_entities(url).trim());
            let kind = match tag.value("as").map(str::to_ascii_lowercase).as_deref() {
                Some("script" | "worker") if tag.name == "link" => "script",
                Some("fetch") if tag.name == "link" => "xmlhttprequest",
                _ if tag
                    .value("rel")
                    .is_some_and(|rel| rel.eq_ignore_ascii_case("modulepreload")) =>
                {
                    "script"
                }
                _ => kind,
            };
            if !url.is_empty() {
                parts.push(Part::Address { url, kind, offset });
            }
        }
    }
    for (name, value) in &tag.attributes {
        if name == "srcdoc" {
            parts.push(Part::Frame {
                text: decode_entities(value),
                offset,
            });
        } else if name.starts_with("on") && !value.trim().is_empty() {
            parts.push(Part::Handler {
                text: decode_entities(value),
                offset,
            });
        } else if matches!(name.as_str(), "href" | "src" | "action") {
            let value = decode_entities(value);
            if let Some((scheme, code)) = value.trim().split_once(':')
                && without_breaks(scheme).eq_ignore_ascii_case("javascript")
            {
                parts.push(Part::Handler {
                    text: code.to_owned(),
                    offset,
                });
            }
        }
    }
}

/// An address without tabs and line breaks, which browsers drop.
fn without_breaks(url: &str) -> String {
    url.chars()
        .filter(|c| !matches!(c, '\t' | '\n' | '\r'))
        .collect()
}

/// A start tag.
struct Tag {
    name: String,
    attributes: Vec<(String, String)>,
    /// The offset behind its `>`.
    end: usize,
}

impl Tag {
    /// Reads the tag whose name begins at `start`.
    fn read(source: &str, start: usize) -> Self {
        let bytes = source.as_bytes();
        let mut at = start;
        let name = take(source, &mut at, |byte| {
            !is_space(byte) && byte != b'>' && byte != b'/'
        });
        let mut attributes = Vec::new();
        loop {
            take(source, &mut at, |byte| is_space(byte) || byte == b'/');
            match bytes.get(at) {
                None => break,
                Some(b'>') => {
                    at += 1;
                    break;
                }
                Some(_) => {}
            }
            let begin = at;
            let key = take(source, &mut at, |byte| {
                !is_space(byte) && !matches!(byte, b'=' | b'>' | b'/')
            });
            take(source, &mut at, is_space);
            let mut value = "";
            if bytes.get(at) == Some(&b'=') {
                at += 1;
                take(source, &mut at, is_space);
                value = match bytes.get(at).copied() {
                    Some(quote @ (b'"' | b'\'')) => {
                        at += 1;
                        let value = take(source, &mut at, |byte| byte != quote);
                        at = (at + 1).min(source.len());
                        value
                    }
                    _ => take(source, &mut at, |byte| !is_space(byte) && byte != b'>'),
                };
            }
            if at == begin {
                at += 1;
            }
            if !key.is_empty() {
                attributes.push((key.to_ascii_lowercase(), value.to_owned()));
            }
        }
        Self {
            name: name.to_ascii_lowercase(),
            attributes,
            end: at,
        }
    }

    /// The value of an attribute.
    fn value(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Moves on while the bytes fit, and returns what was passed. Every predicate here tells ASCII
/// bytes apart only, so the cut is between characters.
fn take<'a>(source: &'a str, at: &mut usize, fits: impl Fn(u8) -> bool) -> &'a str {
    let begin = *at;
    let tail = source.as_bytes().get(begin..).unwrap_or_default();
    *at = begin
        + tail
            .iter()
            .position(|byte| !fits(*byte))
            .unwrap_or(tail.len());
    source.get(begin..*at).unwrap_or_default()
}

const fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0c)
}

fn find_from(source: &str, from: usize, needle: &str) -> Option<usize> {
    let tail = source.as_bytes().get(from..)?;
    memchr::memmem::find(tail, needle.as_bytes()).map(|at| from + at)
}

/// Where the end tag of this name begins, in any case, followed by what ends a tag's name.
fn find_closing(source: &str, from: usize, name: &str) -> Option<usize> {
    let bytes = source.as_bytes();
    let mut at = from;
    while let Some(found) = find_from(source, at, "</") {
        let end = found + 2 + name.len();
        let written = bytes.get(found + 2..end).unwrap_or_default();
        let next = bytes.get(end).copied().unwrap_or(b'>');
        if written.eq_ignore_ascii_case(name.as_bytes())
            && (is_space(next) || matches!(next, b'>' | b'/'))
        {
            return Some(found);
        }
        at = found + 2;
    }
    None
}

/// Decodes the character references that attributes with code use: numeric ones and the five that
/// XML knows. Others stay as they are.
fn decode_entities(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        let (before, tail) = rest.split_at(at);
        decoded.push_str(before);
        let semicolon = tail.bytes().take(12).position(|byte| byte == b';');
        let named = semicolon
            .and_then(|end| tail.get(1..end))
            .and_then(character);
        if let (Some(character), Some(end)) = (named, semicolon) {
            decoded.push(character);
            rest = tail.get(end + 1..).unwrap_or_default();
        } else {
            decoded.push('&');
            rest = tail.get(1..).unwrap_or_default();
        }
    }
    decoded.push_str(rest);
    decoded
}

fn character(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => number.parse(),
        };
        return code.ok().and_then(char::from_u32);
    }
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "colon" => Some(':'),
        "Tab" => Some('\t'),
        "NewLine" => Some('\n'),
        _ => None,
    }
}

/// The bytes of a `data:` address (its fragment is none of it) with its media type. `None` where it
/// is none, or is broken.
pub fn data_url(url: &str) -> Option<(String, Vec<u8>)> {
    let scheme = url.get(..5)?;
    if !scheme.eq_ignore_ascii_case("data:") {
        return None;
    }
    let url = url.split('#').next()?;
    let (head, body) = url.get(5..)?.split_once(',')?;
    let body = percent_decode(body);
    let lower = head.to_ascii_lowercase();
    let Some(media) = lower
        .trim_end()
        .strip_suffix("base64")
        .and_then(|media| media.trim_end().strip_suffix(';'))
    else {
        return Some((lower, body));
    };
    Some((media.to_owned(), base64(&body)?))
}

/// Base64 as browsers read it: spaces are ignored and padding may be missing.
pub fn base64(text: &[u8]) -> Option<Vec<u8>> {
    use base64::Engine as _;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    let lenient = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let compact: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !is_space(*byte))
        .collect();
    GeneralPurpose::new(&base64::alphabet::STANDARD, lenient)
        .decode(compact)
        .ok()
}

/// The bytes of a text with `%41` and the like decoded.
pub fn percent_decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let pair = text
            .get(at + 1..at + 3)
            .filter(|pair| pair.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(value) if byte == b'%' => {
                decoded.push(value);
                at += 3;
            }
            _ => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scripts(source: &str) -> Vec<String> {
        parts(source)
            .into_iter()
            .filter_map(|part| match part {
                Part::Script { text, .. } => Some(text.into_owned()),
                _ => None,
            })
            .collect()
    }

    #[test]
    fn inline_scripts_are_found() {
        assert_eq!(
            scripts("<p>a<script>one()</script><SCRIPT type=module>two()</ScRiPt >"),
            ["one()", "two()"]
        );
        assert_eq!(
            scripts("<!-- <script>no()</script> --><script>yes()</script>"),
            ["yes()"]
        );
        assert_eq!(
            scripts("<script>open(\"</scripty>\")"),
            ["open(\"</scripty>\")"]
        );
        assert_eq!(scripts("<script>  </script>"), Vec::<String>::new());
    }

    #[test]
    fn comments_end_where_browsers_end_them() {
        for hidden in [
            "<!-->",
            "<!--->",
            "<!---->",
            "<!----->",
            "<!-- x -->",
            "<!-- x --!>",
            "<!-- x - -- > --->",
            "<!x <!-- >",
            "<?x <!-- >",
            "</ <!-- >",
            "</p a='<!--'>",
            "<style><!--</style>",
            "<title><!--</TITLE >",
            "<textarea><!--</textarea>",
            "<xmp><!--</xmp>",
            "<iframe><!--</iframe>",
            "<noframes><!--</noframes>",
            "<noscript><!--</noscript>",
            "<svg><style><!--</style></svg>",
            "<svg><title><a b=\"</title></svg>",
        ] {
            let page = format!("{hidden}<script>runs()</script><!-- -->");
            assert_eq!(scripts(&page), ["runs()"], "{hidden}");
        }
        for (page, found) in [
            ("<textarea><script>no()</script></textarea>", 0),
            ("<style><script>no()</script>", 0),
            ("<!-- > -- <script>no()</script> -->", 0),
            ("<svg><style><script>runs()</script></style></svg>", 1),
        ] {
            assert_eq!(scripts(page).len(), found, "{page}");
        }
    }

    #[test]
    fn addresses_handlers_and_frames_are_found() {
        let found = parts(
            "<script src='https://a.example/x.js?a&amp;b'></script><iframe srcdoc=\"&lt;script&gt;x()&lt;/script&gt;\"></iframe>\
             <img src=i.png onerror=\"go()\"><a href=' JavaScript:run() '>",
        );
        assert!(found.contains(&Part::Address {
            url: "https://a.example/x.js?a&b".into(),
            kind: "script",
            offset: 0
        }));
        assert!(found.iter().any(
            |part| matches!(part, Part::Frame { text, .. } if text == "<script>x()</script>")
        ));
        assert!(
            found
                .iter()
                .any(|part| matches!(part, Part::Handler { text, .. } if text == "go()"))
        );
        assert!(
            found
                .iter()
                .any(|part| matches!(part, Part::Handler { text, .. } if text == "run()"))
        );
    }

    #[test]
    fn data_addresses_are_decoded() {
        assert_eq!(
            data_url("data:text/javascript;base64,YSgp"),
            Some(("text/javascript".into(), b"a()".to_vec()))
        );
        assert_eq!(
            data_url("DATA:,a%28)%2"),
            Some((String::new(), b"a()%2".to_vec()))
        );
        assert_eq!(
            data_url("data:;base64,YS gp"),
            Some((String::new(), b"a()".to_vec()))
        );
        assert_eq!(
            data_url("data:;base64,YSgp#x"),
            Some((String::new(), b"a()".to_vec()))
        );
        assert_eq!(data_url("data:text/plain;base64,*"), None);
        assert_eq!(data_url("https://a.example/"), None);
        assert_eq!(data_url("dätä:"), None);
    }

    #[test]
    fn hostile_pages_end() {
        let comments = "<!-- -".repeat(200_000) + &"<svg><title>".repeat(100_000);
        assert!(parts(&comments).is_empty());
        let unclosed = "<script".repeat(50_000) + &"<!--".repeat(50_000) + &"<script>x".repeat(2);
        assert!(parts(&unclosed).len() < 100_000);
        assert!(parts("<a =").len() < 2 && parts("<").is_empty() && parts("<a b='").is_empty());
        assert_eq!(parts("<ä><script>é()</script>").len(), 1);
    }
}
