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

/// A smaller file is read unless mapping was asked for. To find out whether mapping pays would cost
/// more than it saves.
const AUTO_MAP_BYTES: u64 = 32 << 20;

/// How many bytes are read as one chunk. These bytes and their copy in the kernel stay in the L2
/// cache.
pub(crate) const READ_CHUNK_BYTES: usize = 512 << 10;

/// This many further files take the path that was the faster one for the file before. A trial takes
/// an eighth of the time of a file of 50 MB, with one core (2026-11).
const PATHS_BORROWED: u32 = 15;

/// How much longer the mapping must take in a trial for the file to be read instead. The trial only
/// counts newlines. The more work is done on each byte, the more the copies of a reader cost
/// besides. Where the trial says 1.0 to 1.1, `-c ERROR` takes equally long by both paths, and `-cv`
/// and `-cw` take 0.85 of the time by the mapping (2026-11).
const READ_GAIN_MIN: f64 = 1.15;

/// A file that has no blocks on a disk and is not longer than this is read as a stream. In /sys
/// every file has the length of a page and ends anywhere.
const NOMINAL_BYTES_MAX: u64 = 64 << 10;

/// The path by which a regular file is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadMode {
    /// The path that is faster for the file and the search. Both are tried out before.
    #[default]
    Auto,
    /// The mapped path, wherever that is possible.
    Map,
    /// The path of positional reads.
    Read,
}

impl ReadMode {
    /// All modes, for tests and comparisons.
    pub const ALL: [ReadMode; 3] = [ReadMode::Auto, ReadMode::Map, ReadMode::Read];
}

/// The path that was the faster one for a file. Files beside it borrow it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PathChoice {
    device: u64,
    access: Access,
    /// How many more files may borrow the path.
    left: u32,
}

/// What is searched of an input that is no plain text, by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decoding {
    /// The text that the bytes decode to, if the input is compressed or in UTF-16. Otherwise
    /// nothing is searched.
    Text {
        /// How many bytes of text a decoder may keep to look back at: see [`Source::window_max`].
        window_bytes_max: u64,
        /// The changes that are made to the text.
        transform: TextTransform,
    },
    /// The bytes as they are: see [`Source::raw`].
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
    /// Returns the decoding with `transform`, if text is searched.
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

/// The path by which a source is in fact read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A private read-only mapping.
    Mapped,
    /// Positional reads, in parallel.
    Read,
    /// Reads from front to back, once.
    Stream,
    /// Text that is decoded from a compressed file, in parallel if the file has parts for that.
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

/// An input that has been opened. Its length is fixed: bytes that are appended later are not
/// searched.
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
    /// Whether one of the two paths has been chosen.
    is_chosen: bool,
    window_bytes_max: u64,
    /// What the source was before its text was kept in memory.
    #[cfg(feature = "triage")]
    kept: Option<Box<KeptSource>>,
}

/// What is still known of a source whose text is kept in memory.
#[cfg(feature = "triage")]
#[derive(Clone, Copy, Debug)]
struct KeptSource {
    access: Access,
    modified: Option<Moment>,
}

#[derive(Debug)]
pub(super) enum SourceKind {
    File(FileInput),
    Stream(Stream),
    /// A file, and the text that is decoded from it.
    Decoded(Arc<FileInput>, Stream),
}

/// The bytes of a source, in which members are looked for.
pub(super) enum SourceBytes {
    /// A file, in which any place can be read.
    File(Arc<FileInput>),
    /// Bytes that come from front to back.
    Front(Box<dyn Read + Send>),
}

impl Source {
    fn new(path: &Path, kind: SourceKind, why: impl Into<String>) -> Source {
        Source {
            path: path.into(),
            kind,
            why: why.into(),
            id: None,
            mode: ReadMode::Auto,
            is_chosen: false,
            window_bytes_max: WINDOW_BYTES_MAX,
            #[cfg(feature = "triage")]
            kept: None,
        }
    }

    /// Opens a file, FIFO or device by name.
    ///
    /// # Errors
    /// [`Error::Open`] if the file cannot be opened, [`Error::Directory`] if it is a directory. A
    /// file that cannot be mapped is read instead, and [`Source::why`] says so.
    pub fn open(path: &Path, mode: ReadMode) -> Result<Source, Error> {
        let (file, info) = sys::open(path).map_err(|source| Error::Open {
            path: path.into(),
            source,
        })?;
        Source::from_file(path, file, &info, 0, mode)
    }

