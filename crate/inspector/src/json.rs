//! A verdict as JSON text (RFC 8259), in the shape that the guard expects; no library needed.

use nomine_engine::verdict::{Outcome, Verdict};

/// The text of a verdict that found nothing.
pub const ALLOW: &str = r#"{"outcome":"allow","family":"","algorithm":"","confidence":0,"evidence":[],"not_inspected":null}"#;

/// Appends the text of a verdict.
pub fn write(verdict: &Verdict, out: &mut String) {
    out.push_str("{\"outcome\":");
    text(
        match verdict.outcome {
            Outcome::Allow => "allow",
            Outcome::Watch => "watch",
            Outcome::Block => "block",
        },
        out,
    );
    out.push_str(",\"family\":");
    text(&verdict.family, out);
    out.push_str(",\"algorithm\":");
    text(&verdict.algorithm, out);
    out.push_str(",\"confidence\":");
    number(i64::from(verdict.confidence), out);
    out.push_str(",\"evidence\":[");
    for (index, evidence) in verdict.evidence.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        out.push_str("{\"signature\":");
        text(&evidence.signature, out);
        out.push_str(",\"detail\":");
        text(&evidence.detail, out);
        out.push_str(",\"weight\":");
        number(i64::from(evidence.weight), out);
        out.push_str(",\"place\":{");
        if let Some(function) = evidence.place.function {
            out.push_str("\"function\":");
            number(i64::from(function), out);
        }
        if let Some(offset) = evidence.place.offset {
            if evidence.place.function.is_some() {
                out.push(',');
            }
            out.push_str("\"offset\":");
            number(i64::from(offset), out);
        }
        out.push_str("}}");
    }
    out.push_str("],\"not_inspected\":");
    match &verdict.not_inspected {
        Some(reason) => text(reason, out),
        None => out.push_str("null"),
    }
    out.push('}');
}

/// Without the standard formatting, which would weigh several kilobytes in the module.
fn number(value: i64, out: &mut String) {
    if value < 0 {
        out.push('-');
    }
    let mut rest = value.unsigned_abs();
    let mut digits = [b'0'; 20];
    let mut first = digits.len();
    for (index, slot) in digits.iter_mut().enumerate().rev() {
        *slot = b'0' + (rest % 10) as u8;
        first = index;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    for &digit in digits.iter().skip(first) {
        out.push(char::from(digit));
    }
}

fn text(value: &str, out: &mut String) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push('"');
    for c in value.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{0}'..='\u{1f}' => {
                out.push_str("\\u00");
                out.push(if u32::from(c) >= 16 { '1' } else { '0' });
                out.push(char::from(HEX[c as usize & 15]));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use nomine_engine::verdict::{Evidence, Place};

    #[test]
    fn nothing_found() {
        let mut out = String::new();
        write(&Verdict::default(), &mut out);
        assert_eq!(out, ALLOW);
    }

    #[test]
    fn everything_is_escaped() {
        let verdict = Verdict {
            outcome: Outcome::Block,
            family: "a\"b\\c\n\u{1f}é".into(),
            algorithm: "x".into(),
            confidence: 93,
            evidence: vec![Evidence {
                signature: "s".into(),
                detail: "d".into(),
                weight: -120,
                place: Place {
                    function: Some(0),
                    offset: Some(u32::MAX),
                },
            }],
            not_inspected: Some("why".into()),
        };
        let mut out = String::new();
        write(&verdict, &mut out);
        assert_eq!(
            out,
            "{\"outcome\":\"block\",\"family\":\"a\\\"b\\\\c\\u000a\\u001fé\",\"algorithm\":\"x\",\
             \"confidence\":93,\"evidence\":[{\"signature\":\"s\",\"detail\":\"d\",\"weight\":-120,\
             \"place\":{\"function\":0,\"offset\":4294967295}}],\"not_inspected\":\"why\"}"
        );
    }
}
