// Mines as Nimiq's own web miner does: its worker pool over the genesis block, with an easy target.
'use strict';
window.hashes = 0;
window.accepted = 0;
(async function () {
  try {
    await Nimiq.load('https://miner.nimiq.com/');
    Nimiq.GenesisConfig.test();
    var pool = new Nimiq.MinerWorkerPool(1);
    pool.noncesPerRun = 4;
    pool.on('share', function () { window.hashes += 4; window.accepted += 1; });
    pool.on('no-share', function () { window.hashes += 4; });
    var run = pool.startMiningOnBlock(Nimiq.GenesisConfig.GENESIS_BLOCK, 0x203fffff);
    setInterval(function () {
      document.getElementById('hashes').value = window.hashes;
      document.getElementById('accepted').value = window.accepted;
    }, 200);
    await run;
  } catch (error) {
    window.failed = String(error);
  }
})();
