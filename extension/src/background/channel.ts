// Our own channel: one signed file, or the difference to the version that is installed. Its address and
// keys are settings of the build; without them there is no channel, and the Lists page says so.
import type { Work } from './compile/work.js';
import { bounds, download, PullError, type Fetch } from './pull.js';

export interface ChannelSettings {
  /** A folder: `lists.nomine` is the newest version, `N.delta` the way there from version N. */
  readonly url: string;
  /** Minisign public keys: the one in use, and the next. */
  readonly keys: readonly string[];
}
export interface Installed {
  readonly version: number;
  readonly files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
}
export interface News {
  readonly version: number;
  readonly expires: number;
  readonly files: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
  readonly etag: string;
  readonly bytes: number;
  readonly how: 'whole' | 'delta';
}

/** Nothing new; the tag of the file that said so. */
export interface Same {
  readonly version: null;
  readonly etag: string;
}

/** How far a server's clock may be from ours before that is named as the reason, in milliseconds. */
const clockTolerance = 86_400_000;

/** What is new. `etag`: of the whole file that was looked at last. */
export async function news(
  settings: ChannelSettings,
  state: { readonly installed: Installed | null; readonly newest: number | null; readonly etag: string },
  means: { readonly fetch: Fetch; readonly work: Pick<Work, 'open'>; now(): number },
): Promise<News | Same> {
  const folder = settings.url.endsWith('/') ? settings.url : `${settings.url}/`;
  const open = async (body: Uint8Array<ArrayBuffer>, response: Response): ReturnType<Work['open']> => {
    try {
      return await means.work.open(body, settings.keys, { now: Math.floor(means.now() / 1000), newest: state.newest, base: state.installed });
    } catch (error) {
      const words = error instanceof Error ? error.message : String(error);
      const there = Date.parse(response.headers.get('date') ?? '');
      const off = Math.abs(there - means.now()) > clockTolerance;
      throw new PullError('refused', off ? `${words}; this computer's clock differs from the server's by more than a day` : words);
    }
  };
  // After a rollback the newest version ever is above the installed one, so there is no way by deltas.
  if (state.installed !== null && state.installed.version === state.newest) {
    try {
      const { response, body } = await download(`${folder}${state.installed.version}.delta`, means, bounds.list, {});
      const opened = await open(body, response);
      return { ...opened, etag: '', bytes: body.length, how: 'delta' };
    } catch (error) {
      // None yet, or not a good one: the whole file tells.
      if (!(error instanceof PullError)) throw error;
    }
  }
  const headers: Record<string, string> = state.etag === '' ? {} : { 'If-None-Match': state.etag };
  const { response, body } = await download(`${folder}lists.nomine`, means, bounds.list, headers);
  if (response.status === 304) return { version: null, etag: state.etag };
  const etag = response.headers.get('etag') ?? '';
  try {
    const opened = await open(body, response);
    return { ...opened, etag, bytes: body.length, how: 'whole' };
  } catch (error) {
    // The very version that is installed is no news, and no lie.
    if (error instanceof PullError && state.installed !== null && error.detail.startsWith(`version ${state.installed.version} is not newer`)) return { version: null, etag };
    throw error;
  }
}
