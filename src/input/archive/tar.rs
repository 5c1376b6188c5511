//! Reads the members of tar, from front to back (POSIX pax, "ustar Interchange Format"; tar.h of
//! GNU).
//!
//! The reader of a member takes over the reader of the archive. It comes back when the reader of
//! the member is dropped. Bytes of the member that were not read are passed over.

use std::io::{self, Read};

use super::bytes::{ArchiveEntry, ArchiveReader, damaged};
use crate::{
    error::{Damage, DamageKind},
    input::{
        chunk::fill,
        decode::{Giver, Taker, handover},
        format::is_tar,
    },
    line::to_u64,
    sys::Stop,
};

/// Headers and members begin at multiples of this.
const BLOCK_BYTES: usize = 512;
type TarHeader = [u8; BLOCK_BYTES];

/// How long a member may be. No file is longer, and the offset behind such a member still fits a
/// number.
const MEMBER_BYTES_MAX: u64 = 1 << 62;

/// How long a name may be that has a member of its own. The text that pax writes about a member has
/// the same limit.
const NAME_BYTES_MAX: u64 = 1 << 20;

/// A tar archive that is being read.
pub(super) struct TarArchive {
    state: TarState,
    /// How many bytes of the archive are passed.
    position: u64,
}

enum TarState {
    /// The reader stands before a header, which may have been read.
    Between(ArchiveReader, Option<Box<TarHeader>>),
    /// A member is being read. Its reader will come back.
    Lent(Taker<TarRest>),
    Ended,
}

/// The parts of the archive that come back from a member.
struct TarRest {
    reader: ArchiveReader,
    left: u64,
    /// The reason why nothing more can be read of the archive.
    failure: Option<io::Error>,
}

/// Facts about a member that stand before its header.
#[derive(Default)]
struct SaidBefore {
    name: Option<Vec<u8>>,
    length: Option<u64>,
    is_sparse: bool,
}

impl TarArchive {
    pub(super) fn new(reader: ArchiveReader) -> TarArchive {
        TarArchive {
            state: TarState::Between(reader, None),
            position: 0,
        }
    }

    /// Returns how many bytes of the archive are passed.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Returns the next file, if there is one, or an error before it. After an error it goes on
    /// behind the damage, if there is a way. An error of the file in hand that was told already is
    /// not told again.
    ///
    /// The reader of the file in hand has to be dropped before.
    pub(super) fn next(
        &mut self,
        is_told: bool,
        stop: Option<&Stop>,
    ) -> Option<io::Result<ArchiveEntry>> {
        let state = std::mem::replace(&mut self.state, TarState::Ended);
        let found = match state {
            TarState::Between(reader, header) => self.entry(reader, header, stop),
            TarState::Ended => Ok(None),
            TarState::Lent(taker) => match taker.take() {
                None => Err(io::Error::other("its members have to be read one by one")),
                Some(TarRest {
                    mut reader,
                    left,
                    failure: None,
                }) => {
                    let passed = self.pass(&mut reader, left, stop);
                    passed.and_then(|()| self.entry(reader, None, stop))
                }
                Some(TarRest {
                    failure: Some(_), ..
                }) if is_told => Ok(None),
                Some(TarRest {
                    failure: Some(failure),
                    ..
                }) => Err(failure),
            },
        };
        found.transpose()
    }

    /// Passes over the rest of a member, and over the bytes that fill it up to a block.
    fn pass(
        &mut self,
        reader: &mut ArchiveReader,
        left: u64,
        stop: Option<&Stop>,
    ) -> io::Result<()> {
        let end = self.position;
        let padded_end = end.next_multiple_of(to_u64(BLOCK_BYTES));
        let left = left + (padded_end - end);
        let passed = reader.pass(left, stop)?;
        self.position = padded_end;
        if passed < left && !stop.is_some_and(Stop::is_requested) {
            return Err(damaged(DamageKind::CutShort, padded_end - left + passed));
        }
        Ok(())
    }

