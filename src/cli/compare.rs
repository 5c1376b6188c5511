//! `logscan compare`: measures the mapped path against the read() path, prints the report, exports
//! it, and compares it with an older one.

mod args;
mod exports;

use std::{
    ffi::OsString,
    fs,
    path::Path,
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::CommandFactory;
use logscan::{
    Error, Matcher, Scan, Signals,
    compare::{
        self, FileFacts, Machine, Measured, Plan, Report, SCHEMA, Search, Settings, Tools,
        baseline::{self, Rules, Terms},
        report::{Look, Style},
    },
    folder::is_folder,
};

pub(crate) use self::args::{CompareArgs, parse};
use super::{
    exit::Exit, folders, hints, messages::say, output, patterns, plan::Controls, progress::StepBar,
    surroundings::Surroundings,
};

/// Does what `args` ask for. `words` are the command line as it was typed.
pub(crate) fn run(
    args: &CompareArgs,
    words: &[OsString],
    surroundings: &Surroundings,
) -> Result<Exit> {
    let patterns = patterns::patterns(&args.matching, args.first_word_pattern())?;
    let matcher = Matcher::new(&patterns)?;
    let plan = args.plan()?;
    if is_folder(&plan.path) {
        bail!(folders::refused("compare", &plan.path));
    }
    // Files are opened before anything is measured. So an error about one of them comes early.
    let old = args
        .baseline
        .baseline
        .as_deref()
        .map(read_baseline)
        .transpose()?;
    let exports = exports::open(&args.exports, &plan.path)?;
    let signals = Signals::catch().context("cannot catch signals")?;
    let mut scan = Scan::new(matcher);
    scan.invert = args.matching.invert_match;
    scan.chunk_bytes = args.measuring.chunk_size;
    let mut search = Search {
        patterns: patterns
            .patterns
            .iter()
            .map(|pattern| String::from_utf8_lossy(pattern).into_owned())
            .collect(),
        flags: args.matching_flags(),
        engine: scan.matcher.engine(),
        hits: 0,
        hits_hash: String::new(),
    };
    let machine = Machine::describe();

    let steps = StepBar::new(args.show_progress(surroundings));
    // The budget counts from here.
    let begun = Instant::now();
    let measured = (|| -> Result<(FileFacts, Measured)> {
        steps.step("counting lines", 0.0);
        let facts = compare::facts(&plan.path, signals.stop())?;
        if let Some(old) = &old {
            let terms = terms(&plan, &facts, &search, &machine, args);
            baseline::check(&terms, old, &args.baseline.rules())
                .map_err(|reason| anyhow!("cannot compare with the baseline: {reason}"))?;
        }
        let tools = Tools {
            clock: &|| begun.elapsed(),
            on_step: &mut |next, done| steps.step(next, done),
            stop: signals.stop().clone(),
        };
        Ok((facts, compare::run(&plan, scan, tools).map_err(refusal)?))
    })();
    steps.clear();
    let (facts, measured) = match (measured, signals.caught()) {
        (Err(_), Some(signal)) => return Ok(Exit::Signal(signal)),
        (measured, _) => measured?,
    };
    if measured.cells.is_empty() {
        for note in &measured.notes {
            say(note);
        }
        return Ok(match signals.caught() {
            Some(signal) => {
                say("interrupted before the first round was complete: there is nothing to report");
                Exit::Signal(signal)
            }
            None => {
                say("nothing was measured");
                Exit::Trouble
            }
        });
    }
    let is_interrupted = measured.is_interrupted;
    search.hits = measured.digest.map_or(0, |digest| digest.hits);
    search.hits_hash = format!("{:016x}", measured.digest.map_or(0, |digest| digest.hash));
    let mut report = report(&plan, args, words, (machine, facts, search), measured);
    let mut exit = Exit::Success;
    if let Some(old) = old.filter(|_| !is_interrupted) {
        exit = judge(&mut report, &old, &args.baseline.rules());
    }
    if is_interrupted {
        report
            .notes
            .push("interrupted: these are the rounds that were complete by then".into());
    }
    print(&report, surroundings)?;
    if !exports.write(&report) {
        exit = Exit::Trouble;
    }
    Ok(match signals.caught() {
        Some(signal) => Exit::Signal(signal),
        None => exit,
    })
}

/// Returns the reason why nothing was measured, without the advice to use flags of a search.
fn refusal(error: Error) -> anyhow::Error {
    match error {
        Error::Refused { .. } => anyhow!(hints::fitting(error, &CompareArgs::command())),
        error => error.into(),
    }
}

/// Returns what is known of the report before anything is measured.
fn terms<'r>(
    plan: &Plan,
    file: &'r FileFacts,
    search: &'r Search,
    machine: &'r Machine,
    args: &CompareArgs,
) -> Terms<'r> {
    let of_cache = |&cache| plan.threads.iter().map(move |&threads| (cache, threads));
    Terms {
        file,
        patterns: &search.patterns,
        flags: &search.flags,
        cells: plan.caches.iter().flat_map(of_cache).collect(),
        chunk_bytes: args.measuring.chunk_size,
        machine,
    }
}

