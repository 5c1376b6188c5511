//! Recognises an input by its first bytes and never by its name: it is plain text, or something
//! whose bytes hold no lines.
//!
//! A search in the bytes of `app.log.2.gz` would find nothing, and its user would believe that
//! nothing is there. So an input that is no plain text is reported and not searched, unless
//! somebody asks for its bytes.
//!
//! | format | first bytes | where that is written |
//! |---|---|---|
//! | gzip | `1f 8b 08` | RFC 1952, 2.3.1: ID1, ID2, CM = 8, which is deflate, and no other is in use |
//! | zstd | `28 b5 2f fd`, or skippable: `50..5f 2a 4d 18` | RFC 8878, 3.1.1 and 3.1.2 |
//! | LZ4 | `04 22 4d 18`, legacy `02 21 4c 18` | lz4_Frame_format.md |
//! | xz | `fd 37 7a 58 5a 00` | xz-file-format.txt, 2.1.1.1 |
//! | bzip2 | `BZh`, `1` to `9`, then `31 41 59 26 53 59`, or `17 72 45 38 50 90` if it is empty | decompress.c of bzip2 |
//! | lzip | `LZIP`, version 0 or 1 | the manual of lzip, "File format" |
//! | lzma | `5d 00 00`, then a dictionary of 2^n or 2^n + 2^(n-1) bytes | lzma-file-format.txt, 1.1 |
//! | compress | `1f 9d`, then flags that exist | compress(1), (N)compress' source |
//! | zip | `PK 03 04`, empty `PK 05 06`, spanned `PK 07 08` | APPNOTE.TXT, 4.3.7, 4.3.16 and 8.5.3 |
//! | 7z | `37 7a bc af 27 1c` | 7zFormat.txt, SignatureHeader |
//! | tar | at 257 `ustar\0` or, from GNU tar, `ustar  \0` | POSIX pax, "ustar Interchange Format"; tar.h of GNU |
//! | UTF-16, UTF-32 | `ff fe`, `fe ff`, `ff fe 00 00`, `00 00 fe ff` | The Unicode Standard, 23.8 |
//! | UTF-16 without those | NUL in every other byte of the first line | |
//!
//! Only the first line of the first [`HEAD_BYTES`] bytes is looked at. No magic number has an LF in
//! it. So as long as no line of a stream is complete, the stream can be read on until its format is
//! known, and no line is ever held back for that: see [`Beginning::is_decided`]. An input that ends
//! inside a magic number is text, as is everything that is not in the table.

use std::{fmt, fs::File, io, path::Path};

use memchr::memchr;

use crate::{
    error::{Error, for_shell},
    sys,
};

/// How many bytes tell what an input is. A header of tar needs as many.
pub(crate) const HEAD_BYTES: usize = 512;

/// A byte order mark in UTF-8, which editors on Windows and GitHub's runners write. It is not part
/// of the text.
const UTF8_BOM: &[u8] = b"\xef\xbb\xbf";

/// The fewest characters by which a text is recognised as UTF-16, as in "ERROR\n". A few letters
/// and as many NULs could be anything.
const UTF16_UNITS_MIN: usize = 6;

/// If there are fewer characters than this, each has to have its NUL. In "a\u{e9}\0 \0" three NULs
/// for four characters would be little more than a guess.
const UTF16_UNITS_FEW: usize = 16;

/// The format of an input that is no plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// gzip, including BGZF.
    Gzip,
    /// Zstandard. Data that begins with a skippable frame counts as Zstandard, though LZ4 may begin
    /// so too.
    Zstd,
    /// xz.
    Xz,
    /// bzip2.
    Bzip2,
    /// LZ4 frames.
    Lz4,
    /// lzip.
    Lzip,
    /// LZMA by itself, from the time before xz.
    Lzma,
    /// The format that compress(1) writes, in files called `.Z`.
    Compress,
    /// A zip archive.
    Zip,
    /// A 7z archive.
    SevenZip,
    /// A tar archive.
    Tar,
    /// Text in UTF-16, the low byte first.
    Utf16Le,
    /// Text in UTF-16, the high byte first.
    Utf16Be,
    /// Text in UTF-32, the low byte first.
    Utf32Le,
    /// Text in UTF-32, the high byte first.
    Utf32Be,
    /// A web page, or an error message of a storage service, in place of the log of a build. A
    /// search takes these for text, which they are.
    WebPage,
}

