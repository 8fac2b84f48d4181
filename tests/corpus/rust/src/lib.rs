//! A search for a proof of work with one of several hashes: what a browser miner in Rust is. `work`
//! compares with a target of 256 bits, `bits` counts leading zeros.

#![allow(unused, static_mut_refs)]
static mut IN: [u8; 256] = [0; 256];
static mut TARGET: [u8; 32] = [0; 32];
#[no_mangle] pub extern "C" fn a() -> *mut u8 { unsafe { IN.as_mut_ptr() } }
#[no_mangle] pub extern "C" fn b() -> *mut u8 { unsafe { TARGET.as_mut_ptr() } }
#[cfg(feature = "f_sha2")] fn hash(i: &[u8]) -> [u8; 32] { use sha2::{Digest, Sha256}; Sha256::digest(Sha256::digest(i)).into() }
#[cfg(feature = "f_sha3")] fn hash(i: &[u8]) -> [u8; 32] { use sha3::{Digest, Keccak256}; Keccak256::digest(i).into() }
#[cfg(feature = "f_blake2")] fn hash(i: &[u8]) -> [u8; 32] { use blake2::{Digest, Blake2b, digest::consts::U32}; Blake2b::<U32>::digest(i).into() }
#[cfg(feature = "f_groestl")] fn hash(i: &[u8]) -> [u8; 32] { use groestl::{Digest, Groestl256}; Groestl256::digest(Groestl256::digest(i)).into() }
#[cfg(feature = "f_skein")] fn hash(i: &[u8]) -> [u8; 32] { use skein::{Digest, Skein512, consts::U32}; Skein512::<U32>::digest(i).into() }
#[cfg(feature = "f_blake3")] fn hash(i: &[u8]) -> [u8; 32] { *blake3::hash(blake3::hash(i).as_bytes()).as_bytes() }
#[cfg(feature = "f_sha1")] fn hash(i: &[u8]) -> [u8; 32] { use sha1::{Digest, Sha1}; let mut o = [0; 32]; o[..20].copy_from_slice(&Sha1::digest(i)); o }
#[cfg(feature = "f_scrypt")] fn hash(i: &[u8]) -> [u8; 32] { let mut o = [0; 32]; let p = scrypt::Params::new(10, 1, 1, 32).unwrap(); scrypt::scrypt(i, i, &p, &mut o).unwrap(); o }
#[cfg(feature = "f_argon2")] fn hash(i: &[u8]) -> [u8; 32] { let mut o = [0; 32]; argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, argon2::Params::new(512, 3, 1, Some(32)).unwrap()).hash_password_into(i, &i[..16], &mut o).unwrap(); o }
#[no_mangle] pub extern "C" fn work(start: u32, count: u32) -> i32 {
    let (input, target) = unsafe { (&mut IN, &TARGET) };
    let mut n = start;
    for _ in 0..count {
        input[76..80].copy_from_slice(&n.to_le_bytes());
        let mut h = hash(&input[..80]);
        h.reverse();
        if &h[..] < &target[..] { return n as i32; }
        n = n.wrapping_add(1);
    }
    -1
}
#[no_mangle] pub extern "C" fn bits(start: u64, count: u32, difficulty: u32) -> u64 {
    let input = unsafe { &mut IN };
    let mut n = start;
    for _ in 0..count {
        input[32..40].copy_from_slice(&n.to_be_bytes());
        let h = hash(&input[..40]);
        let mut zeros = 0;
        for b in h { if b == 0 { zeros += 8 } else { zeros += b.leading_zeros(); break } }
        if zeros >= difficulty { return n; }
        n += 1;
    }
    0
}
