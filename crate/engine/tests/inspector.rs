//! The inspector on scripts and shaders: spellings and disguises that must not help a miner, things of
//! daily use that must stay allowed, and inputs that are meant to hurt.

use base64::Engine;
use base64::prelude::{
    BASE64_STANDARD_NO_PAD as STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD,
};
use nomine_engine::inspector::Inspector;
use nomine_engine::signature::compile_texts;
use nomine_engine::traffic::{Conversation, Direction};
use nomine_engine::verdict::Outcome;
use proptest::prelude::*;
use std::fmt::Write;
use std::sync::LazyLock;

static INSPECTOR: LazyLock<Inspector> = LazyLock::new(|| {
    let set = compile_texts([
        (
            "script",
            include_str!("../../../blocklists/signatures/script.toml"),
        ),
        (
            "search",
            include_str!("../../../blocklists/signatures/search.toml"),
        ),
        (
            "shader",
            include_str!("../../../blocklists/signatures/shader.toml"),
        ),
        (
            "traffic",
            include_str!("../../../blocklists/signatures/traffic.toml"),
        ),
    ]);
    Inspector::new(set.expect("compiles"))
});

/// The first round constants of SHA-256 (FIPS 180-4).
const K: [u32; 24] = [
    0x428a_2f98,
    0x7137_4491,
    0xb5c0_fbcf,
    0xe9b5_dba5,
    0x3956_c25b,
    0x59f1_11f1,
    0x923f_82a4,
    0xab1c_5ed5,
    0xd807_aa98,
    0x1283_5b01,
    0x2431_85be,
    0x550c_7dc3,
    0x72be_5d74,
    0x80de_b1fe,
    0x9bdc_06a7,
    0xc19b_f174,
    0xe49b_69c1,
    0xefbe_4786,
    0x0fc1_9dc6,
    0x240c_a1cc,
    0x2de9_2c6f,
    0x4a74_84aa,
    0x5cb0_a9dc,
    0x76f9_88da,
];

fn table(spell: impl Fn(u32) -> String) -> String {
    let items: Vec<String> = K.iter().map(|&value| spell(value)).collect();
    format!("var k=new Int32Array([{}]);", items.join(","))
}

#[test]
fn padding_that_nearly_matches_lowers_no_verdict() {
    let miner = include_str!("../../../tests/sites/miners/coinhive/cryptonight-worker.js");
    let plain = INSPECTOR.inspect_script(miner.as_bytes());
    assert_eq!(plain.outcome, Outcome::Block);
    for word in ["nonce;", "job_id;", "target;", "postMessage(;"] {
        let padded = format!("var z='{}';{miner}", word.repeat(5_000));
        let verdict = INSPECTOR.inspect_script(padded.as_bytes());
        assert_eq!(verdict.outcome, Outcome::Block, "{word}");
        assert!(verdict.confidence >= plain.confidence, "{word}");
    }
}

#[test]
fn constants_are_known_in_every_spelling() {
    let spellings: [fn(u32) -> String; 12] = [
        |k| format!("0x{k:x}"),
        |k| format!("0X{k:08X}"),
        |k| format!("{k}"),
        |k| format!("{}", k.cast_signed()),
        |k| format!("0o{k:o}"),
        |k| format!("0b{k:b}"),
        |k| format!("{}_{:04x}", format_args!("0x{:x}", k >> 16), k & 0xffff),
        |k| format!("{}+{}", k / 2, k - k / 2),
        |k| format!("({:#x}<<16|{:#x})", k >> 16, k & 0xffff),
        |k| format!("({}*65536+{})", k >> 16, k & 0xffff),
        |k| format!("~{}", !k),
        |k| format!("({k:#x}^0x5a5a5a5a^0x5a5a5a5a)|0"),
    ];
    for (index, spell) in spellings.iter().enumerate() {
        let text = table(spell);
        let (facts, _) = INSPECTOR.script_findings(text.as_bytes());
        assert!(facts.has("kernel.sha256"), "spelling {index}: {text}");
        // Far into a long script, where only dense parts are read.
        let long = format!(
            "{}{text}{}",
            "call(me,maybe);".repeat(2_000),
            "x;".repeat(2_000)
        );
        let (facts, _) = INSPECTOR.script_findings(long.as_bytes());
        assert!(facts.has("kernel.sha256"), "spelling {index}, long");
    }
}

#[test]
fn a_lone_hash_is_no_miner() {
    let verdict = INSPECTOR.inspect_script(table(|k| k.to_string()).as_bytes());
    assert_eq!(verdict.outcome, Outcome::Allow);
}

