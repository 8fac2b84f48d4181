// Well-known libraries, each with a small task of its own. A page sets `window.result`; it has to
// be the same with and without the extension. Everything comes from their packages.
import { readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { around, js, html, types, type Host, type SocketHandler } from '../../browser/harness/world.js';
import type { App } from './app.js';
import { computing } from './computing.js';
import { crypto } from './crypto.js';
import { data } from './data.js';
import { drawing } from './drawing.js';
import { editors } from './editors.js';
import { machinery } from './machinery.js';
import { media } from './media.js';
import { patching } from './patching.js';
import { workers } from './workers.js';

const here = join(dirname(fileURLToPath(import.meta.url)), '..');

export type { App };
export const apps: readonly App[] = [...data, ...media, ...editors, ...crypto, ...drawing, ...computing, ...workers, ...patching, ...machinery];

/** socket.io's own framing (Engine.IO 4, Socket.IO 5), as far as one echo needs it. */
const echo: SocketHandler = (socket) => {
  socket.send('0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}');
  socket.on('message', (data) => {
    const text = String(data);
    if (text === '40') socket.send('40{"sid":"b"}');
    else if (text.startsWith('42["say",')) socket.send(text.replace('"say"', '"said"'));
  });
};

async function bundled(contents: string): Promise<string> {
  const built = await build({
    stdin: { contents, resolveDir: here, sourcefile: 'app.js', loader: 'js' },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    define: { 'process.env.NODE_ENV': '"production"' },
    external: ['fs', 'path', 'crypto', 'module', 'url', 'worker_threads', 'vm'],
    logLevel: 'silent',
  });
  return built.outputFiles[0]!.text;
}

const frame = (app: App, address: string): string => `
  <script>
    window.result = (value) => { window.outcome ??= JSON.stringify(value); };
    addEventListener('error', (event) => result({ error: event.message }));
    addEventListener('unhandledrejection', (event) => result({ error: String(event.reason) }));
  </script>
  ${app.script === undefined ? '' : `<script src="/m/${app.script}"></script>`}
  <script type="module" src="${address}"></script>`;

/** What is not named is JSON. */
const typeOf = (path: string): string => types[extname(path)] ?? 'application/json';

const serviceWorker = js(`
  addEventListener('install', () => skipWaiting());
  addEventListener('activate', (event) => event.waitUntil(clients.claim()));
  addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));`);
const installing = html(`<script>
  navigator.serviceWorker.register('/between.js');
  navigator.serviceWorker.oncontrollerchange = () => { window.outcome = 'installed'; };
</script>`);

/**
 * One host that serves them all: `/NAME` for each app, `/around/NAME` for it in a frame, `/m/` for the packages;
 * `/install` puts a service worker between all pages that follow and this host.
 */
export function appHost(): Host {
  const find = (name: string): App | undefined => apps.find((app) => app.name === name);
  return {
    pages: { '/install': installing, '/between.js': serviceWorker },
    folders: { '/m/': join(here, 'node_modules') },
    socket: echo,
    handle: async (_request, url) => {
      const path = decodeURIComponent(url.pathname.slice(1));
      if (path.startsWith('run/')) {
        const app = find(path.slice(4));
        if (app === undefined) return undefined;
        return js(app.bundle ? await bundled(app.code) : `(async () => {${app.code}})().then(result, (error) => result({ error: String(error) }));`);
      }
      for (const { answers, bundles, files } of apps) {
        if (answers?.[path] !== undefined) return { type: typeOf(path), body: answers[path] };
        if (bundles?.[path] !== undefined) return js(await bundled(bundles[path]));
        if (files?.[path] !== undefined) return { type: typeOf(path), body: readFileSync(join(here, 'node_modules', files[path])) };
      }
      if (path.startsWith('around/')) return around(`/${path.slice(7)}`, 'outcome');
      const app = find(path);
      return app === undefined ? undefined : html(frame(app, `/run/${app.name}`));
    },
  };
}
