//! From facts to a verdict: one scoring for modules, scripts, shaders and traffic.
//!
//! Signatures are tried in order; one that holds becomes a fact for those after it. Weights add up
//! per family; `*` adds to every family that something of its own speaks for. Caps are applied
//! last.

use super::model::{Condition, Kind, Scope, Signature, SignatureSet};
use crate::verdict::{Evidence, Fact, Findings, Outcome, Place, Verdict};
use std::borrow::Cow;

/// The family that stands for every family.
const ANY_FAMILY: &str = "*";

/// The confidence of a score that blocks.
const BLOCKS: u8 = 90;

/// What is known of a thing before all of it is inspected. Facts are indices into
/// [`SignatureSet::names`].
pub struct Outlook<'o> {
    /// Whether a fact may be found.
    pub may: &'o dyn Fn(u16) -> bool,
    /// Whether a fact will be found.
    pub certain: &'o dyn Fn(u16) -> bool,
    /// The least outcome that matters.
    pub least: Outcome,
}

/// What the facts add up to for one family.
struct Tally<'a> {
    family: &'a str,
    score: i32,
    best: i16,
    algorithm: &'a str,
    cap: Outcome,
}

/// A signature that held, with the fact that shows it best.
struct Held<'a> {
    signature: &'a Signature,
    place: Place,
    detail: String,
}

impl SignatureSet {
    /// Concludes from the facts of one inspected thing.
    pub fn conclude(&self, kind: Kind, findings: &Findings) -> Verdict {
        let mut verdict = self.judge(kind, &findings.facts);
        for part in &findings.parts {
            if verdict.outcome == Outcome::Block {
                break;
            }
            let alone = self.judge(kind, part);
            // What is only worth a watch as a module says little as a part of one; what would be blocked
            // but for a cap does.
            if alone.outcome > verdict.outcome && alone.confidence >= BLOCKS {
                verdict = alone;
            }
        }
        verdict.not_inspected.clone_from(&findings.not_inspected);
        verdict
    }

