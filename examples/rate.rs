//! Counts the hits of each minute. It is a fold whose costly half runs on all cores.
//!
//! ```text
//! cargo run --release --example rate -- ERROR testdata/app.log
//! cargo run --release --example rate -- ERROR testdata/app.log 13
//! ```
//! The number is the length of the time at the start of a line, in bytes: 16 for the minute of
//! `2026-11-20T09:01:02`, 13 for the hour. Workers count adjacent hits of one minute. What they
//! hand over is small, and is added up in file order.

#![expect(clippy::print_stdout, reason = "a program to run by hand")]

use std::{collections::BTreeMap, env, process::ExitCode};

use logscan::{
    Error, Fold, Lines, Matcher, Patterns, Progress, ReadMode, Scan, Source, Values, Workers, scan,
};

/// The largest number of minutes, which is more than a week has. Hits after them are counted
/// together.
const KEYS_MAX: usize = 20_000;

/// The length of the longest bar.
const BAR_COLUMNS: u64 = 40;

/// Counts of hits by the first bytes of their lines.
struct Rate {
    key_bytes: usize,
    counts: BTreeMap<Vec<u8>, u64>,
    /// How many hits had a key for which there was no room.
    uncounted: u64,
}

/// The result of a worker for a chunk: keys, each with the number of adjacent hits that have it.
#[derive(Default)]
struct Keys {
    key_bytes: usize,
    counts: Vec<(Vec<u8>, u64)>,
}

impl Fold for Rate {
    type Worker = Keys;
    type Value = Vec<(Vec<u8>, u64)>;

    fn worker(&self) -> Keys {
        Keys {
            key_bytes: self.key_bytes,
            counts: Vec::new(),
        }
    }

    fn lines(
        keys: &mut Keys,
        lines: &Lines<'_>,
        _: &mut Values<'_, '_, Self::Value>,
    ) -> Result<(), Error> {
        for numbered in lines.iter() {
            let line = numbered.line.haystack;
            let key = &line[..line.len().min(keys.key_bytes)];
            match keys.counts.last_mut() {
                Some((last, count)) if last == key => *count += 1,
                _ => keys.counts.push((key.to_vec(), 1)),
            }
        }
        Ok(())
    }

    fn value(keys: &mut Keys) -> Option<Self::Value> {
        (!keys.counts.is_empty()).then(|| std::mem::take(&mut keys.counts))
    }

    fn fold(&mut self, counts: Self::Value) -> Result<(), Error> {
        for (key, count) in counts {
            if let Some(known) = self.counts.get_mut(&key) {
                *known += count;
            } else if self.counts.len() < KEYS_MAX {
                self.counts.insert(key, count);
            } else {
                self.uncounted += count;
            }
        }
        Ok(())
    }
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (pattern, path, key_bytes) = match words[..] {
        [pattern, path] => (pattern, path, Some(16)),
        [pattern, path, number] => (pattern, path, number.parse::<u8>().ok()),
        _ => ("", "", None),
    };
    let Some(key_bytes) = key_bytes else {
        println!("usage: rate PATTERN FILE [BYTES, at most 255]");
        return ExitCode::from(2);
    };
    match rate(pattern, path, key_bytes.into()) {
        Ok(status) => status,
        Err(error) => {
            println!("{error}");
            ExitCode::from(2)
        }
    }
}

fn rate(pattern: &str, path: &str, key_bytes: usize) -> Result<ExitCode, Error> {
    let scan = Scan::new(Matcher::new(&Patterns::new(pattern))?);
    let mut source = Source::open(path.as_ref(), ReadMode::Auto)?;
    let mut rate = Rate {
        key_bytes,
        counts: BTreeMap::new(),
        uncounted: 0,
    };
    let progress = Progress::new();
    let summary = scan::run(&scan, &mut source, &Workers::new(0), &progress, &mut rate)?;
    let highest = rate.counts.values().max().copied().unwrap_or(1);
    for (key, count) in &rate.counts {
        let bar = "#".repeat(usize::try_from(count * BAR_COLUMNS / highest).unwrap_or(0));
        println!(
            "{}",
            format!("{} {count:8} {bar}", key.escape_ascii()).trim_end()
        );
    }
    if rate.uncounted > 0 {
        println!("and {} hits with other times", rate.uncounted);
    }
    for note in &summary.notes {
        println!("{path}: {note}");
    }
    match summary.error {
        Some(error) => Err(error),
        None => Ok(ExitCode::SUCCESS),
    }
}
