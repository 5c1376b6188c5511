//! What can be typed behind `logscan compare`, and the plan that it makes.

use std::{ffi::OsString, path::PathBuf, time::Duration};

use anyhow::{Result, anyhow};
use clap::{
    ArgAction, Args, CommandFactory, Parser, ValueEnum, ValueHint,
    error::{ContextKind, ContextValue, ErrorKind},
};
use logscan::{
    Workers,
    compare::{
        BUDGET_DEFAULT, Cache, Command, Measure, Plan, RUNS_DEFAULT, RUNS_LIMIT,
        THREAD_COUNTS_LIMIT, baseline::Rules, cores, stats::INTERVAL_VALUES_MIN,
    },
};

use crate::cli::{
    args::{MatchingArgs, WhenArg},
    messages::report_threads,
    progress::Show,
    size::parse_chunk_size,
    surroundings::Surroundings,
};

const USAGE: &str = "logscan compare [OPTIONS] --pattern <REGEX> <FILE>
       logscan compare [OPTIONS] <REGEX> <FILE>";

const NOTES: &str = "\
Examples:
  logscan compare -e ERROR huge.log               is mapping faster here?
  logscan compare ERROR huge.log --cache warm,cold --budget 2m
  logscan compare ERROR huge.log --export-html report.html
  logscan compare ERROR huge.log --compare-with 'rg -c ERROR {file}'
  logscan compare ERROR ci.log --baseline old.json --max-regression 10%

Exit status: 0 measured (and not slower than the baseline allows); 1 slower
than it allows, by more than noise; 2 trouble, such as results that differ.
To search for the word itself: logscan -e compare FILE...";

const TIP: &str = "to search for the word itself: logscan -e compare FILE...";

/// Measure whether mapping a file is faster here than reading it
#[derive(Debug, Parser)]
#[command(
    name = "logscan compare",
    bin_name = "logscan compare",
    args_override_self = true,
    disable_help_flag = true,
    term_width = 80,
    override_usage = USAGE,
    after_help = NOTES
)]
pub(crate) struct CompareArgs {
    #[command(flatten)]
    pub(crate) measuring: MeasuringArgs,
    #[command(flatten)]
    pub(crate) exports: ExportArgs,
    #[command(flatten)]
    pub(crate) baseline: BaselineArgs,
    #[command(flatten)]
    pub(crate) matching: MatchingArgs,
    /// Show a progress bar: auto, always, never
    #[arg(
        long,
        value_name = "WHEN",
        hide_possible_values = true,
        help_heading = "Messages"
    )]
    progress: Option<WhenArg>,
    /// Print this help
    #[arg(short, long, action = ArgAction::HelpShort, help_heading = "Messages")]
    help: Option<bool>,
    /// The file to search, and before it the pattern if no flag gives one
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath, hide_short_help = true)]
    words: Vec<OsString>,
}

/// The flags about what is measured.
#[derive(Args, Debug)]
#[command(next_help_heading = "Measuring")]
pub(crate) struct MeasuringArgs {
    /// Threads, as 1,2; 0: all (default: 1,0)
    ///
    /// Each number is measured by itself, in turns with the others: at most 16 numbers. A number is
    /// at most 16, or 4 for each core, up to 256; for a larger one that many threads are measured,
    /// and a message says so.
    #[arg(short = 'j', long, value_name = "NUM,..", value_delimiter = ',', action = ArgAction::Append)]
    pub(crate) threads: Vec<usize>,
    /// State of the cache (default: warm)
    ///
    /// warm: the file is in the page cache. cold: before each trial it is written to the disk,
    /// dropped from the cache, and the kernel is asked how much is left. That needs no privileges,
    /// but what the disk itself or a host of this machine keeps cannot be dropped.
    #[arg(long, value_name = "warm,cold", value_delimiter = ',', value_enum, action = ArgAction::Append, hide_possible_values = true)]
    pub(crate) cache: Vec<CacheArg>,
    /// Search in pieces of SIZE bytes
    ///
    /// The size counts on both paths. The default is the best size for each.
    #[arg(long, value_name = "SIZE", value_parser = parse_chunk_size)]
    pub(crate) chunk_size: Option<usize>,
    /// Search the bytes of what is no plain text
    ///
    /// Without it a file is refused if its first bytes say that it is compressed, an archive, or in
    /// UTF-16 or UTF-32.
    #[arg(long)]
    pub(crate) no_decompress: bool,
    /// Make NUM runs of everything
    ///
    /// Without --budget all of them are made, up to 1000. With less than 6 no interval can be
    /// given.
    #[arg(long, value_name = "NUM", value_parser = clap::value_parser!(u32).range(1..=i64::from(RUNS_LIMIT)))]
    pub(crate) runs: Option<u32>,
    /// Take about TIME (default: 30s)
    ///
    /// TIME is written as 500ms, 30s or 2m. It counts from the start: counting lines and the
    /// warm-up are part of it. As many runs are made as fit, but at least one and, without --runs,
    /// at most 100.
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub(crate) budget: Option<Duration>,
    /// Measure another command too
    ///
    /// It is run from the outside, with its start-up, once in each round. {file} stands for the
    /// file, and must be there. Quotes and backslashes are understood as in a shell, but no shell
    /// is run: write sh -c '...' for a pipeline.
    #[arg(long, value_name = "COMMAND", action = ArgAction::Append)]
    pub(crate) compare_with: Vec<String>,
}

