// The popup: what was stopped in this tab, the switch for this site, and the pause.
import { browser } from '../shared/browser.js';
import type { End, Pause, Scope, SiteRule, StopEvent, TabState } from '../shared/model.js';
import { ask, Refused, words } from './parts/ask.js';
import { choices, find, make } from './parts/dom.js';
import { eventDetails } from './parts/event.js';
import { keepingFocus } from './parts/focus.js';
import { counted, text, translate } from './parts/text.js';
import { endName, pauseName, policyName } from './parts/words.js';

const headline = find('headline', HTMLElement);
const subline = find('subline', HTMLElement);
const grant = find('grant', HTMLButtonElement);
const stopped = find('stopped', HTMLElement);
const stoppedTitle = find('stopped-title', HTMLElement);
const events = find('events', HTMLElement);
const site = find('site', HTMLElement);
const allow = find('allow', HTMLInputElement);
const duration = find('duration', HTMLSelectElement);
const scope = find('scope', HTMLSelectElement);
const note = find('note', HTMLElement);
const reload = find('reload', HTMLButtonElement);
const pause = find('pause', HTMLSelectElement);

const halfHour = 30 * 60_000;
let state: TabState;
/** What each part was drawn from. */
const drawn = new Map<() => void, string>();

/** The tab that the popup speaks about; tests open the popup as a page and name the tab. */
async function tabOfPopup(): Promise<number> {
  const named = new URLSearchParams(location.search).get('tab');
  if (named !== null) return Number(named);
  const [tab] = await browser.tabs.query({ active: true, currentWindow: true });
  return tab?.id ?? -1;
}

/** Draws what is not as it was: a choice that a person is about to make stays, whatever happens in the page. */
function show(next: TabState): void {
  state = next;
  const { events: found, unlisted, hostAccess, protectable, policy, rule, host, site: whole, pausedUntil, count } = next;
  redraw(showStatus, [look(), count, pausedUntil, host, policy]);
  redraw(showEvents, [found, unlisted, policy, host]);
  redraw(showSite, [hostAccess, protectable, policy, rule, host, whole]);
  redraw(showNote, [policy, rule, pausedUntil]);
  redraw(showPause, pausedUntil);
}

function redraw(part: () => void, from: unknown): void {
  const text = JSON.stringify(from);
  if (drawn.get(part) === text) return;
  drawn.set(part, text);
  part();
}

type Look = 'blind' | 'paused' | 'nothing' | 'allowed' | 'monitored' | 'stopped' | 'watching' | 'quiet';

function look(): Look {
  if (!state.hostAccess) return 'blind';
  if (state.pausedUntil !== null) return 'paused';
  if (!state.protectable) return 'nothing';
  if (state.policy === 'allow') return 'allowed';
  if (state.policy === 'monitor') return 'monitored';
  if (state.count > 0) return 'stopped';
  return state.events.some(({ outcome }) => outcome === 'watch') ? 'watching' : 'quiet';
}

function showStatus(): void {
  const now = look();
  document.body.dataset['state'] = now;
  grant.hidden = now !== 'blind';
  headline.textContent = now === 'stopped' ? counted('state_stopped', state.count) : text(`state_${now}`);
  if (now === 'paused' && state.pausedUntil !== null) subline.textContent = pauseName(state.pausedUntil);
  else if (now === 'blind' || now === 'nothing') subline.textContent = text(`state_${now}_why`);
  else subline.replaceChildren(make('bdi', {}, state.host), ...detailOfPolicy());
}

function detailOfPolicy(): (Node | string)[] {
  if (state.policy !== 'strict' && state.policy !== 'noscript') return [];
  return [' · ', policyName(state.policy)];
}

function showEvents(): void {
  const open = new Set([...events.querySelectorAll<HTMLDetailsElement>('details[open]')].map(({ dataset }) => dataset['id']));
  stopped.hidden = state.events.length === 0;
  stoppedTitle.textContent = text(state.events.some(({ outcome }) => outcome === 'block') ? 'stopped_here' : 'seen_here');
  const lines = state.events.map((event) => withChoice(eventDetails(event, false), event));
  for (const line of lines) if (line instanceof HTMLDetailsElement) line.open = open.has(line.dataset['id']);
  const more = state.unlisted > 0 ? [make('p', { class: 'more' }, counted('and_more', state.unlisted))] : [];
  keepingFocus(events, () => events.replaceChildren(...lines, ...more), allow);
}

/** A module that was wrongly taken for a miner's can be let through on this site, and no other. */
function withChoice(line: HTMLElement, { id, subject, outcome, content }: StopEvent): HTMLElement {
  if (subject !== 'module' || content === undefined || state.host === '') return line;
  const lets = outcome !== 'monitor';
  if (!lets && state.policy === 'monitor') return line;
  line.append(make('p', { class: 'note' }, make('button', { class: 'quiet', type: 'button', 'data-focus': `${id} module`, onclick: () => void decideModule(lets, content).catch(failed) }, text(lets ? 'module_allow' : 'module_forget'))));
  return line;
}

async function decideModule(lets: boolean, content: string): Promise<void> {
  await ask(lets ? 'module.allow' : 'module.forget', { host: state.host, content });
  note.textContent = text(lets ? 'allowed_after_reload' : 'protected_after_reload');
  reload.hidden = false;
}

