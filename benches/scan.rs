//! Measures the parts of the engine, and both paths end to end.
//!
//! Each benchmark checks its answer before it measures. `cargo test --benches` runs each once on a
//! small log.

use std::{hint::black_box, io::Write, path::Path};

use criterion::{Criterion, Throughput, criterion_main};
use logscan::{
    Matcher, Patterns, Progress, ReadMode, Scan, Source, Workers,
    bench::{count_newlines, cut_chunks, search_chunk},
    scan,
    sink::{Count, Counted, Listing},
};

/// A log in which one line in a thousand is an error.
struct Log {
    bytes: Vec<u8>,
    lines: u64,
    errors: u64,
}

/// Writes a log of about `length` bytes from a fixed seed (xorshift64*, Vigna 2016).
fn log(length: usize) -> Log {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut next = move || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33
    };
    let mut log = Log {
        bytes: Vec::new(),
        lines: 0,
        errors: 0,
    };
    while log.bytes.len() < length {
        let is_error = next() % 1000 == 0;
        let level = if is_error { "ERROR" } else { "INFO" };
        let (id, took, code) = (next(), next() % 500, 200 + next() % 300);
        writeln!(
            log.bytes,
            "2026-11-20T09:00:00.000Z {level} com.example.api: request {id:08x} took {took} ms, status {code}"
        )
        .expect("writing to a Vec does not fail");
        log.lines += 1;
        log.errors += u64::from(is_error);
    }
    log
}

/// Returns how long the log is. Criterion's `--bench` is absent when the benches are run as tests.
fn log_bytes() -> usize {
    match std::env::args().any(|arg| arg == "--bench") {
        true => 64 << 20,
        false => 1 << 20,
    }
}

fn parts(criterion: &mut Criterion) {
    let log = log(log_bytes());
    let bytes = log.bytes.len() as u64;
    let mut group = criterion.benchmark_group("parts");
    group.throughput(Throughput::Bytes(bytes));

    assert_eq!(count_newlines(&log.bytes), log.lines);
    group.bench_function("count newlines", |b| {
        b.iter(|| count_newlines(black_box(&log.bytes)))
    });

    assert_eq!(cut_chunks(&log.bytes, 64 << 10), bytes);
    group.bench_function("cut chunks of 64 KiB", |b| {
        b.iter(|| cut_chunks(black_box(&log.bytes), 64 << 10))
    });

    for (name, pattern, line_numbers) in [
        ("literal", "ERROR", false),
        ("literal, lines counted", "ERROR", true),
        (
            "regex without a literal",
            r"[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z E",
            false,
        ),
    ] {
        let matcher = Matcher::new(&Patterns::new(pattern)).expect("the pattern is valid");
        assert_eq!(search_chunk(&matcher, &log.bytes, line_numbers), log.errors);
        group.bench_function(format!("match worker, {name}"), |b| {
            b.iter(|| search_chunk(&matcher, black_box(&log.bytes), line_numbers));
        });
    }
    group.finish();
}

fn count(path: &Path, mode: ReadMode, workers: &Workers) -> u64 {
    let matcher = Matcher::new(&Patterns::new("ERROR")).expect("the pattern is valid");
    let mut source = Source::open(path, mode).expect("the file has just been written");
    let sink = Count::new(
        Counted::Lines,
        Listing::default(),
        matcher.clone(),
        Box::new(std::io::sink()),
    );
    let mut sink = sink;
    let summary = scan::run(
        &Scan::new(matcher),
        &mut source,
        workers,
        &Progress::new(),
        &mut sink,
    )
    .expect("nothing is written");
    summary.hits
}

fn paths(criterion: &mut Criterion) {
    let log = log(log_bytes());
    let mut file = tempfile::NamedTempFile::new().expect("there is a temporary folder");
    file.write_all(&log.bytes)
        .expect("there is room for the log");
    let mut group = criterion.benchmark_group("paths");
    group.throughput(Throughput::Bytes(log.bytes.len() as u64));
    for (name, mode) in [("mapped", ReadMode::Map), ("read", ReadMode::Read)] {
        for threads in [1, 2] {
            let workers = Workers::new(threads);
            assert_eq!(count(file.path(), mode, &workers), log.errors);
            group.bench_function(format!("{name}, {threads} threads"), |b| {
                b.iter(|| count(file.path(), mode, &workers));
            });
        }
    }
    group.finish();
}

mod group {
    //! This is a module because criterion's macro makes a public function without docs.

    use super::{parts, paths};

    criterion::criterion_group!(benches, parts, paths);
}
criterion_main!(group::benches);
