// SHA-1 by WebCrypto over decimal nonces, job and share in plain text, as Duino-Coin has it.
const socket = new WebSocket('wss://node.example.net:8443/');
const user = 'owner', encoder = new TextEncoder();
socket.onmessage = async ({ data }) => {
  if (data.startsWith('2.') || data.startsWith('3.') || data.startsWith('GOOD') || data.startsWith('BAD')) return socket.send(`JOB,${user},LOW,None`);
  const [last, expected, difficulty] = data.split(',');
  const start = performance.now();
  for (let nonce = 0; nonce <= 100 * Number(difficulty); nonce += 1) {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-1', encoder.encode(last + nonce)));
    const text = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
    if (text === expected) {
      const rate = nonce / ((performance.now() - start) / 1000);
      return socket.send(`${nonce},${rate},Web Miner,${navigator.platform},,1`);
    }
  }
};
