//! What texts say as numbers: counts, durations, sizes. Of each it is said here how it may be
//! written.

use std::cmp::Ordering;

/// A number, exact if it has no fraction and no exponent.
#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    Whole(i128),
    Real(f64),
}

impl Number {
    /// Parses all of `text`: digits with a sign, a point and an exponent.
    #[inline]
    pub(super) fn parse(text: &[u8]) -> Option<Number> {
        let digits = match text {
            [b'-' | b'+', digits @ ..] => digits,
            digits => digits,
        };
        if !matches!(digits.first()?, b'0'..=b'9' | b'.') {
            return None;
        }
        const DIGITS_MAX: usize = 38;
        if digits.len() <= DIGITS_MAX && digits.iter().all(u8::is_ascii_digit) {
            let add = |sum: i128, &digit: &u8| sum * 10 + i128::from(digit - b'0');
            let whole = match digits.len() {
                // This takes a fraction of the time.
                0..=18 => {
                    let add = |sum: i64, &digit: &u8| sum * 10 + i64::from(digit - b'0');
                    i128::from(digits.iter().fold(0, add))
                }
                _ => digits.iter().fold(0, add),
            };
            let is_negative = text[0] == b'-';
            return Some(Number::Whole(if is_negative { -whole } else { whole }));
        }
        let is_of_number =
            |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'E' | b'+' | b'-');
        if !digits.iter().all(is_of_number) {
            return None;
        }
        let real: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
        Some(Number::Real(real))
    }

    pub(super) fn real(self) -> f64 {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "the nearest one is meant")]
            Number::Whole(whole) => whole as f64,
            Number::Real(real) => real,
        }
    }

    pub(super) fn compare(self, other: Number) -> Option<Ordering> {
        match (self, other) {
            (Number::Whole(a), Number::Whole(b)) => Some(a.cmp(&b)),
            (a, b) => a.real().partial_cmp(&b.real()),
        }
    }
}

/// A number with its unit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Quantity {
    Seconds(f64),
    Bytes(f64),
}

/// The units of durations, in seconds.
const DURATIONS: [(&[&str], f64); 8] = [
    (&["ns", "nanos", "nanosecond", "nanoseconds"], 1e-9),
    (
        &[
            "us",
            "\u{b5}s",
            "\u{3bc}s",
            "micros",
            "usec",
            "microseconds",
        ],
        1e-6,
    ),
    (
        &["ms", "msec", "millis", "millisecond", "milliseconds"],
        1e-3,
    ),
    (&["s", "sec", "secs", "second", "seconds"], 1.0),
    (&["m", "min", "mins", "minute", "minutes"], 60.0),
    (&["h", "hr", "hrs", "hour", "hours"], 3600.0),
    (&["d", "day", "days"], 86_400.0),
    (&["w", "week", "weeks"], 604_800.0),
];

/// The units of sizes, in bytes. As in other places of logscan a single letter is a power of 1024.
const SIZES: [(&[&str], f64); 10] = [
    (&["B", "byte", "bytes"], 1.0),
    (&["kB", "KB"], 1e3),
    (&["MB"], 1e6),
    (&["GB"], 1e9),
    (&["TB"], 1e12),
    (&["K", "KiB"], 1024.0),
    (&["M", "MiB"], 1_048_576.0),
    (&["G", "GiB"], 1_073_741_824.0),
    (&["T", "TiB"], 1_099_511_627_776.0),
    (&["PB"], 1e15),
];

impl Quantity {
    /// Parses all of `text`: numbers with their units, as in `1.5s`, `1h30m`, `12 ms`, `10MB`, or a
    /// duration as on a clock, `00:01:30.5`.
    pub(super) fn parse(text: &[u8]) -> Option<Quantity> {
        let text = std::str::from_utf8(text).ok()?;
        if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+')) {
            return None;
        }
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let quantity = match on_clock(text) {
            Some(seconds) => Quantity::Seconds(seconds),
            None => with_units(text)?,
        };
        Some(match (quantity, is_negative) {
            (Quantity::Seconds(seconds), true) => Quantity::Seconds(-seconds),
            (Quantity::Bytes(bytes), true) => Quantity::Bytes(-bytes),
            (quantity, false) => quantity,
        })
    }
}

