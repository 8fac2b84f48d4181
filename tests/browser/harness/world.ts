// The whole internet, as far as a browser under test can see: one port on loopback that answers
// for every host name, with or without TLS, as a web server and as a proxy. Nothing else is
// ever contacted. Routes are per host; every request that arrives is recorded.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer as createHttp, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { extname, join, normalize } from 'node:path';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { selfSigned } from './certificate.js';

/** A request as the server saw it. */
export interface Hit {
  readonly host: string;
  /** Path with query. */
  readonly path: string;
  readonly method: string;
  readonly kind: 'http' | 'socket';
  readonly time: number;
}

export interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Milliseconds between the headers and the body. */
  readonly late?: number;
}
export type Handler = (request: IncomingMessage, url: URL) => Answer | undefined | Promise<Answer | undefined>;
export type SocketHandler = (socket: WebSocket, url: URL) => void;

/** What one host serves: fixed answers by path, then folders, then a handler. */
export interface Host {
  readonly pages?: Readonly<Record<string, Answer | string>>;
  /** Path prefix, ending in '/', to folder. */
  readonly folders?: Readonly<Record<string, string>>;
  readonly handle?: Handler;
  /** Sent with everything. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly socket?: SocketHandler;
}

/** What a file is, by the end of its name. */
export const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.cjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.pdf': 'application/pdf',
  '.ttf': 'font/ttf',
  '.gz': 'application/gzip',
};

/** Shorthands for pages. */
export const html = (body: string, headers?: Record<string, string>): Answer => ({
  type: types['.html']!,
  body: `<!doctype html><meta charset="utf-8"><title>page</title>${body}`,
  ...(headers ? { headers } : {}),
});
/** A page that has had the first, empty document of the frame that another page is in, and hands on its global of this name. */
export const around = (path: string, told: string): Answer =>
  html(`<body><script>
    const frame = Object.assign(document.createElement('iframe'), { src: '${path}', width: 900, height: 600 });
    document.body.append(frame);
    frame.contentWindow.before = true;
    setInterval(() => { window.${told} ??= frame.contentWindow.${told}; }, 50);
  </script></body>`);
export const js = (body: string): Answer => ({ type: types['.js']!, body });

/** An answer with its length said, as those who read small ones ask for. */
export const sized = (type: string, body: string | Uint8Array): Answer => ({ type, body, headers: { 'content-length': String(Buffer.byteLength(body)) } });

/** All of what a request carries. */
export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

export class World {
  readonly hits: Hit[] = [];
  readonly #hosts = new Map<string, Host>();
  readonly #sockets = new Set<Duplex>();
  readonly #tcp: Server;
  readonly #upgrades = new WebSocketServer({ noServer: true });
  port = 0;

