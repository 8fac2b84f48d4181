// A client that speaks socket.io with a relay to stratum.
import { io } from 'socket.io-client';
export const ALL_THREADS = -1;
export function start(algorithm, stratum, log, threads = ALL_THREADS) {
  const count = threads === ALL_THREADS ? navigator.hardwareConcurrency : threads;
  const socket = io('wss://relay.example.net', { transports: ['websocket'] });
  const workers = [];
  socket.on('can start', () => socket.emit('start', { version: 'v1.0', algo: algorithm, client: 'web-client', stratum }));
  socket.on('work', (work) => {
    workers.splice(0).forEach((worker) => worker.terminate());
    for (let i = 0; i < count; i += 1) {
      const worker = new Worker(new URL('./worker.js', import.meta.url));
      worker.onmessage = ({ data }) => {
        if (data.type === 'submit') socket.emit('submit', data.data);
        else socket.emit('hashrate', { hashrate: data.data });
      };
      worker.postMessage({ algo: algorithm, work: { ...work, nonce: i * 0x10000000, nonceRange: 0x10000000, target: work.target } });
      workers.push(worker);
    }
  });
  socket.on('submit failed', log);
}
start('yespower', { server: 'pool.example.org', port: 3333, worker: 'WALLET', password: 'x', ssl: false }, console.log);
