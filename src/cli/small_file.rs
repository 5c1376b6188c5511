//! Reads whole files: those with flags and with rules. Each has a limit, so that a name that leads
//! to something else does not fill memory.

use std::{
    fs,
    io::{self, Read},
    path::Path,
};

/// Returns the bytes of a file that has at most `bytes_max` of them.
pub(crate) fn read(path: &Path, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let length = fs::File::open(path)?
        .take(bytes_max + 1)
        .read_to_end(&mut bytes)?;
    if length as u64 > bytes_max {
        return Err(io::Error::other(format!(
            "it has more than {bytes_max} bytes"
        )));
    }
    Ok(bytes)
}
