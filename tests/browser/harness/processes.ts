// What the processes of a browser use, by /proc (Linux): processor time is not bent by what else the
// machine does, as the clock is.
import { readdirSync, readFileSync } from 'node:fs';

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

/** Milliseconds of processor time that these processes and their living descendants have used. */
export function used(roots: readonly string[]): number {
  let ticks = 0;
  for (const id of family(roots)) {
    const found = fields(id);
    // User and system time, and that of children that have ended.
    if (found !== null) for (const at of [11, 12, 13, 14]) ticks += Number(found[at]);
  }
  return ticks * tick;
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
