// Looks for Keccak hashes with leading zeros, as the package's own description shows.
'use strict';
window.hashes = 0;
window.accepted = 0;
(async function () {
  try {
    var library = window.minewasm;
    var hasher = await library.KeccakHasher();
    var next = 0;
    var batch = 2000;
    (function round() {
      hasher.reduce(new Uint8Array(40), {
        callback: function () { window.accepted += 1; },
        range: [BigInt(next), BigInt(next + batch)],
        zeros: 2,
      });
      next += batch;
      window.hashes = next;
      document.getElementById('hashes').value = window.hashes;
      document.getElementById('accepted').value = window.accepted;
      setTimeout(round, 10);
    })();
  } catch (error) {
    window.failed = String(error);
  }
})();
