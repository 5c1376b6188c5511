//! What each format has to show.

use jiff::Timestamp;

use super::*;
use crate::histogram::Bucket;

/// A histogram of buckets of `width_s` that begin at these seconds behind 2026-11-20T13:00:00Z.
fn histogram(width_s: u64, counts: &[(i64, u64)]) -> Histogram {
    let zone = TimeZone::fixed(jiff::tz::offset(1));
    let width = BucketWidth::new(std::time::Duration::from_secs(width_s)).unwrap();
    let time = |second: i64| {
        let at = Timestamp::from_second(1_795_179_600 + second).unwrap();
        at.to_zoned_datetime(zone.clone())
    };
    let mut before = None;
    let width_s = width.seconds();
    let bucket = |&(start, hits): &(i64, u64)| {
        let empty = before.map_or(0, |end| (start - end) / width_s);
        before = Some(start + width_s);
        Bucket {
            start: time(start),
            end: time(start + width_s),
            empty_before: empty.unsigned_abs(),
            hits,
            by_series: Vec::new(),
        }
    };
    Histogram {
        width,
        asked: None,
        buckets: counts.iter().map(bucket).collect(),
        zone,
        series: Vec::new(),
        undated: 0,
    }
}

fn with_series(histogram: Histogram, names: &[&str]) -> Histogram {
    let mut histogram = histogram;
    histogram.series = names.iter().map(ToString::to_string).collect();
    for bucket in &mut histogram.buckets {
        bucket.by_series = vec![bucket.hits; names.len()];
    }
    histogram
}

