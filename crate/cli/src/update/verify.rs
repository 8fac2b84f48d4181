//! `nomine verify`: whether a bundle, or a file with a signature beside it, can be trusted.

use nomine_engine::update::bundle::{self, BundleError, Circumstances, Files};
use nomine_engine::update::key;

use super::{Verify, keys};
use crate::output::{Ending, Failure, Out, plain, visible};

/// Runs the command: 0 good, 1 not good, 2 an error.
pub fn run(options: &Verify) -> Result<Ending, Failure> {
    let trusted: Vec<String> = options
        .key
        .iter()
        .map(|key| keys::public(key))
        .collect::<Result<_, _>>()?;
    let bytes = std::fs::read(&options.file)
        .map_err(|error| Failure::about(options.file.display(), plain(&error)))?;
    let found = match bundle::parts(&bytes) {
        Err(BundleError::NotABundle) => detached(options, &bytes, &trusted)?,
        _ => opened(options, &bytes, &trusted)?,
    };
    let mut out = Out::stdout();
    let good = found.get("good").is_some_and(|good| good == true);
    if options.json {
        out.json(&found)?;
    } else {
        let says = |field: &str| {
            found
                .get(field)
                .map(|value| value.as_str().map_or_else(|| value.to_string(), visible))
        };
        if let Some(reason) = says("reason") {
            out.line(format_args!("not good: {reason}"))?;
        } else if let Some(version) = says("version") {
            out.line(format_args!("good: version {version}"))?;
        } else {
            out.line(format_args!(
                "good: {}",
                says("comment").unwrap_or_default()
            ))?;
        }
    }
    out.flush()?;
    Ok(if good { Ending::Clean } else { Ending::Found })
}

fn opened(
    options: &Verify,
    bytes: &[u8],
    trusted: &[String],
) -> Result<serde_json::Value, Failure> {
    let base: Option<(u64, Files)> = match &options.base {
        None => None,
        Some(path) => {
            let bytes = std::fs::read(path)
                .map_err(|error| Failure::about(path.display(), plain(&error)))?;
            let opened = bundle::open(&bytes, trusted, Circumstances::default())
                .map_err(|error| Failure::about(path.display(), error))?;
            Some((opened.head.version, opened.files))
        }
    };
    let here = Circumstances {
        now: Some(super::bundle::now()?),
        newest: options.newer_than,
        base: base.as_ref().map(|(version, files)| (*version, files)),
    };
    Ok(match bundle::open(bytes, trusted, here) {
        Ok(opened) => serde_json::json!({
            "good": true,
            "version": opened.head.version,
            "created": opened.head.created,
            "expires": opened.head.expires,
            "base": opened.head.base,
            "key": opened.key,
            "files": opened.files.keys().collect::<Vec<_>>(),
        }),
        Err(error) => serde_json::json!({ "good": false, "reason": error.to_string() }),
    })
}

fn detached(
    options: &Verify,
    bytes: &[u8],
    trusted: &[String],
) -> Result<serde_json::Value, Failure> {
    let path = format!("{}.minisig", options.file.display());
    let signature =
        std::fs::read_to_string(&path).map_err(|error| Failure::about(&path, plain(&error)))?;
    Ok(match key::verify(bytes, &signature, trusted) {
        Ok((key, comment)) => {
            serde_json::json!({ "good": true, "key": key, "comment": comment })
        }
        Err(error) => serde_json::json!({ "good": false, "reason": error.to_string() }),
    })
}