impl Format {
    /// Returns the format of an input that begins with `head`, or `None` for plain text.
    pub(super) fn of(head: &[u8]) -> Option<Format> {
        Some(match head {
            [0x1f, 0x8b, 8, ..] => Format::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Format::Zstd,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Format::Xz,
            [0x04, 0x22, 0x4d, 0x18, ..] | [0x02, 0x21, 0x4c, 0x18, ..] => Format::Lz4,
            [b'B', b'Z', b'h', b'1'..=b'9', block @ ..] if is_bzip2_block(block) => Format::Bzip2,
            [b'L', b'Z', b'I', b'P', 0 | 1, ..] => Format::Lzip,
            [0x5d, 0, 0, high, highest, ..] if is_lzma_dictionary(*high, *highest) => Format::Lzma,
            [0x1f, 0x9d, flags, ..] if is_compress_flags(*flags) => Format::Compress,
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] | [b'P', b'K', 7, 8, ..] => Format::Zip,
            [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Format::SevenZip,
            // UTF-32 is tested before UTF-16, whose mark its own mark begins with.
            [0xff, 0xfe, 0, 0, ..] => Format::Utf32Le,
            [0, 0, 0xfe, 0xff, ..] => Format::Utf32Be,
            [0xff, 0xfe, ..] => Format::Utf16Le,
            [0xfe, 0xff, ..] => Format::Utf16Be,
            _ if is_tar(head) => Format::Tar,
            _ => return utf16_without_mark(head),
        })
    }

    /// Returns the format of an open file, or `None` for plain text.
    pub(crate) fn of_file(file: &File) -> io::Result<Option<Format>> {
        let mut head = [0; HEAD_BYTES];
        let read = sys::read_at(file, &mut head, 0)?;
        Ok(Beginning::of(&head[..read]).format)
    }

    /// Returns the error for an input called `path`. `-` is the standard input.
    pub(crate) fn error(self, path: &Path) -> Error {
        let name = path.to_string_lossy();
        Error::NotText {
            path: path.into(),
            what: self.to_string(),
            advice: self.advice(Some(&*name).filter(|&name| name != "-")),
        }
    }

    /// Returns whether `head` begins a web page, or the error message of a storage service. A
    /// refused download leaves such a file behind.
    #[cfg_attr(
        not(feature = "triage"),
        expect(dead_code, reason = "only triage is given what was downloaded")
    )]
    pub(crate) fn is_web_page(head: &[u8]) -> bool {
        let text = head
            .strip_prefix(UTF8_BOM)
            .unwrap_or(head)
            .trim_ascii_start();
        let begins = |tag: &str| {
            text.get(..tag.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(tag.as_bytes()))
        };
        let is_xml_error = begins("<?xml")
            && memchr::memmem::find(&text[..text.len().min(256)], b"<Error>").is_some();
        begins("<!doctype html") || begins("<html") || is_xml_error
    }

    /// Returns the command that makes text of `file` and writes it to the standard output. `file`
    /// is a name for a shell.
    fn to_text(self, file: &str) -> Option<String> {
        Some(match self {
            // If the file is called `.txt`, zcat and similar programs refuse to open it by its
            // name.
            Format::Gzip | Format::Compress => format!("zcat < {file}"),
            Format::Zstd => format!("zstd -dc < {file}"),
            Format::Xz | Format::Lzma => format!("xz -dc < {file}"),
            Format::Bzip2 => format!("bzip2 -dc < {file}"),
            Format::Lz4 => format!("lz4 -dc < {file}"),
            Format::Lzip => format!("lzip -dc < {file}"),
            Format::Zip => format!("unzip -p {file}"),
            Format::SevenZip => format!("7z e -so {file}"),
            Format::Tar => format!("tar -xOf {file}"),
            Format::Utf16Le => format!("iconv -f UTF-16LE -t UTF-8 {file}"),
            Format::Utf16Be => format!("iconv -f UTF-16BE -t UTF-8 {file}"),
            Format::Utf32Le => format!("iconv -f UTF-32LE -t UTF-8 {file}"),
            Format::Utf32Be => format!("iconv -f UTF-32BE -t UTF-8 {file}"),
            Format::WebPage => return None,
        })
    }

    /// Returns what a user can do to search the input. `file` is its name, if it is a file that
    /// other programs can open.
    fn advice(self, file: Option<&str>) -> String {
        let named = file.map(for_shell);
        let to_text = self.to_text(named.as_deref().unwrap_or("FILE"));
        match (to_text, file) {
            (Some(to_text), Some(_)) => format!(
                "'{to_text} | logscan ...' reads its text, --no-decompress its bytes"
            ),
            (Some(to_text), None) => format!(
                "make text of it first, as '{to_text} | logscan ...' does; --no-decompress reads its bytes"
            ),
            (None, _) => "the download may have been refused, look at it in a browser; --no-decompress reads it \
                          nevertheless"
                .into(),
        }
    }
}

