// Modules that a person lets run although they look like a miner's: exactly this content, on exactly
// this site. Kept until they are taken back.
import { within } from '../shared/host.js';
import type { AllowedModule } from '../shared/model.js';
import { list, object } from '../shared/read.js';
import { allowedModule, limits } from '../shared/schema.js';
import { local } from './area.js';
import { complain } from './problems.js';
import * as sites from './sites.js';
import { Cell } from './store.js';

const cell = new Cell<{ readonly modules: readonly AllowedModule[] }>(
  { key: 'modules', version: 1, read: object({ modules: list(allowedModule, limits.modules) }), standard: () => ({ modules: [] }) },
  local,
  complain,
);

let changed: () => Promise<void> = async () => undefined;

/** `whenChanged` puts them in force; a change is answered only after it. */
export function start(whenChanged: () => Promise<void>): void {
  changed = whenChanged;
}

export async function all(): Promise<readonly AllowedModule[]> {
  return (await cell.load()).modules;
}

/** What may run on the site of this host, as `listed` writes it. */
export async function of(host: string): Promise<string> {
  return listed((await all()).filter(({ site }) => within(host, site)));
}

export async function allow(host: string, content: string): Promise<void> {
  const site = await sites.siteOf(host);
  if (site === '') throw new Error('not a site');
  await cell.changeInForce(({ modules }) => {
    const others = without(modules, site, content);
    if (others.length >= limits.modules) throw new Error('toomany');
    return { modules: [...others, { site, content, since: Date.now() }] };
  }, changed);
}

export async function forget(host: string, content: string): Promise<void> {
  const site = await sites.siteOf(host);
  await cell.changeInForce(({ modules }) => ({ modules: without(modules, site, content) }), changed);
}

function without(modules: readonly AllowedModule[], site: string, content: string): AllowedModule[] {
  return modules.filter((one) => one.site !== site || one.content !== content);
}

/** Contents, one after the other, as the guard takes them. */
export function listed(modules: readonly AllowedModule[]): string {
  return modules.map(({ content }) => content).join(' ');
}
