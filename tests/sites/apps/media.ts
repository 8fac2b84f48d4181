// Video, sound, pictures and text in them.
import type { App } from './app.js';

export const media: readonly App[] = [
  {
    name: 'ffmpeg',
    script: '@ffmpeg/ffmpeg/dist/umd/ffmpeg.js',
    code: `const ffmpeg = new FFmpegWASM.FFmpeg();
      const base = location.origin + '/m/@ffmpeg/core/dist/umd/';
      await ffmpeg.load({ coreURL: base + 'ffmpeg-core.js', wasmURL: base + 'ffmpeg-core.wasm' });
      const status = await ffmpeg.exec(['-f', 'lavfi', '-i', 'sine=frequency=440:duration=1', '-ar', '8000', 'out.wav']);
      const wave = await ffmpeg.readFile('out.wav');
      return { status, bytes: wave.length, head: String.fromCharCode(...wave.slice(0, 4)) };`,
    expect: '"head":"RIFF"',
  },
  {
    name: 'tesseract.js',
    script: 'tesseract.js/dist/tesseract.min.js',
    code: `const worker = await Tesseract.createWorker('eng', 1, {
        workerPath: '/m/tesseract.js/dist/worker.min.js', corePath: '/m/tesseract.js-core', langPath: location.origin + '/m/@tesseract.js-data/eng/4.0.0_best_int' });
      const canvas = Object.assign(document.createElement('canvas'), { width: 400, height: 100 });
      const pen = canvas.getContext('2d');
      pen.fillStyle = 'white'; pen.fillRect(0, 0, 400, 100);
      pen.fillStyle = 'black'; pen.font = '48px sans-serif'; pen.fillText('HELLO 42', 40, 65);
      const { data } = await worker.recognize(canvas);
      await worker.terminate();
      return data.text.trim();`,
    expect: 'HELLO',
  },
  {
    name: 'hls.js',
    script: 'hls.js/dist/hls.min.js',
    code: `const list = ['#EXTM3U', '#EXT-X-STREAM-INF:BANDWIDTH=420000,RESOLUTION=640x360', 'a.m3u8', '#EXT-X-STREAM-INF:BANDWIDTH=840000', 'b.m3u8'].join('\\n');
      const player = new Hls({ enableWorker: true });
      return new Promise((done) => {
        player.on(Hls.Events.MANIFEST_PARSED, (_, data) => { done(data.levels.map((level) => level.bitrate).sort()); player.destroy(); });
        player.loadSource(URL.createObjectURL(new Blob([list], { type: 'application/vnd.apple.mpegurl' })));
        player.attachMedia(document.createElement('video'));
      });`,
    expect: '[420000,840000]',
  },
  {
    name: 'mp4box',
    bundle: true,
    code: `import { createFile } from 'mp4box';
      const file = createFile();
      const track = file.addTrack({ timescale: 1000, width: 64, height: 48, brands: ['isom'] });
      file.addSample(track, new Uint8Array(42), { duration: 40, is_sync: true });
      const buffer = file.getBuffer().buffer;
      buffer.fileStart = 0;
      const reader = createFile();
      reader.onReady = (info) => result({ tracks: info.tracks.length, width: info.tracks[0].track_width, bytes: buffer.byteLength });
      reader.appendBuffer(buffer); reader.flush();`,
    expect: '"tracks":1,"width":64',
  },
  {
    name: 'jsquash-webp',
    bundle: true,
    code: `import encode, { init as initEncoder } from '@jsquash/webp/encode';
      import decode, { init as initDecoder } from '@jsquash/webp/decode';
      const part = (path) => WebAssembly.compileStreaming(fetch('/m/@jsquash/webp/codec/' + path));
      await initEncoder(await part('enc/webp_enc_simd.wasm'));
      await initDecoder(await part('dec/webp_dec.wasm'));
      const picture = new ImageData(new Uint8ClampedArray(32 * 16 * 4).fill(200), 32, 16);
      const packed = await encode(picture, { lossless: 1 });
      const { width, height, data } = await decode(packed);
      result({ head: String.fromCharCode(...new Uint8Array(packed, 8, 4)), width, height, first: data[0] });`,
    expect: '"head":"WEBP","width":32,"height":16',
  },
  {
    name: 'imagemagick',
    bundle: true,
    code: `import { ImageMagick, MagickFormat, initializeImageMagick } from '@imagemagick/magick-wasm';
      await initializeImageMagick(new Uint8Array(await (await fetch('/m/@imagemagick/magick-wasm/dist/x86/magick.wasm')).arrayBuffer()));
      ImageMagick.read('rose:', (image) => {
        image.resize(35, 23); image.blur(1, 2);
        image.write(MagickFormat.Png, (data) => result({ width: image.width, height: image.height, head: [...data.slice(1, 4)] }));
      });`,
    expect: '"head":[80,78,71]',
  },
];