    /// Opens the standard input. A regular file is read from its current offset on, by any path.
    /// Anything else is read as a stream.
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
        // On Windows the first bytes have been read, and the next reader of the file would miss
        // them. If the position cannot be moved back, nobody can be told here. A search moves it as
        // well, and says so.
        let _ = source.set_position(0);
        Ok(source)
    }

    /// Creates a source from any reader, as a stream. `name` stands for it in messages.
    ///
    /// The bytes that one `read` returns are searched before the next one. So a reader that waits
    /// to fill its buffer delays hits.
    pub fn from_reader(name: &Path, reader: impl Read + Send + 'static) -> Source {
        let stream = Stream::new(StreamFeed::Reader(Box::new(reader)));
        Source::new(name, SourceKind::Stream(stream), "a reader has no length")
    }

    /// Creates a source from bytes in memory. `name` stands for it in messages.
    pub fn from_bytes(name: &Path, bytes: Vec<u8>) -> Source {
        let file = in_memory(bytes).recognised();
        Source::new(name, SourceKind::File(file), "the bytes are in memory").decoded()
    }

    /// Creates a source for a member of an archive.
    pub(super) fn from_member(name: &Path, reader: impl Read + Send + 'static) -> Source {
        Source {
            why: "members of archives are read from front to back".into(),
            ..Source::from_reader(name, reader)
        }
    }

    /// Creates a source for a text that is made of several. `name` stands for it in messages.
    pub(super) fn from_texts(name: &Path, texts: DecodeAhead) -> Source {
        let text = Stream::of_text(StreamFeed::Ahead(Box::new(texts)));
        let kind = SourceKind::Decoded(Arc::new(in_memory(Vec::new())), text);
        Source::new(name, kind, "the files of a log are read as one")
    }

    /// Turns the source into a reader of its text, from front to back.
    ///
    /// # Errors
    /// [`Error::NotText`] if the source is no text and is not decoded.
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

    /// Turns the source into its bytes, in which members are looked for. If it is compressed, these
    /// are the bytes of its text.
    pub(super) fn into_bytes(self, stop: Option<&Stop>) -> SourceBytes {
        match self.kind {
            SourceKind::File(file) => SourceBytes::File(Arc::new(file)),
            SourceKind::Stream(stream) | SourceKind::Decoded(_, stream) => {
                SourceBytes::Front(stream.into_rest(stop))
            }
        }
    }

    /// Returns whether the source is an archive, compressed or not, whose members are searched as
    /// the files of a folder are. That is done where the archive is one of a
    /// [set](crate::scan::run_set). A stream is read until the answer is known: until its first
    /// line is complete, or until `stop`.
    pub(crate) fn is_archive(&mut self, stop: Option<&Stop>) -> bool {
        // An error means that the source is no text.
        let _ = self.recognise(stop);
        self.format().is_some_and(Format::is_opened)
    }

    /// Returns the first bytes of the text of a stream, as many as were needed to recognise it.
    pub(super) fn begun(&self) -> &[u8] {
        match &self.kind {
            SourceKind::File(_) => &[],
            SourceKind::Stream(stream) | SourceKind::Decoded(_, stream) => stream.begun(),
        }
    }

    /// Creates a source from an open file, from `origin` on. Its length is the one that `info` has.
    ///
    /// # Errors
    /// The errors of [`Source::open`].
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
                // Bytes that are appended later are not searched.
                _ => StreamFeed::Reader(Box::new(file.take(length))),
            };
            let kind = SourceKind::Stream(Stream::new(feed));
            return Ok(Source {
                id,
                mode,
                ..Source::new(path, kind, why)
            });
        }
        // If 1.1 GB of logs are not in the cache, this takes 0.94 of the time to read them, and
        // makes no difference to mapping them (25 runs, 2026-11).
        sys::advise_sequential(&file);
        let (store, why) = open_store(file, origin, length, mode);
        let stamp = info.is_file().then(|| info.stamp());
        let kind = SourceKind::File(FileInput::new(store, origin, length, stamp).recognised());
        let source = Source {
            id,
            mode,
            ..Source::new(path, kind, why)
        };
        Ok(source.decoded())
    }

    /// Returns the source with its text in place of its bytes, if it is compressed.
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

    /// Returns the source, searched as `decoding` says.
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

    /// Returns the source with changes to its text.
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
            // The bytes are searched unchanged, or they are no text.
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

    /// Returns the source with another limit in bytes for the text that a decoder may keep to look
    /// back at. The default is 128 MiB. Data that asks for more is not decoded:
    /// [`DamageKind::TooLarge`].
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

    /// Returns the source with its bytes as they are. Compressed data, an archive or UTF-16 is
    /// searched byte by byte, and a byte order mark is part of the first line.
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

    /// Returns the format of the source, if its first bytes say that it is no plain text. Then its
    /// text is [decoded](Access::Decoded), or it is not searched. The format of a stream is known
    /// once its first bytes have been read, when a search begins.
    pub fn format(&self) -> Option<Format> {
        match &self.kind {
            SourceKind::File(file) => file.beginning.format,
            SourceKind::Stream(stream) => stream.format(),
            SourceKind::Decoded(file, stream) => stream.format().or(file.beginning.format),
        }
    }

    /// Returns whether the source is decoded as UTF-16 that no byte order mark announces.
    pub(super) fn is_guess(&self) -> bool {
        match &self.kind {
            SourceKind::File(_) => false,
            SourceKind::Stream(stream) => stream.is_guess(),
            SourceKind::Decoded(file, stream) => file.beginning.is_guess || stream.is_guess(),
        }
    }

    /// Makes sure that the source is plain text. A stream is read until its first line is complete,
    /// or until `stop`. Nothing can be found before that line is complete.
    ///
    /// # Errors
    /// [`Error::NotText`] if the source is no text and is not decoded.
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

    /// Makes sure that the bytes are the text, for code that measures how bytes are read.
    ///
    /// # Errors
    /// [`Error::NotText`] if they are not.
    #[cfg(feature = "compare")]
    pub(crate) fn is_plain(&self) -> Result<(), Error> {
        match self.format() {
            None => Ok(()),
            Some(format) => Err(format.error(&self.path)),
        }
    }

    /// Chooses the path for a search, if the user asked for none.
    pub(crate) fn choose_path(&mut self) {
        if !self.has_choice() {
            return;
        }
        self.is_chosen = true;
        if let Some(why) = self.open_path(try_paths) {
            self.why = why;
        }
    }

    /// Opens the path of a file that is read, and keeps the reason for this path. `choose` gets the
    /// file, its origin and its length.
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

    /// Returns whether there is a choice between two paths.
    fn has_choice(&self) -> bool {
        let is_long =
            matches!(&self.kind, SourceKind::File(input) if input.length >= AUTO_MAP_BYTES);
        is_long && self.mode == ReadMode::Auto && !self.is_chosen
    }

    /// Chooses the path for one of many files. Files on the same device are most likely in pages of
    /// the same kind, so not every file is tried.
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

    /// Takes the path that was chosen for a file before.
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

    /// Returns the name as it was given. `-` is the standard input.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path by which the source is read. With [`ReadMode::Auto`] a search may choose
    /// another path when it begins.
    pub fn access(&self) -> Access {
        #[cfg(feature = "triage")]
        if let Some(kept) = &self.kept {
            return kept.access;
        }
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

    /// Returns the reason for that path, in words.
    pub fn why(&self) -> &str {
        &self.why
    }

    /// Returns the length in bytes, if it is known before reading.
    pub fn length(&self) -> Option<u64> {
        match &self.kind {
            SourceKind::File(file) => Some(file.length),
            SourceKind::Stream(_) | SourceKind::Decoded(..) => None,
        }
    }

    /// Returns where the first line begins. It begins behind a byte order mark. In a stream the
    /// place is known when the stream is searched.
    pub(crate) fn text_start(&self) -> u64 {
        match &self.kind {
            SourceKind::File(file) => file.text_start(),
            SourceKind::Stream(_) | SourceKind::Decoded(..) => 0,
        }
    }

    /// Returns the first bytes of the text, up to `most`. They are searched nevertheless. A stream
    /// is read for them, until `stop`.
    ///
    /// # Errors
    /// The error of the read. If a read of a stream fails, its chunks report that.
    pub(crate) fn sample(
        &mut self,
        most: usize,
        stop: Option<&Stop>,
    ) -> Result<Vec<u8>, ReadError> {
        self.sample_lines(most, SAMPLE_LINES, stop)
    }

    /// Returns the first bytes of the text, as [`Source::sample`] does. A stream is read only until
    /// there are so many `lines`.
    ///
    /// # Errors
    /// The error of the read. If a read of a stream fails, its chunks report that.
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

    /// Returns when the bytes were last changed, if the source is a file.
    pub(crate) fn modified(&self) -> Option<Moment> {
        #[cfg(feature = "triage")]
        if let Some(kept) = &self.kept {
            return kept.modified;
        }
        let modified_ns = match &self.kind {
            SourceKind::File(file) => file.modified_ns(),
            SourceKind::Decoded(file, _) => file.modified_ns(),
            SourceKind::Stream(_) => None,
        };
        let modified_ns = i64::try_from(modified_ns?).ok()?;
        Some(Moment::from_ns(modified_ns))
    }

    /// Returns the first bytes, as many as tell what the source is.
    ///
    /// # Errors
    /// The error of the read. A stream has an error too, because its bytes cannot be read without
    /// taking them away.
    #[cfg(feature = "triage")]
    pub(crate) fn head(&self) -> io::Result<Vec<u8>> {
        match &self.kind {
            SourceKind::File(file) => file.head(),
            SourceKind::Stream(_) | SourceKind::Decoded(..) => Err(read_once()),
        }
    }

    /// Reads up to `most` bytes from `offset` and hands them to `look`. Fewer bytes are read only
    /// at the end of the file.
    ///
    /// # Errors
    /// The error of the read. A stream has an error too, because it cannot be read twice.
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

    /// Returns whether the source can be read any number of times.
    #[cfg(feature = "triage")]
    pub(crate) fn can_reread(&self) -> bool {
        matches!(self.kind, SourceKind::File(_))
    }

    /// Returns a source in place of this one, whose text `keep` has read into memory. It can be
    /// read any number of times, and says of itself what this one says.
    ///
    /// # Errors
    /// [`Error::NotText`] if the source is no text and is not decoded, or the error of `keep`.
    #[cfg(feature = "triage")]
    pub(crate) fn kept_by(
        self,
        keep: impl FnOnce(TextReader) -> Result<Vec<u8>, Error>,
    ) -> Result<Source, Error> {
        let (path, why) = (self.path.clone(), self.why.clone());
        let (id, mode) = (self.id, self.mode);
        let kept = Some(Box::new(KeptSource {
            access: self.access(),
            modified: self.modified(),
        }));
        let text = keep(self.into_text()?)?;
        Ok(Source {
            id,
            mode,
            kept,
            ..Source::new(&path, SourceKind::File(in_memory(text)), why)
        })
    }

    /// Returns a note on what another process did to the source since it was opened, if that can be
    /// told.
    #[cfg(feature = "triage")]
    pub(crate) fn change_note(&self) -> Option<Note> {
        match &self.kind {
            SourceKind::File(file) => file.change_note(None, file.length),
            SourceKind::Decoded(file, _) => file.change_note_of_text(),
            SourceKind::Stream(_) => None,
        }
    }

    /// Returns the mapped bytes, if the source is mapped.
    #[cfg(feature = "compare")]
    pub(crate) fn mapping(&self) -> Option<&[u8]> {
        match &self.kind {
            SourceKind::File(file) => file.store.mapping(),
            SourceKind::Stream(_) | SourceKind::Decoded(..) => None,
        }
    }

    /// Returns whether the standard output is a regular file and the same file as this input. A
    /// search in it could read its own results forever.
    pub fn is_standard_output(&self) -> bool {
        self.id.is_some() && self.id == sys::stdout_id()
    }

    /// Moves the offset of a file's descriptor to `offset` bytes behind the place where it stood
    /// when the source was opened.
    ///
    /// This is for the standard input: the next reader goes on where the search ended, as with GNU
    /// grep. For a stream this does nothing.
    ///
    /// # Errors
    /// The error of lseek.
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

fn in_memory(bytes: Vec<u8>) -> FileInput {
    let length = to_u64(bytes.len());
    FileInput::new(Store::Memory(bytes), 0, length, None)
}

/// Returns the error for a stream that is to be read again.
fn read_once() -> io::Error {
    io::Error::new(io::ErrorKind::Unsupported, "it can be read only once")
}

/// Maps the file if that is asked for and possible. Returns the reason as well.
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

/// Maps the file if that is the faster path. Returns the reason as well.
///
/// The faster path depends on the pages in which the kernel keeps the file, and on the cost of a
/// page fault. Mapped, `-c ERROR` takes 0.6 of the time of reading where a file is in huge pages.
/// Where it is in pages of 64 KiB, it takes 0.85 on one machine and 1.7 on another (2026-11).
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
        // The search will say what is wrong.
        Err(_) => (
            Store::Read(file),
            "the file cannot be read everywhere".into(),
        ),
    }
}

/// Decides after a trial whether to take the mapping. Returns the reason as well.
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
