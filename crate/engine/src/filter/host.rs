//! Host names in their canonical form, as the URL standard writes them: lower case, ASCII
//! (punycode), no trailing dot, IPv4 numbers in decimal, IPv6 in brackets.
//!
//! Limits: percent-encoded hosts are refused (lists do not have them).

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

/// Longest host name (RFC 1035, section 2.3.4, without the trailing dot).
const MAX_HOST: usize = 253;
/// Longest label (RFC 1035, section 2.3.4).
const MAX_LABEL: usize = 63;

/// The canonical form of a host, or why it is none.
///
/// # Errors
/// A few plain words on what is wrong with the name.
pub fn canonical(host: &str) -> Result<Cow<'_, str>, &'static str> {
    if is_plain(host) {
        return Ok(Cow::Borrowed(host));
    }
    if host.starts_with('[') || host.contains(':') {
        let inner = host
            .strip_prefix('[')
            .map_or(Some(host), |rest| rest.strip_suffix(']'))
            .ok_or("the bracket is not closed")?;
        let address: Ipv6Addr = inner.parse().map_err(|_| {
            if host.matches(':').count() == 1 {
                "it has a port, which no host name has"
            } else {
                "not an IPv6 address"
            }
        })?;
        return Ok(Cow::Owned(ipv6(address)));
    }
    let host = host.strip_suffix('.').unwrap_or(host);
    if host.is_empty() {
        return Err("it is empty");
    }
    let ascii = if host.is_ascii() && !has_punycode(host) {
        if host.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(host.to_ascii_lowercase())
        } else {
            Cow::Borrowed(host)
        }
    } else {
        // Four times the limit: names shrink little when they are mapped, and longer ones are refused
        // anyway.
        if host.len() > 4 * MAX_HOST {
            return Err("it is too long");
        }
        idna::domain_to_ascii_cow(host.as_bytes(), idna::AsciiDenyList::URL)
            .map_err(|_| "not a valid international name")?
    };
    if ascii.len() > MAX_HOST {
        return Err("it is too long");
    }
    for label in ascii.split('.') {
        if label.is_empty() {
            return Err("a label is empty");
        }
        if label.len() > MAX_LABEL {
            return Err("a label is too long");
        }
        if !label.bytes().all(is_host_byte) {
            return Err("it has characters that host names do not have");
        }
    }
    if ends_in_number(&ascii) {
        let address = ipv4(&ascii).ok_or("not an IPv4 address")?;
        let text = address.to_string();
        return Ok(if text == *ascii {
            ascii
        } else {
            Cow::Owned(text)
        });
    }
    Ok(ascii)
}

/// Whether a host is canonical as it is and plainly so, as nearly all are: labels of lower-case ASCII,
/// the last of which begins with a letter. Two hyphens may be an international name's.
fn is_plain(host: &str) -> bool {
    let (mut label, mut first, mut before) = (0, 0, 0);
    for byte in host.bytes() {
        if byte == b'.' {
            if label == 0 || label > MAX_LABEL {
                return false;
            }
            label = 0;
        } else {
            if !is_host_byte(byte) || (byte == b'-' && before == b'-') {
                return false;
            }
            if label == 0 {
                first = byte;
            }
            label += 1;
        }
        before = byte;
    }
    (1..=MAX_LABEL).contains(&label) && host.len() <= MAX_HOST && first.is_ascii_lowercase()
}

/// Whether a canonical host is an IPv4 or IPv6 address.
pub fn is_address(host: &str) -> bool {
    host.starts_with('[') || ends_in_number(host)
}

/// Bytes that host names are made of; the underscore is not in RFC 952 but in use.
pub const fn is_host_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_')
}

fn has_punycode(host: &str) -> bool {
    host.split('.').any(|label| {
        label
            .get(..4)
            .is_some_and(|l| l.eq_ignore_ascii_case("xn--"))
    })
}

/// As the URL standard serialises it: compressed, never with a dotted tail.
fn ipv6(address: Ipv6Addr) -> String {
    match address.to_ipv4_mapped() {
        Some(_) => {
            let [.., a, b] = address.segments();
            format!("[::ffff:{a:x}:{b:x}]")
        }
        None => format!("[{address}]"),
    }
}

/// The URL standard's "ends in a number": such a host is an IPv4 address or invalid.
fn ends_in_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    number(last).is_some() || (!last.is_empty() && last.bytes().all(|b| b.is_ascii_digit()))
}

/// A number in decimal, octal (leading 0) or hexadecimal (leading 0x).
fn number(text: &str) -> Option<u64> {
    let (digits, radix) = if let Some(hex) = text.strip_prefix("0x") {
        (hex, 16)
    } else if text.len() > 1 && text.starts_with('0') {
        (text.get(1..)?, 8)
    } else {
        (text, 10)
    };
    if digits.is_empty() {
        return (radix == 16).then_some(0);
    }
    if !digits.bytes().all(|b| (b as char).is_digit(radix)) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()
}

/// The URL standard's IPv4 parser.
fn ipv4(host: &str) -> Option<Ipv4Addr> {
    if let Ok(address) = host.parse() {
        return Some(address);
    }
    let parts: Vec<u64> = host.split('.').map(number).collect::<Option<_>>()?;
    let (last, rest) = parts.split_last()?;
    if rest.len() > 3 || rest.iter().any(|n| *n > 255) {
        return None;
    }
    let room = 8 * (4 - rest.len() as u32);
    if *last >= 1_u64.checked_shl(room)? {
        return None;
    }
    let head = rest
        .iter()
        .enumerate()
        .fold(0_u64, |sum, (i, n)| sum | (n << (24 - 8 * i)));
    u32::try_from(head | last).ok().map(Ipv4Addr::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_forms() {
        for (written, expected) in [
            ("example.com", "example.com"),
            ("EXAMPLE.Com.", "example.com"),
            ("a_b.example.com", "a_b.example.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example.", "xn--bcher-kva.example"),
            ("XN--BCHER-KVA.example", "xn--bcher-kva.example"),
            ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
            ("例え。テスト", "xn--r8jz45g.xn--zckzah"),
            ("1.2.3.4", "1.2.3.4"),
            ("0x7f.1", "127.0.0.1"),
            ("0300.0250.1", "192.168.0.1"),
            ("3232235521", "192.168.0.1"),
            ("2001:DB8::1", "[2001:db8::1]"),
            ("[2001:db8:0:0:0:0:0:1]", "[2001:db8::1]"),
            ("::ffff:10.0.0.1", "[::ffff:a00:1]"),
            ("localhost", "localhost"),
        ] {
            assert_eq!(canonical(written).as_deref(), Ok(expected), "{written}");
        }
    }

    #[test]
    fn what_is_not_a_host() {
        for written in [
            "",
            ".",
            "..",
            "a..b",
            ".example.com",
            "exa mple.com",
            "a/b",
            "a*b.com",
            "a%41.com",
            "1.2.3.4.5",
            "1.2.3.256",
            "a.09",
            "[::1",
            "[::g]",
            "1:2",
            "xn--a.example",
            "a\0b.com",
        ] {
            assert!(canonical(written).is_err(), "{written}");
        }
        assert!(canonical(&"a".repeat(64)).is_err());
        assert!(canonical(&format!("{}.com", "ü".repeat(50_000))).is_err());
        assert!(canonical(&"a.".repeat(200)).is_err());
    }

    #[test]
    fn addresses_are_told_from_names() {
        assert!(is_address("1.2.3.4"));
        assert!(is_address("[::1]"));
        assert!(!is_address("1.2.3.4.example"));
        assert!(!is_address("example"));
    }
}
