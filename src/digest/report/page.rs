//! The contents of a digest for people: facts, a chart, lists, and commands that show more. Formats
//! only lay them out.

use std::{path::Path, time::Duration};

use crate::{
    digest::{EVENTS_SHOWN, KnownBy, LogDigest, LogLine, LogPlace, times::SECOND_NS},
    harmless::{self, on_one_line},
    histogram::{BucketWidth, Histogram, report, zoned},
    line::to_u64,
    templates::{
        Level, Place, Template,
        report::{counted, name},
    },
};

/// How many lines the advice to read on asks for.
const LINES_ADVISED: u64 = 20;

/// The contents of a page.
pub(super) struct DigestPage<'d> {
    pub(super) title: String,
    /// The name of the log, as a command takes it. The standard input has none.
    pub(super) argument: Option<String>,
    /// Names and values.
    pub(super) facts: Vec<(&'static str, String)>,
    pub(super) histogram: &'d Histogram,
    pub(super) lists: Vec<PageList>,
    /// Commands, and what they show.
    pub(super) more: Vec<(String, &'static str)>,
}

/// Rows of the same sort.
pub(super) struct PageList {
    pub(super) sort: ListSort,
    pub(super) title: String,
    /// What stands in the cells.
    pub(super) head: &'static [&'static str],
    /// What the text is, if rows have one.
    pub(super) text: &'static str,
    pub(super) rows: Vec<ListRow>,
}

/// What is in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ListSort {
    Frequent,
    Rare,
    Errors,
    Starts,
    Silences,
    Bursts,
}

/// Short cells, and text of a log if there is one.
#[derive(Clone, Debug, Default)]
pub(super) struct ListRow {
    pub(super) cells: Vec<String>,
    pub(super) text: String,
}

