//! Where a time ends in a header, whatever it says.

use crate::record::TimeShape;

/// How the times of a column are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HeaderTime {
    Shape(TimeShape),
    /// Digits in groups that can only be a time, though no shape reads them: `20260309-7:5:9:29`,
    /// `0309/075859.137`, `14:02`.
    Loose,
}

/// A time is looked for in so many first bytes of a bracket.
const BRACKET_BYTES_MAX: usize = 64;

impl HeaderTime {
    pub(super) fn all() -> impl Iterator<Item = HeaderTime> {
        let shapes = TimeShape::ALL.into_iter().map(HeaderTime::Shape);
        shapes.chain([HeaderTime::Loose])
    }

    /// The index behind the time that begins at `at`.
    #[inline]
    pub(super) fn end(self, line: &[u8], at: usize) -> Option<usize> {
        match self {
            HeaderTime::Shape(shape) => shape.end(line, at),
            HeaderTime::Loose => loose(line, at),
        }
    }

    /// Where a time is in the first bytes of a bracket, from its first byte on.
    pub(super) fn within(bracket: &[u8]) -> Option<(usize, usize)> {
        let head = &bracket[..bracket.len().min(BRACKET_BYTES_MAX)];
        (1..head.len()).find_map(|at| {
            let begins = head[at].is_ascii_alphanumeric() && !head[at - 1].is_ascii_alphanumeric();
            let mut times = HeaderTime::all().filter(|_| begins);
            times
                .find_map(|time| time.end(bracket, at))
                .map(|end| (at, end))
        })
    }
}

/// The index behind groups of digits that can only be a time.
fn loose(line: &[u8], at: usize) -> Option<usize> {
    let is_part = |byte: &&u8| byte.is_ascii_digit() || b":/._-T".contains(byte);
    let length = line[at..].iter().take_while(is_part).count();
    let text = &line[at..at + length];
    let end = at + text.iter().rposition(u8::is_ascii_digit)? + 1;
    let is_over = line
        .get(end)
        .is_none_or(|byte| !byte.is_ascii_alphanumeric());
    let groups: Vec<usize> = line[at..end]
        .split(|byte| !byte.is_ascii_digit())
        .map(<[u8]>::len)
        .collect();
    let colons = line[at..end].iter().filter(|&&byte| byte == b':').count();
    let is_clock = colons >= 2 && groups.len() >= 3 && groups[1..].iter().all(|&n| n <= 6);
    let is_clock = is_clock && (groups[0] <= 2 || matches!(groups[0], 4 | 6 | 8));
    let is_joined = colons == 0 && matches!(groups[..], [4 | 8, 6, ..]) && groups.len() <= 3;
    let is_hour = || {
        matches!(
            line[at..end],
            [b'0'..=b'1', _, ..] | [b'2', b'0'..=b'3', ..]
        )
    };
    let is_minute = || line[at + 3] <= b'5' && matches!(line.get(end), Some(b' ' | b'\t'));
    let is_short = groups == [2, 2] && colons == 1 && is_hour() && is_minute();
    let is_time = is_clock || is_joined || is_short;
    (is_over && text.first()?.is_ascii_digit() && is_time).then_some(end)
}

/// The level letter of a time as glog writes it.
pub(super) fn letter_of(time: HeaderTime, line: &[u8], at: usize) -> Option<u8> {
    let has_letter = time == HeaderTime::Shape(TimeShape::Glog);
    has_letter.then(|| line.get(at).copied()).flatten()
}
