//! Says which path is faster, how sure that is, and why, in one sentence. The reason comes from the
//! counters of the trials.
//!
//! Wall time times threads is the time of all threads together. They spend it in user mode, in the
//! kernel, and waiting. A part of the time in the kernel counts as page faults (mapped) or as
//! copying (read()). How large that part is follows from the limit of the same path, which does
//! nothing else: touching the mapping gives the time for each page fault, reading the file gives
//! the time for each byte.

use super::{
    record::{Cell, Column, Comparison, Subject, Verdict},
    stats::{median, median_interval},
};

/// A part is mentioned only if it makes up at least this share of the difference.
const TOLD_SHARE_MIN: f64 = 0.25;

/// A part in which the faster path loses is mentioned if it takes back at least this share of what
/// the path gains.
const TAKEN_BACK_SHARE_MIN: f64 = 0.5;

/// Where the time of a path goes, in seconds of all threads together, by the medians of its trials.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Parts {
    /// Time in user mode: the search itself, and its waiting for memory.
    pub user_s: f64,
    /// Time in the kernel to get at the bytes: in page faults, or copying.
    pub access_s: f64,
    /// Time in the kernel for anything else.
    pub other_s: f64,
    /// Time in neither: waiting for the disk, for another thread, or for a processor.
    pub waiting_s: f64,
}

impl Parts {
    /// Returns the sum of all parts.
    pub fn sum_s(&self) -> f64 {
        self.user_s + self.access_s + self.other_s + self.waiting_s
    }

    /// Returns which share of the whole is waiting, from 0 to 1.
    pub fn waiting_share(&self) -> f64 {
        match self.sum_s() > 0.0 {
            true => self.waiting_s / self.sum_s(),
            false => 0.0,
        }
    }

    /// Returns the parts of the path `subject` of `cell`. `subject` must be a path.
    pub fn of(cell: &Cell, subject: Subject) -> Parts {
        let (Some(path), Some(limit)) = (cell.column(subject), cell.column(subject.limit())) else {
            return Parts::default();
        };
        let threads = cell.threads as f64;
        let user_s = median(&path.values(|trial| trial.user_s));
        let system_s = median(&path.values(|trial| trial.system_s));
        let wall_s = path.wall_s.median;
        let units = |column: &Column| match subject {
            Subject::Mapped => median(&column.values(|trial| faults(trial).max(1) as f64)),
            _ => median(&column.values(|trial| trial.bytes.max(1) as f64)),
        };
        let limit_system_s = median(&limit.values(|trial| trial.system_s));
        let access_s = (limit_system_s / units(limit) * units(path)).min(system_s);
        Parts {
            user_s,
            access_s,
            other_s: system_s - access_s,
            waiting_s: (wall_s * threads - user_s - system_s).max(0.0),
        }
    }
}

fn faults(trial: &super::record::Trial) -> u64 {
    trial.minor_faults + trial.major_faults
}

/// Compares mapped with read(), without the sentence.
pub(crate) fn compare(columns: &[Column]) -> Comparison {
    let times = |subject| {
        let column = columns.iter().find(|column| column.subject == subject);
        column.map_or(Vec::new(), |column| column.values(|trial| trial.wall_s))
    };
    let pairs = times(Subject::Mapped).into_iter().zip(times(Subject::Read));
    let ratios: Vec<f64> = pairs
        // A trial that took no measurable time says nothing about its path.
        .filter(|(mapped, read)| *mapped > 0.0 && *read > 0.0)
        .map(|(mapped, read)| read / mapped)
        .collect();
    let interval = median_interval(&ratios);
    let ratio = if ratios.is_empty() {
        1.0
    } else {
        median(&ratios)
    };
    Comparison {
        pairs: ratios.len(),
        ratio,
        interval,
        verdict: match interval {
            None => Verdict::TooFewRuns,
            Some(interval) if interval.contains(1.0) => Verdict::NoDifference,
            Some(_) if ratio > 1.0 => Verdict::Mapped,
            Some(_) => Verdict::Read,
        },
        sentence: String::new(),
    }
}

