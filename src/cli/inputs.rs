//! The inputs of commands that read whole logs: opened, read with a progress bar, and what went
//! wrong reported.

use std::{io::Write, path::Path};

use clap::Command;
use logscan::{
    Access, Decoding, Error, Name, Progress, ReadMode, Signals, Source, Summary, Usage, Workers,
    templates::{Miner, Templates},
};

use super::{
    args::{InputArgs, MessageArgs},
    board::Boarding,
    exit::{Exit, Outcome},
    hints,
    messages::{report_shortage, say},
    plan,
    progress::Bar,
    stats::Stats,
    surroundings::Surroundings,
};

/// Which of two logs an input is, if they are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The log itself.
    Log,
    /// The log that it is compared with.
    Other,
}

/// How inputs are read, and what came of it.
pub(crate) struct Inputs<'a> {
    workers: Workers,
    bar: Bar,
    board: Boarding,
    signals: &'a Signals,
    read_mode: ReadMode,
    decoding: Decoding,
    /// Whether a range of bytes is read, which there is none of in what is decoded.
    has_range: bool,
    stats: bool,
    names_unreadable: bool,
    /// What the exit status will say.
    pub(crate) outcome: Outcome,
}

impl<'a> Inputs<'a> {
    /// As the flags say.
    pub(crate) fn new(
        input: &InputArgs,
        messages: &MessageArgs,
        surroundings: &Surroundings,
        signals: &'a Signals,
        board: Boarding,
    ) -> Inputs<'a> {
        let show = plan::show_progress(messages.progress.unwrap_or_default(), surroundings);
        Inputs {
            workers: Workers::new(input.threads),
            bar: Bar::new(show, signals.stop()).on(board.board()),
            board,
            signals,
            read_mode: plan::read_mode(input),
            decoding: plan::decoding(input),
            has_range: input.byte_range.is_some(),
            stats: messages.stats,
            names_unreadable: !messages.no_messages,
            outcome: Outcome::default(),
        }
    }

    /// A writer of results that come while inputs are read.
    pub(crate) fn above(&self, writer: Box<dyn Write + Send>) -> Box<dyn Write + Send> {
        self.bar.above(writer)
    }

    /// Mines an input. Says whether it could be opened, and is plain text.
    ///
    /// # Errors
    /// What no other input would go better with.
    pub(crate) fn add(
        &mut self,
        miner: &mut Miner,
        path: &Path,
        side: Side,
    ) -> Result<bool, Error> {
        let Some(mut source) = self.open(path) else {
            return Ok(false);
        };
        let scanned = self.scan(&mut source, |source, workers, progress| match side {
            Side::Log => miner.add(source, workers, progress),
            Side::Other => miner.add_other(source, workers, progress),
        });
        match scanned {
            Ok(_) => Ok(true),
            Err(error @ Error::NotText { .. }) => {
                self.unreadable(&error);
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Opens an input, or reports why it cannot be, or that a signal has come before.
    pub(crate) fn open(&mut self, path: &Path) -> Option<Source> {
        if self.signals.stop().is_requested() {
            self.outcome.trouble = true;
            say(format!("interrupted: {} was not read", Name(path)));
            return None;
        }
        match open(path, self.read_mode, self.decoding) {
            Ok(source) if self.has_range && source.access() == Access::Decoded => {
                self.unreadable(&Error::RangeOfText { path: path.into() });
                None
            }
            Ok(source) => {
                if self.read_mode == ReadMode::Map && source.access() != Access::Mapped {
                    let name = Name(path).to_string();
                    say(format!("{name}: {}; reading instead", source.why()));
                }
                Some(source)
            }
            Err(error) => {
                self.unreadable(&error);
                None
            }
        }
    }

    /// Reads an input with `work`, and reports what the summary says.
    ///
    /// # Errors
    /// What `work` returned.
    pub(crate) fn scan(
        &mut self,
        source: &mut Source,
        work: impl FnOnce(&mut Source, &Workers, &Progress) -> Result<Summary, Error>,
    ) -> Result<Summary, Error> {
        let name = Name(source.path()).to_string();
        let before = Usage::now();
        self.bar.begin(&name);
        let ran = work(source, &self.workers, self.bar.counters());
        self.bar.clear();
        let summary = ran?;
        self.board.input_done(&summary);
        if self.stats {
            let stats = Stats {
                source,
                summary: &summary,
                usage: Usage::now().since(before),
                engine: "templates".into(),
                engine_why: "every line is looked at".into(),
                threads: self.workers.threads(),
            };
            say(format!("{name}: statistics\n{stats}"));
        }
        self.outcome.trouble |= summary.has_trouble();
        for note in &summary.notes {
            say(format!("{name}: {note}"));
        }
        if let Some(error) = &summary.error {
            self.unreadable(error);
        }
        Ok(summary)
    }

    /// Says on the board how it ended.
    ///
    /// # Errors
    /// That of `done`, and what is wrong with the board.
    pub(crate) fn finish(self, done: anyhow::Result<Exit>) -> anyhow::Result<Exit> {
        drop(self.bar);
        report_shortage(&self.workers);
        self.board.finish(done, self.stats)
    }

    fn unreadable(&mut self, error: &Error) {
        self.outcome.trouble = true;
        if self.names_unreadable {
            say(hints::on(error));
        }
    }

    /// Says where templates are coarser than they might be.
    /// `table` is that of the command, whose flags may be advised.
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

/// Opens an input; `-` is the standard input.
pub(crate) fn open(path: &Path, mode: ReadMode, decoding: Decoding) -> Result<Source, Error> {
    let source = match path == Path::new("-") {
        true => Source::stdin(mode)?,
        false => Source::open(path, mode)?,
    };
    Ok(source.with(decoding))
}
