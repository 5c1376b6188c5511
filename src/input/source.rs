//! An input that has been opened, as users of the library and the command line know it.

use std::{
    fmt,
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    chunk::ReadError,
    decode::{self, DecodeAhead, TextReader, WINDOW_BYTES_MAX},
    file::FileInput,
    format::{Beginning, Format},
    store::Store,
    stream::{SAMPLE_LINES, Stream, StreamFeed},
    transform::TextTransform,
};
#[cfg(feature = "triage")]
use crate::error::Note;
use crate::{
    error::{Error, Reason},
    line::to_u64,
    record::Moment,
    sys::{self, FileId, FileInfo, PathTrial, PrivateMap, Stop},
};

/// A smaller file is read unless mapping was asked for: to see whether mapping pays would cost more
/// than it saves.
const AUTO_MAP_BYTES: u64 = 32 << 20;

/// How many bytes are read as one chunk: it and its copy in the kernel stay in the L2 cache.
pub(crate) const READ_CHUNK_BYTES: usize = 512 << 10;

/// For so many files the path is chosen that was the faster one for the file before: a trial takes an
/// eighth of the time of a file of 50 MB, with one core (2026-11).
const PATHS_BORROWED: u32 = 15;

/// How much longer the mapping must take in a trial for the file to be read. The trial counts
/// newlines; the more is done to each byte, the more the copies of a reader cost beside it: where
/// the trial says 1.0 to 1.1, `-c ERROR` takes as long by both paths, and `-cv` and `-cw` 0.85 of
/// the time by the mapping (2026-11).
const READ_GAIN_MIN: f64 = 1.15;

/// A file that has no blocks on a disk and is not longer is read as a stream: in /sys every file
/// has the length of a page and ends where it likes.
const NOMINAL_BYTES_MAX: u64 = 64 << 10;

/// Which path a regular file is read by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadMode {
    /// The faster one for the file and the search, which is tried out before.
    #[default]
    Auto,
    /// Mapped wherever that is possible.
    Map,
    /// Positional reads.
    Read,
}

impl ReadMode {
    /// Every mode, for tests and comparisons.
    pub const ALL: [ReadMode; 3] = [ReadMode::Auto, ReadMode::Map, ReadMode::Read];
}

/// The path that was the faster one for a file, for others beside it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathChoice {
    device: u64,
    access: Access,
    /// How many more files may borrow it.
    left: u32,
}

/// What is searched of an input whose first bytes say that it is no plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoding {
    /// The text that it decodes to, if it is compressed or in UTF-16; otherwise nothing.
    Text {
        /// How much text a decoder may keep to look back at: see [`Source::window_max`].
        window_bytes_max: u64,
        /// What is made of the text.
        transform: TextTransform,
    },
    /// Its bytes as they are: see [`Source::raw`].
    Bytes,
}

impl Default for Decoding {
    fn default() -> Decoding {
        Decoding::Text {
            window_bytes_max: WINDOW_BYTES_MAX,
            transform: TextTransform::default(),
        }
    }
}

impl Decoding {
    /// The same with `transform`, if text is searched.
    #[must_use]
    pub fn transformed(self, transform: TextTransform) -> Decoding {
        match self {
            Decoding::Bytes => Decoding::Bytes,
            Decoding::Text {
                window_bytes_max, ..
            } => Decoding::Text {
                window_bytes_max,
                transform,
            },
        }
    }
}

/// The path that a source is in fact read by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A private read-only mapping.
    Mapped,
    /// Positional reads, in parallel.
    Read,
    /// From front to back, once.
    Stream,
    /// The text is decoded from a compressed file, in parallel where its parts can be.
    Decoded,
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Access::Mapped => "mapped",
            Access::Read => "read",
            Access::Stream => "stream",
            Access::Decoded => "decoded",
        })
    }
}

