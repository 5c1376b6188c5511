//! The front door: one call that searches a file, for whoever needs no more than that.
//!
//! It is [`scan::run`] with every default, and with one difference: what went wrong is an error
//! here, also where a scan goes on, so that `?` misses nothing. Who wants to go on all the same
//! finds in [`scan::run`] what this does.

use std::{borrow::Cow, io, ops::ControlFlow, path::Path, sync::Arc};

use crate::{
    error::Error,
    input::{ReadMode, Source},
    matcher::{Matcher, Patterns},
    scan::{self, Progress, Scan, Workers},
    sink::EachLine,
    sys::Stop,
};

/// One line that matches, as the closure of [`search`] gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MatchingLine<'a> {
    /// The line without its line end.
    pub bytes: &'a [u8],
    /// Where it begins in the file, in bytes.
    pub offset: u64,
    /// Its number; the first line of the file is 1.
    pub number: u64,
}

impl<'a> MatchingLine<'a> {
    /// The line as text; bytes that are not UTF-8 become U+FFFD.
    pub fn text(&self) -> Cow<'a, str> {
        String::from_utf8_lossy(self.bytes)
    }
}

/// What the closure of [`search`] may return: `()` to go on to the end, [`ControlFlow`] to say
/// after each line whether to go on, or a `Result`, whose `Err` ends the search. An [`io::Error`]
/// becomes [`Error::Write`].
///
/// There are no other implementations.
pub trait AfterLine: sealed::Sealed {
    #[doc(hidden)]
    fn flow(self) -> Result<ControlFlow<()>, Error>;
}

impl AfterLine for () {
    fn flow(self) -> Result<ControlFlow<()>, Error> {
        Ok(ControlFlow::Continue(()))
    }
}

impl AfterLine for ControlFlow<()> {
    fn flow(self) -> Result<ControlFlow<()>, Error> {
        Ok(self)
    }
}

impl AfterLine for Result<(), Error> {
    fn flow(self) -> Result<ControlFlow<()>, Error> {
        self.map(ControlFlow::Continue)
    }
}

impl AfterLine for io::Result<()> {
    fn flow(self) -> Result<ControlFlow<()>, Error> {
        self.map(ControlFlow::Continue)
            .map_err(|source| Error::Write { source })
    }
}

mod sealed {
    pub trait Sealed {}

    impl Sealed for () {}
    impl Sealed for std::ops::ControlFlow<()> {}
    impl Sealed for Result<(), crate::error::Error> {}
    impl Sealed for std::io::Result<()> {}
}

