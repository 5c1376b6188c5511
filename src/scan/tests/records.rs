//! Compares records with those of an oracle that puts lines together one by one.

use super::*;

/// Returns the rule that records begin at lines with a match of `start`.
pub(super) fn starting(start: &'static str) -> Records {
    Records::starting_with(Matcher::new(&Patterns::new(start)).unwrap())
}

/// Splits a text into lines, or into records if there is a pattern for their first lines.
pub(super) fn plain_units<'t>(text: &'t [u8], start: Option<&str>) -> Vec<&'t [u8]> {
    let start = start.map(|start| Regex::new(start).unwrap());
    let mut ends: Vec<usize> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        let head = line.strip_suffix(b"\n").unwrap_or(line);
        let head = match line.ends_with(b"\n") {
            true => head.strip_suffix(b"\r").unwrap_or(head),
            false => head,
        };
        let begins = start.as_ref().is_none_or(|start| start.is_match(head));
        if begins && at > 0 {
            ends.push(at);
        }
        at += line.len();
    }
    ends.push(at);
    let mut from = 0;
    let units = ends.into_iter().map(|end| {
        let unit = &text[from..end];
        from = end;
        unit
    });
    units.filter(|unit| !unit.is_empty()).collect()
}

/// Returns the lines of a record without their line ends, and the index in it at which each begins.
pub(super) fn plain_lines_of<'h>(
    haystack: &'h [u8],
    start: Option<&str>,
) -> Vec<(usize, &'h [u8])> {
    if start.is_none() {
        return vec![(0, haystack)];
    }
    let mut at = 0;
    let pieces: Vec<&[u8]> = haystack.split(|&byte| byte == b'\n').collect();
    let last = pieces.len() - 1;
    let lines = pieces.into_iter().enumerate().map(|(nth, piece)| {
        let start = at;
        at += piece.len() + 1;
        match nth < last {
            true => (start, piece.strip_suffix(b"\r").unwrap_or(piece)),
            false => (start, piece),
        }
    });
    lines.collect()
}

/// Checks a log with and without context, limits and conditions.
#[track_caller]
fn check_records(log: &str, pattern: &str) {
    let plain = Case {
        records: Some("^#"),
        ..case(log, pattern)
    };
    check(&plain);
    let lines = |before, after| Context::Lines { before, after };
    for (context, limit, invert) in [
        (lines(1, 1), Limit::All, false),
        (lines(2, 0), Limit::First(2), true),
        (Context::None, Limit::First(1), false),
        (Context::None, Limit::Last(2), false),
        (lines(1, 1), Limit::Last(1), true),
        (Context::All, Limit::First(1), false),
    ] {
        check(&Case {
            context,
            limit,
            invert,
            ..plain.clone()
        });
    }
    check(&Case {
        only_matching: true,
        ..plain.clone()
    });
    for (and, not, invert) in [
        (Some("c"), None, false),
        (None, Some("c"), false),
        (Some("c"), Some("d"), true),
    ] {
        check(&Case {
            and: Vec::from_iter(and.map(String::from)),
            not: Vec::from_iter(not.map(String::from)),
            invert,
            ..plain.clone()
        });
    }
}

const LOG: &str = "\
first b
#1 a
 at b
 at b
#2 c
#3 b

 c
#4 a
 d
#5 b";

#[test]
fn a_match_anywhere_selects_the_whole_record() {
    check_against(
        &Case {
            records: Some("^#"),
            ..case(LOG, "^ at")
        },
        "2:8:#1 a\n at b\n at b\n",
    );
}

#[test]
fn records_are_found_counted_and_shown_as_one() {
    check_records(LOG, "b");
    check_records(LOG, "^ .*b$");
    check_records("", "b");
    check_records("b\n\nb", "b");
    check_records("#\r\n b\r\n#b\r\n\r\n#a\r\n", "b$|^$");
}

#[test]
fn every_record_is_a_hit_of_the_empty_pattern() {
    check_records(LOG, "");
}

#[test]
fn a_range_holds_the_records_that_begin_in_it() {
    for range in [0..10, 3..20, 8..9, 9..40, 21..28, 30..60] {
        for limit in [Limit::All, Limit::First(1), Limit::Last(1)] {
            check(&Case {
                records: Some("^#"),
                range: range.clone(),
                limit,
                ..case(LOG, "b|c")
            });
        }
    }
}

#[test]
fn a_record_longer_than_the_cap_is_its_first_bytes_however_it_is_read() {
    for max_line_bytes in [3, 5, 6, 9] {
        for invert in [false, true] {
            check(&Case {
                records: Some("^#"),
                max_line_bytes,
                invert,
                ..case(LOG, "b|d")
            });
        }
    }
}

#[test]
fn the_time_of_a_record_is_that_of_its_first_line() {
    let log = "\
banner b
2026-11-20T14:01:59Z b
2026-11-20T14:02:00Z in the record above b
 at b
#2 2026-11-20T14:02:00Z no time at the start b
#3 b
";
    for records in ["^#|^2026.*Z b", "^2026"] {
        for limit in [Limit::All, Limit::Last(1)] {
            check(&Case {
                records: Some(records),
                times: Some([Some("2026-11-20T14:02:00"), None]),
                limit,
                ..case(log, "b")
            });
        }
    }
}

#[test]
fn records_are_learned_from_the_first_lines() {
    let record = |nth: usize| {
        format!("2026-11-20 14:02:{nth:02} ERROR failed\n\tat app.Main({nth})\n\tat b\n")
    };
    let log: String = (0..50).map(record).collect();
    let mut source = Source::from_bytes("log".as_ref(), log.clone().into_bytes());
    let scan = Scan {
        records: Some(Records::learned()),
        line_numbers: true,
        ..Scan::new(Matcher::new(&Patterns::new(r"\(7\)")).unwrap())
    };
    let mut found = Vec::new();
    let mut sink = EachLine::new(|line| {
        found.push((line.line_number, line.bytes.to_vec()));
        Ok(())
    });
    let (workers, progress) = (Workers::new(2), Progress::new());
    let summary = run(&scan, &mut source, &workers, &progress, &mut sink).unwrap();
    assert_eq!(summary.hits, 1);
    assert_eq!(
        found,
        [(Some(22), record(7).trim_end().as_bytes().to_vec())]
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_records_are_found_in_every_way(
        log in "(#|[abc ]{0,4}|\r|\n){0,24}",
        pattern in prop::sample::select(vec!["a", "b$", "^ ?a", "[ab]c", "", "^$"]),
        before in 0u64..3,
        after in 0u64..3,
        limit in prop_oneof![
            Just(Limit::All),
            (0u64..4).prop_map(Limit::First),
            (0u64..4).prop_map(Limit::Last)
        ],
        invert: bool,
    ) {
        let case = Case {
            records: Some("^#"),
            context: Context::Lines { before, after },
            limit,
            invert,
            ..case(&log, pattern)
        };
        check_with(&case, &[1, 3, 8, log.len() + 2], &[1, 3]);
    }
}