/// A state of the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CacheArg {
    /// The file is in the page cache
    Warm,
    /// The file is dropped from the page cache before each trial
    Cold,
}

/// The flags about where the report is written besides standard output.
#[derive(Args, Debug)]
#[command(next_help_heading = "Reports")]
pub(crate) struct ExportArgs {
    /// Write the report as JSON
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) export_json: Option<PathBuf>,
    /// Write every trial as CSV
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) export_csv: Option<PathBuf>,
    /// Write the report as Markdown
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) export_markdown: Option<PathBuf>,
    /// Write the report as a web page with charts
    ///
    /// The page is one file that needs no network and no script.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) export_html: Option<PathBuf>,
}

/// The flags about what the result is compared with.
#[derive(Args, Debug)]
#[command(next_help_heading = "Against an older report, for CI")]
pub(crate) struct BaselineArgs {
    /// A report of --export-json
    ///
    /// Each path's time is taken as a multiple of the limit that was measured with it. This
    /// multiple is compared with the one in FILE.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) baseline: Option<PathBuf>,
    /// How much slower is fine (default: 10%)
    #[arg(long, value_name = "PERCENT", value_parser = parse_percent, requires = "baseline")]
    pub(crate) max_regression: Option<f64>,
    /// Compare seconds
    ///
    /// The seconds are compared, and not multiples of the limit. This is for one and the same quiet
    /// machine.
    #[arg(long, requires = "baseline")]
    pub(crate) absolute: bool,
    /// Even if the reports differ
    ///
    /// They may differ in their file, pattern, threads, chunks or processor.
    #[arg(long, requires = "baseline")]
    pub(crate) force: bool,
}

/// Parses `words`, the first of which is `compare`.
pub(crate) fn parse(words: &[OsString]) -> Result<CompareArgs, clap::Error> {
    let args = CompareArgs::try_parse_from(words).map_err(|mut error| {
        error.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![TIP.into()]),
        );
        error
    })?;
    args.check()?;
    Ok(args)
}

impl CompareArgs {
    fn check(&self) -> Result<(), clap::Error> {
        let wanted = if self.matching.has_patterns() { 1 } else { 2 };
        let message = match self.words.len() {
            count if count > wanted => "only one file can be measured at a time",
            count if count < wanted && wanted == 2 => {
                "a pattern and a file are needed, as in logscan compare ERROR huge.log"
            }
            count if count < wanted => "no file was given",
            _ if self.has_too_few_runs_to_judge() => {
                "too few runs to judge against a baseline: --runs must be at least 6"
            }
            _ if self.words.last().is_some_and(|word| word == "-") => {
                "the standard input cannot be mapped and read again; name a file"
            }
            _ => return Ok(()),
        };
        Err(CompareArgs::command().error(ErrorKind::MissingRequiredArgument, message))
    }

    fn has_too_few_runs_to_judge(&self) -> bool {
        let wanted = u32::try_from(INTERVAL_VALUES_MIN).expect("it is small");
        self.baseline.baseline.is_some() && self.measuring.runs.is_some_and(|runs| runs < wanted)
    }

    /// Returns the pattern that stands before the file, if no flag gives one.
    pub(crate) fn first_word_pattern(&self) -> Option<&OsString> {
        match self.matching.has_patterns() {
            true => None,
            false => self.words.first(),
        }
    }

    fn file(&self) -> PathBuf {
        self.words.last().map(PathBuf::from).unwrap_or_default()
    }

