// The site that a host belongs to, while the engine with its public suffix list is not there.

/**
 * Without the engine's public suffix list: rather too narrow than too wide. Two labels, three where
 * the second could be a public suffix itself (`co.uk`, `com.br`), as it is short or well known.
 */
export function guess(host: string): string {
  const labels = host.split('.');
  const [top = '', second = ''] = [...labels].reverse();
  const wide = second.length <= 3 || shared.has(`${second}.${top}`);
  return labels.slice(wide ? -3 : -2).join('.');
}

const shared = new Set(['github.io', 'gitlab.io', 'pages.dev', 'workers.dev', 'web.app', 'netlify.app', 'vercel.app', 'herokuapp.com', 'blogspot.com', 'glitch.me', 'neocities.org', 'firebaseapp.com', 'azurewebsites.net', 'cloudfront.net', 'amazonaws.com', 'wordpress.com', 'gov.uk', 'info.pl']);
