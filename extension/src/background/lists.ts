// What the Lists page shows: the lists in the package, from the report that the build wrote.
import { browser } from '../shared/browser.js';
import type { ListInfo } from '../shared/model.js';

let loading: Promise<readonly ListInfo[]> | undefined;

export function all(): Promise<readonly ListInfo[]> {
  loading ??= read();
  return loading;
}

async function read(): Promise<readonly ListInfo[]> {
  try {
    const report: unknown = await (await fetch(browser.runtime.getURL('rules/report.json'))).json();
    return fromReport(report);
  } catch {
    return [];
  }
}

/** The lists that a build report names. */
export function fromReport(report: unknown): readonly ListInfo[] {
  const lists = (report as { lists?: unknown }).lists;
  return Array.isArray(lists) ? lists.flatMap((entry: unknown) => infoOf(entry)) : [];
}

function infoOf(entry: unknown): ListInfo[] {
  if (typeof entry !== 'object' || entry === null) return [];
  const found = entry as Record<string, unknown>;
  const text = (...names: string[]): string => String(names.map((name) => found[name]).find((value) => typeof value === 'string') ?? '');
  const number = (...names: string[]): number => Number(names.map((name) => found[name]).find((value) => typeof value === 'number') ?? 0);
  const title = text('title', 'name', 'id');
  const entries = number('filters', 'entries');
  const engineOnly = number('engine_only', 'engineOnly');
  return [
    {
      id: text('id') || title,
      title,
      homepage: text('homepage'),
      licence: text('licence', 'license'),
      enabled: true,
      bundled: true,
      entries,
      inForce: Math.max(0, entries - engineOnly),
      engineOnly,
      refused: number('refused', 'errors'),
      updated: number('updated') || null,
      nextPull: null,
      lastError: null,
    },
  ];
}