const MINER: &str = "var miner=new CoinHive.Anonymous('SITE-KEY',{throttle:0.3});if(!miner.isMobile()&&!miner.didOptOut(14400)){miner.start(CoinHive.FORCE_MULTI_TAB);setInterval(function(){miner.getHashesPerSecond();miner.getTotalHashes()},1000)}";

/// Without padding, with the letters of addresses or the others.
fn base64(bytes: &[u8], url: bool) -> String {
    if url {
        URL_SAFE_NO_PAD.encode(bytes)
    } else {
        STANDARD_NO_PAD.encode(bytes)
    }
}

fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "%{byte:02X}");
        out
    })
}

fn masked(text: &str, mask: u8) -> String {
    let bytes: Vec<String> = text.bytes().map(|byte| (byte ^ mask).to_string()).collect();
    bytes.join(",")
}

/// Each letter by its number: `%u0041`, `\101`.
fn each(mark: &str, form: &str) -> String {
    MINER.bytes().fold(String::new(), |mut out, byte| {
        let _ = match form {
            "04x" => write!(out, "{mark}{byte:04x}"),
            _ => write!(out, "{mark}{byte:03o}"),
        };
        out
    })
}

fn bytes_with(change: impl Fn(usize, u8) -> u8) -> Vec<u8> {
    let bytes = MINER.bytes().enumerate();
    bytes.map(|(at, byte)| change(at, byte)).collect()
}

fn listed_with(change: impl Fn(usize, u8) -> u8) -> String {
    let bytes: Vec<String> = bytes_with(change).iter().map(u8::to_string).collect();
    bytes.join(",")
}

fn numbers_with(change: impl Fn(u8) -> u32) -> String {
    let numbers: Vec<String> = MINER.bytes().map(|byte| change(byte).to_string()).collect();
    numbers.join(",")
}

/// A text as quoted strings of 40 letters, with this between them.
fn pieces(text: &str, between: &str) -> String {
    pieces_of(40, text, between)
}

fn pieces_of(length: usize, text: &str, between: &str) -> String {
    let parts: Vec<&str> = text
        .as_bytes()
        .chunks(length)
        .map(|part| std::str::from_utf8(part).expect("ASCII"))
        .collect();
    format!("\"{}\"", parts.join(between))
}

#[test]
fn disguised_scripts_are_read() {
    let hex: String = MINER.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    });
    let escaped: String = MINER.bytes().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "\\x{byte:02x}");
        out
    });
    let listed: Vec<String> = MINER.bytes().map(|byte| byte.to_string()).collect();
    let disguises = [
        format!(
            "new Worker('data:text/javascript;base64,{}')",
            base64(MINER.as_bytes(), false)
        ),
        format!("eval(atob('{}'))", base64(MINER.as_bytes(), true)),
        format!("eval(unhex('{hex}'))"),
        format!("eval('{escaped}')"),
        format!("eval(String.fromCharCode({}))", listed.join(",")),
        format!(
            "eval(atob('{}'))",
            base64(format!("f('{hex}')").as_bytes(), false)
        ),
        format!("eval(unescape('{}'))", percent(MINER)),
        format!("eval(unescape('{}'))", each("%u", "04x")),
        format!("eval(\"{}\")", each("\\", "03o")),
        format!("for(x of[{}])s+=f(x-9)", listed_with(|_, byte| byte + 9)),
        format!(
            "for(x of[{}])s+=f(x-{})",
            numbers_with(|byte| u32::from(byte) + 200),
            200
        ),
        format!(
            "for(x of[{}])s+=f(x^0x1234)",
            numbers_with(|byte| u32::from(byte) ^ 0x1234)
        ),
        format!(
            "(f('{}','kEy!'))",
            base64(&bytes_with(|at, byte| byte ^ b"kEy!"[at % 4]), false)
        ),
        format!(
            "eval(\"{}\".split('').reverse().join(''))",
            MINER.chars().rev().collect::<String>()
        ),
        format!("eval(unmask([{}],77))", masked(MINER, 77)),
        format!(
            "eval(atob([{}].join('')))",
            pieces(&base64(MINER.as_bytes(), false), "\",\"")
        ),
        format!(
            "eval(atob({}))",
            pieces(&base64(MINER.as_bytes(), false), "\" +\n    \"")
        ),
    ];
    for disguise in disguises {
        for lead in [0, 700, 5_001] {
            let text = format!("{}{disguise};end()", "a();".repeat(lead / 4));
            let verdict = INSPECTOR.inspect_script(text.as_bytes());
            assert_eq!(verdict.outcome, Outcome::Block, "{lead} {disguise}");
            assert!(!verdict.evidence.is_empty());
        }
    }
}

