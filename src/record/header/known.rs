//! Headers that differ from an earlier one in digits only: found without going through their columns.

use std::sync::Arc;

use super::{
    Header, LineForms,
    cell::behind_blanks,
    form::{ColumnKind, HeaderCells, LevelIn},
    head,
    stamp::HeaderTime,
};
use crate::record::{
    Level, TimeShape,
    alike::{LookUps, Telling, has_digits},
};

/// So many headers are remembered. Most logs have fewer that differ in more than digits within a few
/// thousand lines, and each one that is not the line's takes the time of a comparison.
const HEADERS_MAX: usize = 64;

/// So many of its last bytes are compared first. A shorter header is not found again.
const TAIL_BYTES: usize = 8;

/// What is needed of a header to mask what stands behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct BriefHeader {
    /// Where the message begins.
    pub(crate) message_at: usize,
    /// How grave the line says it is.
    pub(crate) level: Option<Level>,
    /// Whether it is known that the header has the form of most lines. If it has, this need not be
    /// known.
    pub(crate) is_first: bool,
}

impl BriefHeader {
    /// What is needed of this header, of whatever form.
    pub(crate) fn of(header: &Header) -> BriefHeader {
        BriefHeader {
            message_at: header.message_at,
            level: header.level,
            is_first: false,
        }
    }
}

/// Finds the headers of lines, and remembers those of the form that most lines have.
///
/// What it finds in a line is what [`LineForms::header`] finds. The digits of a header matter only
/// in its time and in a level that is a number: all others are only digits to the columns.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownHeaders {
    forms: Arc<LineForms>,
    list: Vec<KnownHeader>,
    /// The header that is replaced next.
    oldest: usize,
    look_ups: LookUps,
}

/// The header of a line.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FoundHeader {
    pub(crate) brief: BriefHeader,
    /// Where it is in the list, if nothing but its bytes and what stands behind them tells what it is.
    nth: Option<usize>,
}

/// A header of the first form, without that of its message.
#[derive(Clone, Debug)]
struct KnownHeader {
    /// Its bytes and some behind it, with zeros in place of digits.
    blanked: Vec<u8>,
    /// What does not stand behind these bytes: brackets that another header has.
    missing: Vec<u8>,
    /// Where digits matter, and from which one to which one they may be.
    telling: Telling,
    brief: BriefHeader,
}

impl KnownHeaders {
    /// Finds the headers of such lines.
    pub(crate) fn new(forms: &Arc<LineForms>) -> KnownHeaders {
        KnownHeaders {
            forms: Arc::clone(forms),
            ..KnownHeaders::default()
        }
    }

    /// The header of `line`, of which `blanked` is the same with zeros in place of digits, as far as
    /// they are no part of names: see [`blank_digits`](super::super::alike::blank_digits).
    #[inline]
    pub(crate) fn of(&mut self, line: &[u8], blanked: &[u8]) -> FoundHeader {
        let text = self.forms.text(line);
        let at = line.len() - text.len();
        let mut found = self.of_text(text, &blanked[at..]);
        found.brief.message_at += at;
        found
    }

    /// Whether nothing but a header of the first form and the digits that matter there tells where
    /// the message of a line begins, if the line has one.
    pub(crate) fn have_plain_messages(&self) -> bool {
        !self.forms.is_empty() && self.forms.collector.is_none() && self.forms.inner.is_empty()
    }

    /// The digits that matter in a header that was found just now. `None` if more than these and the
    /// other bytes of the line tell what it is.
    pub(crate) fn telling(&self, found: FoundHeader) -> Option<&Telling> {
        let nth = found.nth.filter(|_| self.have_plain_messages())?;
        Some(&self.list[nth].telling)
    }

    /// The header of what stands behind the prefix of a collector.
    #[inline]
    fn of_text(&mut self, line: &[u8], blanked: &[u8]) -> FoundHeader {
        if !self.look_ups.goes_on() {
            return FoundHeader {
                brief: BriefHeader::of(&self.forms.header_behind(line)),
                nth: None,
            };
        }
        let mut headers = self.list.iter();
        let Some(nth) = headers.position(|header| header.is_of(line, blanked)) else {
            return self.add(line, blanked);
        };
        self.look_ups.found();
        self.list.swap(0, nth);
        let mut brief = self.list[0].brief;
        if let Some(inner) = self.forms.inner_header(line, brief.message_at) {
            brief.message_at += inner.message_at;
            brief.level = inner.level.or(brief.level);
        }
        FoundHeader {
            brief,
            nth: Some(0),
        }
    }

