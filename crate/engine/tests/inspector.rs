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
fn an_embedded_module_is_found() {
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    // A custom section that fills it up.
    module.extend_from_slice(&[0, 0xc9, 0x01, 1, b'x']);
    module.extend(std::iter::repeat_n(7, 199));
    let text = format!("load('{}')", base64(&module, false));
    let (facts, _) = INSPECTOR.script_findings(text.as_bytes());
    assert!(facts.has("embedded.module"));
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
        let digest = format!("{:064x}", 0x1234_5678_9abc_u64 * u64::from(round + 1));
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
