//! The tokens of a message, whatever its framing: runs of letters and digits, told apart by what
//! they could be for a miner.

/// One run of letters and digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a [u8],
    /// Length of its hexadecimal part where it is long enough to mean something, else 0.
    pub(super) hex: usize,
}

/// The most tokens that are taken from one message.
const MOST: usize = 400;

/// The tokens of a message.
pub(super) fn tokens(message: &[u8]) -> impl Iterator<Item = Token<'_>> {
    message
        .split(|byte| !byte.is_ascii_alphanumeric())
        .filter(|run| run.len() >= 2)
        .take(MOST)
        .map(|text| Token {
            text,
            hex: hex_length(text),
        })
}

/// The length of a token's hexadecimal part: the whole, without `0x`, or, in binary framings where
/// a length byte may precede, what is left without its first letter.
fn hex_length(text: &[u8]) -> usize {
    let text = text.strip_prefix(b"0x").unwrap_or(text);
    let hex = text
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let whole = hex == text.len() || hex + 1 == text.len();
    // A word such as `feedface` or a plain decimal number is no nonce.
    let has_digit = text.iter().any(u8::is_ascii_digit);
    if whole && hex >= 8 && has_digit {
        hex & !1
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_hexadecimal_from_words() {
        let found: Vec<(usize, usize)> =
            tokens(b"{\"id\":\"0011aabb\",\"x\":\"deadbeef\",n:0xdeadbeef01}")
                .map(|token| (token.text.len(), token.hex))
                .collect();
        assert_eq!(found, [(2, 0), (8, 8), (8, 0), (12, 10)]);
    }
}
