// Worker pools and conversations.
import type { App } from './app.js';

export const workers: readonly App[] = [
  {
    name: 'comlink',
    bundle: true,
    code: `import * as Comlink from 'comlink';
      const text = 'importScripts(' + JSON.stringify(location.origin + '/m/comlink/dist/umd/comlink.js') + ');'
        + 'Comlink.expose({ async sum(list, report) { let all = 0; for (const n of list) { all += n; await report(all); } return all; } });';
      const worker = Comlink.wrap(new Worker(URL.createObjectURL(new Blob([text]))));
      const steps = [];
      const sum = await worker.sum([1, 2, 39], Comlink.proxy((step) => void steps.push(step)));
      result({ sum, steps });`,
    expect: '"sum":42',
  },
  {
    name: 'workerpool',
    script: 'workerpool/dist/workerpool.js',
    code: `const pool = workerpool.pool({ maxWorkers: 3 });
      const all = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => pool.exec((m) => { let f = 1; for (let i = 2; i <= m; i += 1) f *= i; return f; }, [n])));
      await pool.terminate();
      return all;`,
    expect: '720',
  },
  {
    name: 'socket.io-client',
    script: 'socket.io-client/dist/socket.io.min.js',
    code: `const socket = io({ transports: ['websocket'], path: '/socket.io/' });
      return new Promise((done, failed) => {
        socket.on('connect_error', failed);
        socket.on('connect', () => socket.emit('say', 'hello', 42));
        socket.on('said', (...words) => { socket.close(); done(words); });
      });`,
    expect: '["hello",42]',
  },
  {
    name: 'simple-peer',
    script: 'simple-peer/simplepeer.min.js',
    code: `const peer = new SimplePeer({ initiator: true, trickle: false });
      return new Promise((done, failed) => {
        peer.on('error', failed);
        peer.on('signal', ({ type, sdp }) => { done({ type, channel: sdp.includes('webrtc-datachannel') }); peer.destroy(); });
      });`,
    expect: '{"type":"offer","channel":true}',
  },
];
