//! The questions to the program, its output, and the output of a naive program.

use fastrand::Rng;
use memchr::memmem;
use serde_json::Value;

use super::log::NAME;

/// A pattern and its meaning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pattern {
    regex: &'static str,
    /// The text that has to be in a line.
    literal: &'static [u8],
    /// Whether a digit has to stand before the text and belongs to the match.
    digit_before: bool,
}

const PATTERNS: [Pattern; 4] = [
    Pattern {
        regex: "ERROR",
        literal: b"ERROR",
        digit_before: false,
    },
    Pattern {
        regex: "INFO",
        literal: b"INFO",
        digit_before: false,
    },
    Pattern {
        regex: " n0",
        literal: b" n0",
        digit_before: false,
    },
    Pattern {
        regex: "[0-9]5 ERROR",
        literal: b"5 ERROR",
        digit_before: true,
    },
];

impl Pattern {
    /// Returns the places of the matches in a line.
    fn find<'a>(self, line: &'a [u8]) -> impl Iterator<Item = std::ops::Range<usize>> + 'a {
        let before = usize::from(self.digit_before);
        memmem::find_iter(line, self.literal)
            .filter(move |&at| before == 0 || at > 0 && line[at - 1].is_ascii_digit())
            .map(move |at| at - before..at + self.literal.len())
    }
}

/// The part of the results that is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    Lines,
    Inverted,
    Context,
    Only,
    Json,
    Max(usize),
    Last(usize),
    Count,
    ByPattern,
    Tally,
    Quiet,
}

/// One search.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) mode: Mode,
    pub(crate) pattern: Pattern,
    /// The flags that say how the log is read, and by how many threads.
    reading: Vec<String>,
    /// The largest number of bytes that are searched at once.
    pub(crate) chunk_bytes: usize,
}

/// The number of lines of context before and behind a hit.
const CONTEXT: (usize, usize) = (2, 1);

/// One line of the output, and its place in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) number: u64,
    pub(crate) offset: usize,
    pub(crate) is_hit: bool,
    pub(crate) text: Vec<u8>,
}

/// The output of a search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Records(Vec<Record>),
    /// Numbers, each with the text that was counted.
    Counts(Vec<(Vec<u8>, u64)>),
    Nothing,
}

impl Query {
    pub(crate) fn random(rng: &mut Rng) -> Query {
        let mode = match rng.u8(..14) {
            0..=2 => Mode::Lines,
            3 => Mode::Inverted,
            4 => Mode::Context,
            5 => Mode::Only,
            6..=7 => Mode::Json,
            8 => Mode::Max(rng.usize(1..3000)),
            9 => Mode::Last(rng.usize(1..3000)),
            10 => Mode::Count,
            11 => Mode::ByPattern,
            12 => Mode::Tally,
            _ => Mode::Quiet,
        };
        let pattern = match mode {
            Mode::Tally => PATTERNS[3],
            _ => PATTERNS[rng.usize(..PATTERNS.len())],
        };
        Query::of(mode, pattern, rng)
    }

    pub(crate) fn lines(rng: &mut Rng) -> Query {
        Query::of(Mode::Lines, PATTERNS[rng.usize(..PATTERNS.len())], rng)
    }

    /// Returns the same query, asked in another way. The results may not depend on that.
    pub(crate) fn otherwise(&self, rng: &mut Rng) -> Query {
        Query::of(self.mode, self.pattern, rng)
    }

    fn of(mode: Mode, pattern: Pattern, rng: &mut Rng) -> Query {
        let mut reading = vec![format!("-j{}", [1, 2, 2, 3, 5][rng.usize(..5)])];
        match rng.u8(..3) {
            0 => reading.push("--mmap".into()),
            1 => reading.push("--no-mmap".into()),
            _ => {}
        }
        let mut chunk_bytes = 4 << 20;
        if rng.u8(..5) > 0 {
            chunk_bytes = [4 << 10, 16 << 10, 64 << 10, 1 << 20][rng.usize(..4)];
            reading.push(format!("--chunk-size={chunk_bytes}"));
        }
        Query {
            mode,
            pattern,
            reading,
            chunk_bytes,
        }
    }

