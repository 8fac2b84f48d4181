//! The inspector on conversations: dialects of pools, renamed, framed and split, and daily traffic
//! that must stay allowed.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD};
use nomine_engine::inspector::Inspector;
use nomine_engine::signature::compile_texts;
use nomine_engine::traffic::{Conversation, Direction};
use nomine_engine::verdict::Outcome;
use std::sync::LazyLock;

static INSPECTOR: LazyLock<Inspector> = LazyLock::new(|| {
    let text = include_str!("../../../blocklists/signatures/traffic.toml");
    Inspector::new(compile_texts([("traffic", text)]).expect("compiles"))
});

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
                BASE64_STANDARD.encode(&blob),
                &BASE64_STANDARD_NO_PAD.encode(&target)
            )
        },
        |round, digest| {
            let nonce = (0xbeef_0001_u32 + round).to_be_bytes();
            format!(
                "{{\"a\":\"{}==\",\"s\":\"{}=\"}}",
                BASE64_STANDARD_NO_PAD.encode(nonce),
                BASE64_STANDARD_NO_PAD.encode(bytes(digest))
            )
        },
    );
    assert_eq!(judge(&encoded), Outcome::Block);
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
