// `nowebrtc`: connections that lead nowhere take the place of WebRTC's.
import { defineProperty, getOwnPropertyDescriptor } from '../primordials.js';

const nothing = (): void => undefined;

export function nowebrtc(): void {
  const scope = globalThis as unknown as Record<string, { prototype?: object } | undefined>;
  for (const name of ['RTCPeerConnection', 'webkitRTCPeerConnection'] as const) {
    const native = scope[name];
    if (native === undefined) continue;
    const connection = function RTCPeerConnection(): void {};
    connection.prototype = {
      close: nothing,
      createDataChannel: nothing,
      createOffer: nothing,
      setRemoteDescription: nothing,
      toString: () => '[object RTCPeerConnection]',
    };
    // Connections that were made before, or come from elsewhere, open no channel either.
    const { prototype } = native;
    if (prototype !== undefined && getOwnPropertyDescriptor(prototype, 'createDataChannel') !== undefined) {
      defineProperty(prototype, 'createDataChannel', {
        __proto__: null, value: () => ({ close: nothing, send: nothing }), writable: true, enumerable: true, configurable: true,
      } as PropertyDescriptor);
    }
    defineProperty(scope, name, { __proto__: null, value: connection.bind(globalThis), writable: true, enumerable: false, configurable: true } as PropertyDescriptor);
  }
}
