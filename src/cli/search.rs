//! The search: one input after another, and messages about what went wrong between them.
//!
//! [`Search`] runs it. [`Report`] is told what becomes of each input, in order, and says it.

use std::{
    io::Write,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use logscan::{
    Access, Context, Decoding, Error, Limit, Matcher, Name, OneLog, ReadMode, Scan, Signals,
    Source, Summary, Usage, Workers, board, scan,
    scan::{Event, MAX_LINE_BYTES, Set, SetReached},
    templates::{Assigner, Id, Options},
};

use super::{
    args::{MessageArgs, SearchArgs},
    board::Boarding,
    exit::{Asked, Exit, Outcome},
    folders::{self, FolderListing, NoLogs},
    hints,
    inputs::{Inputs, open},
    is_closed_pipe,
    messages::{report_shortage, report_threads, say},
    output::{Output, stdout},
    patterns,
    plan::{Mode, Plan, Unreadable},
    progress::{self, Bar},
    stats::{Stats, Totals},
    surroundings::Surroundings,
    templates,
};

/// Does what `args` ask for.
pub(crate) fn run(args: &SearchArgs, surroundings: &Surroundings) -> Result<Exit> {
    if args.folders.files {
        return list(&Plan::new(args, surroundings));
    }
    let mut patterns = patterns::patterns(&args.matching, args.first_word_pattern())?;
    if args.template.is_some() && !args.matching.has_patterns() {
        // Every line of the template.
        patterns.patterns.push(Vec::new());
    }
    let matcher = Matcher::new(&patterns)?;
    let plan = Plan::new(args, surroundings);
    if plan.wants_nothing() {
        return Ok(Exit::NothingFound);
    }
    check_folder(args, &plan)?;
    report_threads(plan.threads);
    if let Some(hint) = hints::on_taken_as_pattern(args).or_else(|| hints::on_bundled_r(args))
        && plan.unreadable == Unreadable::Named
    {
        say(hint);
    }
    // Only now: while patterns are read and compiled, nothing has been found that a signal should
    // leave time for.
    let signals = Signals::catch().context("cannot catch signals")?;
    let matcher = match args.template {
        Some(id) => of_template(id, &plan.files, args, matcher, surroundings, &signals)?,
        None => matcher,
    };
    let scan = scan(&plan, matcher.clone());
    let workers = Workers::new(plan.threads);
    let board = Boarding::of_search(args, &plan, &patterns, &scan, &workers)?;
    let bar = Bar::new(plan.progress, signals.stop()).on(board.board());
    let mut search = Search {
        scan,
        workers,
        output: Output::new(&plan, patterns.patterns, matcher, &bar),
        bar,
        board,
        signals: &signals,
        report: Report::new(&plan),
        plan: &plan,
    };
    let ran = search.run();
    let Search { board, bar, .. } = search;
    // The counters are on the board.
    drop(bar);
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
    board.finish(done, plan.stats)
}

/// Refuses what is for files only, where a folder or the standard input was named.
fn check_folder(args: &SearchArgs, plan: &Plan) -> Result<()> {
    let flags = [
        (args.continues, "--continue"),
        (args.messages.board.is_some(), "--board"),
        (args.template.is_some(), "--template"),
    ];
    if plan.one_log && plan.files.iter().any(|file| file == Path::new("-")) {
        bail!(
            "--one-log is for files, because their names say which is the oldest; save the standard input to a file"
        );
    }
    let flag = flags.iter().find(|(is_set, _)| *is_set);
    match (flag, &plan.folder) {
        (Some((_, flag)), Some(folder)) => bail!(folders::refused(flag, folder)),
        _ => Ok(()),
    }
}

/// Prints which files would be searched.
fn list(plan: &Plan) -> Result<Exit> {
    let mut report = Report::new(plan);
    let mut listing = FolderListing::new(&plan.files, &plan.wanted);
    let mut stdout = std::io::BufWriter::new(stdout(plan.controls));
    let line_end = if plan.listing.null { b"\0" } else { b"\n" };
    let error = |source| Error::Write { source };
    for input in &mut listing {
        let kind = input.and_then(|input| Ok((scan::no_log(&input)?, input)));
        match kind {
            Ok((Some(kind), input)) if !plan.any_file && !plan.opens(&input.path) => {
                report.no_logs.add(kind)
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
    report.left_out(&listing);
    Ok(report.outcome.exit(Asked::Results))
}

/// `matcher` for the lines of one template only, which takes a pass over the files to know.
fn of_template(
    id: Id,
    files: &[PathBuf],
    args: &SearchArgs,
    matcher: Matcher,
    surroundings: &Surroundings,
    signals: &Signals,
) -> Result<Matcher> {
    let options = Options {
        max_line_bytes: args.input.max_line_bytes.unwrap_or(MAX_LINE_BYTES),
        ..Options::default()
    };
    let messages = MessageArgs {
        // The search will report what cannot be read, and its own figures.
        no_messages: true,
        stats: false,
        board: None,
        ..args.messages
    };
    let mut inputs = Inputs::new(
        &args.input,
        &messages,
        surroundings,
        signals,
        Boarding::default(),
    );
    let templates = templates::of_logs(files, options, &mut inputs)?;
    if templates.list.iter().all(|template| template.id != id) {
        say(format!(
            "no line has the template {id}; 'logscan templates --ids FILE' lists those there are"
        ));
    }
    Ok(matcher.filtered(Assigner::new(&templates).into_filter(id)))
}

fn scan(plan: &Plan, matcher: Matcher) -> Scan {
    let bounds = &plan.bounds;
    Scan {
        invert: bounds.invert,
        context: bounds.context,
        limit: plan.limit(),
        range: bounds.range.clone(),
        max_line_bytes: bounds.max_line_bytes,
        chunk_bytes: bounds.chunk_bytes,
        line_numbers: bounds.line_numbers,
        count_lines: plan.stats,
        ..Scan::new(matcher)
    }
}

struct Search<'a> {
    plan: &'a Plan,
    scan: Scan,
    workers: Workers,
    bar: Bar,
    board: Boarding,
    signals: &'a Signals,
    output: Output,
    report: Report<'a>,
}

impl Search<'_> {
    fn run(&mut self) -> Result<Exit, Error> {
        let mut listing = FolderListing::new(&self.plan.files, &self.plan.wanted);
        match self.board.keeper().is_some() {
            // There is one file.
            true if self.signals.stop().is_requested() => self.report.not_searched(self.plan),
            true => self.search_on_board(&self.plan.files[0])?,
            false if self.plan.one_log => self.search_one_log(&mut listing)?,
            false => self.search_all(&mut listing)?,
        }
        self.finish()?;
        self.report.left_out(&listing);
        report_shortage(&self.workers);
        Ok(self.report.outcome.exit(self.plan.mode.asked()))
    }

    fn search_all(&mut self, listing: &mut FolderListing<'_>) -> Result<(), Error> {
        let Search {
            plan,
            scan,
            workers,
            bar,
            board,
            output,
            report,
            ..
        } = self;
        let set = Set {
            mode: plan.read_mode,
            decoding: plan.decoding,
            any_file: plan.any_file,
            wanted: Some(&plan.wanted),
            refuses_output: plan.could_read_its_output(),
            // With headings an empty line sets files apart.
            gaps_between: matches!(scan.context, Context::Lines { .. }) && !plan.layout.heading,
            one_hit: plan.mode.asked() == Asked::Existence,
            one_by_one: plan.stats,
            ..Set::new(scan, workers, bar.counters())
        };
        let tools = SearchTools {
            bar,
            board,
            scan,
            workers,
        };
        bar.begin(&Name(&plan.files[0]).to_string());
        let reached = scan::run_set(&set, listing, output.sink(), &mut |path, event| {
            report.event(&tools, path, event);
            Ok(())
        })?;
        bar.clear();
        if reached == SetReached::Stop {
            report.not_searched(plan);
        }
        Ok(())
    }

    /// Searches all inputs as the files of one log.
    fn search_one_log(&mut self, listing: &mut FolderListing<'_>) -> Result<(), Error> {
        let Search {
            plan,
            scan,
            workers,
            bar,
            board,
            output,
            report,
            ..
        } = self;
        let Some(log) = report.one_log(listing) else {
            return Ok(());
        };
        let (mut source, errors) = log.open(plan.decoding);
        let tools = SearchTools {
            bar,
            board,
            scan,
            workers,
        };
        if scan.range != (0..u64::MAX) {
            report.unreadable(&Error::RangeOfText {
                path: log.name().into(),
            });
            return Ok(());
        }
        report.event(&tools, log.name(), Event::Begins(&source));
        let ran = scan::run(scan, &mut source, workers, bar.counters(), output.sink());
        bar.clear();
        let summary = ran?;
        let searched_to = match scan.limit {
            Limit::First(most) if summary.hits >= most => summary.bytes,
            _ => u64::MAX,
        };
        for error in errors.before(searched_to) {
            report.unreadable(&error);
        }
        report.event(&tools, log.name(), Event::Ends(&summary, Some(&source)));
        Ok(())
    }

    /// Searches the one input whose checkpoints are kept.
    fn search_on_board(&mut self, path: &Path) -> Result<(), Error> {
        let Search {
            plan,
            scan,
            workers,
            bar,
            board,
            output,
            report,
            ..
        } = self;
        let source = match open(path, plan.read_mode, plan.decoding) {
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
        report.before = Usage::now();
        bar.begin(&name);
        let keeper = board.keeper().expect("the caller has asked for one");
        let ran = keeper.search(
            &board::Search {
                scan,
                path,
                mode: plan.read_mode,
                raw: plan.decoding == Decoding::Bytes,
                workers,
                progress: bar.counters(),
                when: plan.mode.delivered(),
                on_note: &|note| bar.say(format!("{name}: {note}")),
            },
            output.sink(),
        );
        bar.clear();
        let searched = match ran {
            // It was opened above, but is another file now, or no plain text, or cannot be read
            // where the last search ended.
            Err(error @ (Error::NotText { .. } | Error::Open { .. } | Error::Read { .. })) => {
                report.unreadable(&error);
                return Ok(());
            }
            ran => ran?,
        };
        // Which logs were searched is known only now, and an empty one need not be mapped.
        if searched.source.length() > Some(0) {
            report.unmapped(&name, &searched.source);
        }
        let tools = SearchTools {
            bar,
            board,
            scan,
            workers,
        };
        // Its notes have been said.
        report.figures(&tools, &name, &searched.source, &searched.summary);
        report.settle(&tools, &searched.summary);
        Ok(())
    }

    fn finish(&mut self) -> Result<(), Error> {
        let totals = self.report.totals.figures();
        if let Some(totals) = self.output.finish(self.plan.stats.then_some(totals))?
            && totals.uncounted > 0
        {
            let (uncounted, distinct_max) = (totals.uncounted, totals.distinct_max);
            self.report.trouble(&format!(
                "{uncounted} matches are not in the tally, which tells at most {distinct_max} texts apart"
            ));
        }
        if self.plan.stats && self.report.holds_files() && self.plan.mode != Mode::Json {
            say(&self.report.totals);
        }
        Ok(())
    }
}

/// What a report needs to know of the search that is going on.
struct SearchTools<'t> {
    bar: &'t Bar,
    board: &'t Boarding,
    scan: &'t Scan,
    workers: &'t Workers,
}

/// What is said while inputs are searched, and what has come of them.
struct Report<'a> {
    plan: &'a Plan,
    outcome: Outcome,
    /// What all inputs together cost.
    totals: Totals,
    no_logs: NoLogs,
    /// The archive that was opened last.
    archive: Option<PathBuf>,
    /// How many inputs are done.
    done: u64,
    /// What this process had cost when the input in hand began.
    before: Usage,
}

impl<'a> Report<'a> {
    fn new(plan: &'a Plan) -> Report<'a> {
        Report {
            plan,
            outcome: Outcome::default(),
            totals: Totals::default(),
            no_logs: NoLogs::default(),
            archive: None,
            done: 0,
            before: Usage::default(),
        }
    }

    /// Takes what has become of an input.
    fn event(&mut self, tools: &SearchTools<'_>, path: &Path, event: Event<'_>) {
        let bar = tools.bar;
        match event {
            Event::Begins(source) => {
                let name = Name(path).to_string();
                self.unmapped(&name, source);
                if self.plan.stats {
                    self.before = Usage::now();
                }
                bar.begin(&progress::nth(&name, self.done));
                return;
            }
            Event::Ends(summary, None) if !summary.has_trouble() && summary.notes.is_empty() => {
                self.settle(tools, summary);
                self.done += 1;
                bar.passes(path, self.done);
                return;
            }
            Event::LeftOut(kind) => {
                self.no_logs.add(kind);
                self.done += 1;
                return;
            }
            Event::Opens => {
                self.archive = Some(path.into());
                return;
            }
            // There is something to say, or the bar was that of one file.
            Event::Ends(..) | Event::Failed(_) | Event::IsOutput => bar.clear(),
        }
        match event {
            Event::Ends(summary, source) => {
                if let Some(source) = source {
                    self.figures(tools, &Name(path).to_string(), source, summary);
                    self.leave_position(source, summary);
                }
                for note in &summary.notes {
                    say(format!("{}: {note}", Name(path)));
                }
                self.settle(tools, summary);
            }
            Event::Failed(error) => self.unreadable(error),
            Event::IsOutput => self.is_output(path),
            Event::Begins(_) | Event::LeftOut(_) | Event::Opens => {}
        }
        self.done += 1;
        bar.begin(&progress::nth(&Name(path).to_string(), self.done));
    }

    /// Takes what one input gave into account.
    fn settle(&mut self, tools: &SearchTools<'_>, summary: &Summary) {
        tools.board.input_done(summary);
        self.outcome.hit |= summary.hits > 0;
        self.outcome.trouble |= summary.has_trouble();
        if let Some(error) = &summary.error {
            self.unreadable(error);
        }
    }

    /// As with GNU grep, `(logscan -m 1 a; cat) < file` goes on behind the hit, and without -m at
    /// the end.
    fn leave_position(&self, source: &Source, summary: &Summary) {
        if source.path() != Path::new("-") {
            return;
        }
        let end = if self.plan.stops_behind_hit() {
            Some(summary.end_offset)
        } else {
            source.length()
        };
        if let Some(Err(error)) = end.map(|end| source.set_position(end)) {
            say(format!(
                "cannot move on in the standard input: {}",
                logscan::Reason(&error)
            ));
        }
    }

    /// Whether inputs were found that nobody has named: nobody knows how many there are.
    fn holds_files(&self) -> bool {
        self.plan.folder.is_some() || self.archive.is_some()
    }

    /// Whether nobody has named the input that is called `path`: it was found in a folder, or is a
    /// member of the archive that was opened last.
    fn is_found(&self, path: &Path) -> bool {
        let is_member = self.archive.as_ref().is_some_and(|archive| {
            let archive = Name(archive).to_string();
            let behind = Name(path).to_string();
            behind
                .strip_prefix(&archive)
                .is_some_and(|behind| behind.starts_with('!'))
        });
        self.plan.folder.is_some() || is_member
    }

    /// Says what an input has cost, or only adds it up, if there may be thousands of them.
    fn figures(&mut self, tools: &SearchTools<'_>, name: &str, source: &Source, summary: &Summary) {
        if !self.plan.stats {
            return;
        }
        let matcher = &tools.scan.matcher;
        let stats = Stats {
            source,
            summary,
            usage: Usage::now().since(self.before),
            engine: matcher.engine(),
            engine_why: matcher.engine_why(),
            threads: tools.workers.threads(),
        };
        match (self.plan.mode, self.is_found(source.path())) {
            (Mode::Json, _) => self.totals.add_with_path(&stats),
            (_, true) => self.totals.add(&stats),
            (_, false) => say(format!("{name}: statistics\n{stats}")),
        }
    }

    /// Of what was found in folders and archives nobody has asked to map each file.
    fn unmapped(&self, name: &str, source: &Source) {
        let is_asked = self.plan.read_mode == ReadMode::Map && !self.is_found(source.path());
        if is_asked && source.access() != Access::Mapped {
            say(format!("{name}: {}; reading instead", source.why()));
        }
    }

    /// Says that a signal has come before all inputs were searched.
    fn not_searched(&mut self, plan: &Plan) {
        let left = plan.files.len() as u64 - self.done.min(plan.files.len() as u64);
        let which = match (self.holds_files(), left) {
            // Nobody knows what would have been found there.
            (true, _) => "the other files were",
            (false, 1) => "the last file was",
            (false, left) => &format!("the last {left} files were"),
        };
        self.trouble(&format!("interrupted: {which} not searched"));
    }

    fn is_output(&mut self, path: &Path) {
        self.trouble(&format!("{}: input file is also the output", Name(path)));
    }

    fn unreadable(&mut self, error: &Error) {
        self.outcome.trouble = true;
        if self.plan.unreadable == Unreadable::Named {
            say(hints::on(error));
        }
    }

    /// The inputs as one log, if they are that, and says in which order.
    fn one_log(&mut self, listing: &mut FolderListing<'_>) -> Option<OneLog> {
        let mut paths = Vec::new();
        for input in listing {
            match input.and_then(|input| Ok((scan::no_log(&input)?, input.path))) {
                Ok((Some(kind), _)) if !self.plan.any_file => self.no_logs.add(kind),
                Ok((_, path)) => paths.push(path),
                Err(error) => self.unreadable(&error),
            }
        }
        if paths.is_empty() {
            return None;
        }
        match OneLog::of(paths) {
            Ok(log) => {
                if self.plan.unreadable == Unreadable::Named && self.plan.mode != Mode::Quiet {
                    say(&log);
                    for path in log.left_out() {
                        let name = Name(path).to_string();
                        say(format!(
                            "{name}: left out, as it is also there by another name"
                        ));
                    }
                }
                Some(log)
            }
            Err(error) => {
                self.unreadable(&error);
                None
            }
        }
    }

    /// Says what was left out of folders. `-q` asks for nothing, and gets no notes about it.
    fn left_out(&self, listing: &FolderListing<'_>) {
        if self.plan.unreadable == Unreadable::Named && self.plan.mode != Mode::Quiet {
            for note in folders::notes(&self.no_logs, &listing.left_out()) {
                say(note);
            }
        }
    }

    fn trouble(&mut self, message: &str) {
        self.outcome.trouble = true;
        say(message);
    }
}