    /// Reads headers up to the next file. Zeros between members are passed over: they stand where
    /// one archive has been put behind another.
    fn entry(
        &mut self,
        mut reader: ArchiveReader,
        known: Option<Box<TarHeader>>,
        stop: Option<&Stop>,
    ) -> io::Result<Option<ArchiveEntry>> {
        let mut known = known;
        let mut said = SaidBefore::default();
        while !stop.is_some_and(Stop::is_requested) {
            let header = match known.take() {
                Some(header) => *header,
                None => {
                    let mut header = [0; BLOCK_BYTES];
                    if !self.block(&mut reader, &mut header)? {
                        return Ok(None);
                    }
                    header
                }
            };
            if header == [0; BLOCK_BYTES] {
                continue;
            }
            if !is_header(&header) {
                let at = self.position - to_u64(BLOCK_BYTES);
                let reason = "no header of tar where one should be".into();
                let error = damaged(DamageKind::Damaged { reason }, at);
                // If the bytes behind it cannot be read, the next read reports that.
                if let Ok(Some(header)) = self.next_header(&mut reader, stop) {
                    self.state = TarState::Between(reader, Some(Box::new(header)));
                }
                return Err(error);
            }
            let broken = |reason: &str| {
                let reason = reason.into();
                damaged(DamageKind::Damaged { reason }, self.position)
            };
            let length = length_in(&header).unwrap_or(0);
            match header[156] {
                b'L' | b'x' | b'X' if length > NAME_BYTES_MAX => {
                    return Err(broken("a name in it has more than a MiB"));
                }
                b'L' => {
                    let name = self.text(&mut reader, length)?;
                    said.name = Some(until_nul(&name).into());
                }
                // Solaris has a kind of its own that means the same.
                b'x' | b'X' => {
                    let text = self.text(&mut reader, length)?;
                    said.take_pax(&text);
                }
                // Links, folders and devices hold nothing, whatever their headers say.
                b'1'..=b'6' => said = SaidBefore::default(),
                // Members about other members, lists of folders, and attributes.
                kind @ (b'K' | b'g' | b'A' | b'D' | b'E' | b'I' | b'N' | b'V') => {
                    if kind != b'K' && kind != b'g' {
                        said = SaidBefore::default();
                    }
                    self.position += length;
                    self.pass(&mut reader, length, stop)?;
                }
                // A file, or a kind that nobody knows. POSIX takes such a kind for a file.
                kind => {
                    let said = std::mem::take(&mut said);
                    let length = said.length.unwrap_or(length);
                    let name = said.name.unwrap_or_else(|| name_in(&header));
                    let is_sparse = said.is_sparse || kind == b'S';
                    if kind == b'S' {
                        self.pass_sparse_headers(&mut reader, &header)?;
                    }
                    self.position += length;
                    if kind == 0 && name.ends_with(b"/") {
                        self.pass(&mut reader, length, stop)?;
                        continue;
                    }
                    return Ok(Some(self.lend(reader, name, length, is_sparse)));
                }
            }
        }
        Ok(None)
    }

    /// Passes over blocks up to the next block that is a header.
    fn next_header(
        &mut self,
        reader: &mut ArchiveReader,
        stop: Option<&Stop>,
    ) -> io::Result<Option<TarHeader>> {
        let mut header = [0; BLOCK_BYTES];
        while !stop.is_some_and(Stop::is_requested) && self.block(reader, &mut header)? {
            if is_header(&header) {
                return Ok(Some(header));
            }
        }
        Ok(None)
    }

    /// Returns the entry of a file. The entry has the reader until it is dropped.
    fn lend(
        &mut self,
        reader: ArchiveReader,
        name: Vec<u8>,
        length: u64,
        is_sparse: bool,
    ) -> ArchiveEntry {
        let (giver, taker) = handover();
        self.state = TarState::Lent(taker);
        let member = TarMember {
            reader: Some(reader),
            start: self.position - length,
            length,
            done: 0,
            failure: None,
            giver,
        };
        ArchiveEntry {
            name,
            length,
            reader: match is_sparse {
                true => Err(io::Error::other(
                    "it is a sparse file, of which tar keeps only parts; unpack it",
                )),
                false => Ok(Box::new(member)),
            },
        }
    }

    /// Reads a block. Returns false at the end.
    fn block(&mut self, reader: &mut ArchiveReader, block: &mut TarHeader) -> io::Result<bool> {
        match fill(reader, block) {
            (_, Some(error)) => Err(error),
            (0, None) => Ok(false),
            (BLOCK_BYTES, None) => {
                self.position += to_u64(BLOCK_BYTES);
                Ok(true)
            }
            (read, None) => {
                let end = self.position + to_u64(read);
                Err(damaged(DamageKind::CutShort, end))
            }
        }
    }

    /// Reads all of a member that tells something about the next one.
    fn text(&mut self, reader: &mut ArchiveReader, length: u64) -> io::Result<Vec<u8>> {
        let mut text = Vec::new();
        reader.take(length).read_to_end(&mut text)?;
        self.position += length;
        if to_u64(text.len()) < length {
            let end = self.position - length + to_u64(text.len());
            return Err(damaged(DamageKind::CutShort, end));
        }
        self.pass(reader, 0, None)?;
        Ok(text)
    }

    /// Passes over further blocks that tell where the parts of a sparse file lie.
    fn pass_sparse_headers(
        &mut self,
        reader: &mut ArchiveReader,
        header: &TarHeader,
    ) -> io::Result<()> {
        let mut goes_on = header[482] != 0;
        while goes_on {
            let mut block = [0; BLOCK_BYTES];
            goes_on = self.block(reader, &mut block)? && block[504] != 0;
        }
        Ok(())
    }
}

