//! Tells which files in a folder are no logs, by their first bytes and never by their names.
//!
//! A search in `/var/log` is not meant for the journals, the records of logins and the databases
//! that lie there: their bytes hold no lines. These files are left out and counted by kind, so that
//! one note can say so. A file that is named by itself is searched, whatever it is.
//!
//! | kind | first bytes | where that is written |
//! |---|---|---|
//! | systemd journal | `LPKSHHRH` | systemd.io/JOURNAL_FILE_FORMAT, "Header" |
//! | record of logins (wtmp, btmp, utmp) | a record of 384 bytes that makes sense | utmp(5), struct utmp of glibc |
//! | program | ELF `7f 45 4c 46`; PE `MZ`, then `PE 00 00` where byte 60 says; Mach-O `fe ed fa ce`, `.. cf`, both byte orders; `ca fe ba be`, a Java class or several Mach-O; WebAssembly `00 61 73 6d` | elf(5); PE Format of Microsoft; mach-o/loader.h; JVM specification, 4.1; WebAssembly, 5.5.16 |
//! | image | PNG `89 50 4e 47 0d 0a 1a 0a`, JPEG `ff d8 ff`, `GIF87a`, `GIF89a`, WebP `RIFF....WEBP` | their specifications |
//! | PDF document | `%PDF-` | ISO 32000, 7.5.2 |
//! | database | `SQLite format 3\0`; Berkeley DB at 12 `62 31 05 00` or `61 15 06 00`; GNU dbm `cd..cf 9a 57 13` | sqlite.org/fileformat.html; db_page.h; gdbmconst.h |
//! | archive | zip `PK 03 04`, `05 06`, `07 08`; 7z `37 7a bc af 27 1c`; tar | see `format.rs` |
//!
//! Compressed files are not in the table: they are logs for those who wrote them.

use super::format::{Format, is_tar};

/// The kind of a file whose bytes hold no lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NoLog {
    /// A journal of systemd.
    Journal,
    /// Records of who logged in, and when: wtmp, btmp, utmp.
    Logins,
    /// A program or a library, for any system.
    Program,
    /// A picture.
    Image,
    /// A PDF document.
    Pdf,
    /// A database in one file.
    Database,
    /// Several files in one.
    Archive,
}

/// The length of a record of a login, on 64-bit Linux and on x86.
const LOGIN_BYTES: usize = 384;

impl NoLog {
    /// Returns what a file is that begins with `head` and has `length` bytes, if it is no log.
    pub(crate) fn of(head: &[u8], length: u64) -> Option<NoLog> {
        Some(match head {
            [b'L', b'P', b'K', b'S', b'H', b'H', b'R', b'H', ..] => NoLog::Journal,
            [0x7f, b'E', b'L', b'F', ..]
            | [0xfe, 0xed, 0xfa, 0xce | 0xcf, ..]
            | [0xce | 0xcf, 0xfa, 0xed, 0xfe, ..]
            | [0xca, 0xfe, 0xba, 0xbe, ..]
            | [0, b'a', b's', b'm', ..] => NoLog::Program,
            [b'M', b'Z', ..] if is_pe(head) => NoLog::Program,
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..]
            | [0xff, 0xd8, 0xff, ..]
            | [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..]
            | [
                b'R',
                b'I',
                b'F',
                b'F',
                _,
                _,
                _,
                _,
                b'W',
                b'E',
                b'B',
                b'P',
                ..,
            ] => NoLog::Image,
            [b'%', b'P', b'D', b'F', b'-', ..] => NoLog::Pdf,
            [0xcd..=0xcf, 0x9a, 0x57, 0x13, ..] => NoLog::Database,
            _ if head.starts_with(b"SQLite format 3\0") || is_berkeley_db(head) => NoLog::Database,
            [b'P', b'K', 3, 4, ..]
            | [b'P', b'K', 5, 6, ..]
            | [b'P', b'K', 7, 8, ..]
            | [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => NoLog::Archive,
            _ if is_tar(head) => NoLog::Archive,
            _ if is_logins(head, length) => NoLog::Logins,
            _ => return None,
        })
    }

    /// Returns what data in this format is, if it is no log.
    pub(crate) fn of_format(format: Format) -> Option<NoLog> {
        matches!(format, Format::Tar | Format::Zip | Format::SevenZip).then_some(NoLog::Archive)
    }