    /// Whether it would be judged worse with these facts as well: where not, they need not be looked
    /// for. Signatures should not ask that any of them be absent.
    pub(crate) fn would_rise(
        &self,
        kind: Kind,
        findings: &Findings,
        names: &[&'static str],
    ) -> bool {
        let judged = |facts: &[Fact]| {
            let verdict = self.judge(kind, facts);
            (verdict.outcome, verdict.confidence)
        };
        let now = judged(&findings.facts);
        if now.0 == Outcome::Block {
            return false;
        }
        let more = names.iter().map(|&name| Fact {
            name: Cow::Borrowed(name),
            count: u32::MAX,
            place: Place::default(),
            detail: String::new(),
        });
        let facts: Vec<Fact> = findings.facts.iter().cloned().chain(more).collect();
        judged(&facts) > now
    }

    /// Concludes from these facts alone.
    fn judge(&self, kind: Kind, facts: &[Fact]) -> Verdict {
        let mut facts: Vec<Cow<Fact>> = facts.iter().map(Cow::Borrowed).collect();
        let mut held: Vec<Held> = Vec::new();
        for signature in self.signatures.iter().filter(|s| s.kind == kind) {
            if let Some(found) = self.hold(signature, &facts) {
                facts.push(Cow::Owned(Fact {
                    name: Cow::Owned(signature.id.clone()),
                    count: 1,
                    place: found.place,
                    detail: String::new(),
                }));
                held.push(found);
            }
        }
        self.weigh(&held)
    }

    /// The facts on which it depends whether things of this kind are judged as badly as the outlook
    /// asks, each as an index into [`SignatureSet::names`]; `None` only where [`Self::conclude`]
    /// comes to less whatever else is found. Names of signatures are answered here, and should be
    /// none to the outlook.
    pub fn depends(&self, kind: Kind, outlook: &Outlook<'_>) -> Option<Vec<u16>> {
        // With the fact of the same name, where some signature asks for it.
        let mut held: Vec<(&Signature, Option<usize>)> = Vec::new();
        let mut answered = vec![false; self.names.len()];
        let mut shared = 0_i32;
        let mut families: Vec<(&str, i32)> = Vec::new();
        for signature in self.signatures.iter().filter(|s| s.kind == kind) {
            let could = |condition: &Condition| {
                let fact = condition.fact;
                condition.prefix
                    || (outlook.may)(fact)
                    || answered.get(usize::from(fact)) == Some(&true)
            };
            let met = signature.any.iter().filter(|condition| could(condition));
            if !signature.all.iter().all(could) || met.count() < usize::from(signature.at_least) {
                continue;
            }
            let against = |condition: &Condition| {
                condition.least <= 1 && !condition.prefix && (outlook.certain)(condition.fact)
            };
            if signature.none.iter().any(against) {
                continue;
            }
            let own = self.names.iter().position(|name| *name == signature.id);
            held.push((signature, own));
            if let Some(place) = own.and_then(|own| answered.get_mut(own)) {
                *place = true;
            }
            let weight = i32::from(signature.weight.max(0));
            let family = signature.family.as_str();
            if family == ANY_FAMILY {
                shared += weight;
            } else if let Some(known) = families.iter_mut().find(|known| known.0 == family) {
                known.1 += weight;
            } else {
                families.push((family, weight));
            }
        }
        families.retain(|family| family.1 > 0 && self.outcome(family.1 + shared) >= outlook.least);
        if families.is_empty() {
            return None;
        }
        // Back from what could speak to the facts that it asks for.
        let mut wanted = vec![false; self.names.len()];
        for &(signature, own) in held.iter().rev() {
            let asked = own.is_some_and(|own| wanted.get(own) == Some(&true));
            let family = signature.family.as_str();
            let speaks = signature.weight > 0
                && (family == ANY_FAMILY || families.iter().any(|known| known.0 == family));
            if !asked && !speaks {
                continue;
            }
            for condition in signature.all.iter().chain(&signature.any) {
                if let Some(place) = wanted.get_mut(usize::from(condition.fact)) {
                    *place = true;
                }
            }
        }
        let facts = (0..).zip(&wanted).filter(|(_, wanted)| **wanted);
        Some(facts.map(|(fact, _)| fact).collect())
    }

    /// Whether a signature holds, and by what.
    fn hold<'a>(&self, signature: &'a Signature, facts: &[Cow<Fact>]) -> Option<Held<'a>> {
        let mut shown: Vec<&Fact> = Vec::new();
        for condition in &signature.all {
            shown.push(self.meets(*condition, facts)?);
        }
        let mut met = 0;
        for condition in &signature.any {
            if let Some(fact) = self.meets(*condition, facts) {
                met += 1;
                shown.push(fact);
            }
        }
        if met < usize::from(signature.at_least) {
            return None;
        }
        let spoken_against = signature
            .none
            .iter()
            .any(|condition| self.meets(*condition, facts).is_some());
        if spoken_against {
            return None;
        }
        let mut detail = signature.because.clone();
        let mut parts = shown
            .iter()
            .filter(|fact| !fact.detail.is_empty())
            .map(|fact| fact.detail.as_str())
            .take(8)
            .collect::<Vec<_>>();
        parts.dedup();
        if !parts.is_empty() {
            detail.push_str(" (");
            detail.push_str(&parts.join("; "));
            detail.push(')');
        }
        let place = shown
            .iter()
            .map(|fact| fact.place)
            .find(|place| place.function.is_some() || place.offset.is_some())
            .unwrap_or_default();
        Some(Held {
            signature,
            place,
            detail,
        })
    }

    /// The fact by which a condition is met.
    #[inline(never)]
    fn meets<'f>(&self, condition: Condition, facts: &'f [Cow<Fact>]) -> Option<&'f Fact> {
        let name = self.name(condition.fact);
        let mut count = 0_u32;
        let mut first = None;
        for fact in facts {
            let same = if condition.prefix {
                fact.name.starts_with(name)
            } else {
                fact.name == name
            };
            if same {
                let part = if condition.prefix { 1 } else { fact.count };
                count = count.saturating_add(part);
                first = first.or(Some(&**fact));
            }
        }
        first.filter(|_| count >= condition.least)
    }

    /// Adds the weights up and decides.
    fn weigh(&self, held: &[Held]) -> Verdict {
        let mut tallies: Vec<Tally> = Vec::new();
        let mut shared = 0_i32;
        let mut cap_all = Outcome::Block;
        for found in held {
            let signature = found.signature;
            if let (Some(cap), true) = (
                signature.cap,
                signature.scope == Scope::All || signature.family == ANY_FAMILY,
            ) {
                cap_all = cap_all.min(cap);
            }
            if signature.family == ANY_FAMILY {
                shared += i32::from(signature.weight);
                continue;
            }
            if signature.weight == 0 && signature.cap.is_none() {
                continue;
            }
            let index = tallies
                .iter()
                .position(|tally| tally.family == signature.family)
                .unwrap_or_else(|| {
                    tallies.push(Tally {
                        family: &signature.family,
                        score: 0,
                        best: 0,
                        algorithm: "",
                        cap: Outcome::Block,
                    });
                    tallies.len() - 1
                });
            let Some(tally) = tallies.get_mut(index) else {
                continue;
            };
            tally.score += i32::from(signature.weight);
            if signature.weight > tally.best && !signature.algorithm.is_empty() {
                tally.best = signature.weight;
                tally.algorithm = &signature.algorithm;
            }
            if let Some(cap) = signature.cap {
                tally.cap = tally.cap.min(cap);
            }
        }
        let decided = tallies
            .iter()
            .filter(|tally| tally.score > 0)
            .map(|tally| {
                let score = tally.score + shared;
                let outcome = self.outcome(score).min(tally.cap).min(cap_all);
                (outcome, score, tally)
            })
            .max_by_key(|(outcome, score, _)| (*outcome, *score));
        let mut verdict = Verdict::default();
        let family = decided.as_ref().map_or("", |(_, _, tally)| tally.family);
        if let Some((outcome, score, tally)) = decided
            && score > 0
        {
            verdict.outcome = outcome;
            verdict.confidence = self.confidence(score);
            verdict.family = Cow::Owned(tally.family.to_owned());
            verdict.algorithm = Cow::Owned(tally.algorithm.to_owned());
        }
        verdict.evidence = held
            .iter()
            .filter(|found| {
                let of = found.signature.family.as_str();
                (found.signature.weight != 0 || found.signature.cap.is_some())
                    && (of == ANY_FAMILY || of == family || found.signature.scope == Scope::All)
            })
            .map(|found| Evidence {
                signature: Cow::Owned(found.signature.id.clone()),
                detail: found.detail.clone(),
                weight: found.signature.weight,
                place: found.place,
            })
            .collect();
        verdict.weightiest_first();
        verdict
    }

    fn outcome(&self, score: i32) -> Outcome {
        if score >= i32::from(self.thresholds.block) {
            Outcome::Block
        } else if score >= i32::from(self.thresholds.watch) {
            Outcome::Watch
        } else {
            Outcome::Allow
        }
    }

    /// Percent: 90 at the score that blocks, proportionally less below, at most 99.
    fn confidence(&self, score: i32) -> u8 {
        let block = i32::from(self.thresholds.block).max(1);
        let percent = if score >= block {
            i32::from(BLOCKS) + (score - block) / 10
        } else {
            score * i32::from(BLOCKS) / block
        };
        u8::try_from(percent.clamp(0, 99)).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::Thresholds;

    fn fact(name: &'static str, count: u32) -> Fact {
        Fact {
            name: Cow::Borrowed(name),
            count,
            place: Place {
                function: None,
                offset: Some(7),
            },
            detail: format!("{name} seen"),
        }
    }

    fn signature(id: &str, family: &str, weight: i16, all: &[(u16, bool, u32)]) -> Signature {
        Signature {
            id: id.into(),
            kind: Kind::Module,
            family: family.into(),
            algorithm: String::new(),
            weight,
            cap: None,
            scope: Scope::Family,
            because: "because".into(),
            all: all
                .iter()
                .map(|&(fact, prefix, least)| Condition {
                    fact,
                    prefix,
                    least,
                })
                .collect(),
            any: Vec::new(),
            at_least: 0,
            none: Vec::new(),
        }
    }

    fn set(signatures: Vec<Signature>) -> SignatureSet {
        SignatureSet {
            thresholds: Thresholds::default(),
            names: ["a", "kernel.", "first"].map(String::from).to_vec(),
            patterns: Vec::new(),
            signatures,
        }
    }

    fn findings(facts: Vec<Fact>) -> Findings {
        Findings {
            facts,
            ..Findings::default()
        }
    }

    /// Nothing, but for one part of two.
    fn with_part(part: Vec<Fact>) -> Findings {
        Findings {
            parts: vec![Vec::new(), part],
            ..Findings::default()
        }
    }

    #[test]
    fn says_whether_more_facts_could_make_it_worse() {
        let set = set(vec![
            signature("alone", "A", 60, &[(0, false, 1)]),
            signature("both", "A", 60, &[(0, false, 1), (2, false, 1)]),
        ]);
        let rises = |facts| set.would_rise(Kind::Module, &findings(facts), &["first"]);
        assert!(rises(vec![fact("a", 1)]));
        assert!(!rises(vec![fact("kernel.a", 1)]), "nothing asks for it");
        let whole = vec![fact("a", 1), fact("first", 1)];
        assert!(!rises(whole), "it is blocked already");
    }

    #[test]
    fn weights_add_up_per_family_and_the_star_adds_to_all() {
        let set = set(vec![
            signature("first", "X", 60, &[(0, false, 1)]),
            signature("second", "*", 40, &[(1, true, 2)]),
        ]);
        let one = set.conclude(Kind::Module, &findings(vec![fact("a", 1)]));
        assert_eq!(one.outcome, Outcome::Watch);
        assert_eq!(one.family, "X");
        let both = set.conclude(
            Kind::Module,
            &findings(vec![fact("a", 1), fact("kernel.b", 2), fact("kernel.c", 1)]),
        );
        assert_eq!(both.outcome, Outcome::Block);
        assert_eq!(both.evidence.len(), 2);
        assert_eq!(both.evidence[0].detail, "because (a seen)");
        let none = set.conclude(Kind::Module, &findings(vec![fact("kernel.b", 9)]));
        assert_eq!(none.outcome, Outcome::Allow);
        let other = set.conclude(Kind::Script, &findings(vec![fact("a", 1)]));
        assert_eq!(other.outcome, Outcome::Allow);
    }

    #[test]
    fn a_held_signature_is_a_fact_and_caps_hold() {
        let mut capped = signature("capped", "X", 100, &[(2, false, 1)]);
        capped.cap = Some(Outcome::Watch);
        let set = set(vec![
            signature("first", "X", 20, &[(0, false, 1)]),
            capped,
            signature("other", "Y", 30, &[(0, false, 1)]),
        ]);
        let verdict = set.conclude(Kind::Module, &findings(vec![fact("a", 1)]));
        assert_eq!(verdict.outcome, Outcome::Watch);
        assert_eq!(verdict.family, "X");
    }

    #[test]
    fn a_part_counts_where_it_is_a_miner_by_itself() {
        let set = set(vec![
            signature("first", "X", 100, &[(0, false, 1)]),
            signature("second", "Y", 60, &[(1, false, 1)]),
        ]);
        let judge = |part| set.conclude(Kind::Module, &with_part(part));
        assert_eq!(judge(vec![fact("a", 1)]).family, "X");
        assert_eq!(judge(vec![fact("a", 1)]).outcome, Outcome::Block);
        assert_eq!(judge(vec![fact("kernel.", 1)]).outcome, Outcome::Allow);
    }

    #[test]
    fn a_part_is_watched_where_only_a_cap_spares_it() {
        let mut cap = signature("cap", "*", 0, &[(2, false, 1)]);
        cap.cap = Some(Outcome::Watch);
        let set = set(vec![
            signature("first", "X", 100, &[(0, false, 1)]),
            signature("second", "Y", 60, &[(1, false, 1)]),
            cap,
        ]);
        let judge = |part| set.conclude(Kind::Module, &with_part(part));
        let capped = judge(vec![fact("a", 1), fact("first", 1)]);
        assert_eq!((&*capped.family, capped.outcome), ("X", Outcome::Watch));
        let weak = judge(vec![fact("kernel.", 1), fact("first", 1)]);
        assert_eq!(
            weak.outcome,
            Outcome::Allow,
            "a module alone would be watched"
        );
    }

    #[test]
    fn the_reason_for_not_inspecting_is_kept() {
        let verdict = set(Vec::new()).conclude(
            Kind::Module,
            &Findings {
                not_inspected: Some(Cow::Borrowed("not inspected: empty")),
                ..Findings::default()
            },
        );
        assert_eq!(
            verdict.not_inspected.as_deref(),
            Some("not inspected: empty")
        );
    }
}
