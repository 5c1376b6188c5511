//! The search: one input after another, each with all workers, and messages about what went wrong
//! between them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use logscan::{
    Access, Context, Error, Matcher, Name, ReadMode, Scan, Signals, Source, Summary, Usage,
    Workers, board, scan,
    scan::MAX_LINE_BYTES,
    sink::JsonStats,
    templates::{Assigner, Id, Options},
};

use super::{
    args::{MessageArgs, REPLACE, SearchArgs},
    board::Boarding,
    exit::{Asked, Exit, Outcome},
    hints,
    inputs::{Inputs, open},
    is_closed_pipe,
    messages::{report_shortage, report_threads, say},
    output::Output,
    patterns,
    plan::{Mode, Plan, Unreadable},
    progress::Bar,
    stats::Stats,
    surroundings::Surroundings,
    templates,
};

/// Does what `args` ask for.
pub(crate) fn run(args: &SearchArgs, surroundings: &Surroundings) -> Result<Exit> {
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
    report_threads(plan.threads);
    if let Some(hint) = hints::on_taken_as_pattern(args)
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
        outcome: Outcome::default(),
        totals: JsonStats::default(),
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
    outcome: Outcome,
    /// What all inputs together cost, for the summary of `--json`.
    totals: JsonStats,
}

impl Search<'_> {
    fn run(&mut self) -> Result<Exit, Error> {
        for (nth, path) in self.plan.files.iter().enumerate() {
            if self.signals.stop().is_requested() {
                self.report_left_out(self.plan.files.len() - nth);
                break;
            }
            self.search(path)?;
            if self.outcome.hit && self.plan.mode.asked() == Asked::Existence {
                break;
            }
        }
        self.finish()?;
        report_shortage(&self.workers);
        Ok(self.outcome.exit(self.plan.mode.asked()))
    }

    fn search(&mut self, path: &Path) -> Result<(), Error> {
        let mut source = match open(path, self.plan.read_mode, self.plan.raw) {
            Ok(source) => source,
            Err(error) => {
                self.report_unreadable(&error);
                return Ok(());
            }
        };
        let name = Name(path).to_string();
        if self.plan.could_read_its_output() && source.is_standard_output() {
            self.report_trouble(&format!("{name}: input file is also the output"));
            return Ok(());
        }
        let keeps = self.board.keeper().is_some();
        if !keeps {
            self.report_unmapped(&name, &source);
        }
        let before = Usage::now();
        self.bar.begin(&name);
        let ran = match self.board.keeper() {
            Some(keeper) => keeper
                .search(
                    &board::Search {
                        scan: &self.scan,
                        path,
                        mode: self.plan.read_mode,
                        raw: self.plan.raw,
                        workers: &self.workers,
                        progress: self.bar.counters(),
                        when: self.plan.mode.delivered(),
                        on_note: &|note| self.bar.say(format!("{name}: {note}")),
                    },
                    self.output.sink(),
                )
                .map(|searched| {
                    source = searched.source;
                    searched.summary
                }),
            None => scan::run(
                &self.scan,
                &mut source,
                &self.workers,
                self.bar.counters(),
                self.output.sink(),
            ),
        };
        self.bar.clear();
        let summary = match ran {
            // It is no plain text; or it was opened above, but is another file now, or cannot be
            // read where the last search ended.
            Err(error @ (Error::NotText { .. } | Error::Open { .. } | Error::Read { .. })) => {
                self.report_unreadable(&error);
                return Ok(());
            }
            ran => ran?,
        };
        self.board.input_done(&summary);
        // Which logs were searched is known only now, and an empty one need not be mapped.
        if keeps && source.length() > Some(0) {
            self.report_unmapped(&name, &source);
        }
        self.report_stats(&name, &source, &summary, Usage::now().since(before));
        self.leave_position(&source, &summary);
        if !keeps {
            for note in &summary.notes {
                say(format!("{name}: {note}"));
            }
        }
        self.settle(&summary);
        Ok(())
    }

    /// Takes what one input gave into account.
    fn settle(&mut self, summary: &Summary) {
        self.outcome.hit |= summary.hits > 0;
        self.outcome.trouble |= summary.has_trouble();
        if let Some(error) = &summary.error {
            self.report_unreadable(error);
        }
        // With headings an empty line sets files apart.
        if matches!(self.scan.context, Context::Lines { .. }) && !self.plan.layout.heading {
            self.scan.gap_before_first |= summary.hits > 0;
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

    fn report_stats(&mut self, name: &str, source: &Source, summary: &Summary, usage: Usage) {
        if !self.plan.stats {
            return;
        }
        let stats = Stats {
            source,
            summary,
            usage,
            engine: self.scan.matcher.engine(),
            engine_why: self.scan.matcher.engine_why(),
            threads: self.workers.threads(),
        };
        match self.plan.mode {
            Mode::Json => stats.add_to(&mut self.totals),
            _ => say(format!("{name}: statistics\n{stats}")),
        }
    }

    fn finish(&mut self) -> Result<(), Error> {
        if let Some(totals) = self
            .output
            .finish(self.plan.stats.then_some(&self.totals))?
            && totals.uncounted > 0
        {
            let (uncounted, distinct_max) = (totals.uncounted, totals.distinct_max);
            self.report_trouble(&format!(
                "{uncounted} matches are not in the tally, which tells at most {distinct_max} texts apart"
            ));
        }
        Ok(())
    }

    fn report_unmapped(&self, name: &str, source: &Source) {
        if self.plan.read_mode == ReadMode::Map && source.access() != Access::Mapped {
            say(format!("{name}: {}; reading instead", source.why()));
        }
    }

    fn report_left_out(&mut self, files: usize) {
        let which = match files {
            1 => "the last file was",
            _ => &format!("the last {files} files were"),
        };
        self.report_trouble(&format!("interrupted: {which} not searched"));
    }

    fn report_unreadable(&mut self, error: &Error) {
        self.outcome.trouble = true;
        if self.plan.unreadable == Unreadable::Named {
            let is_folder = matches!(error, Error::Directory { .. });
            match is_folder && self.plan.layout.replace.is_some() {
                true => say(format!("{}; {}", hints::on(error), REPLACE)),
                false => say(hints::on(error)),
            }
        }
    }

    fn report_trouble(&mut self, message: &str) {
        self.outcome.trouble = true;
        say(message);
    }
}
