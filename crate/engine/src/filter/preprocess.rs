//! Conditions in lists: `!#if (env_firefox && !env_mobile)`, `!#else`, `!#endif`.
//!
//! Evaluated with an explicit stack, so that nesting costs memory and not the call stack, and both
//! are limited.

use std::collections::BTreeSet;

use super::Reason;

/// Deepest nesting of `!#if` and of brackets within one condition.
const MAX_DEPTH: usize = 64;
/// Longest condition, in bytes.
const MAX_LENGTH: usize = 4096;

/// Every token that lists use in conditions; one that is missing here is reported.
const KNOWN: &[&str] = &[
    "adguard",
    "adguard_app_android",
    "adguard_app_cli",
    "adguard_app_ios",
    "adguard_app_mac",
    "adguard_app_windows",
    "adguard_ext_android_cb",
    "adguard_ext_chromium",
    "adguard_ext_chromium_mv3",
    "adguard_ext_edge",
    "adguard_ext_firefox",
    "adguard_ext_opera",
    "adguard_ext_safari",
    "cap_html_filtering",
    "cap_ipaddress",
    "cap_user_stylesheet",
    "env_brave",
    "env_chromium",
    "env_edge",
    "env_firefox",
    "env_legacy",
    "env_mobile",
    "env_mv3",
    "env_safari",
    "ext_abp",
    "ext_devbuild",
    "ext_ublock",
    "ext_ubol",
    "false",
    "true",
];

/// What conditions in lists may ask about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Environment {
    tokens: BTreeSet<String>,
}

impl Environment {
    /// Chromium with Manifest V3. Lists write their network filters for uBlock Origin, whose
    /// syntax is read here, so `ext_ublock` holds.
    pub fn chromium() -> Self {
        Self::new(["env_chromium", "env_mv3", "ext_ublock"])
    }

    /// Firefox with Manifest V3.
    pub fn firefox() -> Self {
        Self::new(["env_firefox", "env_mv3", "ext_ublock"])
    }

