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
    assert_eq!(gate(None, &engine()), None);
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

#[test]
fn every_service_with_an_address_is_stopped() {
    let engine = engine();
    let (script, socket, fetch, page) = (
        Type::Script,
        Type::WebSocket,
        Type::XmlHttpRequest,
        Type::MainFrame,
    );
    for (service, url, kind) in [
        (
            "Coinhive",
            "https://coinhive.com/lib/coinhive.min.js",
            script,
        ),
        ("Coinhive's relay", "wss://ws001.coinhive.com/proxy", socket),
        (
            "Authedmine",
            "https://authedmine.com/lib/authedmine.min.js",
            script,
        ),
        (
            "CryptoLoot",
            "https://crypto-loot.org/lib/crypta.js",
            script,
        ),
        ("CoinIMP", "https://www.hostingcloud.racing/a1.js", script),
        (
            "CoinIMP with a dot",
            "wss://freecontent.loan./proxy",
            socket,
        ),
        (
            "deepMiner",
            "https://page.example/lib/deepMiner.min.js",
            script,
        ),
        ("webminerpool", "https://page.example/js/webmr.js", script),
        ("Mineralt", "https://mineralt.io/amo.js", script),
        ("Mineralt's loaders", "https://x.example/a.n.2.1.js", script),
        ("JSECoin", "https://load.jsecoin.com/load/1/a/0/0/", script),
        ("WebMinePool", "https://webminepool.com/lib/base.js", script),
        ("CoinHave", "https://coin-have.com/c/1.js", script),
        ("Monerise", "https://apin.monerise.com/core/", script),
        ("NFWebMiner", "https://nfwebminer.com/lib/a.js", script),
        ("CryptoNoter", "https://minercry.pt/processor.js", script),
        ("CoinCube", "https://coin-cube.com/a.js", script),
        ("CoinNebula", "https://coinnebula.com/lib/a.js", script),
        ("Moonify", "https://moonify.io/moonify.min.js", script),
        ("Inwemo", "https://cdn.inwemo.com/inwemo.min.js", script),
        (
            "SpareChange",
            "https://sparechange.io/static/sparechange.js",
            script,
        ),
        ("webmine.cz", "https://webmine.cz/miner?key=1", script),
        (
            "ajcryptominer",
            "https://page.example/wp-content/plugins/ajcryptominer/a.js",
            script,
        ),
        (
            "wp-monero-miner",
            "https://page.example/wp-content/plugins/wp-monero-miner/a.js",
            script,
        ),
        (
            "simple-miner-tweaks",
            "https://page.example/wp-content/plugins/simple-miner-tweaks/a.js",
            script,
        ),
        (
            "nimiqWP",
            "https://page.example/wp-content/plugins/nimiq/js/nimiq.js",
            script,
        ),
        ("Crypto-Webminer", "https://easyhash.de/mmh/mmh.js", script),
        ("Crypto-Webminer's relays", "wss://lolwitkio.de/", socket),
        (
            "Crypto-Webminer's relays",
            "wss://thelifewillbefine.de/",
            socket,
        ),
        (
            "Crypto-Webminer's relays",
            "wss://lokilokitwo.de:10006/",
            socket,
        ),
        (
            "cpu-web-miner",
            "https://cdn.jsdelivr.net/npm/cpu-web-miner/+esm",
            script,
        ),
        ("cpu-web-miner", "https://esm.run/cpu-web-miner", script),
        (
            "yespower-web",
            "https://cdn.jsdelivr.net/npm/yespower-web@1/index.js",
            script,
        ),
        (
            "their relay",
            "wss://websocket-stratum-server.com/socket.io/",
            socket,
        ),
        (
            "randomx.js",
            "https://cdn.jsdelivr.net/npm/randomx.js@1.2/+esm",
            script,
        ),
        ("randomx.js", "https://esm.sh/randomx.js", script),
        (
            "randomwow.js",
            "https://unpkg.com/randomwow.js@1/dist/a.js",
            script,
        ),
        ("Duino-Coin", "wss://magi.duinocoin.com:8443/", socket),
        (
            "Duino-Coin by HTTP",
            "https://server.duinocoin.com/legacy_job?u=a",
            fetch,
        ),
        ("Nimiq", "https://cdn.nimiq.com/v1/worker-wasm.wasm", fetch),
        ("AploCoin", "https://miner.aplocoin.com/", page),
        (
            "ADVC-WebMiner",
            "https://page.example/wasm/yespoweradvc.wasm",
            fetch,
        ),
        (
            "Scala",
            "https://page.example/scala-pool-connector.js",
            script,
        ),
        ("Scala", "https://page.example/panthera-hash.wasm", fetch),
        ("XENBLOCKS", "http://xenblocks.io:4446/send_pow", fetch),
        ("Shrimine", "https://shrimine.com/", page),
        ("pRizz", "https://www.win3bitco.in/", page),
        (
            "opd-ai",
            "https://opd-ai.github.io/webminer/webminer.min.js",
            script,
        ),
    ] {
        assert!(blocks(&engine, url, kind), "{service}: {url}");
    }
}
