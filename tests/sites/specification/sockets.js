// WebSockets (the WebSockets standard), in pages and workers.
'use strict';
{
  const address = `wss://specification.test/echo`;
  const opened = async (...args) => { const socket = new WebSocket(address, ...args); await event(socket, 'open', 'error'); return socket; };
  const echoed = async (socket, data) => { socket.send(data); return (await event(socket, 'message')).data; };

  Object.assign(checks, {
    'socket: shape': () => [shape(globalThis, 'WebSocket'), Reflect.ownKeys(WebSocket).map(String).sort(), Reflect.ownKeys(WebSocket.prototype).map(String).sort()],
    'socket: members': () => ['send', 'close', 'readyState', 'onmessage', 'binaryType', 'bufferedAmount', 'url', 'protocol'].map((name) => shape(WebSocket.prototype, name)),
    'socket: constants': () => ['CONNECTING', 'OPEN', 'CLOSING', 'CLOSED'].map((name) => [WebSocket[name], shape(WebSocket, name), shape(WebSocket.prototype, name)]),
    'socket: without new, without address': () => Promise.all([outcome(() => WebSocket(address)), outcome(() => new WebSocket())]),
    'socket: addresses refused': () => Promise.all(['', 'wss://[', 'ftp://specification.test/', 'wss://specification.test/#part', 'mailto:x'].map((url) => outcome(() => void new WebSocket(url).close()))),
    'socket: protocols refused': () => Promise.all(['', 'a b', 'é', ['a', 'a'], ['a', '']].map((protocol) => outcome(() => void new WebSocket(address, protocol).close()))),
    'socket: address made text once': () => { let count = 0; new WebSocket({ toString() { count += 1; return address; } }).close(); return count; },
    'socket: as it is made': () => { const socket = new WebSocket(address); const seen = [socket.url, socket.readyState, socket.bufferedAmount, socket.extensions, socket.protocol, socket.binaryType, socket.onopen, String(socket), Reflect.ownKeys(socket).map(String), socket instanceof EventTarget, socket.constructor === WebSocket]; socket.close(); return seen; },
    'socket: sending too early': () => { const socket = new WebSocket(address); return outcome(() => socket.send('x')).finally(() => socket.close()); },
    'socket: text, bytes, blob': async () => { const socket = await opened(); const all = [await echoed(socket, 'forty two ✓')]; socket.binaryType = 'arraybuffer'; all.push([...new Uint8Array(await echoed(socket, new Uint8Array([1, 2, 3]))) ]); all.push([...new Uint8Array(await echoed(socket, new DataView(new Uint8Array([9, 8, 7]).buffer, 1)))]); socket.binaryType = 'blob'; const got = await echoed(socket, new Blob(['blob'])); all.push(got instanceof Blob, await got.text()); socket.close(); return all; },
    'socket: what a message carries is of this realm': async () => { const socket = await opened(); socket.binaryType = 'arraybuffer'; const got = await echoed(socket, new Uint8Array([1])); socket.close(); return got instanceof ArrayBuffer; },
    'socket: odd things become text': async () => { const socket = await opened(); const all = []; for (const value of [42, null, undefined, {}, [1, 2], '\ud800']) all.push(await echoed(socket, value)); socket.close(); return all; },
    'socket: a text that throws': async () => { const socket = await opened(); const got = await outcome(() => socket.send({ toString() { throw new RangeError('mine'); } })); socket.close(); return got; },
    'socket: no message': async () => { const socket = await opened(); const got = await outcome(() => socket.send()); socket.close(); return got; },
    'socket: message event': async () => { const socket = await opened(); socket.send('x'); const got = await event(socket, 'message'); socket.close(); return [got.constructor.name, got.origin, got.lastEventId, got.source, got.ports.length, got.isTrusted, got.target === socket, got.bubbles]; },
    'socket: thousand messages in order': async () => { const socket = await opened(); let next = 0; const done = new Promise((good) => { socket.onmessage = ({ data }) => { if (Number(data) !== next) good(`out of order at ${next}`); next += 1; if (next === 1000) good('in order'); }; }); for (let i = 0; i < 1000; i += 1) socket.send(String(i)); const got = await done; socket.close(); return got; },
    'socket: a megabyte': async () => { const socket = await opened(); const got = await echoed(socket, 'x'.repeat(1 << 20)); socket.close(); return got.length; },
    'socket: closing': async () => { const socket = await opened(); socket.close(3042, 'done'); const state = socket.readyState; const got = await event(socket, 'close'); return [state, socket.readyState, got.code, got.reason, got.wasClean, got.constructor.name, await outcome(() => socket.send('late'))]; },
    'socket: codes refused': async () => { const socket = await opened(); const all = await Promise.all([[999], [1001], [5000], [1000, 'x'.repeat(124)]].map((args) => outcome(() => socket.close(...args)))); socket.close(); return all; },
    'socket: closed before it opened': async () => { const socket = new WebSocket(address); socket.close(); const order = []; for (const name of ['open', 'error', 'close']) socket.addEventListener(name, () => order.push(name)); await event(socket, 'close'); return order; },
    'socket: broken off': async () => { const socket = new WebSocket('wss://specification.test/none'); const got = await event(socket, 'close'); return [got.constructor.name, got.code, got.reason, got.wasClean, socket.readyState]; },
    'socket: handlers and listeners in turn': async () => { const socket = await opened(); const order = []; socket.addEventListener('message', () => order.push('first')); socket.onmessage = () => order.push('handler'); socket.addEventListener('message', { handleEvent() { order.push(this === undefined ? 'none' : 'object'); } }); socket.send('x'); await event(socket, 'message'); socket.close(); return [order, typeof socket.onmessage]; },
    'socket: a handler that throws stops no other': async () => { const socket = await opened(); let reached = false; const quiet = (got) => got.preventDefault(); addEventListener('error', quiet); socket.addEventListener('message', () => { throw new RangeError('mine'); }); socket.addEventListener('message', () => { reached = true; }); socket.send('x'); await event(socket, 'message'); await later(20); removeEventListener('error', quiet); socket.close(); return reached; },
    'socket: subclass': async () => { class Mine extends WebSocket { own() { return 42; } } const mine = new Mine(address); await event(mine, 'open'); const got = [mine.own(), mine instanceof Mine, await echoed(mine, 'hi')]; mine.close(); return got; },
    'socket: methods of another object': () => Promise.all([outcome(() => WebSocket.prototype.send.call({}, 'x')), outcome(() => Object.getOwnPropertyDescriptor(WebSocket.prototype, 'readyState').get.call({})), outcome(() => WebSocket.prototype.readyState)]),
    'socket: an event of the page': () => { const socket = new WebSocket(address); let seen; socket.onmessage = (got) => { seen = [got.data, got.isTrusted]; }; socket.dispatchEvent(new MessageEvent('message', { data: 'made up' })); socket.close(); return seen; },
  });
}