#[test]
fn code_in_pieces_is_read_where_there_is_little_else() {
    let code = format!("var f=function(){{{MINER}}};f()");
    let quoted = |between: &str| pieces_of(9, &code, between);
    for text in [
        format!("eval([{}].join(''))", quoted("\",\"")),
        format!("Function({})()", quoted("\"\n + \"")),
        format!("var s={};eval(s)", quoted("\";s+=\"")),
    ] {
        let verdict = INSPECTOR.inspect_script(text.as_bytes());
        assert_eq!(verdict.outcome, Outcome::Block, "{text}");
        // Of what is mostly something else, strings are no code.
        let other = format!("{text};{}", "a(b,c);".repeat(text.len() / 6));
        let verdict = INSPECTOR.inspect_script(other.as_bytes());
        assert_eq!(verdict.outcome, Outcome::Allow, "{other}");
    }
}

/// The words of a worker's messages, as an obfuscator leaves them: in pieces, in any order.
#[test]
fn words_in_pieces_are_put_together() {
    let text = "const _0x1a2b=['hashe','sPerS','econd','job_i','nonce','resul','targe','t','d',\
        'blob','postM','essag','e','onmes','sage','throt','tle'];self[_0x3c(0x1)+_0x3c(0x2)]=\
        function(_0x4d5e){_0x9f(_0x4d5e);};var _0x5e6f=_0x1a2b;return _0x5e6f;";
    let verdict = INSPECTOR.inspect_script(text.as_bytes());
    assert_eq!(verdict.outcome, Outcome::Block, "{verdict:?}");
    let harmless = text.replace("job_i", "user_").replace("hashe", "drops");
    let verdict = INSPECTOR.inspect_script(harmless.as_bytes());
    assert_eq!(verdict.outcome, Outcome::Allow, "{verdict:?}");
}

#[test]
fn code_inside_a_string_is_read() {
    let worker = "onmessage=e=>{run(e.data);ws.send(JSON.stringify({\"type\":\"submit\",\"a\":\"b\",\"c\":\"d\",\"job_id\":e.data.job_id,\"nonce\":n,\"e\":\"f\"}))};new WebSocket(u);hashrate";
    let bundle = format!("new Worker(blob(\"{}\"))", worker.replace('"', "\\\""));
    for text in [worker, bundle.as_str()] {
        let verdict = INSPECTOR.inspect_script(text.as_bytes());
        assert_eq!(verdict.outcome, Outcome::Block, "{text}: {verdict:?}");
    }
}

/// SHA-256d without a telling name: two paddings, a target, a find that is posted.
#[test]
fn a_search_in_javascript_is_found_by_what_it_does() {
    let table = table(|k| k.to_string());
    let search = "onmessage=({data:t})=>{const n=new Uint32Array(16);n[4]=2147483648,n[15]=640;s[8]=2147483648,s[15]=256;for(let a=t.from;a<t.to;a+=1){n[3]=a;e(i,n);e(c,s);c[7]<=t.target&&postMessage({found:a})}};";
    let verdict = INSPECTOR.inspect_script(format!("{table}{search}").as_bytes());
    assert_eq!(
        (verdict.outcome, &*verdict.family),
        (Outcome::Block, "SHA-256d")
    );
    let checksum = "onmessage=({data:t})=>{for(let a=0;a<t.file.length;a+=64)e(s,t.file.subarray(a,a+64));postMessage({hash:s,same:s==t.expected})};";
    let wallet = "class Account{send(t){this.nonce++;return sign({nonce:this.nonce,difficulty:t.difficulty,privateKey:k,mnemonic:m},privateKey,mnemonic,keyPair)}};button.onclick=e=>e.target";
    for harmless in [checksum, wallet] {
        let verdict = INSPECTOR.inspect_script(format!("{table}{harmless}").as_bytes());
        assert_eq!(verdict.outcome, Outcome::Allow, "{harmless}");
    }
}

#[test]
fn a_proof_of_work_captcha_is_watched_as_one() {
    let widget = "customElements.define('altcha-widget',class extends HTMLElement{async solve(c,s,m){for(let n=0;n<=m;n+=1)if(hex(await crypto.subtle.digest('SHA-256',e(s+n)))===c)return n}})";
    let verdict = INSPECTOR.inspect_script(widget.as_bytes());
    assert_eq!(
        (verdict.outcome, &*verdict.family),
        (Outcome::Watch, "Proof-of-work captcha")
    );
}