    /// Returns the name of the rounds of this kind in the table.
    pub(crate) fn name(&self) -> &'static str {
        match self.mode {
            Mode::Lines => "-n",
            Mode::Inverted => "-v",
            Mode::Context => "-C",
            Mode::Only => "-o",
            Mode::Json => "--json",
            Mode::Max(_) => "-m",
            Mode::Last(_) => "--last",
            Mode::Count => "-c",
            Mode::ByPattern => "--by-pattern",
            Mode::Tally => "--tally",
            Mode::Quiet => "-q",
        }
    }

    /// Returns the same query without a mapping.
    pub(crate) fn read_only(mut self) -> Query {
        self.reading.retain(|flag| flag != "--mmap");
        self.reading.push("--no-mmap".into());
        self
    }

    pub(crate) fn args(&self) -> Vec<String> {
        let mut args = self.reading.clone();
        let limit;
        let flags: &[&str] = match self.mode {
            Mode::Lines => &["-n", "-b"],
            Mode::Inverted => &["-n", "-b", "-v"],
            Mode::Context => &["-n", "-b", "-B2", "-A1"],
            Mode::Only => &["-n", "-b", "-o"],
            Mode::Json => &["--json"],
            Mode::Max(max) => {
                limit = max.to_string();
                &["-n", "-b", "-m", &limit]
            }
            Mode::Last(last) => {
                limit = last.to_string();
                &["-n", "-b", "--last", &limit]
            }
            Mode::Count => &["-c"],
            Mode::ByPattern => &["-c", "--by-pattern", "-e", "WARN"],
            Mode::Tally => &["-o", "--tally"],
            Mode::Quiet => &["-q"],
        };
        args.extend(flags.iter().map(|&flag| flag.into()));
        args.extend(["-e", self.pattern.regex, NAME].map(String::from));
        args
    }

    /// Returns whether lines come out as they are found.
    pub(crate) fn prints_lines(&self) -> bool {
        !matches!(
            self.mode,
            Mode::Count | Mode::ByPattern | Mode::Tally | Mode::Quiet
        )
    }

    fn is_hit(&self, line: &[u8]) -> bool {
        self.pattern.find(line).next().is_some() != (self.mode == Mode::Inverted)
    }

    /// Returns what a naive program would print.
    pub(crate) fn naive(&self, log: &[u8]) -> Answer {
        match self.mode {
            Mode::Quiet => Answer::Nothing,
            Mode::Count => Answer::Counts(vec![(Vec::new(), self.count(log))]),
            Mode::ByPattern => {
                let warnings = lines(log).filter(|(_, line)| memmem::find(line, b"WARN").is_some());
                let mut counts = vec![
                    (b"WARN".to_vec(), warnings.count() as u64),
                    (self.pattern.regex.into(), self.count(log)),
                ];
                counts.sort();
                Answer::Counts(counts)
            }
            Mode::Tally => Answer::Counts(self.tally(log)),
            _ => Answer::Records(self.records(log)),
        }
    }

    /// Returns how many lines match.
    pub(crate) fn count(&self, log: &[u8]) -> u64 {
        lines(log).filter(|(_, line)| self.is_hit(line)).count() as u64
    }

    fn tally(&self, log: &[u8]) -> Vec<(Vec<u8>, u64)> {
        let mut counts = std::collections::BTreeMap::new();
        for (_, line) in lines(log) {
            for found in self.pattern.find(line) {
                *counts.entry(line[found].to_vec()).or_insert(0) += 1;
            }
        }
        counts.into_iter().collect()
    }

    fn records(&self, log: &[u8]) -> Vec<Record> {
        let mut records = Vec::new();
        // The lines before the current one that a hit would show, and how many lines behind a hit
        // are still to be shown.
        let mut before: Vec<Record> = Vec::new();
        let mut behind = 0;
        let mut hits = 0;
        for (nth, (offset, line)) in lines(log).enumerate() {
            let is_hit = self.is_hit(line);
            let record = |is_hit, offset, text: &[u8]| Record {
                number: nth as u64 + 1,
                offset,
                is_hit,
                text: text.to_vec(),
            };
            match self.mode {
                Mode::Only => records.extend(
                    self.pattern
                        .find(line)
                        .map(|found| record(true, offset + found.start, &line[found])),
                ),
                Mode::Context if is_hit => {
                    records.append(&mut before);
                    records.push(record(true, offset, line));
                    behind = CONTEXT.1;
                }
                Mode::Context if behind > 0 => {
                    records.push(record(false, offset, line));
                    behind -= 1;
                }
                Mode::Context => {
                    before.push(record(false, offset, line));
                    if before.len() > CONTEXT.0 {
                        before.remove(0);
                    }
                }
                _ if is_hit => records.push(record(true, offset, line)),
                _ => {}
            }
            hits += usize::from(is_hit);
            if matches!(self.mode, Mode::Max(max) if hits == max) {
                break;
            }
        }
        if let Mode::Last(last) = self.mode {
            records.drain(..records.len().saturating_sub(last));
        }
        records
    }

    /// Returns what the program would print, if it prints numbered lines.
    pub(crate) fn printed(&self, log: &[u8]) -> Vec<u8> {
        let mut printed = Vec::new();
        for record in self.records(log) {
            printed.extend(format!("{}:{}:", record.number, record.offset).bytes());
            printed.extend(record.text);
            printed.push(b'\n');
        }
        printed
    }

    /// Parses what the program has printed. Returns an error if the program never prints such text.
    pub(crate) fn parse(&self, printed: &[u8]) -> Result<Answer, String> {
        match self.mode {
            Mode::Quiet => match printed {
                [] => Ok(Answer::Nothing),
                _ => Err("-q has printed something".into()),
            },
            Mode::Count => counts(printed, |line| Some((&b""[..], line))),
            Mode::ByPattern | Mode::Tally => counts(printed, |line| {
                let tab = line.iter().position(|&byte| byte == b'\t')?;
                Some((&line[tab + 1..], &line[..tab]))
            }),
            Mode::Json => json(printed),
            _ => {
                let lines = lines(printed).filter(|(_, line)| line != b"--");
                let records = lines.map(|(_, line)| {
                    text(line).ok_or_else(|| format!("no number and offset: {:?}", shown(line)))
                });
                Ok(Answer::Records(records.collect::<Result<_, _>>()?))
            }
        }
    }
}

