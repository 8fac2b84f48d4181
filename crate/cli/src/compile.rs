//! `nomine compile`: lists and signatures into what the extension loads. The same input gives the
//! same bytes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use nomine_engine::filter::{
    Counts, Environment, FilterSet, ListId, ListInfo, Reason, Severity, Source,
};
use nomine_engine::ruleset::calls::Call;
use nomine_engine::ruleset::dnr::{self, Browser};
use nomine_engine::{Engine, Refused};
use serde::Serialize;

use crate::args::Compile;
use crate::lists::{add_file, files_in, load_signatures};
use crate::output::{Ending, Failure, Out, plain, visible};
use crate::progress::Steps;

/// The report; `report.json` and what `--json` prints.
#[derive(Serialize)]
struct Report {
    format: u32,
    lists: Vec<ListReport>,
    /// What each browser gets.
    rules: Vec<RulesReport>,
    signatures: SignatureReport,
    /// Lines that are not, or not wholly, in force.
    problems: Vec<Trouble>,
}

/// One list.
#[derive(Serialize)]
struct ListReport {
    id: String,
    title: String,
    homepage: String,
    licence: String,
    version: String,
    /// Filters in force.
    filters: u32,
    /// Filters in force that a browser's own rules cannot express.
    engine_only: u32,
    /// Lines that are not in force.
    refused: u32,
    counts: Counts,
    /// Lines about the look of pages, which are not supported: first and last of each run.
    cosmetic: Vec<(u32, u32)>,
    /// Lines that are not, or not wholly, in force beyond those that `problems` names.
    more_problems: u32,
}

#[derive(Serialize)]
struct EngineReport {
    filters: usize,
    bytes: usize,
}

/// The rules of one browser.
#[derive(Serialize)]
struct RulesReport {
    browser: Browser,
    rules: usize,
    regexes: usize,
    bytes: usize,
    engine: EngineReport,
    scriptlets: usize,
    /// Filters that these rules do not, or not wholly, express; the engine applies them.
    left_out: Vec<Gap>,
}

#[derive(Serialize)]
struct Gap {
    /// Titles may be alike.
    #[serde(skip)]
    id: ListId,
    list: String,
    line: u32,
    text: String,
    reason: String,
    /// The rest of the filter is among the rules.
    partly: bool,
}

/// A scriptlet as the guard reads it, and where it is from.
#[derive(Serialize)]
struct ScriptletText<'a> {
    #[serde(flatten)]
    call: Call,
    list: &'a str,
    line: u32,
}

#[derive(Serialize)]
struct SignatureReport {
    files: usize,
    signatures: usize,
    patterns: usize,
    bytes: usize,
}

#[derive(PartialEq, Serialize)]
struct Trouble {
    list: String,
    line: u32,
    text: String,
    severity: Severity,
    reason: String,
}

/// Runs the command.
pub fn run(options: &Compile) -> Result<Ending, Failure> {
    let paths = files_in(&options.lists, "txt")?;
    if paths.is_empty() {
        return Err(Failure::about(
            options.lists.display(),
            "there is no list (*.txt) in it",
        ));
    }
    let steps = Steps::new(2 * paths.len() + 3);
    let chromium = built(&paths, Browser::Chromium, &steps)?;
    let firefox = built(&paths, Browser::Firefox, &steps)?;
    steps.next("compiling the signatures");
    let folder = options.lists.join("signatures");
    let (files, signatures) = if folder.is_dir() {
        (
            files_in(&folder, "toml")?.len(),
            load_signatures(Some(&folder))?,
        )
    } else {
        (0, nomine_engine::signature::SignatureSet::default())
    };
    let compiled = signatures.to_bytes();
    std::fs::create_dir_all(&options.out)
        .map_err(|error| Failure::about(options.out.display(), plain(&error)))?;
    for built in [&chromium, &firefox] {
        for (name, bytes) in [
            ("miners.json", built.rules.as_bytes()),
            ("engine.bin", built.engine.serialize()),
            ("scriptlets.json", &built.scriptlets),
        ] {
            write(&options.out, &format!("{}/{name}", built.folder), bytes)?;
        }
    }
    // Lists are counted as in Firefox; what is wrong in a branch for Chromium is told too.
    let mut problems = troubles(&firefox.set, firefox.engine.refused());
    for problem in troubles(&chromium.set, chromium.engine.refused()) {
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }
    problems.sort_by(|a, b| (&a.list, a.line).cmp(&(&b.list, b.line)));
    let rules = vec![chromium.report, firefox.report];
    let report = Report {
        format: 1,
        lists: list_reports(&firefox.set, &paths, firefox.engine.refused(), &rules),
        rules,
        signatures: SignatureReport {
            files,
            signatures: signatures.signatures.len(),
            patterns: signatures.patterns.len(),
            bytes: compiled.len(),
        },
        problems,
    };
    let text = text(&report);
    // The extension compiles its own lists again, together with those that it follows.
    for path in &paths {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let bytes =
            std::fs::read(path).map_err(|error| Failure::about(path.display(), plain(&error)))?;
        write(&options.out, &format!("lists/{name}"), &bytes)?;
    }
    let followed = options.lists.join("subscriptions.toml");
    if followed.is_file() {
        let json = crate::update::subscriptions::json(&followed)?;
        write(&options.out, "subscriptions.json", &json)?;
    }
    write(&options.out, "signatures.bin", &compiled)?;
    write(&options.out, "report.json", &json(&report)?)?;
    write(&options.out, "report.txt", text.as_bytes())?;
    let mut out = Out::stdout();
    if options.json {
        out.json(&report)?;
    } else {
        out.line(text.trim_end())?;
    }
    out.flush()?;
    Ok(Ending::Clean)
}

