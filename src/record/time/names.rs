//! Names of months, weekdays and zones.

/// The month that begins `text`, in English, short or long and in any case, and how long its name
/// is: `Nov`, `NOVEMBER`, `Sept`.
pub(super) fn month(text: &[u8]) -> Option<(i64, usize)> {
    const MONTHS: [&[u8]; 12] = [
        b"january",
        b"february",
        b"march",
        b"april",
        b"may",
        b"june",
        b"july",
        b"august",
        b"september",
        b"october",
        b"november",
        b"december",
    ];
    let (nth, length) = name(text, &MONTHS)?;
    Some((i64::try_from(nth).ok()? + 1, length))
}

/// How long the weekday is that begins `text`: `Fri`, `friday`, `Tues`.
pub(super) fn weekday(text: &[u8]) -> Option<usize> {
    const DAYS: [&[u8]; 7] = [
        b"monday",
        b"tuesday",
        b"wednesday",
        b"thursday",
        b"friday",
        b"saturday",
        b"sunday",
    ];
    name(text, &DAYS).map(|(_, length)| length)
}

/// Which of the names `text` begins with, written out or cut to three letters or four.
fn name(text: &[u8], names: &[&[u8]]) -> Option<(usize, usize)> {
    let first = text.first_chunk::<3>()?;
    if !first[0].is_ascii_alphabetic() {
        return None;
    }
    let first = first.map(|byte| byte | 0x20);
    let nth = names.iter().position(|name| name[..3] == first)?;
    let letters = text.iter().take_while(|byte| byte.is_ascii_alphabetic());
    let length = letters.count();
    let full = names[nth];
    let is_cut = matches!(length, 3 | 4) || length == full.len();
    let is_same = length <= full.len() && text[..length].eq_ignore_ascii_case(&full[..length]);
    (is_cut && is_same).then_some((nth, length))
}

/// What the abbreviation of a zone means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Abbreviation {
    /// East of Greenwich, in seconds.
    pub(super) offset_s: i64,
    /// Whether zones elsewhere have the same abbreviation and other clocks: then a zone that is
    /// given and uses it goes first.
    pub(super) is_shared: bool,
}

/// What `word` means as a zone, if it is the abbreviation of one.
///
/// The table holds what zones of the IANA time zone database are called in 2026, and UT, ICT and
/// SGT; for those of the United States RFC 5322, section 4.3, says the same. Shared are CST (China,
/// Cuba), CDT (Cuba), IST (India; Ireland and Israel) and PST (the Philippines).
#[inline]
pub(super) fn abbreviation(word: &[u8]) -> Option<Abbreviation> {
    let (quarters, is_shared) = match word {
        b"UTC" | b"GMT" | b"UT" | b"WET" => (0, false),
        b"WEST" | b"CET" | b"MET" | b"WAT" | b"BST" => (4, false),
        b"CEST" | b"MEST" | b"EET" | b"CAT" | b"SAST" => (8, false),
        b"EEST" | b"MSK" | b"EAT" | b"IDT" => (12, false),
        b"PKT" => (20, false),
        b"IST" => (22, true),
        b"WIB" | b"ICT" => (28, false),
        b"HKT" | b"SGT" | b"AWST" | b"WITA" => (32, false),
        b"JST" | b"KST" | b"WIT" => (36, false),
        b"ACST" => (38, false),
        b"AEST" => (40, false),
        b"ACDT" => (42, false),
        b"AEDT" => (44, false),
        b"NZST" => (48, false),
        b"NZDT" => (52, false),
        b"NDT" => (-10, false),
        b"ADT" => (-12, false),
        b"NST" => (-14, false),
        b"AST" | b"EDT" => (-16, false),
        b"EST" => (-20, false),
        b"CDT" => (-20, true),
        b"CST" => (-24, true),
        b"MDT" => (-24, false),
        b"MST" | b"PDT" => (-28, false),
        b"PST" => (-32, true),
        b"AKDT" => (-32, false),
        b"AKST" | b"HDT" => (-36, false),
        b"HST" => (-40, false),
        b"SST" => (-44, false),
        _ => return None,
    };
    Some(Abbreviation {
        offset_s: quarters * 900,
        is_shared,
    })
}

/// Whether `word` begins as the name of a zone does that has an area and a place:
/// `Europe/Berlin`.
pub(super) fn is_area(word: &[u8]) -> bool {
    // The areas of the IANA time zone database.
    const AREAS: [&[u8]; 11] = [
        b"Africa/",
        b"America/",
        b"Antarctica/",
        b"Arctic/",
        b"Asia/",
        b"Atlantic/",
        b"Australia/",
        b"Etc/",
        b"Europe/",
        b"Indian/",
        b"Pacific/",
    ];
    AREAS.iter().any(|area| word.starts_with(area))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_short_and_long() {
        for (text, want) in [
            ("Nov 20", Some((11, 3))),
            ("NOVEMBER 20", Some((11, 8))),
            ("sept. 3", Some((9, 4))),
            ("May", Some((5, 3))),
            ("mayor", None),
            ("Marc", Some((3, 4))),
            ("Marching", None),
            ("No", None),
        ] {
            assert_eq!(month(text.as_bytes()), want, "{text}");
        }
        assert_eq!(weekday(b"Fri, 20"), Some(3));
        assert_eq!(weekday(b"thursday 3"), Some(8));
        assert_eq!(weekday(b"Sunny"), None);
    }
}
