//! Opens archives as folders: their members come one after the other, each as a [`Source`].
//!
//! ```text
//! Source --> Archives     a stack: an archive, and the one in it that is being read     this file
//!              |-- TarArchive     from front to back, also what is decoded               tar.rs
//!              '-- ZipFiles       by its directory, so of a file                         zip.rs
//! ```
//! 1. A member is called `ARCHIVE!MEMBER`. A name is only a name: nothing is ever written, so
//!    `../x` and `/etc/x` lead nowhere.
//! 2. An error in a member is reported with its name. The next member is read, if there is a way to
//!    it.
//! 3. The memory is the directory of a zip. A zip in an archive is kept in memory, up to 64 MiB.
//!    Nothing else is kept.

mod bytes;
mod tar;
#[cfg(feature = "archives")]
mod zip;

#[cfg(feature = "triage")]
pub(crate) use self::zip::too_many_files;

use std::{
    ffi::OsStr,
    io,
    path::{Path, PathBuf},
};

#[cfg(feature = "archives")]
use self::zip::{ZipFiles, kept, needs_file};
use self::{
    bytes::{ArchiveEntry, MemberReader},
    tar::TarArchive,
};
#[cfg(feature = "archives")]
use super::source::SourceBytes;
use super::{
    chunk::ReadError,
    format::{Beginning, Format, HEAD_BYTES},
    no_log::NoLog,
    source::{Decoding, Source, SourceKind},
};
use crate::{
    error::{Error, Name},
    line::to_usize,
    sys::{self, Stop},
};

/// How many archives may lie inside each other.
const LEVELS_MAX: usize = 3;

/// How archives are read.
#[derive(Clone, Copy)]
pub(crate) struct ArchiveOptions<'a> {
    /// What is searched of members that are no plain text.
    pub(crate) decoding: Decoding,
    /// How long a member may be to be read as a whole, if any member may.
    pub(crate) small_bytes_max: Option<u64>,
    /// Whether members are left out if they are no logs.
    pub(crate) leaves_out: bool,
    /// How many files a zip may have.
    #[cfg_attr(
        not(feature = "archives"),
        expect(dead_code, reason = "a tar does not say how many there are")
    )]
    pub(crate) files_max: usize,
    /// Returns what is done with a member of this archive, by its name there.
    pub(crate) wants: &'a (dyn Fn(&Path, &Path) -> MemberUse + Sync),
    /// A stop that ends the reading.
    pub(crate) stop: Option<&'a Stop>,
}

/// What is done with a member of an archive.
#[cfg_attr(
    not(feature = "folders"),
    expect(dead_code, reason = "without `Wanted` nobody chooses members")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum MemberUse {
    Skipped,
    /// Its own members are looked at, if it is an archive. Anything else is skipped.
    Opened,
    Read,
}

/// An archive that is being read, and the archives inside it.
pub(crate) struct Archives<'a> {
    options: ArchiveOptions<'a>,
    levels: Vec<ArchiveLevel>,
    /// Whether a read of the archive may wait for somebody.
    may_block: bool,
    /// Whether a member is lent out: it is being searched, and read for that.
    is_lent: bool,
    /// Whether the user was told why the member in hand could not be read to its end.
    is_told: bool,
}

struct ArchiveLevel {
    path: PathBuf,
    kind: OpenedArchive,
}

enum OpenedArchive {
    Tar(TarArchive),
    #[cfg(feature = "archives")]
    Zip(ZipFiles),
}

/// A member, as it is given out.
#[derive(Debug)]
pub(crate) enum ArchiveMember {
    /// All bytes of a small member.
    Small(PathBuf, Vec<u8>),
    /// A member that has to be searched before the next one is asked for.
    Text(Source),
    /// A member that is left out.
    LeftOut(PathBuf, NoLog),
    /// A member that cannot be read, or an archive that cannot be read any further.
    Failed(PathBuf, Error),
}

