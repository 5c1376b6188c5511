//! What the user should know about an input although the scan went on: what was cut, skipped, lost
//! or unreadable.
//!
//! This type lies beside [`Error`](crate::Error) because an error carries notes: see
//! [`Summary::into_result`](crate::Summary::into_result).

/// What a note counts: what was searched, counted and shown as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotedUnit {
    /// A line.
    Line,
    /// A line with the lines that belong to it.
    Record,
}

impl NotedUnit {
    fn called(self) -> &'static str {
        match self {
            NotedUnit::Line => "line",
            NotedUnit::Record => "record",
        }
    }
}

/// A fact about an input that the user should know, because the results are not what the whole file
/// would give.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// Lines or records were longer than the cap.
    LongLines {
        /// Whether they were lines or records.
        unit: NotedUnit,
        /// Whether the lines that were cut off a record are missing in line numbers.
        is_numbered: bool,
        /// How many lines or records there were.
        count: u64,
        /// Where the first of them begins.
        first_offset: u64,
        /// How many bytes of each were searched.
        max_line_bytes: usize,
    },
    /// The file became shorter while it was searched.
    Shrank {
        /// The length of the file when it was opened.
        from: u64,
        /// The length of the file now.
        to: u64,
        /// Results are known to be complete up to here. Everything before was read while the file
        /// was still as it was when it was opened.
        complete_to: u64,
        /// There are no results from behind this place. What lies between the two places may come
        /// from the file as it was, or from what was written after the cut.
        searched_to: u64,
    },
    /// A part of the file could not be read; the rest was searched.
    Unreadable {
        /// The first byte that could not be read.
        offset: u64,
        /// How many bytes could not be read in all.
        bytes: u64,
        /// What the system said about the first of them.
        reason: String,
    },
    /// The file was written to while it was searched, and not only at its end. It is as long as
    /// before, or it begins differently, or other bytes stand where it ended. Lines may be from
    /// before or after the change.
    Rewritten,
    /// The file's name, links, owner or permissions were changed while it was searched, for example
    /// when a log is rotated.
    Renamed,
    /// A [`Stop`](crate::Stop) was requested before the input had been searched to its end.
    Interrupted {
        /// Results are complete up to here, and there are none from behind this place.
        complete_to: u64,
    },
    /// Context reached further back in a stream than is kept.
    ShortContext {
        /// How many hits have less context than asked for.
        hits: u64,
        /// How many bytes are kept.
        kept_bytes: u64,
    },
    /// A stream had more last hits than are kept.
    LastHitsLost {
        /// How many are missing.
        hits: u64,
        /// How many bytes are kept.
        kept_bytes: u64,
    },
    /// A log has been rotated since the last search, and what it held then cannot be found
    /// anywhere.
    LogGone {
        /// The log had been searched up to here.
        searched_to: u64,
        /// How many unsearched bytes the log had when it was last seen.
        unsearched: u64,
    },
    /// A log has been rotated. Older files beside it have formats that are not decoded, so they
    /// were not searched.
    NotDecoded {
        /// How many such files there are.
        files: u64,
        /// The name of the newest of them.
        newest: String,
    },
    /// A rotated log could not be searched.
    NotSearched {
        /// The name of the rotated log, or where it should be.
        name: String,
    },
    /// The input has no byte order mark. It was read as UTF-16 because nearly every other byte of
    /// its first line is NUL.
    GuessedUtf16,
    /// A time of day was asked for, and this is the day that was taken.
    TimeTaken {
        /// The flag as it was typed.
        typed: String,
        /// The time, with its date.
        taken: String,
    },
    /// Times were asked for, and the first lines have none: all lines count.
    NoTimes,
    /// Records were asked for, and the first lines have no header in common: every line is one.
    NoRecords,
    /// Times leave out the date and go on for more than a day, or the year for more than a year. So
    /// it is not sure which day or year is meant.
    TimesRepeated,
    /// Lines are out of the order of their times, so that all of the file was read to find those
    /// that were asked for. They are all that there are.
    TimesUnordered {
        /// By how much, as far as was seen.
        back_ns: i64,
        /// How much was expected.
        slack_ns: i64,
    },
    /// Dates are numbers whose order nothing tells.
    DatesUndecided {
        /// What was assumed to be first.
        order: String,
    },
    /// Fields were asked for, and lines are not valid in the format that most lines have. Such lines
    /// have no fields.
    LinesUnread {
        /// How many of the lines that were read are not valid.
        count: u64,
    },
    /// The search began at the start of a range of bytes, so line numbers count from there.
    NumbersFromRange {
        /// Whether lines or records were searched.
        unit: NotedUnit,
        /// Where the range begins. The first line or record that begins from there on has the
        /// number 1.
        start: u64,
    },
}