impl SaidBefore {
    /// Takes the facts of a pax text: `LENGTH KEYWORD=VALUE\n`. LENGTH counts all of these bytes.
    fn take_pax(&mut self, text: &[u8]) {
        let mut text = text;
        while let Some(space) = memchr::memchr(b' ', text) {
            let length: Option<usize> = std::str::from_utf8(&text[..space])
                .ok()
                .and_then(|digits| digits.parse().ok());
            let record = length.and_then(|length| text.get(space + 1..length));
            let (Some(record), Some(length)) = (record, length) else {
                return;
            };
            text = &text[length..];
            let record = record.strip_suffix(b"\n").unwrap_or(record);
            let Some(equals) = memchr::memchr(b'=', record) else {
                continue;
            };
            let (keyword, value) = (&record[..equals], &record[equals + 1..]);
            match keyword {
                b"path" => self.name = Some(value.into()),
                b"size" => {
                    let digits = std::str::from_utf8(value).ok();
                    let length = digits.and_then(|digits| digits.parse().ok());
                    self.length = length.filter(|&length| length <= MEMBER_BYTES_MAX);
                }
                b"GNU.sparse.name" => {
                    self.name = Some(value.into());
                    self.is_sparse = true;
                }
                _ => self.is_sparse |= keyword.starts_with(b"GNU.sparse."),
            }
        }
    }
}

fn is_header(block: &TarHeader) -> bool {
    is_tar(block) && is_summed(block) && length_in(block).is_some()
}

/// Returns the length that a header gives its member.
fn length_in(header: &TarHeader) -> Option<u64> {
    number(&header[124..136]).filter(|&length| length <= MEMBER_BYTES_MAX)
}

/// Returns whether the sum of a header's bytes is the one that it says. The place of the sum counts
/// as spaces.
fn is_summed(header: &TarHeader) -> bool {
    let sum = |of: fn(u8) -> i64| -> i64 {
        let places = header.iter().enumerate();
        let bytes = places.map(|(at, &byte)| match at {
            148..156 => 32,
            _ => of(byte),
        });
        bytes.sum()
    };
    // Old programs took the bytes as signed.
    let said = number(&header[148..156]).and_then(|said| i64::try_from(said).ok());
    said.is_some_and(|said| said == sum(i64::from) || said == sum(|byte| i64::from(byte as i8)))
}

/// Reads a number in octal digits, or in binary if its first bit is set.
fn number(field: &[u8]) -> Option<u64> {
    if let [first, rest @ ..] = field
        && *first >= 0x80
    {
        let start = u64::from(first & 0x7f);
        return rest.iter().try_fold(start, |number, &byte| {
            number.checked_mul(256)?.checked_add(u64::from(byte))
        });
    }
    let digits = field.iter().skip_while(|&&byte| byte == b' ');
    digits
        .take_while(|byte| byte.is_ascii_digit())
        .try_fold(0_u64, |number, &digit| {
            let digit = u64::from(digit - b'0');
            (digit < 8).then(|| number.checked_mul(8)?.checked_add(digit))?
        })
}

/// Returns the name in a header. POSIX has two fields for it, and GNU uses the second one for other
/// things.
fn name_in(header: &TarHeader) -> Vec<u8> {
    let name = until_nul(&header[..100]);
    let prefix = until_nul(&header[345..500]);
    match header[257..].starts_with(b"ustar\0") && !prefix.is_empty() {
        true => [prefix, b"/", name].concat(),
        false => name.into(),
    }
}

fn until_nul(field: &[u8]) -> &[u8] {
    memchr::memchr(0, field).map_or(field, |end| &field[..end])
}

/// The bytes of one file.
struct TarMember {
    /// The reader of the archive, until the member is dropped.
    reader: Option<ArchiveReader>,
    /// The offset in the archive where the member begins.
    start: u64,
    length: u64,
    /// How many bytes of the member have been read.
    done: u64,
    failure: Option<io::Error>,
    giver: Giver<TarRest>,
}

impl Read for TarMember {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let left = self.length - self.done;
        let most = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let Some(reader) = self.reader.as_mut().filter(|_| most > 0) else {
            return Ok(0);
        };
        match reader.read(&mut bytes[..most]) {
            Ok(0) => {
                self.failure = Some(damaged(DamageKind::CutShort, self.start + self.done));
                Err(damaged(DamageKind::CutShort, self.done))
            }
            Ok(read) => {
                self.done += to_u64(read);
                Ok(read)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.failure = Some(copy_of(&error));
                Err(self.of_member(error))
            }
        }
    }
}

impl TarMember {
    /// Turns an error in the text of the archive into an error of the member.
    fn of_member(&self, error: io::Error) -> io::Error {
        let damage = error.get_ref().and_then(|it| it.downcast_ref::<Damage>());
        match damage {
            Some(damage) => io::Error::other(Damage {
                kind: damage.kind.clone(),
                complete_to: self.done,
                checked_to: damage.checked_to.saturating_sub(self.start).min(self.done),
            }),
            None => error,
        }
    }
}

/// Returns a copy of an error.
fn copy_of(error: &io::Error) -> io::Error {
    let damage = error.get_ref().and_then(|it| it.downcast_ref::<Damage>());
    match (damage, error.raw_os_error()) {
        (Some(damage), _) => io::Error::other(damage.clone()),
        (None, Some(code)) => io::Error::from_raw_os_error(code),
        (None, None) => io::Error::other(error.to_string()),
    }
}

impl Drop for TarMember {
    fn drop(&mut self) {
        if let Some(reader) = self.reader.take() {
            self.giver.give(TarRest {
                reader,
                left: self.length - self.done,
                failure: self.failure.take(),
            });
        }
    }
}
