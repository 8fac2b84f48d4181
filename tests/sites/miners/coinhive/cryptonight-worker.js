// The mining thread: CryptoNight v0 over a nonce at offset 39 until a hash is below the target.
// The hash is the WebAssembly that the package turtlecoin-crypto carries.
'use strict';
var base = 'COINHIVE_BASE';
var engine = null;
var pending = null;

function little(hex) {
  var text = '';
  for (var i = 0; i < 4; i += 1) text += ('0' + ((hex >>> (8 * i)) & 255).toString(16)).slice(-2);
  return text;
}

function mine(job) {
  var nonce = job.first;
  var target = parseInt(job.target.match(/../g).reverse().join(''), 16);
  (function round() {
    var text = little(nonce);
    var blob = job.blob.slice(0, 78) + text + job.blob.slice(86);
    var started = Date.now();
    var result = engine.cn_slow_hash_v0(blob);
    nonce += 1;
    var top = parseInt(result.slice(56).match(/../g).reverse().join(''), 16);
    postMessage(top <= target ? { hashes: 1, job_id: job.job_id, nonce: text, result: result } : { hashes: 1 });
    setTimeout(round, Math.max(0, (Date.now() - started) * (job.throttle / (1 - Math.min(0.99, job.throttle)))));
  })();
}

onmessage = function (event) {
  pending = event.data;
  if (engine) mine(pending);
};
importScripts(base + 'cryptonight.js');
fetch(base + 'cryptonight.wasm')
  .then(function (response) { return response.arrayBuffer(); })
  .then(function (bytes) {
    var loading = TurtleCoinCrypto({
      wasmBinary: new Uint8Array(bytes),
      onRuntimeInitialized: function () {
        engine = loading;
        if (pending) setTimeout(function () { mine(pending); }, 0);
      },
    });
  });
