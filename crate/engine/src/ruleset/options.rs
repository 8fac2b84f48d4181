//! What filters ask for besides the pattern, shared by all filters that ask for the same.
//!
//! A [`Class`] is one combination of action, options, list and the text around the pattern; a list
//! of 300,000 plain hosts is one class. A scope is a set of hosts by their hashes.
//!
//! Class, 36 bytes: types (u16); action, flags with the party in the upper two bits (u8 each);
//! methods, list (u16 each); text before the pattern, text behind it, argument (string offsets), from, to, denyallow
//! (scope offsets; `NONE` where there is none), priority of a redirect (i32).
//! Scope: numbers of included hosts, excluded hosts, included entities, excluded entities, included
//! and excluded regexes (u16 each); hashes (u64 each); regex numbers (u32 each).

use super::bytes::{u16_at, u32_at, u64_at};
use crate::filter::{DomainPattern, DomainScope, MethodSet, Party, ResourceType, TypeSet};
use crate::hash::{each_suffix, host_hash};
use crate::request::without_public_suffix;

/// No string or scope.
pub(super) const NONE: u32 = u32::MAX;
/// Bytes of a class.
pub(super) const CLASS_SIZE: usize = 36;
/// Bytes before a scope's hashes.
const SCOPE_HEAD: usize = 12;
/// Sets entities apart from hosts: the first word of the fractional part of pi.
const ENTITY: u64 = 0x243f_6a88_85a3_08d3;

/// What a class does, as stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// Blocks.
    Block = 0,
    /// Is an exception.
    Allow,
    /// Adds a policy.
    Csp,
    /// Takes a policy back, or all.
    NoCsp,
    /// Answers with a resource, and blocks unless `RULE_ONLY`.
    Redirect,
    /// Takes the resource back, or any.
    NoRedirect,
}

impl Kind {
    fn read(byte: u8) -> Option<Self> {
        Some(match byte {
            0 => Self::Block,
            1 => Self::Allow,
            2 => Self::Csp,
            3 => Self::NoCsp,
            4 => Self::Redirect,
            5 => Self::NoRedirect,
            _ => return None,
        })
    }
}

/// The flag for `$important`.
pub(super) const IMPORTANT: u8 = 1;
/// The flag for `$match-case`.
pub(super) const MATCH_CASE: u8 = 2;
/// The flag for filters whose text is kept whole instead of around the pattern.
pub(super) const WHOLE: u8 = 4;
/// The flag for redirects that do not block by themselves (`redirect-rule=`).
pub(super) const RULE_ONLY: u8 = 8;

/// Where among the flags the party is.
const PARTY_SHIFT: u32 = 6;

/// One combination of options.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Class {
    pub kind: Kind,
    pub flags: u8,
    pub party: Party,
    pub types: TypeSet,
    pub methods: MethodSet,
    pub list: u16,
    pub before: u32,
    pub behind: u32,
    pub argument: u32,
    pub from: u32,
    pub to: u32,
    pub denyallow: u32,
    pub priority: i32,
}

impl Class {
    /// Reads the class with this number.
    #[inline]
    pub(super) fn read(section: &[u8], number: u32) -> Option<Self> {
        let at = (number as usize).checked_mul(CLASS_SIZE)?;
        let bytes: &[u8; CLASS_SIZE] = section.get(at..)?.first_chunk()?;
        Some(Self {
            types: TypeSet(u16_at(bytes, 0)),
            kind: Kind::read(bytes[2])?,
            flags: bytes[3] & !(3 << PARTY_SHIFT),
            party: match bytes[3] >> PARTY_SHIFT {
                0 => Party::Any,
                1 => Party::First,
                2 => Party::Third,
                _ => return None,
            },
            methods: MethodSet(u16_at(bytes, 4)),
            list: u16_at(bytes, 6),
            before: u32_at(bytes, 8),
            behind: u32_at(bytes, 12),
            argument: u32_at(bytes, 16),
            from: u32_at(bytes, 20),
            to: u32_at(bytes, 24),
            denyallow: u32_at(bytes, 28),
            priority: u32_at(bytes, 32).cast_signed(),
        })
    }

    /// Whether the class with this number is about this type of resource; most candidates need not be
    /// looked at any further.
    #[inline]
    pub(super) fn is_about(section: &[u8], number: u32, kind: ResourceType) -> bool {
        let at = (number as usize).saturating_mul(CLASS_SIZE);
        TypeSet(u16_at(section, at)).contains(kind)
    }

