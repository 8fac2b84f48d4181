// Lists: what is in force, how old it is, and what of it is not in force and why; adding, updating,
// switching off, accepting what was held back, going back.
import type { ChannelInfo, HeldInfo, ListInfo, ListsInfo } from '../../shared/model.js';
import { readLink } from '../../shared/subscribe.js';
import { ask, words } from '../parts/ask.js';
import { find, make } from '../parts/dom.js';
import { keepingFocus } from '../parts/focus.js';
import { lines } from '../parts/lines.js';
import { dated, moment, number, text } from '../parts/text.js';

/** Bytes of a file, as of a list that is fetched. */
const largest = 24_000_000;

const cards = find('list-cards', HTMLElement);
const channel = find('list-channel', HTMLElement);
const message = find('list-message', HTMLElement);
const pullAll = find('list-pull', HTMLButtonElement);
const back = find('list-back', HTMLButtonElement);
const address = find('list-url', HTMLInputElement);
const file = find('list-file-chosen', HTMLInputElement);

export function start(): void {
  pullAll.addEventListener('click', () => void change(ask('lists.pull', { id: null }), everything));
  back.addEventListener('click', () => void change(ask('lists.rollBack', {})));
  find('list-add', HTMLFormElement).addEventListener('submit', (event) => {
    event.preventDefault();
    void add();
  });
  find('list-file', HTMLButtonElement).addEventListener('click', () => file.click());
  file.addEventListener('change', () => void addFile());
  const offered = new URLSearchParams(location.search);
  const url = offered.get('subscribe') ?? '';
  if (url !== '') {
    address.value = url;
    message.textContent = text('list_offered');
  }
}

export async function show(): Promise<void> {
  draw(await ask('lists.get', {}));
}

/** Which lists were asked for: what went wrong with them is told. */
type Asked = (list: ListInfo) => boolean;
const nothing: Asked = () => false;
const everything: Asked = () => true;
const only = (id: string): Asked => (list) => list.id === id;

/** Shows that something goes on, then what came of it; true where it was done. */
async function change(asked: Promise<ListsInfo>, about: Asked = nothing, done = text('list_pulled')): Promise<boolean> {
  message.textContent = text('list_pulling');
  const hadFocus = document.activeElement === pullAll;
  pullAll.disabled = true;
  try {
    const info = await asked;
    draw(info);
    const wrong = troubles(info, about);
    message.textContent = wrong.length === 0 ? done : [...(done === text('list_pulled') ? [] : [done]), ...wrong].join('\n');
    return true;
  } catch (error) {
    message.textContent = words(error, ofLists);
    await show();
    return false;
  } finally {
    pullAll.disabled = false;
    if (hadFocus && document.activeElement === document.body) pullAll.focus();
  }
}

function ofLists(said: string): string {
  const found = said === 'empty' ? text('held_empty') : text(`pull_error_${said}`);
  return found === `pull_error_${said}` ? '' : found;
}

/** What those lists, and our channel where all are meant, did not get, or did not let in. */
function troubles({ lists, channel: ours }: ListsInfo, about: Asked): string[] {
  const found = lists.filter((list) => list.enabled && about(list)).flatMap(({ title, lastError, errorDetail, held }) => told(title, lastError, errorDetail, held));
  if (about === everything && ours !== null) found.push(...told('Nomine', ours.lastError, ours.errorDetail, ours.held));
  return found;
}

function told(title: string, lastError: string | null, errorDetail: string, held: HeldInfo | null): string[] {
  if (lastError !== null) return [`${title}: ${problem(lastError, errorDetail)}`];
  return held === null ? [] : [`${title}: ${text('list_held', reason(held))}`];
}

async function add(): Promise<void> {
  const link = readLink(address.value);
  const url = URL.parse(link?.url ?? address.value.trim());
  if (url === null || !/^https?:$/u.test(url.protocol)) {
    message.textContent = text('list_add_wrong');
    return;
  }
  const title = link?.title ?? new URLSearchParams(location.search).get('title') ?? '';
  const added = ask('lists.add', { url: url.href, title }).catch((error: unknown) => {
    throw error instanceof Error && error.message === 'address' ? new Error(text('list_add_wrong')) : error;
  });
  url.hash = '';
  if (await change(added, (list) => list.url === url.href, text('list_added', title === '' ? url.hostname : title))) address.value = '';
}

async function addFile(): Promise<void> {
  const [chosen] = file.files ?? [];
  if (chosen === undefined) return;
  file.value = '';
  if (chosen.size > largest) {
    message.textContent = text('pull_error_large');
    return;
  }
  await change(chosen.text().then((content) => ask('lists.addText', { title: chosen.name, text: content })), nothing, text('list_added', chosen.name));
}

function draw({ lists, channel: ours, before }: ListsInfo): void {
  keepingFocus(channel, () => channel.replaceChildren(...(ours === null ? [text('channel_none')] : ofChannel(ours))), message);
  back.hidden = before === null;
  if (before !== null) back.textContent = text('list_roll_back', moment(before));
  const shown = lists.length === 0 ? [make('p', { class: 'empty' }, text('lists_none'))] : lists.map((list) => card(list, ours?.version ?? null));
  keepingFocus(cards, () => cards.replaceChildren(...shown), message);
}