  private constructor() {
    const answer = (request: IncomingMessage, response: ServerResponse): void => void this.#answer(request, response);
    const plain = createHttp(answer);
    const secure = createHttps(selfSigned('nomine tests'), answer);
    for (const server of [plain, secure]) {
      server.keepAliveTimeout = 60_000;
      server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.#upgrade(request, socket, head));
      server.on('clientError', (_error, socket) => socket.destroy());
    }
    // A proxy's tunnel leads back to this very port, whatever its target.
    plain.on('connect', (_request: IncomingMessage, socket: Duplex, head: Buffer) => {
      const onward = connect(this.port, '127.0.0.1', () => {
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        onward.write(head);
        socket.pipe(onward).pipe(socket);
      });
      for (const end of [socket, onward]) end.on('error', () => void (socket.destroy(), onward.destroy()));
    });
    this.#tcp = createTcp((socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket)).on('error', () => socket.destroy());
      socket.once('data', (first: Buffer) => {
        socket.pause();
        socket.unshift(first);
        // 22 is the record type of a TLS handshake.
        (first[0] === 22 ? secure : plain).emit('connection', socket);
        process.nextTick(() => socket.resume());
      });
    });
  }

  static async start(hosts: Readonly<Record<string, Host>> = {}): Promise<World> {
    const world = new World();
    for (const [name, host] of Object.entries(hosts)) world.host(name, host);
    await new Promise<void>((done) => world.#tcp.listen(0, '127.0.0.1', done));
    world.port = (world.#tcp.address() as AddressInfo).port;
    return world;
  }

  /** Adds or replaces a host. `*.example.test` answers for all its subdomains. */
  host(name: string, host: Host): void {
    this.#hosts.set(name, host);
  }

  /** Requests to a host (and its subdomains), without those for icons. */
  hitsOf(host: string): Hit[] {
    return this.hits.filter((hit) => (hit.host === host || hit.host.endsWith(`.${host}`)) && hit.path !== '/favicon.ico');
  }

  async stop(): Promise<void> {
    for (const socket of this.#upgrades.clients) socket.terminate();
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((done) => this.#tcp.close(() => done()));
  }

  #route(request: IncomingMessage): { url: URL; name: string; host: Host | undefined } {
    // As a proxy we are asked for whole addresses.
    const target = request.url ?? '/';
    const url = new URL(/^https?:/.test(target) ? target : `http://${request.headers.host ?? 'nowhere'}${target}`);
    const name = url.hostname.replace(/\.$/, '');
    let host = this.#hosts.get(name);
    for (let rest = name; host === undefined && rest.includes('.'); ) {
      rest = rest.slice(rest.indexOf('.') + 1);
      host = this.#hosts.get(`*.${rest}`);
    }
    return { url, name, host: host ?? this.#hosts.get('*') };
  }

  #record(request: IncomingMessage, name: string, url: URL, kind: Hit['kind']): void {
    this.hits.push({ host: name, path: url.pathname + url.search, method: request.method ?? '', kind, time: Date.now() });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.on('error', () => {});
    try {
      const { url, name, host } = this.#route(request);
      this.#record(request, name, url, 'http');
      if (host === undefined) return void response.writeHead(404, { 'content-type': 'text/plain' }).end('no such host');
      const fixed = host.pages?.[url.pathname];
      const found = typeof fixed === 'string' ? html(fixed) : (fixed ?? this.#file(host, url) ?? (await host.handle?.(request, url)));
      if (found === undefined) return void response.writeHead(404, { 'content-type': 'text/plain', ...host.headers }).end('no such page');
      const headers = { 'content-type': found.type ?? 'text/plain', 'cache-control': 'no-store', ...host.headers, ...('headers' in found ? found.headers : {}) };
      if ('path' in found) {
        response.writeHead(200, { ...headers, 'content-length': String(statSync(found.path).size) });
        createReadStream(found.path).on('error', () => response.destroy()).pipe(response);
        return;
      }
      response.writeHead(found.status ?? 200, headers);
      if (found.late === undefined) response.end(found.body ?? '');
      else {
        response.flushHeaders();
        setTimeout(() => response.end(found.body ?? ''), found.late);
      }
    } catch (error) {
      if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
      response.end(String(error));
    }
  }

  #file(host: Host, url: URL): { type: string; path: string } | undefined {
    for (const [prefix, folder] of Object.entries(host.folders ?? {})) {
      if (!url.pathname.startsWith(prefix)) continue;
      const path = join(folder, normalize(`/${decodeURIComponent(url.pathname.slice(prefix.length))}`));
      if (existsSync(path) && statSync(path).isFile()) return { type: types[extname(path)] ?? 'application/octet-stream', path };
    }
    return undefined;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { url, name, host } = this.#route(request);
    this.#record(request, name, url, 'socket');
    const take = host?.socket;
    if (take === undefined) return void socket.end('HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n');
    this.#upgrades.handleUpgrade(request, socket, head, (client) => {
      client.on('error', () => client.terminate());
      take(client, url);
    });
  }
}
