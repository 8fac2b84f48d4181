//! FNV-1a (Fowler, Noll, Vo; RFC 9923), and by it the hashes of hosts, computed for all their suffixes in
//! one walk from the right.
//!
//! That of a host is the 64-bit one over the bytes from the last to the first, finished
//! by the 64-bit finaliser of `MurmurHash3` (Appleby, public domain) so that every bit is usable.
//! It is not keyed: whoever builds a host that collides with a blocked one blocks only himself, and
//! filters that let something through compare the host itself after the hash.
//!
//! A table tells at least 48 bits and the position of an entry apart (see `ruleset::hosts`): a host
//! that is on no list meets one by chance in fewer than one of 10^13 look-ups.

/// FNV-1a's offset basis.
const BASIS: u64 = 0xcbf2_9ce4_8422_2325;
/// FNV-1a's prime.
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// FNV-1a of 64 bits, one byte further.
#[inline]
const fn step(hash: u64, byte: u8) -> u64 {
    (hash ^ byte as u64).wrapping_mul(PRIME)
}

/// FNV-1a of 64 bits.
pub(crate) fn fnv64(bytes: &[u8]) -> u64 {
    bytes.iter().fold(BASIS, |hash, &byte| step(hash, byte))
}

/// FNV-1a of 32 bits.
pub(crate) const fn fnv32(bytes: &[u8]) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u32).wrapping_mul(0x0100_0193);
        at += 1;
    }
    hash
}

/// `MurmurHash3`'s finaliser.
const fn finish(mut hash: u64) -> u64 {
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

/// The hash of a whole host.
pub(crate) fn host_hash(host: &[u8]) -> u64 {
    finish(
        host.iter()
            .rev()
            .fold(BASIS, |hash, &byte| step(hash, byte)),
    )
}

/// Calls `visit` with the start and the hash of every suffix of the host that begins at a label,
/// shortest first, until it returns false.
#[inline]
pub(crate) fn each_suffix(host: &[u8], mut visit: impl FnMut(usize, u64) -> bool) {
    let mut hash = BASIS;
    for (index, &byte) in host.iter().enumerate().rev() {
        if byte == b'.' && !visit(index + 1, finish(hash)) {
            return;
        }
        hash = step(hash, byte);
    }
    visit(0, finish(hash));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_published_values() {
        // RFC 9923, appendix C.
        assert_eq!((fnv32(b""), fnv64(b"")), (0x811c_9dc5, BASIS));
        assert_eq!(
            (fnv32(b"a"), fnv64(b"a")),
            (0xe40c_292c, 0xaf63_dc4c_8601_ec8c)
        );
        assert_eq!(
            (fnv32(b"foobar"), fnv64(b"foobar")),
            (0xbf9c_f968, 0x8594_4171_f739_67e8)
        );
    }

    #[test]
    fn suffixes_hash_like_hosts() {
        let host = b"a.b.example";
        let mut seen = Vec::new();
        each_suffix(host, |start, hash| {
            assert_eq!(hash, host_hash(&host[start..]));
            seen.push(start);
            true
        });
        assert_eq!(seen, [4, 2, 0]);
    }

    #[test]
    fn the_walk_stops_when_told() {
        let mut calls = 0;
        each_suffix(b"a.b.c", |_, _| {
            calls += 1;
            false
        });
        assert_eq!(calls, 1);
    }
}