    /// An environment in which exactly these tokens (and `true`) hold.
    pub fn new<'a>(tokens: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            tokens: tokens.into_iter().map(str::to_owned).collect(),
        }
    }

    fn holds(&self, token: &str) -> bool {
        token == "true" || self.tokens.contains(token)
    }

    fn knows(&self, token: &str) -> bool {
        KNOWN.binary_search(&token).is_ok() || self.tokens.contains(token)
    }

    /// Evaluates a condition; also returns the tokens that are not known (they count as false).
    ///
    /// # Errors
    /// What is wrong with the condition.
    pub fn evaluate(&self, condition: &str) -> Result<(bool, Vec<String>), Reason> {
        if condition.len() > MAX_LENGTH {
            return Err(Reason::Condition("it is too long"));
        }
        let mut unknown = Vec::new();
        let mut values: Vec<bool> = Vec::new();
        let mut pending: Vec<Operator> = Vec::new();
        let mut expect_value = true;
        let mut rest = condition.trim_start();
        while let Some(first) = rest.chars().next() {
            let mut length = 1;
            match (first, expect_value) {
                ('!', true) => pending.push(Operator::Not),
                ('(', true) => {
                    if pending.len() > MAX_DEPTH {
                        return Err(Reason::NestedTooDeeply);
                    }
                    pending.push(Operator::Open);
                }
                (')', false) => loop {
                    match pending.pop() {
                        Some(Operator::Open) => {
                            negate(&mut values, &mut pending);
                            break;
                        }
                        Some(operator) => apply(&mut values, operator)?,
                        None => return Err(Reason::Condition("a bracket is not opened")),
                    }
                },
                ('&' | '|', false) if rest.starts_with("&&") || rest.starts_with("||") => {
                    length = 2;
                    let operator = if first == '&' {
                        Operator::And
                    } else {
                        Operator::Or
                    };
                    while pending
                        .last()
                        .is_some_and(|top| top.binds() >= operator.binds())
                    {
                        apply(&mut values, pending.pop().unwrap_or(operator))?;
                    }
                    pending.push(operator);
                    expect_value = true;
                }
                (c, true) if c.is_ascii_alphanumeric() || c == '_' => {
                    length = rest
                        .bytes()
                        .take_while(|b| b.is_ascii_alphanumeric() || *b == b'_')
                        .count();
                    let token = rest.get(..length).unwrap_or_default();
                    if !self.knows(token) {
                        unknown.push(token.to_owned());
                    }
                    values.push(self.holds(token));
                    negate(&mut values, &mut pending);
                    expect_value = false;
                }
                _ => return Err(Reason::Condition("something is where it cannot be")),
            }
            rest = rest.get(length..).unwrap_or_default().trim_start();
        }
        if expect_value {
            return Err(Reason::Condition("it is not finished"));
        }
        while let Some(operator) = pending.pop() {
            if operator == Operator::Open {
                return Err(Reason::Condition("a bracket is not closed"));
            }
            apply(&mut values, operator)?;
        }
        match values.as_slice() {
            [value] => Ok((*value, unknown)),
            _ => Err(Reason::Condition("it is not finished")),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Open,
    Not,
    And,
    Or,
}

impl Operator {
    const fn binds(self) -> u8 {
        match self {
            Self::Open => 0,
            Self::Or => 1,
            Self::And => 2,
            Self::Not => 3,
        }
    }
}

/// Applies the `!`s that stand directly before the value on top.
fn negate(values: &mut [bool], pending: &mut Vec<Operator>) {
    while pending.last() == Some(&Operator::Not) {
        pending.pop();
        if let Some(value) = values.last_mut() {
            *value = !*value;
        }
    }
}

fn apply(values: &mut Vec<bool>, operator: Operator) -> Result<(), Reason> {
    let (Some(right), Some(left)) = (values.pop(), values.last_mut()) else {
        return Err(Reason::Condition("it is not finished"));
    };
    match operator {
        Operator::And => *left &= right,
        Operator::Or => *left |= right,
        Operator::Open | Operator::Not => {
            return Err(Reason::Condition("something is where it cannot be"));
        }
    }
    Ok(())
}

/// Where a list is within an `!#if`.
#[derive(Debug)]
struct Branch {
    /// Whether the current branch holds, with everything around it.
    active: bool,
    /// Whether the other one would.
    other: bool,
    /// Whether this is the other one already.
    turned: bool,
}

/// The conditions that are open at a line of a list.
#[derive(Debug, Default)]
pub(super) struct Conditions {
    /// For each `!#if` that is open.
    open: Vec<Branch>,
    /// `!#if`s beyond the limit, which only need to be counted.
    beyond: usize,
}

impl Conditions {
    /// Whether lines here are in force.
    pub fn active(&self) -> bool {
        self.beyond == 0 && self.open.last().is_none_or(|branch| branch.active)
    }

    /// Whether an `!#if` is still open.
    pub fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// `!#if`: `value` is `None` when the condition cannot be understood; then neither branch is
    /// in force.
    pub fn open(&mut self, value: Option<bool>) -> Result<(), Reason> {
        if self.open.len() >= MAX_DEPTH {
            self.beyond += 1;
            return Err(Reason::NestedTooDeeply);
        }
        let around = self.active();
        self.open.push(Branch {
            active: around && value == Some(true),
            other: around && value == Some(false),
            turned: false,
        });
        Ok(())
    }

    /// `!#else`. Behind a second one nothing is in force.
    pub fn turn(&mut self) -> Result<(), Reason> {
        if self.beyond > 0 {
            return Ok(());
        }
        match self.open.last_mut() {
            Some(branch) => {
                let again = branch.turned;
                *branch = Branch {
                    active: branch.other,
                    other: false,
                    turned: true,
                };
                if again {
                    return Err(Reason::Unbalanced("a second “!#else” of one “!#if”"));
                }
                Ok(())
            }
            None => Err(Reason::Unbalanced("“!#else” without “!#if”")),
        }
    }

    /// `!#endif`.
    pub fn close(&mut self) -> Result<(), Reason> {
        if self.beyond > 0 {
            self.beyond -= 1;
            return Ok(());
        }
        match self.open.pop() {
            Some(_) => Ok(()),
            None => Err(Reason::Unbalanced("“!#endif” without “!#if”")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_tokens_are_sorted() {
        assert!(KNOWN.is_sorted());
    }

    #[test]
    fn conditions() {
        let chromium = Environment::chromium();
        for (text, expected) in [
            ("env_chromium", true),
            ("env_firefox", false),
            ("!env_firefox", true),
            ("!!env_chromium", true),
            ("env_firefox || env_chromium", true),
            ("env_firefox||env_chromium&&false", false),
            ("(env_firefox||env_chromium)&&!false", true),
            ("!(env_firefox || env_mobile)", true),
            ("!(env_chromium)", false),
            ("true && !(false || (env_mv3 && !ext_ublock))", true),
            ("false && false || true", true),
            ("true || false && false", true),
        ] {
            assert_eq!(chromium.evaluate(text), Ok((expected, vec![])), "{text}");
        }
        assert_eq!(
            chromium.evaluate("!env_toaster"),
            Ok((true, vec!["env_toaster".to_owned()]))
        );
    }

    #[test]
    fn broken_conditions() {
        let chromium = Environment::chromium();
        for text in [
            "",
            "!",
            "&& true",
            "true &&",
            "true false",
            "(true",
            "true)",
            "()",
            "true & true",
            "!()",
            "a-b",
            "true || || true",
        ] {
            assert!(chromium.evaluate(text).is_err(), "{text}");
        }
        assert_eq!(
            chromium.evaluate(&"(".repeat(2000)),
            Err(Reason::NestedTooDeeply)
        );
    }

    #[test]
    fn nesting() {
        let mut conditions = Conditions::default();
        assert!(conditions.active());
        conditions.open(Some(true)).expect("fine");
        conditions.open(Some(false)).expect("fine");
        assert!(!conditions.active());
        conditions.turn().expect("fine");
        assert!(conditions.active());
        conditions.close().expect("fine");
        conditions.turn().expect("fine");
        assert!(!conditions.active());
        conditions.open(Some(true)).expect("fine");
        assert!(!conditions.active());
        conditions.turn().expect("fine");
        assert!(!conditions.active());
        conditions.close().expect("fine");
        conditions.close().expect("fine");
        assert!(conditions.active());
        assert!(conditions.close().is_err());
        assert!(conditions.turn().is_err());
    }

    #[test]
    fn a_second_else_brings_nothing_back() {
        for value in [true, false] {
            let mut conditions = Conditions::default();
            conditions.open(Some(value)).expect("fine");
            conditions.turn().expect("fine");
            assert_eq!(conditions.active(), !value);
            assert!(conditions.turn().is_err());
            assert!(!conditions.active());
            assert!(conditions.turn().is_err());
            assert!(!conditions.active());
            conditions.close().expect("fine");
            assert!(conditions.active());
        }
    }

    #[test]
    fn too_deep_is_skipped_and_comes_back() {
        let mut conditions = Conditions::default();
        for _ in 0..MAX_DEPTH {
            conditions.open(Some(true)).expect("within the limit");
        }
        assert!(conditions.open(Some(true)).is_err());
        assert!(!conditions.active());
        conditions.close().expect("the one beyond");
        assert!(conditions.active());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(text in "[()!&| a-c_]{0,40}") {
            let _ = Environment::firefox().evaluate(&text);
        }
    }
}