impl Note {
    /// Returns whether results were lost against the user's wish. The exit status is then 2.
    pub fn is_trouble(&self) -> bool {
        !matches!(
            self,
            Note::NumbersFromRange { .. }
                | Note::Renamed
                | Note::NotDecoded { .. }
                | Note::GuessedUtf16
                | Note::TimeTaken { .. }
                | Note::NoTimes
                | Note::NoRecords
                | Note::TimesRepeated
                | Note::TimesUnordered { .. }
                | Note::DatesUndecided { .. }
                | Note::LinesUnread { .. }
        )
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Note::LongLines {
                unit,
                is_numbered,
                count,
                first_offset,
                max_line_bytes,
            } => {
                let (s, were, each) = match count {
                    1 => ("", "was", "its"),
                    _ => ("s", "were", "their"),
                };
                write!(
                    f,
                    "{count} {}{s} longer than {max_line_bytes} bytes {were} cut to {each} first {max_line_bytes} \
                     bytes, the first at byte {first_offset}",
                    unit.called()
                )?;
                if *is_numbered && *unit == NotedUnit::Record {
                    f.write_str(", and line numbers behind it do not count what was cut off")?;
                }
                f.write_str("; --max-line-bytes raises the limit")
            }
            Note::Shrank {
                from,
                to,
                complete_to,
                searched_to,
            } if complete_to == searched_to => write!(
                f,
                "shrank from {from} to {to} bytes while being searched: results are complete up to byte {complete_to}"
            ),
            Note::Shrank {
                from,
                to,
                complete_to,
                searched_to,
            } => write!(
                f,
                "shrank from {from} to {to} bytes while being searched: results end at byte {searched_to}, and are known \
                 to be complete up to byte {complete_to}; what lies between may have been written after the change"
            ),
            Note::Unreadable {
                offset,
                bytes,
                reason,
            } => write!(
                f,
                "cannot read at byte {offset}: {reason}; {bytes} bytes were left out with the lines they belong to, \
                 and line numbers count only lines that were read"
            ),
            Note::Rewritten => f.write_str(
                "was changed while being searched: lines may be from before or after the change; search it again",
            ),
            Note::GuessedUtf16 => f.write_str(
                "was read as UTF-16: it has no byte order mark, but nearly every other byte of its first line is NUL; \
                 --no-decompress reads its bytes",
            ),
            Note::Renamed => f.write_str(
                "was renamed, or its links or permissions were changed, while being searched: \
                 results are of the file that was opened",
            ),
            Note::Interrupted { complete_to } => {
                write!(
                    f,
                    "interrupted: results are complete up to byte {complete_to}"
                )
            }
            Note::ShortContext { hits, kept_bytes } => write!(
                f,
                "{hits} hits have less context than asked for: of a stream only the last {kept_bytes} bytes are kept"
            ),
            Note::LastHitsLost { hits, kept_bytes } => write!(
                f,
                "{hits} of the last hits are missing: of a stream only the last {kept_bytes} bytes are kept; \
                 search a file instead"
            ),
            Note::LogGone {
                searched_to,
                unsearched,
            } => {
                write!(
                    f,
                    "was replaced, and the log that was searched up to byte {searched_to} is not beside it: what was \
                     written to that since could not be searched"
                )?;
                match unsearched {
                    0 => Ok(()),
                    bytes => write!(f, ", at least {bytes} bytes"),
                }
            }
            Note::NotDecoded { files, newest } => {
                let are = if *files == 1 { "is" } else { "are" };
                write!(
                    f,
                    "was rotated, and {files} of the files beside it {are} in a format that is not decoded, the newest \
                     {newest}"
                )
            }
            Note::NotSearched { name } => write!(
                f,
                "was rotated, and {name} was not searched: it is unreadable, gone, or in a format that is not decoded"
            ),
            Note::TimeTaken { typed, taken } => write!(f, "{typed} is {taken}"),
            Note::NoTimes => f.write_str(
                "no line in its first 200 has a time, so all of its lines count; --time-format says how times are \
                 written",
            ),
            Note::NoRecords => f.write_str(
                "its first 200 lines have no header in common, so each line is a record; --record-start says how one \
                 begins",
            ),
            Note::TimesRepeated => f.write_str(
                "its times leave out the date or the year, and they are not in order within a day or a year; each was \
                 taken for the last one before the log was written",
            ),
            Note::TimesUnordered { back_ns, slack_ns } => write!(
                f,
                "lines are out of the order of their times by {} and more, so all of it was read; up to {} was \
                 expected, which --slack sets",
                InSeconds(*back_ns),
                InSeconds(*slack_ns)
            ),
            Note::DatesUndecided { order } => write!(
                f,
                "nothing tells the order of the numbers in its dates, and they were read with {order}; --time-format \
                 '%d/%m/%Y %H:%M:%S' or the like says how they are written"
            ),
            Note::LinesUnread { count } => {
                let (s, are, have) = match count {
                    1 => ("", "is", "has"),
                    _ => ("s", "are", "have"),
                };
                write!(
                    f,
                    "{count} line{s} {are} no valid JSON, or no whole row of the table, and so {have} no fields"
                )
            }
            Note::NumbersFromRange { unit, start } => {
                write!(
                    f,
                    "line numbers count from 1 at the first {} that begins at byte {start} or later",
                    unit.called()
                )
            }
        }
    }
}

/// Nanoseconds, shown as seconds.
struct InSeconds(i64);

impl std::fmt::Display for InSeconds {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SECOND_NS: i64 = 1_000_000_000;
        let (seconds, thousandths) = (self.0 / SECOND_NS, self.0 % SECOND_NS / 1_000_000);
        match thousandths {
            0 => write!(f, "{seconds}s"),
            _ => write!(f, "{seconds}.{thousandths:03}s"),
        }
    }
}
