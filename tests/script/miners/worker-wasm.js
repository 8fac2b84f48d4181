// A worker that hashes for the page with a module that it loads.
let hash, memory, input, output, job = null, throttle = 0;
function hex(bytes) { return Array.from(bytes, (b) => ('0' + b.toString(16)).slice(-2)).join(''); }
function unhex(text) { return Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16)); }
function meetsTarget(result, target) {
  for (let i = 0; i < target.length; ++i) {
    const a = result[result.length - i - 1], b = target[target.length - i - 1];
    if (a > b) return false;
    if (a < b) return true;
  }
  return false;
}
function work() {
  let hashes = 0;
  const start = performance.now();
  let elapsed = 0, found = false;
  do {
    const nonce = (Math.random() * 4294967295 + 1) >>> 0;
    input[39] = nonce >>> 24; input[40] = nonce >>> 16; input[41] = nonce >>> 8; input[42] = nonce;
    hash(input.byteOffset, output.byteOffset, job.blob.length);
    ++hashes;
    found = meetsTarget(output, job.target);
    elapsed = performance.now() - start;
  } while (!found && elapsed < 1000);
  const hashesPerSecond = hashes / (elapsed / 1000);
  if (found) postMessage({ hashesPerSecond, hashes, job_id: job.job_id, nonce: hex(input.subarray(39, 43)), result: hex(output) });
  else postMessage({ hashesPerSecond, hashes });
  setTimeout(work, throttle * elapsed);
}
onmessage = ({ data }) => {
  job = { job_id: data.job_id, blob: unhex(data.blob), target: unhex(data.target) };
  throttle = data.throttle || 0;
  input.set(job.blob);
  work();
};
WebAssembly.instantiateStreaming(fetch('module.wasm')).then(({ instance }) => {
  memory = instance.exports.memory;
  input = new Uint8Array(memory.buffer, 1024, 256);
  output = new Uint8Array(memory.buffer, 2048, 32);
  hash = instance.exports.a;
  postMessage('ready');
});
