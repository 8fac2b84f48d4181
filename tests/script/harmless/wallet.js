// A wallet that signs transactions: nonces of accounts, Keccak for addresses.
const RC = [[1, 0], [0x8082, 0], [0x808a, 0x80000000], [0x80008000, 0x80000000], [0x808b, 0], [0x80000001, 0], [0x80008081, 0x80000000], [0x8009, 0x80000000], [0x8a, 0], [0x88, 0], [0x80008009, 0], [0x8000000a, 0], [0x8000808b, 0], [0x8b, 0x80000000], [0x8089, 0x80000000], [0x8003, 0x80000000], [0x8002, 0x80000000], [0x80, 0x80000000], [0x800a, 0], [0x8000000a, 0x80000000], [0x80008081, 0x80000000], [0x8080, 0x80000000], [0x80000001, 0], [0x80008008, 0x80000000]];
class Account {
  constructor(privateKey) { this.privateKey = privateKey; this.nonce = 0; }
  async send(provider, to, value) {
    const block = await provider.call('eth_getBlockByNumber', ['latest', false]);
    const transaction = { nonce: this.nonce++, to, value, gasLimit: 21000, maxFeePerGas: block.baseFeePerGas * 2 };
    return provider.call('eth_sendRawTransaction', [sign(transaction, this.privateKey)]);
  }
}
function formatBlock(block) {
  return { hash: block.hash, number: Number(block.number), nonce: block.nonce, difficulty: BigInt(block.difficulty), mixHash: block.mixHash, extraData: block.extraData, target: block.target };
}
function keccak(state) {
  for (const [low, high] of RC) { theta(state); rhoPi(state); chi(state); state[0] ^= low; state[1] ^= high; }
}
function sign(transaction, privateKey) { return secp256k1.sign(keccak256(encode(transaction)), privateKey); }
export { Account, formatBlock, keccak };
