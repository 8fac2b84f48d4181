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
pub(super) fn telling(name: &[u8]) -> Option<&'static str> {
    if name.len() > 200 {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let text = std::str::from_utf8(&lower).ok()?;
    let text = text.trim_start_matches('_');
    WHOLE
        .iter()
        .find(|whole| **whole == text)
        .or_else(|| PARTS.iter().find(|part| text.contains(**part)))
        .copied()
}
