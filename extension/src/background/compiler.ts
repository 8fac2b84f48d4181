// Where lists are compiled: a worker of its own in Firefox, ended when it is done so that its memory
// goes back; in place in Chromium, whose background has no workers and ends by itself.
import { browser, isFirefox } from '../shared/browser.js';
import { start, work, type Work } from './compile/work.js';

const idle = 10_000;

class Elsewhere {
  #worker: Worker | undefined;
  #number = 0;
  #ending: ReturnType<typeof setTimeout> | undefined;
  readonly #waiting = new Map<number, { done: (value: unknown) => void; failed: (error: Error) => void }>();

  ask(name: keyof Work, payload: readonly unknown[]): Promise<unknown> {
    clearTimeout(this.#ending);
    const worker = (this.#worker ??= this.#open());
    const number = (this.#number += 1);
    return new Promise((done, failed) => {
      this.#waiting.set(number, { done, failed });
      worker.postMessage({ number, address: browser.runtime.getURL('engine.wasm'), name, payload });
    });
  }

  #open(): Worker {
    const worker = new Worker(browser.runtime.getURL('compiler.js'));
    worker.addEventListener('message', ({ data }: MessageEvent<{ number: number; answer?: unknown; failed?: string }>) => {
      const waiting = this.#waiting.get(data.number);
      this.#waiting.delete(data.number);
      if (data.failed === undefined) waiting?.done(data.answer);
      else waiting?.failed(new Error(data.failed));
      if (this.#waiting.size === 0) this.#ending = setTimeout(() => this.#end(new Error('ended')), idle);
    });
    worker.addEventListener('error', (event) => this.#end(new Error(event.message === '' ? 'the compiler did not start' : event.message)));
    return worker;
  }

  #end(why: Error): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    for (const { failed } of this.#waiting.values()) failed(why);
    this.#waiting.clear();
  }
}

const elsewhere = new Elsewhere();

function door<N extends keyof Work>(name: N): Work[N] {
  const ask = async (...payload: readonly unknown[]): Promise<unknown> => {
    if (isFirefox) return elsewhere.ask(name, payload);
    await start(browser.runtime.getURL('engine.wasm'));
    return (work[name] as (...values: readonly unknown[]) => Promise<unknown>)(...payload);
  };
  return ask as Work[N];
}

export const compiler: Work = { prepare: door('prepare'), patch: door('patch'), compile: door('compile'), open: door('open'), check: door('check'), beyond: door('beyond') };
