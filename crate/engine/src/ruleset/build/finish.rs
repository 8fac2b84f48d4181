//! The sections, from everything that was added.

use std::collections::HashSet;

use super::{Builder, Meaning, Refused};
use crate::filter::Anchor;
use crate::ruleset::load::{IS_RECORD, META_SIZE, SECTIONS, Section, assemble};
use crate::ruleset::record::{Record, Sort};
use crate::ruleset::{grams, hosts};

impl Builder<'_> {
    pub(super) fn finish(mut self) -> (Vec<u8>, Vec<Refused>) {
        // The most used classes get the smallest numbers.
        let mut order: Vec<u32> = (0..self.classes.len() as u32).collect();
        order.sort_by_key(|&number| {
            let uses = self.classes.get(number as usize).map_or(0, |class| class.1);
            std::cmp::Reverse(uses)
        });
        let mut renumbered = vec![0u32; order.len()];
        let mut classes = Vec::new();
        for (new, &old) in order.iter().enumerate() {
            if let (Some(place), Some((class, _))) = (
                renumbered.get_mut(old as usize),
                self.classes.get(old as usize),
            ) {
                *place = new as u32;
                class.write(&mut classes);
            }
        }
        let number = |old: u32| renumbered.get(old as usize).copied().unwrap_or_default();
        let longest = self.hosts.iter().map(|(_, meaning)| match meaning {
            Meaning::Plain { line, .. } => *line,
            Meaning::Record(_) => 0,
        });
        let line_bits = u32::BITS - longest.max().unwrap_or(0).leading_zeros();
        let hosts = self.plain_or_record(line_bits, number);
        let mut records = Vec::new();
        for record in &self.records {
            let class = number(record.class);
            Record { class, ..*record }.write(&mut records);
        }
        let from: Vec<(u64, u32)> = self
            .from
            .iter()
            .map(|&(hash, record)| (hash, record | IS_RECORD))
            .collect();
        let words = |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let (entries, stride) = self.grams();
        let mut meta = Vec::with_capacity(META_SIZE);
        meta.extend_from_slice(&self.always_types.0.to_le_bytes());
        meta.extend_from_slice(&self.from_types.0.to_le_bytes());
        meta.extend_from_slice(&line_bits.to_le_bytes());
        meta.extend_from_slice(&self.filters.to_le_bytes());
        let mut sections: [Vec<u8>; SECTIONS] = Default::default();
        for (section, bytes) in [
            (Section::Hosts, hosts::write(hosts)),
            (Section::From, hosts::write(from)),
            (Section::Grams, grams::write(entries, stride)),
            (Section::Always, words(&self.always)),
            (Section::Regexes, words(&self.regexes)),
            (Section::Strings, self.strings.finish()),
            (Section::Lists, self.lists),
            (Section::Classes, classes),
            (Section::Scopes, self.scopes),
            (Section::Records, records),
            (Section::Meta, meta),
        ] {
            if let Some(place) = sections.get_mut(section as usize) {
                *place = bytes;
            }
        }
        (assemble(&sections), self.refused)
    }

    /// The final meanings of the host table, without repetitions of one host with one effect.
    fn plain_or_record(&mut self, line_bits: u32, number: impl Fn(u32) -> u32) -> Vec<(u64, u32)> {
        let mut known = HashSet::with_capacity(self.hosts.len());
        let mut out = Vec::with_capacity(self.hosts.len());
        for (hash, meaning) in std::mem::take(&mut self.hosts) {
            let meaning = match meaning {
                Meaning::Record(record) => record | IS_RECORD,
                Meaning::Plain { class, core, line } => {
                    if !known.insert((hash, core)) {
                        continue;
                    }
                    let short = number(class);
                    if short < 1 << (31 - line_bits) {
                        short << line_bits | line
                    } else {
                        self.long_record(class, line)
                    }
                }
            };
            out.push((hash, meaning));
        }
        out
    }

    /// A record for a host filter whose class number does not fit beside its line. The host is not
    /// kept: the request has it.
    fn long_record(&mut self, class: u32, line: u32) -> u32 {
        let text = self.strings.intern("");
        self.records.push(Record {
            class,
            line,
            text,
            sort: Sort::Host,
            anchor: Anchor::None,
            end: false,
            at_host: false,
            case: false,
        });
        (self.records.len() as u32 - 1) | IS_RECORD
    }
}
