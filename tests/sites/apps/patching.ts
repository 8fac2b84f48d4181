// Libraries that take the platform apart: sandboxes made of fresh realms, patches of what we patch as well,
// recorders, and those that look whether a browser is what it says. They would be the first to notice us.
import type { App } from './app.js';

/** What a small application inside a sandbox does: it starts a worker, and WebAssembly within it. */
const inside = `
  var add = [0, 97, 115, 109, 1, 0, 0, 0, 1, 7, 1, 96, 2, 127, 127, 1, 127, 3, 2, 1, 0, 7, 7, 1, 3, 97, 100, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 32, 1, 106, 11];
  var sum = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(add))).exports.add(40, 2);
  var text = 'onmessage = function (event) { postMessage(new WebAssembly.Instance(event.data).exports.add(1, 2)); };';
  var worker = new Worker(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })));
  worker.onmessage = function (event) { worker.terminate(); told({ sum: sum, worker: event.data, socket: typeof WebSocket, text: String(WebAssembly.compile) }); };
  worker.postMessage(new WebAssembly.Module(new Uint8Array(add)));`;

export const patching: readonly App[] = [
  {
    name: 'zone.js',
    script: 'zone.js/bundles/zone.umd.js',
    code: `const seen = [];
      const zone = Zone.current.fork({
        name: 'inner',
        onScheduleTask: (parent, current, target, task) => { seen.push(task.type + ' ' + task.source); return parent.scheduleTask(target, task); },
      });
      const steps = await zone.run(() => new Promise((done, failed) => {
        const found = [Zone.current.name];
        const worker = new Worker(URL.createObjectURL(new Blob(['onmessage = () => postMessage(1);'])));
        worker.onmessage = () => {
          found.push(Zone.current.name);
          const socket = new WebSocket(location.origin.replace('http', 'ws') + '/socket.io/');
          socket.addEventListener('message', (event) => {
            found.push(Zone.current.name, event.data.slice(0, 8), Object.getOwnPropertyNames(socket).join());
            socket.close();
            const request = new XMLHttpRequest();
            request.onload = () => { found.push(request.status, Zone.current.name); setTimeout(() => { found.push(Zone.current.name); done(found); }, 5); };
            request.onerror = failed;
            request.open('GET', location.href);
            request.send();
          });
          socket.onerror = failed;
        };
        worker.postMessage(0);
      }));
      return { steps, seen };`,
    expect: '["inner","inner","inner"',
  },
  {
    name: 'ses',
    script: 'ses/dist/ses.umd.js',
    code: `lockdown({ errorTaming: 'unsafe', consoleTaming: 'unsafe', overrideTaming: 'severe' });
      const compartment = new Compartment({ globals: { say: harden((word) => word + '!') }, __options__: true });
      const said = compartment.evaluate('(() => { let own = Object.keys(globalThis).sort().join(); return say(own + typeof WebAssembly + typeof Worker); })()');
      return new Promise((told) => {
        const report = told;
        told = (found) => report({ ...found, said, frozen: [Array, Promise, WeakMap, Function.prototype, Reflect].map(Object.isFrozen) });
        ${inside}
      });`,
    expect: '"sum":42,"worker":3',
  },
  {
    name: 'core-js',
    script: 'core-js-bundle/minified.js',
    code: `const buffer = new ArrayBuffer(8);
      const moved = structuredClone({ buffer, when: new Date(0), of: new Map([[1, new Set([2])]]) }, { transfer: [buffer] });
      const said = await Promise.allSettled([Promise.resolve(1), Promise.reject(new TypeError('no')), fetch('/run/nothing').then((answer) => answer.status)]);
      return new Promise((told) => {
        const report = told;
        told = (found) => report({
          ...found, left: buffer.byteLength, moved: [moved.buffer.byteLength, moved.when.toISOString(), [...moved.of.get(1)]],
          said: said.map(({ status, value }) => [status, value]), search: new URLSearchParams('a=1&b=%20').toString(), timers: typeof setImmediate,
          natives: [WebAssembly.instantiate, Worker, WebSocket, fetch, Function.prototype.toString, Node.prototype.appendChild].map(String),
        });
        ${inside}
      });`,
    expect: '"sum":42,"worker":3',
  },
  {
    name: 'es-module-shims',
    code: `window.esmsInitOptions = { shimMode: true };
      await new Promise((done, failed) => {
        const script = document.head.appendChild(document.createElement('script'));
        Object.assign(script, { onload: done, onerror: failed, src: '/m/es-module-shims/dist/es-module-shims.wasm.js' });
      });
      const source = (text) => URL.createObjectURL(new Blob([text], { type: 'text/javascript' }));
      importShim.addImportMap({ imports: { one: source('export const one = 1;'), two: source("import { one } from 'one'; export default one + 1;") } });
      const { default: two } = await importShim('two');
      const { default: made } = await importShim('data:text/javascript,export default import.meta.url.slice(0, 5)');
      return { two, made };`,
    expect: '"two":2',
  },
  {
    name: 'systemjs',
    script: 'systemjs/dist/system.js',
    code: `const { three } = await System.import('/systemjs/three.js');
      return { three, known: [...System.entries()].length };`,
    answers: { 'systemjs/three.js': "System.register([], (out) => ({ execute() { out('three', 3); } }));" },
    expect: '"three":3',
  },
  {
    name: 'qiankun',
    script: 'qiankun/dist/index.umd.min.js',
    code: `const box = document.body.appendChild(document.createElement('div'));
      const app = qiankun.loadMicroApp({ name: 'inner', entry: '/qiankun/inner.html', container: box }, { sandbox: { experimentalStyleIsolation: true } });
      await app.mountPromise;
      const found = await window.told;
      await app.unmount();
      return { found, leaked: typeof window.sum, left: box.innerHTML.length };`,
    answers: {
      'qiankun/inner.html': `<!doctype html><title>inner</title><p id="inner">inner</p><script>
        var parts = { bootstrap: async function () {}, mount: async function () {}, unmount: async function () {} };
        window.inner = parts;
        window.rawWindow = undefined;
        new Function('return this')().told = new Promise(function (told) { ${inside} });
      </script>`,
    },
    expect: '"sum":42,"worker":3',
  },
  {
    name: 'wujie',
    bundle: true,
    code: `import { startApp, destroyApp } from 'wujie';
      const box = document.body.appendChild(document.createElement('div'));
      const found = new Promise((done) => { window.told = done; });
      await startApp({ name: 'inner', url: location.origin + '/wujie/inner.html', el: box, props: { told: (value) => window.told(value) } });
      const value = await found;
      destroyApp('inner');
      result({ value, leaked: typeof window.sum });`,
    answers: {
      'wujie/inner.html': `<!doctype html><title>inner</title><p>inner</p><script>
        var told = window.$wujie.props.told; ${inside}
      </script>`,
    },
    expect: '"sum":42,"worker":3',
  },
  {
    name: 'micro-app',
    bundle: true,
    code: `import microApp from '@micro-zoe/micro-app';
      microApp.start();
      const app = document.createElement('micro-app');
      app.setAttribute('name', 'inner');
      app.setAttribute('url', location.origin + '/micro-app/inner.html');
      app.setAttribute('iframe', '');
      app.addEventListener('datachange', (event) => result({ value: event.detail.data, leaked: typeof window.sum }));
      document.body.append(app);`,
    answers: {
      'micro-app/inner.html': `<!doctype html><html><head><title>inner</title></head><body><p>inner</p><script>
        var told = function (value) { window.microApp.dispatch(value); }; ${inside}
      </script></body></html>`,
    },
    expect: '"sum":42,"worker":3',
  },
  {
    name: 'partytown',
    alone: true,
    code: `window.partytown = { lib: '/m/@builder.io/partytown/lib/', debug: false };
      const script = document.createElement('script');
      script.type = 'text/partytown';
      script.textContent = 'document.body.setAttribute("data-said", document.title + " " + (1 + 1) + " " + typeof importScripts);';
      document.body.append(script);
      const loader = document.createElement('script');
      loader.src = '/m/@builder.io/partytown/lib/partytown.js';
      document.head.append(loader);
      while (!document.body.hasAttribute('data-said')) await new Promise((done) => setTimeout(done, 50));
      return document.body.getAttribute('data-said');`,
    expect: 'page 2',
  },
  {
    name: 'near-membrane',
    bundle: true,
    code: `import createVirtualEnvironment from '@locker/near-membrane-dom';
      const realm = createVirtualEnvironment(window, { endowments: Object.getOwnPropertyDescriptors({ told: ({ sum, worker, socket }) => result({ sum, worker, socket }) }), distortionCallback: (value) => value });
      realm.evaluate(${JSON.stringify(inside)});`,
    expect: '"sum":42,"worker":3',
  },
  {
    name: 'rrweb',
    script: 'rrweb/dist/rrweb.umd.min.cjs',
    code: `const events = [];
      const stop = rrweb.record({ emit: (event) => events.push(event), recordCanvas: true });
      const box = document.body.appendChild(document.createElement('div'));
      box.innerHTML = '<p>one</p><input value="two">';
      const frame = box.appendChild(document.createElement('iframe'));
      frame.contentDocument.body.append('three');
      const style = document.head.appendChild(document.createElement('style'));
      style.sheet.insertRule('p { color: red }');
      box.querySelector('input').value = 'four';
      await new Promise((done) => setTimeout(done, 300));
      stop();
      const kept = JSON.stringify(events);
      return { types: [...new Set(events.map(({ type, data }) => type + '/' + (data?.source ?? '')))].sort(), has: ['one', 'three', 'four', 'color: red'].map((word) => kept.includes(word)), attributes: kept.match(/nomine|extension/g) };`,
    expect: '"has":[true,true,true,true]',
  },
  {
    name: 'sentry',
    bundle: true,
    code: `import * as Sentry from '@sentry/browser';
      const events = [];
      Sentry.init({
        dsn: 'https://key@apps.test/1', integrations: [Sentry.browserTracingIntegration(), Sentry.captureConsoleIntegration({ levels: ['error'] })], tracesSampleRate: 0,
        transport: () => ({ send: async () => ({}), flush: async () => true }),
        beforeSend: (event) => { events.push(event); return event; },
      });
      const thrown = (make) => { try { make(); } catch (error) { Sentry.captureException(error); } };
      thrown(() => new WebAssembly.Module(new Uint8Array([1, 2, 3])));
      thrown(() => new Worker('https://elsewhere.test/worker.js'));
      thrown(() => new WebSocket('ftp://nowhere'));
      thrown(() => document.body.appendChild(1));
      thrown(() => document.createElement('iframe').append(Symbol()));
      await WebAssembly.instantiate(new Uint8Array([0])).catch((error) => Sentry.captureException(error));
      await WebAssembly.compileStreaming(fetch('/run/nothing')).catch((error) => Sentry.captureException(error));
      await fetch('/sentry/answer.json');
      await new Promise((done) => setTimeout(done, 200));
      await Sentry.flush(1000);
      result(events.map((event) => ({
        crumbs: (event.breadcrumbs ?? []).map(({ category, message }) => category + ' ' + String(message ?? '').slice(0, 40)),
        found: event.exception.values.map(({ type, value, stacktrace }) => [type, value, (stacktrace?.frames ?? []).map((frame) => [frame.filename, frame.function, frame.lineno, frame.colno].join(' '))]),
      })));`,
    answers: { 'sentry/answer.json': '{}' },
    expect: 'CompileError',
  },
  {
    name: 'fingerprintjs',
    script: '@fingerprintjs/fingerprintjs/dist/fp.umd.min.js',
    code: `const agent = await FingerprintJS.load();
      const { visitorId, components } = await agent.get();
      // Audio and canvas depend on the machine's load and screen.
      const told = Object.entries(components).map(([name, { value }]) => [name, value]).filter(([name]) => !/audio|canvas|screenFrame/i.test(name));
      return { told, has: visitorId.length };`,
    expect: '"has":32',
  },
  {
    name: 'botd',
    bundle: true,
    code: `import { load } from '@fingerprintjs/botd';
      const agent = await load({ monitoring: false });
      const found = agent.detect();
      // The focus of a window and the network's round trip are the machine's doing.
      const { documentFocus, rtt, ...components } = agent.getComponents();
      result({ found, told: agent.getDetections(), focus: documentFocus.state, trip: rtt.state, components });`,
    expect: '"bot"',
  },
  {
    name: 'clientjs',
    script: 'clientjs/dist/client.min.js',
    code: `const client = new ClientJS();
      return { agent: client.getBrowserData().browser.name, plugins: client.getPlugins(), fonts: client.getFonts(), canvas: client.getCanvasPrint().length > 100, has: typeof client.getFingerprint() };`,
    expect: '"has":"number"',
  },
  {
    name: 'mock-socket',
    script: 'mock-socket/dist/mock-socket.js',
    code: `const server = new Mock.Server('wss://mocked.test/');
      server.on('connection', (socket) => socket.on('message', (said) => socket.send('mocked ' + said)));
      const said = await new Promise((done) => { const socket = new WebSocket('wss://mocked.test/'); socket.onopen = () => socket.send('one'); socket.onmessage = ({ data }) => done(data); });
      server.stop();
      const real = await new Promise((done, failed) => { const socket = new WebSocket(location.origin.replace('http', 'ws') + '/socket.io/'); socket.onmessage = ({ data }) => { socket.close(); done(data.slice(0, 6)); }; socket.onerror = failed; });
      return { said, real, text: String(WebSocket) };`,
    expect: '"said":"mocked one","real":"0{',
  },
  {
    name: 'sinon',
    script: 'sinon/pkg/sinon.js',
    code: `const box = sinon.createSandbox();
      const fetched = box.stub(window, 'fetch').resolves(new Response('stubbed'));
      const compile = box.spy(WebAssembly, 'compile');
      const append = box.spy(Node.prototype, 'appendChild');
      const said = await (await fetch('/x')).text();
      const module = await WebAssembly.compile(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]));
      document.body.appendChild(document.createElement('iframe'));
      const counts = [fetched.callCount, compile.callCount, append.callCount];
      box.restore();
      const clock = sinon.useFakeTimers();
      let rang = 0;
      setTimeout(() => { rang += 1; }, 1000);
      clock.tick(1001);
      clock.restore();
      return { said, counts, rang, is: module instanceof WebAssembly.Module, after: String(WebAssembly.compile), own: Object.getOwnPropertyDescriptor(WebAssembly, 'compile').enumerable };`,
    expect: '"counts":[1,1,1],"rang":1,"is":true',
  },
  {
    name: 'xhook',
    script: 'xhook/dist/xhook.js',
    code: `xhook.after((request, response) => { if (typeof response.text === 'string') response.text = response.data = response.text.replace('a', 'b'); });
      const asked = await new Promise((done, failed) => {
        const request = new XMLHttpRequest();
        request.open('GET', '/xhook/answer.json');
        request.onload = () => done([request.status, request.responseText]);
        request.onerror = failed;
        request.send();
      });
      return { asked, fetched: await (await fetch('/xhook/answer.json')).text() };`,
    answers: { 'xhook/answer.json': '{"a":1}' },
    expect: '{\\"b\\":1}',
  },
  {
    name: 'msw',
    bundle: true,
    code: `import { http, ws, HttpResponse } from 'msw';
      import { setupWorker } from 'msw/browser';
      const chat = ws.link('wss://mocked.test/');
      const worker = setupWorker(http.get('/mocked', () => HttpResponse.json({ mocked: 42 })), chat.addEventListener('connection', ({ client }) => client.addEventListener('message', (event) => client.send('mocked ' + event.data))));
      await worker.start({ serviceWorker: { url: '/mockServiceWorker.js' }, quiet: true, onUnhandledRequest: 'bypass' });
      const answer = await (await fetch('/mocked')).json();
      const said = await new Promise((done) => { const socket = new WebSocket('wss://mocked.test/'); socket.onopen = () => socket.send('one'); socket.onmessage = ({ data }) => done(data); });
      worker.stop();
      const [registered] = await navigator.serviceWorker.getRegistrations();
      await registered?.unregister();
      result({ answer, said });`,
    files: { 'mockServiceWorker.js': 'msw/lib/mockServiceWorker.js' },
    expect: '{"answer":{"mocked":42},"said":"mocked one"}',
  },
  {
    name: 'threads',
    bundle: true,
    code: `import { spawn, Thread, BlobWorker, Pool } from 'threads';
      const text = 'importScripts(' + JSON.stringify(location.origin + '/threads/worker.js') + ');';
      const pool = Pool(() => spawn(BlobWorker.fromText(text)), 2);
      const all = await Promise.all([1, 2, 3, 4].map((n) => pool.queue((task) => task(n))));
      await pool.terminate();
      result(all);`,
    bundles: { 'threads/worker.js': "import { expose } from 'threads/worker'; expose((n) => n * n);" },
    expect: '[1,4,9,16]',
  },
  {
    name: 'penpal',
    bundle: true,
    code: `import { connect, WindowMessenger } from 'penpal';
      const frame = document.body.appendChild(document.createElement('iframe'));
      const text = '<script src="/m/penpal/dist/penpal.min.js"><' + '/script><script>Penpal.connect({ messenger: new Penpal.WindowMessenger({ remoteWindow: parent, allowedOrigins: ["*"] }), methods: { add: (a, b) => a + b } });<' + '/script>';
      frame.srcdoc = text;
      const remote = await connect({ messenger: new WindowMessenger({ remoteWindow: frame.contentWindow, allowedOrigins: ['*'] }) }).promise;
      result(await remote.add(40, 2));`,
    expect: '42',
  },
  {
    name: 'tinymce',
    script: 'tinymce/tinymce.min.js',
    code: `const area = document.body.appendChild(document.createElement('textarea'));
      area.value = '<p>Hello</p>';
      const [editor] = await tinymce.init({ target: area, license_key: 'gpl', promotion: false });
      editor.insertContent('<strong>bold</strong>');
      editor.execCommand('mceInsertContent', false, '<script>window.top.bad = 1<' + '/script>');
      return { content: editor.getContent(), text: editor.getBody().innerText.trim(), frame: editor.iframeElement.contentWindow.location.href, bad: window.bad };`,
    expect: 'bold',
  },
  {
    name: 'jquery',
    script: 'jquery/dist/jquery.js',
    code: `await $.getScript('/jquery/more.js');
      const answer = await $.getJSON('/jquery/answer.json');
      const frame = $('<iframe>').appendTo('body');
      frame.contents().find('body').append('<p>inside</p>');
      $('body').append('<div id="made"><script>window.ran = 42;<' + '/script><iframe srcdoc="<p>x</p>"></iframe></div>');
      return { more: window.more, answer, inside: frame.contents().find('p').text(), ran: window.ran, frames: window.length };`,
    answers: { 'jquery/more.js': 'window.more = 7;', 'jquery/answer.json': '{"a":[1]}' },
    expect: '"more":7,"answer":{"a":[1]},"inside":"inside","ran":42,"frames":2',
  },
  {
    name: 'turbo',
    script: '@hotwired/turbo/dist/turbo.es2017-umd.js',
    code: `const frame = document.body.appendChild(document.createElement('turbo-frame'));
      frame.id = 'part';
      frame.src = '/turbo/part.html';
      await frame.loaded;
      Turbo.renderStreamMessage('<turbo-stream action="append" target="part"><template><p>streamed</p><iframe></iframe></template></turbo-stream>');
      await new Promise((done) => setTimeout(done, 200));
      return { text: frame.textContent.trim().replace(/\\s+/g, ' '), frames: window.length };`,
    answers: { 'turbo/part.html': '<turbo-frame id="part"><p>loaded</p></turbo-frame>' },
    expect: 'loadedstreamed',
  },
  {
    name: 'htmx',
    script: 'htmx.org/dist/htmx.js',
    code: `document.body.insertAdjacentHTML('beforeend', '<button hx-get="/htmx/part.html" hx-target="#into">go</button><div id="into"></div>');
      htmx.process(document.body);
      document.querySelector('button').click();
      while (document.querySelector('#into p') === null) await new Promise((done) => setTimeout(done, 20));
      return document.querySelector('#into').innerHTML;`,
    answers: { 'htmx/part.html': '<p>part</p>' },
    expect: 'part',
  },
  {
    name: 'alpinejs',
    bundle: true,
    code: `import Alpine from 'alpinejs';
      document.body.insertAdjacentHTML('beforeend', '<div x-data="{ n: 40 }"><b x-text="n + 2"></b><template x-for="i in 3"><i x-text="i"></i></template></div>');
      Alpine.start();
      await new Promise((done) => setTimeout(done, 50));
      result(document.querySelector('[x-data]').textContent);`,
    expect: '42123',
  },
  {
    name: 'requirejs',
    script: 'requirejs/require.js',
    code: `define('base', [], () => 40);
      return new Promise((done, failed) => require(['base', '/requirejs/more.js'], (base, more) => done(base + more), failed));`,
    answers: { 'requirejs/more.js': 'define([], () => 2);' },
    expect: '42',
  },
  {
    name: 'dompurify',
    script: 'dompurify/dist/purify.js',
    code: `const dirty = ['<img src=x onerror=alert(1)>', '<iframe src="javascript:alert(1)"></iframe><p>ok', '<svg><g/onload=alert(2)//<p>', '<math><mi//xlink:href="data:x,<script>alert(4)</script>">', '<form><input name=attributes><input name=parentNode></form>'];
      return { clean: dirty.map((text) => DOMPurify.sanitize(text)), framed: DOMPurify.sanitize('<iframe src="/x"></iframe><b>b</b>', { ADD_TAGS: ['iframe'] }), removed: DOMPurify.removed.length, supported: DOMPurify.isSupported };`,
    expect: '"supported":true',
  },
];
