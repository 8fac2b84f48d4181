//! What a list says about itself in its first comments: `! Title: …`, `# Expires: 4 days`.

/// What a list says about itself; empty where it says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Metadata {
    /// `Title`.
    pub title: String,
    /// `Version`.
    pub version: String,
    /// `Homepage` (or `Project home page`).
    pub homepage: String,
    /// `Licence` or `License`.
    pub licence: String,
    /// `Last modified` (or `TimeUpdated`), as written.
    pub last_modified: String,
    /// `Diff-Path`: where a difference to the next version is.
    pub diff_path: String,
    /// `Expires`, in hours.
    pub expires_hours: Option<u32>,
    /// `Diff-Expires`, in hours.
    pub diff_expires_hours: Option<u32>,
}

/// How many lines from its beginning a list may speak of itself.
pub(super) const HEADER_LINES: u32 = 200;
/// Longest value that is kept, in characters.
const MAX_VALUE: usize = 300;
/// Longest wait that `Expires` can ask for.
const MAX_HOURS: u32 = 24 * 365;

impl Metadata {
    /// Takes in one comment, without its comment sign. The first of several values counts.
    pub(super) fn comment(&mut self, text: &str) {
        let Some((key, value)) = text.split_once(':') else {
            return;
        };
        if key.len() > 40 {
            return;
        }
        let key = key.trim().to_ascii_lowercase();
        let value = value.trim();
        let slot = match key.as_str() {
            "title" => &mut self.title,
            "version" => &mut self.version,
            "homepage" | "project home page" => &mut self.homepage,
            "licence" | "license" => &mut self.licence,
            "last modified" | "timeupdated" => &mut self.last_modified,
            "diff-path" => &mut self.diff_path,
            "expires" => {
                self.expires_hours = self.expires_hours.or_else(|| hours(value));
                return;
            }
            "diff-expires" => {
                self.diff_expires_hours = self.diff_expires_hours.or_else(|| hours(value));
                return;
            }
            _ => return,
        };
        if slot.is_empty() {
            *slot = value
                .chars()
                .filter(|c| !c.is_control())
                .take(MAX_VALUE)
                .collect();
        }
    }
}

/// `4 days (update frequency)`, `12 hours`, `1 week`, `5d`, `6h`; a bare number means days.
fn hours(value: &str) -> Option<u32> {
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let number: u32 = value.get(..digits)?.parse().ok()?;
    let unit = value.get(digits..)?.trim_start().to_ascii_lowercase();
    let factor = match unit.chars().next() {
        Some('h') => 1,
        None | Some('d' | '(') => 24,
        Some('w') => 24 * 7,
        _ => return None,
    };
    let hours = number.checked_mul(factor)?;
    (1..=MAX_HOURS).contains(&hours).then_some(hours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lists_say() {
        let mut metadata = Metadata::default();
        for line in [
            " Title: NoCoin Filter List",
            "Title: another",
            " Expires: 7 days (update frequency)",
            " License: https://mit-license.org/",
            "Diff-Path: ../patches/x.patch",
            " see: https://example.com",
            "no colon",
        ] {
            metadata.comment(line);
        }
        assert_eq!(metadata.title, "NoCoin Filter List");
        assert_eq!(metadata.expires_hours, Some(168));
        assert_eq!(metadata.licence, "https://mit-license.org/");
        assert_eq!(metadata.diff_path, "../patches/x.patch");
    }

    #[test]
    fn spans_of_time() {
        for (text, expected) in [
            ("12 hours", Some(12)),
            ("5d", Some(120)),
            ("1 week", Some(168)),
            ("1", Some(24)),
            ("2 (days)", Some(48)),
            ("Never", None),
            ("0 days", None),
            ("99999999999 days", None),
            ("9999 days", None),
            ("3 moons", None),
            ("", None),
        ] {
            assert_eq!(hours(text), expected, "{text}");
        }
    }
}
