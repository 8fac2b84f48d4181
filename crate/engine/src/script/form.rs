//! The form of a script: its text without what its author may choose. Names become `$` (but those
//! of the language and of the platform), chains of members one `$`, strings `""`, numbers are
//! decimal, spaces, comments, declarations and what only makes a word of a number (`>>> 0`, `| 0`)
//! are gone, so that code means the same text however it is named, spelled or minified:
//!
//! `let view = job.buf; if (hash[i] < job.target[i]) self.postMessage({ n })`
//! → `$=$;if($[$]<$[$])postMessage({$})`
//!
//! Signatures look for the steps of a search in it as they look for words in the text. A tokeniser
//! that reads once, forward.

use super::quoted::Slash;
use super::{number, quoted};
use crate::signature::is_identifier;

/// What a name is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Name {
    /// A word of the language that stays.
    Kept,
    /// A word that says nothing about what happens.
    Dropped,
    /// What the platform calls the steps of a search: a number is written, a hash is taken,
    /// compared and told.
    Platform,
    Function,
    True,
    False,
    /// Its author's choice.
    Own,
}

/// The names that are not their author's choice, the most common first.
const NAMES: [(&[u8], Name); 60] = [
    (b"var", Name::Dropped),
    (b"if", Name::Kept),
    (b"return", Name::Kept),
    (b"function", Name::Function),
    (b"let", Name::Dropped),
    (b"const", Name::Dropped),
    (b"for", Name::Kept),
    (b"else", Name::Kept),
    (b"length", Name::Platform),
    (b"new", Name::Dropped),
    (b"true", Name::True),
    (b"false", Name::False),
    (b"while", Name::Kept),
    (b"do", Name::Kept),
    (b"break", Name::Kept),
    (b"continue", Name::Kept),
    (b"case", Name::Kept),
    (b"switch", Name::Kept),
    (b"in", Name::Kept),
    (b"of", Name::Kept),
    (b"throw", Name::Kept),
    (b"try", Name::Kept),
    (b"catch", Name::Kept),
    (b"class", Name::Kept),
    (b"async", Name::Dropped),
    (b"await", Name::Dropped),
    (b"static", Name::Dropped),
    (b"void", Name::Dropped),
    (b"postMessage", Name::Platform),
    (b"send", Name::Platform),
    (b"fetch", Name::Platform),
    (b"emit", Name::Platform),
    (b"WebSocket", Name::Platform),
    (b"Worker", Name::Platform),
    (b"importScripts", Name::Platform),
    (b"now", Name::Platform),
    (b"clz32", Name::Platform),
    (b"BigInt", Name::Platform),
    (b"setUint32", Name::Platform),
    (b"setInt32", Name::Platform),
    (b"setBigUint64", Name::Platform),
    (b"getUint32", Name::Platform),
    (b"getInt32", Name::Platform),
    (b"getBigUint64", Name::Platform),
    (b"startsWith", Name::Platform),
    (b"indexOf", Name::Platform),
    (b"slice", Name::Platform),
    (b"substr", Name::Platform),
    (b"substring", Name::Platform),
    (b"repeat", Name::Platform),
    (b"every", Name::Platform),
    (b"digest", Name::Platform),
    (b"random", Name::Platform),
    (b"setTimeout", Name::Platform),
    (b"requestAnimationFrame", Name::Platform),
    (b"requestIdleCallback", Name::Platform),
    (b"setImmediate", Name::Platform),
    (b"dispatchEvent", Name::Platform),
    (b"Atomics", Name::Platform),
    (b"post", Name::Platform),
];

/// For each byte, a bit for each length of those names that begin with it.
const LENGTHS: [u32; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < NAMES.len() {
        let name = NAMES[at].0;
        table[name[0] as usize] |= 1 << name.len();
        at += 1;
    }
    table
};

fn name_of(name: &[u8]) -> Name {
    let first = name.first().copied().unwrap_or_default();
    if name.len() > 31 || LENGTHS[usize::from(first)] >> name.len() & 1 == 0 {
        return Name::Own;
    }
    let known = NAMES.iter().find(|known| known.0 == name);
    known.map_or(Name::Own, |known| known.1)
}

/// Sums of numbers are not longer.
const LONGEST: usize = 200;

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    out: Vec<u8>,
    /// Where the string ends that is read as the code that it is.
    code_end: usize,
    /// For each template around: how many braces are open in its expression.
    templates: Vec<u32>,
}

/// The form of a text.
pub(super) fn form(text: &[u8]) -> Vec<u8> {
    let mut reader = Reader {
        text,
        at: 0,
        out: Vec::with_capacity(text.len() / 2),
        code_end: usize::MAX,
        templates: Vec::new(),
    };
    while let Some(&byte) = text.get(reader.at) {
        reader.step(byte);
    }
    reader.out
}