fn read_baseline(path: &Path) -> Result<Report> {
    let json = fs::read(path).map_err(|source| Error::Open {
        path: path.into(),
        source,
    })?;
    baseline::read(&json)
        .map_err(|reason| anyhow!("cannot use {} as a baseline: {reason}", path.display()))
}

/// Puts the judgement into the report, and returns how the process ends.
fn judge(report: &mut Report, old: &Report, rules: &Rules) -> Exit {
    match baseline::judge(report, old, rules) {
        Err(reason) => {
            say(format!("cannot compare with the baseline: {reason}"));
            Exit::Trouble
        }
        Ok(verdicts) => {
            let exit = match (verdicts.is_slower(), verdicts.is_unknown()) {
                (true, _) => Exit::Slower,
                (false, true) => {
                    say(
                        "too few runs to judge against the baseline; 6 in both reports are needed, see --budget",
                    );
                    Exit::Trouble
                }
                (false, false) => Exit::Success,
            };
            report.baseline = Some(verdicts);
            exit
        }
    }
}

fn report(
    plan: &Plan,
    args: &CompareArgs,
    words: &[OsString],
    (machine, file, search): (Machine, FileFacts, Search),
    measured: Measured,
) -> Report {
    let verdict = compare::headline(&measured.cells)
        .map_or(String::new(), |cell| cell.comparison.sentence.clone());
    Report {
        schema: SCHEMA,
        verdict,
        logscan: env!("CARGO_PKG_VERSION").into(),
        command: command_line(words),
        measured_unix_s: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs()),
        machine,
        file,
        search,
        settings: Settings {
            threads: plan.threads.clone(),
            caches: plan.caches.clone(),
            chunk_bytes: args.measuring.chunk_size,
            runs_max: plan.runs_max,
            budget_s: plan.budget.map(|budget| budget.as_secs_f64()),
        },
        cells: measured.cells,
        commands: measured.commands,
        notes: measured.notes,
        baseline: None,
    }
}

/// Returns the command line as a shell would take it, with the bare name of the program.
fn command_line(words: &[OsString]) -> String {
    let args = words
        .iter()
        .skip(1)
        .map(|word| quoted(&word.to_string_lossy()));
    std::iter::once("logscan".to_owned())
        .chain(args)
        .collect::<Vec<_>>()
        .join(" ")
}

fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=:,+%@".contains(c);
    match !word.is_empty() && word.chars().all(is_plain) {
        true => word.into(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

fn print(report: &Report, surroundings: &Surroundings) -> Result<(), Error> {
    let has_color = surroundings.has_color(super::args::WhenArg::Auto);
    let controls = Controls::on(surroundings, has_color);
    let look = Look {
        style: match has_color {
            true => Style::Colored,
            false => Style::Plain,
        },
        // A file or a pipe gets whole lines, because it may be looked at in any width later.
        columns: terminal_size::terminal_size_of(std::io::stdout())
            .map(|(width, _)| usize::from(width.0)),
    };
    let mut text = Vec::new();
    let rendered = compare::report::text(report, look, &mut text);
    let mut stdout = output::stdout(controls);
    rendered
        .and_then(|()| stdout.write_all(&text))
        .and_then(|()| stdout.flush())
        .map_err(|source| Error::Write { source })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_advises_no_flag_that_compare_lacks() {
        let refused = |reason: &str| {
            refusal(Error::Refused {
                path: "log".into(),
                reason: reason.into(),
            })
            .to_string()
        };
        let message = refused("1 line was cut; --max-line-bytes raises the limit");
        assert_eq!(message, "cannot compare on log: 1 line was cut");
        assert!(
            refused("too few rounds; --budget 9s should do").ends_with("--budget 9s should do")
        );
    }

    #[test]
    fn the_command_line_is_what_a_shell_would_take() {
        let words = [
            "/usr/bin/logscan",
            "compare",
            "-e",
            "a b",
            "it's",
            "",
            "huge.log",
        ];
        let words: Vec<OsString> = words.iter().map(OsString::from).collect();
        let want = r"logscan compare -e 'a b' 'it'\''s' '' huge.log";
        assert_eq!(command_line(&words), want);
    }
}