    /// Returns a name for this many files of the kind, as in "2 images".
    pub fn count(self, files: u64) -> String {
        let (one, many) = match self {
            NoLog::Journal => ("systemd journal", "systemd journals"),
            NoLog::Logins => ("record of logins", "records of logins"),
            NoLog::Program => ("program", "programs"),
            NoLog::Image => ("image", "images"),
            NoLog::Pdf => ("PDF document", "PDF documents"),
            NoLog::Database => ("database", "databases"),
            NoLog::Archive => ("archive", "archives"),
        };
        format!("{files} {}", if files == 1 { one } else { many })
    }
}

/// Returns whether `head` begins with a header for DOS that says where the header for Windows is,
/// and whether that header is there.
fn is_pe(head: &[u8]) -> bool {
    let Some(&[a, b, 0, 0]) = head.get(60..64) else {
        return false;
    };
    let at = usize::from(u16::from_le_bytes([a, b]));
    head.get(at..)
        .is_some_and(|from| from.starts_with(b"PE\0\0"))
}

fn is_berkeley_db(head: &[u8]) -> bool {
    let magic = head.get(12..16).unwrap_or_default();
    // These are a tree and a hash table, the lower byte first, as everywhere today.
    magic == [0x62, 0x31, 0x05, 0] || magic == [0x61, 0x15, 0x06, 0]
}

/// Returns whether `head` begins with a record of a login, in a file of whole records. Such a
/// record has a type that exists, a terminal's name with zeros behind it, fewer than a million
/// microseconds, and zeros in its unused bytes.
fn is_logins(head: &[u8], length: u64) -> bool {
    let Some(record) = head.get(..LOGIN_BYTES) else {
        return false;
    };
    let is_name = |field: &[u8]| {
        let end = field
            .iter()
            .position(|&byte| byte == 0)
            .unwrap_or(field.len());
        field[..end].iter().all(u8::is_ascii_graphic) && field[end..].iter().all(|&byte| byte == 0)
    };
    let micros = [record[344], record[345], record[346], record[347]];
    length.is_multiple_of(LOGIN_BYTES as u64)
        && matches!(record[0], 1..=9)
        && record[1..4] == [0; 3]
        && is_name(&record[8..40])
        && u32::from_le_bytes(micros) < 1_000_000
        && record[364..] == [0; 20]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &[u8], want: Option<NoLog>) {
        assert_eq!(NoLog::of(head, head.len() as u64), want, "{head:?}");
    }

    fn login() -> Vec<u8> {
        let mut record = vec![0; LOGIN_BYTES];
        record[0] = 7;
        record[8..13].copy_from_slice(b"pts/0");
        record[44..48].copy_from_slice(b"root");
        record
    }

    #[test]
    fn what_is_no_log_is_told_by_its_first_bytes() {
        check(b"LPKSHHRH\0\0", Some(NoLog::Journal));
        check(b"\x7fELF\x02\x01", Some(NoLog::Program));
        check(b"\xca\xfe\xba\xbe\0\0\0\x34", Some(NoLog::Program));
        check(b"\0asm\x01\0\0\0", Some(NoLog::Program));
        check(b"\x89PNG\r\n\x1a\n", Some(NoLog::Image));
        check(b"RIFF\x10\0\0\0WEBPVP8 ", Some(NoLog::Image));
        check(b"%PDF-1.7\n", Some(NoLog::Pdf));
        check(b"SQLite format 3\0\x10\0", Some(NoLog::Database));
        check(b"PK\x03\x04", Some(NoLog::Archive));
        let mut pe = b"MZ".to_vec();
        pe.resize(60, 0);
        pe.extend(b"\x40\0\0\0PE\0\0");
        check(&pe, Some(NoLog::Program));
        let mut db = vec![0; 12];
        db.extend(b"\x61\x15\x06\0");
        check(&db, Some(NoLog::Database));
        let mut tar = vec![b'a'; 257];
        tar.extend(b"ustar\x0000");
        check(&tar, Some(NoLog::Archive));
        check(&login(), Some(NoLog::Logins));
        check(&login().repeat(2), Some(NoLog::Logins));
    }

    #[test]
    fn text_and_what_is_compressed_is_not_left_out() {
        for text in [
            &b""[..],
            b"LPKSHHR",
            b"MZ is the beginning of a line\n",
            b"RIFF is not WEBP\n",
            b"\x1f\x8b\x08 gzip",
            b"\x28\xb5\x2f\xfd zstd",
            b"\xff\xfee\0r\0r\0",
            &[0; 512],
            &[b'x'; 512],
        ] {
            check(text, None);
        }
        // One file ends in the middle of a record, and one has another type.
        check(&login()[..380], None);
        check(&[login(), vec![0]].concat(), None);
        let mut other = login();
        other[0] = b'a';
        check(&other, None);
    }
}