impl fmt::Display for Format {
    /// Writes the name of the format, as in "it is gzip data".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::Gzip => "gzip data",
            Format::Zstd => "zstd data",
            Format::Xz => "xz data",
            Format::Bzip2 => "bzip2 data",
            Format::Lz4 => "LZ4 data",
            Format::Lzip => "lzip data",
            Format::Lzma => "LZMA data",
            Format::Compress => "compress (.Z) data",
            Format::Zip => "a zip archive",
            Format::SevenZip => "a 7z archive",
            Format::Tar => "a tar archive",
            Format::Utf16Le | Format::Utf16Be => "UTF-16",
            Format::Utf32Le | Format::Utf32Be => "UTF-32",
            Format::WebPage => "a web page or an error message, and no log",
        })
    }
}

/// What the first bytes of an input tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Beginning {
    /// The format of the input, if it is no plain text.
    pub(crate) format: Option<Format>,
    /// Where the text begins: behind a byte order mark, which is not part of the first line.
    pub(crate) text: usize,
    /// Whether the input is UTF-16 that no byte order mark announces.
    pub(crate) is_guess: bool,
}

impl Beginning {
    /// Returns what `head` tells. Only the bytes are looked at that [`Beginning::is_decided`] waits
    /// for. So the answer does not depend on how the bytes of an input come.
    pub(crate) fn of(head: &[u8]) -> Beginning {
        let head = &head[..head.len().min(HEAD_BYTES)];
        if head.starts_with(UTF8_BOM) {
            return Beginning {
                format: None,
                text: UTF8_BOM.len(),
                is_guess: false,
            };
        }
        let first_line = memchr(b'\n', head).map_or(head, |newline| &head[..=newline]);
        let told_by = match begins_as_tar(first_line) {
            true => head,
            false => first_line,
        };
        let format = Format::of(told_by);
        let is_marked = first_line.starts_with(b"\xff\xfe") || first_line.starts_with(b"\xfe\xff");
        Beginning {
            format,
            text: 0,
            is_guess: matches!(format, Some(Format::Utf16Le | Format::Utf16Be)) && !is_marked,
        }
    }

    /// Returns whether more bytes than `head` would change nothing. They may change something in
    /// two cases. The first line may not be complete, and then nobody can be shown that line yet.
    /// Or it may look like a header of tar, in which any byte may stand.
    pub(crate) fn is_decided(head: &[u8]) -> bool {
        let is_told = |newline| !begins_as_tar(&head[..=newline]);
        head.len() >= HEAD_BYTES || memchr(b'\n', head).is_some_and(is_told)
    }
}

/// Returns whether a first line may be the part of a tar header before a newline. Such a header has
/// a name of 100 bytes, then a mode in octal digits, then the owner, whose number may have any byte
/// (POSIX pax, "ustar Interchange Format").
fn begins_as_tar(line: &[u8]) -> bool {
    let is_digit = |byte: &u8| matches!(byte, b'0'..=b'7' | b' ');
    line.get(100..108).is_some_and(|mode| {
        mode[..7].iter().all(is_digit) && mode[7] == 0 && memchr(0, &line[..100]).is_some()
    })
}

