// The pool that talks over WebTransport (tests/webtransport), as a process of its own.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../browser/harness/index.js';

export class TransportPool {
  private constructor(
    readonly port: number,
    /** SHA-256 of its certificate, which a page names so that the browser takes it. */
    readonly hash: readonly number[],
    private readonly server: ChildProcess,
  ) {}

  static async start(): Promise<TransportPool> {
    const program = join(root, 'tests/webtransport/target/debug/nomine-webtransport');
    if (!existsSync(program)) throw new Error(`${program} is missing: run cargo build in tests/webtransport`);
    const server = spawn(program, { stdio: ['ignore', 'pipe', 'inherit'] });
    const line = await new Promise<string>((done, failed) => {
      server.stdout.once('data', (said: Buffer) => done(String(said)));
      server.once('exit', (code) => failed(new Error(`${program} ended with ${String(code)}`)));
    });
    const space = line.indexOf(' ');
    return new TransportPool(Number(line.slice(0, space)), JSON.parse(line.slice(space)) as number[], server);
  }

  stop(): void {
    this.server.kill();
  }
}
