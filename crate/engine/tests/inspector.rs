//! The inspector on scripts, shaders and conversations: spellings and disguises that must not help
//! a miner, things of daily use that must stay allowed, and inputs that are meant to hurt.

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

fn base64(bytes: &[u8], url: bool) -> String {
    let end = if url { b"-_" } else { b"+/" };
    let letter = |value: u32| match value & 63 {
        value @ 0..=25 => b'A' + value as u8,
        value @ 26..=51 => b'a' + (value - 26) as u8,
        value @ 52..=61 => b'0' + (value - 52) as u8,
        value => end[(value - 62) as usize],
    };
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let byte = |index: usize| u32::from(chunk.get(index).copied().unwrap_or(0));
        let group = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..=chunk.len() {
            out.push(char::from(letter(group >> (18 - 6 * index))));
        }
    }
    out
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

/// A text as quoted strings of 40 letters, with this between them.
fn pieces(text: &str, between: &str) -> String {
    let parts: Vec<&str> = text
        .as_bytes()
        .chunks(40)
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

type Line = (Direction, String, f64);

fn judge(lines: &[Line]) -> Outcome {
    let mut talk = Conversation::default();
    for (direction, message, now) in lines {
        INSPECTOR.inspect_message(&mut talk, *direction, message.as_bytes(), *now);
    }
    talk.verdict().outcome
}

#[test]
fn a_renamed_vocabulary_does_not_hide_the_habits() {
    let mut lines: Vec<Line> = Vec::new();
    for round in 0..6_u32 {
        let now = f64::from(round) * 30_000.0;
        let blob: String = (0..152_u32)
            .map(|index| char::from(b"0123456789abcdef"[((index * 7 + round * 3) % 16) as usize]))
            .collect();
        lines.push((
            Direction::In,
            format!("{{\"q\":\"zz{round}81ab\",\"w\":\"{blob}\",\"e\":\"b88d0600\"}}"),
            now,
        ));
        // Below the target, from its last byte on.
        let digest = format!(
            "{:056x}{:04x}0500",
            u64::MAX / u64::from(round + 3),
            round * 4_099
        );
        lines.push((
            Direction::Out,
            format!(
                "{{\"q\":\"zz{round}81ab\",\"r\":\"{:08x}\",\"t\":\"{digest}\"}}",
                0xbeef_0001_u32 + round
            ),
            now + 9_000.0,
        ));
    }
    assert_eq!(judge(&lines), Outcome::Block);
}

/// A job and its shares by the definition of a proof of work: hashes below the target.
fn proofs(job: impl Fn(u32) -> String, share: impl Fn(u32, &str) -> String) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for round in 0..6_u32 {
        let now = f64::from(round) * 30_000.0;
        lines.push((Direction::In, job(round), now));
        let digest = format!(
            "{:056x}{:04x}0500",
            u64::MAX / u64::from(round + 3),
            round * 4_099
        );
        lines.push((Direction::Out, share(round, &digest), now + 9_000.0));
    }
    lines
}

#[test]
fn hashes_below_the_target_are_proofs_whatever_else_is_said() {
    let blob = |round: u32| format!("0e0e{:0>148x}", round * 7_919);
    let plain = proofs(
        |round| format!("{{\"w\":\"{}\",\"e\":\"b88d0600\"}}", blob(round)),
        |round, digest| {
            format!(
                "{{\"a\":\"{:08x}\",\"s\":\"{digest}\"}}",
                0xbeef_0001_u32 + round
            )
        },
    );
    assert_eq!(judge(&plain), Outcome::Block);
    // The same sizes, but hashes of something else: parts of an upload.
    let upload = proofs(
        |round| format!("{{\"w\":\"{}\",\"e\":\"b88d0600\"}}", blob(round)),
        |round, _| {
            format!(
                "{{\"a\":\"{:08x}\",\"s\":\"{:064x}\"}}",
                0xbeef_0001_u32 + round,
                u64::MAX / u64::from(round + 3)
            )
        },
    );
    assert_eq!(judge(&upload), Outcome::Allow);
    // Base64 for the bytes.
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len() / 2)
            .filter_map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).ok())
            .collect()
    };
    let encoded = proofs(
        |round| {
            let (blob, target) = (bytes(&blob(round)), bytes("b88d0600"));
            format!(
                "{{\"w\":\"{}\",\"e\":\"{}==\"}}",
                padded(&blob),
                &base64(&target, false)
            )
        },
        |round, digest| {
            let nonce = (0xbeef_0001_u32 + round).to_be_bytes();
            format!(
                "{{\"a\":\"{}==\",\"s\":\"{}=\"}}",
                base64(&nonce, false),
                base64(&bytes(digest), false)
            )
        },
    );
    assert_eq!(judge(&encoded), Outcome::Block);
}

