// Things that went wrong and were survived: kept for the About page, newest first, bounded.
import { browser } from '../shared/browser.js';
import type { Problem } from '../shared/model.js';

const key = 'problems';
const most = 30;

let problems: Problem[] | undefined;
let writing: Promise<unknown> = Promise.resolve();

export function complain(part: string, detail: string): void {
  console.warn(`Nomine: ${part}: ${detail}`);
  writing = writing.then(async () => {
    const known = await load();
    problems = [{ time: Date.now(), part, detail: detail.slice(0, 500) }, ...known.filter((other) => other.part !== part || other.detail !== detail)].slice(0, most);
    await browser.storage.local.set({ [key]: problems });
  }).catch(() => undefined);
}

/** What this gives; where it fails, that is complained of and `neutral` taken in its place. */
export async function orElse<T>(part: string, act: () => Promise<T>, neutral: T): Promise<T> {
  try {
    return await act();
  } catch (error) {
    complain(part, error instanceof Error ? error.message : String(error));
    return neutral;
  }
}

export async function all(): Promise<readonly Problem[]> {
  await writing;
  return load();
}

async function load(): Promise<Problem[]> {
  if (problems !== undefined) return problems;
  try {
    const stored = (await browser.storage.local.get(key))[key];
    problems = Array.isArray(stored) ? stored.filter(isProblem).slice(0, most) : [];
  } catch {
    problems = [];
  }
  return problems;
}

function isProblem(value: unknown): value is Problem {
  if (typeof value !== 'object' || value === null) return false;
  const { time, part, detail } = value as Record<string, unknown>;
  return typeof time === 'number' && typeof part === 'string' && typeof detail === 'string';
}