impl Reader<'_> {
    fn rest(&self) -> &[u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn ends(&self, tail: &[u8]) -> bool {
        self.out.ends_with(tail)
    }

    fn pop(&mut self, count: usize) {
        self.out.truncate(self.out.len().saturating_sub(count));
    }

    fn step(&mut self, byte: u8) {
        if self.at == self.code_end {
            self.at += 1;
            self.code_end = usize::MAX;
            return;
        }
        match byte {
            b' ' | b'\n' | b'\t' | b'\r' => self.at += 1,
            b'\\' => self.at += 2,
            b'"' | b'\'' | b'`' if self.holds_code(byte) => {}
            b'"' | b'\'' => self.string(byte),
            b'`' => {
                self.at += 1;
                self.out.extend_from_slice(b"\"\"");
                self.template();
            }
            b'/' => self.slash(),
            b'0'..=b'9' | b'-' | b'(' if self.sum() => {}
            b'0'..=b'9' => self.number(),
            b'.' if self.rest().get(1).is_some_and(u8::is_ascii_digit) => {
                self.at += 1;
                self.at += number::read(self.rest()).1;
                self.out.push(b'0');
            }
            b'?' if self.rest().get(1) == Some(&b'.') => self.at += 1,
            _ if is_identifier(byte) => {
                let length = self.rest().iter().position(|&byte| !is_identifier(byte));
                let length = length.unwrap_or(self.rest().len());
                let name = self.text.get(self.at..self.at + length).unwrap_or_default();
                self.at += length;
                self.name(name);
            }
            _ => self.mark(byte),
        }
    }

    fn mark(&mut self, byte: u8) {
        self.at += 1;
        match (byte, self.templates.last_mut()) {
            (b'{', Some(open)) => *open += 1,
            (b'}', Some(0)) => {
                self.templates.pop();
                self.template();
                return;
            }
            (b'}', Some(open)) => *open -= 1,
            _ => {}
        }
        if byte == b'}' && self.ends(b";") {
            self.pop(1);
        }
        self.out.push(byte);
    }

    /// The text of a template up to its end or next expression; those are joined by `+`.
    #[inline(never)]
    fn template(&mut self) {
        while let Some(&byte) = self.text.get(self.at) {
            self.at += 1;
            match byte {
                b'\\' => self.at += 1,
                b'`' => return,
                b'$' if self.text.get(self.at) == Some(&b'{')
                    && self.templates.len() < quoted::NESTED =>
                {
                    self.at += 1;
                    self.templates.push(0);
                    self.out.push(b'+');
                    return;
                }
                _ => {}
            }
        }
    }

    /// Goes into a string that holds the code of a worker, as into any code.
    fn holds_code(&mut self, quote: u8) -> bool {
        if self.code_end != usize::MAX {
            return false;
        }
        let start = self.at + 1;
        let Some(end) = quoted::code_end(self.text, start, quote) else {
            return false;
        };
        self.out.extend_from_slice(b"\"\";");
        self.at = start;
        self.code_end = end;
        true
    }

    /// A string, and those that are added to it.
    fn string(&mut self, quote: u8) {
        let mut quote = quote;
        let mut whole: Vec<u8> = Vec::new();
        loop {
            let start = self.at + 1;
            let end = quoted::end(self.text, start, quote);
            whole.extend_from_slice(self.text.get(start..end).unwrap_or_default());
            self.at = end + 1;
            let rest = self.rest().trim_ascii_start();
            let Some(next) = rest.strip_prefix(b"+").map(<[u8]>::trim_ascii_start) else {
                break;
            };
            let Some(&other) = next.first().filter(|byte| matches!(byte, b'"' | b'\'')) else {
                break;
            };
            self.at = self.text.len() - next.len();
            quote = other;
        }
        let member = self.ends(b"$[") && self.rest().first() == Some(&b']');
        if member && !whole.is_empty() && whole.iter().all(|&byte| is_identifier(byte)) {
            self.at += 1;
            self.pop(1);
            self.out.push(b'.');
            self.name(&whole);
        } else {
            self.out.extend_from_slice(b"\"\"");
        }
    }

    /// A comment, a regular expression or a division.
    fn slash(&mut self) {
        match Slash::read(&self.out, self.rest()) {
            Slash::Comment(length) => self.at += length,
            Slash::Expression(length) => {
                self.at += length;
                self.out.extend_from_slice(b"\"\"");
            }
            Slash::Division => self.mark(b'/'),
        }
    }

    /// Reads a sum or product of numbers as its value, where that cannot change what it means.
    fn sum(&mut self) -> bool {
        let binds = |byte: &u8| b"-*/%".contains(byte);
        let rest = self.rest();
        let rest = match self.out.last() {
            Some(byte) if b"$)]\"".contains(byte) || byte.is_ascii_digit() => return false,
            Some(byte) if binds(byte) && rest.first() != Some(&b'(') => return false,
            // What is in parentheses only.
            Some(byte) if binds(byte) => {
                let end = rest.iter().take(LONGEST).position(|&byte| byte == b')');
                rest.get(..end.map_or(0, |end| end + 1)).unwrap_or_default()
            }
            _ => rest.get(..LONGEST).unwrap_or(rest),
        };
        let Some((value, length)) = number::sum(rest) else {
            return false;
        };
        self.out.extend_from_slice(value.to_string().as_bytes());
        self.at += length;
        true
    }

    fn number(&mut self) {
        let (value, length) = number::read(self.rest());
        self.at += length.max(1);
        let value = value.unwrap_or(1);
        if value == 0 && self.ends(b">>>") {
            self.pop(3);
        } else if value == 0 && self.ends(b"|") && !self.ends(b"||") {
            self.pop(1);
        } else {
            self.out.extend_from_slice(value.to_string().as_bytes());
        }
    }

    fn name(&mut self, name: &[u8]) {
        let member = self.ends(b".") && !self.ends(b"..");
        if member {
            self.pop(1);
        }
        match (name_of(name), member) {
            (Name::Platform, _) => {
                if member && self.ends(b"$") {
                    self.pop(1);
                }
                self.out.extend_from_slice(name);
            }
            (_, true) => {
                if !self.out.last().is_some_and(|byte| b"$)]\"".contains(byte)) {
                    self.out.push(b'$');
                }
            }
            (Name::Own, _) => self.out.push(b'$'),
            (Name::Kept, _) => self.out.extend_from_slice(name),
            (Name::True, _) => self.out.extend_from_slice(b"!0"),
            (Name::False, _) => self.out.extend_from_slice(b"!1"),
            (Name::Function, _) => self.function(),
            (Name::Dropped, _) => {}
        }
    }

    /// What a function is called and given is its author's choice too.
    fn function(&mut self) {
        self.out.extend_from_slice(b"function");
        let rest = self.rest();
        let plain = |&byte: &u8| is_identifier(byte) || b" \n\t\r,*(=".contains(&byte);
        let length = rest
            .iter()
            .take(1_000)
            .take_while(|&byte| plain(byte))
            .count();
        if rest.get(length) == Some(&b')') {
            self.at += length + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        String::from_utf8_lossy(&form(text.as_bytes())).into_owned()
    }

    #[test]
    fn names_and_spelling_are_gone() {
        let plain = "for (let i = start; ; i++) { // search\n  view.setUint32(0x4c, i >>> 0, true);\n  if (less(hash(head), job['limit'])) { self.postMessage({ i }); return; }\n}";
        let minified =
            "for(var a=b;;a++)if(c.d.setUint32(76,a,!0),e(f(g),h.i)){postMessage({a:a});return}";
        assert_eq!(
            of(plain),
            "for($=$;;$++){setUint32(76,$,!0);if($($($),$)){postMessage({$});return}}"
        );
        assert!(of(minified).contains("setUint32(76,$,!0)"));
        assert_eq!(
            of("function less(x, y) { return x[31] < y['31'] }"),
            "function{return$[31]<$}"
        );
    }

    #[test]
    fn numbers_are_decimal_and_words_are_numbers() {
        assert_eq!(
            of("x = (0x1F | 0) + 1e3 + 7n + .5; y >>> 0; z || 0"),
            "$=(31)+1007+0;$;$||0"
        );
        assert_eq!(
            of(
                "f(0x2*0x5+-0x3, x-(-0x2*0x4+0x1), a-1+2, g(-(3-5)), -b, (c), 1 + h, 1 + 2 * i, 3 + 4 + j)"
            ),
            "$(7,$--7,$-1+2,$(2),-$,($),1+$,1+2*$,7+$)"
        );
    }

    #[test]
    fn strings_templates_and_expressions_do_not_lead_astray() {
        assert_eq!(
            of("a = `it's ${b + `${c}`} '` + 'x\\'y' + /[\"'/]/.test(d) / 2; e"),
            "$=\"\"+$+\"\"+$+\"\"+\"\"($)/2;$"
        );
        assert_eq!(of("/* ' */ a['b'](c?.d)"), "$($)");
        let code = "for (const a of b) { c(a); }\n".repeat(10);
        let quoted = code.replace('\n', "\\n");
        for text in [format!("x(`{code}`) + `d`"), format!("x('{quoted}') + 'd'")] {
            let form = of(&text);
            assert!(
                form.starts_with("$(\"\";for($of$){$($)}for(") && form.ends_with("})+\"\""),
                "{form}"
            );
        }
        for text in [
            "`${",
            "'",
            "/",
            "/*",
            "a.",
            "0x",
            "function",
            "function(",
            "a['",
            "`${`${",
        ] {
            assert!(form(text.as_bytes()).len() <= text.len() + 8, "{text}");
        }
    }
}