#[cfg(feature = "triage")]
impl ArchiveMember {
    /// Returns its name, `ARCHIVE!MEMBER`.
    pub(crate) fn path(&self) -> &Path {
        match self {
            ArchiveMember::Small(path, _)
            | ArchiveMember::LeftOut(path, _)
            | ArchiveMember::Failed(path, _) => path,
            ArchiveMember::Text(source) => source.path(),
        }
    }
}

impl Format {
    /// Returns whether this is the format of an archive whose members are searched.
    pub(crate) fn is_opened(self) -> bool {
        self == Format::Tar || cfg!(feature = "archives") && self == Format::Zip
    }
}

/// Returns whether `path` is a regular file that begins like an archive whose members are searched.
pub(crate) fn is_archive(path: &Path) -> bool {
    let format = sys::open_regular(path).and_then(|(file, _)| Format::of_file(&file));
    format.is_ok_and(|format| format.is_some_and(Format::is_opened))
}

impl<'a> Archives<'a> {
    /// Opens an archive.
    ///
    /// # Errors
    /// [`Error::Open`] if the source cannot be read as an archive.
    pub(crate) fn open(source: Source, options: ArchiveOptions<'a>) -> Result<Archives<'a>, Error> {
        let mut archives = Archives {
            options,
            levels: Vec::new(),
            may_block: matches!(source.kind, SourceKind::Stream(_)),
            is_lent: false,
            is_told: false,
        };
        archives.enter(source)?;
        Ok(archives)
    }

    /// Returns the next member.
    pub(crate) fn next(&mut self) -> Option<ArchiveMember> {
        let member = self.next_member();
        match &member {
            Some(ArchiveMember::Failed(..)) => self.is_told = true,
            Some(ArchiveMember::Text(_)) => self.is_lent = true,
            _ => {}
        }
        member
    }

    /// Returns the names of the members of the outermost archive that are known before they are
    /// read. A zip says them all, and a tar says none.
    #[cfg(feature = "triage")]
    pub(crate) fn listed(&self) -> Vec<&str> {
        match self.levels.first().map(|level| &level.kind) {
            Some(OpenedArchive::Zip(zip)) => zip.names().collect(),
            Some(OpenedArchive::Tar(_)) | None => Vec::new(),
        }
    }

    /// Returns whether a read of the archive may wait for somebody. It may if the archive comes
    /// through a pipe.
    pub(crate) fn may_block(&self) -> bool {
        self.may_block
    }

    /// Returns whether a member is lent out: it is being searched, and the next one lies behind it.
    pub(crate) fn is_lent(&self) -> bool {
        self.is_lent
    }

    /// Goes on behind a member that was lent out. If it could not be read to its end, the user was
    /// told.
    pub(crate) fn go_on(&mut self, is_whole: bool) {
        self.is_lent = false;
        self.is_told |= !is_whole;
    }

    fn next_member(&mut self) -> Option<ArchiveMember> {
        loop {
            let level = self.levels.last_mut()?;
            let ArchiveEntry {
                name,
                length,
                reader,
            } = match level.next(self.is_told, self.options.stop) {
                None => {
                    self.levels.pop();
                    continue;
                }
                Some(Err(error)) => {
                    let path = level.path.clone();
                    let error = read_error(&path, level.position(), error);
                    return Some(ArchiveMember::Failed(path, error));
                }
                Some(Ok(entry)) => entry,
            };
            self.is_told = false;
            let name = sys::name_of(name);
            let usage = (self.options.wants)(&level.path, Path::new(&name));
            if usage == MemberUse::Skipped {
                continue;
            }
            let path = joined(&level.path, &name);
            let reader = match reader {
                Ok(reader) => reader,
                Err(source) => {
                    let error = Error::Open {
                        path: path.clone(),
                        source,
                    };
                    return Some(ArchiveMember::Failed(path, error));
                }
            };
            match (self.opened(path, length, reader), usage) {
                (Some(ArchiveMember::Failed(path, error)), _) => {
                    return Some(ArchiveMember::Failed(path, error));
                }
                (Some(member), MemberUse::Read) => return Some(member),
                (None | Some(_), _) => {}
            }
        }
    }

    /// Returns the member, or `None` if it is an archive, whose members come next.
    fn opened(
        &mut self,
        path: PathBuf,
        length: u64,
        reader: Box<dyn io::Read + Send>,
    ) -> Option<ArchiveMember> {
        let is_small = self.options.small_bytes_max >= Some(length);
        // There is room for one byte more than there should be. If it stays empty, the member
        // has ended.
        let begun_bytes = match is_small {
            true => to_usize(length) + 1,
            false => HEAD_BYTES,
        };
        let mut reader = MemberReader::new(reader, begun_bytes);
        if let Some(kind) = self.left_out(reader.head(), length) {
            return Some(ArchiveMember::LeftOut(path, kind));
        }
        let bytes = is_small.then(|| reader.take_whole()).flatten();
        let is_plain = |bytes: &Vec<u8>| Beginning::of(bytes).format.is_none();
        if bytes.as_ref().is_some_and(is_plain) {
            return bytes.map(|bytes| ArchiveMember::Small(path, bytes));
        }
        let source = match &bytes {
            Some(bytes) => Source::from_bytes(&path, bytes.clone()),
            None => Source::from_member(&path, reader),
        };
        let mut source = source.with(self.options.decoding);
        match source.recognise(self.options.stop) {
            Ok(()) => {}
            Err(_) if source.format().is_some_and(Format::is_opened) => {
                let failed = self.enter(source).err();
                return failed.map(|error| ArchiveMember::Failed(path, error));
            }
            Err(error) => {
                let no_log = source.format().and_then(NoLog::of_format);
                return Some(match no_log.filter(|_| self.options.leaves_out) {
                    Some(kind) => ArchiveMember::LeftOut(path, kind),
                    None => ArchiveMember::Failed(path, inside_an_archive(error)),
                });
            }
        }
        // If the member is compressed, its text is looked at.
        Some(match (self.left_out(source.begun(), 1), bytes) {
            (Some(kind), _) => ArchiveMember::LeftOut(path, kind),
            (None, Some(bytes)) => ArchiveMember::Small(path, bytes),
            (None, None) => ArchiveMember::Text(source),
        })
    }

    /// Returns what a member is that begins with `head`, if the member is left out.
    fn left_out(&self, head: &[u8], length: u64) -> Option<NoLog> {
        let kind = NoLog::of(head, length).filter(|_| self.options.leaves_out)?;
        let is_opened = Format::of(head).is_some_and(Format::is_opened);
        Some(kind).filter(|_| !is_opened)
    }

    /// Goes on with the members of `source`.
    fn enter(&mut self, source: Source) -> Result<(), Error> {
        let path = source.path().to_path_buf();
        let refused = |why: io::Error| Error::Open {
            path: path.clone(),
            source: why,
        };
        if self.levels.len() == LEVELS_MAX {
            return Err(refused(io::Error::other(format!(
                "it is an archive in {LEVELS_MAX} others, and no more are opened; unpack one of them"
            ))));
        }
        let kind = match source.format() {
            #[cfg(feature = "archives")]
            Some(Format::Zip) => {
                let file = match source.into_bytes(self.options.stop) {
                    SourceBytes::File(file) => file,
                    SourceBytes::Front(_) if self.levels.is_empty() => {
                        return Err(refused(needs_file()));
                    }
                    SourceBytes::Front(reader) => kept(&path, reader)?,
                };
                OpenedArchive::Zip(ZipFiles::open(file, self.options.files_max).map_err(refused)?)
            }
            _ => OpenedArchive::Tar(TarArchive::new(source.into_bytes(self.options.stop).into())),
        };
        self.levels.push(ArchiveLevel { path, kind });
        Ok(())
    }
}

impl ArchiveLevel {
    /// Returns the next file, or the reason why there are no more.
    fn next(&mut self, is_told: bool, stop: Option<&Stop>) -> Option<io::Result<ArchiveEntry>> {
        match &mut self.kind {
            OpenedArchive::Tar(tar) => tar.next(is_told, stop),
            #[cfg(feature = "archives")]
            OpenedArchive::Zip(zip) => zip.next().map(Ok),
        }
    }