/// An input that has been opened: its length is fixed, what is appended later is not searched.
///
/// ```
/// use logscan::{Access, ReadMode, Source};
/// let source = Source::open("Cargo.toml".as_ref(), ReadMode::Map)?;
/// assert_eq!(source.access(), Access::Mapped);
/// # Ok::<(), logscan::Error>(())
/// ```
#[derive(Debug)]
pub struct Source {
    pub(super) path: PathBuf,
    pub(super) kind: SourceKind,
    why: String,
    id: Option<FileId>,
    mode: ReadMode,
    /// Whether one of its paths has been chosen.
    is_chosen: bool,
    window_bytes_max: u64,
}

#[derive(Debug)]
pub(super) enum SourceKind {
    File(FileInput),
    Stream(Stream),
    /// A file, and the text that is decoded from it.
    Decoded(Arc<FileInput>, Stream),
}

/// What a source is read from, for who looks for members in it.
pub(super) enum SourceBytes {
    /// A file, where one may go to any place.
    File(Arc<FileInput>),
    /// What comes from front to back.
    Front(Box<dyn Read + Send>),
}

impl Source {
    /// Opens a file, FIFO or device by name.
    ///
    /// # Errors
    /// [`Error::Open`] if it cannot be opened, [`Error::Directory`] if it is a directory. A file
    /// that cannot be mapped is read instead, and [`Source::why`] says so.
    pub fn open(path: &Path, mode: ReadMode) -> Result<Source, Error> {
        let (file, info) = sys::open(path).map_err(|source| Error::Open {
            path: path.into(),
            source,
        })?;
        Source::from_file(path, file, &info, 0, mode)
    }

    /// The standard input: a regular file from its current offset on, by any path, and anything
    /// else as a stream.
    ///
    /// # Errors
    /// [`Error::Open`] if the standard input is closed, [`Error::Directory`] if it is a directory.
    pub fn stdin(mode: ReadMode) -> Result<Source, Error> {
        let path = PathBuf::from("-");
        let opened = sys::stdin_file().and_then(|file| {
            let info = FileInfo::of(&file)?;
            let origin = if info.has_length() {
                sys::position(&file)?
            } else {
                0
            };
            Ok((file, info, origin))
        });
        let (file, info, origin) = opened.map_err(|source| Error::Open {
            path: path.clone(),
            source,
        })?;
        let source = Source::from_file(&path, file, &info, origin, mode)?;
        // On Windows the first bytes have been read from under who opens it next. There is nobody
        // to tell if it cannot be moved back; a search moves it as well, and says so.
        let _ = source.set_position(0);
        Ok(source)
    }

    /// Any reader, as a stream; `name` stands for it in messages.
    ///
    /// What one `read` returns is searched before the next, so a reader that waits to fill its
    /// buffer delays hits.
    pub fn from_reader(name: &Path, reader: impl Read + Send + 'static) -> Source {
        Source {
            path: name.into(),
            kind: SourceKind::Stream(Stream::new(StreamFeed::Reader(Box::new(reader)))),
            why: "a reader has no length".into(),
            id: None,
            mode: ReadMode::Auto,
            is_chosen: false,
            window_bytes_max: WINDOW_BYTES_MAX,
        }
    }

    /// Bytes in memory; `name` stands for them in messages.
    pub fn from_bytes(name: &Path, bytes: Vec<u8>) -> Source {
        let length = to_u64(bytes.len());
        Source {
            path: name.into(),
            kind: SourceKind::File(
                FileInput::new(Store::Memory(bytes), 0, length, None).recognised(),
            ),
            why: "the bytes are in memory".into(),
            id: None,
            mode: ReadMode::Auto,
            is_chosen: false,
            window_bytes_max: WINDOW_BYTES_MAX,
        }
        .decoded()
    }

    /// A member of an archive.
    pub(super) fn from_member(name: &Path, reader: impl Read + Send + 'static) -> Source {
        Source {
            why: "members of archives are read from front to back".into(),
            ..Source::from_reader(name, reader)
        }
    }

    /// A text that is made of several; `name` stands for it in messages.
    pub(super) fn from_texts(name: &Path, texts: DecodeAhead) -> Source {
        let nothing = FileInput::new(Store::Memory(Vec::new()), 0, 0, None);
        Source {
            path: name.into(),
            kind: SourceKind::Decoded(
                Arc::new(nothing),
                Stream::of_text(StreamFeed::Ahead(Box::new(texts))),
            ),
            why: "the files of a log are read as one".into(),
            id: None,
            mode: ReadMode::Auto,
            is_chosen: false,
            window_bytes_max: WINDOW_BYTES_MAX,
        }
    }