/// Returns the lines of a log, without their ends, and the places where they begin.
pub(crate) fn lines(log: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &log[at..];
        if rest.is_empty() {
            return None;
        }
        let length = memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        let line = (at, &rest[..length]);
        at += (length + 1).min(rest.len());
        Some(line)
    })
}

/// Returns bytes in a form for a message.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let few = &bytes[..bytes.len().min(80)];
    String::from_utf8_lossy(few).escape_debug().to_string()
}

/// Parses `12:345:the line`, which has hyphens if it is context.
fn text(line: &[u8]) -> Option<Record> {
    let number = line.iter().position(|byte| !byte.is_ascii_digit())?;
    let separator = line[number];
    let rest = &line[number + 1..];
    let offset = rest.iter().position(|&byte| byte == separator)?;
    Some(Record {
        number: parsed(&line[..number])?,
        offset: usize::try_from(parsed(&rest[..offset])?).ok()?,
        is_hit: separator == b':',
        text: rest[offset + 1..].to_vec(),
    })
}

fn parsed(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

fn counts<'a>(
    printed: &'a [u8],
    split: impl Fn(&'a [u8]) -> Option<(&'a [u8], &'a [u8])>,
) -> Result<Answer, String> {
    let counts = lines(printed).map(|(_, line)| {
        let (what, count) = split(line)?;
        Some((what.to_vec(), parsed(count)?))
    });
    let counts: Option<Vec<_>> = counts.collect();
    let mut counts = counts.ok_or("a line has no number")?;
    counts.sort();
    Ok(Answer::Counts(counts))
}

fn json(printed: &[u8]) -> Result<Answer, String> {
    let mut records = Vec::new();
    for (_, line) in lines(printed) {
        let message: Value =
            serde_json::from_slice(line).map_err(|error| format!("{error}: {:?}", shown(line)))?;
        let data = &message["data"];
        if message["type"] != "match" {
            continue;
        }
        let text = match &data["lines"] {
            lines if lines["text"].is_string() => lines["text"]
                .as_str()
                .unwrap_or_default()
                .as_bytes()
                .to_vec(),
            lines => return Err(format!("a line that is no text: {lines}")),
        };
        records.push(Record {
            number: data["line_number"].as_u64().ok_or("no line_number")?,
            offset: data["absolute_offset"]
                .as_u64()
                .and_then(|offset| usize::try_from(offset).ok())
                .ok_or("no absolute_offset")?,
            is_hit: true,
            text: text.strip_suffix(b"\n").unwrap_or(&text).to_vec(),
        });
    }
    Ok(Answer::Records(records))
}
