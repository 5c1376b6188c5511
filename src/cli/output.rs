//! Standard output, and the sink that prints there what the plan asks for.

use std::io::{self, IsTerminal, Write};

use logscan::{
    Error, Matcher, Sink,
    sink::{ByPattern, Count, Escape, Json, JsonStats, Names, Quiet, Tally, TallyTotals, Text},
    terminal_stdout, wide_stdout,
};

use super::{
    plan::{Controls, Mode, SearchPlan},
    progress::Bar,
};

/// The sink of a search. Two kinds have more to print when all inputs have been searched.
pub(crate) enum Output {
    /// Prints as it goes.
    Plain(Box<dyn Sink>),
    /// Prints its table at the end.
    Tally(Tally),
    /// Prints a summary at the end.
    Json(Json),
}

impl Output {
    /// What `plan` asks for, above `bar`; `patterns` are those of `matcher`.
    pub(crate) fn new(
        plan: &SearchPlan,
        patterns: Vec<Vec<u8>>,
        matcher: Matcher,
        bar: &Bar,
    ) -> Output {
        let writer = bar.above(stdout(plan.controls));
        let listing = plan.listing.clone();
        match plan.mode {
            Mode::Quiet => Output::Plain(Box::new(Quiet::new())),
            Mode::Names(of) => Output::Plain(Box::new(Names::new(of, listing, writer))),
            Mode::Count(what) => {
                Output::Plain(Box::new(Count::new(what, listing, matcher, writer)))
            }
            Mode::ByPattern => {
                Output::Plain(Box::new(ByPattern::new(patterns, listing, matcher, writer)))
            }
            Mode::Tally(top) => Output::Tally(Tally::new(
                top,
                plan.layout.replace.clone(),
                matcher,
                writer,
            )),
            Mode::Json => Output::Json(json(plan, matcher, writer)),
            Mode::Lines => Output::Plain(Box::new(Text::new(plan.layout.clone(), matcher, writer))),
        }
    }

    /// The sink itself.
    pub(crate) fn sink(&mut self) -> &mut dyn Sink {
        match self {
            Output::Plain(sink) => sink.as_mut(),
            Output::Tally(tally) => tally,
            Output::Json(json) => json,
        }
    }

    /// Prints what comes after the last input.
    pub(crate) fn finish(
        &mut self,
        stats: Option<&JsonStats>,
    ) -> Result<Option<TallyTotals>, Error> {
        match self {
            Output::Plain(_) => Ok(None),
            Output::Tally(tally) => tally.finish().map(Some),
            Output::Json(json) => json.finish(stats).map(|()| None),
        }
    }
}

fn json(plan: &SearchPlan, matcher: Matcher, writer: Box<dyn Write + Send>) -> Json {
    let json = Json::new(matcher, plan.layout.replace.clone(), writer);
    if plan.bounds.invert {
        json.inverted()
    } else {
        json
    }
}

/// The standard output. Sinks write blocks of many lines and flush each, and for those its line
/// buffer costs nothing: all up to the last LF is written directly.
///
/// This is the one place where control characters are kept from the terminal, whatever the sink.
pub(crate) fn stdout(controls: Controls) -> Box<dyn Write + Send> {
    match controls {
        Controls::Kept if io::stdout().is_terminal() => Box::new(terminal_stdout()),
        Controls::Kept => Box::new(wide_stdout()),
        Controls::Shown(sgr) => Box::new(Escape::new(terminal_stdout(), sgr)),
    }
}