    /// Its text, from front to back.
    ///
    /// # Errors
    /// [`Error::NotText`].
    pub(crate) fn into_text(self) -> Result<TextReader, Error> {
        let Source {
            path,
            kind,
            window_bytes_max,
            ..
        } = self;
        let mut stream = match kind {
            SourceKind::File(file) => {
                if let Some(format) = file.beginning.format {
                    return Err(format.error(&path));
                }
                let start = file.text_start();
                return Ok(TextReader {
                    length: Some(file.length - start),
                    reader: decode::bytes_of(Arc::new(file), start),
                });
            }
            SourceKind::Stream(stream) | SourceKind::Decoded(_, stream) => stream,
        };
        stream.recognise(window_bytes_max, None);
        match stream.format() {
            None => Ok(TextReader {
                reader: stream.into_rest(None),
                length: None,
            }),
            Some(format) => Err(format.error(&path)),
        }
    }

    /// Its bytes, for who looks for members in them; of what is compressed its text.
    pub(super) fn into_bytes(self, stop: Option<&Stop>) -> SourceBytes {
        match self.kind {
            SourceKind::File(file) => SourceBytes::File(Arc::new(file)),
            SourceKind::Stream(stream) | SourceKind::Decoded(_, stream) => {
                SourceBytes::Front(stream.into_rest(stop))
            }
        }
    }

    /// Whether it is an archive, also a compressed one, whose members are searched as the files of a
    /// folder where it is one of a [set](crate::scan::run_set). A stream is read until that is
    /// known: until its first line is complete, or until `stop`.
    pub(crate) fn is_archive(&mut self, stop: Option<&Stop>) -> bool {
        // An error says that it is no text.
        let _ = self.recognise(stop);
        self.format().is_some_and(Format::is_opened)
    }

    /// The first bytes of the text of a stream, as far as they were needed to know what it is.
    pub(super) fn begun(&self) -> &[u8] {
        match &self.kind {
            SourceKind::File(_) => &[],
            SourceKind::Stream(stream) | SourceKind::Decoded(_, stream) => stream.begun(),
        }
    }

    /// A file that is open: from `origin` on, and as long as `info` says.
    ///
    /// # Errors
    /// As for [`Source::open`].
    pub(crate) fn from_file(
        path: &Path,
        file: File,
        info: &FileInfo,
        origin: u64,
        mode: ReadMode,
    ) -> Result<Source, Error> {
        if info.is_dir() {
            return Err(Error::Directory { path: path.into() });
        }
        let id = Some(info.id());
        let length = sys::length_of(&file, info).map_err(|source| Error::Open {
            path: path.into(),
            source,
        })?;
        let length = length.saturating_sub(origin);
        let stream_why = match (info.has_length(), length) {
            (false, _) => Some("neither a regular file nor a block device"),
            (true, 1..=NOMINAL_BYTES_MAX) if info.stamp().is_nominal() => {
                Some("it is on no disk, as in /sys, where a length means nothing")
            }
            (true, 0) => Some("its length is 0, as it is for an empty file or one in /proc"),
            (true, _) => None,
        };
        if let Some(why) = stream_why {
            sys::widen_pipe(&file);
            let feed = match length {
                0 => StreamFeed::File(file),
                // What is appended later is not searched.
                _ => StreamFeed::Reader(Box::new(file.take(length))),
            };
            let kind = SourceKind::Stream(Stream::new(feed));
            return Ok(Source {
                path: path.into(),
                kind,
                why: why.into(),
                id,
                mode,
                is_chosen: false,
                window_bytes_max: WINDOW_BYTES_MAX,
            });
        }
        // Not in the cache, 1.1 GB of logs take 0.94 of the time to read, and as long as before
        // mapped (25 runs, 2026-11).
        sys::advise_sequential(&file);
        let (store, why) = open_store(file, origin, length, mode);
        let stamp = info.is_file().then(|| info.stamp());
        let kind = SourceKind::File(FileInput::new(store, origin, length, stamp).recognised());
        let source = Source {
            path: path.into(),
            kind,
            why,
            id,
            mode,
            is_chosen: false,
            window_bytes_max: WINDOW_BYTES_MAX,
        };
        Ok(source.decoded())
    }

