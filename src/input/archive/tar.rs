//! Members of tar, from front to back (POSIX pax, "ustar Interchange Format"; tar.h of GNU).
//!
//! The reader of the archive goes into the reader of a member, and comes back when that is dropped.
//! What was not read of the member is passed over.

use std::io::{self, Read};

use super::bytes::{ArchiveReader, damaged, fill};
use crate::{
    error::{Damage, DamageKind},
    input::{
        decode::{Giver, Taker, handover},
        format::is_tar,
    },
    line::to_u64,
    sys::Stop,
};

/// Headers and members begin at multiples of it.
const BLOCK_BYTES: usize = 512;

/// How long a name may be that has a member of its own, and all that pax says of a member.
const NAME_BYTES_MAX: u64 = 1 << 20;

/// A tar archive that is being read.
pub(super) struct TarArchive {
    state: TarState,
    /// How much of it is behind.
    position: u64,
}

enum TarState {
    /// Before a header.
    Between(ArchiveReader),
    /// A member is being read, and its reader will come back.
    Lent(Taker<TarRest>),
    Ended,
}

/// What comes back from a member.
struct TarRest {
    reader: ArchiveReader,
    left: u64,
    /// Why nothing more can be read of the archive.
    failure: Option<io::Error>,
}

/// One file.
pub(super) struct TarEntry {
    pub(super) name: Vec<u8>,
    pub(super) length: u64,
    /// Its bytes, or why there are none.
    pub(super) reader: Result<Box<dyn Read + Send>, &'static str>,
}

/// What was said before a header about the member that it begins.
#[derive(Default)]
struct SaidBefore {
    name: Option<Vec<u8>>,
    length: Option<u64>,
    is_sparse: bool,
}

impl TarArchive {
    pub(super) fn new(reader: ArchiveReader) -> TarArchive {
        TarArchive {
            state: TarState::Between(reader),
            position: 0,
        }
    }

    /// The next file, if there is one. What is wrong with the archive ends it; if that has been told
    /// of the file in hand, it is not told again.
    pub(super) fn next(
        &mut self,
        is_told: bool,
        stop: Option<&Stop>,
    ) -> Option<io::Result<TarEntry>> {
        let state = std::mem::replace(&mut self.state, TarState::Ended);
        let found = match state {
            TarState::Between(reader) => self.entry(reader, stop),
            TarState::Ended => Ok(None),
            TarState::Lent(taker) => match taker.take() {
                Some(TarRest {
                    mut reader,
                    left,
                    failure: None,
                }) => {
                    let passed = self.pass(&mut reader, left, stop);
                    passed.and_then(|()| self.entry(reader, stop))
                }
                Some(TarRest {
                    failure: Some(failure),
                    ..
                }) if !is_told => Err(failure),
                _ => Ok(None),
            },
        };
        found.transpose()
    }

    /// Passes over what is left of a member, and what fills it up to a block.
    fn pass(
        &mut self,
        reader: &mut ArchiveReader,
        left: u64,
        stop: Option<&Stop>,
    ) -> io::Result<()> {
        let end = self.position;
        let passed = reader.pass(left, stop)?;
        if passed < left && !stop.is_some_and(Stop::is_requested) {
            return Err(damaged(DamageKind::CutShort, end - left + passed));
        }
        let padding = end.next_multiple_of(to_u64(BLOCK_BYTES)) - end;
        self.position += reader.pass(padding, stop)?;
        Ok(())
    }

