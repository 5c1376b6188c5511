//! Conditions of any text, and fields of any line. A condition is parsed, or it is refused with a
//! place in its text. A line has fields or none, and what is found by searching whole blocks is what
//! is found line by line.

#![no_main]

use std::time::SystemTime;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use logscan::{
    EachLine, Matcher, Patterns, Progress, Scan, Source, Workers,
    fields::{Aggregates, Catalog, Condition, FieldFormat, FieldNames},
    scan::{self, TimeSetting},
};

#[derive(Arbitrary, Debug)]
struct Case {
    condition: String,
    names: String,
    log: Vec<u8>,
    is_table: bool,
    chunk_bytes: u8,
}

fuzz_target!(|case: Case| check(&case));

fn check(case: &Case) {
    let _ = FieldNames::parse(&case.names);
    let _ = Aggregates::parse(&case.names);
    let format = match case.is_table {
        true => FieldFormat::Table,
        false => FieldFormat::Auto,
    };
    let all = Matcher::new(&Patterns::new("")).expect("the empty pattern is one");
    let chunk_bytes = Some(usize::from(case.chunk_bytes) + 1);
    let mut catalog = Catalog::new(format);
    run(&all, case, chunk_bytes, &mut catalog);
    let list = catalog.finish();
    assert!(list.fields.iter().all(|field| field.lines <= list.lines));
    let setting = TimeSetting::utc(SystemTime::UNIX_EPOCH);
    let condition = match Condition::parse(&case.condition, &setting) {
        Ok(condition) => condition,
        Err(error) => {
            assert!(error.column <= case.condition.chars().count());
            return;
        }
    };
    let matcher = all.filtered(condition.into_filter(format, None));
    let mut found = [Vec::new(), Vec::new()];
    for (found, chunk_bytes) in found.iter_mut().zip([chunk_bytes, Some(1 << 20)]) {
        let mut sink = EachLine::new(|line| {
            found.push(line.offset);
            Ok(())
        });
        run(&matcher, case, chunk_bytes, &mut sink);
    }
    assert_eq!(found[0], found[1]);
}

fn run(matcher: &Matcher, case: &Case, chunk_bytes: Option<usize>, sink: &mut dyn logscan::Sink) {
    let scan = Scan {
        chunk_bytes,
        ..Scan::new(matcher.clone())
    };
    let mut source = Source::from_bytes("log".as_ref(), case.log.clone());
    let summary = scan::run(&scan, &mut source, &Workers::new(1), &Progress::new(), sink);
    let _ = summary.expect("bytes in memory can be read").into_result();
}
