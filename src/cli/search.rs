//! The search: looks for patterns in inputs, and sends the results where they go.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use logscan::{
    Context, Decoding, Error, Limit, Matcher, Name, Note, Scan, Signals, board,
    fields::Condition,
    scan,
    scan::Event,
    templates::{Assigner, Id, Options},
};

use super::{
    args::SearchArgs,
    board::CommandBoard,
    exit::{Asked, Exit},
    folders::{self, FolderListing},
    hints,
    inputs::{EngineName, InputReport, InputScan, Inputs, open},
    is_closed_pipe,
    messages::{report_threads, say},
    output::{Output, Sought, stdout},
    patterns,
    plan::{
        self, FieldPlan, Figures, InputPlan, Mode, OrdinaryNotes, SearchPlan, TimePlan, Unreadable,
    },
    surroundings::Surroundings,
    templates,
};

/// Does what `args` ask for.
pub(crate) fn run(args: &SearchArgs, surroundings: &Surroundings) -> Result<Exit> {
    if args.set.files {
        return list(&SearchPlan::new(args, surroundings));
    }
    let mut patterns = patterns::patterns(&args.matching, args.first_word_pattern())?;
    // The lines of a template, or with given numbers, need not match anything.
    let takes_all = args.chooses_lines() && !args.matching.has_patterns();
    FieldPlan::check(args)?;
    let has_conditions = !args.fields.conditions.is_empty();
    if takes_all && let Some(flag) = args.matching.flag_of_patterns(has_conditions) {
        bail!(
            "{flag} is about a pattern, and there is none; a pattern beside {} is -e PATTERN",
            hints::flag_of_lines(args)
        );
    }
    let nothing = takes_all.then(|| Matcher::new(&patterns)).transpose()?;
    if takes_all {
        patterns.patterns.push(Vec::new());
    }
    let matcher = Matcher::new(&patterns)?;
    let records = args.records.records(&patterns)?;
    let matcher = match records {
        Some(_) => matcher.over_records(),
        None => matcher,
    };
    let plan = SearchPlan::new(args, surroundings);
    let condition = plan::condition(args, &plan.inputs)?;
    let names: Vec<String> = condition.iter().flat_map(Condition::names).collect();
    let ordered = condition.as_ref().map_or(0, Condition::ordered);
    let matcher = match condition {
        Some(condition) => {
            let groups = (!takes_all).then(|| matcher.clone());
            matcher.filtered(condition.into_filter(plan.fields.input, groups))
        }
        None => matcher,
    };
    let times = match plan.dates_hits() {
        true => Some(TimePlan::of_dates(&args.times)?),
        false => TimePlan::new(&args.times)?,
    };
    if plan.wants_nothing() {
        return Ok(Exit::NothingFound);
    }
    check_inputs(args, &plan)?;
    report_threads(plan.inputs.threads);
    let hint = hints::on_taken_as_pattern(args)
        .or_else(|| hints::on_taken_as_file(args))
        .or_else(|| hints::on_bundled_r(args));
    if let Some(hint) = hint
        && plan.inputs.unreadable == Unreadable::Named
    {
        say(hint);
    }
    // Signals are caught only now. While patterns are read and compiled, nothing has been found
    // that a signal should leave time to print.
    let signals = Signals::catch().context("cannot catch signals")?;
    let matcher = match args.template {
        Some(id) => match of_template(id, &plan, matcher, &signals)? {
            Some(matcher) => matcher,
            None => return Ok(signals.caught().map_or(Exit::Trouble, Exit::Signal)),
        },
        None => matcher,
    };
    let scan = Scan {
        times: times.as_ref().map(|times| times.range.clone()),
        lines: args.numbers.line_ranges.clone(),
        records,
        dates_hits: plan.dates_hits(),
        ..scan(&plan, matcher.clone())
    };
    if let Some(times) = times
        .as_ref()
        .filter(|_| plan.inputs.figures == Figures::Said)
    {
        say(times);
    }
    let board = CommandBoard::of_search(args, &plan, &patterns, &scan)?;
    let inputs = Inputs::new(&plan.inputs, &signals, board);
    let mut search = SearchCommand {
        scan,
        output: Output::new(
            &plan,
            Sought {
                patterns: patterns.patterns,
                // The empty pattern finds every line, but nobody asked for its matches.
                matcher: nothing
                    .filter(|_| plan.mode != Mode::ByPattern)
                    .unwrap_or(matcher),
                numbers: args.numbers.line_ranges.clone(),
                zone: times.map(|times| times.zone),
            },
            &inputs.tools.bar,
        ),
        inputs,
        conditions: names,
        ordered,
        plan: &plan,
    };
    let ran = search.run();
    let done = match (ran, signals.caught()) {
        (Ok(exit), None) => Ok(exit),
        (Err(error), None) => Err(error.into()),
        // In `logscan ERROR big.log | tee found`, Ctrl-C ends the reader too. That is no trouble.
        (Ok(_), Some(signal)) => Ok(Exit::Signal(signal)),
        (Err(error), Some(signal)) => {
            if !is_closed_pipe(&error) {
                say(error);
            }
            Ok(Exit::Signal(signal))
        }
    };
    search.inputs.finish(done)
}

