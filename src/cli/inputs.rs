//! Reads the inputs of every command that reads logs. They come one after another with a progress
//! bar, and what becomes of each is reported and counted.
//!
//! [`Inputs`] runs a scan over them. [`InputReport`] gets an event for each input, in order.

use std::{
    collections::HashSet,
    io::Write,
    path::{Path, PathBuf},
};

use clap::Command;
use logscan::{
    Access, Decoding, Error, FilterSeen, Matcher, Name, Note, OneLog, ReadMode, Scan, Signals,
    Sink, Source, Summary, Usage, Workers,
    folder::{CountedPaths, LeftOut, Wanted, is_folder},
    scan::{self, Event, Set, SetReached},
    templates::Templates,
};

use super::{
    board::CommandBoard,
    exit::{Asked, Exit, SearchOutcome},
    folders::{self, FolderListing, NoLogs},
    hints,
    messages::{report_shortage, say},
    plan::{Figures, InputPlan, OrdinaryNotes, StdinEnd, Unreadable, WithoutTimes},
    progress::{self, Bar},
    stats::{Stats, Totals},
};

/// The inputs, the tools that read them, and the report on them.
pub(crate) struct Inputs<'a> {
    pub(crate) tools: InputTools<'a>,
    pub(crate) report: InputReport<'a>,
}

/// The threads that read, and the bar and board that show how far they are.
pub(crate) struct InputTools<'a> {
    pub(crate) plan: &'a InputPlan,
    pub(crate) workers: Workers,
    pub(crate) bar: Bar,
    pub(crate) board: CommandBoard,
    pub(crate) signals: &'a Signals,
}

/// The task of a command on all inputs.
pub(crate) struct InputScan<'s> {
    pub(crate) scan: &'s Scan,
    pub(crate) engine: EngineName<'s>,
    /// Whether the standard output is refused as an input.
    pub(crate) refuses_output: bool,
    /// Whether the lines of an input are set off by a gap from those of the inputs before.
    pub(crate) gaps_between: bool,
    /// Whether the first input with a hit is the last that is read.
    pub(crate) one_hit: bool,
}

impl<'s> InputScan<'s> {
    /// Creates a task that reads all inputs, also the standard output, and sets none of them off
    /// from the others.
    pub(crate) fn new(scan: &'s Scan, engine: EngineName<'s>) -> InputScan<'s> {
        InputScan {
            scan,
            engine,
            refuses_output: false,
            gaps_between: false,
            one_hit: false,
        }
    }
}

/// The name that figures give to the engine that looks at the lines.
#[derive(Clone, Copy, Debug)]
pub(crate) enum EngineName<'s> {
    /// The engine that the matcher has chosen.
    Of(&'s Matcher),
    Templates,
    /// The engine of triage, and how many findings there are in the input.
    Triage(u64),
}