function showSite(): void {
  site.hidden = !state.protectable || !state.hostAccess;
  const { rule } = state;
  const allowed = state.policy === 'allow';
  allow.checked = allowed;
  allow.disabled = rule?.by === 'organisation';
  const end = allowed && rule !== null ? rule.until : 'restart';
  const timed: (readonly [string, string])[] = typeof end === 'number' ? [['time', endName(end)]] : [];
  choices(duration, [...timed, ['restart', text('until_restart')], ['half', text('duration_half_hour')], ['always', text('duration_always')]], end === null ? 'always' : typeof end === 'number' ? 'time' : 'restart');
  const scopes: (readonly [string, string])[] = [['site', text('scope_site', state.site)], ['host', text('scope_host', state.host)]];
  // Where something else is decided, that is what the switch is about.
  choices(scope, scopes, rule !== null && (allowed || rule.name === (rule.scope === 'site' ? state.site : state.host)) ? rule.scope : 'site');
  duration.disabled = scope.disabled = allow.disabled;
}

function showNote(): void {
  if (state.rule?.by === 'organisation') note.textContent = text('by_organisation');
  else if (reload.hidden) note.textContent = text(`note_${state.pausedUntil === null ? state.policy : 'paused'}`);
}

function showPause(): void {
  const { pausedUntil } = state;
  const timed: (readonly [string, string])[] = typeof pausedUntil === 'number' ? [['time', pauseName(pausedUntil)]] : [];
  const chosen = pausedUntil === null ? 'off' : typeof pausedUntil === 'number' ? 'time' : pausedUntil;
  choices(pause, [['off', text('pause_off')], ...timed, ['half', text('pause_half_hour')], ['restart', text('pause_restart')], ['forever', text('pause_forever')]], chosen);
}

function chosenEnd(): End {
  if (duration.value === 'always') return null;
  if (duration.value === 'half') return Date.now() + halfHour;
  if (duration.value === 'time' && state.rule !== null) return state.rule.until;
  return 'restart';
}

let deciding: Promise<void> = Promise.resolve();
let decisions = 0;
let pending = 0;

/** What a person chose is put in force in the order that they chose it, however fast they click. */
function decideNext(): void {
  const [allowed, wide, until] = [allow.checked, scope.value === 'site', chosenEnd()];
  decisions += 1;
  pending += 1;
  deciding = deciding
    .then(() => decide(allowed, wide, until))
    .finally(() => (pending -= 1))
    .then(refresh)
    .catch(failed);
}

/** Puts the switch and its two choices in force. */
async function decide(allowed: boolean, wide: boolean, until: End): Promise<void> {
  const name = wide ? state.site : state.host;
  const scopeNow: Scope = wide ? 'site' : 'host';
  const { rule } = await ask('tab.state', { tabId: await tabOfPopup() });
  if (allowed) {
    if (rule !== null && rule.policy === 'allow' && rule.name !== name) await takeBack(rule);
    await ask('site.set', { name, scope: scopeNow, policy: 'allow', until });
  } else if (rule !== null) {
    await takeBack(rule);
  }
  note.textContent = text(allowed ? 'allowed_after_reload' : 'protected_after_reload');
  reload.hidden = false;
}

/** No longer allowed: what a person decided before holds again. */
async function takeBack({ name, scope, before }: SiteRule): Promise<void> {
  if (before === undefined || (typeof before.until === 'number' && before.until <= Date.now())) await ask('site.remove', { name, scope });
  else await ask('site.set', { name, ...before });
}

async function setPause(): Promise<void> {
  const now: Record<string, Pause> = { off: null, half: Date.now() + halfHour, restart: 'restart', forever: 'forever' };
  const until = now[pause.value];
  if (until === undefined) return;
  await ask('pause.set', { until });
  await refresh();
}

async function refresh(): Promise<void> {
  const before = decisions;
  const next = await ask('tab.state', { tabId: await tabOfPopup() });
  // An answer from before a click took effect would turn the switch back under the person's finger.
  if (before === decisions && pending === 0) show(next);
}

/** Whatever was chosen does not hold: what does is shown again, with the reason. */
function failed(error: unknown): void {
  drawn.clear();
  if (error instanceof Refused) {
    void refresh().then(() => (note.textContent = words(error)), failed);
    return;
  }
  document.body.dataset['state'] = 'dead';
  headline.textContent = text('not_answering');
  subline.textContent = text('not_answering_why');
}

translate();
allow.addEventListener('change', decideNext);
for (const select of [duration, scope]) {
  select.addEventListener('change', () => {
    if (allow.checked) decideNext();
  });
}
pause.addEventListener('change', () => void setPause().catch(failed));
reload.addEventListener('click', () => void tabOfPopup().then((id) => browser.tabs.reload(id)).then(() => window.close()));
grant.addEventListener('click', () => void browser.permissions.request({ origins: ['<all_urls>'] }).then(refresh, failed));
find('options', HTMLButtonElement).addEventListener('click', () => {
  void browser.runtime.openOptionsPage();
  window.close();
});
void refresh().catch(failed);
setInterval(() => void refresh().catch(() => undefined), 1_500);
