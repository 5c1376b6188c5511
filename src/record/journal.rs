//! The export format of journald, as `journalctl -o export` prints it: a field on each line, and a
//! blank line behind each entry. Every entry begins with its cursor, which says when it was written.
//! See <https://systemd.io/JOURNAL_EXPORT_FORMATS/>.

use super::{Level, Moment};

const CURSOR: &[u8] = b"__CURSOR=";

/// Whether the first line of a log begins an entry.
pub(crate) fn is_export<'l>(mut lines: impl Iterator<Item = &'l [u8]>) -> bool {
    lines.next().is_some_and(begins_entry)
}

/// Whether `line` begins an entry.
#[inline]
pub(crate) fn begins_entry(line: &[u8]) -> bool {
    line.starts_with(CURSOR)
}

/// Where the cursor in `line` says when its entry was written.
pub(super) fn time_at(line: &[u8]) -> Option<usize> {
    let fields = line.strip_prefix(CURSOR)?;
    let at = memchr::memmem::find(fields, b";t=")?;
    Some(CURSOR.len() + at + b";t=".len())
}

/// Reads that time, which is microseconds since 1970 in hexadecimal digits, and the index behind it.
pub(super) fn time(line: &[u8], at: usize) -> Option<(Moment, usize)> {
    let digits = line[at..]
        .iter()
        .take_while(|byte| byte.is_ascii_hexdigit());
    let end = at + digits.count();
    let text = str::from_utf8(&line[at..end]).ok()?;
    let microseconds = i64::from_str_radix(text, 16).ok()?;
    Some((Moment::from_ns(microseconds.checked_mul(1000)?), end))
}

/// What an entry says: found while its lines go by, one after the other.
///
/// ```text
/// __CURSOR=s=9f2;i=1;b=7c1;m=3a0;t=660b5b066d458;x=1f
/// PRIORITY=3                                            level: error
/// MESSAGE=disk full                                     message
/// ```
#[derive(Clone, Debug, Default)]
pub(crate) struct EntryReader {
    level: Option<Level>,
    /// How many bytes of the length of a message the next line begins with. They are any bytes, so
    /// that a line may end among them.
    length_bytes: Option<usize>,
}

impl EntryReader {
    /// Reads the next line, and returns the message if it begins there. A message of several lines
    /// goes on below it.
    pub(crate) fn message<'l>(&mut self, line: &'l [u8]) -> Option<&'l [u8]> {
        if let Some(bytes) = self.length_bytes.take() {
            let message = line.get(bytes..);
            if message.is_none() {
                self.length_bytes = Some(bytes - line.len() - 1);
            }
            return message;
        }
        if begins_entry(line) {
            *self = EntryReader::default();
        } else if let Some(priority) = line.strip_prefix(b"PRIORITY=") {
            let priority = str::from_utf8(priority)
                .ok()
                .and_then(|text| text.parse().ok());
            self.level = priority.and_then(Level::of_severity);
        } else if line == b"MESSAGE" {
            self.length_bytes = Some(LENGTH_BYTES);
        }
        line.strip_prefix(b"MESSAGE=")
    }

    /// The level of the entry, after its last line.
    pub(crate) fn level(&self) -> Option<Level> {
        self.level
    }
}

/// The length of a message with several lines stands before it, in so many bytes.
const LENGTH_BYTES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_has_a_time_a_level_and_a_message() {
        let cursor = b"__CURSOR=s=9f2;i=1;b=7c1;m=3a0;t=660b5b066d458;x=1f";
        let at = time_at(cursor).unwrap();
        let (moment, end) = time(cursor, at).unwrap();
        assert_eq!(moment.to_string(), "2026-11-20T14:02:05.140056000Z");
        assert_eq!(&cursor[end..], b";x=1f");
        let mut reader = EntryReader::default();
        let lines: [&[u8]; 6] = [
            cursor,
            b"MESSAGE=disk full",
            b"PRIORITY=3",
            b"",
            b"__CURSOR=s=9f2;i=2",
            b"MESSAGE",
        ];
        let messages: Vec<Option<&[u8]>> = lines.iter().map(|line| reader.message(line)).collect();
        let only = &b"disk full"[..];
        assert_eq!(messages, [None, Some(only), None, None, None, None]);
        assert_eq!(reader.level(), None);
        assert_eq!(reader.message(b"\x09\0\0\0\0\0\0\0two"), Some(&b"two"[..]));
        assert_eq!(reader.message(b"PRIORITY=6"), None);
        assert_eq!(reader.level(), Some(Level::Info));
    }

    #[test]
    fn the_length_of_a_message_may_hold_line_ends() {
        for length in [9_u64, 10, 0x0a28, 0x0a0a, 0x0a00_0000_0000_0000] {
            let entry = [b"MESSAGE\n", &length.to_le_bytes()[..], b"two\nlines"].concat();
            let mut reader = EntryReader::default();
            let lines = entry.split(|&byte| byte == b'\n');
            let messages: Vec<&[u8]> = lines.filter_map(|line| reader.message(line)).collect();
            assert_eq!(messages, [b"two"], "{length:x}");
        }
    }

    #[test]
    fn a_cursor_without_a_time_has_none() {
        for line in [
            "__CURSOR=",
            "__CURSOR=;t=",
            "__CURSOR=a;t=zz",
            "CURSOR=;t=66",
        ] {
            let line = line.as_bytes();
            let time = time_at(line).and_then(|at| time(line, at));
            assert_eq!(time, None);
        }
    }
}
