//! Classes of bytes, as bits: what a token may hold follows from the classes of all its bytes.

pub(crate) const DIGIT: u16 = 1;
pub(crate) const LETTER: u16 = 2;
/// `_ - $ + ~`: may stand inside of a name or a number.
pub(crate) const JOIN: u16 = 4;
pub(crate) const DOT: u16 = 8;
/// Either slash.
pub(crate) const SLASH: u16 = 16;
pub(crate) const COLON: u16 = 32;
pub(crate) const AT: u16 = 64;
pub(crate) const SPACE: u16 = 128;
/// What is neither shown nor kept.
pub(crate) const CONTROL: u16 = 256;
/// Any other punctuation.
pub(crate) const PUNCT: u16 = 512;
/// `|`, which separates the fields of some headers.
pub(crate) const BAR: u16 = 1024;
/// Of a byte that is no ASCII: part of a letter of any script.
pub(crate) const WIDE: u16 = 2048;
/// Without a digit too, it may be a host, a path or a URL.
pub(crate) const NAME: u16 = DOT | SLASH | COLON | AT;
/// What a run is made of.
pub(crate) const RUN: u16 = DIGIT | LETTER | WIDE | JOIN | NAME;

pub(crate) const TABLE: [u16; 256] = table();

const fn table() -> [u16; 256] {
    let mut table = [PUNCT; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "below 256")]
        let class = match byte as u8 {
            b'0'..=b'9' => DIGIT,
            b'a'..=b'z' | b'A'..=b'Z' => LETTER,
            0x80.. => LETTER | WIDE,
            b'_' | b'-' | b'$' | b'+' | b'~' => JOIN,
            b'.' => DOT,
            b'/' | b'\\' => SLASH,
            b':' => COLON,
            b'@' => AT,
            b'|' => BAR,
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => SPACE,
            0..=0x1f | 0x7f => CONTROL,
            _ => PUNCT,
        };
        table[byte] = class;
        byte += 1;
    }
    table
}

#[inline]
pub(crate) fn of(byte: u8) -> u16 {
    TABLE[usize::from(byte)]
}