/// Returns whether the bytes behind `BZh9` begin a block, or end a stream without blocks: pi or its
/// square root in BCD.
fn is_bzip2_block(block: &[u8]) -> bool {
    block.starts_with(b"\x31\x41\x59\x26\x53\x59") || block.starts_with(b"\x17\x72\x45\x38\x50\x90")
}

/// Returns whether these are the upper bytes of 2^n or 2^n + 2^(n-1), which are the sizes that xz
/// accepts for a dictionary. The lower two bytes are 0 from 64 KiB on, and nobody compresses a log
/// with less.
fn is_lzma_dictionary(high: u8, highest: u8) -> bool {
    let size = u16::from_le_bytes([high, highest]);
    size > 0 && (size.count_ones() == 1 || size.count_ones() == 2 && size & (size >> 1) != 0)
}

/// Returns whether this byte has a number of bits that compress uses, 9 to 16, and zeros in the
/// bits that compress does not use.
fn is_compress_flags(flags: u8) -> bool {
    flags & 0x60 == 0 && (9..=16).contains(&(flags & 0x1f))
}

/// Returns whether `head` begins with a header of tar.
pub(super) fn is_tar(head: &[u8]) -> bool {
    let behind = head.get(257..).unwrap_or_default();
    behind.starts_with(b"ustar\0") || behind.starts_with(b"ustar  \0")
}

