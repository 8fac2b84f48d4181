//! Code that is drawn with a handful of signs: jjencode, aaencode (both Y. Hasegawa's), and letters that
//! are turned by thirteen. The first two spell each letter as an octal or hexadecimal escape whose
//! digits are expressions of fixed form; they are replaced and the escapes undone. What the signs of a digit
//! would evaluate to is not worked out, so other arrangements of the same signs stay as they are.

use super::{escape, seek};

/// The names of jjencode for the digits, and for the letters that it has without an escape.
const DIGITS: [&[u8]; 16] = [
    b"___", b"__$", b"_$_", b"_$$", b"$__", b"$_$", b"$$_", b"$$$", b"$___", b"$__$", b"$_$_",
    b"$_$$", b"$$__", b"$$_$", b"$$$_", b"$$$$",
];
const LETTERS: [(&[u8], u8); 3] = [(b"_$", b'o'), (b"__", b't'), (b"_", b'u')];
/// How aaencode spells its digits, without spaces.
const FACES: [&str; 16] = [
    "(c^_^o)",
    "(ﾟΘﾟ)",
    "((o^_^o)-(ﾟΘﾟ))",
    "(o^_^o)",
    "(ﾟｰﾟ)",
    "((ﾟｰﾟ)+(ﾟΘﾟ))",
    "((o^_^o)+(o^_^o))",
    "((ﾟｰﾟ)+(o^_^o))",
    "((ﾟｰﾟ)+(ﾟｰﾟ))",
    "((ﾟｰﾟ)+(ﾟｰﾟ)+(ﾟΘﾟ))",
    "(ﾟДﾟ).ﾟωﾟﾉ",
    "(ﾟДﾟ).ﾟΘﾟﾉ",
    "(ﾟДﾟ)['c']",
    "(ﾟДﾟ).ﾟｰﾟﾉ",
    "(ﾟДﾟ).ﾟДﾟﾉ",
    "(ﾟДﾟ)[ﾟΘﾟ]",
];
/// What stands before each letter of aaencode, and before those beyond ASCII.
const FACE: &str = "(ﾟДﾟ)[ﾟεﾟ]+";
const WIDE: &str = "(oﾟｰﾟo)+";

/// What is drawn in a text, up to a length.
pub(super) fn undrawn(text: &[u8], most: usize) -> Option<Vec<u8>> {
    let signs = |code: Option<Vec<u8>>| code.filter(|code| !code.is_empty());
    let escaped = signs(jj(text, most)).or_else(|| signs(faces(text, most)))?;
    escape::escapes(&escaped, most)
}

/// The escapes of jjencode.
fn jj(text: &[u8], most: usize) -> Option<Vec<u8>> {
    // `$=~[];$={___:++$,`: whatever stands for the dollar.
    let begin = seek::word(b"=~[];", text)?;
    let length = text
        .get(..begin)?
        .iter()
        .rev()
        .take_while(|&&byte| crate::signature::is_identifier(byte))
        .count();
    let name = text.get(begin - length..begin).filter(|_| length > 0)?;
    let rest = text.get(begin..)?;
    let start = seek::word(b"+\"\\\"\"+", rest)? + 6;
    let mut rest = rest.get(start..)?;
    let mut out = Vec::new();
    while out.len() < most {
        rest = rest.strip_prefix(b"+").unwrap_or(rest);
        if let Some(quoted) = rest.strip_prefix(b"\"") {
            let mut at = 0;
            while quoted.get(at).is_some_and(|&byte| byte != b'"') {
                at += if quoted.get(at) == Some(&b'\\') { 2 } else { 1 };
            }
            let string = escape::escapes(quoted.get(..at.min(quoted.len()))?, most)?;
            // The quotation mark around all.
            if string == b"\"" {
                break;
            }
            out.extend_from_slice(&string);
            rest = quoted.get(at + 1..).unwrap_or_default();
        } else if let Some(member) = rest.strip_prefix(name).and_then(|m| m.strip_prefix(b".")) {
            let length = member
                .iter()
                .take_while(|byte| matches!(byte, b'_' | b'$'))
                .count();
            let (word, after) = member.split_at(length);
            if let Some(digit) = DIGITS.iter().position(|&name| name == word) {
                out.extend(char::from_digit(digit as u32, 16).map(|digit| digit as u8));
            } else {
                out.push(LETTERS.iter().find(|(name, _)| *name == word)?.1);
            }
            rest = after;
        } else if let Some(after) = rest.strip_prefix(b"(![]+\"\")[") {
            // The third letter of `false`.
            out.push(b'l');
            rest = after.get(after.iter().position(|&byte| byte == b']')? + 1..)?;
        } else {
            break;
        }
    }
    Some(out)
}

