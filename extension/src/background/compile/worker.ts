// Firefox: the worker in which lists are compiled. One question at a time, answered by its number.
import { start, work, type Work } from './work.js';

interface Question {
  readonly number: number;
  readonly address: string;
  readonly name: keyof Work;
  readonly payload: readonly unknown[];
}

addEventListener('message', ({ data }: MessageEvent<Question>) => {
  const { number, address, name, payload } = data;
  void start(address)
    .then(() => (work[name] as (...values: readonly unknown[]) => Promise<unknown>)(...payload))
    .then(
      (answer) => {
        // Handed over, not copied: the background answers for requests meanwhile.
        const { engine } = (typeof answer === 'object' && answer !== null ? answer : {}) as { engine?: Uint8Array<ArrayBuffer> };
        postMessage({ number, answer }, engine === undefined ? {} : { transfer: [engine.buffer] });
      },
      (error: unknown) => postMessage({ number, failed: error instanceof Error ? error.message : String(error) }),
    );
});