/// Refuses flags that are for files only, if a folder or the standard input was named.
fn check_inputs(args: &SearchArgs, plan: &SearchPlan) -> Result<()> {
    let flags = [
        (args.continues, "--continue"),
        (args.messages.board.is_some(), "--board"),
    ];
    if plan.one_log && plan.inputs.files.iter().any(|file| file == Path::new("-")) {
        bail!(
            "--one-log is for files, because their names say which is the oldest; save the standard input to a file"
        );
    }
    let flag = flags.iter().find(|(is_set, _)| *is_set);
    match (flag, plan.inputs.folder()) {
        (Some((_, flag)), Some(folder)) => bail!(folders::refused(flag, folder)),
        _ => Ok(()),
    }
}

/// Prints the names of the files that would be searched.
fn list(plan: &SearchPlan) -> Result<Exit> {
    let inputs = &plan.inputs;
    let mut report = InputReport::new(inputs);
    let mut listing = FolderListing::new(&inputs.files, &inputs.wanted);
    let mut stdout = std::io::BufWriter::new(stdout(plan.controls));
    let line_end = if plan.listing.null { b"\0" } else { b"\n" };
    let error = |source| Error::Write { source };
    for input in &mut listing {
        let kind = input.and_then(|input| Ok((scan::no_log(&input)?, input)));
        match kind {
            Ok((Some(kind), input)) if !inputs.any_file && !inputs.opens(&input.path) => {
                report.no_log(kind, 1)
            }
            Ok((_, input)) => {
                let name = input.path.as_os_str().as_encoded_bytes();
                stdout.write_all(name).map_err(error)?;
                stdout.write_all(line_end).map_err(error)?;
                report.outcome.hit = true;
            }
            Err(error) => report.unreadable(&error),
        }
    }
    stdout.flush().map_err(error)?;
    report.left_out(&listing.left_out());
    Ok(report.outcome.exit(Asked::Results))
}

/// Returns `matcher` for the lines of one template only. Finding them takes a pass over the files.
/// Returns `None` if a signal has ended that pass.
fn of_template(
    id: Id,
    plan: &SearchPlan,
    matcher: Matcher,
    signals: &Signals,
) -> Result<Option<Matcher>> {
    let first_pass = InputPlan {
        // The search will report what cannot be read, and its own figures.
        unreadable: Unreadable::Passed,
        notes: OrdinaryNotes::Passed,
        figures: Figures::Unwanted,
        ..plan.inputs.clone()
    };
    let mut inputs = Inputs::new(&first_pass, signals, CommandBoard::default());
    // A template of --no-records may be of lines that belong to a record.
    for records in [true, false] {
        let options = Options {
            records,
            max_line_bytes: plan.bounds.max_line_bytes,
            ..Options::default()
        };
        let templates = templates::of_logs(options, &mut inputs)?;
        if inputs.is_stopped() {
            return Ok(None);
        }
        let is_there = templates.list.iter().any(|template| template.id == id);
        if !is_there && !records {
            say(format!(
                "no line has the template {id}; 'logscan templates --ids FILE' lists those there are"
            ));
        }
        if is_there || !records {
            let filter = Assigner::new(&templates).into_filter(id);
            return Ok(Some(matcher.filtered(filter)));
        }
    }
    unreachable!("the second pass returns")
}

fn scan(plan: &SearchPlan, matcher: Matcher) -> Scan {
    let bounds = &plan.bounds;
    Scan {
        invert: bounds.invert,
        context: bounds.context,
        limit: plan.limit(),
        range: bounds.range.clone(),
        max_line_bytes: bounds.max_line_bytes,
        chunk_bytes: bounds.chunk_bytes,
        line_numbers: bounds.line_numbers,
        count_lines: plan.inputs.figures != Figures::Unwanted,
        ..Scan::new(matcher)
    }
}

struct SearchCommand<'a> {
    plan: &'a SearchPlan,
    scan: Scan,
    inputs: Inputs<'a>,
    /// The names of the fields in conditions.
    conditions: Vec<String>,
    /// A bit for each of these that is compared by its order.
    ordered: u64,
    output: Output,
}

