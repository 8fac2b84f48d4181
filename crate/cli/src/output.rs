//! Standard output and colour. A reader that went away (`nomine … | head`) is no error.

use std::io::{self, IsTerminal as _, Write};

/// Why a command could not do what it was asked; becomes the message and exit code 2.
#[derive(Debug)]
pub struct Failure(pub String);

impl Failure {
    /// A failure about a named thing: `path: what went wrong`.
    pub fn about(subject: impl std::fmt::Display, error: impl std::fmt::Display) -> Self {
        Self(format!("{subject}: {error}"))
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self(plain(&error))
    }
}

/// What a command ends with, in the words of the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing found: 0.
    Clean,
    /// Something found: 1.
    Found,
    /// Something could not be done: 2.
    Error,
}

impl Ending {
    /// The exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Found => 1,
            Self::Error => 2,
        }
    }
}

/// Where a command's answer goes.
pub struct Out {
    sink: Box<dyn Write + Send>,
    colour: bool,
    closed: bool,
}

impl Out {
    /// Standard output, buffered; coloured on a terminal unless `NO_COLOR` is set.
    pub fn stdout() -> Self {
        let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self {
            colour: io::stdout().is_terminal() && !no_colour,
            sink: Box::new(io::BufWriter::new(io::stdout())),
            closed: false,
        }
    }

    /// A file, or standard output without one.
    pub fn file_or_stdout(path: Option<&std::path::Path>) -> Result<Self, Failure> {
        let Some(path) = path else {
            return Ok(Self::stdout());
        };
        let file = std::fs::File::create(path)
            .map_err(|error| Failure::about(path.display(), plain(&error)))?;
        Ok(Self {
            sink: Box::new(io::BufWriter::new(file)),
            colour: false,
            closed: false,
        })
    }

    /// Writes a line.
    pub fn line(&mut self, text: impl std::fmt::Display) -> Result<(), Failure> {
        let written = if self.closed {
            Ok(())
        } else {
            writeln!(self.sink, "{text}")
        };
        self.tolerate(written)
    }

    /// Writes a value as one line of JSON.
    pub fn json(&mut self, value: &impl serde::Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string(value).map_err(|error| Failure(error.to_string()))?;
        self.line(text)
    }

    /// Hands everything on to the reader.
    pub fn flush(&mut self) -> Result<(), Failure> {
        let flushed = if self.closed {
            Ok(())
        } else {
            self.sink.flush()
        };
        self.tolerate(flushed)
    }

    /// The text in a colour (an SGR code), where colours are wanted.
    pub fn paint(&self, code: &str, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[{code}m{text}\u{1b}[0m")
        } else {
            text.to_owned()
        }
    }

    fn tolerate(&mut self, result: io::Result<()>) -> Result<(), Failure> {
        match result {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            other => Ok(other?),
        }
    }
}

/// Says something beside the answer, on standard error.
pub fn note(text: &str) {
    // It may be closed; there is nobody left to tell then.
    let _ = writeln!(io::stderr(), "nomine: {text}");
}

/// An I/O error without the operating system's number.
pub fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "not allowed".to_owned(),
        _ => {
            let text = error.to_string();
            match text.rsplit_once(" (os error ") {
                Some((words, _)) => words.to_owned(),
                None => text,
            }
        }
    }
}

/// Control characters made visible, so that a name cannot drive the terminal.
pub fn visible(text: &str) -> String {
    text.chars()
        .map(|character| {
            if character.is_control() {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_words() {
        for (number, words) in [(2, "no such file or folder"), (13, "not allowed")] {
            assert_eq!(plain(&io::Error::from_raw_os_error(number)), words);
        }
        assert!(!plain(&io::Error::from_raw_os_error(28)).contains("os error"));
    }
}
