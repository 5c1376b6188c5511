//! Standard output, and the sink that prints there what the plan asks for.

use std::io::{self, BufWriter, IsTerminal, Write};

use jiff::tz::TimeZone;

use logscan::{
    Error, FilterSeen, Matcher, PageOptions, Sink,
    fields::{FieldGroups, GroupTable, Select},
    histogram::{PerTime, report},
    redact::Markup,
    scan::LineRanges,
    sink::{
        ByPattern, Count, Escape, Json, JsonStats, Merged, Names, NumberedLines, Quiet, Tally,
        TallyTotals, Text,
    },
    templates::{HitKinds, report::hits_within},
    terminal_stdout, wide_stdout,
};

use super::{
    messages::say,
    plan::{Controls, FieldPlan, Mode, PerPlan, SearchPlan, undated_note},
    progress::Bar,
    redaction, surroundings,
};

/// The facts about the search that the output has to know.
pub(crate) struct Sought {
    /// The patterns of which `matcher` is made.
    pub(crate) patterns: Vec<Vec<u8>>,
    pub(crate) matcher: Matcher,
    /// The numbers of the lines that are wanted, if numbers were given.
    pub(crate) numbers: Option<LineRanges>,
    /// The zone in which times are shown, if any are shown.
    pub(crate) zone: Option<TimeZone>,
}

/// The sink of a search. Some sinks have more to print when all inputs have been searched.
pub(crate) enum Output {
    /// Prints while inputs are searched.
    Plain(Box<dyn Sink>),
    /// Prints a table at the end.
    Tally(Tally),
    /// Prints a summary at the end.
    Json(Json),
    /// Prints a table of groups at the end.
    Groups(
        Option<Box<FieldGroups>>,
        Box<FieldPlan>,
        Box<dyn Write + Send>,
    ),
    /// Prints fields.
    Select(Box<Select>),
    /// Prints all lines at the end.
    Merged(Merged),
    /// Prints bars at the end.
    Per(Option<PerTime>, PerPlan, Box<dyn Write + Send>),
    /// Prints at the end what fits.
    Within(Option<Box<HitKinds>>, PageOptions, Box<dyn Write + Send>),
    /// Prints at the end the lines that fit.
    LinesWithin(NumberedLines, LinesPage),
}

/// The page of lines with given numbers.
pub(crate) struct LinesPage {
    options: PageOptions,
    asked: LineRanges,
    writer: Box<dyn Write + Send>,
}

impl Output {
    /// Creates the output that `plan` asks for. It writes above `bar`.
    pub(crate) fn new(plan: &SearchPlan, wanted: Sought, bar: &Bar) -> Output {
        let Sought {
            patterns,
            matcher,
            numbers,
            zone,
        } = wanted;
        let markup = match plan.mode {
            Mode::Per(per) if per.is_markup() => Markup::Html,
            Mode::Groups | Mode::Select => plan.fields.markup(),
            _ => Markup::None,
        };
        let writer = bar.above(document(plan.controls, markup));
        let listing = plan.listing.clone();
        let page = || plan.page.clone().expect("a budget has one");
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
            Mode::Per(per) => {
                let zone = zone.unwrap_or(TimeZone::UTC);
                let counts = per.sink(matcher, &patterns, plan.bounds.invert, zone);
                Output::Per(Some(counts), per, writer)
            }
            Mode::Groups => {
                let groups = plan.fields.groups(&matcher, zone.unwrap_or(TimeZone::UTC));
                let fields = Box::new(plan.fields.clone());
                Output::Groups(Some(Box::new(groups)), fields, writer)
            }
            Mode::Select => {
                let columns = (plan.layout.file_name, plan.bounds.line_numbers);
                Output::Select(Box::new(plan.fields.select(&matcher, columns, writer)))
            }
            Mode::Within(_) => {
                Output::Within(Some(Box::new(HitKinds::new(matcher))), page(), writer)
            }
            Mode::LinesWithin(budget) => {
                let page = LinesPage {
                    options: page(),
                    asked: numbers.expect("the mode is for these"),
                    writer,
                };
                Output::LinesWithin(NumberedLines::new(budget), page)
            }
            Mode::Json => Output::Json(json(plan, matcher, writer)),
            Mode::Merged => {
                let text = Text::new(plan.layout.clone(), matcher, writer);
                Output::Merged(Merged::new(text, surroundings::temporary_folder()))
            }
            Mode::Lines => Output::Plain(Box::new(Text::new(plan.layout.clone(), matcher, writer))),
        }
    }

    /// Returns the sink itself.
    pub(crate) fn sink(&mut self) -> &mut dyn Sink {
        match self {
            Output::Plain(sink) => sink.as_mut(),
            Output::Tally(tally) => tally,
            Output::Json(json) => json,
            Output::Merged(merged) => merged,
            Output::Groups(groups, ..) => groups.as_mut().expect("it is finished last").as_mut(),
            Output::Select(select) => select.as_mut(),
            Output::Per(counts, ..) => counts.as_mut().expect("it is finished last"),
            Output::Within(kinds, ..) => kinds.as_mut().expect("it is finished last").as_mut(),
            Output::LinesWithin(lines, _) => lines,
        }
    }

    /// Prints what comes after the last input.
    pub(crate) fn finish(&mut self, stats: Option<&JsonStats>) -> Result<OutputEnd, Error> {
        let write_error = |source| Error::Write { source };
        match self {
            Output::Plain(_) => {}
            Output::Tally(tally) => return Ok(OutputEnd::of_tally(tally.finish()?)),
            Output::Json(json) => json.finish(stats)?,
            Output::Merged(merged) => merged.finish()?,
            Output::Groups(groups, plan, writer) => {
                if let Some(groups) = groups.take() {
                    let table = plan.print(groups.finish(), writer).map_err(write_error)?;
                    return Ok(OutputEnd::of_groups(&table));
                }
            }
            Output::Select(select) => {
                return Ok(OutputEnd {
                    seen: select.finish()?,
                    ..OutputEnd::default()
                });
            }
            Output::Per(counts, plan, writer) => {
                if let Some(counts) = counts.take() {
                    print_counts(plan, counts, writer)?;
                }
            }
            Output::Within(kinds, page, writer) => {
                if let Some(kinds) = kinds.take() {
                    print_within(page, *kinds, writer)?;
                }
            }
            Output::LinesWithin(lines, page) => {
                let text = lines.page(&page.options, &page.asked);
                let printed = page.writer.write_all(text.as_bytes());
                printed
                    .and_then(|()| page.writer.flush())
                    .map_err(write_error)?;
            }
        }
        Ok(OutputEnd::default())
    }
}

