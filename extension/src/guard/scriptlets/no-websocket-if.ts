// `nowsif`: a WebSocket whose address fits fails as one whose server cannot be reached: the socket is
// the platform's own and is closed before its handshake, so `error` and `close` come in their time.
// Without an argument, all do.
import { apply, construct, property } from '../primordials.js';
import { replace } from './hide.js';
import { negatable } from './needle.js';

export function noWebsocketIf([text = '']: readonly string[]): void {
  const native = globalThis.WebSocket;
  if (native === undefined) return;
  const wanted = negatable(text);
  const address = property<string>(native, 'url');
  const { close } = native.prototype;
  replace(globalThis, 'WebSocket', {
    construct: (made, args, target) => {
      const socket = construct(made, args, target) as WebSocket;
      if (wanted(address(socket))) apply(close, socket, []);
      return socket;
    },
  });
}