    /// Reads headers up to the next file.
    fn entry(
        &mut self,
        mut reader: ArchiveReader,
        stop: Option<&Stop>,
    ) -> io::Result<Option<TarEntry>> {
        let mut said = SaidBefore::default();
        while !stop.is_some_and(Stop::is_requested) {
            let mut header = [0; BLOCK_BYTES];
            if !self.block(&mut reader, &mut header)? {
                return Ok(None);
            }
            if header == [0; BLOCK_BYTES] {
                // What is wrong behind the end, as with a checksum of all, is to be told too.
                reader.pass(u64::MAX, stop)?;
                return Ok(None);
            }
            let broken = |reason: &str| {
                let reason = reason.into();
                damaged(DamageKind::Damaged { reason }, self.position)
            };
            if !is_tar(&header) || !is_summed(&header) {
                return Err(broken("no header of tar where one should be"));
            }
            let length = number(&header[124..136]).ok_or_else(|| broken("a header of tar"))?;
            match header[156] {
                b'L' | b'x' if length > NAME_BYTES_MAX => {
                    return Err(broken("a name of more than a MiB"));
                }
                b'L' => {
                    let name = self.text(&mut reader, length)?;
                    said.name = Some(until_nul(&name).into());
                }
                b'x' => {
                    let text = self.text(&mut reader, length)?;
                    said.take_pax(&text);
                }
                kind @ (b'0' | b'7' | b'S' | 0) => {
                    let said = std::mem::take(&mut said);
                    let length = said.length.unwrap_or(length);
                    let name = said.name.unwrap_or_else(|| name_in(&header));
                    let is_sparse = said.is_sparse || kind == b'S';
                    if kind == b'S' {
                        self.pass_sparse_headers(&mut reader, &header)?;
                    }
                    self.position = self.position.saturating_add(length);
                    if kind == 0 && name.ends_with(b"/") {
                        self.pass(&mut reader, length, stop)?;
                        continue;
                    }
                    return Ok(Some(self.lend(reader, name, length, is_sparse)));
                }
                kind => {
                    // Links, folders and devices hold nothing, whatever they say; what is not known
                    // is passed over.
                    let length = match kind {
                        b'1'..=b'6' => 0,
                        _ => length,
                    };
                    if kind != b'K' && kind != b'g' {
                        said = SaidBefore::default();
                    }
                    self.position = self.position.saturating_add(length);
                    self.pass(&mut reader, length, stop)?;
                }
            }
        }
        Ok(None)
    }

    /// The entry of a file, which has the reader until it is dropped.
    fn lend(
        &mut self,
        reader: ArchiveReader,
        name: Vec<u8>,
        length: u64,
        is_sparse: bool,
    ) -> TarEntry {
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
        TarEntry {
            name,
            length,
            reader: match is_sparse {
                true => Err("it is a sparse file, of which tar keeps only parts; unpack it"),
                false => Ok(Box::new(member)),
            },
        }
    }

    /// Reads a block; false at the end.
    fn block(
        &mut self,
        reader: &mut ArchiveReader,
        block: &mut [u8; BLOCK_BYTES],
    ) -> io::Result<bool> {
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

    /// All of a member that says something of the next.
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

    /// Where the parts of a sparse file lie may take further blocks.
    fn pass_sparse_headers(
        &mut self,
        reader: &mut ArchiveReader,
        header: &[u8; BLOCK_BYTES],
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
    /// Takes what pax says: `LENGTH KEYWORD=VALUE\n`, of which LENGTH is that of all.
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
                    self.length = digits.and_then(|digits| digits.parse().ok());
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

/// Whether the sum of a header's bytes is what it says. Its own place counts as spaces.
fn is_summed(header: &[u8; BLOCK_BYTES]) -> bool {
    let sum = |of: fn(u8) -> i64| -> i64 {
        let places = header.iter().enumerate();
        let bytes = places.map(|(at, &byte)| match at {
            148..156 => 32,
            _ => of(byte),
        });
        bytes.sum()
    };
    // Old programs took bytes for signed.
    let said = number(&header[148..156]).and_then(|said| i64::try_from(said).ok());
    said.is_some_and(|said| said == sum(i64::from) || said == sum(|byte| i64::from(byte as i8)))
}

/// A number in octal digits, or, if its first bit is set, in binary.
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

/// The name that a header has. POSIX has two fields for it, and GNU uses the second for other things.
fn name_in(header: &[u8; BLOCK_BYTES]) -> Vec<u8> {
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
    /// There until it is dropped.
    reader: Option<ArchiveReader>,
    /// Where it begins in the archive.
    start: u64,
    length: u64,
    /// How much of it has been read.
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
    /// What was said of the text of the archive, as said of the member.
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

/// The same error once more.
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