/// Base64 with its padding.
fn padded(bytes: &[u8]) -> String {
    let mut text = base64(bytes, false);
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

#[test]
fn other_protocols_are_known_by_their_form() {
    let duco: Vec<Line> = (0..4_u32)
        .flat_map(|round| {
            let now = f64::from(round) * 20_000.0;
            [
                (
                    Direction::In,
                    format!("{:040x},{:040x},25000", round * 77 + 5, round + 9),
                    now,
                ),
                (
                    Direction::Out,
                    format!("{},153000.5,W,rig", round * 7_919),
                    now + 5_000.0,
                ),
            ]
        })
        .collect();
    assert_eq!(judge(&duco), Outcome::Block);
    // Two fields of 40 digits are also names of commits.
    let commits: Vec<Line> = (0..4_u32)
        .map(|round| {
            (
                Direction::In,
                format!("{:040x},{:040x},25", round + 5, round + 9),
                0.0,
            )
        })
        .collect();
    assert_eq!(judge(&commits), Outcome::Allow);
    let work = |round: u32, nonce: u32| format!("{:0>152x}{nonce:08x}{:0>96}", round * 31 + 7, 1);
    let getwork: Vec<Line> = (0..4_u32)
        .flat_map(|round| {
            let now = f64::from(round) * 20_000.0;
            [
                (
                    Direction::In,
                    format!("{{\"d\":\"{}\"}}", work(round, 0)),
                    now,
                ),
                (
                    Direction::Out,
                    format!("{{\"d\":\"{}\"}}", work(round, 99 + round)),
                    now + 9_000.0,
                ),
            ]
        })
        .collect();
    assert_eq!(judge(&getwork), Outcome::Watch);
}

/// `MessagePack`: names and texts of less than 32 bytes behind one byte of length, longer ones
/// behind two.
#[test]
fn words_are_known_in_binary_framings() {
    let text = |text: &str| -> Vec<u8> {
        let length = text.len() as u8;
        let mut out = if length < 32 {
            vec![0xa0 | length]
        } else {
            vec![0xd9, length]
        };
        out.extend_from_slice(text.as_bytes());
        out
    };
    let map = |fields: &[(&str, &str)]| -> Vec<u8> {
        let mut out = vec![0x80 | fields.len() as u8];
        for (name, value) in fields {
            out.extend(text(name));
            out.extend(text(value));
        }
        out
    };
    let job = map(&[
        ("job_id", "q1"),
        ("blob", &"0e0f".repeat(38)),
        ("target", "b88d0600"),
    ]);
    let share = map(&[
        ("job_id", "q1"),
        ("nonce", "0000beef"),
        ("result", &"1a".repeat(32)),
    ]);
    let mut talk = Conversation::default();
    INSPECTOR.inspect_message(&mut talk, Direction::In, &job, 0.0);
    INSPECTOR.inspect_message(&mut talk, Direction::Out, &share, 9_000.0);
    assert_eq!(talk.verdict().outcome, Outcome::Block);
}

#[test]
fn shares_in_three_frames_are_joined() {
    let lines: Vec<Line> = proofs(
        |round| {
            format!(
                "{{\"q\":\"zz{round}81ab\",\"w\":\"0e0e{:0>148x}\",\"e\":\"b88d0600\"}}",
                round * 7_919
            )
        },
        |round, digest| {
            format!(
                "{{\"q\":\"zz{round}81ab\",\"a\":\"{:08x}\",\"s\":\"{digest}\"}}",
                0xbeef_0001_u32 + round
            )
        },
    )
    .into_iter()
    .flat_map(|(direction, message, now)| {
        let third = message.len() / 3;
        [0, 1, 2].map(|part| {
            let end = if part == 2 {
                message.len()
            } else {
                (part + 1) * third
            };
            (direction, message[part * third..end].to_owned(), now)
        })
    })
    .collect();
    assert_eq!(judge(&lines), Outcome::Block);
}

#[test]
fn split_messages_are_joined() {
    let login = r#"{"type":"auth","params":{"site_key":"0123456789abcdef0123456789abcdef","type":"anonymous"}}"#;
    let (first, second) = login.split_at(32);
    let lines = [
        (Direction::Out, first.to_owned(), 0.0),
        (Direction::Out, second.to_owned(), 1.0),
    ];
    assert_eq!(judge(&lines), Outcome::Block);
}

#[test]
fn daily_traffic_stays_allowed() {
    let talks: [&[(Direction, &str)]; 6] = [
        &[
            (
                Direction::Out,
                r#"{"type":"message","room":"room-1234","text":"my target is 5, submit the result"}"#,
            ),
            (
                Direction::In,
                r#"{"type":"message","id":"8b1a9953c4611296a827abf8c47804d7","text":"share it"}"#,
            ),
        ],
        &[
            (
                Direction::Out,
                r#"{"method":"SUBSCRIBE","params":["btcusdt@trade"],"id":1}"#,
            ),
            (
                Direction::In,
                r#"{"e":"trade","E":1672515782136,"s":"BTCUSDT","t":12345,"p":"0.001","q":"100"}"#,
            ),
        ],
        &[
            (
                Direction::Out,
                r#"{"jsonrpc":"2.0","id":1,"method":"eth_getBlockByNumber","params":["latest",false]}"#,
            ),
            (
                Direction::In,
                r#"{"jsonrpc":"2.0","id":1,"result":{"difficulty":"0x0","nonce":"0x0000000000000000","mixHash":"0xabababababababababababababababababababababababababababababababab","hash":"0xcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"}}"#,
            ),
        ],
        &[
            (
                Direction::In,
                r#"0{"sid":"abc123","upgrades":[],"pingInterval":25000}"#,
            ),
            (
                Direction::Out,
                r#"42["submit",{"form":"contact","name":"x"}]"#,
            ),
        ],
        &[
            (
                Direction::Out,
                r#"{"id":"1","type":"subscribe","payload":{"query":"subscription{jobUpdated(id:7){id status}}"}}"#,
            ),
            (
                Direction::In,
                r#"{"id":"1","type":"next","payload":{"data":{"jobUpdated":{"jobId":"7","status":"done"}}}}"#,
            ),
        ],
        &[
            (
                Direction::Out,
                r#"{"type":"offer","sdp":"v=0\r\na=fingerprint:sha-256 AA:BB:CC:DD:11:22"}"#,
            ),
            (
                Direction::In,
                r#"{"type":"candidate","candidate":"candidate:842163049 1 udp 1677729535"}"#,
            ),
        ],
    ];
    for talk in talks {
        let mut lines = Vec::new();
        for round in 0..20 {
            for (direction, message) in talk {
                lines.push((
                    *direction,
                    (*message).to_owned(),
                    f64::from(round) * 15_000.0,
                ));
            }
        }
        assert_eq!(judge(&lines), Outcome::Allow, "{}", talk[0].1);
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