/// What one browser gets.
struct Built {
    folder: &'static str,
    set: FilterSet,
    engine: Engine,
    rules: String,
    scriptlets: Vec<u8>,
    report: RulesReport,
}

/// Compiles all lists for a browser, whose conditions (`!#if`) decide what is in force.
fn built(paths: &[PathBuf], browser: Browser, steps: &Steps) -> Result<Built, Failure> {
    let (folder, environment) = match browser {
        Browser::Chromium => ("chromium", Environment::chromium()),
        Browser::Firefox => ("firefox", Environment::firefox()),
    };
    let set = read(paths, environment, steps)?;
    steps.next(format_args!("compiling for {browser}"));
    let engine = Engine::build(&set);
    let export = dnr::export(set.filters(), &dnr::Options::new(browser));
    let rules = export.to_json();
    let calls = scriptlets(&set);
    let report = RulesReport {
        browser,
        rules: export.rules.len(),
        regexes: export.regex_count(),
        bytes: rules.len(),
        engine: EngineReport {
            filters: engine.filter_count(),
            bytes: engine.serialize().len(),
        },
        scriptlets: calls.len(),
        left_out: gaps(&set, &export.left_out),
    };
    let scriptlets = json(&calls)?;
    Ok(Built {
        folder,
        set,
        engine,
        rules,
        scriptlets,
        report,
    })
}

/// Reads all lists for one environment.
fn read(paths: &[PathBuf], environment: Environment, steps: &Steps) -> Result<FilterSet, Failure> {
    let mut set = FilterSet::new(environment);
    for path in paths {
        steps.next(format_args!("reading {}", visible(&path.to_string_lossy())));
        let bytes =
            std::fs::read(path).map_err(|error| Failure::about(path.display(), plain(&error)))?;
        add_file(&mut set, &bytes, path);
    }
    Ok(set)
}

fn list_reports(
    set: &FilterSet,
    paths: &[PathBuf],
    refused: &[Refused],
    rules: &[RulesReport],
) -> Vec<ListReport> {
    let mut names = paths.iter();
    set.lists()
        .iter()
        .map(|list| {
            let name = if list.parent.is_none() {
                names.next()
            } else {
                None
            };
            let id = name.and_then(|path| path.file_stem()).map_or_else(
                || list.title.clone(),
                |stem| stem.to_string_lossy().into_owned(),
            );
            let here = |source: &Source| source.list == list.id;
            let lost = refused
                .iter()
                .filter(|refused| here(&refused.source))
                .count() as u32;
            ListReport {
                id,
                title: list.title.clone(),
                homepage: list.metadata.homepage.clone(),
                licence: list.metadata.licence.clone(),
                version: list.metadata.version.clone(),
                filters: list.counts.filters.saturating_sub(lost),
                engine_only: engine_only(list.id, rules),
                refused: list.counts.unsupported + list.counts.broken + lost,
                counts: list.counts,
                cosmetic: runs(set.cosmetic().iter().filter(|at| here(at))),
                more_problems: more_problems(set, list),
            }
        })
        .collect()
}

/// How many problems of a list are counted but not kept.
pub fn more_problems(set: &FilterSet, list: &ListInfo) -> u32 {
    let kept = set
        .problems()
        .iter()
        .filter(|problem| problem.list == list.id)
        .count() as u32;
    let counts = list.counts;
    (counts.unsupported + counts.broken + counts.partial).saturating_sub(kept)
}

/// Places in one list as runs of lines.
fn runs<'a>(places: impl Iterator<Item = &'a Source>) -> Vec<(u32, u32)> {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for place in places {
        match runs.last_mut() {
            Some((_, last)) if place.line <= last.saturating_add(1) => *last = place.line,
            _ => runs.push((place.line, place.line)),
        }
    }
    runs
}

/// How many lines of a list at least one browser's rules do not wholly express.
fn engine_only(list: ListId, rules: &[RulesReport]) -> u32 {
    let lines: std::collections::BTreeSet<u32> = rules
        .iter()
        .flat_map(|report| &report.left_out)
        .filter(|gap| gap.id == list)
        .map(|gap| gap.line)
        .collect();
    lines.len() as u32
}

