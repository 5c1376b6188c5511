//! The standard output, for a console and for other targets. A console shows colours when it is
//! asked to, and takes text only.

use std::io::{self, Write};

use anstream::AutoStream;
use windows_sys::Win32::{
    Storage::FileSystem::{FILE_TYPE_PIPE, GetFileType},
    System::Console::{
        ENABLE_VIRTUAL_TERMINAL_PROCESSING, GetConsoleMode, GetStdHandle, STD_OUTPUT_HANDLE,
        SetConsoleMode,
    },
};

/// What stands in for bytes that are no text.
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// Returns the standard output. The caller knows that it is a console. From Windows 10 on escape
/// sequences are switched on. For older consoles anstream turns colours into calls and drops other
/// sequences. std refuses to write bytes to a console that are not UTF-8, so they are replaced, as
/// every terminal does in its own way.
pub fn terminal_stdout() -> ConsoleText<AutoStream<io::Stdout>> {
    let inner = match takes_escape_sequences() {
        true => AutoStream::always_ansi(io::stdout()),
        false => AutoStream::always(io::stdout()),
    };
    ConsoleText {
        inner,
        begun: Vec::new(),
    }
}

/// Returns whether the standard output leads to another program: it is a pipe. The pipes of
/// terminals without a console count too.
pub fn stdout_is_pipe() -> bool {
    // SAFETY: it has no preconditions.
    let handle = unsafe { GetStdHandle(STD_OUTPUT_HANDLE) };
    // SAFETY: it only asks, and fails if the handle is none.
    unsafe { GetFileType(handle) == FILE_TYPE_PIPE }
}

/// Returns the standard output as it is. The caller knows that it is no console.
pub fn wide_stdout() -> io::Stdout {
    io::stdout()
}

/// Switches escape sequences on, and returns whether that was possible. anstream asks the same of
/// the standard error as well, and gives up if that is a file.
fn takes_escape_sequences() -> bool {
    // SAFETY: it has no preconditions.
    let handle = unsafe { GetStdHandle(STD_OUTPUT_HANDLE) };
    let mut mode = 0;
    // SAFETY: `mode` is valid for the write. If the handle is none of a console, it fails.
    if unsafe { GetConsoleMode(handle, &raw mut mode) } == 0 {
        return false;
    }
    // SAFETY: the handle is that of a console. An old one refuses.
    unsafe { SetConsoleMode(handle, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING) != 0 }
}

/// A writer that passes on text only.
#[derive(Debug)]
pub struct ConsoleText<W> {
    inner: W,
    /// The beginning of a character, at most three bytes. The rest may come with the next write.
    begun: Vec<u8>,
}

impl<W: Write> Write for ConsoleText<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut joined = std::mem::take(&mut self.begun);
        let mut rest: &[u8] = match joined.is_empty() {
            true => bytes,
            false => {
                joined.extend_from_slice(bytes);
                &joined
            }
        };
        while let Err(error) = std::str::from_utf8(rest) {
            let (text, other) = rest.split_at(error.valid_up_to());
            self.inner.write_all(text)?;
            let Some(wrong) = error.error_len() else {
                self.begun = other.to_vec();
                return Ok(bytes.len());
            };
            self.inner.write_all(REPLACEMENT)?;
            rest = &other[wrong..];
        }
        self.inner.write_all(rest)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_replaced_wherever_writes_are_cut() {
        let bytes = b"a\xc3\xa9\xff\xe2\x82x\xf0\x9f\x98\x80\x80 end\n";
        for first in 0..bytes.len() {
            for second in first..bytes.len() {
                let mut text = ConsoleText {
                    inner: Vec::new(),
                    begun: Vec::new(),
                };
                for part in [&bytes[..first], &bytes[first..second], &bytes[second..]] {
                    text.write_all(part).unwrap();
                }
                assert_eq!(text.inner, String::from_utf8_lossy(bytes).as_bytes());
            }
        }
    }
}
