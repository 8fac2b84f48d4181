//! The list that comes with the extension: wholly in force, precise, and with every service whose
//! address is known.

use nomine_engine::filter::{Environment, FilterSet, ResourceType as Type};
use nomine_engine::update::gate::{gate, known_hosts};
use nomine_engine::{Effect, Engine, Request};

const LIST: &str = include_str!("../../../blocklists/miners.txt");
const PAGE: &str = "https://page.example/";

fn engine() -> Engine {
    let mut set = FilterSet::new(Environment::chromium());
    set.add_list("", LIST);
    Engine::build(&set)
}

fn blocks(engine: &Engine, url: &str, kind: Type) -> bool {
    engine.effect(&Request::new(url, PAGE, kind)) == Effect::Block
}

#[test]
fn every_line_is_in_force_once() {
    for environment in [Environment::chromium(), Environment::firefox()] {
        let mut set = FilterSet::new(environment);
        let id = set.add_list("", LIST);
        assert_eq!(set.problems(), []);
        assert_eq!(set.cosmetic(), []);
        assert!(Engine::build(&set).refused().is_empty());
        let counts = set.list(id).expect("just added").counts;
        assert_eq!(counts.skipped + counts.disabled, 0);
        assert!(counts.filters > 600, "{}", counts.filters);
        let mut texts: Vec<&str> = set.filters().iter().map(|f| f.text.as_str()).collect();
        texts.sort_unstable();
        let all = texts.len();
        texts.dedup();
        assert_eq!(texts.len(), all, "a filter is written twice");
    }
}

#[test]
fn no_well_known_host_is_stopped() {
    assert!(known_hosts().count() >= 300);
    assert_eq!(gate(None, &engine(), 0), None);
}

#[test]
fn names_that_others_use_too_are_not_stopped() {
    let engine = engine();
    for (url, kind) in [
        ("https://page.example/miner.js", Type::Script),
        ("https://page.example/js/miner.min.js", Type::Script),
        ("https://page.example/worker.js", Type::Script),
        ("https://page.example/webminer.js", Type::Script),
        ("https://page.example/randomx.js", Type::Script),
        ("https://page.example/config.js", Type::Script),
        ("https://page.example/a.wasm", Type::XmlHttpRequest),
        ("https://cdn.example/hash.wasm", Type::XmlHttpRequest),
        ("https://cdn.jsdelivr.net/npm/rxjs", Type::Script),
        ("https://cdn.jsdelivr.net/npm/random-js", Type::Script),
        ("https://unpkg.com/random-js", Type::Script),
        ("https://esm.sh/randomx", Type::Script),
        ("https://esm.run/lit", Type::Script),
        ("https://opd-ai.github.io/", Type::MainFrame),
        ("https://other.github.io/webminer/", Type::MainFrame),
        (
            "https://github.com/pRizz/open-bitcoin-web-miner",
            Type::MainFrame,
        ),
        ("https://www.npmjs.com/package/randomx.js", Type::MainFrame),
        ("https://aplocoin.com/", Type::MainFrame),
        ("https://pub1.aplocoin.com/", Type::XmlHttpRequest),
        ("https://scalaproject.io/", Type::MainFrame),
        ("https://xenblocks.io/", Type::MainFrame),
        ("https://nimiq.com/", Type::MainFrame),
        ("https://wallet.nimiq.com/", Type::SubFrame),
        ("https://duinocoin.com/", Type::MainFrame),
        ("https://www.mintme.com/", Type::MainFrame),
        ("wss://page.example/socket", Type::WebSocket),
    ] {
        assert!(!blocks(&engine, url, kind), "{url}");
    }
    // Nothing is said about a whole top-level domain or about every file of a kind.
    for line in LIST.lines().filter(|line| !line.starts_with(['!', '['])) {
        let pattern = line
            .trim_start_matches("@@")
            .split('$')
            .next()
            .unwrap_or_default();
        let host = pattern
            .strip_prefix("||")
            .map(|rest| rest.split(['/', '^', ':']).next());
        if let Some(Some(host)) = host {
            assert!(host.contains('.') && !host.starts_with('.'), "{line}");
        }
        assert!(
            !matches!(pattern, ".wasm" | "/miner.js" | "miner.js" | "*"),
            "{line}"
        );
    }
}

const SCRIPT: Type = Type::Script;
const SOCKET: Type = Type::WebSocket;
const FETCH: Type = Type::XmlHttpRequest;
const PAGE_LOAD: Type = Type::MainFrame;

