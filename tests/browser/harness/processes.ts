// What the processes of a browser use, by /proc (Linux): processor time is not bent by what else the
// machine does, as the clock is.
import { readdirSync, readFileSync } from 'node:fs';
import { pause } from './browser.js';

/** Milliseconds of one clock tick of /proc (USER_HZ is 100 on Linux). */
const tick = 10;

function fields(id: string): readonly string[] | null {
  try {
    const text = readFileSync(`/proc/${id}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null; // not a process, or gone
  }
}

/** Processes that this one started itself. */
export function children(of = String(process.pid)): readonly string[] {
  return readdirSync('/proc').filter((id) => /^\d+$/u.test(id) && fields(id)?.[1] === of);
}

function family(roots: readonly string[]): readonly string[] {
  const byParent = new Map<string, string[]>();
  for (const id of readdirSync('/proc')) {
    const parent = /^\d+$/u.test(id) ? fields(id)?.[1] : undefined;
    if (parent !== undefined) byParent.set(parent, [...(byParent.get(parent) ?? []), id]);
  }
  const all = [...roots];
  for (const id of all) all.push(...(byParent.get(id) ?? []));
  return all;
}

/** Milliseconds of processor time (user and system) that each of these processes and of their living descendants has used. */
export function times(roots: readonly string[]): ReadonlyMap<string, number> {
  const each = new Map<string, number>();
  for (const id of family(roots)) {
    const found = fields(id);
    if (found !== null) each.set(id, (Number(found[11]) + Number(found[12])) * tick);
  }
  return each;
}

/** Milliseconds of it since `before`, of all of them together; what has ended meanwhile is left out. */
export function used(roots: readonly string[], before: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [id, time] of times(roots)) sum += time - (before.get(id) ?? 0);
  return sum;
}

/** Milliseconds of it in the next so many milliseconds. */
export async function usedIn(roots: readonly string[], milliseconds: number): Promise<number> {
  const before = times(roots);
  await pause(milliseconds);
  return used(roots, before);
}

/** Kilobytes of memory that they hold, what is shared counted in parts. */
export function held(roots: readonly string[]): number {
  let sum = 0;
  for (const id of family(roots)) {
    try {
      sum += Number(/^Pss:\s+(\d+)/mu.exec(readFileSync(`/proc/${id}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
    } catch {
      // Gone, or not ours to read.
    }
  }
  return sum;
}