impl<'a> Inputs<'a> {
    /// Creates the inputs of a plan.
    pub(crate) fn new(
        plan: &'a InputPlan,
        signals: &'a Signals,
        board: CommandBoard,
    ) -> Inputs<'a> {
        Inputs {
            tools: InputTools {
                plan,
                workers: Workers::new(plan.threads),
                bar: Bar::new(plan.progress, signals.stop()).on(board.board()),
                board,
                signals,
            },
            report: InputReport::new(plan),
        }
    }

    /// Returns a writer of results that come while inputs are read.
    pub(crate) fn above(&self, writer: Box<dyn Write + Send>) -> Box<dyn Write + Send> {
        self.tools.bar.above(writer)
    }

    /// Scans `files`, and the files in those that are folders and archives. Returns how many could
    /// be read.
    ///
    /// # Errors
    /// An error with which no other input would go better.
    pub(crate) fn scan_all(
        &mut self,
        files: &[PathBuf],
        job: &InputScan<'_>,
        sink: &mut dyn Sink,
    ) -> Result<u64, Error> {
        let Inputs { tools, report } = self;
        let plan = tools.plan;
        let set = Set {
            mode: plan.read_mode,
            decoding: plan.decoding,
            any_file: plan.any_file,
            wanted: Some(&plan.wanted),
            refuses_output: job.refuses_output,
            gaps_between: job.gaps_between,
            one_hit: job.one_hit,
            one_by_one: plan.figures != Figures::Unwanted,
            ..Set::new(job.scan, &tools.workers, tools.bar.counters())
        };
        let before = report.read;
        report.begin(files);
        let mut listing = FolderListing::new(files, &plan.wanted);
        tools.bar.begin(&Name(&files[0]).to_string());
        let reached = scan::run_set(&set, &mut listing, sink, &mut |path, event| {
            report.event(tools, job.engine, path, event);
            Ok(())
        })?;
        tools.bar.clear();
        match reached {
            SetReached::Stop => report.not_searched(files.len()),
            SetReached::End => {
                let missing = std::mem::take(&mut report.missing);
                report.say_missing(&missing);
            }
            SetReached::Hit => {}
        }
        report.left_out(&listing.left_out());
        Ok(report.read - before)
    }

    /// Returns whether a signal has asked for the end.
    pub(crate) fn is_stopped(&self) -> bool {
        self.tools.signals.stop().is_requested()
    }

    /// Ends a command that prints what it made of all inputs: `printed` says whether there is
    /// anything.
    ///
    /// # Errors
    /// As of [`Inputs::finish`].
    pub(crate) fn finish_printed(mut self, printed: anyhow::Result<bool>) -> anyhow::Result<Exit> {
        let done = match (printed, self.tools.signals.caught()) {
            (Err(error), None) => Err(error),
            (_, Some(signal)) => Ok(Exit::Signal(signal)),
            (Ok(hit), None) => {
                self.report.outcome.hit = hit;
                Ok(self.report.outcome.exit(Asked::Results))
            }
        };
        self.report.say_totals();
        self.finish(done)
    }

    /// Writes on the board how the command ended.
    ///
    /// # Errors
    /// The error of `done`, or an error of the board.
    pub(crate) fn finish(self, done: anyhow::Result<Exit>) -> anyhow::Result<Exit> {
        let InputTools {
            plan,
            workers,
            bar,
            board,
            ..
        } = self.tools;
        // The counters are on the board.
        drop(bar);
        report_shortage(&workers);
        board.finish(done, plan.figures != Figures::Unwanted)
    }

    /// Says where templates are coarser than they might be. `table` is the table of the command,
    /// whose flags may be advised.
    pub(crate) fn report_limits(&self, templates: &Templates, table: fn() -> Command) {
        if templates.folded > 0 {
            let message = format!(
                "{} lines are counted by their first word only, because too many kinds came before; \
                 --max-distinct tells more apart",
                templates.folded
            );
            say(hints::fitting(message, &table()));
        }
        if templates.cut > 0 {
            say(format!(
                "{} long lines are told apart by their first {} bytes only, as counted after masking",
                templates.cut,
                logscan::templates::MASKED_BYTES_MAX
            ));
        }
    }
}

/// The messages about inputs, and the counts of what has come of them.
pub(crate) struct InputReport<'a> {
    plan: &'a InputPlan,
    pub(crate) outcome: SearchOutcome,
    /// What the filters of the search have seen in all inputs.
    pub(crate) seen: FilterSeen,
    /// The figures of all inputs together.
    pub(crate) totals: Totals,
    no_logs: NoLogs,
    /// Files of folders and archives that have no times.
    without_times: CountedPaths,
    without_records: CountedPaths,
    /// The days that were taken for times of day.
    times_taken: HashSet<String>,
    /// Whether one of the inputs is a folder.
    has_folder: bool,
    /// The archive that was opened last.
    archive: Option<PathBuf>,
    /// Members of archives that were named and have not been seen.
    missing: Vec<String>,
    /// How many of the inputs that were named together are done.
    done: u64,
    /// How many inputs could be read.
    read: u64,
    /// The resources that this process had used when the input in hand began.
    before: Usage,
    /// The messages about inputs, if the inputs may be read once more: at most [`SAID_MAX`] of
    /// them.
    said: HashSet<String>,
    pass: ReportedPass,
}

/// How many messages are remembered, so that a second pass over the same inputs does not repeat
/// them.
const SAID_MAX: usize = 1000;

