// Keccak-256 with BigInt in a worker that looks for a nonce under a difficulty.
const RC = [
  0x0000000000000001n, 0x0000000000008082n, 0x800000000000808an, 0x8000000080008000n, 0x000000000000808bn,
  0x0000000080000001n, 0x8000000080008081n, 0x8000000000008009n, 0x000000000000008an, 0x0000000000000088n,
  0x0000000080008009n, 0x000000008000000an, 0x000000008000808bn, 0x800000000000008bn, 0x8000000000008089n,
  0x8000000000008003n, 0x8000000000008002n, 0x8000000000000080n, 0x000000000000800an, 0x800000008000000an,
  0x8000000080008081n, 0x8000000000008080n, 0x0000000080000001n, 0x8000000080008008n,
];
const R = [0, 1, 62, 28, 27, 36, 44, 6, 55, 20, 3, 10, 43, 25, 39, 41, 45, 15, 21, 8, 18, 2, 61, 56, 14];
const rotate = (x, n) => BigInt.asUintN(64, x << BigInt(n) | x >> BigInt(64 - n));
function permute(s) {
  for (const rc of RC) {
    const c = [0, 1, 2, 3, 4].map((x) => s[x] ^ s[x + 5] ^ s[x + 10] ^ s[x + 15] ^ s[x + 20]);
    for (let i = 0; i < 25; i += 1) s[i] ^= c[(i + 4) % 5] ^ rotate(c[(i + 1) % 5], 1);
    const b = [];
    for (let i = 0; i < 25; i += 1) b[Math.floor(i / 5) + 5 * ((2 * (i % 5) + 3 * Math.floor(i / 5)) % 5)] = rotate(s[i], R[i]);
    for (let i = 0; i < 25; i += 1) s[i] = b[i] ^ (~b[5 * Math.floor(i / 5) + (i + 1) % 5] & b[5 * Math.floor(i / 5) + (i + 2) % 5]);
    s[0] ^= rc;
  }
}
self.onmessage = ({ data: { challenge, from, target } }) => {
  let hashes = 0;
  for (let nonce = BigInt(from); ; nonce += 1n) {
    const state = new Array(25).fill(0n);
    challenge.forEach((word, i) => { state[i] = BigInt(word); });
    state[6] = nonce; state[7] = 1n; state[16] = 0x8000000000000000n;
    permute(state);
    hashes += 1;
    if (state[3] < BigInt(target)) { self.postMessage({ nonce: nonce.toString(), hash: state.slice(0, 4).map(String) }); return; }
    if (hashes % 5000 === 0) self.postMessage({ hashrate: hashes });
  }
};