    /// Appends the class to its section.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let party = match self.party {
            Party::Any => 0,
            Party::First => 1,
            Party::Third => 2,
        };
        out.extend_from_slice(&self.types.0.to_le_bytes());
        out.extend_from_slice(&[self.kind as u8, self.flags | party << PARTY_SHIFT]);
        for half in [self.methods.0, self.list] {
            out.extend_from_slice(&half.to_le_bytes());
        }
        let words = [
            self.before,
            self.behind,
            self.argument,
            self.from,
            self.to,
            self.denyallow,
        ];
        for word in words.into_iter().chain([self.priority.cast_unsigned()]) {
            out.extend_from_slice(&word.to_le_bytes());
        }
    }

    /// Whether the class has this flag.
    pub(super) fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// Writes a scope and gives its offset; `None` where it has more entries than fit.
pub(super) fn write_scope(
    out: &mut Vec<u8>,
    scope: &DomainScope,
    mut regex: impl FnMut(&str) -> u32,
) -> Option<u32> {
    let sorted = |entries: &[DomainPattern], entity: bool| {
        let mut hashes: Vec<u64> = entries
            .iter()
            .filter_map(|entry| match entry {
                DomainPattern::Host(host) if !entity => Some(host_hash(host.as_bytes())),
                DomainPattern::Entity(name) if entity => Some(host_hash(name.as_bytes()) ^ ENTITY),
                _ => None,
            })
            .collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes
    };
    let mut regexes = |entries: &[DomainPattern]| -> Vec<u32> {
        entries
            .iter()
            .filter_map(|entry| match entry {
                DomainPattern::Regex(text) => Some(regex(text)),
                _ => None,
            })
            .collect()
    };
    let hashes = [
        sorted(&scope.include, false),
        sorted(&scope.exclude, false),
        sorted(&scope.include, true),
        sorted(&scope.exclude, true),
    ];
    let numbers = [regexes(&scope.include), regexes(&scope.exclude)];
    let at = u32::try_from(out.len()).ok()?;
    let counts = hashes
        .iter()
        .map(Vec::len)
        .chain(numbers.iter().map(Vec::len));
    let counts: Option<Vec<u16>> = counts.map(|count| u16::try_from(count).ok()).collect();
    out.extend(counts?.iter().flat_map(|count| count.to_le_bytes()));
    out.extend(hashes.iter().flatten().flat_map(|hash| hash.to_le_bytes()));
    out.extend(
        numbers
            .iter()
            .flatten()
            .flat_map(|number| number.to_le_bytes()),
    );
    Some(at)
}

/// A scope in the buffer.
#[derive(Clone, Copy)]
pub(super) struct Scope<'b> {
    bytes: &'b [u8],
    counts: [usize; 6],
}

impl<'b> Scope<'b> {
    /// Finds the scope at an offset; `None` where it does not fit the section.
    #[inline]
    pub(super) fn read(section: &'b [u8], at: u32) -> Option<Self> {
        let bytes = section.get(at as usize..)?;
        let mut counts = [0; 6];
        for (index, count) in counts.iter_mut().enumerate() {
            *count = u16_at(bytes, index * 2) as usize;
        }
        let hashes: usize = counts.iter().take(4).sum();
        let len = SCOPE_HEAD + hashes * 8 + (counts[4] + counts[5]) * 4;
        Some(Self {
            bytes: bytes.get(..len)?,
            counts,
        })
    }