    /// Returns how many bytes of the archive have been read.
    fn position(&self) -> u64 {
        match &self.kind {
            OpenedArchive::Tar(tar) => tar.position(),
            // The directory of a zip was read at once.
            #[cfg(feature = "archives")]
            OpenedArchive::Zip(_) => 0,
        }
    }
}

/// Returns what is done with a member of `archive` if somebody `meant` some `ARCHIVE!MEMBER`. The names
/// are compared with those that people see. An archive that is named stands for its members, and those
/// of archives in it, and so does an archive of which no member is meant.
///
/// ```text
/// meant: a.tar!b.zip!c     a.tar, b.zip is opened     a.tar!b.zip, c is read
/// ```
#[cfg(feature = "folders")]
pub(crate) fn use_of_member(meant: &[String], archive: &Path, member: &Path) -> MemberUse {
    if meant.is_empty() {
        return MemberUse::Read;
    }
    let whole = Name(&joined(archive, member.as_os_str())).to_string();
    let archive = Name(archive).to_string();
    let of_one = |meant: &String| {
        if whole == *meant || archive == *meant || is_inside(&archive, meant) {
            Some(MemberUse::Read)
        } else if is_inside(meant, &whole) {
            Some(MemberUse::Opened)
        } else {
            is_inside(meant, &archive).then_some(MemberUse::Skipped)
        }
    };
    meant
        .iter()
        .filter_map(of_one)
        .max()
        .unwrap_or(MemberUse::Read)
}

/// Returns whether `name` is `ARCHIVE!MEMBER` of this archive.
#[cfg(feature = "folders")]
pub(crate) fn is_inside(name: &str, archive: &str) -> bool {
    let rest = name.strip_prefix(archive);
    rest.is_some_and(|rest| rest.starts_with('!'))
}

/// Returns `ARCHIVE!MEMBER`, joined as text. Joined as a path, a name that begins with a slash
/// would stand for a file outside the archive.
fn joined(archive: &Path, member: &OsStr) -> PathBuf {
    let mut path = match archive == Path::new("-") {
        true => Name(archive).to_string().into(),
        false => archive.as_os_str().to_owned(),
    };
    path.push("!");
    path.push(member);
    PathBuf::from(path)
}

/// Returns the name that a member has in an archive. Backslashes, as they come from Windows, are
/// slashes.
#[cfg(feature = "triage")]
pub(crate) fn name_in(archive: &Path, member: &Path) -> String {
    let before = joined(archive, OsStr::new(""));
    let before = before.as_os_str().as_encoded_bytes();
    let path = member.as_os_str().as_encoded_bytes();
    let name = path.strip_prefix(before).unwrap_or(path);
    String::from_utf8_lossy(name).replace('\\', "/")
}

fn read_error(path: &Path, offset: u64, source: io::Error) -> Error {
    ReadError { offset, source }.of(path)
}

/// Returns `error` with other advice, because no program can open a member of an archive as a file.
pub(crate) fn inside_an_archive(error: Error) -> Error {
    match error {
        Error::NotText { path, what, .. } => Error::NotText {
            path,
            what,
            advice: "unpack the archive, make text of it, and name the folder".into(),
        },
        error => error,
    }
}

#[cfg(test)]
#[cfg(feature = "archives")]
mod tests;