function ofChannel({ version, updated, ends, checked, nextPull, lastError, errorDetail, held }: ChannelInfo): (string | Node)[] {
  const parts: (string | Node)[] = [version === null ? text('channel_packaged') : text('channel_version', version, updated === null ? '' : moment(updated))];
  if (version !== null && ends !== null && ends < Date.now()) parts.push(' ', text('channel_over', moment(ends)));
  if (checked !== null) parts.push(` ${text('list_checked')}: ${moment(checked)}.`);
  if (nextPull !== null) parts.push(` ${text('list_next')}: ${moment(nextPull)}.`);
  if (lastError !== null) parts.push(' ', problem(lastError, errorDetail));
  if (held !== null) parts.push(' ', text('list_held', reason(held)), ' ', make('button', { type: 'button', 'data-focus': 'channel accept', onclick: () => void change(ask('lists.accept', { id: 'channel' })) }, text('list_accept')));
  return parts;
}

/** An error in plain words, with what the server or the engine said. */
function problem(code: string, detail: string): string {
  const words = text(`pull_error_${code}`);
  return detail === '' ? words : `${words} (${detail})`;
}

function reason({ reason: word, before, after, host, filter }: HeldInfo): string {
  if (word === 'blocks') return text('held_blocks', host, filter);
  if (word === 'shrinks' || word === 'grows') return text(`held_${word}`, number(before), number(after));
  return text('held_empty');
}

/** `fromChannel`: its version, where our own lists come from it. */
function card(list: ListInfo, fromChannel: number | null): HTMLElement {
  const facts = make('dl', { class: 'facts' });
  const put = (name: string, value: string, kind = ''): void => facts.append(make('dt', {}, text(name)), make('dd', { class: kind }, value));
  if (list.enabled) {
    put('list_entries', number(list.entries));
    put('list_in_force', number(list.inForce));
    if (list.notPossible > 0) put('list_not_possible', number(list.notPossible));
    if (list.refused > 0) put('list_refused', number(list.refused));
    if (list.leftOut > 0) put('list_left_out', list.because === '' ? number(list.leftOut) : `${number(list.leftOut)}: ${list.because}`);
    if (!list.bundled || list.updated !== null) put('list_updated', list.updated === null ? text('list_never') : dated(list.updated));
    if (list.checked !== null) put('list_checked', dated(list.checked));
    if (list.nextPull !== null) put('list_next', dated(list.nextPull));
  }
  if (list.licence !== '') put('list_licence', list.licence);
  if (list.lastError !== null) put('list_error', problem(list.lastError, list.errorDetail), 'wrong');
  const link = /^https:\/\//u.test(list.homepage) ? make('a', { href: list.homepage, target: '_blank', rel: 'noreferrer' }, text('list_homepage')) : null;
  const kind = text(list.own ? 'list_own' : list.bundled ? (fromChannel === null ? 'list_bundled' : 'list_from_channel') : list.url === '' ? 'list_own_file' : 'list_followed');
  const plain = list.bundled || list.own;
  return make(
    'article',
    { class: 'sheet padded', 'data-list': list.id },
    make('div', { class: 'card-head' }, make('div', {}, make('h2', {}, make('bdi', {}, list.title)), make('p', { class: 'soft' }, kind, ' ', list.own ? make('a', { href: '#filters' }, text('page_filters')) : link)), plain ? null : toggle(list)),
    list.held === null ? null : make('p', { class: 'warning' }, text('list_held', reason(list.held)), make('button', { type: 'button', 'data-focus': `${list.id} accept`, onclick: () => void change(ask('lists.accept', { id: list.id })) }, text('list_accept'))),
    facts,
    list.enabled && list.notPossible + list.refused > 0 ? problems(list.id) : null,
    plain ? null : actions(list),
  );
}

function toggle(list: ListInfo): HTMLElement {
  const input = make('input', { type: 'checkbox', role: 'switch', 'data-focus': `${list.id} on`, 'aria-label': text('list_on', list.title) });
  input.checked = list.enabled;
  input.addEventListener('change', () => void change(ask('lists.enable', { id: list.id, enabled: input.checked }), only(list.id)));
  return input;
}

function actions(list: ListInfo): HTMLElement {
  const pull = list.enabled && list.url !== '' ? make('button', { type: 'button', class: 'quiet', 'data-focus': `${list.id} pull`, onclick: () => void change(ask('lists.pull', { id: list.id }), only(list.id)) }, text('list_pull')) : null;
  const remove = list.removable ? make('button', { type: 'button', class: 'quiet danger', 'data-focus': `${list.id} remove`, onclick: () => void change(ask('lists.remove', { id: list.id })) }, text('list_remove')) : null;
  return make('div', { class: 'bar' }, pull, remove);
}

/** The lines that are not in force; read when somebody wants to see them. */
function problems(id: string): HTMLElement {
  const shown = make('ul', { class: 'problems' });
  const details = make('details', {}, make('summary', { 'data-focus': `${id} why` }, text('list_why')), shown);
  details.addEventListener('toggle', () => {
    if (!details.open || shown.childElementCount > 0) return;
    void ask('lists.problems', { id }).then(({ problems: found, more }) => shown.append(...lines(found, more)));
  });
  return details;
}