/// What each service is, with an address of it.
const SERVICES: &[(&str, &str, Type)] = &[
    (
        "Coinhive",
        "https://coinhive.com/lib/coinhive.min.js",
        SCRIPT,
    ),
    ("Coinhive's relay", "wss://ws001.coinhive.com/proxy", SOCKET),
    (
        "Authedmine",
        "https://authedmine.com/lib/authedmine.min.js",
        SCRIPT,
    ),
    (
        "CryptoLoot",
        "https://crypto-loot.org/lib/crypta.js",
        SCRIPT,
    ),
    ("CoinIMP", "https://www.hostingcloud.racing/a1.js", SCRIPT),
    (
        "CoinIMP with a dot",
        "wss://freecontent.loan./proxy",
        SOCKET,
    ),
    (
        "deepMiner",
        "https://page.example/lib/deepMiner.min.js",
        SCRIPT,
    ),
    ("webminerpool", "https://page.example/js/webmr.js", SCRIPT),
    ("Mineralt", "https://mineralt.io/amo.js", SCRIPT),
    ("Mineralt's loaders", "https://x.example/a.n.2.1.js", SCRIPT),
    ("JSECoin", "https://load.jsecoin.com/load/1/a/0/0/", SCRIPT),
    ("WebMinePool", "https://webminepool.com/lib/base.js", SCRIPT),
    ("CoinHave", "https://coin-have.com/c/1.js", SCRIPT),
    ("Monerise", "https://apin.monerise.com/core/", SCRIPT),
    ("NFWebMiner", "https://nfwebminer.com/lib/a.js", SCRIPT),
    ("CryptoNoter", "https://minercry.pt/processor.js", SCRIPT),
    ("CoinCube", "https://coin-cube.com/a.js", SCRIPT),
    ("CoinNebula", "https://coinnebula.com/lib/a.js", SCRIPT),
    ("Moonify", "https://moonify.io/moonify.min.js", SCRIPT),
    ("Inwemo", "https://cdn.inwemo.com/inwemo.min.js", SCRIPT),
    (
        "SpareChange",
        "https://sparechange.io/static/sparechange.js",
        SCRIPT,
    ),
    ("webmine.cz", "https://webmine.cz/miner?key=1", SCRIPT),
    (
        "ajcryptominer",
        "https://page.example/wp-content/plugins/ajcryptominer/a.js",
        SCRIPT,
    ),
    (
        "wp-monero-miner",
        "https://page.example/wp-content/plugins/wp-monero-miner/a.js",
        SCRIPT,
    ),
    (
        "simple-miner-tweaks",
        "https://page.example/wp-content/plugins/simple-miner-tweaks/a.js",
        SCRIPT,
    ),
    (
        "nimiqWP",
        "https://page.example/wp-content/plugins/nimiq/js/nimiq.js",
        SCRIPT,
    ),
    ("Crypto-Webminer", "https://easyhash.de/mmh/mmh.js", SCRIPT),
    ("Crypto-Webminer's relays", "wss://lolwitkio.de/", SOCKET),
    (
        "Crypto-Webminer's relays",
        "wss://thelifewillbefine.de/",
        SOCKET,
    ),
    (
        "Crypto-Webminer's relays",
        "wss://lokilokitwo.de:10006/",
        SOCKET,
    ),
    (
        "cpu-web-miner",
        "https://cdn.jsdelivr.net/npm/cpu-web-miner/+esm",
        SCRIPT,
    ),
    ("cpu-web-miner", "https://esm.run/cpu-web-miner", SCRIPT),
    (
        "yespower-web",
        "https://cdn.jsdelivr.net/npm/yespower-web@1/index.js",
        SCRIPT,
    ),
    (
        "their relay",
        "wss://websocket-stratum-server.com/socket.io/",
        SOCKET,
    ),
    (
        "randomx.js",
        "https://cdn.jsdelivr.net/npm/randomx.js@1.2/+esm",
        SCRIPT,
    ),
    ("randomx.js", "https://esm.sh/randomx.js", SCRIPT),
    (
        "randomwow.js",
        "https://unpkg.com/randomwow.js@1/dist/a.js",
        SCRIPT,
    ),
    ("Duino-Coin", "wss://magi.duinocoin.com:8443/", SOCKET),
    (
        "Duino-Coin by HTTP",
        "https://server.duinocoin.com/legacy_job?u=a",
        FETCH,
    ),
    ("Nimiq", "https://cdn.nimiq.com/v1/worker-wasm.wasm", FETCH),
    ("AploCoin", "https://miner.aplocoin.com/", PAGE_LOAD),
    (
        "ADVC-WebMiner",
        "https://page.example/wasm/yespoweradvc.wasm",
        FETCH,
    ),
    (
        "Scala",
        "https://page.example/scala-pool-connector.js",
        SCRIPT,
    ),
    ("Scala", "https://page.example/panthera-hash.wasm", FETCH),
    ("XENBLOCKS", "http://xenblocks.io:4446/send_pow", FETCH),
    ("Shrimine", "https://shrimine.com/", PAGE_LOAD),
    ("pRizz", "https://www.win3bitco.in/", PAGE_LOAD),
    (
        "opd-ai",
        "https://opd-ai.github.io/webminer/webminer.min.js",
        SCRIPT,
    ),
];

#[test]
fn every_service_with_an_address_is_stopped() {
    let engine = engine();
    for (service, url, kind) in SERVICES {
        assert!(blocks(&engine, url, *kind), "{service}: {url}");
    }
}
