//! How lists share the rules that a browser takes: where all fit, all of them; where not, each list
//! gets the same share, and what a small list leaves over goes to the others.

use crate::filter::{Filter, ListId};
use crate::ruleset::dnr::{Export, Limits, Options, export};

/// Rules for the filters of several lists, within the limits of `options`.
///
/// Lists are packed together where they fit, because that gives the fewest rules.
pub fn export_fairly(filters: &[Filter], options: &Options) -> Export {
    let whole = export(
        filters,
        &Options {
            limits: UNLIMITED,
            ..options.clone()
        },
    );
    if whole.rules.len() <= options.limits.rules && whole.regex_count() <= options.limits.regexes {
        return whole;
    }
    let mut lists: Vec<ListId> = filters.iter().map(|filter| filter.source.list).collect();
    lists.sort_unstable();
    lists.dedup();
    let parts: Vec<Vec<Filter>> = lists
        .iter()
        .map(|list| {
            let own = filters.iter().filter(|filter| filter.source.list == *list);
            own.cloned().collect()
        })
        .collect();
    let alone: Vec<Export> = parts
        .iter()
        .map(|part| {
            export(
                part,
                &Options {
                    limits: UNLIMITED,
                    ..options.clone()
                },
            )
        })
        .collect();
    let rules: Vec<usize> = alone.iter().map(|export| export.rules.len()).collect();
    let regexes: Vec<usize> = alone.iter().map(Export::regex_count).collect();
    let rules = split(&rules, options.limits.rules);
    let regexes = split(&regexes, options.limits.regexes);
    let mut shared = Export::default();
    for ((part, rules), regexes) in parts.iter().zip(rules).zip(regexes) {
        let first_id = options.first_id.saturating_add(shared.rules.len() as u32);
        let limits = Limits { rules, regexes };
        let export = export(
            part,
            &Options {
                first_id,
                limits,
                ..options.clone()
            },
        );
        shared.rules.extend(export.rules);
        shared.left_out.extend(export.left_out);
    }
    shared
}

const UNLIMITED: Limits = Limits {
    rules: usize::MAX,
    regexes: usize::MAX,
};

/// Shares of `total` for those who want these many: nobody gets more than wanted, and nobody who
/// gets less than wanted gets less than another.
pub fn split(wanted: &[usize], total: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..wanted.len()).collect();
    order.sort_by_key(|index| wanted.get(*index).copied().unwrap_or_default());
    let mut shares = vec![0; wanted.len()];
    let mut left = total;
    for (done, index) in order.iter().enumerate() {
        let even = left / (wanted.len() - done).max(1);
        let share = even.min(wanted.get(*index).copied().unwrap_or_default());
        if let Some(slot) = shares.get_mut(*index) {
            *slot = share;
        }
        left -= share;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Environment, FilterSet};
    use crate::ruleset::dnr::Browser;

    #[test]
    fn shares_are_fair() {
        assert_eq!(split(&[10, 20, 30], 100), [10, 20, 30]);
        assert_eq!(split(&[100, 5, 100], 45), [20, 5, 20]);
        assert_eq!(split(&[7, 7], 3), [1, 2]);
        assert_eq!(split(&[], 3), Vec::<usize>::new());
    }

    #[test]
    fn lists_that_do_not_fit_are_cut_evenly_and_it_is_said() {
        let mut set = FilterSet::new(Environment::chromium());
        let paths = |list: &str, count: usize| {
            (0..count).fold(String::new(), |text, number| {
                text + &format!("||a{number}.example/{list}\n")
            })
        };
        set.add_list("large", &paths("large", 90));
        set.add_list("small", &paths("small", 5));
        let options = Options {
            limits: Limits {
                rules: 50,
                regexes: 10,
            },
            ..Options::new(Browser::Chromium)
        };
        let export = export_fairly(set.filters(), &options);
        assert_eq!(export.rules.len(), 50);
        let ids: Vec<u32> = export.rules.iter().map(|rule| rule.id).collect();
        assert_eq!(ids, (1..=50).collect::<Vec<_>>());
        // With a second rule for the dotted name, a filter is two rules.
        assert_eq!(export.left_out.len(), 70);
        assert!(
            export
                .left_out
                .iter()
                .all(|left| left.source.list == ListId(0))
        );
    }
}
