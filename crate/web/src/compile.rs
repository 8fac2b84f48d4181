//! Compilation of lists in the background: subscriptions that arrived, and a person's own filters,
//! also while they are being typed.

use std::collections::HashSet;

use nomine_engine::Engine as Compiled;
use nomine_engine::filter::{
    Counts, Environment, Filter, FilterSet, ListId, ListText, Metadata, Problem, Reason, Severity,
    Source, Syntax,
};
use nomine_engine::ruleset::calls;
use nomine_engine::ruleset::dnr::{self, Browser, Limits};
use nomine_engine::update::share::export_fairly;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::engine::Engine;
use crate::{error, object};

/// A list as it comes from JavaScript.
#[derive(Deserialize)]
struct Incoming {
    title: String,
    text: String,
    syntax: Option<Syntax>,
    #[serde(default)]
    sections: Vec<String>,
}

/// One list of a compilation.
#[derive(Serialize)]
struct ListReport<'a> {
    title: &'a str,
    counts: Counts,
    metadata: &'a Metadata,
    syntax: Syntax,
}

/// A line that is not, or not wholly, in force.
#[derive(Serialize)]
struct Trouble<'a> {
    list: u16,
    line: u32,
    text: &'a str,
    reason: String,
    severity: Severity,
}

/// Lists that were compiled together.
#[wasm_bindgen]
pub struct Compilation {
    set: FilterSet,
    compiled: Option<Compiled>,
    /// Filters that are not among the rules of a browser that applies only those.
    beyond: HashSet<Source>,
}

/// Compiles lists (`ListText[]`) for a browser, `chromium` or `firefox`.
#[wasm_bindgen]
pub fn compile(
    #[wasm_bindgen(unchecked_param_type = "readonly ListText[]")] lists: JsValue,
    #[wasm_bindgen(unchecked_param_type = "'chromium' | 'firefox'")] browser: &str,
) -> Result<Compilation, JsValue> {
    let lists: Vec<Incoming> = serde_wasm_bindgen::from_value(lists).map_err(error)?;
    let mut set = FilterSet::new(environment(browser).map_err(error)?);
    for list in &lists {
        set.add(&ListText {
            title: &list.title,
            text: &list.text,
            syntax: list.syntax,
            sections: &list.sections,
            include: None,
        });
    }
    let compiled = Compiled::build(&set);
    Ok(Compilation {
        compiled: Some(compiled),
        set,
        beyond: HashSet::new(),
    })
}

#[wasm_bindgen]
impl Compilation {
    /// The engine; it can be taken once. Where Chromium's rules were asked for before, it holds what
    /// is among them and nothing else, so that it says what Chromium does.
    #[wasm_bindgen(js_name = "takeEngine")]
    pub fn take_engine(&mut self) -> Result<Engine, JsValue> {
        let whole = self
            .compiled
            .take()
            .ok_or_else(|| error("the engine was taken already"))?;
        if self.beyond.is_empty() {
            return Ok(Engine::from_compiled(whole));
        }
        drop(whole);
        let within = self.set.filters().iter();
        let within: Vec<Filter> = within
            .filter(|filter| !self.beyond.contains(&filter.source))
            .cloned()
            .collect();
        Ok(Engine::from_compiled(Compiled::from_filters(
            &self.set.titles(),
            &within,
        )))
    }

    /// The lists with the counts of their lines.
    #[wasm_bindgen(
        unchecked_return_type = "{ readonly title: string; readonly counts: Record<string, number>; readonly metadata: Record<string, string | number | null>; readonly syntax: string }[]"
    )]
    pub fn lists(&self) -> Result<JsValue, JsValue> {
        let lists: Vec<_> = self
            .set
            .lists()
            .iter()
            .map(|list| ListReport {
                title: &list.title,
                counts: list.counts,
                metadata: &list.metadata,
                syntax: list.syntax,
            })
            .collect();
        object(&lists)
    }

    /// Why the lists are better held back, beside the number of entries before; `null`: no reason.
    #[wasm_bindgen(
        unchecked_return_type = "{ readonly reason: string; readonly words: string; readonly before?: number; readonly after?: number; readonly host?: string; readonly filter?: string; readonly hosts?: number } | null"
    )]
    pub fn gate(&self, before: Option<u32>) -> Result<JsValue, JsValue> {
        let compiled = self.compiled.as_ref();
        let scriptlets = self.set.scriptlets().len();
        object(&compiled.and_then(|compiled| crate::update::judge(before, compiled, scriptlets)))
    }

    /// What is not, or not wholly, in force.
    #[wasm_bindgen(unchecked_return_type = "Problem[]")]
    pub fn problems(&self) -> Result<JsValue, JsValue> {
        let mut troubles: Vec<_> = self.set.problems().iter().map(trouble).collect();
        if let Some(compiled) = &self.compiled {
            troubles.extend(
                compiled
                    .refused()
                    .iter()
                    .map(|refused| idle(refused.source, &refused.text, refused.reason.clone())),
            );
        }
        troubles.extend(no_network_filters(&self.set));
        object(&troubles)
    }
}

