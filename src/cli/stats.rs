//! `--stats`: shows what the search of one input cost, as a block of text or as a part of the JSON
//! summary.

use std::{fmt, time::Duration};

use logscan::{
    Source, Summary, Usage,
    sink::{JsonFileStats, JsonStats},
};

/// The figures of one input.
#[derive(Debug)]
pub(crate) struct Stats<'a> {
    /// The source that was searched.
    pub(crate) source: &'a Source,
    /// The result of the search.
    pub(crate) summary: &'a Summary,
    /// How many lines were found.
    pub(crate) hits: u64,
    /// How many matches are in these lines, if they were counted.
    pub(crate) matches: u64,
    /// The resources that the search used in this process.
    pub(crate) usage: Usage,
    /// The name of the engine that found the hits.
    pub(crate) engine: String,
    /// The reason why that engine was chosen.
    pub(crate) engine_why: String,
    /// How many threads there were.
    pub(crate) threads: usize,
}

/// The figures of all inputs together.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    figures: JsonStats,
    inputs: u64,
}

impl Totals {
    /// Returns whether figures of any input were added.
    pub(crate) fn are_any(&self) -> bool {
        self.inputs > 0
    }

    /// Returns the figures so far.
    pub(crate) fn figures(&self) -> &JsonStats {
        &self.figures
    }

    /// Adds the figures of an input, and the path by which it was read.
    pub(crate) fn add_with_path(&mut self, stats: &Stats<'_>) {
        self.add(stats);
        self.figures.files.push(JsonFileStats {
            path: stats.source.path().into(),
            access: stats.source.access(),
            why: stats.source.why().into(),
        });
    }

    /// Adds the figures of an input.
    pub(crate) fn add(&mut self, stats: &Stats<'_>) {
        let summary = stats.summary;
        let totals = &mut self.figures;
        totals.bytes += summary.bytes;
        totals.bytes_read += summary.bytes_read;
        totals.lines = summary.lines.map(|lines| lines + totals.lines.unwrap_or(0));
        totals.hits += stats.hits;
        totals.elapsed += summary.elapsed;
        totals.engine.clone_from(&stats.engine);
        totals.threads = stats.threads;
        totals.usage.user += stats.usage.user;
        totals.usage.system += stats.usage.system;
        totals.usage.minor_faults += stats.usage.minor_faults;
        totals.usage.major_faults += stats.usage.major_faults;
        self.inputs += 1;
    }
}

impl fmt::Display for Totals {
    /// Writes the block of `--stats` for a folder.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let figures = &self.figures;
        let rows = [
            ("files", self.inputs.to_string()),
            ("bytes", figures.bytes.to_string()),
            ("lines", figures.lines.unwrap_or(0).to_string()),
            ("hits", figures.hits.to_string()),
            ("seconds", format!("{:.6}", figures.elapsed.as_secs_f64())),
            (
                "GB/s",
                format!(
                    "{:.2}",
                    gigabytes_per_second(figures.bytes_read, figures.elapsed)
                ),
            ),
            ("engine", figures.engine.clone()),
            ("threads", figures.threads.to_string()),
            (
                "page faults",
                format!(
                    "{} minor, {} major",
                    figures.usage.minor_faults, figures.usage.major_faults
                ),
            ),
        ];
        f.write_str("all files: statistics")?;
        rows.iter()
            .try_for_each(|(name, value)| write!(f, "\n  {name:<12} {value}"))
    }
}

fn gigabytes_per_second(bytes: u64, elapsed: Duration) -> f64 {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a speed for people, shown with two digits"
    )]
    let bytes = bytes as f64;
    let seconds = elapsed.as_secs_f64();
    if seconds > 0.0 {
        bytes / seconds / 1e9
    } else {
        0.0
    }
}

