// Host names of addresses, in the canonical form that site rules use.

const webSchemes = new Set(['http:', 'https:', 'ws:', 'wss:']);

/** The canonical host of a web address; empty for everything that is not a web address. */
export function hostOf(address: string | undefined): string {
  const url = parse(address);
  return url === null || !webSchemes.has(url.protocol) ? '' : canonical(url.hostname);
}

/** Lower case, without trailing dots. `URL` has already turned other scripts into ASCII. */
export function canonical(host: string): string {
  return host.toLowerCase().replace(/\.+$/u, '');
}

/** The host that a person typed or pasted: a name, or a whole address; empty where there is none. */
export function hostFromInput(text: string): string {
  const trimmed = text.trim().replace(/^\*\./u, '');
  if (trimmed === '' || /\s/u.test(trimmed)) return '';
  return hostOf(/^[a-z]+:\/\//iu.test(trimmed) ? trimmed : `https://${trimmed}`);
}

/** The address without credentials and fragment, as it may be stored and shown. */
export function presentable(address: string, maximum = 2_048): string {
  const url = parse(address);
  if (url === null) return address.slice(0, maximum);
  if (url.protocol === 'data:') return address.slice(0, 64);
  url.username = '';
  url.password = '';
  url.hash = '';
  return url.href.slice(0, maximum);
}

/** Whether `host` is `name` or one of its subdomains. */
export function within(host: string, name: string): boolean {
  return host === name || (host.length > name.length && host.endsWith(name) && host[host.length - name.length - 1] === '.');
}

export function isAddress(host: string): boolean {
  return host.startsWith('[') || /^\d{1,3}(?:\.\d{1,3}){3}$/u.test(host);
}

function parse(address: string | undefined): URL | null {
  if (address === undefined || address === '') return null;
  return URL.parse(address);
}