/// Searches a file with all cores and calls `each` for every line that matches, in file order.
/// Returns how often it was called.
///
/// ```
/// logscan::search("ERROR", "testdata/app.log", |line| println!("{}: {}", line.number, line.text()))?;
/// # Ok::<(), logscan::Error>(())
/// ```
/// The pattern is a regular expression, or [`Patterns`] with more than one, or with another case or
/// syntax. The closure is called by one thread at a time, but not by the one that called `search`,
/// so what it captures must be [`Send`]. It may return nothing, or a `Result`, or a [`ControlFlow`]
/// that ends the search early:
///
/// ```
/// use std::ops::ControlFlow;
/// use logscan::{CaseMode, Patterns};
///
/// let patterns = Patterns { case: CaseMode::Insensitive, ..Patterns::new("deadlock") };
/// let mut first = None;
/// let found = logscan::search(patterns, "testdata/app.log", |line| {
///     first = Some(line.number);
///     ControlFlow::Break(())
/// })?;
/// assert_eq!((found, first), (1, Some(134)));
/// # Ok::<(), logscan::Error>(())
/// ```
/// # Errors
/// [`Error::Pattern`] if the pattern is none, [`Error::Open`] and [`Error::Directory`] if the file
/// cannot be opened, and what `each` returned. [`Error::Incomplete`] if the file was not searched
/// to its end or not as it was then: the disk could not be read, another program cut it short or
/// rewrote it meanwhile, or a line is longer than [`scan::MAX_LINE_BYTES`]. `each` has been called
/// for what was found before. After `each` has ended the search nothing is said about the rest of
/// the file.
pub fn search<T: AfterLine>(
    patterns: impl Into<Patterns>,
    path: impl AsRef<Path>,
    mut each: impl FnMut(MatchingLine<'_>) -> T + Send,
) -> Result<u64, Error> {
    let mut scan = Scan::new(Matcher::new(&patterns.into())?);
    scan.line_numbers = true;
    let mut source = Source::open(path.as_ref(), ReadMode::Auto)?;
    // So that nobody goes on waiting for a pipe or FIFO when the closure has had enough.
    let stop = Stop::new().map(Arc::new).map_err(|source| Error::Open {
        path: path.as_ref().into(),
        source,
    })?;
    let progress = Progress::new().with_stop(Arc::clone(&stop));
    let (mut called, mut broke) = (0, false);
    let mut sink = EachLine::new(|line| {
        called += 1;
        let line = MatchingLine {
            bytes: line.bytes,
            offset: line.offset,
            number: line.line_number.expect("the scan numbers lines"),
        };
        let flow = each(line).flow();
        if !matches!(flow, Ok(ControlFlow::Continue(()))) {
            stop.request();
        }
        broke = flow?.is_break();
        match broke {
            false => Ok(()),
            // Any error ends the scan at once; nobody gets to see this one.
            true => Err(Error::Write {
                source: io::ErrorKind::Interrupted.into(),
            }),
        }
    });
    let ran = scan::run(&scan, &mut source, &Workers::new(0), &progress, &mut sink);
    match broke {
        true => Ok(called),
        false => ran?.into_result(),
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write as _, path::PathBuf};

    use super::*;
    use crate::{CaseMode, Note};

    fn log(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.log");
        fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    #[test]
    fn lines_come_in_file_order_with_number_offset_and_bytes() {
        let (_folder, path) = log(b"a 1\r\nb\na\xff\na");
        let mut got = Vec::new();
        let found = search("^a", &path, |line| {
            got.push((line.number, line.offset, line.text().into_owned()));
        });
        assert_eq!(found.unwrap(), 3);
        let want = [
            (1, 0, "a 1".into()),
            (3, 7, "a\u{fffd}".into()),
            (4, 10, "a".into()),
        ];
        assert_eq!(got, want);
    }

    #[test]
    fn a_pattern_may_be_any_text_or_patterns() {
        let (_folder, path) = log(b"Error\nwarn\n");
        let text = String::from("Error");
        assert_eq!(search(&text, &path, |_| ()).unwrap(), 1);
        assert_eq!(search(text, &path, |_| ()).unwrap(), 1);
        let patterns = Patterns {
            patterns: vec![b"error".into(), b"warn".into()],
            case: CaseMode::Insensitive,
            ..Patterns::default()
        };
        assert_eq!(search(patterns, &path, |_| ()).unwrap(), 2);
    }

    #[test]
    fn a_closure_may_write_and_its_error_ends_the_search() {
        let (_folder, path) = log(b"a\nb\n");
        let mut out = Vec::new();
        search("", &path, |line| writeln!(out, "{}", line.text())).unwrap();
        assert_eq!(out, b"a\nb\n");
        let mut room = [0; 0];
        let mut little = room.as_mut_slice();
        let error = search("", &path, |line| little.write_all(line.bytes)).unwrap_err();
        assert!(matches!(error, Error::Write { .. }), "{error}");
        let refused = |_: MatchingLine<'_>| -> Result<(), Error> {
            Err(Error::Directory {
                path: "mine".into(),
            })
        };
        let error = search("", &path, refused).unwrap_err();
        assert!(matches!(error, Error::Directory { .. }), "{error}");
    }

    #[test]
    fn a_closure_may_end_the_search_and_gets_no_further_line() {
        let (_folder, path) = log(b"a\n".repeat(1 << 20).as_slice());
        let mut calls = 0;
        let found = search("a", &path, |line| {
            calls += 1;
            match line.number < 3 {
                true => ControlFlow::Continue(()),
                false => ControlFlow::Break(()),
            }
        });
        assert_eq!((found.unwrap(), calls), (3, 3));
    }

    /// Without a request to stop, a worker goes on waiting for the next line, and this test does
    /// too.
    #[test]
    #[cfg(unix)]
    fn a_search_that_the_closure_ends_does_not_wait_for_a_silent_writer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fifo");
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        let mut options = fs::OpenOptions::new();
        // For both, so that opening it waits for nobody.
        let mut writer = options.read(true).write(true).open(&path).unwrap();
        writer.write_all(b"a\n").unwrap();
        assert_eq!(search("a", &path, |_| ControlFlow::Break(())).unwrap(), 1);
        writer.write_all(b"a\n").unwrap();
        let fails = |_: MatchingLine<'_>| Err(io::Error::other("enough"));
        let error = search("a", &path, fails).unwrap_err();
        assert_eq!(error.to_string(), "cannot write the results: enough");
        drop(writer);
    }

    #[test]
    fn a_pattern_or_file_that_cannot_be_used_is_an_error() {
        let (folder, path) = log(b"");
        assert_eq!(search("a", &path, |_| ()).unwrap(), 0);
        let error = search("(", &path, |_| ()).unwrap_err();
        assert!(matches!(error, Error::Pattern { .. }), "{error}");
        let error = search("a", folder.path(), |_| ()).unwrap_err();
        assert!(matches!(error, Error::Directory { .. }), "{error}");
        let error = search("a", folder.path().join("none"), |_| ()).unwrap_err();
        assert!(matches!(error, Error::Open { .. }), "{error}");
    }

    #[test]
    fn a_file_that_is_cut_short_meanwhile_is_an_error_that_says_so() {
        let (_folder, path) = log(b"a\nb\n");
        let mut found = 0;
        let error = search("a", &path, |_| {
            found += 1;
            fs::write(&path, "a\n").unwrap();
        });
        let error = error.unwrap_err();
        let Error::Incomplete {
            notes,
            source: None,
            ..
        } = &error
        else {
            panic!("{error}");
        };
        assert!(matches!(notes[..], [Note::Shrank { from: 4, to: 2, .. }]));
        let message = format!("{}: shrank from 4 to 2 bytes", path.display());
        assert!(error.to_string().starts_with(&message), "{error}");
        assert_eq!(found, 1);
    }
}
