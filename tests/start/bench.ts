// The background is put to sleep as the browser does when it idles, then a page of the extension asks it
// something that the engine has to be ready for. Until the answer: the browser starts the background, its
// script runs, the engine is fetched, compiled, and loads the compiled lists.
import { Extension, World, names, open, type Browser } from '../browser/harness/index.js';

const ROUNDS = 11;

const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? NaN;

interface Start {
  readonly answered: number;
  readonly engine: number;
}

async function start(browser: Browser, extension: Extension): Promise<Start> {
  await browser.stopBackground();
  return extension.evaluate(async () => {
    const api = ((globalThis as { browser?: typeof chrome }).browser ?? chrome).runtime;
    const asked = performance.now();
    const about = (await api.sendMessage({ type: 'about.get', payload: {} })) as { engine: { ready: boolean; loadMilliseconds: number } };
    if (!about.engine.ready) throw new Error('the engine is not ready');
    return { answered: performance.now() - asked, engine: about.engine.loadMilliseconds };
  });
}

console.log('| browser | start to ready, ms | of that the engine, ms | of an awake background, ms |');
console.log('|---|---|---|---|');
for (const name of names) {
  const world = await World.start({});
  const browser = await open(name, { world, installed: true });
  try {
    const extension = await Extension.of(browser);
    await extension.ask('about.get', {});
    const starts: Start[] = [];
    for (let round = 0; round < ROUNDS; round += 1) starts.push(await start(browser, extension));
    const awake: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      awake.push(
        await extension.evaluate(async () => {
          const asked = performance.now();
          await ((globalThis as { browser?: typeof chrome }).browser ?? chrome).runtime.sendMessage({ type: 'about.get', payload: {} });
          return performance.now() - asked;
        }),
      );
    }
    const cells = [median(starts.map((one) => one.answered)), median(starts.map((one) => one.engine)), median(awake)];
    console.log(`| ${browser.version} | ${cells.map((cell) => cell.toFixed(1)).join(' | ')} |`);
  } finally {
    await browser.close();
    await world.stop();
  }
}
