//! Compiles `shim.c`.

use std::{path::Path, process::Command};

/// Makes the library, or says why there is none.
pub(crate) fn compile(library: &Path) -> Result<(), String> {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/faults/shim.c");
    let output = Command::new("cc")
        .args(["-Wall", "-O1", "-shared", "-fPIC", "-o"])
        .args([library, &source])
        .output()
        .map_err(|error| format!("cc: {error}"))?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!(
            "cannot compile {}: {}",
            source.display(),
            String::from_utf8_lossy(&output.stderr)
        )),
    }
}
