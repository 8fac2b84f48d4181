// A worker around a module that exports the C interface of RandomX.
let rx = null, vm = 0, cache = 0, running = false, job = null;
async function init(seed) {
  rx = rx || await (await import('./randomx.mjs')).default();
  const key = rx._malloc(32);
  rx.HEAPU8.set(seed, key);
  cache = rx._randomx_alloc_cache(0);
  rx._randomx_init_cache(cache, key, 32);
  vm = rx._randomx_create_vm(0, cache, 0);
}
async function run() {
  running = true;
  let count = 0, since = performance.now();
  const input = rx._malloc(job.blob.length), output = rx._malloc(32);
  while (running) {
    new DataView(job.blob.buffer).setUint32(39, job.nonce++, true);
    rx.HEAPU8.set(job.blob, input);
    rx._randomx_calculate_hash(vm, input, job.blob.length, output);
    count += 1;
    const top = new DataView(rx.HEAPU8.buffer).getBigUint64(output + 24, true);
    if (top < job.target) self.postMessage({ type: 'share', job_id: job.id, nonce: job.nonce - 1, result: rx.HEAPU8.slice(output, output + 32) });
    if (count % 10 === 0) { self.postMessage({ type: 'hashrate', value: count / (performance.now() - since) * 1000 }); await new Promise((done) => setTimeout(done)); }
  }
}
self.onmessage = async ({ data }) => {
  if (data.type === 'init') await init(data.seed_hash);
  if (data.type === 'job') { job = data.job; if (!running) run(); }
  if (data.type === 'stop') running = false;
};
