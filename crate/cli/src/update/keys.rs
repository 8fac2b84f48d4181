//! `nomine keygen` and `nomine sign`: keys and signatures in minisign's format.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};

use minisign::{KeyPair, PublicKey, SecretKey, SecretKeyBox};
use serde::Serialize;

use super::{Key, Keygen, Sign};
use crate::output::{Ending, Failure, Out, plain};

#[derive(Serialize)]
struct Made {
    secret_key: PathBuf,
    public_key: PathBuf,
    key: String,
}

/// Makes a pair of keys; never overwrites one.
pub fn generate(options: &Keygen) -> Result<Ending, Failure> {
    let made = Made {
        secret_key: with(&options.name, "key"),
        public_key: with(&options.name, "pub"),
        key: String::new(),
    };
    for path in [&made.secret_key, &made.public_key] {
        if path.exists() {
            return Err(Failure::about(
                path.display(),
                "is there already and is not overwritten",
            ));
        }
    }
    let pair = if options.no_password {
        KeyPair::generate_unencrypted_keypair()
    } else {
        KeyPair::generate_encrypted_keypair(password(options.password_file.as_deref())?)
    }
    .map_err(|error| Failure(error.to_string()))?;
    let secret = pair
        .sk
        .to_box(Some("nomine secret key"))
        .map_err(|error| Failure(error.to_string()))?;
    let public = pair
        .pk
        .to_box()
        .map_err(|error| Failure(error.to_string()))?;
    write_secret(&made.secret_key, &secret.into_string())?;
    std::fs::write(&made.public_key, public.into_string())
        .map_err(|error| Failure::about(made.public_key.display(), plain(&error)))?;
    let made = Made {
        key: pair.pk.to_base64(),
        ..made
    };
    let mut out = Out::stdout();
    if options.json {
        out.json(&made)?;
    } else {
        out.line(format_args!("secret key  {}", made.secret_key.display()))?;
        out.line(format_args!("public key  {}", made.public_key.display()))?;
        out.line(&made.key)?;
    }
    out.flush()?;
    Ok(Ending::Clean)
}

/// Signs a file; the signature goes beside it.
pub fn sign(options: &Sign) -> Result<Ending, Failure> {
    let bytes = std::fs::read(&options.file)
        .map_err(|error| Failure::about(options.file.display(), plain(&error)))?;
    let signature = signature(&bytes, &open(&options.key)?, options.comment.as_deref())?;
    let path = with(&options.file, "minisig");
    std::fs::write(&path, signature)
        .map_err(|error| Failure::about(path.display(), plain(&error)))?;
    let mut out = Out::stdout();
    if options.json {
        out.json(&serde_json::json!({ "signature": path }))?;
    } else {
        out.line(path.display())?;
    }
    out.flush()?;
    Ok(Ending::Clean)
}

/// The text of a signature over these bytes.
pub fn signature(bytes: &[u8], key: &SecretKey, comment: Option<&str>) -> Result<String, Failure> {
    let public = PublicKey::from_secret_key(key).map_err(|error| Failure(error.to_string()))?;
    minisign::sign(
        Some(&public),
        key,
        Cursor::new(bytes),
        comment,
        Some("signature from nomine"),
    )
    .map(minisign::SignatureBox::into_string)
    .map_err(|error| Failure(error.to_string()))
}

/// The secret key that is named.
pub fn open(key: &Key) -> Result<SecretKey, Failure> {
    let about = |error: &dyn std::fmt::Display| Failure::about(key.key.display(), error);
    let text = std::fs::read_to_string(&key.key).map_err(|error| about(&plain(&error)))?;
    let boxed = |()| SecretKeyBox::from_string(&text).map_err(|error| about(&error));
    if let Ok(key) = SecretKey::from_unencrypted_box(boxed(())?) {
        return Ok(key);
    }
    let password = password(key.password_file.as_deref())?;
    SecretKey::from_box(boxed(())?, password).map_err(|error| about(&error))
}

/// The public key of a secret one.
pub fn public_of(key: &SecretKey) -> Result<String, Failure> {
    PublicKey::from_secret_key(key)
        .map(|key| key.to_base64())
        .map_err(|error| Failure(error.to_string()))
}

/// A public key given as such or by the name of its file.
pub fn public(given: &str) -> Result<String, Failure> {
    if Path::new(given).is_file() {
        return std::fs::read_to_string(given)
            .map_err(|error| Failure::about(given, plain(&error)));
    }
    PublicKey::from_base64(given.trim())
        .map_err(|_| Failure::about(given, "neither a public key nor the file of one"))?;
    Ok(given.to_owned())
}

/// The first line of the file; without one, minisign asks on the terminal.
fn password(file: Option<&Path>) -> Result<Option<String>, Failure> {
    let Some(path) = file else { return Ok(None) };
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::about(path.display(), plain(&error)))?;
    Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
}

/// The path with an ending more.
fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(ending);
    PathBuf::from(name)
}

/// Readable only by its owner, where the system knows owners.
fn write_secret(path: &Path, text: &str) -> Result<(), Failure> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| Failure::about(path.display(), plain(&error)))
}
