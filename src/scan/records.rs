//! Tells where the records of a log begin: learned from its first lines, or by a pattern.

use super::times::{SAMPLE_BYTES, SAMPLE_LINES, first_lines};
use crate::{
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
pub struct Records(RecordsRule);

#[derive(Clone, Debug)]
enum RecordsRule {
    Learned,
    Told(Matcher),
    Known(TextUnit),
}

impl Records {
    /// Creates the rule that a record begins at a line of the shape that most lines of a log have.
    /// The first lines of the log tell that shape.
    pub fn learned() -> Records {
        Records(RecordsRule::Learned)
    }

    /// Creates the rule that a record begins at a line that `matcher` matches within its first KiB.
    /// Conditions of the matcher beside its patterns do not count.
    pub fn starting_with(matcher: Matcher) -> Records {
        Records(RecordsRule::Told(matcher))
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
        let unit = match &self.0 {
            RecordsRule::Known(unit) => unit.clone(),
            RecordsRule::Told(matcher) => TextUnit::Record(matcher.line_test()),
            RecordsRule::Learned => {
                let sample = source.sample(SAMPLE_BYTES, stop)?;
                let sample = first_lines(&sample, SAMPLE_LINES, SAMPLE_BYTES);
                let start = RecordStart::learn(sample.split(|&byte| byte == b'\n'));
                TextUnit::record(move |line| start.is_start(line))
            }
        };
        Ok(Records(RecordsRule::Known(unit)))
    }

    /// Returns the unit that is searched, counted and shown.
    pub(super) fn unit(&self) -> TextUnit {
        match &self.0 {
            RecordsRule::Known(unit) => unit.clone(),
            RecordsRule::Told(_) | RecordsRule::Learned => TextUnit::Line,
        }
    }
}
