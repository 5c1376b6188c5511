//! Keeps a log from acting on the terminal that shows it.
//!
//! A terminal obeys control characters: they move its cursor, change its title, fill its clipboard,
//! or make it answer as if somebody had typed. A log contains what strangers sent to a server. So
//! [`Escape`] stands between a sink and the terminal, and shows such bytes as text, `\x1b`, as
//! journalctl does. Colours are harmless and wanted: SGR sequences pass, and end with their line.
//!
//! It is one state machine around the writer, and not a part of each sink, so that no sink can
//! forget it. A piece may begin in one block and end in the next. Until it is known what the piece
//! is, it waits in a buffer that is never larger than the longest sequence. Characters that change
//! the direction of writing for the text behind them act on the terminal as well, so they are
//! shown. With them a line of a log could move the name of its file, or show other words than it
//! has. Characters that only look like others are text, and pass.

use std::io;

use crate::line::turns_writing;

/// SGR sequences with longer parameters are shown as text. 64 bytes are room for three 24-bit
/// colours and more.
const SGR_PARAMETER_BYTES_MAX: usize = 64;

/// The most that can wait for its end: the longest sequence without its final byte.
const PENDING_BYTES_MAX: usize = b"\x1b[".len() + SGR_PARAMETER_BYTES_MAX;

/// Shorter stretches are collected into writes of about this size. Otherwise each stretch would
/// cost a system call.
const COLLECTED_BYTES_MAX: usize = 16 << 10;

/// The sequence that ends all colours.
const RESET: &[u8] = b"\x1b[m";

/// What happens to SGR sequences, which choose colours: `ESC [`, digits, `;` and `:`, and `m`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sgr {
    /// They pass. What they have set is reset at the end of each line.
    Pass,
    /// They are left out.
    Strip,
    /// They are shown as text, as all other sequences are.
    Show,
}

/// A writer that shows control characters as text and passes everything else on.
///
/// - LF and TAB pass, and CR directly before LF.
/// - Other bytes below 0x20, and 0x7f, become `\x00` to `\x1f`, and `\x7f`.
/// - The control characters U+0080 to U+009F become `\x80` to `\x9f`, and so do bytes with these
///   values that are not part of a UTF-8 character: some terminals obey them as well. Other bytes
///   that are not UTF-8 pass.
/// - The characters that change the direction of writing, U+202A to U+202E and U+2066 to U+2069,
///   become `\u202a` to `\u2069`.
/// - SGR sequences are treated as [`Sgr`] says.
///
/// The output does not depend on how the input is cut into writes. All bytes whose meaning is known
/// go to the inner writer at once. The start of a sequence or of a character waits for the rest,
/// even if the writer is flushed. After an error the bytes of that write are lost.
///
/// ```
/// use std::io::Write;
/// use logscan::sink::{Escape, Sgr};
///
/// let mut shown = Vec::new();
/// let mut escape = Escape::new(&mut shown, Sgr::Pass);
/// escape.write_all(b"\x1b]0;a new title\x07 and \x1b[31mred\n")?;
/// escape.finish()?;
/// drop(escape);
/// assert_eq!(shown, b"\\x1b]0;a new title\\x07 and \x1b[31mred\x1b[m\n");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct Escape<W: io::Write> {
    writer: W,
    sgr: Sgr,
    /// Whether the last SGR sequence set something that has not been reset since.
    is_colored: bool,
    /// The beginning of a piece whose end has not come yet.
    pending: Vec<u8>,
    /// The bytes that are written before the current write returns.
    collected: Vec<u8>,
}

/// Whether more bytes can follow those that are there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rest {
    MayCome,
    Ended,
}

/// What to do with the first bytes of the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece {
    /// This many bytes pass as they are.
    Plain(usize),
    /// This many bytes are the end of a line.
    LineEnd(usize),
    /// This many bytes are an SGR sequence.
    Sgr(usize),
    /// This many bytes stand for a control character, which is shown as text.
    Control(u8, usize),
    /// This many bytes are a character that changes the direction of writing. It is shown as text.
    Turn(char, usize),
    /// The bytes that follow decide.
    Unknown,
}

impl<W: io::Write> Escape<W> {
    /// Creates a writer in front of `writer`, which should not hold back what it gets.
    pub fn new(writer: W, sgr: Sgr) -> Escape<W> {
        Escape {
            writer,
            sgr,
            is_colored: false,
            pending: Vec::new(),
            collected: Vec::new(),
        }
    }

