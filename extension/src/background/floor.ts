// What the packaged rulesets block by host alone: names the cause of a block, and blocks in Firefox,
// while the engine is not there (not built, not loaded, damaged).
import { browser } from '../shared/browser.js';
import { hostOf, within } from '../shared/host.js';

let loading: Promise<ReadonlySet<string>> | undefined;

/** The listed host that this address belongs to; empty where there is none. */
export async function listedHost(url: string): Promise<string> {
  const host = hostOf(url);
  if (host === '') return '';
  loading ??= read();
  return find(await loading, host);
}

export function find(hosts: ReadonlySet<string>, host: string): string {
  for (let name = host; name !== ''; ) {
    if (hosts.has(name) && within(host, name)) return name;
    const dot = name.indexOf('.');
    name = dot < 0 ? '' : name.slice(dot + 1);
  }
  return '';
}

async function read(): Promise<ReadonlySet<string>> {
  const hosts = new Set<string>();
  const manifest = browser.runtime.getManifest() as { declarative_net_request?: { rule_resources: { path: string }[] } };
  for (const { path } of manifest.declarative_net_request?.rule_resources ?? []) {
    try {
      const rules: unknown = await (await fetch(browser.runtime.getURL(path))).json();
      if (Array.isArray(rules)) for (const rule of rules) collect(rule, hosts);
    } catch {
      // A ruleset that cannot be read names nothing.
    }
  }
  return hosts;
}

function collect(rule: unknown, hosts: Set<string>): void {
  const { action, condition } = rule as { action?: { type?: string }; condition?: { requestDomains?: string[]; urlFilter?: string; regexFilter?: string } };
  if (action?.type !== 'block' || condition?.urlFilter !== undefined || condition?.regexFilter !== undefined) return;
  for (const host of condition?.requestDomains ?? []) hosts.add(host);
}
