// Sites: what is decided about which site; search, add, change, remove, import, export.
import { hostFromInput } from '../../shared/host.js';
import { type End, type Policy, policies, type Scope, type SiteRule } from '../../shared/model.js';
import { ask, words } from '../parts/ask.js';
import { choices, find, make } from '../parts/dom.js';
import { keepingFocus } from '../parts/focus.js';
import { counted, text } from '../parts/text.js';
import { endName, policyName } from '../parts/words.js';

const rows = find('site-rows', HTMLTableSectionElement);
const none = find('site-none', HTMLElement);
const search = find('site-search', HTMLInputElement);
const name = find('site-name', HTMLInputElement);
const policy = find('site-policy', HTMLSelectElement);
const scope = find('site-scope', HTMLSelectElement);
const message = find('site-message', HTMLElement);
const file = find('site-file', HTMLInputElement);

let rules: readonly SiteRule[] = [];

function policyChoices(): [Policy, string][] {
  return policies.map((value) => [value, policyName(value)]);
}

function say(words: string): void {
  message.textContent = words;
}

function failed(error: unknown): void {
  say(words(error));
}

/** Shows what holds then, also where it was refused. */
async function change(asked: Promise<unknown>): Promise<void> {
  await asked.catch(failed);
  await show().catch(failed);
}

export async function show(): Promise<void> {
  rules = [...(await ask('site.list', {})).rules].sort((left, right) => left.name.localeCompare(right.name) || left.scope.localeCompare(right.scope));
  draw();
}

function draw(): void {
  const wanted = search.value.trim().toLowerCase();
  const found = rules.filter((rule) => rule.name.includes(wanted));
  keepingFocus(rows, () => rows.replaceChildren(...found.slice(0, 500).map(row)), search);
  none.hidden = found.length > 0;
  none.textContent = text(rules.length === 0 ? 'sites_none' : 'sites_none_found');
}

function row(rule: SiteRule): HTMLElement {
  const fixed = rule.by === 'organisation';
  const select = make('select', { 'aria-label': text('policy_of', rule.name), 'data-focus': `${rule.name} ${rule.scope} policy`, disabled: fixed });
  choices(select, policyChoices(), rule.policy);
  select.addEventListener('change', () => {
    const chosen = policies.find((value) => value === select.value) ?? rule.policy;
    void change(ask('site.set', { name: rule.name, scope: rule.scope, policy: chosen, until: rule.until }));
  });
  const remove = make('button', { type: 'button', class: 'quiet danger', disabled: fixed, 'aria-label': text('site_remove_named', rule.name), onclick: () => void drop(rule).catch(failed) }, text('site_remove'));
  return make(
    'tr',
    {},
    make('td', {}, make('bdi', {}, rule.name), make('small', {}, text(rule.scope === 'site' ? 'scope_site_any' : 'scope_host_any')), fixed ? make('small', {}, text('by_organisation')) : null),
    make('td', {}, select),
    make('td', {}, endChoice(rule, fixed)),
    make('td', { class: 'end' }, remove),
  );
}

function endChoice(rule: SiteRule, fixed: boolean): HTMLElement {
  const select = make('select', { 'aria-label': text('until_of', rule.name), 'data-focus': `${rule.name} ${rule.scope} until`, disabled: fixed });
  const { until } = rule;
  const timed: (readonly [string, string])[] = typeof until === 'number' ? [['time', endName(until)]] : [];
  const chosen = until === null ? 'always' : until === 'restart' ? 'restart' : 'time';
  choices(select, [['always', text('until_always')], ['restart', text('until_restart')], ['half', text('duration_half_hour')], ...timed], chosen);
  select.addEventListener('change', () => {
    const ends: Readonly<Record<string, End>> = { always: null, restart: 'restart', half: Date.now() + 30 * 60_000, time: until };
    void change(ask('site.set', { name: rule.name, scope: rule.scope, policy: rule.policy, until: ends[select.value] ?? null }));
  });
  return select;
}

async function drop(rule: SiteRule): Promise<void> {
  await ask('site.remove', { name: rule.name, scope: rule.scope });
  say(text('site_removed', rule.name));
  await show();
  search.focus();
}

async function add(): Promise<void> {
  const host = hostFromInput(name.value);
  if (host === '') {
    say(text('site_name_wrong'));
    name.focus();
    return;
  }
  const chosen = policies.find((value) => value === policy.value) ?? 'allow';
  const wide: Scope = scope.value === 'host' ? 'host' : 'site';
  await ask('site.set', { name: host, scope: wide, policy: chosen, until: null });
  say(text('site_added', host));
  name.value = '';
  await show();
}

async function importFile(): Promise<void> {
  const [chosen] = file.files ?? [];
  if (chosen === undefined) return;
  // First, so that the same file can be chosen again whatever comes of it.
  file.value = '';
  const { added, errors } = await ask('site.import', { text: await chosen.text() });
  if (errors.includes('file')) return say(text('import_unreadable'));
  if (errors.includes('toomany')) return say(text('refused_toomany'));
  const refused = errors.length === 0 ? '' : ` ${counted('import_refused', errors.length, errors.slice(0, 3).map(placeName).join('; '))}`;
  say(counted('import_added', added) + refused);
  await show();
}

function placeName(place: string): string {
  const line = /^line (\d+)$/u.exec(place)?.[1];
  return line === undefined ? place : text('list_line', line);
}

async function exportFile(): Promise<void> {
  const { text: content } = await ask('site.export', {});
  const address = URL.createObjectURL(new Blob([content], { type: 'application/json' }));
  make('a', { href: address, download: 'nomine-sites.json' }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

export function start(): void {
  choices(policy, policyChoices(), 'allow');
  choices(scope, [['site', text('scope_site_any')], ['host', text('scope_host_any')]], 'site');
  search.addEventListener('input', draw);
  find('site-add', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    void add().catch(failed);
  });
  find('site-import', HTMLButtonElement).addEventListener('click', () => file.click());
  file.addEventListener('change', () => void importFile().catch(failed));
  find('site-export', HTMLButtonElement).addEventListener('click', () => void exportFile().catch(failed));
}
