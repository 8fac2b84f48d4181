//! The classes of filters: what filters have in common besides pattern and line.

use super::{Builder, Core, Key, around};
use crate::filter::{Action, DomainPattern, DomainScope, Exception, Filter};
use crate::ruleset::options::{
    Class, IMPORTANT, Kind, MATCH_CASE, NONE, RULE_ONLY, WHOLE, write_scope,
};
use crate::ruleset::regex;

impl<'f> Builder<'f> {
    /// The numbers of a filter's class and of its deciding part; `None` if the filter was refused.
    pub(super) fn class(
        &mut self,
        filter: &'f Filter,
        needle: &str,
        from: &'f DomainScope,
    ) -> Option<(u32, u32)> {
        let (before, behind, whole) = around(&filter.text, needle);
        let core = Core {
            action: &filter.action,
            important: filter.important,
            match_case: filter.match_case,
            types: filter.types,
            party: filter.party,
            methods: filter.methods,
            from,
            to: &filter.to,
            denyallow: &filter.denyallow,
        };
        let list = filter.source.list.0;
        let key = Key {
            list,
            before,
            behind,
            whole,
            core,
        };
        if let Some((last, numbers)) = &self.last
            && *last == key
        {
            let numbers = *numbers;
            self.count(numbers.0);
            return Some(numbers);
        }
        let numbers = match self.class_numbers.get(&key) {
            Some(&numbers) => numbers,
            None => match self.new_class(&key) {
                Ok(numbers) => numbers,
                Err(reason) => {
                    self.refuse(filter, &reason);
                    return None;
                }
            },
        };
        self.count(numbers.0);
        self.last = Some((key, numbers));
        Some(numbers)
    }

    fn count(&mut self, class: u32) {
        if let Some((_, uses)) = self.classes.get_mut(class as usize) {
            *uses += 1;
        }
    }

    fn new_class(&mut self, key: &Key<'f>) -> Result<(u32, u32), String> {
        let core = &key.core;
        let mut flags = 0;
        for (flag, set) in [
            (IMPORTANT, core.important),
            (MATCH_CASE, core.match_case),
            (WHOLE, key.whole),
        ] {
            flags |= if set { flag } else { 0 };
        }
        let mut priority = 0;
        let (kind, argument) = match core.action {
            Action::Block => (Kind::Block, ""),
            Action::Allow => (Kind::Allow, ""),
            Action::Csp(Exception::No, policy) => (Kind::Csp, policy.as_str()),
            Action::Csp(Exception::Yes, policy) => (Kind::NoCsp, policy.as_str()),
            Action::Redirect(redirect) => {
                priority = redirect.priority;
                flags |= if redirect.blocks { 0 } else { RULE_ONLY };
                (Kind::Redirect, redirect.resource.as_str())
            }
            Action::NoRedirect(resource) => (Kind::NoRedirect, resource.as_str()),
        };
        let class = Class {
            kind,
            flags,
            party: core.party,
            types: core.types,
            methods: core.methods,
            list: key.list,
            before: self.strings.intern(key.before),
            behind: self.strings.intern(key.behind),
            argument: self.strings.intern(argument),
            from: self.scope(core.from)?,
            to: self.scope(core.to)?,
            denyallow: self.denyallow(core.denyallow)?,
            priority,
        };
        let cores = self.cores.len() as u32;
        let core = *self.cores.entry(core.clone()).or_insert(cores);
        self.classes.push((class, 0));
        let numbers = (self.classes.len() as u32 - 1, core);
        self.class_numbers.insert(key.clone(), numbers);
        Ok(numbers)
    }

    fn scope(&mut self, scope: &'f DomainScope) -> Result<u32, String> {
        if scope.include.is_empty() && scope.exclude.is_empty() {
            return Ok(NONE);
        }
        if let Some(&at) = self.scope_at.get(scope) {
            return Ok(at);
        }
        let at = self.new_scope(scope)?;
        self.scope_at.insert(scope, at);
        Ok(at)
    }

    fn new_scope(&mut self, scope: &DomainScope) -> Result<u32, String> {
        for entry in scope.include.iter().chain(&scope.exclude) {
            if let DomainPattern::Regex(source) = entry {
                regex::compile(source, false).map_err(|error| error.to_string())?;
            }
        }
        let (strings, regexes) = (&mut self.strings, &mut self.regexes);
        write_scope(&mut self.scopes, scope, |source| {
            regexes.push(strings.intern(&format!("(?i){source}")));
            regexes.len() as u32 - 1
        })
        .ok_or_else(|| "it names more than 65,535 sites".to_owned())
    }

    /// Hosts that are spared are a scope that excludes them.
    fn denyallow(&mut self, hosts: &'f [String]) -> Result<u32, String> {
        if hosts.is_empty() {
            return Ok(NONE);
        }
        if let Some(&at) = self.denyallow_at.get(hosts) {
            return Ok(at);
        }
        let exclude = hosts.iter().cloned().map(DomainPattern::Host).collect();
        let include = Vec::new();
        let at = self.new_scope(&DomainScope { include, exclude })?;
        self.denyallow_at.insert(hosts, at);
        Ok(at)
    }
}
