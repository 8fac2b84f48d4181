//! How lists share the rules that a browser takes: where all fit, all of them; where not, each list
//! gets the same share, and what a small list leaves over goes to the others.

use crate::filter::{Filter, ListId};
use crate::ruleset::dnr::{Export, Limits, Options, export};

/// Rules for the filters of several lists, within the limits of `options`.
///
/// Lists are packed together where they fit, because that gives the fewest rules.
pub fn export_fairly(filters: &[Filter], options: &Options) -> Export {
    let unlimited = Options {
        limits: Limits::NONE,
        ..options.clone()
    };
    let whole = export(filters, &unlimited);
    if options.limits.hold(&whole.used()) {
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
    let wanted: Vec<Limits> = parts
        .iter()
        .map(|part| export(part, &unlimited).used())
        .collect();
    let each = |of: fn(&Limits) -> usize| {
        let wanted: Vec<usize> = wanted.iter().map(of).collect();
        split(&wanted, of(&options.limits))
    };
    let (rules, regexes) = (each(|used| used.rules), each(|used| used.regexes));
    let (altering, domains) = (each(|used| used.altering), each(|used| used.domains));
    let mut shared = Export::default();
    for (index, part) in parts.iter().enumerate() {
        let first_id = options.first_id.saturating_add(shared.rules.len() as u32);
        let share = |shares: &[usize]| shares.get(index).copied().unwrap_or_default();
        let limits = Limits {
            rules: share(&rules),
            regexes: share(&regexes),
            altering: share(&altering),
            domains: share(&domains),
        };
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
    use crate::ruleset::dnr::{Browser, Gap};

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
                ..Limits::NONE
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

    #[test]
    fn a_list_that_is_too_large_does_not_push_the_others_out() {
        let mut set = FilterSet::new(Environment::firefox());
        let hosts = |list: &str, count: usize| {
            (0..count).fold(String::new(), |text, number| {
                text + &format!("||{list}{number}.example^\n")
            })
        };
        set.add_list("large", &hosts("large", 900));
        set.add_list("small", &hosts("small", 90));
        let options = Options {
            limits: Limits {
                domains: 500,
                ..Limits::NONE
            },
            ..Options::new(Browser::Firefox)
        };
        let export = export_fairly(set.filters(), &options);
        assert_eq!(export.used().domains, 90);
        assert_eq!(export.left_out.len(), 900);
        assert!(
            export
                .left_out
                .iter()
                .all(|left| left.reason == Gap::TooManyDomains)
        );
    }

    #[test]
    fn rules_that_change_something_have_a_limit_of_their_own() {
        let mut set = FilterSet::new(Environment::chromium());
        let lines = (0..60).fold(String::new(), |text, number| {
            text + &format!("||a.example^$csp=worker-src 'none' x{number}.example\n")
        });
        set.add_list("policies", &lines);
        set.add_list("hosts", "||b.example^\n");
        let options = Options {
            limits: Limits {
                altering: 50,
                ..Limits::dynamic(Browser::Chromium)
            },
            ..Options::new(Browser::Chromium)
        };
        let export = export_fairly(set.filters(), &options);
        assert_eq!(
            (export.used().rules, export.used().altering),
            (51, 50),
            "blocks are not cut"
        );
        assert!(export.left_out.len() >= 10);
    }
}
