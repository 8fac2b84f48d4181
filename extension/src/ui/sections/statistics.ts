// Statistics: how much was stopped, by day, kind and site. Bars are tables that can be read aloud.
import { ask } from '../parts/ask.js';
import { find, make } from '../parts/dom.js';
import { counted, day, number, text } from '../parts/text.js';
import { familiesKnown, familyWord } from '../parts/words.js';

const lead = find('statistics-lead', HTMLElement);
const content = find('statistics-content', HTMLElement);

export function start(): void {
  // Nothing to listen to.
}

export async function show(): Promise<void> {
  const [statistics] = await Promise.all([ask('statistics.get', {}), familiesKnown]);
  lead.textContent = counted('statistics_total', statistics.total, day(new Date(statistics.since).toISOString()));
  if (statistics.total === 0) {
    content.replaceChildren(make('p', { class: 'empty sheet' }, text('log_none')));
    return;
  }
  content.replaceChildren(
    table('statistics_days', Object.entries(statistics.byDay).sort(([left], [right]) => (left < right ? 1 : -1)).slice(0, 14), day),
    table('statistics_families', largest(statistics.byFamily), (family) => familyWord(family) || text('statistics_listed')),
    table('statistics_sites', largest(statistics.bySite), (site) => site || text('statistics_no_site')),
  );
}

function largest(table: Readonly<Record<string, number>>): [string, number][] {
  return Object.entries(table).sort(([, left], [, right]) => right - left).slice(0, 12);
}

function table(title: string, entries: readonly [string, number][], name: (key: string) => string): HTMLElement {
  const most = Math.max(1, ...entries.map(([, count]) => count));
  const lines = entries.map(([key, count]) => {
    const bar = make('div', { class: 'measure', 'aria-hidden': 'true' });
    bar.style.inlineSize = `${count === 0 ? 0 : Math.max(1, (100 * count) / most)}%`;
    return make('tr', {}, make('th', { scope: 'row' }, make('bdi', {}, name(key))), make('td', { class: 'bar-cell' }, bar), make('td', { class: 'count' }, number(count)));
  });
  return make('section', { class: 'sheet padded' }, make('h2', {}, text(title)), make('table', { class: 'bars' }, make('tbody', {}, ...lines)));
}
