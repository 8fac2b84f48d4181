//! What becomes of each line, alone and in whole lists.

mod lines;
mod lists;

use super::*;

fn set(text: &str) -> FilterSet {
    let mut set = FilterSet::new(Environment::chromium());
    set.add_list("test", text);
    set
}

fn filter(line: &str) -> Filter {
    let set = set(&format!("[Adblock Plus 2.0]\n{line}"));
    assert_eq!(set.problems(), [], "{line}");
    set.filters()
        .first()
        .unwrap_or_else(|| panic!("{line}"))
        .clone()
}

fn reason(line: &str) -> Reason {
    let set = set(&format!("[Adblock Plus 2.0]\n{line}"));
    assert!(
        set.filters().is_empty() && set.scriptlets().is_empty(),
        "{line}"
    );
    set.problems()
        .first()
        .unwrap_or_else(|| panic!("{line}"))
        .reason
        .clone()
}

fn types(list: &[ResourceType]) -> TypeSet {
    list.iter()
        .fold(TypeSet::NONE, |set, t| set.union(TypeSet::of(*t)))
}

fn hosts(names: &[&str]) -> Vec<DomainPattern> {
    names
        .iter()
        .map(|n| DomainPattern::Host((*n).into()))
        .collect()
}
