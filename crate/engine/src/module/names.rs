//! Names of imports and exports that miners used: weak evidence, easily changed, never enough.
//! Sources: public miners and detectors (Coinhive, deepMiner, webminerpool, mineralt,
//! cpu-web-miner, Nimiq, `RandomX` ports), MEASURED on real modules.

/// Parts of names that only hash functions of coins have.
const PARTS: &[&str] = &[
    "cryptonight",
    "cryptonite",
    "dryptonight",
    "cryteknight",
    "supernight",
    "cn_slow_hash",
    "slow_hash",
    "randomx",
    "randomwow",
    "yespower",
    "yescrypt",
    "ghostrider",
    "minotaur",
    "verushash",
    "verus_hash",
    "kheavyhash",
    "heavy_hash",
    "heavyhash",
    "equihash",
    "argon2_target",
    "hard_hash",
    "chukwa",
    "lyra2",
    "x16r",
    "kawpow",
    "progpow",
    "ethash",
    "loot_cn",
    "csgocpu",
    "start_mining",
    "startmining",
    "start_miner",
    "scan_slots",
    "find_hashes",
    "processonenonce",
    "scanhash",
    "setactualnonce",
    "gethashesdone",
    "scan_nonce",
    "scannonce",
    "mine_block",
    "find_nonce",
    "search_nonce",
    "share_found",
    "create_work_and_hash",
    "hashes_per_second",
];

/// Whole names.
const WHOLE: &[&str] = &[
    "hash_cn",
    "aesb_single_round",
    "makemctx",
    "mloop",
    "mresult",
    "mine",
];

/// The telling part of a name, if there is one.
#[inline(never)]
pub(super) fn telling(name: &[u8]) -> Option<&'static str> {
    if name.len() > 200 {
        return None;
    }
    let start = name.iter().position(|&byte| byte != b'_')?;
    let text = name.get(start..)?;
    WHOLE
        .iter()
        .find(|whole| text.eq_ignore_ascii_case(whole.as_bytes()))
        .or_else(|| {
            // Modules have thousands of names, of which hardly one has the first two letters of a part.
            let pairs = text.windows(2).enumerate();
            let mut starts = pairs
                .filter(|(_, pair)| matches!(pair, &&[first, second] if begins(first, second)));
            starts.find_map(|(at, _)| {
                let begins = |part: &&&str| {
                    let rest = text.get(at..at + part.len());
                    rest.is_some_and(|rest| rest.eq_ignore_ascii_case(part.as_bytes()))
                };
                PARTS.iter().find(begins)
            })
        })
        .copied()
}

/// The first two letters of the parts: of each first one, which come second.
const PAIRS: [u32; 32] = {
    let mut pairs = [0; 32];
    let mut at = 0;
    while at < PARTS.len() {
        let part = PARTS[at].as_bytes();
        pairs[(part[0] & 31) as usize] |= 1 << (part[1] & 31);
        at += 1;
    }
    pairs
};

/// Whether a part may begin with these.
fn begins(first: u8, second: u8) -> bool {
    let seconds = PAIRS.get(usize::from(first & 31));
    seconds.is_some_and(|seconds| seconds >> (second & 31) & 1 != 0)
}