    /// Returns what to measure.
    pub(super) fn plan(&self) -> Result<Plan> {
        let measuring = &self.measuring;
        let mut threads = match measuring.threads.is_empty() {
            true => vec![1, 0],
            false => measuring.threads.clone(),
        };
        for number in &mut threads {
            if *number == 0 {
                *number = cores();
            }
        }
        threads.sort_unstable();
        threads.dedup();
        if threads.len() > THREAD_COUNTS_LIMIT {
            return Err(anyhow!(
                "--threads takes at most {THREAD_COUNTS_LIMIT} different numbers"
            ));
        }
        for number in &mut threads {
            report_threads(*number);
            *number = Workers::new(*number).threads();
        }
        threads.dedup();
        let mut caches: Vec<Cache> = measuring
            .cache
            .iter()
            .map(|cache| match cache {
                CacheArg::Warm => Cache::Warm,
                CacheArg::Cold => Cache::Cold,
            })
            .collect();
        if caches.is_empty() {
            caches.push(Cache::Warm);
        }
        caches.sort_unstable();
        caches.dedup();
        let path = self.file();
        let commands = measuring
            .compare_with
            .iter()
            .map(|text| command(text, &path))
            .collect::<Result<_>>()?;
        Ok(Plan {
            path,
            threads,
            caches,
            runs_max: measuring.runs.unwrap_or(RUNS_DEFAULT),
            budget: match (measuring.budget, measuring.runs) {
                (Some(budget), _) => Some(budget),
                (None, Some(_)) => None,
                (None, None) => Some(BUDGET_DEFAULT),
            },
            commands,
            raw: measuring.no_decompress,
        })
    }

    /// Returns whether a bar is shown. The report is printed at the end, so a bar disturbs only a
    /// pager that has begun before.
    pub(super) fn show_progress(&self, surroundings: &Surroundings) -> Show {
        let is_free = surroundings.stderr_is_terminal && !surroundings.stdout_is_pipe;
        match self.progress.unwrap_or_default() {
            WhenArg::Always => Show::AtOnce,
            WhenArg::Auto if is_free => Show::IfSlow,
            WhenArg::Auto | WhenArg::Never => Show::Never,
        }
    }

    /// Returns the flags that change what matches, for the report.
    pub(super) fn matching_flags(&self) -> Vec<String> {
        let matching = &self.matching;
        let flags = [
            (matching.fixed_strings, "-F"),
            (matching.ignore_case, "-i"),
            (matching.smart_case, "-S"),
            (matching.word_regexp, "-w"),
            (matching.line_regexp, "-x"),
            (matching.invert_match, "-v"),
        ];
        let mut typed: Vec<String> = flags
            .into_iter()
            .filter(|(is_set, _)| *is_set)
            .map(|(_, flag)| flag.to_owned())
            .collect();
        for (name, values) in [("--and", &matching.and), ("--not", &matching.not)] {
            for value in values {
                typed.push(format!("{name}={}", value.to_string_lossy()));
            }
        }
        typed
    }
}

impl BaselineArgs {
    /// Returns the rules by which the report is judged.
    pub(super) fn rules(&self) -> Rules {
        Rules {
            measure: match self.absolute {
                true => Measure::Seconds,
                false => Measure::TimesTheLimit,
            },
            max_regression: self.max_regression.unwrap_or(0.1),
            force: self.force,
        }
    }
}

/// Splits a command into words as a shell does, and puts in the file's name.
fn command(text: &str, file: &std::path::Path) -> Result<Command> {
    let words = shlex::split(text)
        .filter(|words| !words.is_empty())
        .ok_or_else(|| {
            anyhow!("--compare-with '{text}' is no command: it is empty, or a quote is open")
        })?;
    if !words.iter().any(|word| word.contains("{file}")) {
        let program = words.first().map_or("", String::as_str);
        return Err(anyhow!(
            "--compare-with '{text}' does not say where the file's name belongs; {{file}} stands for it, as in \
             --compare-with '{program} ... {{file}}'"
        ));
    }
    let with_file = |word: String| -> OsString {
        let mut filled = OsString::new();
        for (nth, part) in word.split("{file}").enumerate() {
            if nth > 0 {
                filled.push(file);
            }
            filled.push(part);
        }
        filled
    };
    Ok(Command {
        text: text.into(),
        words: words.into_iter().map(with_file).collect(),
    })
}

/// Parses `500ms`, `30s`, `2m`, or a number of seconds.
fn parse_duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: u64 = match digits.parse() {
        Ok(number) if digits.bytes().all(|byte| byte.is_ascii_digit()) => number,
        _ => return Err("a time is a number followed by ms, s or m".into()),
    };
    let duration = match &text[digits.len()..] {
        "ms" => Some(Duration::from_millis(number)),
        "" | "s" => Some(Duration::from_secs(number)),
        "m" => number.checked_mul(60).map(Duration::from_secs),
        _ => return Err("a time is a number followed by ms, s or m".into()),
    };
    duration
        .filter(|duration| *duration <= Duration::from_secs(24 * 3600))
        .ok_or_else(|| "it must be at most a day".into())
}

/// Parses `10%` as 0.1.
fn parse_percent(text: &str) -> Result<f64, String> {
    let number: f64 = text
        .strip_suffix('%')
        .unwrap_or(text)
        .trim()
        .parse()
        .map_err(|_| "write it as 10%".to_owned())?;
    match number.is_finite() && number >= 0.0 {
        true => Ok(number / 100.0),
        false => Err("it must be 0% or more".into()),
    }
}

#[cfg(test)]
mod tests;