    /// The numbers of the scope's regexes: included, then excluded.
    pub(super) fn regexes(self) -> impl Iterator<Item = u32> + use<'b> {
        let hashes: usize = self.counts.iter().take(4).sum();
        (0..self.counts[4] + self.counts[5])
            .map(move |index| u32_at(self.bytes, SCOPE_HEAD + hashes * 8 + index * 4))
    }

    /// Whether the group of hashes has this one.
    fn has(self, group: usize, hash: u64) -> bool {
        let before: usize = self.counts.iter().take(group).sum();
        let (mut low, mut high) = (before, before + self.counts[group]);
        while low < high {
            let middle = usize::midpoint(low, high);
            let value = u64_at(self.bytes, SCOPE_HEAD + middle * 8);
            if value == hash {
                return true;
            }
            if value < hash {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        false
    }

    /// Whether the scope covers a host: its most specific entry decides; without one, whether
    /// the scope has only exclusions.
    pub(super) fn covers(self, host: &str, regex: impl Fn(u32, &str) -> bool) -> bool {
        let [hosts, _, entities, _, wanted, unwanted] = self.counts;
        if wanted + unwanted != 0 {
            for (index, number) in self.regexes().enumerate() {
                if regex(number, host) {
                    // An excluded one wins over an included one: it is asked last.
                    let excluded = index >= wanted
                        || self.regexes().skip(wanted).any(|other| regex(other, host));
                    return !excluded;
                }
            }
        }
        let mut answer = hosts + entities + wanted == 0;
        each_suffix(host.as_bytes(), |_, hash| {
            // Longer suffixes come later and overrule.
            if self.has(1, hash) {
                answer = false;
            } else if self.has(0, hash) {
                answer = true;
            }
            true
        });
        if self.counts[2] + self.counts[3] != 0 {
            answer = self.with_entities(host);
        }
        answer
    }

    /// The slower way where entities take part: their place in the order of specificity is that
    /// of the name with its public suffix.
    fn with_entities(self, host: &str) -> bool {
        let [hosts, _, entities, _, wanted, _] = self.counts;
        let mut answer = hosts + entities + wanted == 0;
        let stem = without_public_suffix(host).unwrap_or_default();
        each_suffix(host.as_bytes(), |start, hash| {
            let name = stem.as_bytes().get(start..).filter(|name| !name.is_empty());
            let entity = name.map(|name| host_hash(name) ^ ENTITY);
            let in_group = |group| entity.is_some_and(|hash| self.has(group, hash));
            if self.has(1, hash) || in_group(3) {
                answer = false;
            } else if self.has(0, hash) || in_group(2) {
                answer = true;
            }
            true
        });
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn covers(include: &[&str], exclude: &[&str], host: &str) -> bool {
        let patterns = |names: &[&str]| {
            names
                .iter()
                .map(
                    |name| match (name.strip_suffix(".*"), name.strip_prefix('/')) {
                        (Some(entity), _) => DomainPattern::Entity(entity.to_owned()),
                        (_, Some(regex)) => DomainPattern::Regex(regex.to_owned()),
                        _ => DomainPattern::Host((*name).to_owned()),
                    },
                )
                .collect()
        };
        let scope = DomainScope {
            include: patterns(include),
            exclude: patterns(exclude),
        };
        let mut out = vec![0; 3];
        let mut regexes = Vec::new();
        let at = write_scope(&mut out, &scope, |text| {
            regexes.push(text.to_owned());
            regexes.len() as u32 - 1
        });
        Scope::read(&out, at.unwrap())
            .unwrap()
            .covers(host, |number, host| {
                host.contains(&regexes[number as usize])
            })
    }

    #[test]
    fn the_most_specific_entry_decides() {
        assert!(covers(&[], &[], "a.example"));
        assert!(covers(&["a.example"], &[], "x.a.example"));
        assert!(!covers(&["a.example"], &[], "xa.example"));
        assert!(!covers(&["a.example"], &[], ""));
        assert!(!covers(&[], &["a.example"], "a.example"));
        assert!(covers(&[], &["a.example"], "b.example"));
        assert!(covers(&[], &["a.example"], ""));
        assert!(!covers(&["a.example"], &["b.a.example"], "c.b.a.example"));
        assert!(covers(&["b.a.example"], &["a.example"], "c.b.a.example"));
        assert!(!covers(&["b.a.example"], &["a.example"], "a.example"));
    }

    #[test]
    fn entities_stand_for_any_public_suffix() {
        assert!(covers(&["example.*"], &[], "www.example.co.uk"));
        assert!(covers(&["www.example.*"], &[], "www.example.com"));
        assert!(!covers(&["example.*"], &[], "example.notasuffix.com"));
        assert!(!covers(&["example.*"], &["example.de"], "www.example.de"));
        assert!(covers(&["example.*"], &["example.de"], "www.example.fr"));
        assert!(!covers(&[], &["example.*"], "www.example.fr"));
    }

    #[test]
    fn regexes_decide_before_names() {
        assert!(covers(&["/ampl"], &[], "example.org"));
        assert!(!covers(&["/ampl"], &[], "other.org"));
        assert!(!covers(&["/ampl"], &["/exam"], "example.org"));
        assert!(!covers(&["example.org"], &["/exam"], "example.org"));
    }

    #[test]
    fn classes_come_back() {
        let class = Class {
            kind: Kind::Redirect,
            flags: IMPORTANT | WHOLE,
            party: Party::Third,
            types: TypeSet(0x1234),
            methods: MethodSet(3),
            list: 9,
            before: 1,
            behind: 2,
            argument: 3,
            from: 4,
            to: 5,
            denyallow: NONE,
            priority: -3,
        };
        let mut out = Vec::new();
        class.write(&mut out);
        assert_eq!(out.len(), CLASS_SIZE);
        assert_eq!(Class::read(&out, 0), Some(class));
        assert_eq!(Class::read(&out, 1), None);
    }
}