    /// The same with its text, if it is compressed.
    fn decoded(mut self) -> Source {
        let format = match &self.kind {
            SourceKind::File(file) => file.beginning.format,
            SourceKind::Stream(_) | SourceKind::Decoded(..) => None,
        };
        let Some(format) = format.filter(|&format| format.is_decoded()) else {
            return self;
        };
        self.kind = match self.kind {
            SourceKind::File(file) => {
                let file = Arc::new(file);
                match decode::ahead(file.clone(), format, self.window_bytes_max) {
                    Some(ahead) => {
                        self.why = format!("its text is decoded from {format}");
                        SourceKind::Decoded(file, Stream::new(StreamFeed::Ahead(Box::new(ahead))))
                    }
                    None => unreachable!("it has just been asked whether it is decoded"),
                }
            }
            as_it_is => as_it_is,
        };
        self
    }

    /// The same, searched as `decoding` says.
    #[must_use]
    pub fn with(self, decoding: Decoding) -> Source {
        match decoding {
            Decoding::Text {
                window_bytes_max,
                transform,
            } => self.window_max(window_bytes_max).transformed(transform),
            Decoding::Bytes => self.raw(),
        }
    }

    /// The same, of whose text something else is made.
    fn transformed(mut self, transform: TextTransform) -> Source {
        let beginning = match &self.kind {
            SourceKind::File(file) => file.beginning,
            SourceKind::Decoded(file, _) => file.beginning,
            SourceKind::Stream(_) => Beginning::default(),
        };
        let is_utf16 = matches!(beginning.format, Some(Format::Utf16Le | Format::Utf16Be));
        let mut transform = transform;
        let is_kept = is_utf16 && transform.keeps_utf16(beginning.is_guess);
        if is_kept || beginning.format.is_none() && transform.keeps_mark() {
            self = self.raw();
        } else if is_utf16 {
            transform = transform.of_unicode();
        }
        if transform == TextTransform::default() {
            return self;
        }
        self.kind = match self.kind {
            // Nothing is made of it, or it is no text.
            SourceKind::File(file)
                if !transform.changes_text() || file.beginning.format.is_some() =>
            {
                SourceKind::File(file)
            }
            SourceKind::File(file) => {
                let file = Arc::new(file);
                self.why = "its text is transformed before it is searched".into();
                let bytes = StreamFeed::Reader(decode::bytes_of(file.clone(), 0));
                SourceKind::Decoded(file, Stream::new(bytes).transformed(transform))
            }
            SourceKind::Stream(stream) => SourceKind::Stream(stream.transformed(transform)),
            SourceKind::Decoded(file, stream) => {
                SourceKind::Decoded(file, stream.transformed(transform))
            }
        };
        self
    }

    /// The same with another limit for the text that a decoder may keep to look back at, in bytes;
    /// 128 MiB otherwise. Data that asks for more is not decoded: [`DamageKind::TooLarge`].
    ///
    /// [`DamageKind::TooLarge`]: crate::DamageKind::TooLarge
    #[must_use]
    pub fn window_max(mut self, bytes: u64) -> Source {
        if self.window_bytes_max == bytes {
            return self;
        }
        self.window_bytes_max = bytes;
        let beginning = match &self.kind {
            SourceKind::Decoded(file, _) => file.beginning,
            SourceKind::File(_) | SourceKind::Stream(_) => return self,
        };
        let mut source = self.raw();
        if let SourceKind::File(file) = &mut source.kind {
            file.beginning = beginning;
        }
        source.decoded()
    }

