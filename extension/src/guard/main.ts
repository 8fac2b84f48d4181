// Where the guard starts, in a page or in a worker.
import { leadsAway } from './blobs.js';
import { FrameChannel, PageChannel, WorkerChannel } from './channel.js';
import { guardDigest } from './digest.js';
import { hideIn, knowPromises } from './disguise.js';
import { Guard } from './guard.js';
import { Meter } from './meter.js';
import { getter, startsWith } from './primordials.js';
import { Realms, type Realm } from './realm.js';
import { guardRequests } from './requests.js';
import { endModule, finalAddress, load, resolveFrom, showAddress, takeTold } from './scope.js';
import { watchScripts } from './script.js';
import { guardShaders } from './shader.js';
import { Sockets } from './socket.js';
import { hideTiming, ofDocument, ofWorker, type Surroundings } from './surroundings.js';
import { guardTimers } from './timers.js';
import { guardTransports } from './transport.js';
import { knowErrors } from './trace.js';
import { showPlaces } from './uncaught.js';
import { Watch, watchFromInside, watchHere } from './watch.js';
import { guardWasm, here } from './wasm.js';
import { words, Workers } from './worker.js';
import type { Settings } from './settings.js';

/** Every hook that pages and workers have in common. */
function guardScope(realm: Realm, guard: Guard, around: Surroundings, base = ''): { workers: Workers | null; sockets: Sockets; watch: Watch } {
  knowErrors(realm);
  knowPromises(realm);
  showPlaces(realm);
  guardTimers(realm);
  const place = (): string => here(realm, guard);
  const meter = new Meter(realm, guard, (busy, began) => guard.counted(busy, began));
  guard.onMiner((subject) => {
    if (subject === 'socket') meter.stop();
  });
  guardWasm(realm, guard, meter);
  const workers = typeof realm.Worker === 'function' ? new Workers(realm, guard, around) : null;
  const sockets = new Sockets(realm, guard, base);
  guardTransports(realm, sockets, around);
  guardRequests(realm, guard, sockets, around, workers);
  guardShaders(realm, guard, place);
  guardDigest(realm, guard, place);
  const watch = new Watch(guard, workers, sockets, () => meter.stop());
  guard.whenBeating = (source, beat) => watch.hear(source, beat, 'worker');
  return { workers, sockets, watch };
}

/** What it answers is called when a document begins in this realm: the first one, and one that follows the empty document of a frame. */
function guardPage(realm: Realm, guard: Guard, isHeld = false): () => void {
  const { watch } = guardScope(realm, guard, ofDocument(realm, guard.channel));
  hideTiming(realm);
  const isHidden = getter<boolean>(realm.Document.prototype, 'hidden');
  const hidden = (): boolean => {
    try {
      return isHidden !== null && isHidden(realm.document);
    } catch {
      return true; // another site is in the frame by now
    }
  };
  watchHere(guard, watch, hidden);
  const lookAtScripts = watchScripts(realm, guard, hidden);
  const realms = new Realms(realm, (child) => guardFrame(child, guard), isHeld);
  hideIn(realm);
  return () => {
    lookAtScripts();
    realms.begin();
  };
}

function guardFrame(realm: Realm, around: Guard): () => void {
  const channel = new FrameChannel(around.channel, realm.window);
  const guard = new Guard(realm, channel, around);
  const begin = guardPage(realm, guard, realm.parent !== realm.window);
  return () => {
    channel.begin();
    guard.inspector.renew();
    begin();
  };
}

function guardWorker(settings: Settings): void {
  const scope = globalThis;
  const channel = new WorkerChannel(scope, settings, takeTold(scope, settings));
  const guard = new Guard(scope, channel);
  const own = settings.href === '' ? (scope.location?.href ?? '') : settings.href;
  const moved = settings.kind === 'loader' || settings.kind === 'module';
  const address = moved ? finalAddress(own) : () => own;
  const { sockets, watch } = guardScope(scope, guard, ofWorker(address, moved && startsWith(own, 'http')), moved ? own : '');
  hideIn(scope);
  guard.onMiner(() => channel.say(words.alarm, ''));
  // A shared worker has nobody to tell: it decides for itself.
  if (channel.isHeard) watchFromInside(guard, channel, sockets);
  else watchHere(guard, watch);
  if (settings.href !== '' && scope.location !== undefined) showAddress(scope, address);
  if (moved) resolveFrom(scope, address, settings.kind === 'module');
  const fail = (): void => channel.say(words.failed, '');
  if (BROWSER === 'chromium' && moved && startsWith(own, 'http') && leadsAway(own)) {
    fail();
    if (settings.kind === 'module') endModule(scope);
  } else if (settings.kind === 'loader') load(scope, own, fail);
}

function guardHere(): void {
  const channel = new PageChannel(window, document);
  const guard = new Guard(globalThis, channel);
  channel.whenSignatures = (encoded) => guard.inspector.signatures(encoded);
  guardPage(globalThis, guard)();
}

if (NOMINE_SETTINGS === undefined) guardHere();
else guardWorker(NOMINE_SETTINGS);
