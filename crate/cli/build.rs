//! Gathers the bundled lists and signatures, so that the command works without any file beside it.

use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../blocklists");
    let mut code = String::new();
    for (name, folder, extension) in [
        ("LISTS", root.clone(), "txt"),
        ("SIGNATURES", root.join("signatures"), "toml"),
    ] {
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut files = Vec::new();
        if folder.is_dir() {
            for entry in fs::read_dir(&folder)? {
                let path = entry?.path();
                if path.extension().is_some_and(|found| found == extension) {
                    println!("cargo::rerun-if-changed={}", path.display());
                    files.push(path);
                }
            }
        }
        files.sort();
        let _ = writeln!(
            code,
            "/// The bundled {}: file name and text.",
            name.to_lowercase()
        );
        let _ = writeln!(code, "pub const {name}: &[(&str, &str)] = &[");
        for path in files {
            let file = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let _ = writeln!(
                code,
                "    ({file:?}, include_str!({:?})),",
                path.display().to_string()
            );
        }
        code.push_str("];\n");
    }
    let out = env::var_os("OUT_DIR").ok_or_else(|| io::Error::other("OUT_DIR is not set"))?;
    fs::write(Path::new(&out).join("bundled.rs"), code)
}
