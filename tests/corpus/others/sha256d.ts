// A miner in AssemblyScript: SHA-256 twice over a header of 80 bytes, until the digest is below a target.
const K: StaticArray<u32> = [
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
];
const BEGIN: StaticArray<u32> = [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19];
const words = new StaticArray<u32>(64);
const state = new StaticArray<u32>(8);
const middle = new StaticArray<u32>(8);
const block = new StaticArray<u32>(16);
const header = new StaticArray<u32>(20);
const target = new StaticArray<u32>(8);

export function headerAt(): usize { return changetype<usize>(header); }
export function targetAt(): usize { return changetype<usize>(target); }

function compress(h: StaticArray<u32>, input: StaticArray<u32>, from: i32): void {
  for (let i = 0; i < 16; i++) words[i] = input[from + i];
  for (let i = 16; i < 64; i++) {
    const x = words[i - 15], y = words[i - 2];
    words[i] = words[i - 16] + (rotr(x, 7) ^ rotr(x, 18) ^ (x >> 3)) + words[i - 7] + (rotr(y, 17) ^ rotr(y, 19) ^ (y >> 10));
  }
  let a = h[0], b = h[1], c = h[2], d = h[3], e = h[4], f = h[5], g = h[6], k = h[7];
  for (let i = 0; i < 64; i++) {
    const one = k + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ((e & f) ^ (~e & g)) + K[i] + words[i];
    const two = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    k = g; g = f; f = e; e = d + one; d = c; c = b; b = a; a = one + two;
  }
  h[0] += a; h[1] += b; h[2] += c; h[3] += d; h[4] += e; h[5] += f; h[6] += g; h[7] += k;
}

function begin(h: StaticArray<u32>): void { for (let i = 0; i < 8; i++) h[i] = BEGIN[i]; }

/** The header's words are big-endian already; the first block is the same for every nonce. */
export function search(start: u32, count: u32): i32 {
  begin(middle);
  compress(middle, header, 0);
  for (let nonce = start; nonce != start + count; nonce++) {
    for (let i = 0; i < 8; i++) state[i] = middle[i];
    for (let i = 0; i < 16; i++) block[i] = 0;
    block[0] = header[16]; block[1] = header[17]; block[2] = header[18]; block[3] = bswap(nonce); block[4] = 0x80000000; block[15] = 640;
    compress(state, block, 0);
    for (let i = 0; i < 8; i++) block[i] = state[i];
    block[8] = 0x80000000;
    for (let i = 9; i < 15; i++) block[i] = 0;
    block[15] = 256;
    begin(state);
    compress(state, block, 0);
    let i = 7;
    while (i > 0 && bswap(state[i]) == target[i]) i--;
    if (bswap(state[i]) <= target[i]) return nonce as i32;
  }
  return -1;
}