/// The escapes of aaencode.
fn faces(text: &[u8], most: usize) -> Option<Vec<u8>> {
    let begin = seek::word("ﾟωﾟﾉ".as_bytes(), text)?;
    let text: Vec<u8> = text
        .get(begin..)?
        .iter()
        .copied()
        .filter(|&byte| byte != b' ')
        .collect();
    let mut rest = text.get(seek::word(FACE.as_bytes(), &text)?..)?;
    let mut out = Vec::new();
    while let Some(letter) = rest
        .strip_prefix(FACE.as_bytes())
        .filter(|_| out.len() < most)
    {
        let wide = letter.strip_prefix(WIDE.as_bytes());
        out.extend_from_slice(if wide.is_some() { b"\\u" } else { b"\\" });
        rest = wide.unwrap_or(letter);
        for _ in 0..4 {
            let digit = FACES.iter().enumerate().find_map(|(digit, face)| {
                let after = rest.strip_prefix(face.as_bytes())?.strip_prefix(b"+")?;
                Some((digit, after))
            });
            let Some((digit, after)) = digit else {
                break;
            };
            out.extend(char::from_digit(digit as u32, 16).map(|digit| digit as u8));
            rest = after;
        }
    }
    Some(out)
}

/// A text with its letters turned by thirteen.
pub(super) fn turned(text: &[u8]) -> Vec<u8> {
    text.iter()
        .map(|&byte| match byte {
            b'a'..=b'z' => (byte - b'a' + 13) % 26 + b'a',
            b'A'..=b'Z' => (byte - b'A' + 13) % 26 + b'A',
            _ => byte,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_is_read() {
        // `s=1` by each of the two.
        let jj = br#"$=~[];$={___:++$,$$$$:(![]+"")[$]};$.$($.$($.$$+"\""+"\\"+$.__$+$.$$_+$._$$+"="+$.__$+(![]+"")[$._$_]+$._$+"\"")())();"#;
        assert_eq!(undrawn(jj, 100).as_deref(), Some(&b"s=1lo"[..]));
        let mut faces = String::from("ﾟωﾟﾉ= /｀ｍ´）ﾉ; (ﾟДﾟ)[ﾟεﾟ]='\\\\';x+ ");
        for octal in ["163", "75", "61"] {
            faces.push_str("(ﾟДﾟ)[ﾟεﾟ]+");
            for digit in octal.bytes() {
                faces.push_str(FACES[usize::from(digit - b'0')]);
                faces.push_str("+ ");
            }
        }
        faces.push_str("(ﾟДﾟ)[ﾟoﾟ]) (ﾟΘﾟ)) ('_');");
        assert_eq!(undrawn(faces.as_bytes(), 100).as_deref(), Some(&b"s=1"[..]));
        for text in [&jj[..], faces.as_bytes()] {
            for cut in 0..text.len() {
                let _ = undrawn(&text[..cut], 100);
            }
        }
        assert_eq!(undrawn(b"a=~[];b", 100), None);
        assert_eq!(turned(b"jnfz, 13"), b"wasm, 13");
    }
}
