//! The contents of the logs. Each line says its generation and its number, so no two lines are
//! alike.

use std::io::Write;

/// The length of the part of a line that names it: `g0001 n0000002`.
const NAME_BYTES: usize = 14;

/// Writes one line of one generation, with its line end.
fn write_line(to: &mut Vec<u8>, generation: u32, number: u32) {
    let random = mixed(u64::from(generation) << 32 | u64::from(number));
    let name = Name { generation, number };
    let level = match random % 8 {
        0 | 1 => "ERROR",
        2 => "WARN",
        _ => "INFO",
    };
    let letter = char::from(b'a' + u8::try_from((random >> 8) % 26).unwrap_or(0));
    let length = match (random >> 16) % 400 {
        // Some lines reach over several pages.
        0 => 2000 + (random >> 32) % 7000,
        _ => (random >> 32) % 90,
    };
    let written = match (random >> 24) % 512 {
        // `triage` knows this form.
        0 => writeln!(to, "x.c:{number}:1: error: {name} it is broken"),
        _ => {
            let padding = letter.to_string();
            let padding = padding.repeat(usize::try_from(length).unwrap_or(0));
            writeln!(to, "{name} {level} {padding}")
        }
    };
    written.expect("writing to memory");
}

/// Mixes the bits of a number.
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

/// The name of a line: its generation and its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Name {
    pub(crate) generation: u32,
    pub(crate) number: u32,
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "g{:04} n{:07}", self.generation, self.number)
    }
}

impl Name {
    /// Returns the name in a line, or in the beginning of one.
    pub(crate) fn of(text: &[u8]) -> Option<Name> {
        let start = match text.first() {
            Some(b'g') => 0,
            _ => memchr::memmem::find(text, b": g")? + 2,
        };
        let name = text.get(start..start + NAME_BYTES)?;
        let (generation, number) = std::str::from_utf8(name).ok()?.split_once(' ')?;
        Some(Name {
            generation: generation.strip_prefix('g')?.parse().ok()?,
            number: number.strip_prefix('n')?.parse().ok()?,
        })
    }
}

/// One generation of a log that is being written.
#[derive(Clone, Debug)]
pub(crate) struct Writer {
    pub(crate) generation: u32,
    next: u32,
}

impl Writer {
    pub(crate) fn new(generation: u32) -> Writer {
        Writer {
            generation,
            next: 0,
        }
    }

    /// Returns the next lines: as many as are needed for this many bytes.
    pub(crate) fn lines(&mut self, bytes: usize) -> Vec<u8> {
        let mut lines = Vec::with_capacity(bytes + 100);
        while lines.len() < bytes {
            write_line(&mut lines, self.generation, self.next);
            self.next += 1;
        }
        lines
    }
}