/// Returns the sentence for a cell.
pub(crate) fn sentence(cell: &Cell) -> String {
    let comparison = &cell.comparison;
    let title = cell.title();
    let Some(interval) = comparison.interval else {
        let pairs = match comparison.pairs {
            1 => "1 pair".into(),
            pairs => format!("{pairs} pairs"),
        };
        return format!(
            "Too few runs to say which path is faster here ({pairs}; read() / mapped {:.2}): {title}.",
            comparison.ratio
        );
    };
    let faster = |fast: Subject, slow: Subject, ratio: f64, interval: super::stats::Interval| {
        let name = match fast {
            Subject::Mapped => "Mapped",
            _ => "read()",
        };
        let places = places(interval.low);
        format!(
            "{name} is {ratio:.places$}x faster than {} here (95 % {:.places$}-{:.places$}), {title}; {}.",
            slow.name(),
            interval.low,
            interval.high,
            reason(cell, fast, slow)
        )
    };
    match comparison.verdict {
        Verdict::Mapped => faster(Subject::Mapped, Subject::Read, comparison.ratio, interval),
        Verdict::Read => faster(
            Subject::Read,
            Subject::Mapped,
            1.0 / comparison.ratio,
            interval.inverse(),
        ),
        Verdict::NoDifference | Verdict::TooFewRuns => {
            let (mapped, read) = (
                Parts::of(cell, Subject::Mapped),
                Parts::of(cell, Subject::Read),
            );
            format!(
                "No difference found between mapped and read() here (read() / mapped {:.2}, 95 % {:.2}-{:.2}), {title}; \
                 mapped spends {} in page faults, read() {} copying.",
                comparison.ratio,
                interval.low,
                interval.high,
                seconds(mapped.access_s),
                seconds(read.access_s)
            )
        }
    }
}

/// Returns how many decimal places tell a ratio above 1 from 1. An interval must not seem to
/// include 1 if it does not.
fn places(low: f64) -> usize {
    (2..5)
        .find(|&places| format!("{low:.places$}").trim_end_matches('0') != "1.")
        .unwrap_or(5)
}

/// Says why `fast` is faster than `slow`: the parts in which it spends less, the largest difference
/// first. If it spends more in one part, and that takes back much of the gain, the sentence names
/// that part too.
fn reason(cell: &Cell, fast: Subject, slow: Subject) -> String {
    let (f, s) = (Parts::of(cell, fast), Parts::of(cell, slow));
    let access = |subject| match subject {
        Subject::Mapped => "in page faults",
        _ => "copying",
    };
    let slow_name = slow.name();
    let told = |part: &str, fast_s: f64, slow_s: f64| {
        let (fast_s, slow_s) = (seconds(fast_s), seconds(slow_s));
        match part {
            "access" => format!(
                "{fast_s} {} where {slow_name} spends {slow_s} {}",
                access(fast),
                access(slow)
            ),
            part => format!("{fast_s} {part} where {slow_name} spends {slow_s}"),
        }
    };
    let mut parts = [
        ("access", f.access_s, s.access_s),
        ("searching", f.user_s, s.user_s),
        ("elsewhere in the kernel", f.other_s, s.other_s),
        ("waiting", f.waiting_s, s.waiting_s),
    ];
    let gain = |part: &(&str, f64, f64)| part.2 - part.1;
    parts.sort_by(|a, b| gain(b).total_cmp(&gain(a)));
    let gains: f64 = parts.iter().map(gain).filter(|gain| *gain > 0.0).sum();
    if gains <= 0.0 {
        return "the counters do not tell why".into();
    }
    let worth_a_word = |part: &&(&str, f64, f64)| gain(part) >= TOLD_SHARE_MIN * gains;
    let told_parts: Vec<String> = parts
        .iter()
        .filter(worth_a_word)
        .take(2)
        .map(|(part, fast_s, slow_s)| told(part, *fast_s, *slow_s))
        .collect();
    let reason = format!("it spends {}", told_parts.join(", and "));
    let [.., (part, fast_s, slow_s)] = parts;
    match fast_s - slow_s >= TAKEN_BACK_SHARE_MIN * gains {
        true => format!("{reason}, but {}", told(part, fast_s, slow_s)),
        false => reason,
    }
}

/// Formats a time with as many digits as tell something.
pub(crate) fn seconds(seconds: f64) -> String {
    match seconds {
        s if s >= 9.95 => format!("{s:.0} s"),
        s if s >= 0.995 => format!("{s:.1} s"),
        s if s >= 0.0995 => format!("{s:.2} s"),
        s if s >= 0.000_995 => format!("{:.0} ms", s * 1e3),
        s if s >= 5e-7 => format!("{:.0} us", s * 1e6),
        _ => "no time".into(),
    }
}

#[cfg(test)]
mod tests;