fn gaps(set: &FilterSet, left_out: &[dnr::LeftOut]) -> Vec<Gap> {
    left_out
        .iter()
        .map(|left| Gap {
            id: left.source.list,
            list: set
                .list(left.source.list)
                .map_or_else(String::new, |list| list.title.clone()),
            line: left.source.line,
            text: left.text.clone(),
            reason: left.reason.to_string(),
            partly: left.partly,
        })
        .collect()
}

fn scriptlets(set: &FilterSet) -> Vec<ScriptletText<'_>> {
    set.scriptlets()
        .iter()
        .map(|scriptlet| ScriptletText {
            call: Call::from(scriptlet),
            list: set
                .list(scriptlet.source.list)
                .map_or("", |list| list.title.as_str()),
            line: scriptlet.source.line,
        })
        .collect()
}

fn troubles(set: &FilterSet, refused: &[Refused]) -> Vec<Trouble> {
    let title = |source: Source| {
        set.list(source.list)
            .map_or_else(String::new, |list| list.title.clone())
    };
    let problems = set.problems().iter().map(|problem| Trouble {
        list: title(Source {
            list: problem.list,
            line: problem.line,
        }),
        line: problem.line,
        text: problem.text.clone(),
        severity: problem.reason.severity(),
        reason: problem.reason.to_string(),
    });
    let refused = refused.iter().map(|refused| Trouble {
        list: title(refused.source),
        line: refused.source.line,
        text: refused.text.clone(),
        severity: Severity::Unsupported,
        reason: refused.reason.clone(),
    });
    problems.chain(refused).collect()
}

/// The report for a person.
fn text(report: &Report) -> String {
    let mut text = String::new();
    for list in &report.lists {
        let _ = writeln!(
            text,
            "{}: {} filters in force, {} only in the engine, {} lines refused",
            list.title, list.filters, list.engine_only, list.refused
        );
        also(&mut text, list);
    }
    for rules in &report.rules {
        let _ = writeln!(
            text,
            "{}: engine of {} filters, {} bytes; {} rules ({} with expressions), {} bytes, {} filters not or not wholly among them",
            rules.browser,
            rules.engine.filters,
            rules.engine.bytes,
            rules.rules,
            rules.regexes,
            rules.bytes,
            rules.left_out.len()
        );
        for ((list, partly, reason), lines) in by_reason(&rules.left_out) {
            let part = if partly { "in part: " } else { "" };
            let _ = writeln!(
                text,
                "    {part}{reason}: {list}, line{} {}",
                if lines.len() == 1 { "" } else { "s" },
                lines.join(", ")
            );
        }
    }
    let signatures = &report.signatures;
    let _ = writeln!(
        text,
        "signatures: {} signatures and {} patterns from {} files, {} bytes",
        signatures.signatures, signatures.patterns, signatures.files, signatures.bytes
    );
    for trouble in &report.problems {
        let _ = writeln!(
            text,
            "{}, line {}: {}\n    {}",
            trouble.list, trouble.line, trouble.reason, trouble.text
        );
    }
    text
}

/// What else becomes of the lines of a list.
fn also(text: &mut String, list: &ListReport) {
    let counts = &list.counts;
    if counts.cosmetic > 0 {
        let lines: Vec<String> = list
            .cosmetic
            .iter()
            .map(|(first, last)| {
                if first == last {
                    first.to_string()
                } else {
                    format!("{first}-{last}")
                }
            })
            .collect();
        let _ = writeln!(
            text,
            "    {} not in force, {}: line{} {}",
            counts.cosmetic,
            Reason::Cosmetic,
            if counts.cosmetic == 1 { "" } else { "s" },
            lines.join(", ")
        );
    }
    for (count, what) in [
        (counts.partial, "in force but for a part"),
        (counts.skipped, "left out by a condition"),
        (
            counts.disabled,
            "badfilter lines, and filters that they disable",
        ),
        (list.more_problems, "more problems that are not listed here"),
    ] {
        if count > 0 {
            let _ = writeln!(text, "    {count} {what}");
        }
    }
}

/// The lines that one reason keeps out of a browser's rules, together.
fn by_reason(gaps: &[Gap]) -> BTreeMap<(&str, bool, &str), Vec<String>> {
    let mut groups: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for gap in gaps {
        groups
            .entry((gap.list.as_str(), gap.partly, gap.reason.as_str()))
            .or_default()
            .push(gap.line.to_string());
    }
    groups
}

/// JSON with a final newline.
pub fn json(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|error| Failure(error.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), Failure> {
    let path = folder.join(name);
    if let Some(parent) = path.parent() {
        std::fs::create_dir_all(parent)
            .map_err(|error| Failure::about(parent.display(), plain(&error)))?;
    }
    std::fs::write(&path, bytes).map_err(|error| Failure::about(path.display(), plain(&error)))
}