/// What is known of the results when all of them have been printed.
#[derive(Debug, Default)]
pub(crate) struct OutputEnd {
    /// What is missing in the results, if anything is.
    pub(crate) trouble: Option<String>,
    /// What should be known of the results.
    pub(crate) notes: Vec<String>,
    /// What was seen of the fields of hits.
    pub(crate) seen: FilterSeen,
}

impl OutputEnd {
    fn of_tally(totals: TallyTotals) -> OutputEnd {
        let TallyTotals {
            uncounted,
            distinct_max,
        } = totals;
        let trouble = format!(
            "{uncounted} matches are not in the tally, which tells at most {distinct_max} texts apart"
        );
        OutputEnd {
            trouble: (uncounted > 0).then_some(trouble),
            ..OutputEnd::default()
        }
    }

    fn of_groups(table: &GroupTable) -> OutputEnd {
        let mut notes = table.notes.clone();
        notes.extend(undated_note(table.undated));
        OutputEnd {
            trouble: table.missing(),
            notes,
            seen: table.seen,
        }
    }
}

/// Prints the counts of hits by their times, and says the notes about them.
fn print_counts(plan: &PerPlan, counts: PerTime, writer: &mut dyn Write) -> Result<(), Error> {
    let histogram = plan.shown(counts.finish());
    let mut writer = BufWriter::new(writer);
    report::write(&histogram, plan.format, &plan.look, &mut writer)
        .and_then(|()| writer.flush())
        .map_err(|source| Error::Write { source })?;
    plan.notes(&histogram).iter().for_each(say);
    Ok(())
}

/// Prints the hits that fit, and says what was not told apart.
fn print_within(
    options: &PageOptions,
    kinds: HitKinds,
    writer: &mut dyn Write,
) -> Result<(), Error> {
    let hits = kinds.finish();
    hits_within(&hits, options, writer)?;
    if let Some(note) = hits.note() {
        say(note);
    }
    Ok(())
}

fn json(plan: &SearchPlan, matcher: Matcher, writer: Box<dyn Write + Send>) -> Json {
    let json = Json::new(matcher, plan.layout.replace.clone(), writer);
    if plan.bounds.invert {
        json.inverted()
    } else {
        json
    }
}

/// Opens the standard output. Sinks write blocks of many lines and flush each. For such blocks its
/// line buffer costs nothing: everything up to the last LF is written directly.
///
/// Only here control characters are kept from the terminal, whatever the sink is.
pub(crate) fn stdout(controls: Controls) -> Box<dyn Write + Send> {
    document(controls, Markup::None)
}

/// Opens the standard output for a document in a language of its own. Only here secrets are
/// redacted, whatever the sink is, before control characters are shown.
pub(crate) fn document(controls: Controls, markup: Markup) -> Box<dyn Write + Send> {
    redaction::guarded(unredacted(controls), markup)
}

/// Opens the standard output for messages of a protocol, whose texts have been redacted.
pub(crate) fn unredacted(controls: Controls) -> Box<dyn Write + Send> {
    match controls {
        Controls::Kept if io::stdout().is_terminal() => Box::new(terminal_stdout()),
        Controls::Kept => Box::new(wide_stdout()),
        Controls::Shown(sgr) => Box::new(Escape::new(terminal_stdout(), sgr)),
    }
}
