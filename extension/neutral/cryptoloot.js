// The interface of CryptoLoot that mines nothing, for pages that fail when it is missing.
// Written from the service's public documentation.
(function () {
  'use strict';
  function Miner() {
    let threads = 0;
    let throttle = 0;
    Object.assign(this, {
      setNumThreads: (count) => void (threads = count),
      getNumThreads: () => threads,
      setThrottle: (share) => void (throttle = share),
      getThrottle: () => throttle,
    });
  }
  const answers = {
    isRunning: false, isMobile: false, hasWASMSupport: false, didOptOut: true, getToken: null, getAutoThreadsEnabled: false,
    getHashesPerSecond: 0, getTotalHashes: 0, getAcceptedHashes: 0,
  };
  for (const [name, answer] of Object.entries(answers)) Miner.prototype[name] = () => answer;
  for (const name of ['start', 'stop', 'on', 'setAutoThreadsEnabled']) Miner.prototype[name] = () => undefined;
  const service = () => ({
    Anonymous: Miner,
    User: Miner,
    Token: Miner,
    CONFIG: {},
    IF_EXCLUSIVE_TAB: 'ifExclusiveTab',
    FORCE_EXCLUSIVE_TAB: 'forceExclusiveTab',
    FORCE_MULTI_TAB: 'forceMultiTab',
  });
  window.CRLT = service();
  window.CryptoLoot = window.CRLT;
})();