    /// The same with its bytes as they are: what is compressed, an archive or UTF-16 is searched
    /// byte by byte, and a byte order mark is part of the first line.
    ///
    /// ```
    /// use logscan::{EachLine, Error, Format, Matcher, Patterns, Progress, Scan, Source, Workers, scan};
    /// let log = b"LZIP\x01 and so on".to_vec();
    /// let mut source = Source::from_bytes("app.log".as_ref(), log);
    /// assert_eq!(source.format(), Some(Format::Lzip));
    /// let scan = Scan::new(Matcher::new(&Patterns::new("so"))?);
    /// let mut search = |source: &mut Source| {
    ///     let mut sink = EachLine::new(|_| Ok(()));
    ///     scan::run(&scan, source, &Workers::new(1), &Progress::new(), &mut sink)
    /// };
    /// assert!(matches!(search(&mut source), Err(Error::NotText { .. })));
    /// assert_eq!(search(&mut source.raw())?.hits, 1);
    /// # Ok::<(), logscan::Error>(())
    /// ```
    #[must_use]
    pub fn raw(mut self) -> Source {
        self.kind = match self.kind {
            SourceKind::File(mut file) => {
                file.beginning = Beginning::default();
                SourceKind::File(file)
            }
            SourceKind::Stream(mut stream) => {
                stream.beginning = Some(Beginning::default());
                SourceKind::Stream(stream)
            }
            SourceKind::Decoded(file, stream) => {
                drop(stream);
                let mut file = Arc::into_inner(file).expect("nobody has begun to decode it");
                file.beginning = Beginning::default();
                SourceKind::File(file)
            }
        };
        self
    }

    /// What it is, if its first bytes say that it is no plain text: then its text is
    /// [decoded](Access::Decoded), or nothing searches it. Of a stream that is known once its first
    /// bytes have been read, when a search begins.
    pub fn format(&self) -> Option<Format> {
        match &self.kind {
            SourceKind::File(file) => file.beginning.format,
            SourceKind::Stream(stream) => stream.format(),
            SourceKind::Decoded(file, stream) => stream.format().or(file.beginning.format),
        }
    }

    /// Whether it is decoded as UTF-16 that no byte order mark announces.
    pub(super) fn is_guess(&self) -> bool {
        match &self.kind {
            SourceKind::File(_) => false,
            SourceKind::Stream(stream) => stream.is_guess(),
            SourceKind::Decoded(file, stream) => file.beginning.is_guess || stream.is_guess(),
        }
    }

    /// Makes sure that it is plain text. A stream is read until its first line is complete, which
    /// has to be there before anything can be found in it, or until `stop`.
    ///
    /// # Errors
    /// [`Error::NotText`].
    pub(crate) fn recognise(&mut self, stop: Option<&Stop>) -> Result<(), Error> {
        let format = match &mut self.kind {
            SourceKind::File(file) => file.beginning.format,
            SourceKind::Stream(stream) | SourceKind::Decoded(_, stream) => {
                stream.recognise(self.window_bytes_max, stop);
                stream.format()
            }
        };
        match format {
            None => Ok(()),
            Some(format) => Err(format.error(&self.path)),
        }
    }

    /// Makes sure that the bytes are the text, for who measures how bytes are read.
    ///
    /// # Errors
    /// [`Error::NotText`].
    #[cfg(feature = "compare")]
    pub(crate) fn is_plain(&self) -> Result<(), Error> {
        match self.format() {
            None => Ok(()),
            Some(format) => Err(format.error(&self.path)),
        }
    }

    /// Chooses the path for a search, if nobody asked for one.
    pub(crate) fn choose_path(&mut self) {
        if !self.has_choice() {
            return;
        }
        self.is_chosen = true;
        if let Some(why) = self.open_path(try_paths) {
            self.why = why;
        }
    }

    /// Opens the path of a file that is read, and says why it is this one; `choose` has a file, its
    /// origin and its length.
    fn open_path(
        &mut self,
        choose: impl FnOnce(File, u64, u64) -> (Store, String),
    ) -> Option<String> {
        let SourceKind::File(input) = &mut self.kind else {
            return None;
        };
        let mut said = None;
        input.store = match std::mem::replace(&mut input.store, Store::Memory(Vec::new())) {
            Store::Read(file) => {
                let (store, why) = match sys::auto_maps(&file) {
                    Ok(()) => choose(file, input.origin, input.length),
                    Err(why) => (Store::Read(file), why),
                };
                said = Some(why);
                store
            }
            as_it_is => as_it_is,
        };
        said
    }