    #[inline(never)]
    fn add(&mut self, line: &[u8], blanked: &[u8]) -> FoundHeader {
        let mut found = FoundHeader {
            brief: BriefHeader::of(&self.forms.header_behind(line)),
            nth: None,
        };
        if !self.look_ups.missed() {
            return found;
        }
        let Some(header) = self.forms.first_header(line, blanked) else {
            return found;
        };
        found.brief.is_first = true;
        let nth = match self.list.len() < HEADERS_MAX {
            true => {
                self.list.push(header);
                self.list.len() - 1
            }
            false => {
                let oldest = self.oldest;
                self.list[oldest] = header;
                self.oldest = (oldest + 1) % HEADERS_MAX;
                oldest
            }
        };
        found.nth = Some(nth);
        found
    }
}

impl KnownHeader {
    /// Whether it is the header of `line`.
    #[inline]
    fn is_of(&self, line: &[u8], blanked: &[u8]) -> bool {
        // Most other headers are told by the last bytes at once.
        let head = blanked.get(..self.blanked.len());
        let tail = head.and_then(|head| head.last_chunk::<TAIL_BYTES>());
        if tail.is_none() || tail != self.blanked.last_chunk() {
            return false;
        }
        let is_alike = blanked.starts_with(&self.blanked);
        let ends = blanked
            .get(self.blanked.len())
            .is_some_and(|&byte| byte != b' ' && !self.missing.contains(&byte));
        is_alike && ends && has_digits(line, &self.telling)
    }
}

impl LineForms {
    /// The header of `line`, to be remembered. `None` if it is not of the first form, or if more than
    /// the form and the bytes in front of the message tells what it is.
    fn first_header(&self, line: &[u8], blanked: &[u8]) -> Option<KnownHeader> {
        let form = self.outer.first()?;
        let text = head(line);
        let brief = BriefHeader {
            is_first: true,
            ..BriefHeader::of(&form.header(text)?)
        };
        let HeaderCells {
            cells,
            end,
            missing,
        } = form.cells(text)?;
        let mut telling = Telling::new();
        for (column, cell) in cells {
            match column.kind {
                ColumnKind::Time(time) => {
                    let (shape, words_at) = digits_of_time(time, line, cell.start, &mut telling)?;
                    digits_behind_time(shape, line, words_at, end, &mut telling)?;
                }
                _ if column.level != LevelIn::Nothing => {
                    let bytes = (cell.start..cell.end).map(|at| (at, line[at]));
                    let digits = bytes.filter(|(_, byte)| byte.is_ascii_digit());
                    telling.extend(digits.map(|(at, digit)| (at, digit, digit)));
                }
                _ => {}
            }
        }
        Some(KnownHeader {
            blanked: blanked[..end].to_vec(),
            missing,
            telling,
            brief,
        })
    }
}

/// Adds the digits behind a time that may have been taken for an offset or a year and were none. `end`
/// is the index behind the bytes that are compared. `None` if what may have been looked at goes on
/// behind it.
fn digits_behind_time(
    shape: TimeShape,
    line: &[u8],
    words_at: usize,
    end: usize,
    telling: &mut Telling,
) -> Option<()> {
    let may_have_year = matches!(shape, TimeShape::NameAndDay | TimeShape::DayAndName);
    // A zone stands before a year.
    let words = if may_have_year { 2 } else { 1 };
    let mut at = words_at;
    for _ in 0..words {
        let start = behind_blanks(line, at);
        let length = line[start..].iter().take_while(|&&byte| byte != b' ');
        at = start + length.count();
        let word = &line[start..at];
        let name = word.iter().take_while(|byte| byte.is_ascii_uppercase());
        let is_offset = matches!(word.get(name.count()), Some(b'+' | b'-'));
        if is_offset || may_have_year {
            (at <= end).then_some(())?;
            let digits = (start..at).filter(|&at| line[at].is_ascii_digit());
            telling.extend(digits.map(|at| (at, line[at], line[at])));
        }
    }
    Some(())
}

