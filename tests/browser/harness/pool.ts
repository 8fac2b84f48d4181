// A mining pool that pays nobody: hands out one job without end and counts what comes back.
// It speaks the Coinhive family's words (auth, authed, job, submit, hash_accepted).
import type { WebSocket } from 'ws';
import type { SocketHandler } from './world.js';

export interface Share {
  readonly nonce: string;
  readonly result: string;
}

/** How messages are put on the wire. */
export interface Packing {
  pack(text: string): string | Uint8Array;
  unpack(message: Buffer): string;
}
const plain: Packing = { pack: (text) => text, unpack: String };

export class Pool {
  readonly shares: Share[] = [];
  readonly messages: string[] = [];
  connections = 0;
  readonly #open = new Set<WebSocket>();

  /** `target`: eight hex digits, little endian; `ffffffff` accepts every hash. */
  constructor(readonly target = 'ffffffff', readonly blob = defaultBlob, private readonly packing = plain) {}

  get socket(): SocketHandler {
    return (socket) => {
      this.connections += 1;
      this.#open.add(socket);
      socket.on('close', () => this.#open.delete(socket));
      socket.on('message', (data) => this.#take(socket, this.packing.unpack(data as Buffer)));
    };
  }

  get openConnections(): number {
    return this.#open.size;
  }

  #take(socket: WebSocket, text: string): void {
    this.messages.push(text);
    let message: { type?: unknown; params?: Record<string, unknown> };
    try {
      message = JSON.parse(text) as typeof message;
    } catch {
      return;
    }
    const send = (type: string, params: object): void => socket.send(this.packing.pack(JSON.stringify({ type, params })));
    const job = (): void => send('job', { job_id: 'stub-1', blob: this.blob, target: this.target, algo: 'cn', variant: 0, height: 1 });
    if (message.type === 'auth') {
      send('authed', { token: '', hashes: 0 });
      job();
    } else if (message.type === 'submit') {
      this.shares.push({ nonce: String(message.params?.['nonce']), result: String(message.params?.['result']) });
      send('hash_accepted', { hashes: this.shares.length });
    }
  }
}

/** A block template's shape: 76 bytes, with room for a nonce at offset 39. */
const defaultBlob = `0707${'d2'.repeat(37)}${'00'.repeat(4)}${'7e'.repeat(33)}`;