/// Recognises UTF-16 that no mark announces, by its first line. One half of the bytes has no NUL.
/// Of the other half at least three quarters are NUL, or all if there are few. Each NUL stands
/// beside a character that texts have: small numbers of 16 bits would have control characters
/// there.
fn utf16_without_mark(first_line: &[u8]) -> Option<Format> {
    // If the high byte comes second, the high byte of the LF has been cut off behind the line. Any
    // other single byte at the end is half a unit.
    let has_half = !first_line.len().is_multiple_of(2) && !first_line.ends_with(b"\n");
    let units = first_line[..first_line.len() - usize::from(has_half)]
        .chunks(2)
        .map(|unit| [unit[0], unit.get(1).copied().unwrap_or(0)]);
    let count = units.len();
    if count < UTF16_UNITS_MIN {
        return None;
    }
    let is_text = |byte: u8| matches!(byte, b'\t' | b'\n' | b'\r' | 0x1b | b' '..=b'~' | 0xa0..);
    let (mut low_first, mut high_first, mut is_alien) = (0, 0, false);
    for unit in units {
        match unit {
            [0, 0] => is_alien = true,
            [low, 0] => {
                low_first += 1;
                is_alien |= !is_text(low);
            }
            [0, low] => {
                high_first += 1;
                is_alien |= !is_text(low);
            }
            _ => {}
        }
    }
    let wanted = match count < UTF16_UNITS_FEW {
        true => count,
        false => (count * 3).div_ceil(4),
    };
    match (low_first, high_first) {
        _ if is_alien => None,
        (nul, 0) if nul >= wanted => Some(Format::Utf16Le),
        (0, nul) if nul >= wanted => Some(Format::Utf16Be),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns `text` in UTF-16, without a mark.
    fn utf16(text: &str, high_first: bool) -> Vec<u8> {
        let bytes = |unit: u16| match high_first {
            true => unit.to_be_bytes(),
            false => unit.to_le_bytes(),
        };
        text.encode_utf16().flat_map(bytes).collect()
    }

    fn tar(name: &str, magic: &[u8]) -> Vec<u8> {
        let mut header = vec![0; HEAD_BYTES];
        header[..name.len()].copy_from_slice(name.as_bytes());
        header[257..257 + magic.len()].copy_from_slice(magic);
        header
    }

    /// Returns each format with the shortest beginning by which it is known.
    fn known() -> Vec<(Format, Vec<u8>)> {
        let mut all: Vec<(Format, Vec<u8>)> = [
            (Format::Gzip, &b"\x1f\x8b\x08"[..]),
            (Format::Zstd, b"\x28\xb5\x2f\xfd"),
            (Format::Zstd, b"\x50\x2a\x4d\x18"),
            (Format::Zstd, b"\x5f\x2a\x4d\x18"),
            (Format::Xz, b"\xfd7zXZ\0"),
            (Format::Bzip2, b"BZh91AY&SY"),
            (Format::Bzip2, b"BZh1\x17rE8P\x90"),
            (Format::Lz4, b"\x04\x22\x4d\x18"),
            (Format::Lz4, b"\x02\x21\x4c\x18"),
            (Format::Lzip, b"LZIP\x01"),
            (Format::Lzma, b"]\0\0\x80\0"),
            (Format::Lzma, b"]\0\0\x0c\0"),
            (Format::Compress, b"\x1f\x9d\x90"),
            (Format::Zip, b"PK\x03\x04"),
            (Format::Zip, b"PK\x05\x06"),
            (Format::Zip, b"PK\x07\x08"),
            (Format::SevenZip, b"7z\xbc\xaf\x27\x1c"),
            (Format::Utf16Le, b"\xff\xfe"),
            (Format::Utf16Be, b"\xfe\xff"),
            (Format::Utf32Be, b"\0\0\xfe\xff"),
        ]
        .map(|(format, magic)| (format, magic.to_vec()))
        .into();
        all.push((Format::Tar, tar("app.log", b"ustar\0")[..263].to_vec()));
        all.push((Format::Tar, tar("app.log", b"ustar  \0")[..265].to_vec()));
        all
    }

    #[track_caller]
    fn check(head: &[u8], want: Option<Format>) {
        let got = Beginning::of(head);
        assert_eq!(got.format, want, "{:?}", head.escape_ascii().to_string());
    }

    #[test]
    fn each_format_is_known_by_its_first_bytes_and_by_all_of_them_only() {
        for (format, magic) in known() {
            check(&magic, Some(format));
            check(&[&magic, &b"\0 and more\n\0"[..]].concat(), Some(format));
            check(&[b" ", &magic[..]].concat(), None);
            for cut in 0..magic.len() {
                check(&magic[..cut], None);
            }
        }
        check(b"\xff\xfe\0\0", Some(Format::Utf32Le));
        check(b"\xff\xfea\0", Some(Format::Utf16Le));
        check(b"\xff\xfe\0a", Some(Format::Utf16Le));
    }

    #[test]
    fn a_stream_is_waited_for_until_it_is_known_and_no_complete_line_is_held_back() {
        for (format, magic) in known() {
            for cut in 0..magic.len() {
                assert!(!Beginning::is_decided(&magic[..cut]), "{format} {cut}");
            }
        }
        assert!(Beginning::is_decided(b"\n"));
        assert!(Beginning::is_decided(b"PK\n"));
        assert!(!Beginning::is_decided(&[b'x'; HEAD_BYTES - 1]));
        assert!(Beginning::is_decided(&[b'x'; HEAD_BYTES]));
    }

    #[test]
    fn what_comes_behind_the_decision_changes_nothing() {
        let mut heads: Vec<Vec<u8>> = known().into_iter().map(|(_, magic)| magic).collect();
        heads.push(utf16("2026-11-21 ERROR\r\nmore\r\n", false));
        heads.push(utf16("2026-11-21 ERROR\nmore\n", true));
        heads.push(b"a\0b\0c\0d\0\ne\0".to_vec());
        heads.push(b"\xef\xbb\xbfa\nb".to_vec());
        heads.push(b"a\nb\0c\0d\0e\0f\0".to_vec());
        heads.push(vec![b'x'; HEAD_BYTES + 9]);
        for head in heads {
            let all = Beginning::of(&head);
            for cut in (0..=head.len()).filter(|&cut| Beginning::is_decided(&head[..cut])) {
                assert_eq!(Beginning::of(&head[..cut]), all, "{head:?} {cut}");
            }
        }
    }

    #[test]
    fn text_that_begins_like_a_format_is_text() {
        for text in [
            &b""[..],
            b"BZh9 is how bzip2 begins\n",
            b"BZh0\x31\x41\x59\x26\x53\x59",
            b"PKI: certificate expired\n",
            b"LZIP is a format\n",
            b"7zip: done\n",
            b"]\0\0 \n",
            b"]\0\0\x05\0",
            b"]\0\0\0\0",
            b"\x1f\x8b\x07",
            b"\x1f\x9d\xff",
            b"P*M works\n",
            b"\n\x1f\x8b\x08",
            b"<!DOCTYPE html>\n",
        ] {
            check(text, None);
        }
        check(&tar("app.log", b"ustar is a format of tar"), None);
        check(&tar("app.log", b"ustar  1"), None);
        // The first line ends before the magic number.
        check(&tar("a\n", b"ustar\0"), None);
    }

    #[test]
    fn utf16_without_a_mark_is_known_by_its_first_line() {
        for text in [
            "2026-11-21 ERROR x\r\n",
            "ERROR\nd",
            "4 Zeilen für ärger\n",
            "\x1b[31mred",
        ] {
            check(&utf16(text, false), Some(Format::Utf16Le));
            check(&utf16(text, true), Some(Format::Utf16Be));
        }
        // Half of this text is no ASCII.
        check(&utf16("12 ошибка\n", false), None);
        check(&utf16("abcd\n", false), None);
    }

    #[test]
    fn logs_with_nul_bytes_are_text() {
        for text in [
            &b"a\0b\n\xff\xfeb\n\0\0\nc"[..],
            b"\0\0\0\0\0\0\0\0\0\0\0\0",
            b"\0\0\0\0\0\0\0\0ERROR after a crash\n",
            b"key\0value\0key\0value\0\n",
            b"a\0b\0\0c\0d\0e\0f\0g\n",
            b"a\0 \0aaa",
            b"a\xc3\xa9\0 \0\n",
            // Numbers of 16 and of 32 bits. The records of wtmp begin like this.
            b"\x01\0\x02\0\x03\0\x04\0\x05\0\x06\0",
            b"\x07\0\0\0\x41\0\0\0\x42\0\0\0\x43\0\0\0",
            b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0",
            b"a\nb\0c\0d\0e\0f\0g\0h\0",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn text_begins_behind_a_byte_order_mark_in_utf8() {
        let text = |head: &[u8]| Beginning::of(head).text;
        assert_eq!(text(b"\xef\xbb\xbf"), 3);
        assert_eq!(text(b"\xef\xbb\xbfERROR\n"), 3);
        assert_eq!(text(b"\xef\xbb"), 0);
        assert_eq!(text(b"ERROR\n\xef\xbb\xbf"), 0);
        // A program that writes a mark of UTF-8 writes text.
        check(b"\xef\xbb\xbf\x1f\x8b\x08", None);
    }

    #[test]
    fn a_page_that_a_server_sent_in_place_of_a_log_is_known() {
        for page in [
            "<!DOCTYPE html>\n<html>",
            "\u{feff}\r\n  <!doctype HTML PUBLIC",
            "<HTML><head>",
            "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>BlobNotFound",
            "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied",
        ] {
            assert!(Format::is_web_page(page.as_bytes()), "{page}");
        }
        for log in [
            "",
            "<",
            "<?xml version=\"1.0\"?>\n<testsuites>",
            "2026-11-21 <!DOCTYPE html>",
            "<htmx",
        ] {
            assert!(!Format::is_web_page(log.as_bytes()), "{log}");
        }
    }

    #[test]
    fn the_advice_names_the_file_as_a_shell_takes_it() {
        assert_eq!(
            Format::Gzip.advice(Some("app.log.2.gz")),
            "'zcat < app.log.2.gz | logscan ...' reads its text, --no-decompress its bytes"
        );
        assert!(
            Format::Xz
                .advice(Some("a b"))
                .starts_with("'xz -dc < \"a b\" | logscan")
        );
        assert!(
            Format::Tar
                .advice(None)
                .contains("'tar -xOf FILE | logscan ...'")
        );
    }
}
