// A miner in AssemblyScript: Keccak-256 over 32 bytes and a nonce of eight, until 64 bits are below a limit.
const CONSTANTS: StaticArray<u64> = [
  0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b, 0x0000000080000001,
  0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088, 0x0000000080008009, 0x000000008000000a,
  0x000000008000808b, 0x800000000000008b, 0x8000000000008089, 0x8000000000008003, 0x8000000000008002, 0x8000000000000080,
  0x000000000000800a, 0x800000008000000a, 0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
];
const TURNS: StaticArray<u64> = [1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44];
const LANES: StaticArray<i32> = [10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1];
const s = new StaticArray<u64>(25);
const c = new StaticArray<u64>(5);
const job = new StaticArray<u64>(4);

export function jobAt(): usize { return changetype<usize>(job); }

function permute(): void {
  for (let round = 0; round < 24; round++) {
    for (let i = 0; i < 5; i++) c[i] = s[i] ^ s[i + 5] ^ s[i + 10] ^ s[i + 15] ^ s[i + 20];
    for (let i = 0; i < 5; i++) {
      const t = c[(i + 4) % 5] ^ rotl(c[(i + 1) % 5], 1);
      for (let j = 0; j < 25; j += 5) s[i + j] ^= t;
    }
    let carried = s[1];
    for (let i = 0; i < 24; i++) {
      const lane = LANES[i], kept = s[lane];
      s[lane] = rotl(carried, TURNS[i]);
      carried = kept;
    }
    for (let j = 0; j < 25; j += 5) {
      for (let i = 0; i < 5; i++) c[i] = s[j + i];
      for (let i = 0; i < 5; i++) s[j + i] = c[i] ^ (~c[(i + 1) % 5] & c[(i + 2) % 5]);
    }
    s[0] ^= CONSTANTS[round];
  }
}

export function search(start: u64, count: u32, limit: u64): u64 {
  for (let n: u32 = 0; n < count; n++) {
    const nonce = start + n;
    for (let i = 0; i < 4; i++) s[i] = job[i];
    s[4] = bswap(nonce); s[5] = 1;
    for (let i = 6; i < 25; i++) s[i] = 0;
    s[16] = 0x8000000000000000;
    permute();
    if (bswap(s[0]) < limit) return nonce;
  }
  return 0;
}