/// Adds the digits that matter in the time at `at`, and returns its shape and where it ends. Minutes
/// and seconds may be any, and so may what is behind a second: none of them makes a time of what is
/// none.
fn digits_of_time(
    time: HeaderTime,
    line: &[u8],
    at: usize,
    telling: &mut Telling,
) -> Option<(TimeShape, usize)> {
    let HeaderTime::Shape(shape) = time else {
        return None;
    };
    let clock = shape.clock(line, at)?;
    let text = &line[clock.clone()];
    let is_digit = |nth: usize| text.get(nth).is_some_and(u8::is_ascii_digit);
    let pair = |nth: usize| is_digit(nth) && is_digit(nth + 1);
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    // Where the tens of minutes and seconds are.
    let tens: &[usize] = match (digits, text.get(2), text.get(5)) {
        (2, Some(b':'), Some(b':')) if pair(3) && pair(6) => &[3, 6],
        (2, Some(b':'), _) if pair(3) && !is_digit(5) => &[3],
        (6, ..) => &[2, 4],
        _ => &[],
    };
    if text.starts_with(b"24") {
        return None;
    }
    let behind = tens.last().map_or(0, |tens| tens + 2);
    let fraction = match (tens.len(), text.get(behind)) {
        (2, Some(b'.' | b',')) => {
            let digits = text[behind + 1..].iter();
            behind + 1 + digits.take_while(|byte| byte.is_ascii_digit()).count()
        }
        _ => behind,
    };
    for (place, &digit) in line.iter().enumerate().take(clock.end).skip(at) {
        if !digit.is_ascii_digit() {
            continue;
        }
        let in_clock = place.checked_sub(clock.start);
        match in_clock {
            Some(nth) if tens.contains(&nth) => telling.push((place, b'0', b'5')),
            Some(nth) if nth > 1 && nth < fraction => {}
            _ => telling.push((place, digit, digit)),
        }
    }
    Some((shape, clock.end))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::record::alike::blank_digits;

    /// The first lines of logs with headers of many kinds.
    const HEADS: [&str; 21] = [
        "2026-11-20T14:02:05.123456789Z stdout F 14:02:05 INFO a b c",
        "2026-11-20 14:02:05,123 INFO  [main] shop.Api: a b c",
        "2026-11-20T14:02:05.123Z  INFO 4711 --- [nio-8080-exec-1] c.s.Api : a b c",
        "081109 203615 148 INFO dfs.DataNode$PacketResponder: a b c",
        "Nov 20 14:02:05 web1 sshd[4711]: a b c",
        "<11>Nov 20 14:02:05 web1 sshd: a b c",
        "[2026-11-20 14:02:05] [error] [client 10.0.0.1] a b c",
        "I1120 14:02:05.123456 1 server.go:91] a b c",
        "1795183325.123 info a b c",
        "[   12.345678] usb 1-1: a b c",
        "11-20 14:02:05.123  1234  5678 I Tag: a b c",
        "20/Nov/2026:14:02:05 +0100 WARN a b c",
        "14:02:05 ERROR a b c",
        "7:5:9 AM INFO a b c",
        "Nov 20 14:02:05 4711 INFO a b c",
        "Fri Nov 20 14:02:05 CET 2026 4711 INFO a b c",
        "2026-11-20 14:02:05 GMT+2 4711 INFO a b c",
        "2026-11-20 14:02 INFO [a] b c",
        "2026-11-20 24:00:00 INFO a b c",
        "20261120T140205Z INFO a b c",
        "4711:M 20 Nov 2026 14:02:05.123 * a b c",
    ];

    fn check(forms: &Arc<LineForms>, known: &mut KnownHeaders, line: &[u8]) -> bool {
        let (mut padded, mut blanked) = (Vec::new(), Vec::new());
        blank_digits(line, &mut padded, &mut blanked);
        let found = known.of(line, &blanked).brief;
        let wanted = BriefHeader::of(&forms.header(line));
        let shown = String::from_utf8_lossy(line);
        assert_eq!(found.message_at, wanted.message_at, "{shown}");
        assert_eq!(found.level, wanted.level, "{shown}");
        found.is_first
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn a_known_header_is_what_it_is_when_it_is_looked_for(
            head in prop::sample::select(&HEADS),
            digits in prop::collection::vec(prop::collection::vec(b'0'..=b'9', 1..40), 1..20),
            cut in 0_usize..200,
            message in "[+-]?[0-9:+A-Z -]{0,12}",
            has_context in any::<bool>(),
            other in prop_oneof!["[ -~]{0,8}", r" ?(AM|PM|CET|UTC|2026|\+01:00|\[a\]|\(a|::a|: a|-)"],
        ) {
            let mut sample = format!("{head}\n{}\n", head.replace("a b c", "no more rows"));
            if has_context {
                sample += &format!("{}\n{0}\n", head.replace("a b c", "[x1] a b c"));
            }
            let forms = Arc::new(LineForms::of_sample(sample.as_bytes()));
            let mut known = KnownHeaders::new(&forms);
            check(&forms, &mut known, head.as_bytes());
            for digits in digits {
                let mut line = head.as_bytes().to_vec();
                let places = line.iter_mut().filter(|byte| byte.is_ascii_digit());
                for (place, digit) in places.zip(digits.iter().cycle()) {
                    *place = *digit;
                }
                check(&forms, &mut known, &line);
                let begin = head.find(" a b c").map_or(head.len(), |at| at + 1);
                check(&forms, &mut known, &[&line[..begin], message.as_bytes()].concat());
                check(&forms, &mut known, &[&line[..begin], b"[x1] ", message.as_bytes()].concat());
                check(&forms, &mut known, &[&line[..begin], &message.as_bytes()[..message.len() / 2]].concat());
                // Some other text from a place on, and half of the digits as they were.
                let half = line.len() / 2;
                line[..half].copy_from_slice(&head.as_bytes()[..half]);
                check(&forms, &mut known, &line);
                let at = cut.min(line.len());
                line.splice(at..(at + other.len()).min(line.len()), other.bytes());
                check(&forms, &mut known, &line);
            }
        }
    }

    #[test]
    fn what_looks_like_an_offset_in_a_message_matters_in_no_other_line() {
        let sample = "2026-11-20 14:02:05 INFO a b c\n2026-11-20 14:02:06 WARN no more rows\n";
        let forms = Arc::new(LineForms::of_sample(sample.as_bytes()));
        let mut known = KnownHeaders::new(&forms);
        for message in ["+05:30 is the offset", "+0", "-", "GMT+2 a", "GMT+", "a"] {
            let line = format!("2026-11-20 14:02:05 INFO {message}");
            check(&forms, &mut known, line.as_bytes());
        }
    }

    #[test]
    fn a_header_is_not_known_without_the_bracket_that_a_line_has() {
        let head = "2026-11-20 14:02:05 INFO";
        let sample = format!("{head} a b\n{head} [x] a\n{head} [y] b\n{head} no more rows\n");
        let forms = Arc::new(LineForms::of_sample(sample.as_bytes()));
        let mut known = KnownHeaders::new(&forms);
        for message in ["a b", "[x] a b", "[y] a", "no more rows"] {
            check(&forms, &mut known, format!("{head} {message}").as_bytes());
        }
    }

    #[test]
    fn a_header_with_another_second_is_known_and_one_with_another_hour_is_not() {
        let line = "2026-11-20 14:02:05,123 INFO  [main-1] shop.Api: a b c";
        let other = "2026-11-20 14:02:06,000 WARN  [pool-1] shop.Db: no more rows";
        let forms = Arc::new(LineForms::of_sample(
            format!("{line}\n{other}\n").as_bytes(),
        ));
        let mut known = KnownHeaders::new(&forms);
        let mut of = |line: &str| {
            check(&forms, &mut known, line.as_bytes());
            known.look_ups.known()
        };
        assert_eq!(of(line), 0);
        assert_eq!(
            of("2026-11-20 14:58:44,999 INFO  [main-7] shop.Api: b c d"),
            1
        );
        assert_eq!(
            of("2026-11-20 15:02:05,123 INFO  [main-1] shop.Api: a b c"),
            1
        );
        assert_eq!(
            of("2026-11-20 14:02:61,123 INFO  [main-1] shop.Api: a b c"),
            1
        );
        assert_eq!(
            of("2026-11-20 14:02:05,123 WARN  [main-1] shop.Api: a b c"),
            1
        );
        assert_eq!(
            of("2026-11-20 14:02:59,000 WARN  [main-1] shop.Api: a b c"),
            2
        );
    }
}
