// The options: one page, its sections by the address's fragment.
import * as about from './sections/about.js';
import * as filters from './sections/filters.js';
import * as general from './sections/general.js';
import * as lists from './sections/lists.js';
import * as log from './sections/log.js';
import * as sites from './sections/sites.js';
import * as statistics from './sections/statistics.js';
import { words } from './parts/ask.js';
import { find } from './parts/dom.js';
import { text, translate } from './parts/text.js';

const failure = find('failure', HTMLElement);

interface Section {
  start(): void;
  show(): Promise<void>;
}

const sections: Readonly<Record<string, Section>> = { sites, lists, filters, log, statistics, general, about };

function go(): void {
  const asked = location.hash.slice(1);
  const name = Object.hasOwn(sections, asked) ? asked : 'sites';
  for (const key of Object.keys(sections)) {
    const section = document.getElementById(`page-${key}`);
    if (section !== null) section.hidden = key !== name;
  }
  for (const link of document.querySelectorAll<HTMLAnchorElement>('nav a')) {
    if (link.hash === `#${name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `${text(`page_${name}`)} · Nomine`;
  failure.hidden = true;
  void sections[name]?.show();
}

/** Whatever a section asked for and did not get is said on top of it. */
function failed(reason: unknown): void {
  failure.textContent = words(reason);
  failure.hidden = false;
}

translate();
addEventListener('unhandledrejection', ({ reason }) => failed(reason));
for (const section of Object.values(sections)) section.start();
addEventListener('hashchange', go);
// The fragment of the address says which section is shown: this leads to what is shown already.
find('skip', HTMLAnchorElement).addEventListener('click', (event) => {
  event.preventDefault();
  find('content', HTMLElement).focus();
});
go();
