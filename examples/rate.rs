//! How many hits are there in each minute? A sink of its own, whose costly half runs on all cores.
//!
//! ```text
//! cargo run --release --example rate -- ERROR testdata/app.log
//! cargo run --release --example rate -- ERROR testdata/app.log 13
//! ```
//! The number is how many bytes at the start of a line are its time: 16 are the minute of `2026-11-20T09:01:02`, 13 the
//! hour. Workers count adjacent hits of one minute; what they hand over is small, and added up in file order.

#![expect(clippy::print_stdout, reason = "a program to run by hand")]

use std::{collections::BTreeMap, env, process::ExitCode};

use logscan::{
    Error, LineKind, Lines, Matcher, Out, Patterns, Progress, ReadMode, Render, Scan, Sink, Source,
    Workers, scan,
};

/// More minutes than a week has; what comes after them is counted together.
const KEYS_MAX: usize = 20_000;

/// How long the longest bar is.
const BAR_COLUMNS: u64 = 40;

/// Counts of hits by the first bytes of their lines.
struct Rate {
    key_bytes: usize,
    counts: BTreeMap<Vec<u8>, u64>,
    /// Hits with keys for which there was no room.
    uncounted: u64,
    /// What was delivered of a record whose rest is still to come.
    partial: Vec<u8>,
}

impl Sink for Rate {
    fn renderer(&self) -> Option<Box<dyn Render>> {
        Some(Box::new(Keys(self.key_bytes)))
    }

    fn deliver(&mut self, rendered: &[u8]) -> Result<(), Error> {
        self.partial.extend_from_slice(rendered);
        let mut rest = self.partial.as_slice();
        // A record is the length of the key, a count, and the key.
        while let Some((&[length, ref count @ ..], behind)) = rest.split_first_chunk::<9>()
            && let Some((key, behind)) = behind.split_at_checked(length.into())
        {
            let count = u64::from_le_bytes(*count);
            if let Some(known) = self.counts.get_mut(key) {
                *known += count;
            } else if self.counts.len() < KEYS_MAX {
                self.counts.insert(key.to_vec(), count);
            } else {
                self.uncounted += count;
            }
            rest = behind;
        }
        let used = self.partial.len() - rest.len();
        self.partial.drain(..used);
        Ok(())
    }

    fn cut(&mut self) -> Result<(), Error> {
        self.partial.clear();
        Ok(())
    }
}

/// The half that runs on the workers.
struct Keys(usize);

impl Render for Keys {
    fn lines(&mut self, lines: &Lines<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        if lines.kind == LineKind::Context {
            return Ok(());
        }
        let mut keys = lines.iter().map(|numbered| {
            let line = numbered.line.haystack;
            &line[..line.len().min(self.0)]
        });
        let Some(mut key) = keys.next() else {
            return Ok(());
        };
        let mut count = 1u64;
        let mut write = |key: &[u8], count: u64| {
            let length = u8::try_from(key.len()).expect("main allows no more");
            out.write(&[length])?;
            out.write(&count.to_le_bytes())?;
            out.write(key)
        };
        for next in keys {
            if next != key {
                write(key, count)?;
                (key, count) = (next, 0);
            }
            count += 1;
        }
        write(key, count)
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
        partial: Vec::new(),
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