impl<'d> DigestPage<'d> {
    pub(super) fn of(digest: &'d LogDigest) -> DigestPage<'d> {
        let lists = [
            frequent(digest),
            rare(digest),
            errors(digest),
            starts(digest),
            silences(digest),
            bursts(digest),
        ];
        DigestPage {
            title: format!(
                "{}: {}, {}",
                what(digest),
                counted(digest.facts.lines, "line"),
                counted(digest.facts.bytes, "byte")
            ),
            argument: argument(digest),
            facts: facts(digest),
            histogram: &digest.histogram,
            lists: lists
                .into_iter()
                .filter(|list| !list.rows.is_empty())
                .collect(),
            more: more(digest),
        }
    }
}

/// What the digest is of.
fn what(digest: &LogDigest) -> String {
    match digest.inputs {
        1 => name(&digest.path),
        inputs => counted(to_u64(inputs), "log"),
    }
}

/// The log as a command names it. The standard input cannot be read again.
fn argument(digest: &LogDigest) -> Option<String> {
    match digest.inputs {
        _ if digest.path.as_ref() == Path::new("-") => None,
        1 => Some(harmless::argument(&digest.path).unwrap_or_else(|| "LOG".into())),
        _ => Some("LOG".into()),
    }
}

fn facts(digest: &LogDigest) -> Vec<(&'static str, String)> {
    let facts = &digest.facts;
    let mut rows = vec![("format", listed(&facts.formats, digest.inputs))];
    if !facts.columns.is_empty() {
        rows.push(("columns", listed(&facts.columns, digest.inputs)));
    }
    rows.push(("encoding", encoding(digest)));
    rows.push(("lines", lines(digest)));
    rows.push(("times", times(digest)));
    if digest.span.is_some() {
        let zone = report::zone_name(&digest.histogram.zone);
        rows.push(("zone", format!("{zone}, also of times without one")));
        rows.push(("order", order(digest)));
    }
    rows.push(("levels", levels(digest)));
    rows.push(("kinds", kinds(digest)));
    rows
}

/// Words, with how many inputs they are true of, if that is not all.
fn listed(words: &[(String, u64)], inputs: usize) -> String {
    match words {
        [(word, count)] if *count == to_u64(inputs) => word.clone(),
        words => {
            let of = |(word, count): &(String, u64)| format!("{word} ({})", counted(*count, "log"));
            words.iter().map(of).collect::<Vec<_>>().join(", ")
        }
    }
}

fn encoding(digest: &LogDigest) -> String {
    let facts = &digest.facts;
    match (facts.not_ascii, facts.not_utf8) {
        (0, _) => "ASCII".into(),
        (not_ascii, 0) => format!("UTF-8; {} with more than ASCII", counted(not_ascii, "line")),
        (_, not_utf8) => format!(
            "not all UTF-8; {} with other bytes",
            counted(not_utf8, "line")
        ),
    }
}

fn lines(digest: &LogDigest) -> String {
    let facts = &digest.facts;
    let mut text = format!("{} blank", facts.blank);
    if let Some((bytes, place)) = &facts.longest {
        let place = shown_place(digest, place);
        text += &format!(
            ", the longest has {} (line {place})",
            counted(*bytes, "byte")
        );
    }
    if facts.cut > 0 {
        text += &format!("; {} longer than the limit, and cut", facts.cut);
    }
    text
}

fn times(digest: &LogDigest) -> String {
    let Some((first, last)) = &digest.span else {
        return "no line has a time".into();
    };
    let length_ns = last.time_ns.saturating_sub(first.time_ns);
    format!(
        "{} to {}, {}",
        shown_time(digest, first.time_ns),
        shown_time(digest, last.time_ns),
        length(length_ns)
    )
}

fn order(digest: &LogDigest) -> String {
    let order = &digest.order;
    let mut text = match &order.place {
        None => "the lines are in the order of their times".into(),
        Some(place) => format!(
            "{} earlier than the line before, by up to {} (line {})",
            counted(order.earlier, "line"),
            length(order.most_ns),
            shown_place(digest, place)
        ),
    };
    if digest.facts.undated > 0 {
        text += &format!("; {} without a time", counted(digest.facts.undated, "line"));
    }
    text
}

fn levels(digest: &LogDigest) -> String {
    let levels = Level::ALL.into_iter().zip(digest.templates.levels);
    let known: Vec<String> = levels
        .filter(|&(_, lines)| lines > 0)
        .map(|(level, lines)| format!("{} {lines}", level.name()))
        .collect();
    match known.is_empty() {
        true => "no line has a level".into(),
        false => known.join(", "),
    }
}

fn kinds(digest: &LogDigest) -> String {
    let templates = &digest.templates;
    let mut text = format!(
        "{} of {}",
        counted(templates.lines, "line"),
        counted(to_u64(templates.list.len()), "kind")
    );
    if templates.continued > 0 {
        text += &format!(
            "; {} more below the first of their records",
            counted(templates.continued, "line")
        );
    }
    text
}

fn kind_row(digest: &LogDigest, kind: &Template) -> ListRow {
    ListRow {
        cells: vec![
            kind.lines.to_string(),
            format!("{:.1}%", digest.templates.share(kind) * 100.0),
            kind_place(digest, kind.first),
            kind.id.to_string(),
        ],
        text: on_one_line(&kind.text()).into_owned(),
    }
}

/// What stands in the cells of a kind.
const KIND_HEAD: &[&str] = &["count", "share", "first line", "id"];

fn frequent(digest: &LogDigest) -> PageList {
    PageList {
        sort: ListSort::Frequent,
        title: match digest.rare().is_empty() {
            true => "kinds of lines".into(),
            false => "most frequent kinds of lines".into(),
        },
        head: KIND_HEAD,
        text: "kind",
        rows: (digest.frequent().iter())
            .map(|kind| kind_row(digest, kind))
            .collect(),
    }
}

fn rare(digest: &LogDigest) -> PageList {
    let rare = digest.rare();
    PageList {
        sort: ListSort::Rare,
        title: "rarest kinds of lines".into(),
        head: KIND_HEAD,
        text: "kind",
        rows: rare.iter().map(|kind| kind_row(digest, kind)).collect(),
    }
}

fn errors(digest: &LogDigest) -> PageList {
    let errors = &digest.errors;
    let count = counted(errors.lines.count, "line");
    let mut rows: Vec<ListRow> = errors
        .lines
        .kept()
        .map(|line| line_row(digest, line))
        .collect();
    if errors.lines.between() > 0 {
        let more = format!("... {} more", errors.lines.between());
        rows.insert(errors.lines.first.len(), mark(more));
    }
    PageList {
        sort: ListSort::Errors,
        title: match errors.known_by {
            KnownBy::Level => format!("errors by their level: {count}"),
            KnownBy::Word => format!("errors by a word such as failed: {count}"),
        },
        head: &["line"],
        text: "text",
        rows,
    }
}

fn line_row(digest: &LogDigest, line: &LogLine) -> ListRow {
    ListRow {
        cells: vec![shown_place(digest, &line.place)],
        text: line.text.clone(),
    }
}

/// A row that says how many are not shown there.
fn mark(text: String) -> ListRow {
    ListRow {
        cells: vec![text],
        text: String::new(),
    }
}

fn starts(digest: &LogDigest) -> PageList {
    let list = &digest.starts.list;
    let mut rows: Vec<ListRow> = list
        .iter()
        .take(EVENTS_SHOWN)
        .map(|start| line_row(digest, &start.line))
        .collect();
    let more = list.len().saturating_sub(EVENTS_SHOWN);
    if more > 0 {
        rows.push(mark(format!("... {more} more")));
    }
    let and_more = match digest.starts.unknown {
        0 => String::new(),
        lines => format!(", and {} between them", counted(lines, "more such line")),
    };
    PageList {
        sort: ListSort::Starts,
        title: format!("starts, by their words: {}{and_more}", list.len()),
        head: &["line"],
        text: "text",
        rows,
    }
}

fn silences(digest: &LogDigest) -> PageList {
    let silences = &digest.silences;
    let rows = silences.longest.iter().map(|silence| ListRow {
        cells: vec![
            length(silence.length_ns()),
            shown_time(digest, silence.from.time_ns),
            shown_place(digest, &silence.from.place),
            shown_place(digest, &silence.to.place),
        ],
        text: String::new(),
    });
    PageList {
        sort: ListSort::Silences,
        title: format!(
            "silences of {} and more: {}",
            length(silences.least_ns),
            silences.count
        ),
        head: &["length", "from", "line before", "line behind"],
        text: "",
        rows: rows.collect(),
    }
}

fn bursts(digest: &LogDigest) -> PageList {
    let bursts = &digest.bursts;
    let width = u64::try_from(bursts.width_s).unwrap_or(0);
    let width = BucketWidth::new(Duration::from_secs(width));
    let width = width.unwrap_or(BucketWidth::SECOND);
    let rows = bursts.largest.iter().map(|burst| {
        let moment = |second: i64| shown_time(digest, second.saturating_mul(SECOND_NS));
        ListRow {
            cells: vec![
                burst.lines.to_string(),
                moment(burst.seconds.start),
                moment(burst.seconds.end),
                shown_place(digest, &burst.first),
            ],
            text: String::new(),
        }
    });
    PageList {
        sort: ListSort::Bursts,
        title: format!(
            "bursts: {}; {width} with lines usually has {}",
            bursts.count, bursts.usual
        ),
        head: &["lines", "from", "to", "first line"],
        text: "",
        rows: rows.collect(),
    }
}

/// Commands that show more.
fn more(digest: &LogDigest) -> Vec<(String, &'static str)> {
    let mut more = Vec::new();
    let Some(log) = argument(digest).filter(|_| digest.facts.lines > 0) else {
        return more;
    };
    let first = digest.errors.lines.first.first();
    if let Some((error, file)) = first.and_then(|error| {
        let file = harmless::argument(&error.place.path)?;
        Some((error, file))
    }) {
        let line = error.place.line;
        more.push((
            format!("logscan -n --lines {line}-{} {file}", line + LINES_ADVISED),
            "the first error",
        ));
    }
    if let Some(kind) = digest.rare().first() {
        more.push((
            format!("logscan --template {} {log}", kind.id),
            "the rarest kind",
        ));
    }
    if let Some(burst) = digest.bursts.largest.first() {
        let zone = &digest.histogram.zone;
        let moment = |second: i64| {
            let time_ns = second.saturating_mul(SECOND_NS);
            report::rfc3339(&zoned(zone, time_ns)).replace("+00:00", "Z")
        };
        more.push((
            format!(
                "logscan templates --since {} --until {} {log}",
                moment(burst.seconds.start),
                moment(burst.seconds.end)
            ),
            "the largest burst",
        ));
    }
    more.push((format!("logscan templates --ids {log}"), "all kinds"));
    more
}

/// A place for people: the number of the line, and the input if there are several.
fn shown_place(digest: &LogDigest, place: &LogPlace) -> String {
    match digest.inputs {
        0 | 1 => place.line.to_string(),
        _ => format!("{}:{}", name(&place.path), place.line),
    }
}

/// The same of a place of a kind.
fn kind_place(digest: &LogDigest, place: Place) -> String {
    let path = digest.templates.inputs.get(place.input);
    match (digest.inputs, path) {
        (0 | 1, _) | (_, None) => place.line.to_string(),
        (_, Some(path)) => format!("{}:{}", name(path), place.line),
    }
}

/// A time as people read it.
fn shown_time(digest: &LogDigest, time_ns: i64) -> String {
    report::shown(&zoned(&digest.histogram.zone, time_ns), BucketWidth::SECOND)
}

/// How long a span is: `1h30m`, `250ms`.
pub(super) fn length(span_ns: i64) -> String {
    let span = Duration::from_nanos(span_ns.unsigned_abs());
    match BucketWidth::new(Duration::from_secs(span.as_secs())) {
        Some(width) => width.to_string(),
        None if span.is_zero() => "0s".into(),
        None => format!("{}ms", span.as_millis().max(1)),
    }
}
