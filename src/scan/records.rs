//! Tells where the records of a log begin: learned from its first lines, or by a pattern.

use super::times::{SAMPLE_BYTES, SAMPLE_LINES, first_lines};
use crate::{
    error::Note,
    input::{ReadError, Source},
    line::TextUnit,
    matcher::Matcher,
    record::RecordStart,
    sys::Stop,
};

/// Tells where a record begins. A record is a line of a log with the lines that belong to it, such
/// as a stack trace.
///
/// ```
/// use logscan::{EachLine, Matcher, Patterns, Progress, Scan, Source, Workers};
/// use logscan::scan::{self, Records};
/// let log = b"14:01 start\n14:02 failed\n  at app.Main\n14:03 end\n".to_vec();
/// let start = Matcher::new(&Patterns::new(r"^\d\d:\d\d "))?;
/// let scan = Scan {
///     records: Some(Records::starting_with(start)),
///     ..Scan::new(Matcher::new(&Patterns::new("app"))?)
/// };
/// let mut source = Source::from_bytes("log".as_ref(), log);
/// let mut found = Vec::new();
/// let mut sink = EachLine::new(|line| {
///     found.push(line.bytes.to_vec());
///     Ok(())
/// });
/// scan::run(&scan, &mut source, &Workers::new(1), &Progress::new(), &mut sink)?;
/// assert_eq!(found, [b"14:02 failed\n  at app.Main"]);
/// # Ok::<(), logscan::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Records {
    rule: RecordsRule,
    /// Whether chunks are whole records only, and lines are searched.
    is_cut_only: bool,
}

#[derive(Clone, Debug)]
enum RecordsRule {
    Learned,
    Told(Matcher),
    Known(KnownRecords),
}

/// The rule for one log.
#[derive(Clone, Debug)]
struct KnownRecords {
    unit: TextUnit,
    /// Whether the first lines told nothing.
    is_unknown: bool,
}

impl Records {
    /// Creates the rule that a record begins at a line of the shape that most lines of a log have.
    /// The first lines of the log tell that shape.
    pub fn learned() -> Records {
        Records {
            rule: RecordsRule::Learned,
            is_cut_only: false,
        }
    }

    /// Creates the rule that lines are searched, and that no chunk of them ends inside a record. So
    /// a worker that looks at every line knows to which record it belongs.
    #[cfg(feature = "templates")]
    pub(crate) fn cut_only() -> Records {
        Records {
            is_cut_only: true,
            ..Records::learned()
        }
    }

    /// Returns whether lines are searched, and not records.
    pub(super) fn is_cut_only(&self) -> bool {
        self.is_cut_only
    }

    /// Returns the test with which [`Records::learned`] finds records in a log of which these are
    /// the first lines.
    #[cfg(feature = "templates")]
    pub(crate) fn learn(head: &[u8]) -> RecordStart {
        learned_start(&head[..head.len().min(SAMPLE_BYTES)])
    }

    /// Creates the rule that a record begins at a line that `matcher` matches within its first KiB.
    /// Conditions of the matcher beside its patterns do not count.
    pub fn starting_with(matcher: Matcher) -> Records {
        Records {
            rule: RecordsRule::Told(matcher),
            is_cut_only: false,
        }
    }

    /// Returns the rule for one log, of which the first lines are looked at.
    ///
    /// # Errors
    /// A [`ReadError`] if the first lines cannot be read.
    pub(super) fn of(
        &self,
        source: &mut Source,
        stop: Option<&Stop>,
    ) -> Result<Records, ReadError> {
        let mut is_unknown = false;
        let unit = match &self.rule {
            RecordsRule::Known(_) => return Ok(self.clone()),
            RecordsRule::Told(matcher) => TextUnit::Record(matcher.line_test()),
            RecordsRule::Learned => {
                let start = learned_start(&source.sample(SAMPLE_BYTES, stop)?);
                is_unknown = start.is_unknown();
                TextUnit::record(move |line| start.is_start(line))
            }
        };
        let known = KnownRecords { unit, is_unknown };
        Ok(Records {
            rule: RecordsRule::Known(known),
            is_cut_only: self.is_cut_only,
        })
    }

    /// Returns a note if the first lines of the log did not tell where records begin.
    pub(super) fn note(&self) -> Option<Note> {
        match &self.rule {
            RecordsRule::Known(known) if !self.is_cut_only => {
                known.is_unknown.then_some(Note::NoRecords)
            }
            _ => None,
        }
    }

    /// Returns the unit that is searched, counted and shown.
    pub(super) fn searched_unit(&self) -> TextUnit {
        match self.is_cut_only {
            true => TextUnit::Line,
            false => self.cut_unit(),
        }
    }

    /// Returns the unit of which chunks are made.
    pub(super) fn cut_unit(&self) -> TextUnit {
        match &self.rule {
            RecordsRule::Known(known) => known.unit.clone(),
            RecordsRule::Told(_) | RecordsRule::Learned => TextUnit::Line,
        }
    }
}

/// Returns the test for records in a log that begins with `head`. Only so many lines of it count that
/// the test is the same for every kind of input.
fn learned_start(head: &[u8]) -> RecordStart {
    let sample = first_lines(head, SAMPLE_LINES, SAMPLE_BYTES);
    RecordStart::learn(sample.split(|&byte| byte == b'\n'))
}