fn with_units(text: &str) -> Option<Quantity> {
    let mut seconds: Option<f64> = None;
    let mut rest = text;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = rest[digits..].trim_start_matches(' ');
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.' || c == ' ');
        let unit = &rest[..end.unwrap_or(rest.len())];
        rest = rest[unit.len()..].trim_start_matches(' ');
        if seconds.is_none()
            && rest.is_empty()
            && let Some(bytes) = factor(&SIZES, unit)
        {
            return Some(Quantity::Bytes(number * bytes));
        }
        let unit_s = factor(&DURATIONS, unit)?;
        seconds = Some(seconds.unwrap_or(0.0) + number * unit_s);
        if rest.is_empty() {
            return seconds.map(Quantity::Seconds);
        }
    }
}

fn factor(units: &[(&[&str], f64)], unit: &str) -> Option<f64> {
    let mut units = units.iter();
    units.find_map(|(names, factor)| names.contains(&unit).then_some(*factor))
}

/// Parses hours, minutes and seconds, or minutes and seconds.
fn on_clock(text: &str) -> Option<f64> {
    let mut parts = text.rsplit(':');
    let seconds: f64 = parts.next()?.parse().ok()?;
    let minutes: u32 = parts.next()?.parse().ok()?;
    let hours: u32 = match parts.next() {
        Some(hours) => hours.parse().ok()?,
        None => 0,
    };
    let is_clock = parts.next().is_none() && seconds < 60.0 && minutes < 60;
    is_clock.then(|| f64::from(hours) * 3600.0 + f64::from(minutes) * 60.0 + seconds)
}

/// Returns how many seconds the unit has that the name of a field says: `took_ms`, `latencyNs`.
/// Without one they are seconds.
pub(super) fn seconds_of_name(name: &[u8]) -> f64 {
    let units: [(&[&[u8]], f64); 3] = [
        (
            &[b"_ms", b"Ms", b"_millis", b"Millis", b".ms", b"_msec"],
            1e-3,
        ),
        (
            &[b"_us", b"Us", b"_micros", b"Micros", b".us", b"_usec"],
            1e-6,
        ),
        (
            &[b"_ns", b"Ns", b"_nanos", b"Nanos", b".ns", b"_nsec"],
            1e-9,
        ),
    ];
    let ends = |(endings, factor): (&[&[u8]], f64)| {
        endings
            .iter()
            .any(|ending| name.ends_with(ending))
            .then_some(factor)
    };
    match name {
        b"ms" => 1e-3,
        b"us" => 1e-6,
        b"ns" => 1e-9,
        _ => units.into_iter().find_map(ends).unwrap_or(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_all_of_its_text() {
        for (text, want) in [
            ("500", Some(500.0)),
            ("-3", Some(-3.0)),
            ("+7", Some(7.0)),
            ("1.5e3", Some(1500.0)),
            (".5", Some(0.5)),
            ("", None),
            ("-", None),
            ("inf", None),
            ("nan", None),
            ("1.2.3", None),
            ("12ms", None),
            ("0x10", None),
            ("1 2", None),
        ] {
            assert_eq!(
                Number::parse(text.as_bytes()).map(Number::real),
                want,
                "{text}"
            );
        }
        let (a, b) = (b"9007199254740993", b"9007199254740992");
        let (a, b) = (Number::parse(a).unwrap(), Number::parse(b).unwrap());
        assert_eq!(a.compare(b), Some(Ordering::Greater));
    }

    #[test]
    fn a_quantity_has_a_unit_or_is_a_clock() {
        for (text, want) in [
            ("1.5s", Some(Quantity::Seconds(1.5))),
            ("250ms", Some(Quantity::Seconds(0.25))),
            ("12 ms", Some(Quantity::Seconds(0.012))),
            ("1h30m", Some(Quantity::Seconds(5400.0))),
            ("1m2.5s", Some(Quantity::Seconds(62.5))),
            ("00:01:30.5", Some(Quantity::Seconds(90.5))),
            ("-2s", Some(Quantity::Seconds(-2.0))),
            ("3\u{b5}s", Some(Quantity::Seconds(3e-6))),
            ("10MB", Some(Quantity::Bytes(1e7))),
            ("10M", Some(Quantity::Bytes(10.0 * 1_048_576.0))),
            ("1 KiB", Some(Quantity::Bytes(1024.0))),
            ("5", None),
            ("s", None),
            ("5 apples", None),
            ("10.0.0.1", None),
            ("10:99", None),
            ("", None),
        ] {
            assert_eq!(Quantity::parse(text.as_bytes()), want, "{text}");
        }
    }
}