    /// Whether there is a path to be chosen.
    fn has_choice(&self) -> bool {
        let is_long =
            matches!(&self.kind, SourceKind::File(input) if input.length >= AUTO_MAP_BYTES);
        is_long && self.mode == ReadMode::Auto && !self.is_chosen
    }

    /// The same for one of many files: those on the same device are in pages of the same kind, most
    /// likely, so not each of them is tried.
    pub(crate) fn choose_path_like(&mut self, choice: &mut Option<PathChoice>) {
        let Some(device) = self
            .id
            .map(|id| id.numbers()[0])
            .filter(|_| self.has_choice())
        else {
            return;
        };
        if let Some(known) = choice
            && known.device == device
            && known.left > 0
        {
            known.left -= 1;
            return self.take_path(known.access);
        }
        self.choose_path();
        *choice = Some(PathChoice {
            device,
            access: self.access(),
            left: PATHS_BORROWED,
        });
    }

    /// Takes the path of a file before.
    fn take_path(&mut self, access: Access) {
        self.is_chosen = true;
        let why = match access {
            Access::Mapped => self
                .open_path(|file, origin, length| open_store(file, origin, length, ReadMode::Map)),
            _ => None,
        };
        let why = why.filter(|_| self.access() != Access::Mapped);
        self.why = why.unwrap_or_else(|| "the file before was faster so".into());
    }

    /// The name as it was given; `-` is the standard input.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path by which it is read; with [`ReadMode::Auto`] a search may choose another, when it
    /// begins.
    pub fn access(&self) -> Access {
        match &self.kind {
            SourceKind::File(FileInput {
                store: Store::Read(_),
                ..
            }) => Access::Read,
            SourceKind::File(_) => Access::Mapped,
            SourceKind::Stream(_) => Access::Stream,
            SourceKind::Decoded(..) => Access::Decoded,
        }
    }

    /// Why that path was taken, in words.
    pub fn why(&self) -> &str {
        &self.why
    }

    /// The number of bytes, if it is known before reading.
    pub fn length(&self) -> Option<u64> {
        match &self.kind {
            SourceKind::File(file) => Some(file.length),
            SourceKind::Stream(_) | SourceKind::Decoded(..) => None,
        }
    }

    /// Where the first line begins: behind a byte order mark. Of a stream that is known when it is
    /// searched.
    pub(crate) fn text_start(&self) -> u64 {
        match &self.kind {
            SourceKind::File(file) => file.text_start(),
            SourceKind::Stream(_) | SourceKind::Decoded(..) => 0,
        }
    }

    /// The first bytes of its text, up to `most`, which are searched nevertheless. A stream is read
    /// for them, until `stop`.
    ///
    /// # Errors
    /// What the read said; of a stream its chunks say it.
    pub(crate) fn sample(
        &mut self,
        most: usize,
        stop: Option<&Stop>,
    ) -> Result<Vec<u8>, ReadError> {
        self.sample_lines(most, SAMPLE_LINES, stop)
    }

    /// The same; of a stream it is enough to have so many lines.
    ///
    /// # Errors
    /// What the read said; of a stream its chunks say it.
    pub(crate) fn sample_lines(
        &mut self,
        most: usize,
        lines: u64,
        stop: Option<&Stop>,
    ) -> Result<Vec<u8>, ReadError> {
        match &mut self.kind {
            SourceKind::File(file) => {
                let (mut buffer, start) = (Vec::new(), file.text_start());
                file.window(start, most, &mut buffer, <[u8]>::to_vec)
            }
            SourceKind::Stream(stream) | SourceKind::Decoded(_, stream) => {
                Ok(stream.sample(most, lines, stop).to_vec())
            }
        }
    }

    /// When its bytes were changed last, if it is a file.
    pub(crate) fn modified(&self) -> Option<Moment> {
        let modified_ns = match &self.kind {
            SourceKind::File(file) => file.modified_ns(),
            SourceKind::Decoded(file, _) => file.modified_ns(),
            SourceKind::Stream(_) => None,
        };
        let modified_ns = i64::try_from(modified_ns?).ok()?;
        Some(Moment::from_ns(modified_ns))
    }

