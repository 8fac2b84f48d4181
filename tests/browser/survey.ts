// What can be seen of a scope from inside: every name, what is behind it, and what it answers when it is called on
// the wrong object or with nothing. Runs in pages and workers as text, so it uses nothing from around it.

/** Places and what is there; nothing in it depends on the moment. */
export type Survey = Record<string, string>;

export async function survey(scope: typeof globalThis): Promise<Survey> {
  // Calls that would end the page, leave it, or ask a person.
  const unsafe = /^(?:alert|blur|close|confirm|find|focus|getScreenDetails|importScripts|moveBy|moveTo|navigate|open|postMessage|print|prompt|queryLocalFonts|reportError|requestPermission|resizeBy|resizeTo|setInterval|setTimeout|show\w+Picker|stop)$/;
  const unmade = /^(?:Function|IdleDetector|Notification|PaymentRequest|PresentationRequest|webkitSpeechRecognition)$/;
  // What was matched last.
  const momentary = /^get RegExp\./;
  const all: Survey = {};
  const text = (fn: unknown): string => Function.prototype.toString.call(fn);
  const told = (error: unknown): string => {
    if (typeof error !== 'object' || error === null) return String(error);
    const { name, message, stack } = error as Error;
    // How Firefox writes what it complains about varies from run to run.
    const complaint = message.replace(/^.*?(?= is not )/su, 'it');
    const ours = /extension:|anonymous code|NOMINE/.exec(String(stack))?.[0] ?? '';
    return [Object.prototype.toString.call(error), name, complaint, ours].join();
  };
  const answer = async (act: () => unknown): Promise<string> => {
    try {
      const given = act();
      if (Object.prototype.toString.call(given) !== '[object Promise]') return typeof given;
      const known = await Promise.race([Promise.resolve(given).then((value) => typeof value), new Promise<string>((done) => setTimeout(done, 300, 'nothing yet'))]);
      return `${String(Object.getPrototypeOf(given) === scope.Promise.prototype)} ${known}`;
    } catch (error) {
      return told(error);
    }
  };
  const shape = (fn: (...args: never[]) => unknown): string => [fn.name, fn.length, text(fn), ...Reflect.ownKeys(fn).map(String).sort()].join();
  const accessor = async (place: string, { get, set }: PropertyDescriptor, prototype: object): Promise<void> => {
    if (get !== undefined && !momentary.test(`get ${place}`)) all[`get ${place}`] = [shape(get), await answer(() => get.call({})), await answer(() => get.call(prototype))].join();
    if (set !== undefined) all[`set ${place}`] = [shape(set), await answer(() => set.call({}, 1)), await answer(() => Reflect.apply(set, null, []))].join();
  };
  const method = async (place: string, fn: (...args: unknown[]) => unknown, owner: object): Promise<void> => {
    all[place] = [shape(fn), await answer(() => fn.call({})), await answer(() => fn.call(undefined, Symbol('any'))), await answer(() => fn.call(owner, 1, 2, 3))].join();
  };

  const names = new Map(Object.getOwnPropertyNames(scope).map((name) => [Object.getOwnPropertyDescriptor(scope, name)?.value as unknown, name]));
  for (const name of Object.getOwnPropertyNames(scope)) {
    const found = Object.getOwnPropertyDescriptor(scope, name) ?? {};
    all[name] = [found.writable, found.enumerable, found.configurable, typeof found.get, typeof found.set].join();
    const value = found.value as unknown;
    if (typeof value !== 'function' || unsafe.test(name)) continue;
    const fn = value as ((...args: unknown[]) => unknown) & (new (...args: unknown[]) => object);
    all[`${name} itself`] = shape(fn);
    const prototype = fn.prototype as object | undefined;
    if (prototype === undefined) {
      await method(`${name}()`, fn, scope);
      continue;
    }
    if (unmade.test(name)) continue;
    all[`new ${name}`] = [await answer(() => new fn()), await answer(() => new fn(Symbol('any'), Symbol('any'))), await answer(() => fn())].join();
    const above = Object.getPrototypeOf(fn) as object;
    all[`${name} is`] = [names.get(above) ?? String(above.constructor.name), String((Object.getPrototypeOf(prototype) as object | null)?.constructor?.name)].join();
    for (const [owner, sort] of [[fn, '.'], [prototype, '#']] as const) {
      for (const key of Reflect.ownKeys(owner)) {
        const place = `${name}${sort}${String(key)}`;
        const one = Object.getOwnPropertyDescriptor(owner, key) ?? {};
        all[`${place} itself`] = [one.writable, one.enumerable, one.configurable].join();
        if (key === 'constructor') all[`${place} back`] = String(one.value === fn);
        else if (typeof one.value === 'function' && key !== 'prototype' && !unsafe.test(String(key))) await method(place, one.value as (...args: unknown[]) => unknown, owner);
        else await accessor(place, one, owner);
      }
    }
  }
  return all;
}
