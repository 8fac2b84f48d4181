// Filters with every option that declarativeNetRequest has words for, alone and together, and requests
// that they stop and that they narrowly miss. Each group has hosts of its own, so that none disturbs
// another. What is expected is written here, not computed.

/** The types as both browsers name them. */
export const types = ['main_frame', 'sub_frame', 'stylesheet', 'script', 'image', 'font', 'object', 'xmlhttprequest', 'ping', 'csp_report', 'media', 'websocket', 'other'] as const;

export interface Case {
  readonly url: string;
  readonly from: string;
  readonly type: string;
  readonly method: string;
  readonly stopped: boolean;
  /** The neutral resource that answers. */
  readonly redirect?: string;
  /** What is added to a document. */
  readonly csp?: string;
  /** The only browser that has such requests. */
  readonly only?: 'chromium';
}
export interface Group {
  readonly filters: readonly string[];
  readonly cases: readonly Case[];
}

const page = 'https://page.test/';
type More = Partial<Omit<Case, 'url' | 'stopped'>>;
const one = (stopped: boolean) => (url: string, more: More = {}): Case => ({ url, from: page, type: 'script', method: 'GET', stopped, ...more });
const hit = one(true);
const miss = one(false);
const group = (filters: string | readonly string[], ...cases: readonly (Case | readonly Case[])[]): Group => ({ filters: typeof filters === 'string' ? [filters] : filters, cases: cases.flat() });

/** Every type, of which `stopped` are stopped. A WebSocket has an address of its own. */
function each(host: string, stopped: readonly string[], from = page): Case[] {
  return types.map((type) => one(stopped.includes(type))(`${type === 'websocket' ? 'wss' : 'https'}://${host}/x`, { type, from }));
}
const but = (...left: readonly string[]): string[] => types.filter((type) => !left.includes(type));
const web = but('main_frame');

const named: readonly (readonly [string, readonly string[]])[] = [
  ['script', ['script']], ['image', ['image']], ['img', ['image']], ['background', ['image']], ['stylesheet', ['stylesheet']], ['css', ['stylesheet']],
  ['object', ['object']], ['object-subrequest', ['object']], ['xmlhttprequest', ['xmlhttprequest']], ['xhr', ['xmlhttprequest']], ['subdocument', ['sub_frame']],
  ['frame', ['sub_frame']], ['document', ['main_frame']], ['doc', ['main_frame']], ['ping', ['ping']], ['beacon', ['ping']], ['websocket', ['websocket']],
  ['font', ['font']], ['media', ['media']], ['other', ['other', 'csp_report']], ['all', types],
];