impl Stats<'_> {
    /// Returns names and values, without those that say nothing.
    fn rows(&self) -> Vec<(&'static str, String)> {
        let summary = self.summary;
        let Usage {
            minor_faults,
            major_faults,
            ..
        } = self.usage;
        let speed = gigabytes_per_second(summary.bytes_read, summary.elapsed);
        let rows = [
            ("bytes", Some(summary.bytes.to_string())),
            (
                "bytes read",
                (summary.bytes_read != summary.bytes).then(|| summary.bytes_read.to_string()),
            ),
            ("lines", summary.lines.map(|lines| lines.to_string())),
            ("hits", Some(self.hits.to_string())),
            (
                "matches",
                (self.matches > 0).then(|| self.matches.to_string()),
            ),
            (
                "lines cut",
                (summary.cut_lines > 0).then(|| summary.cut_lines.to_string()),
            ),
            (
                "seconds",
                Some(format!("{:.6}", summary.elapsed.as_secs_f64())),
            ),
            ("GB/s", Some(format!("{speed:.2}"))),
            (
                "path",
                Some(format!("{} ({})", self.source.access(), self.source.why())),
            ),
            (
                "engine",
                Some(format!("{} ({})", self.engine, self.engine_why)),
            ),
            ("threads", Some(self.threads.to_string())),
            (
                "page faults",
                Some(format!("{minor_faults} minor, {major_faults} major")),
            ),
        ];
        rows.into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .collect()
    }
}

impl fmt::Display for Stats<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, (name, value)) in self.rows().into_iter().enumerate() {
            let line_end = if nth == 0 { "" } else { "\n" };
            write!(f, "{line_end}  {name:<12} {value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use logscan::{Checkpoint, FilterSeen};

    use super::*;

    fn summary() -> Summary {
        Summary {
            path: "a.log".into(),
            format: None,
            bytes: 3_000_000_000,
            bytes_read: 3_000_000_000,
            lines: Some(7),
            hits: 2,
            hits_hash: None,
            matches: 0,
            cut_lines: 0,
            seen: FilterSeen::default(),
            notes: Vec::new(),
            error: None,
            checkpoint: Checkpoint {
                offset: 3_000_000_000,
                lines: Some(7),
                hits: 2,
                has_losses: false,
            },
            end_offset: 3_000_000_000,
            elapsed: Duration::from_millis(1500),
        }
    }

    #[track_caller]
    fn check(summary: &Summary, want: &str) {
        let source = Source::from_bytes("log".as_ref(), Vec::new());
        let usage = Usage {
            minor_faults: 5,
            major_faults: 1,
            ..Usage::default()
        };
        let stats = Stats {
            source: &source,
            summary,
            hits: summary.hits,
            matches: summary.matches,
            usage,
            engine: "memmem".into(),
            engine_why: "a literal".into(),
            threads: 2,
        };
        assert_eq!(stats.to_string(), want);
    }

    #[test]
    fn the_figures_stand_one_per_line() {
        check(
            &summary(),
            "  bytes        3000000000
  lines        7
  hits         2
  seconds      1.500000
  GB/s         2.00
  path         mapped (the bytes are in memory)
  engine       memmem (a literal)
  threads      2
  page faults  5 minor, 1 major",
        );
    }

    #[test]
    fn the_figures_of_several_inputs_add_up() {
        let mut totals = Totals::default();
        for name in ["a", "b"] {
            let source = Source::from_bytes(name.as_ref(), Vec::new());
            let usage = Usage {
                minor_faults: 5,
                ..Usage::default()
            };
            let stats = Stats {
                source: &source,
                summary: &summary(),
                hits: summary().hits,
                matches: summary().matches,
                usage,
                engine: "memmem".into(),
                engine_why: "a literal".into(),
                threads: 2,
            };
            totals.add_with_path(&stats);
        }
        let totals = totals.figures();
        assert_eq!(
            (totals.bytes, totals.lines, totals.hits),
            (6_000_000_000, Some(14), 4)
        );
        assert_eq!(
            (totals.elapsed, totals.threads),
            (Duration::from_secs(3), 2)
        );
        assert_eq!(totals.usage.minor_faults, 10);
        let names: Vec<_> = totals.files.iter().map(|file| file.path.to_str()).collect();
        assert_eq!(names, [Some("a"), Some("b")]);
    }

    #[test]
    fn what_is_rare_is_shown_only_if_it_happened() {
        let elapsed = Duration::ZERO;
        check(
            &Summary {
                bytes_read: 9,
                lines: None,
                matches: 3,
                cut_lines: 1,
                elapsed,
                ..summary()
            },
            "  bytes        3000000000
  bytes read   9
  hits         2
  matches      3
  lines cut    1
  seconds      0.000000
  GB/s         0.00
  path         mapped (the bytes are in memory)
  engine       memmem (a literal)
  threads      2
  page faults  5 minor, 1 major",
        );
    }
}
