// What Firefox has beyond the types of Chromium's interface, as far as this extension uses it.

export interface FirefoxDetails {
  /** Milliseconds since 1970. */
  readonly timeStamp: number;
  readonly requestId: string;
  readonly url: string;
  readonly method: string;
  readonly type: string;
  readonly tabId: number;
  readonly frameId: number;
  readonly documentUrl?: string;
  readonly originUrl?: string;
  readonly frameAncestors?: readonly { readonly url: string; readonly frameId: number }[];
  readonly incognito?: boolean;
  readonly requestHeaders?: readonly { readonly name: string; readonly value?: string }[];
  readonly responseHeaders?: readonly { readonly name: string; readonly value?: string }[];
  readonly statusCode?: number;
  readonly proxyInfo?: { readonly type: string; readonly proxyDNS?: boolean } | null;
}

export interface BlockingAnswer {
  readonly cancel?: boolean;
  readonly redirectUrl?: string;
  readonly responseHeaders?: readonly { readonly name: string; readonly value?: string }[];
}

export interface BlockingEvent {
  addListener(
    listener: (details: FirefoxDetails) => BlockingAnswer | undefined | Promise<BlockingAnswer | undefined>,
    filter: { urls: string[] },
    extra: string[],
  ): void;
}

export interface FirefoxInterface {
  readonly dns: {
    resolve(host: string, flags: string[]): Promise<{ canonicalName?: string; addresses: string[] }>;
  };
  readonly tabs: {
    update(tabId: number, change: { url: string; loadReplace: boolean }): Promise<unknown>;
  };
}

export interface HeadersEvent {
  addListener(
    listener: (details: FirefoxDetails) => BlockingAnswer | undefined | Promise<BlockingAnswer | undefined>,
    filter: { urls: string[]; types: string[]; tabId?: number },
    extra?: string[],
  ): void;
  hasListener(listener: (details: FirefoxDetails) => unknown): boolean;
  removeListener(listener: (details: FirefoxDetails) => unknown): void;
}

/** A response body on its way (webRequest.StreamFilter). */
export interface StreamFilter {
  ondata: ((event: { readonly data: ArrayBuffer }) => void) | null;
  onstop: (() => void) | null;
  write(bytes: Uint8Array): void;
  disconnect(): void;
  close(): void;
}

export interface WireInterface {
  readonly webRequest: {
    readonly onBeforeRequest: HeadersEvent;
    readonly onBeforeSendHeaders: HeadersEvent;
    readonly onHeadersReceived: HeadersEvent;
    readonly onErrorOccurred: HeadersEvent;
    filterResponseData(requestId: string): StreamFilter;
  };
}