impl SearchCommand<'_> {
    fn run(&mut self) -> Result<Exit, Error> {
        let Inputs { tools, report } = &mut self.inputs;
        let files = &self.plan.inputs.files;
        match tools.board.with_checkpoints().is_some() {
            // There is one file only.
            true if tools.signals.stop().is_requested() => report.not_searched(files.len()),
            true => self.search_on_board(&files[0])?,
            false if self.plan.one_log => self.search_one_log(files)?,
            false => self.search_all(files)?,
        }
        self.finish()?;
        Ok(self.inputs.report.outcome.exit(self.plan.mode.asked()))
    }

    fn search_all(&mut self, files: &[PathBuf]) -> Result<(), Error> {
        let plan = self.plan;
        let scan = &self.scan;
        let job = InputScan {
            refuses_output: plan.could_read_its_output(),
            // With headings an empty line sets files apart.
            gaps_between: matches!(scan.context, Context::Lines { .. }) && !plan.layout.heading,
            one_hit: plan.mode.asked() == Asked::Existence,
            ..InputScan::new(scan, EngineName::Of(&scan.matcher))
        };
        self.inputs.scan_all(files, &job, self.output.sink())?;
        Ok(())
    }

    /// Searches all inputs as the files of one log.
    fn search_one_log(&mut self, files: &[PathBuf]) -> Result<(), Error> {
        let SearchCommand {
            plan,
            scan,
            inputs: Inputs { tools, report },
            output,
            ..
        } = self;
        let engine = EngineName::Of(&scan.matcher);
        let mut listing = FolderListing::new(files, &plan.inputs.wanted);
        let log = report.one_log(&mut listing);
        report.left_out(&listing.left_out());
        let Some(log) = log else {
            return Ok(());
        };
        let (mut source, errors) = log.open(plan.inputs.decoding);
        if scan.range != (0..u64::MAX) {
            report.unreadable(&Error::RangeOfText {
                path: log.name().into(),
            });
            return Ok(());
        }
        report.event(tools, engine, log.name(), Event::Begins(&source));
        let (workers, progress) = (&tools.workers, tools.bar.counters());
        let ran = scan::run(scan, &mut source, workers, progress, output.sink());
        tools.bar.clear();
        let summary = ran?;
        let searched_to = match scan.limit {
            Limit::First(most) if summary.hits >= most => summary.bytes,
            _ => u64::MAX,
        };
        for error in errors.before(searched_to) {
            report.unreadable(&error);
        }
        let event = Event::Ends(&summary, Some(&source));
        report.event(tools, engine, log.name(), event);
        Ok(())
    }

    /// Searches the one input whose checkpoints are kept.
    fn search_on_board(&mut self, path: &Path) -> Result<(), Error> {
        let SearchCommand {
            plan,
            scan,
            inputs: Inputs { tools, report },
            output,
            ..
        } = self;
        let InputPlan {
            read_mode,
            decoding,
            ..
        } = plan.inputs;
        let source = match open(path, read_mode, decoding) {
            Ok(source) => source,
            Err(error) => {
                report.unreadable(&error);
                return Ok(());
            }
        };
        let name = Name(path).to_string();
        if plan.could_read_its_output() && source.is_standard_output() {
            report.is_output(path);
            return Ok(());
        }
        report.measure_from_here();
        let bar = &tools.bar;
        bar.begin(&name);
        let board = tools
            .board
            .with_checkpoints()
            .expect("the caller has asked for one");
        let ran = board.search(
            &board::Search {
                scan,
                path,
                mode: read_mode,
                raw: decoding == Decoding::Bytes,
                workers: &tools.workers,
                progress: bar.counters(),
                when: plan.mode.delivered(),
                on_note: &|note| bar.say(format!("{name}: {note}")),
            },
            output.sink(),
        );
        bar.clear();
        let searched = match ran {
            // The file was opened above. Now it is another file, or no plain text, or cannot be
            // read where the last search ended.
            Err(error @ (Error::NotText { .. } | Error::Open { .. } | Error::Read { .. })) => {
                report.unreadable(&error);
                return Ok(());
            }
            ran => ran?,
        };
        // Only now it is known which logs were searched. An empty one need not be mapped.
        if searched.source.length() > Some(0) {
            report.unmapped(&name, &searched.source);
        }
        // The notes of the summary have been said.
        let engine = EngineName::Of(&scan.matcher);
        report.figures(tools, engine, &searched.source, &searched.summary);
        report.settle(tools, &searched.summary);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        let report = &mut self.inputs.report;
        let wants_figures = self.plan.inputs.figures != Figures::Unwanted;
        let totals = wants_figures.then_some(report.totals.figures());
        let end = self.output.finish(totals)?;
        if let Some(trouble) = end.trouble {
            report.trouble(&trouble);
        }
        end.notes.iter().for_each(say);
        let SearchPlan { inputs, fields, .. } = self.plan;
        if inputs.unreadable == Unreadable::Named {
            // Conditions have said that of each input.
            if self.conditions.is_empty() && end.seen.unread > 0 {
                let count = end.seen.unread;
                say(Note::LinesUnread { count });
            }
            if report.outcome.hit {
                plan::report_missing(fields.asked(), end.seen, inputs, fields.input);
            }
            // With a limit it is not known what other lines have.
            if self.scan.limit == Limit::All && report.has_read() {
                plan::report_missing(&self.conditions, report.seen, inputs, fields.input);
                plan::report_unfit(&self.conditions, self.ordered, report.seen);
            }
        }
        report.say_totals();
        Ok(())
    }
}
