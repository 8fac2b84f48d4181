//! Signatures in minisign's format (Ed25519 over `BLAKE2b`, <https://jedisct1.github.io/minisign/>),
//! checked against the keys that the package carries.

use minisign_verify::{PublicKey, Signature};

/// Longest text of a signature; minisign's are about 300 bytes.
pub const LONGEST_SIGNATURE: usize = 4_096;
/// Most keys that are looked at: one in use, one for rotation, and room.
const MOST_KEYS: usize = 8;

/// Why a signature is not good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no key to check against.
    #[error("this build carries no key to check signatures with")]
    NoKey,
    /// A key of the package cannot be read.
    #[error("a public key is broken")]
    BrokenKey,
    /// The signature cannot be read.
    #[error("the signature is broken")]
    BrokenSignature,
    /// It was made by none of the keys, or the bytes were changed.
    #[error("it is not signed by a key that this build trusts, or it was changed")]
    Untrusted,
}

/// Checks a signature against each of the keys (minisign public keys in base64, or key files).
/// Returns the index of the key that made it, and the trusted comment.
///
/// # Errors
/// Says why it is not good.
pub fn verify(
    bytes: &[u8],
    signature: &str,
    keys: &[impl AsRef<str>],
) -> Result<(usize, String), KeyError> {
    if keys.is_empty() {
        return Err(KeyError::NoKey);
    }
    if signature.len() > LONGEST_SIGNATURE {
        return Err(KeyError::BrokenSignature);
    }
    let signature = Signature::decode(signature).map_err(|_| KeyError::BrokenSignature)?;
    for (index, key) in keys.iter().take(MOST_KEYS).enumerate() {
        let key = read(key.as_ref())?;
        // Signatures of minisign's first format, which hash nothing, are not accepted.
        if key.verify(bytes, &signature, false).is_ok() {
            return Ok((index, signature.trusted_comment().to_owned()));
        }
    }
    Err(KeyError::Untrusted)
}

fn read(text: &str) -> Result<PublicKey, KeyError> {
    let text = text.trim();
    if text.contains('\n') {
        PublicKey::decode(text)
    } else {
        PublicKey::from_base64(text)
    }
    .map_err(|_| KeyError::BrokenKey)
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of minisign-verify's own documentation: made by minisign itself.
    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
    const SIGNATURE: &str = "untrusted comment: signature from minisign secret key
RUQf6LRCGA9i559r3g7V1qNyJDApGip8MfqcadIgT9CuhV3EMhHoN1mGTkUidF/z7SrlQgXdy8ofjb7bNJJylDOocrCo8KLzZwo=
trusted comment: timestamp:1556193335\tfile:test
y/rUw2y8/hOUYjZU71eHp/Wo1KZ40fGy2VJEDl34XMJM+TX48Ss/17u3IvIfbVR1FkZZSNCisQbuQY+bHwhEBg==";

    #[test]
    fn what_minisign_signed_is_accepted() {
        let (index, comment) = verify(b"test", SIGNATURE, &[KEY]).expect("good");
        assert_eq!(
            (index, comment.as_str()),
            (0, "timestamp:1556193335\tfile:test")
        );
    }

    #[test]
    fn anything_else_is_not() {
        let none: [&str; 0] = [];
        assert_eq!(verify(b"test", SIGNATURE, &none), Err(KeyError::NoKey));
        assert_eq!(verify(b"Test", SIGNATURE, &[KEY]), Err(KeyError::Untrusted));
        assert_eq!(verify(b"test", SIGNATURE, &["x"]), Err(KeyError::BrokenKey));
        for text in ["", "x", &SIGNATURE[..200], &"a".repeat(5_000)] {
            assert_eq!(
                verify(b"test", text, &[KEY]),
                Err(KeyError::BrokenSignature)
            );
        }
        let comment = SIGNATURE.replace("file:test", "file:best");
        assert_eq!(verify(b"test", &comment, &[KEY]), Err(KeyError::Untrusted));
    }
}