    /// Its first bytes, as many as tell what it is.
    ///
    /// # Errors
    /// What the read said; of a stream they cannot be read without taking them away.
    #[cfg(feature = "triage")]
    pub(crate) fn head(&self) -> io::Result<Vec<u8>> {
        match &self.kind {
            SourceKind::File(file) => file.head(),
            SourceKind::Stream(_) | SourceKind::Decoded(..) => Err(read_once()),
        }
    }

    /// Reads up to `most` bytes from `offset` and hands them to `look`; fewer only at the end of
    /// the file.
    ///
    /// # Errors
    /// What the read said; a stream cannot be read twice.
    pub(crate) fn window<T>(
        &self,
        offset: u64,
        most: usize,
        buffer: &mut Vec<u8>,
        look: impl FnOnce(&[u8]) -> T,
    ) -> Result<T, ReadError> {
        match &self.kind {
            SourceKind::File(file) => file.window(offset, most, buffer, look),
            SourceKind::Stream(_) | SourceKind::Decoded(..) => Err(ReadError {
                offset,
                source: read_once(),
            }),
        }
    }

    /// The source, if it can be read as often as one likes.
    ///
    /// # Errors
    /// A reader of all its bytes, if they can be read only once.
    #[cfg(feature = "triage")]
    pub(crate) fn rereadable(self) -> Result<Source, Box<dyn Read + Send>> {
        match self.kind {
            SourceKind::File(_) => Ok(self),
            SourceKind::Stream(stream) | SourceKind::Decoded(_, stream) => {
                Err(stream.into_reader())
            }
        }
    }

    /// What another process did to it since it was opened, if that can be told.
    #[cfg(feature = "triage")]
    pub(crate) fn change_note(&self) -> Option<Note> {
        match &self.kind {
            SourceKind::File(file) => file.change_note(None, file.length),
            SourceKind::Decoded(file, _) => file.change_note_of_text(),
            SourceKind::Stream(_) => None,
        }
    }

    /// The bytes as they are mapped, if they are.
    #[cfg(feature = "compare")]
    pub(crate) fn mapping(&self) -> Option<&[u8]> {
        match &self.kind {
            SourceKind::File(file) => file.store.mapping(),
            SourceKind::Stream(_) | SourceKind::Decoded(..) => None,
        }
    }

    /// Whether the standard output is a regular file and the same as this input: searching it could
    /// read its own results forever.
    pub fn is_standard_output(&self) -> bool {
        self.id.is_some() && self.id == sys::stdout_id()
    }

    /// Moves the offset of a file's descriptor to `offset` bytes behind where it stood when the
    /// source was opened.
    ///
    /// For the standard input: who reads it next goes on where the search ended, as with GNU grep.
    /// Does nothing for a stream.
    ///
    /// # Errors
    /// What lseek says.
    pub fn set_position(&self, offset: u64) -> io::Result<()> {
        match &self.kind {
            SourceKind::File(FileInput {
                store: Store::Read(file) | Store::Mapped(_, file),
                origin,
                ..
            }) => sys::seek(file, origin + offset),
            SourceKind::File(_) | SourceKind::Stream(_) | SourceKind::Decoded(..) => Ok(()),
        }
    }
}

/// Why a stream is not read again.
fn read_once() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "it can be read only once")
}

/// Maps the file if that is asked for and possible, and says why it did or did not.
fn open_store(file: File, origin: u64, length: u64, mode: ReadMode) -> (Store, String) {
    match mode {
        ReadMode::Read => (Store::Read(file), "asked for".into()),
        ReadMode::Auto => {
            let why = format!(
                "a file below {} MiB costs less to read",
                AUTO_MAP_BYTES >> 20
            );
            (Store::Read(file), why)
        }
        ReadMode::Map => match PrivateMap::open(&file, origin, length) {
            Ok(map) => (Store::Mapped(map, file), "asked for".into()),
            Err(error) => {
                let why = format!("mapping failed: {}", Reason(&error));
                (Store::Read(file), why)
            }
        },
    }
}

