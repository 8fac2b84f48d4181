//! What a long command is doing, for whoever waits for it at a terminal.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// The steps of a command, on standard error where that is a terminal; gone when dropped.
pub struct Steps(ProgressBar);

impl Steps {
    /// Nothing done yet of so many steps.
    pub fn new(count: usize) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new(count as u64);
        let style = ProgressStyle::with_template("{spinner} {pos}/{len} {wide_msg} {elapsed:>5}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        // One step can take long: the spinner and the time go on.
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    /// Begins the next step.
    pub fn next(&self, what: impl std::fmt::Display) {
        self.0.inc(1);
        self.0.set_message(what.to_string());
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
