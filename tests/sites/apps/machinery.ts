// What brings machinery of its own: provers, players, simulators, programs that rule over a site's requests.
import type { App } from './app.js';

/** The smallest film that Flash plays: its background, one frame, the end. */
const film = 'new Uint8Array([70, 87, 83, 6, 30, 0, 0, 0, 88, 0, 1, 144, 0, 1, 44, 0, 0, 12, 1, 0, 67, 2, 255, 0, 0, 64, 0, 0, 0, 0])';

export const machinery: readonly App[] = [
  {
    name: 'snarkjs',
    script: 'snarkjs/build/snarkjs.min.js',
    code: `const curve = await snarkjs.curves.getCurveFromName('bn128');
      const file = () => ({ type: 'mem' });
      const [first, second, last] = [file(), file(), file()];
      await snarkjs.powersOfTau.newAccumulator(curve, 8, first);
      await snarkjs.powersOfTau.contribute(first, second, 'somebody', 'something');
      await snarkjs.powersOfTau.beacon(second, last, 'beacon', '0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f', 10);
      const right = await snarkjs.powersOfTau.verify(last);
      await curve.terminate();
      return { right, bytes: last.data.length };`,
    expect: '"right":true',
  },
  {
    name: 'ruffle',
    script: '@ruffle-rs/ruffle/ruffle.js',
    code: `window.RufflePlayer.config = { publicPath: '/m/@ruffle-rs/ruffle/', autoplay: 'on', splashScreen: false, preferredRenderer: 'canvas', logLevel: 'error' };
      const player = window.RufflePlayer.newest().createPlayer();
      document.body.append(player);
      const known = new Promise((done) => player.addEventListener('loadedmetadata', done));
      await player.ruffle().load({ data: ${film} });
      await known;
      const { width, height, frameRate, isActionScript3 } = player.ruffle().metadata;
      player.remove();
      return { width, height, frameRate, isActionScript3 };`,
    expect: '"isActionScript3":false',
  },
  {
    name: 'html2canvas',
    script: 'html2canvas/dist/html2canvas.min.js',
    code: `const box = document.createElement('div');
      box.style.cssText = 'width: 40px; height: 20px; background: rgb(10, 200, 30)';
      document.body.append(box);
      const canvas = await html2canvas(box, { scale: 1, logging: false });
      return { width: canvas.width, height: canvas.height, pixel: [...canvas.getContext('2d').getImageData(20, 10, 1, 1).data] };`,
    expect: '"width":40,"height":20,"pixel":[10,200,30,255]',
  },
  {
    name: 'tone',
    script: 'tone/build/Tone.js',
    code: `const buffer = await Tone.Offline(() => { new Tone.Oscillator(440, 'square').toDestination().start(0).stop(0.1); }, 0.2, 1, 22050);
      const samples = buffer.toArray(0);
      return { length: samples.length, loud: samples.slice(400, 2000).some((sample) => sample > 0.1), quiet: samples.slice(4000).every((sample) => Math.abs(sample) < 0.01) };`,
    expect: '"loud":true,"quiet":true',
  },
  {
    name: 'standardized-audio-context',
    bundle: true,
    code: `import { addAudioWorkletModule, AudioWorkletNode, ConstantSourceNode, isSupported, OfflineAudioContext } from 'standardized-audio-context';
      const context = new OfflineAudioContext({ length: 256, sampleRate: 8000 });
      const text = "registerProcessor('half', class extends AudioWorkletProcessor { process([[heard] = []], [[said]]) { if (heard) for (let at = 0; at < said.length; at += 1) said[at] = heard[at] / 2; return true; } });";
      await addAudioWorkletModule(context, URL.createObjectURL(new Blob([text], { type: 'text/javascript' })));
      const source = new ConstantSourceNode(context, { offset: 0.5 });
      source.connect(new AudioWorkletNode(context, 'half')).connect(context.destination);
      source.start();
      const rendered = await context.startRendering();
      result({ supported: await isSupported(), sample: rendered.getChannelData(0)[200] });`,
    expect: '"sample":0.125',
  },
  {
    name: 'shaka-player',
    script: 'shaka-player/dist/shaka-player.compiled.js',
    code: `shaka.polyfill.installAll();
      const { manifest, media } = await shaka.Player.probeSupport(false);
      const player = new shaka.Player();
      await player.attach(document.createElement('video'));
      const list = '#EXTM3U\\n#EXT-X-STREAM-INF:BANDWIDTH=420000,CODECS="avc1.42c01e"\\nnothing.m3u8';
      const failed = await player.load('data:application/x-mpegurl,' + encodeURIComponent(list)).then(() => 'played', ({ category, code }) => [category, code]);
      await player.destroy();
      return { supported: shaka.Player.isBrowserSupported(), manifest: Object.keys(manifest).length, media: Object.keys(media).length, failed };`,
    expect: '"supported":true',
  },
  {
    name: 'workbox',
    bundle: true,
    bundles: {
      'workbox.js': `import { clientsClaim } from 'workbox-core';
        import { registerRoute } from 'workbox-routing';
        import { CacheFirst } from 'workbox-strategies';
        self.skipWaiting(); clientsClaim();
        registerRoute(({ url }) => url.pathname.startsWith('/workbox/'), new CacheFirst({ cacheName: 'workbox' }));
        registerRoute(({ url }) => url.pathname === '/workbox-made.wasm', async () => new Response(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0]), { headers: { 'content-type': 'application/wasm' } }));`,
    },
    answers: { 'workbox/one.js': "postMessage('from a worker');" },
    code: `import { Workbox } from 'workbox-window';
      const workbox = new Workbox('/workbox.js', { scope: '/workbox' });
      await workbox.register();
      await workbox.active;
      if (navigator.serviceWorker.controller === null) await workbox.controlling;
      const text = await (await fetch('/workbox/one.js')).text();
      let cached = [];
      for (let tries = 0; tries < 100 && cached.length === 0; tries += 1) { cached = await (await caches.open('workbox')).keys(); await new Promise((done) => setTimeout(done, 20)); }
      const module = await WebAssembly.compileStreaming(fetch('/workbox-made.wasm'));
      const worker = new Worker('/workbox/one.js');
      const said = await new Promise((done, failed) => { worker.onmessage = ({ data }) => done(data); worker.onerror = failed; });
      result({ text, cached: cached.length, exports: WebAssembly.Module.exports(module).length, said });`,
    expect: '"cached":1,"exports":0,"said":"from a worker"',
  },
];
