//! FieldGroups against a naive count, for every chunk size and number of threads.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::{
    Matcher, Patterns, Progress, Scan, Source, Workers,
    fields::{Aggregates, FieldGroups, FieldNames, GroupOptions, RowFormat},
    scan,
};

fn table(log: &str, options: GroupOptions, threads: usize, chunk_bytes: usize) -> String {
    let all = Matcher::new(&Patterns::new("")).unwrap();
    let mut groups = FieldGroups::new(options, &all);
    let scan = Scan {
        chunk_bytes: Some(chunk_bytes),
        ..Scan::new(all)
    };
    let mut source = Source::from_bytes("log".as_ref(), log.as_bytes().to_vec());
    let workers = Workers::new(threads);
    let summary = scan::run(&scan, &mut source, &workers, &Progress::new(), &mut groups);
    summary.unwrap().into_result().unwrap();
    let mut csv = Vec::new();
    groups
        .finish()
        .write(RowFormat::Csv, None, &mut csv)
        .unwrap();
    String::from_utf8(csv).unwrap()
}

fn options(keys: &str, aggregates: &str) -> GroupOptions {
    GroupOptions {
        keys: FieldNames::parse(keys).unwrap(),
        aggregates: Aggregates::parse(aggregates).unwrap(),
        ..GroupOptions::default()
    }
}

#[test]
fn groups_have_the_same_digits_for_every_chunk_size_and_number_of_threads() {
    let mut random = fastrand::Rng::with_seed(7);
    let mut log = String::new();
    for nth in 0..20_000 {
        let key = random.u32(..40);
        let real = random.f64() * 10f64.powi(random.i32(-12..12));
        let whole = random.i64(..) / 1000;
        log.push_str(&match nth % 7 {
            0 => format!("no field {nth}\n"),
            1 => format!("{{\"key\":\"{key}\",\"x\":\"{real}\",\"y\":{whole}}}\n"),
            2 => format!("{{\"key\":{key},\"x\":\"word\"}}\n"),
            _ => format!("key={key} x={real} y={whole} id={}\n", random.u32(..3000)),
        });
    }
    let functions =
        "sum(x),avg(x),min(x),max(y),p50(x),p99(x),distinct(id),count(y),sum(y),median(y)";
    for keys in ["key", "key,id"] {
        let want = table(&log, options(keys, functions), 1, 1 << 30);
        assert!(want.lines().count() > 40);
        for (threads, chunk_bytes) in [(1, 1000), (2, 5000), (7, 100_000), (2, 77), (4, 1 << 20)] {
            let got = table(&log, options(keys, functions), threads, chunk_bytes);
            assert!(got == want, "{threads} {chunk_bytes}");
        }
    }
}

#[test]
fn groups_are_those_of_a_naive_count() {
    let line = (0_u32..5, -50_i64..50, any::<bool>());
    let lines = prop::collection::vec(line, 1..200);
    proptest!(ProptestConfig::with_cases(100), |(lines in lines, chunk_bytes in 1_usize..300)| {
        let mut log = String::new();
        let mut want: BTreeMap<String, (u64, Vec<i64>)> = BTreeMap::new();
        for (key, number, has_number) in &lines {
            log.push_str(&format!("k=v{key} n={}\n", match has_number {
                true => number.to_string(),
                false => "none".into(),
            }));
            let group = want.entry(format!("v{key}")).or_default();
            group.0 += 1;
            group.1.extend(has_number.then_some(*number));
        }
        let mut rows: Vec<_> = want.into_iter().collect();
        rows.sort_by(|a, b| b.1.0.cmp(&a.1.0).then(a.0.cmp(&b.0)));
        let mut csv = "count,k,count(n),sum(n),min(n),max(n),avg(n)\n".to_owned();
        for (key, (count, numbers)) in rows {
            let number = |of: Option<i64>| of.map(|of| of.to_string()).unwrap_or_default();
            let sum: i64 = numbers.iter().sum();
            let average = (!numbers.is_empty()).then(|| sum as f64 / numbers.len() as f64);
            csv.push_str(&format!(
                "{count},{key},{count},{},{},{},{}\n",
                number((!numbers.is_empty()).then_some(sum)),
                number(numbers.iter().min().copied()),
                number(numbers.iter().max().copied()),
                average.map(|average| (average + 0.0).to_string()).unwrap_or_default(),
            ));
        }
        let got = table(&log, options("k", "count(n),sum(n),min(n),max(n),avg(n)"), 2, chunk_bytes);
        prop_assert_eq!(got, csv);
    });
}

#[test]
fn percentiles_are_wrong_by_one_in_a_hundred_at_most() {
    let mut random = fastrand::Rng::with_seed(3);
    for scale in [1e-6, 1.0, 1e9] {
        let mut values: Vec<f64> = (0..5000)
            .map(|_| scale * (random.f64() * 8.0).exp())
            .collect();
        let log: String = values.iter().map(|value| format!("x={value}\n")).collect();
        values.sort_by(f64::total_cmp);
        let row = table(
            &log,
            GroupOptions {
                keys: FieldNames::default(),
                ..options("x", "p0(x),p50(x),p90(x),p99.9(x),p100(x)")
            },
            2,
            1000,
        );
        let cells: Vec<f64> = row
            .lines()
            .nth(1)
            .unwrap()
            .split(',')
            .skip(1)
            .map(|cell| cell.parse().unwrap())
            .collect();
        for (nth, got) in [0, 2499, 4499, 4994, 4999].into_iter().zip(cells) {
            let want: f64 = values[nth];
            // The rank, and the digits that are shown, add a little.
            assert!((got - want).abs() <= 0.012 * want, "{nth} {got} {want}");
        }
    }
}

#[test]
fn distinct_values_are_exact_up_to_a_limit_and_then_near() {
    for (count, most_wrong) in [(256_u64, 0), (257, 20), (200_000, 10_000)] {
        let log: String = (0..count * 2)
            .map(|nth| format!("x=v{}\n", nth % count))
            .collect();
        let none = GroupOptions {
            keys: FieldNames::default(),
            ..options("x", "distinct(x)")
        };
        let row = table(&log, none, 2, 10_000);
        let got: f64 = row
            .lines()
            .nth(1)
            .unwrap()
            .split(',')
            .nth(1)
            .unwrap()
            .parse()
            .unwrap();
        assert!(
            (got - count as f64).abs() <= most_wrong as f64,
            "{count}: {got}"
        );
    }
}

#[test]
fn a_sum_of_reals_is_rounded_once() {
    // Added one after the other these are 0, and so are the last two.
    let none = GroupOptions {
        keys: FieldNames::default(),
        ..options("x", "sum(x)")
    };
    let log = "x=1e100\nx=1.5\nx=-1e100\nx=9007199254740993\nx=0.1\nx=0.2\nx=0.3\n";
    let row = table(log, none, 1, 1 << 20);
    assert_eq!(row, "count,sum(x)\n7,9007199254740996\n");
}