/// What a translator makes of a module keeps its data, in base64.
#[test]
fn the_tables_of_translated_code_are_read() {
    let mut data: Vec<u8> = K.iter().flat_map(|k| k.to_le_bytes()).collect();
    data.resize(400, 0);
    let data = base64(&data, false);
    let text =
        format!("function asmFunc(i){{base64DecodeToExistingUint8Array(b,1024,\"{data}\")}}");
    let (facts, _) = INSPECTOR.script_findings(text.as_bytes());
    assert!(facts.has("table.sha256"), "{:?}", facts.facts);
    let image = format!("img.src=\"data:image/x;base64,{data}\"");
    let (facts, _) = INSPECTOR.script_findings(image.as_bytes());
    assert!(!facts.has("table.sha256"));
}

#[test]
fn an_embedded_module_is_found() {
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    // A custom section that fills it up.
    module.extend_from_slice(&[0, 0xc9, 0x01, 1, b'x']);
    module.extend(std::iter::repeat_n(7, 199));
    let encoded = base64(&module, false);
    let mask: Vec<u8> = module.iter().map(|byte| byte ^ 0xa5).collect();
    for text in [
        format!("load('{encoded}')"),
        format!(
            "load([{}].join(''))",
            pieces(&encoded, "','").replace('"', "'")
        ),
        format!("load('{}')", base64(&mask, false)),
    ] {
        let (facts, _) = INSPECTOR.script_findings(text.as_bytes());
        assert!(facts.has("embedded.module"), "{text}");
    }
}

#[test]
fn shaders_that_hash_nonces_and_those_that_do_not() {
    let mut kernel = String::from("const K=array<u32,24>(");
    for k in K {
        let _ = write!(kernel, "{k}u,");
    }
    let miner = format!(
        "{kernel});@compute fn main(@builtin(global_invocation_id) id:vec3<u32>){{let nonce=base+id.x;if(h<=target_){{atomicStore(&found,nonce);}}}}"
    );
    assert_eq!(
        INSPECTOR.inspect_shader(miner.as_bytes()).outcome,
        Outcome::Block
    );
    // Without a telling name: what it finds goes to a fixed place.
    let renamed = format!(
        "{kernel});@compute fn main(@builtin(global_invocation_id) g:vec3<u32>){{if(s[7]<=b[12]){{c[0]=b[11]+g.x;}}}}"
    );
    assert_eq!(
        INSPECTOR.inspect_shader(renamed.as_bytes()).outcome,
        Outcome::Block
    );
    let matrix = "@compute @workgroup_size(8,8) fn main(@builtin(global_invocation_id) g:vec3<u32>){var s=0.0;for(var k=0u;k<1024u;k++){s+=a[g.y*1024u+k]*b[k*1024u+g.x];}c[g.y*1024u+g.x]=s;}";
    let noise = "uint h(uint x){x^=x>>16;x*=0x7feb352du;x^=x>>15;x*=0x846ca68bu;x^=x>>16;return x;}void main(){float threshold=.5;if(float(h(uint(gl_FragCoord.x)))<threshold)discard;}";
    for shader in [matrix, noise, ""] {
        assert_eq!(
            INSPECTOR.inspect_shader(shader.as_bytes()).outcome,
            Outcome::Allow
        );
    }
}