export const table: readonly Group[] = [
  // Where the pattern begins and ends.
  group('||anchor.test^', hit('https://anchor.test/x'), hit('http://anchor.test'), hit('https://a.b.anchor.test/'), hit('https://anchor.test:8443/x?y'), hit('wss://anchor.test/s', { type: 'websocket' }),
    miss('https://notanchor.test/'), miss('https://anchor.test.evil.test/'), miss('https://x.test/?u=anchor.test/'), miss('https://anchor.tests/'), each('anchor.test', web)),
  group('|https://start.test/a', hit('https://start.test/abc'), miss('http://start.test/a'), miss('https://x.test/?https://start.test/a'), miss('https://a.start.test/a'), miss('wss://start.test/a', { type: 'websocket' })),
  group('/end-anchor.js|', hit('https://x.test/end-anchor.js'), miss('https://x.test/end-anchor.js?v=1'), miss('https://x.test/end-anchor.json')),
  group('|https://exact.test/a.js|', hit('https://exact.test/a.js'), miss('https://exact.test/a.js?c'), miss('https://exact.test/a.jsx')),
  group('||hostpath.test/lib/', hit('https://hostpath.test/lib/x'), hit('https://cdn.hostpath.test/lib/'), miss('https://hostpath.test/libs/'), miss('https://x.test/hostpath.test/lib/')),
  group('||partial.te', hit('https://partial.test/'), hit('https://a.partial.te/'), miss('https://xpartial.test/')),
  // Wildcards and separators.
  group('||glob.test/a*b/c^', hit('https://glob.test/aXXb/c/'), hit('https://glob.test/ab/c'), hit('https://glob.test/a/b/b/c?d'), miss('https://glob.test/aXXb/cd'), miss('https://glob.test/b/c/'), miss('https://glob.test/aXXb/c-d')),
  group('^sep-arated^', hit('https://x.test/sep-arated/'), hit('https://x.test/?sep-arated=1'), hit('https://x.test/sep-arated'), hit('https://x.test/a&sep-arated&b'), miss('https://x.test/a-sep-arated/'), miss('https://x.test/sep-arated.js'), miss('https://x.test/sep-arated%20')),
  group('/wild-*-card/*.js^', hit('https://x.test/wild-1-card/a.js'), hit('https://x.test/wild--card/.js?v'), miss('https://x.test/wild-card/a.js'), miss('https://x.test/wild-1-card/a.jsx')),
  group('-sub-string-', hit('https://x.test/a-sub-string-b'), hit('https://a-sub-string-b.test/'), miss('https://x.test/a-sub_string-b')),
  // Regular expressions.
  group(String.raw`/re[0-9]{2}-(a|b)\.js/$script`, hit('https://x.test/re12-a.js'), hit('https://x.test/RE99-B.JS?x'), miss('https://x.test/re1-a.js'), miss('https://x.test/re12-c.js'), miss('https://x.test/re12-a.js', { type: 'image' })),
  group(String.raw`/^https?:\/\/[a-z]{4}\.rehost\.test\//`, hit('https://abcd.rehost.test/'), hit('http://abcd.rehost.test/x'), miss('https://abc.rehost.test/'), miss('https://abcd.rehost.test.evil.test/')),
  group('/ReCase[0-9]/$match-case', hit('https://x.test/ReCase1'), miss('https://x.test/recase1'), miss('https://x.test/RECASE1')),
  group(String.raw`/^wss?:\/\/wsre\.test\//$websocket`, hit('wss://wsre.test/s', { type: 'websocket' }), hit('ws://wsre.test/s', { type: 'websocket' }), miss('wss://a.wsre.test/', { type: 'websocket' }), miss('https://wsre.test/s')),
  // Capitals.
  group('||cased.test/CaSe$match-case', hit('https://cased.test/CaSe'), miss('https://cased.test/case'), miss('https://cased.test/CASE')),
  group('/NoCase-Path.js', hit('https://x.test/nocase-path.JS'), hit('https://x.test/NOCASE-PATH.js?'), miss('https://x.test/nocase_path.js')),
  // Exceptions, important, badfilter.
  group(['||exc.test^', '@@||exc.test/fine^', '@@||exc.test^$image'], hit('https://exc.test/x'), miss('https://exc.test/fine/'), miss('https://exc.test/fine'), hit('https://exc.test/finer'), miss('https://exc.test/x.png', { type: 'image' })),
  group(['||excp.test^', '@@||excp.test^$domain=friend.test', '@@||excp.test^$script,1p'], hit('https://excp.test/x'), miss('https://excp.test/x', { from: 'https://friend.test/' }), miss('https://excp.test/x', { from: 'https://www.friend.test/' }), miss('https://excp.test/x', { from: 'https://www.excp.test/' }), hit('https://excp.test/x', { from: 'https://www.excp.test/', type: 'image' })),
  group(['||imp.test^$important', '@@||imp.test^', '@@||imp.test^$all'], hit('https://imp.test/x'), miss('https://imp.test/', { type: 'main_frame' })),
  group(['||imp2.test^', '||imp2.test/bad^$important', '@@||imp2.test^'], miss('https://imp2.test/x'), hit('https://imp2.test/bad/')),
  group(['||bad.test^$script', '||bad.test^$script,badfilter', '||bad2.test^$script', '||bad2.test^$image,badfilter'], miss('https://bad.test/x'), hit('https://bad2.test/x')),
  group(['@@||badexc.test/a^$badfilter', '@@||badexc.test/a^', '||badexc.test^'], hit('https://badexc.test/a/')),
  // Types by all their names.
  ...named.map(([name, stopped]) => group(`||type-${name}.test^$${name}`, each(`type-${name}.test`, stopped))),
  // Firefox does not tell WebTransport from other requests, and the report says so of a filter for it alone.
  group('||transport.test^$script,webtransport', hit('https://transport.test/x', { type: 'webtransport', only: 'chromium' }), hit('https://transport.test/x'), miss('https://transport.test/x', { type: 'image' })),
  group('||transport2.test^$other', hit('https://transport2.test/x', { type: 'webtransport', only: 'chromium' })),
  group('||transport3.test^$~other', miss('https://transport3.test/x', { type: 'webtransport', only: 'chromium' }), hit('https://transport3.test/x')),
  group('||neg.test^$~script,~image', each('neg.test', but('main_frame', 'script', 'image'))),
  group('||negdoc.test^$~document', each('negdoc.test', web)),
  group('||allbut.test^$all,~image,~document', each('allbut.test', but('image', 'main_frame'))),
  group('||two.test^$script,frame,~frame', each('two.test', ['script'])),
  group('||upper-case.test^$SCRIPT,Image', each('upper-case.test', ['script', 'image'])),
  group('||redundant.test^$noop,_,script,__', each('redundant.test', ['script'])),
  // Parties.
  group('||third.test^$3p', hit('https://third.test/x'), miss('https://third.test/x', { from: 'https://www.third.test/' }), miss('https://a.third.test/x', { from: 'https://third.test/' })),
  group('||third2.test^$third-party,script', hit('https://third2.test/x'), miss('https://third2.test/x', { type: 'image' })),
  group('||nothird.test^$~third-party', miss('https://nothird.test/x'), hit('https://nothird.test/x', { from: 'https://a.nothird.test/' })),
  group('||first.test^$1p', miss('https://first.test/x'), hit('https://first.test/x', { from: 'https://www.first.test/' })),
  group('||first2.test^$first-party,image', hit('https://first2.test/x', { from: 'https://first2.test/', type: 'image' }), miss('https://first2.test/x', { type: 'image' })),
  group('||nofirst.test^$~first-party', hit('https://nofirst.test/x'), miss('https://nofirst.test/x', { from: 'https://nofirst.test/' })),
  group('||both.test^$1p,3p', hit('https://both.test/x'), hit('https://both.test/x', { from: 'https://both.test/' })),
  group('/suffix-party.js$3p', hit('https://a.co.uk/suffix-party.js', { from: 'https://b.co.uk/' }), miss('https://a.b.co.uk/suffix-party.js', { from: 'https://b.co.uk/' }), hit('https://a.github.io/suffix-party.js', { from: 'https://b.github.io/' })),
  group('||docfirst.test^$document,1p', hit('https://docfirst.test/', { type: 'main_frame' }), miss('https://docfirst.test/', { type: 'sub_frame' })),
  // Who asks.
  group('/domain-one.js$domain=d1.test|d2.test', hit('https://x.test/domain-one.js', { from: 'https://d1.test/' }), hit('https://x.test/domain-one.js', { from: 'https://a.d2.test/' }), miss('https://x.test/domain-one.js'), miss('https://x.test/domain-one.js', { from: 'https://xd1.test/' }), miss('https://d1.test/domain-one.js')),
  group('*$script,from=d3.test|~spared.d3.test', hit('https://any.test/x', { from: 'https://d3.test/' }), hit('https://any.test/x', { from: 'https://b.d3.test/' }), miss('https://any.test/x', { from: 'https://spared.d3.test/' }), miss('https://any.test/x', { from: 'https://a.spared.d3.test/' }), miss('https://any.test/x', { from: 'https://d3.test/', type: 'image' })),
  group('||dneg.test^$domain=~d4.test|~d5.test', hit('https://dneg.test/x'), miss('https://dneg.test/x', { from: 'https://d4.test/' }), miss('https://dneg.test/x', { from: 'https://www.d5.test/' })),
  group('||dnest.test^$domain=in.d6.test|~d6.test|d7.test', hit('https://dnest.test/x', { from: 'https://in.d6.test/' }), hit('https://dnest.test/x', { from: 'https://d7.test/' }), miss('https://dnest.test/x', { from: 'https://d6.test/' }), miss('https://dnest.test/x', { from: 'https://out.d6.test/' })),
  group('||didn.test^$domain=bücher.test', hit('https://didn.test/x', { from: 'https://xn--bcher-kva.test/' }), miss('https://didn.test/x', { from: 'https://bucher.test/' })),
  group('||ddot.test^$domain=dd.test.|DD2.test', hit('https://ddot.test/x', { from: 'https://dd.test/' }), hit('https://ddot.test/x', { from: 'https://dd2.test/' }), hit('https://ddot.test/x', { from: 'https://dd.test./' })),
  group('||dip.test^$domain=192.0.2.9', hit('https://dip.test/x', { from: 'http://192.0.2.9/' }), miss('https://dip.test/x', { from: 'http://192.0.2.90/' })),
  group('*$document,domain=docdom.test', hit('https://docdom.test/', { type: 'main_frame' }), hit('https://www.docdom.test/a', { type: 'main_frame' }), miss('https://docdom.test/', { type: 'sub_frame' }), miss('https://x.test/', { type: 'main_frame', from: 'https://docdom.test/' })),
  group('||docneg.test^$document,domain=~a.docneg.test', hit('https://docneg.test/', { type: 'main_frame' }), miss('https://a.docneg.test/', { type: 'main_frame' })),
  // Who is asked.
  group('/to-path$to=to1.test|~x.to1.test', hit('https://to1.test/to-path'), hit('https://a.to1.test/to-path'), miss('https://x.to1.test/to-path'), miss('https://to2.test/to-path'), miss('https://to1.test/other')),
  group('/to-neg$to=~to3.test', hit('https://x.test/to-neg'), miss('https://to3.test/to-neg'), miss('https://a.to3.test/to-neg')),
  group('||towide.test^$to=a.towide.test', hit('https://a.towide.test/'), hit('https://b.a.towide.test/'), miss('https://towide.test/')),
  group('*$script,3p,domain=deny.test,denyallow=ok1.test|ok2.test', hit('https://any.test/x', { from: 'https://deny.test/' }), miss('https://ok1.test/x', { from: 'https://deny.test/' }), miss('https://a.ok2.test/x', { from: 'https://deny.test/' }), miss('https://a.deny.test/x', { from: 'https://deny.test/' }), miss('https://any.test/x')),
  group('||da.test^$denyallow=ok.da.test', hit('https://da.test/x'), miss('https://ok.da.test/x'), miss('https://a.ok.da.test/x')),
  // Methods.
  group('||meth.test^$method=post|put', hit('https://meth.test/x', { method: 'POST' }), hit('https://meth.test/x', { method: 'PUT' }), miss('https://meth.test/x'), miss('https://meth.test/x', { method: 'PATCH' })),
  group('||methneg.test^$xhr,method=~get', hit('https://methneg.test/x', { type: 'xmlhttprequest', method: 'POST' }), miss('https://methneg.test/x', { type: 'xmlhttprequest' }), hit('https://methneg.test/x', { type: 'xmlhttprequest', method: 'DELETE' })),
  group('||methup.test^$method=GET|HEAD', hit('https://methup.test/x'), hit('https://methup.test/x', { method: 'HEAD' }), miss('https://methup.test/x', { method: 'OPTIONS' })),
  // Hosts in all their spellings.
  group('||bücher-host.test^', hit('https://xn--bcher-host-9db.test/'), hit('https://a.xn--bcher-host-9db.test/x'), miss('https://bucher-host.test/')),
  group('||xn--caf-dma.test/a', hit('https://xn--caf-dma.test/a'), miss('https://cafe.test/a')),
  group('||dot.test^', hit('https://dot.test./x'), hit('https://a.dot.test./x'), hit('https://DOT.TEST/x'), hit('wss://dot.test./s', { type: 'websocket' }), miss('https://dot.test.x.test/')),
  group('||dotpath.test/lib/x.js', hit('https://dotpath.test./lib/x.js'), hit('https://dotpath.test/lib/x.js'), miss('https://dotpath.test./lib/y.js')),
  group('||TRAILING.test.^', hit('https://trailing.test/x'), hit('https://trailing.test./x')),
  group('||192.0.2.7^', hit('https://192.0.2.7/x'), hit('http://192.0.2.7:81/'), miss('https://192.0.2.70/x'), miss('https://92.0.2.7/'), hit('ws://192.0.2.7/s', { type: 'websocket' })),
  group('||198.51.100.3/lib^$script', hit('http://198.51.100.3/lib'), miss('http://198.51.100.3/libs'), miss('http://198.51.100.3/lib', { type: 'image' })),
  group('||[2001:db8::7]^', hit('https://[2001:db8::7]/x'), hit('https://[2001:db8::7]:8443/'), miss('https://[2001:db8::77]/x')),
  group(['0.0.0.0 hostsline.test', 'plainline.test'], each('hostsline.test', web), hit('https://a.plainline.test/'), miss('https://xplainline.test/')),
  // WebSockets by their scheme.
  group('|wss://wsonly.test/', hit('wss://wsonly.test/s', { type: 'websocket' }), miss('https://wsonly.test/s'), miss('wss://a.wsonly.test/s', { type: 'websocket' })),
  group('|ws://wsplain.test/$websocket', hit('ws://wsplain.test/s', { type: 'websocket' }), miss('wss://wsplain.test/s', { type: 'websocket' })),
  group('||wsthird.test^$websocket,3p', hit('wss://wsthird.test/s', { type: 'websocket' }), miss('wss://wsthird.test/s', { type: 'websocket', from: 'https://wsthird.test/' }), miss('https://wsthird.test/')),
  // Policies: none of them stops anything.
  group("||csp.test^$csp=worker-src 'none'", miss('https://csp.test/', { type: 'main_frame', csp: "worker-src 'none'" }), miss('https://csp.test/', { type: 'sub_frame', csp: "worker-src 'none'" }), miss('https://csp.test/x')),
  group("||csp2.test^$csp=worker-src 'none',subdocument,domain=page.test", miss('https://csp2.test/', { type: 'sub_frame', csp: "worker-src 'none'" }), miss('https://csp2.test/', { type: 'main_frame' }), miss('https://csp2.test/', { type: 'sub_frame', from: 'https://other.test/' })),
  group('||inline.test^$inline-script', miss('https://inline.test/', { type: 'main_frame', csp: "script-src 'unsafe-eval' * blob: data:" })),
  // Answers in place of refusals.
  group('||red.test/x.js$script,redirect=noop.js', hit('https://red.test/x.js', { redirect: 'noop.js' }), miss('https://red.test/x.js', { type: 'image' }), miss('https://red.test/y.js')),
  group(['||red2.test^$script,redirect=noopjs:5', '||red2.test/json$script,redirect=noop.json:10'], hit('https://red2.test/x', { redirect: 'noop.js' }), hit('https://red2.test/json', { redirect: 'noop.json' })),
  group(['||red3.test^$image,redirect=1x1.gif', '@@||red3.test/ok^$image'], hit('https://red3.test/x', { type: 'image', redirect: '1x1.gif' }), miss('https://red3.test/ok/', { type: 'image' })),
  group(['||red4.test^$script,important,redirect=noop.js', '@@||red4.test^'], hit('https://red4.test/x', { redirect: 'noop.js' })),
  group(['||red5.test^', '||red5.test^$xhr,redirect=noop.txt'], hit('https://red5.test/x'), hit('https://red5.test/x', { type: 'xmlhttprequest', redirect: 'noop.txt' })),
  group('||red6.test^$rewrite=abp-resource:blank-js,script,domain=page.test', hit('https://red6.test/x', { redirect: 'noop.js' }), miss('https://red6.test/x', { from: 'https://other.test/' })),
  group('||red7.test^$empty,xhr', hit('https://red7.test/x', { type: 'xmlhttprequest', redirect: 'noop.txt' })),
  group('||red8.test^$mp4', hit('https://red8.test/x', { type: 'media', redirect: 'noop-1s.mp4' }), miss('https://red8.test/x')),
  // All together.
  group('||combo.test/p*Q^$script,3p,domain=page.test|~sub.page.test,method=get,match-case',
    hit('https://combo.test/pxQ/'), miss('https://combo.test/pxq/'), miss('https://combo.test/pxQ/', { type: 'image' }), miss('https://combo.test/pxQ/', { from: 'https://combo.test/' }), miss('https://combo.test/pxQ/', { from: 'https://sub.page.test/' }), miss('https://combo.test/pxQ/', { method: 'POST' }), miss('https://combo.test/pxQR/')),
  group(['||combo2.test^$script,xhr,3p,to=combo2.test|~safe.combo2.test,denyallow=ok.combo2.test,important', '@@||combo2.test^'],
    hit('https://combo2.test/x'), hit('https://a.combo2.test/x', { type: 'xmlhttprequest' }), miss('https://safe.combo2.test/x'), miss('https://ok.combo2.test/x'), miss('https://combo2.test/x', { from: 'https://combo2.test/' }), miss('https://combo2.test/x', { type: 'image' })),
  group(['||combo3.test^$all,domain=page.test|combo3.test', '@@||combo3.test/ok^$xhr,method=post'],
    hit('https://combo3.test/', { type: 'main_frame' }), hit('https://combo3.test/', { type: 'sub_frame' }), miss('https://combo3.test/', { type: 'sub_frame', from: 'https://other.test/' }), miss('https://combo3.test/ok/', { type: 'xmlhttprequest', method: 'POST' }), hit('https://combo3.test/ok/', { type: 'xmlhttprequest' })),
];