    /// Ends the output. The start of a sequence that is still incomplete is shown as text, and
    /// colours are reset.
    ///
    /// Dropping the writer does the same, but reports no errors.
    ///
    /// # Errors
    /// The errors of the inner writer.
    pub fn finish(&mut self) -> io::Result<()> {
        let pending = std::mem::take(&mut self.pending);
        let used = self.pass(&pending, Rest::Ended)?;
        debug_assert_eq!(used, pending.len(), "at the end nothing is unknown");
        if std::mem::take(&mut self.is_colored) {
            self.collect(RESET)?;
        }
        self.write_collected()?;
        self.writer.flush()
    }

    /// Takes all of `bytes`. Some of them may go into `pending`.
    fn take(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !self.pending.is_empty() {
            let Some((&byte, behind)) = bytes.split_first() else {
                return Ok(());
            };
            bytes = behind;
            let mut pending = std::mem::take(&mut self.pending);
            pending.push(byte);
            let used = self.pass(&pending, Rest::MayCome)?;
            pending.drain(..used);
            self.pending = pending;
        }
        let used = self.pass(bytes, Rest::MayCome)?;
        self.pending.extend_from_slice(&bytes[used..]);
        debug_assert!(self.pending.len() <= PENDING_BYTES_MAX);
        Ok(())
    }

    /// Passes on the bytes whose meaning is known, and returns how many these were.
    fn pass(&mut self, bytes: &[u8], rest: Rest) -> io::Result<usize> {
        let mut passed = 0;
        let mut at = 0;
        loop {
            at += plain_length(&bytes[at..]);
            let piece = match bytes.get(at) {
                Some(_) => first_piece(&bytes[at..], rest),
                None => Piece::Unknown,
            };
            let length = match piece {
                Piece::Unknown => {
                    self.collect(&bytes[passed..at])?;
                    return Ok(at);
                }
                Piece::Plain(length) => length,
                Piece::LineEnd(length) => {
                    if std::mem::take(&mut self.is_colored) {
                        self.collect(&bytes[passed..at])?;
                        self.collect(RESET)?;
                        passed = at;
                    }
                    length
                }
                Piece::Sgr(length) if self.sgr == Sgr::Pass => {
                    self.is_colored = !is_reset(&bytes[at..at + length]);
                    length
                }
                Piece::Sgr(length) if self.sgr == Sgr::Strip => {
                    self.collect(&bytes[passed..at])?;
                    passed = at + length;
                    length
                }
                Piece::Sgr(_) => {
                    self.show(&bytes[passed..at], &escaped(b'\x1b'))?;
                    passed = at + 1;
                    1
                }
                Piece::Control(control, length) => {
                    self.show(&bytes[passed..at], &escaped(control))?;
                    passed = at + length;
                    length
                }
                Piece::Turn(c, length) => {
                    self.show(
                        &bytes[passed..at],
                        format!("\\u{:04x}", u32::from(c)).as_bytes(),
                    )?;
                    passed = at + length;
                    length
                }
            };
            at += length;
        }
    }

    /// Passes on `before`, and then, as text, the character behind it that would act on the
    /// terminal.
    fn show(&mut self, before: &[u8], as_text: &[u8]) -> io::Result<()> {
        self.collect(before)?;
        self.collect(as_text)
    }

    /// Adds bytes to those that are written before the current write returns. Long stretches are
    /// not copied.
    fn collect(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.collected.len() + bytes.len() > COLLECTED_BYTES_MAX {
            self.write_collected()?;
        }
        if bytes.len() > COLLECTED_BYTES_MAX {
            return self.writer.write_all(bytes);
        }
        self.collected.extend_from_slice(bytes);
        Ok(())
    }

    fn write_collected(&mut self) -> io::Result<()> {
        // This holds also after an error: bytes that may have been written in part must not be
        // written again.
        let written = self.writer.write_all(&self.collected);
        self.collected.clear();
        written
    }
}

impl<W: io::Write> io::Write for Escape<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.take(bytes)?;
        self.write_collected()?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl<W: io::Write> Drop for Escape<W> {
    fn drop(&mut self) {
        // Callers that want to know the error call `finish`.
        let _ = self.finish();
    }
}