#[test]
fn inputs_that_are_meant_to_hurt() {
    let hostile: [Vec<u8>; 8] = [
        b"A".repeat(3 << 20),
        b"0,".repeat(1 << 20),
        b"\\x".repeat(1 << 20),
        b"'+'".repeat(1 << 20),
        b"((((".repeat(1 << 19),
        b"1+".repeat(1 << 20),
        b"eval(function(p,a,c,k,e,".repeat(1 << 15),
        b"var _0x1a('0x1','".repeat(1 << 14),
    ];
    for text in hostile {
        assert_eq!(INSPECTOR.inspect_script(&text).outcome, Outcome::Allow);
        assert_eq!(INSPECTOR.inspect_shader(&text).outcome, Outcome::Allow);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn any_bytes_are_taken(bytes in proptest::collection::vec(any::<u8>(), 0..3_000)) {
        INSPECTOR.inspect_script(&bytes);
        INSPECTOR.inspect_shader(&bytes);
        let mut talk = Conversation::default();
        for (index, part) in bytes.chunks(97).enumerate() {
            let direction = if index % 3 == 0 { Direction::Out } else { Direction::In };
            INSPECTOR.inspect_message(&mut talk, direction, part, f64::NAN);
        }
    }

    #[test]
    fn any_script_like_text_is_taken(text in "(0x[0-9a-f]{1,18}|[-+*^|&~<>()'\"\\\\n ]|_0x1a2b|'[a-zA-Z0-9+/=]{4,20}'|[0-9.e]{1,6}){0,300}") {
        INSPECTOR.inspect_script(text.as_bytes());
    }
}

/// SHA-256 whose constants are computed, so that only its form shows it.
const COMPUTED: &str = "
    const rr = (x, n) => (x >>> n) | (x << (32 - n));
    function hash(m) { const w = [], s = start(); for (let i = 0; i < 64; i++) {
        if (i > 15) w[i] = (rr(w[i-2], 17) ^ rr(w[i-2], 19) ^ (w[i-2] >>> 10)) + w[i-7] + (rr(w[i-15], 7) ^ rr(w[i-15], 18) ^ (w[i-15] >>> 3));
        const t = h + (rr(e, 6) ^ rr(e, 11) ^ rr(e, 25)) + k[i], u = (rr(a, 2) ^ rr(a, 13) ^ rr(a, 22)) + maj;
    } return s }";

#[test]
fn searches_are_known_by_their_form_whatever_they_call_things() {
    let block = "onmessage = ({ data: [head, limit, from, step] }) => {
        const view = new DataView(head.buffer);
        for (let i = from; ; i += step) {
            view.setUint32(0x4c, i >>> 0, true);
            const d = hash(hash(head));
            if (less(d, limit)) { postMessage([i, d]); return; }
        }
    }
    function less(x, y) { for (let i = 31; i >= 0; i--) { if (x[i] < y[i]) return true; if (x[i] > y[i]) return false; } return true; }";
    let page = "function slice() {
        const until = Date.now() + 40;
        while (Date.now() < until) {
            const out = hex(hash(encode(task.prefix + n++)));
            if (out.indexOf(task.zeros) === 0) { fetch('/a', { method: 'POST', body: [task.id, n, out] }).then(load); return; }
        }
        setTimeout(slice, 10);
    } new TextEncoder();";
    let script = |text: &str| INSPECTOR.inspect_script(text.as_bytes()).outcome;
    let verdict = |search: &str| script(&format!("{COMPUTED}{search}"));
    assert_eq!(verdict(block), Outcome::Block);
    assert_eq!(verdict(page), Outcome::Watch);
    let minified = block
        .replace("    ", "")
        .replace("head", "a")
        .replace("limit", "b")
        .replace('\n', " ");
    assert_eq!(verdict(&minified), Outcome::Block);
    // The hash is elsewhere.
    assert_eq!(
        script(&format!("importScripts('x.js');{block}")),
        Outcome::Block
    );
}

#[test]
fn hashes_of_daily_use_are_no_searches_by_their_form() {
    for use_of_it in [
        // A file, a password, one-time codes, a feed that is signed, a tree of hashes.
        "onmessage = (e) => { for (let o = 0; o < e.data.size; o += size) { parts.push(hash(read(e.data, o))); if (o % 16 === 0) postMessage({ speed: o / (performance.now() - t0) * 1000 }); } postMessage(parts); }",
        "onmessage = (e) => { let u = e.data.password; for (let i = 0; i < e.data.rounds; i++) { u = hash(u); if (i % 100 === 0) postMessage(i); } postMessage(u); }",
        "function check(token) { for (let i = -1; i <= 1; i++) { view.setUint32(4, now + i); if (code(hash(view)) === token) return i; } } onmessage = (e) => postMessage(check(e.data));",
        "const ws = new WebSocket(u); ws.onmessage = (m) => { const d = JSON.parse(m.data); if (+d.price <= limit) { ws.send(JSON.stringify({ side: 'buy', sign: hex(hash(encode(d.id))) })); } }",
        "function cmp(a, b) { for (let i = 0; i < a.length; i++) { if (a[i] < b[i]) return -1; if (a[i] > b[i]) return 1; } return 0; } onmessage = (m) => { let node = hash(m.data.leaf); for (const p of m.data.proof) node = hash(cmp(node, p) < 0 ? join(node, p) : join(p, node)); if (cmp(node, m.data.root)) { postMessage(false); return; } postMessage(true); }",
    ] {
        let verdict = INSPECTOR.inspect_script(format!("{COMPUTED}{use_of_it}").as_bytes());
        assert_eq!(verdict.outcome, Outcome::Allow, "{use_of_it}");
    }
}