fn written(histogram: &Histogram, format: Format, look: BarLook) -> String {
    let mut out = Vec::new();
    write(histogram, format, &look, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

const NARROW: BarLook = BarLook {
    columns: Some(36),
    cells: BarCells::Blocks,
};

#[test]
fn bars_are_as_long_as_counts_and_a_gap_is_one_line() {
    let histogram = histogram(60, &[(0, 80), (60, 1), (240, 40), (3600, 5)]);
    let want = "\
per 1m, +01       hits
2026-11-20 14:00    80 █████████████
2026-11-20 14:01     1 ▏
2026-11-20 14:02     0
2026-11-20 14:03     0
2026-11-20 14:04    40 ██████▌
... 55 without hits
2026-11-20 15:00     5 ▊
";
    assert_eq!(written(&histogram, Format::Text, NARROW), want);
    let ascii = BarLook {
        cells: BarCells::Ascii,
        ..NARROW
    };
    let text = written(&histogram, Format::Text, ascii);
    assert!(text.contains("40 ######\n") && text.is_ascii(), "{text}");
}

#[test]
fn series_stand_side_by_side_under_their_names() {
    let histogram = with_series(
        histogram(3600, &[(0, 80), (3600, 20)]),
        &["ERROR", "a\x1b[31mlong pattern"],
    );
    let look = BarLook {
        columns: Some(60),
        ..NARROW
    };
    let want = "\
per 1h, +01       ERROR                 a\\x1b[31mlong patte…
2026-11-20 14:00    80 ███████████████    80 ███████████████
2026-11-20 15:00    20 ███▊               20 ███▊
";
    assert_eq!(written(&histogram, Format::Text, look), want);
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    use unicode_width::UnicodeWidthStr as _;

    let counts = [(0, 80), (60, 1), (240, 123_456), (9_000_000, 5)];
    let one = histogram(60, &counts);
    let three = with_series(
        one.clone(),
        &["ERROR", "a long pattern", "\u{65e5}\u{672c}"],
    );
    let mut far = three.clone();
    far.zone = TimeZone::get("America/Argentina/ComodRivadavia").unwrap();
    for histogram in [&one, &three, &far] {
        for columns in 17..200 {
            for cells in [BarCells::Blocks, BarCells::Ascii] {
                let look = BarLook {
                    columns: Some(columns),
                    cells,
                };
                let text = written(histogram, Format::Text, look);
                let widest = text.lines().map(|line| line.width()).max().unwrap();
                assert!(widest <= columns, "{columns}:\n{text}");
                assert!(text.contains("123456"), "{columns}:\n{text}");
            }
        }
    }
}

#[test]
fn bars_stand_below_their_time_where_there_is_no_room_beside_it() {
    let look = BarLook {
        columns: Some(20),
        ..NARROW
    };
    let one = histogram(60, &[(0, 80), (60_000, 40)]);
    let want = "\
per 1m, +01
2026-11-20 14:00
80 █████████████████
... 999 without hits
2026-11-21 06:40
40 ████████▌
";
    assert_eq!(written(&one, Format::Text, look), want);
    let two = with_series(histogram(60, &[(0, 80)]), &["ERROR", "WARNING"]);
    let want = "\
per 1m, +01
2026-11-20 14:00
ERROR  80 ██████████
WARNI… 80 ██████████
";
    assert_eq!(written(&two, Format::Text, look), want);
}

#[test]
fn programs_get_the_buckets_with_hits() {
    let histogram = with_series(histogram(60, &[(0, 8), (600, 1)]), &["=1,\"x\"", "b"]);
    let want = "\
start,end,hits,\"'=1,\"\"x\"\"\",b
2026-11-20T14:00:00+01:00,2026-11-20T14:01:00+01:00,8,8,8
2026-11-20T14:10:00+01:00,2026-11-20T14:11:00+01:00,1,1,1
";
    assert_eq!(written(&histogram, Format::Csv, NARROW), want);
    let want = r#"{"type":"begin","schema":1,"width_s":60,"asked_s":null,"zone":"+01","patterns":["=1,\"x\"","b"]}
{"type":"bucket","start":"2026-11-20T14:00:00+01:00","end":"2026-11-20T14:01:00+01:00","hits":8,"by_pattern":[8,8]}
{"type":"bucket","start":"2026-11-20T14:10:00+01:00","end":"2026-11-20T14:11:00+01:00","hits":1,"by_pattern":[1,1]}
{"type":"end","hits":9,"undated":0,"buckets":2}
"#;
    assert_eq!(written(&histogram, Format::Jsonl, NARROW), want);
}

#[test]
fn a_page_and_a_picture_need_no_network_and_pass_no_markup_on() {
    let evil = "\"><script>alert(1)</script>'\x1b";
    let histogram = with_series(histogram(60, &[(0, 8), (600, 1)]), &[evil, "b"]);
    for format in [Format::Html, Format::Svg] {
        let text = written(&histogram, format, NARROW);
        // The name of the form of the file is the one address there is.
        let text = text.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
        for word in [
            "http:", "https:", "<script", "@import", "url(", " onload", "src=", "\x1b",
        ] {
            assert!(!text.contains(word), "{format:?} {word}");
        }
        assert!(text.contains("&lt;script&gt;"));
        // Two buckets for each of two series.
        assert_eq!(text.matches("<title>2026-11-20 14:").count(), 4);
    }
}

#[test]
fn nothing_is_shown_of_nothing_but_where_a_form_needs_it() {
    let none = histogram(60, &[]);
    assert_eq!(written(&none, Format::Text, NARROW), "");
    assert_eq!(written(&none, Format::Csv, NARROW), "start,end,hits\n");
    assert!(written(&none, Format::Svg, NARROW).contains("No hit has a time"));
    assert!(written(&none, Format::Html, NARROW).contains("No hit has a time"));
}

#[test]
fn an_hour_that_comes_twice_is_told_by_its_offset() {
    let zone = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
    let at = |second: i64| {
        let at = Timestamp::from_second(1_792_886_400 + second).unwrap();
        at.to_zoned_datetime(zone.clone())
    };
    let mut two = histogram(3600, &[(0, 8), (3600, 8)]);
    for (nth, bucket) in (0..).zip(&mut two.buckets) {
        bucket.start = at(nth * 3600);
        bucket.end = at(nth * 3600 + 3600);
    }
    let text = written(&two, Format::Text, NARROW);
    assert!(text.contains("2026-10-25 02:00+02:00"), "{text}");
    assert!(text.contains("2026-10-25 02:00+01:00"), "{text}");
}