/// Tells whether the inputs have been read before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ReportedPass {
    First,
    /// The inputs are read once more. Messages of the first pass are not repeated.
    Second,
}

impl<'a> InputReport<'a> {
    /// Creates a report before anything has been read.
    pub(crate) fn new(plan: &'a InputPlan) -> InputReport<'a> {
        InputReport {
            plan,
            outcome: SearchOutcome::default(),
            seen: FilterSeen::default(),
            totals: Totals::default(),
            no_logs: NoLogs::default(),
            without_times: CountedPaths::default(),
            without_records: CountedPaths::default(),
            times_taken: HashSet::new(),
            has_folder: plan.folder().is_some(),
            archive: None,
            missing: plan.wanted.members.clone(),
            done: 0,
            read: 0,
            before: Usage::default(),
            said: HashSet::new(),
            pass: ReportedPass::First,
        }
    }

    /// Returns whether an input could be read.
    pub(crate) fn has_read(&self) -> bool {
        self.read > 0
    }

    /// Begins a second pass over the same inputs.
    pub(crate) fn again(&mut self) {
        self.outcome.hit = false;
        self.pass = ReportedPass::Second;
    }

    /// Says something about an input, unless it was said in the first pass.
    fn say_of_input(&mut self, message: String) {
        match self.pass {
            ReportedPass::Second if self.said.contains(&message) => return,
            ReportedPass::First if self.said.len() < SAID_MAX => {
                self.said.insert(message.clone());
            }
            ReportedPass::First | ReportedPass::Second => {}
        }
        say(message);
    }

    /// Begins with other inputs.
    fn begin(&mut self, files: &[PathBuf]) {
        self.has_folder = files.iter().any(|file| is_folder(file));
        self.no_logs = NoLogs::default();
        self.without_times = CountedPaths::default();
        self.without_records = CountedPaths::default();
        self.archive = None;
        self.missing = self.plan.wanted.members.clone();
        self.done = 0;
    }

    /// Takes note that an input was looked at, which may be a member that was named.
    fn has_seen(&mut self, path: &Path) {
        Wanted::leave_missing(&mut self.missing, path);
    }

    /// Says which members of archives were named and are not there.
    pub(crate) fn say_missing(&mut self, members: &[String]) {
        for member in members {
            self.outcome.trouble = true;
            if self.plan.unreadable == Unreadable::Named {
                say(format!("{member}: the archive has no such member"));
            }
        }
    }

    /// Begins with an input that is not one of a set.
    pub(crate) fn measure_from_here(&mut self) {
        self.before = Usage::now();
    }

    /// Takes an event about an input.
    pub(crate) fn event(
        &mut self,
        tools: &InputTools<'_>,
        engine: EngineName<'_>,
        path: &Path,
        event: Event<'_>,
    ) {
        let bar = &tools.bar;
        if !matches!(event, Event::Opens) {
            self.has_seen(path);
        }
        match event {
            Event::Begins(source) => {
                let name = Name(path).to_string();
                self.unmapped(&name, source);
                if self.plan.figures != Figures::Unwanted {
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
                self.no_logs.add(kind, 1);
                self.done += 1;
                return;
            }
            Event::Opens => {
                self.archive = Some(path.into());
                return;
            }
            // A message follows, or the bar was that of one file.
            Event::Ends(..) | Event::Failed(_) | Event::IsOutput => bar.clear(),
        }
        match event {
            Event::Ends(summary, source) => {
                if let Some(source) = source {
                    self.figures(tools, engine, source, summary);
                    self.leave_position(source, summary);
                }
                for note in &summary.notes {
                    self.note(path, note);
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

    /// Takes the results of inputs that were read together. If there are several, their figures
    /// cannot be told apart, so they are added up.
    pub(crate) fn read_together(
        &mut self,
        tools: &InputTools<'_>,
        inputs: &[(EngineName<'_>, &Source, &Summary)],
    ) {
        for (nth, (engine, source, summary)) in inputs.iter().enumerate() {
            self.has_folder |= inputs.len() > 1;
            self.figures(tools, *engine, source, summary);
            if nth == 0 {
                // The first input gets the costs of all.
                self.measure_from_here();
            }
            for note in &summary.notes {
                self.note(source.path(), note);
            }
            self.settle(tools, summary);
        }
        self.say_totals();
    }

    /// Says a note about an input. A note that many files of a folder may have in common is said
    /// once.
    fn note(&mut self, path: &Path, note: &Note) {
        let is_said = self.plan.notes == OrdinaryNotes::Said;
        match note {
            Note::NoTimes if self.plan.without_times == WithoutTimes::Shown => {}
            Note::NoTimes if self.is_found(path) => self.without_times.add(path),
            Note::NoRecords if self.is_found(path) => self.without_records.add(path),
            Note::NoTimes
            | Note::NoRecords
            | Note::TimesRepeated
            | Note::TimesUnordered { .. }
            | Note::DatesUndecided { .. }
                if !is_said => {}
            Note::NoTimes => {
                let text = folders::no_times(self.plan.without_times);
                self.say_of_input(format!("{}: {text}", Name(path)));
            }
            // The day is mostly the same in all files.
            Note::TimeTaken { .. } => {
                let said = note.to_string();
                if is_said && self.times_taken.len() < SAID_MAX && self.times_taken.insert(said) {
                    self.say_of_input(format!("{}: {note}", Name(path)));
                }
            }
            _ => {
                let text = match self.plan.table {
                    Some(table) => hints::fitting(note, &table()),
                    None => note.to_string(),
                };
                self.say_of_input(format!("{}: {text}", Name(path)));
            }
        }
    }

    /// Adds the results of one input.
    pub(crate) fn settle(&mut self, tools: &InputTools<'_>, summary: &Summary) {
        tools.board.input_done(summary);
        self.read += 1;
        self.seen.add(summary.seen);
        self.outcome.hit |= summary.hits > 0;
        self.outcome.trouble |= summary.has_trouble();
        if let Some(error) = &summary.error {
            self.unreadable(error);
        }
    }

    /// Leaves the position in the standard input as GNU grep does: `(logscan -m 1 a; cat) < file`
    /// goes on behind the hit. Without -m it goes on at the end.
    fn leave_position(&self, source: &Source, summary: &Summary) {
        if source.path() != Path::new("-") {
            return;
        }
        let end = match self.plan.stdin_end {
            StdinEnd::BehindHit => Some(summary.end_offset),
            StdinEnd::End => source.length(),
        };
        if let Some(Err(error)) = end.map(|end| source.set_position(end)) {
            say(format!(
                "cannot move on in the standard input: {}",
                logscan::Reason(&error)
            ));
        }
    }

    /// Returns whether inputs were found that nobody has named. How many there are is not known
    /// then.
    pub(crate) fn holds_files(&self) -> bool {
        self.has_folder || self.archive.is_some()
    }

    /// Returns whether nobody has named the input that is called `path`. It was found in a folder,
    /// or is a member of the archive that was opened last.
    fn is_found(&self, path: &Path) -> bool {
        let is_member = self.archive.as_ref().is_some_and(|archive| {
            let archive = Name(archive).to_string();
            let behind = Name(path).to_string();
            behind
                .strip_prefix(&archive)
                .is_some_and(|behind| behind.starts_with('!'))
        });
        self.has_folder || is_member
    }

    /// Says what an input has cost. If there may be thousands of inputs, the costs are only added
    /// up.
    pub(crate) fn figures(
        &mut self,
        tools: &InputTools<'_>,
        engine: EngineName<'_>,
        source: &Source,
        summary: &Summary,
    ) {
        // A second pass would double the figures.
        if self.plan.figures == Figures::Unwanted || self.pass == ReportedPass::Second {
            return;
        }
        let Summary { hits, matches, .. } = *summary;
        let (engine, engine_why, hits, matches) = match engine {
            EngineName::Of(matcher) => (matcher.engine(), matcher.engine_why(), hits, matches),
            // Every line is a hit of the scan. It is a match if it counts.
            EngineName::Templates => (
                "templates".into(),
                "every line is looked at".into(),
                matches,
                0,
            ),
            EngineName::Triage(findings) => (
                "triage".into(),
                "every line is looked at by the rules".into(),
                findings,
                0,
            ),
        };
        let stats = Stats {
            source,
            summary,
            hits,
            matches,
            usage: Usage::now().since(self.before),
            engine,
            engine_why,
            threads: tools.workers.threads(),
        };
        match (self.plan.figures, self.is_found(source.path())) {
            (Figures::InResults, _) => self.totals.add_with_path(&stats),
            (_, true) => self.totals.add(&stats),
            (_, false) => say(format!("{}: statistics\n{stats}", Name(source.path()))),
        }
    }

    /// Says what all files of folders and archives have cost together.
    pub(crate) fn say_totals(&self) {
        if self.plan.figures == Figures::Said && self.totals.are_any() {
            say(&self.totals);
        }
    }

    /// Says that an input was not mapped, though that was asked for. For inputs that were found in
    /// folders and archives nobody has asked that.
    pub(crate) fn unmapped(&mut self, name: &str, source: &Source) {
        let is_asked = self.plan.read_mode == ReadMode::Map && !self.is_found(source.path());
        if is_asked && source.access() != Access::Mapped {
            self.say_of_input(format!("{name}: {}; reading instead", source.why()));
        }
    }

    /// Says that a signal came before all named inputs were read. `named` is how many there are.
    pub(crate) fn not_searched(&mut self, named: usize) {
        let left = (named as u64).saturating_sub(self.done);
        let which = match (self.holds_files(), left) {
            // It is not known what would have been found there.
            (true, _) => "the other files were",
            (false, 1) => "the last file was",
            (false, left) => &format!("the last {left} files were"),
        };
        self.trouble(&format!("interrupted: {which} not searched"));
    }

    /// Says that an input is not read because results go there.
    pub(crate) fn is_output(&mut self, path: &Path) {
        self.trouble(&format!("{}: input file is also the output", Name(path)));
    }

    /// Says why an input cannot be read.
    pub(crate) fn unreadable(&mut self, error: &Error) {
        self.outcome.trouble = true;
        if self.plan.unreadable == Unreadable::Named {
            self.say_of_input(hints::on(error));
        }
    }

    /// Counts files that are no logs and are not read.
    pub(crate) fn no_log(&mut self, kind: logscan::NoLog, files: u64) {
        self.no_logs.add(kind, files);
    }

    /// Returns the inputs as one log, if they are one, and says their order.
    pub(crate) fn one_log(&mut self, listing: &mut FolderListing<'_>) -> Option<OneLog> {
        let mut paths = Vec::new();
        for input in listing {
            match input.and_then(|input| Ok((scan::no_log(&input)?, input.path))) {
                Ok((Some(kind), _)) if !self.plan.any_file => self.no_logs.add(kind, 1),
                Ok((_, path)) => paths.push(path),
                Err(error) => self.unreadable(&error),
            }
        }
        if paths.is_empty() {
            return None;
        }
        match OneLog::of(paths) {
            Ok(log) => {
                if self.plan.notes == OrdinaryNotes::Said {
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

    /// Says what was left out of folders.
    pub(crate) fn left_out(&self, left_out: &LeftOut) {
        if self.plan.notes == OrdinaryNotes::Said && self.pass == ReportedPass::First {
            for note in folders::notes(&self.no_logs, left_out) {
                say(note);
            }
            let notes = [
                folders::without_times(&self.without_times, self.plan.without_times),
                folders::without_records(&self.without_records),
            ];
            for note in notes.into_iter().flatten() {
                say(note);
            }
        }
    }

    /// Reports trouble, also if messages about files are not wanted.
    pub(crate) fn trouble(&mut self, message: &str) {
        self.outcome.trouble = true;
        say(message);
    }
}

/// Opens an input. `-` is the standard input.
pub(crate) fn open(path: &Path, mode: ReadMode, decoding: Decoding) -> Result<Source, Error> {
    let source = match path == Path::new("-") {
        true => Source::stdin(mode)?,
        false => Source::open(path, mode)?,
    };
    Ok(source.with(decoding))
}