/// Rules for `updateDynamicRules`.
#[derive(Serialize)]
struct Rules<'a> {
    rules: &'a [dnr::Rule],
    left_out: Vec<Gap<'a>>,
}

/// A filter that is not, or not wholly, among the rules.
#[derive(Serialize)]
struct Gap<'a> {
    list: u16,
    line: u32,
    text: &'a str,
    reason: String,
    partly: bool,
}

/// Scriptlets of followed lists.
#[derive(Serialize)]
struct Scriptlets<'a> {
    calls: &'a [calls::Call],
    hosts: &'a [String],
    wide: bool,
    left_out: Vec<Gap<'a>>,
}

#[wasm_bindgen]
impl Compilation {
    /// What pages are given of the scriptlets of the lists from index `first_list` on, and what is
    /// not among them.
    #[wasm_bindgen(
        unchecked_return_type = "{ readonly calls: readonly object[]; readonly hosts: readonly string[]; readonly wide: boolean; readonly left_out: readonly { readonly list: number; readonly line: number; readonly text: string; readonly reason: string; readonly partly: boolean }[] }"
    )]
    pub fn scriptlets(
        &self,
        #[wasm_bindgen(unchecked_param_type = "'chromium' | 'firefox'")] browser: &str,
        first_list: u16,
    ) -> Result<JsValue, JsValue> {
        let browser = kind(browser).map_err(error)?;
        let lists = ListId(first_list)..;
        let found = calls::followed(self.set.scriptlets(), lists, browser, calls::ROOM);
        object(&Scriptlets {
            calls: &found.calls,
            hosts: &found.hosts,
            wide: found.wide,
            left_out: found
                .left_out
                .iter()
                .map(|(source, text, reason)| Gap {
                    list: source.list.0,
                    line: source.line,
                    text,
                    reason: (*reason).to_owned(),
                    partly: false,
                })
                .collect(),
        })
    }

    /// The lists from index `first_list` on as dynamic rules with ids from `first_id` on, as many as
    /// there is room for, and what is not among them.
    #[wasm_bindgen(
        unchecked_return_type = "{ readonly rules: chrome.declarativeNetRequest.Rule[]; readonly left_out: readonly { readonly list: number; readonly line: number; readonly text: string; readonly reason: string; readonly partly: boolean }[] }"
    )]
    pub fn rules(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "'chromium' | 'firefox'")] browser: &str,
        first_id: u32,
        first_list: Option<u16>,
    ) -> Result<JsValue, JsValue> {
        let browser = kind(browser).map_err(error)?;
        let options = dnr::Options {
            first_id,
            limits: Limits::for_lists(browser),
            ..dnr::Options::new(browser)
        };
        let first = ListId(first_list.unwrap_or_default());
        let filters = self.set.filters();
        // Lists come one after another.
        let start = filters.partition_point(|filter| filter.source.list < first);
        let export = export_fairly(filters.get(start..).unwrap_or_default(), &options);
        if browser == Browser::Chromium {
            let missing = export.left_out.iter().filter(|left| !left.partly);
            self.beyond = missing.map(|left| left.source).collect();
        }
        let left_out = export
            .left_out
            .iter()
            .map(|left| Gap {
                list: left.source.list.0,
                line: left.source.line,
                text: &left.text,
                reason: left.reason.to_string(),
                partly: left.partly,
            })
            .collect();
        object(&Rules {
            rules: &export.rules,
            left_out,
        })
    }
}

/// Lines that other blockers act on in pages, and this one does not.
fn no_network_filters(set: &FilterSet) -> Vec<Trouble<'_>> {
    let cosmetic = set.cosmetic().iter();
    cosmetic
        .map(|source| idle(*source, "", Reason::Cosmetic.to_string()))
        .collect()
}

/// A line that is not in force.
fn idle(source: Source, text: &str, reason: String) -> Trouble<'_> {
    Trouble {
        list: source.list.0,
        line: source.line,
        text,
        reason,
        severity: Severity::Unsupported,
    }
}

fn trouble(problem: &Problem) -> Trouble<'_> {
    Trouble {
        list: problem.list.0,
        line: problem.line,
        text: &problem.text,
        reason: problem.reason.to_string(),
        severity: problem.reason.severity(),
    }
}

fn kind(browser: &str) -> Result<Browser, String> {
    match browser {
        "chromium" => Ok(Browser::Chromium),
        "firefox" => Ok(Browser::Firefox),
        other => Err(format!("there is no browser “{other}”")),
    }
}

/// The conditions that hold in a browser.
fn environment(browser: &str) -> Result<Environment, String> {
    Ok(match kind(browser)? {
        Browser::Chromium => Environment::chromium(),
        Browser::Firefox => Environment::firefox(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_blockers_do_in_pages_is_named() {
        let mut set = FilterSet::new(Environment::firefox());
        set.add_list("own", "a.example##+js(nowebrtc)\n##.ad");
        let [one] = &no_network_filters(&set)[..] else {
            panic!("one line");
        };
        assert!(one.line == 2 && one.reason.contains("cosmetic"));
        assert!(environment("netscape").is_err());
    }
}