/// Returns how many bytes at the start need no closer look.
fn plain_length(bytes: &[u8]) -> usize {
    const STEP: usize = 16;
    // Without a branch in it the compiler turns the inner loop into a few vector instructions.
    let are_plain = |step: &&[u8]| step.iter().fold(true, |all, &byte| all & is_plain(byte));
    let steps = bytes.chunks_exact(STEP).take_while(are_plain).count();
    let rest = &bytes[steps * STEP..];
    let more = rest.iter().position(|&byte| !is_plain(byte));
    steps * STEP + more.unwrap_or(rest.len())
}

fn is_plain(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~')
}

/// Returns the piece that `bytes` begin with. There is at least one byte.
fn first_piece(bytes: &[u8], rest: Rest) -> Piece {
    let unknown_or = |piece| match rest {
        Rest::MayCome => Piece::Unknown,
        Rest::Ended => piece,
    };
    match bytes {
        [b'\n', ..] => Piece::LineEnd(1),
        [b'\r', b'\n', ..] => Piece::LineEnd(2),
        [b'\r'] => unknown_or(Piece::Control(b'\r', 1)),
        [b'\x1b', ..] => match sgr(bytes) {
            Piece::Unknown => unknown_or(Piece::Control(b'\x1b', 1)),
            piece => piece,
        },
        [0x80..=0xFF, ..] => match text(bytes) {
            Piece::Unknown => unknown_or(stray(bytes[0])),
            piece => piece,
        },
        &[byte, ..] if is_plain(byte) => Piece::Plain(1),
        &[byte, ..] => Piece::Control(byte, 1),
        [] => Piece::Unknown,
    }
}

/// Returns an SGR sequence, or the ESC of something else.
fn sgr(bytes: &[u8]) -> Piece {
    let Some(parameters) = bytes.strip_prefix(b"\x1b[") else {
        return match bytes.len() {
            1 => Piece::Unknown,
            _ => Piece::Control(b'\x1b', 1),
        };
    };
    let length = parameters
        .iter()
        .take(SGR_PARAMETER_BYTES_MAX)
        .take_while(|byte| matches!(byte, b'0'..=b'9' | b';' | b':'))
        .count();
    match parameters.get(length) {
        Some(b'm') => Piece::Sgr(b"\x1b[".len() + length + b"m".len()),
        Some(_) => Piece::Control(b'\x1b', 1),
        None => Piece::Unknown,
    }
}

/// Returns text that begins outside of ASCII, or a byte outside of ASCII that is not part of a
/// character.
fn text(bytes: &[u8]) -> Piece {
    // Several characters are looked at at once: Cyrillic text takes a third of the time that it
    // takes one by one.
    const STEP: usize = 64;
    let start = &bytes[..bytes.len().min(STEP)];
    let valid = match str::from_utf8(start) {
        Ok(valid) => valid,
        Err(error) if error.valid_up_to() > 0 => {
            str::from_utf8(&start[..error.valid_up_to()]).expect("it is valid up to there")
        }
        Err(error) => match error.error_len() {
            None => return Piece::Unknown,
            Some(_) => return stray(start[0]),
        },
    };
    if let [0xC2, second @ 0x80..=0x9F, ..] = *valid.as_bytes() {
        return Piece::Control(second, 2);
    }
    if let Some(first) = valid.chars().next().filter(|&c| turns_writing(c)) {
        return Piece::Turn(first, first.len_utf8());
    }
    let needs_a_look = |c: char| c.is_control() && c != '\t' || turns_writing(c);
    Piece::Plain(valid.find(needs_a_look).unwrap_or(valid.len()))
}

/// Returns the piece for a byte outside of ASCII that is not part of a character.
fn stray(byte: u8) -> Piece {
    match byte {
        0x80..=0x9F => Piece::Control(byte, 1),
        _ => Piece::Plain(1),
    }
}

/// Returns whether an SGR sequence ends what others began: `ESC [ m`, `ESC [ 0 m`. One reset too
/// many does no harm, so this need not find a 0 among other parameters.
fn is_reset(sequence: &[u8]) -> bool {
    let parameters = &sequence[b"\x1b[".len()..sequence.len() - b"m".len()];
    parameters.iter().all(|byte| matches!(byte, b'0' | b';'))
}

/// Returns a control character as text.
fn escaped(control: u8) -> [u8; 4] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| DIGITS[usize::from(value)];
    [b'\\', b'x', digit(control >> 4), digit(control & 0xF)]
}

#[cfg(test)]
mod tests;