/// Maps the file if that is the faster path, and says why it did or did not.
///
/// Which one is depends on the pages in which the kernel keeps the file and on what a page fault
/// costs: mapped, `-c ERROR` takes 0.6 of the time of read where a file is in huge pages, 0.85 on
/// one machine and 1.7 on another where it is in pages of 64 KiB (2026-11).
fn try_paths(file: File, origin: u64, length: u64) -> (Store, String) {
    let map = match PrivateMap::open(&file, origin, length) {
        Ok(map) => map,
        Err(error) => {
            let why = format!("mapping failed: {}", Reason(&error));
            return (Store::Read(file), why);
        }
    };
    match map.try_paths(&file, origin, READ_CHUNK_BYTES) {
        Ok(trial) => {
            let (maps, why) = maps_after(&trial);
            match maps {
                true => (Store::Mapped(map, file), why),
                false => (Store::Read(file), why),
            }
        }
        // The search will say what it is.
        Err(_) => (
            Store::Read(file),
            "the file cannot be read everywhere".into(),
        ),
    }
}

/// Whether to take the mapping after a trial, and why.
fn maps_after(trial: &PathTrial) -> (bool, String) {
    let ratio = trial.mapped.as_secs_f64() / trial.read.as_secs_f64();
    let why = format!("in a trial the mapping took {ratio:.2} of the time of reading");
    (ratio < READ_GAIN_MIN, why)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sys::guard::tests::in_child;

    #[test]
    fn a_file_is_read_only_if_that_is_clearly_faster_than_the_mapping() {
        let after = |mapped_us, read_us| {
            maps_after(&PathTrial {
                mapped: Duration::from_micros(mapped_us),
                read: Duration::from_micros(read_us),
            })
        };
        assert!(after(90, 100).0);
        assert!(after(110, 100).0, "faster by too little");
        let (maps, why) = after(130, 100);
        assert!(!maps);
        assert_eq!(
            why,
            "in a trial the mapping took 1.30 of the time of reading"
        );
    }

    #[test]
    fn files_borrow_the_path_of_one_that_was_tried() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().set_len(AUTO_MAP_BYTES).unwrap();
        let mut choice = None;
        let mut tried = None;
        for nth in 0..=2 * PATHS_BORROWED {
            let mut source = Source::open(file.path(), ReadMode::Auto).unwrap();
            source.choose_path_like(&mut choice);
            if nth % (PATHS_BORROWED + 1) == 0 {
                tried = Some(source.access());
                assert_ne!(source.why(), "the file before was faster so", "{nth}");
            } else {
                assert_eq!(Some(source.access()), tried, "{nth}");
                assert_eq!(source.why(), "the file before was faster so", "{nth}");
            }
            let why = source.why().to_owned();
            source.choose_path();
            assert_eq!(source.why(), why, "it is not tried once more");
        }
        let mut asked = Source::open(file.path(), ReadMode::Read).unwrap();
        asked.choose_path_like(&mut choice);
        assert_eq!((asked.access(), asked.why()), (Access::Read, "asked for"));
    }

    #[test]
    fn a_file_is_read_when_no_more_mappings_can_be_guarded() {
        let name = "input::source::tests::a_file_is_read_when_no_more_mappings_can_be_guarded";
        let Some(output) = in_child(name) else {
            let path = Path::new("Cargo.toml");
            let open = || Source::open(path, ReadMode::Map).unwrap();
            let mut mapped = Vec::new();
            let read = loop {
                let source = open();
                match source.access() {
                    Access::Mapped => mapped.push(source),
                    _ => break source,
                }
            };
            assert_eq!(mapped.len(), sys::guard::MAPPINGS_MAX);
            assert_eq!(read.access(), Access::Read);
            let why = "no more mappings can be guarded against truncation";
            assert_eq!(read.why(), format!("mapping failed: {why}"));
            let file = File::open(path).unwrap();
            let refused = PrivateMap::open(&file, 0, 10).unwrap_err();
            assert_eq!(refused.to_string(), why);
            mapped.pop();
            assert_eq!(open().access(), Access::Mapped, "a place is free again");
            return;
        };
        assert!(output.status.success(), "{output:?}");
    }
}
