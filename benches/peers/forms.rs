//! Makes the log in the forms in which people have it: compressed, in UTF-16, as a folder.
//! Libraries make them, so the bytes are the same each time. A form is made only if a row wants it.

use std::{
    fs,
    io::{BufWriter, Write},
    num::NonZeroU64,
    path::{Path, PathBuf},
};

use anyhow::Context;

use crate::rows::Form;

/// The largest text of a compressed log, because xz takes minutes for this much.
const TEXT_BYTES_MAX: usize = 256 << 20;

/// The number of members, frames or blocks of a log that has several of them and is long enough.
const MEMBERS: usize = 64;

/// The log is split into this many files of a folder.
const FILES: usize = 200;

/// The beginning of the log is split into at most this many files of 1 KiB each.
const SMALL_FILES_MAX: usize = 100_000;
const SMALL_BYTES: usize = 1 << 10;

/// The number of files in one folder.
const FOLDER_FILES: usize = 1000;

/// Makes `form` of the log at `path`. Returns where it is and how many bytes of text it has.
pub(crate) fn make(form: Form, path: &Path) -> anyhow::Result<(PathBuf, u64)> {
    let mut text = fs::read(path)?;
    let made = path.with_file_name(form.file_name());
    match form {
        Form::Folder => {
            let piece_bytes = (text.len() / FILES).max(1);
            write_pieces(&made, &text, piece_bytes, FILES)?;
            return Ok((made, text.len() as u64));
        }
        Form::SmallFiles => {
            let files = (text.len() / SMALL_BYTES).min(SMALL_FILES_MAX);
            text.truncate(files * SMALL_BYTES);
            write_pieces(&made, &text, SMALL_BYTES, FOLDER_FILES)?;
            return Ok((made, text.len() as u64));
        }
        _ => {}
    }
    let end = text[..text.len().min(TEXT_BYTES_MAX)]
        .iter()
        .rposition(|&byte| byte == b'\n')
        .map_or(0, |newline| newline + 1);
    text.truncate(end);
    let encoded = encode(form, &text).with_context(|| format!("cannot make {form:?}"))?;
    let mut file = BufWriter::new(fs::File::create(&made)?);
    file.write_all(&encoded)?;
    file.into_inner()?.sync_all()?;
    Ok((made, text.len() as u64))
}

/// Writes files of about `piece_bytes` each, cut anywhere, with `per_folder` of them in a folder.
fn write_pieces(
    folder: &Path,
    text: &[u8],
    piece_bytes: usize,
    per_folder: usize,
) -> anyhow::Result<()> {
    for (nth, piece) in text.chunks(piece_bytes).enumerate() {
        let folder = folder.join((nth / per_folder).to_string());
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("app.{nth}.log")), piece)?;
    }
    Ok(())
}

fn encode(form: Form, text: &[u8]) -> anyhow::Result<Vec<u8>> {
    let members = text.chunks(text.len().div_ceil(MEMBERS).max(1));
    match form {
        Form::Gzip => gzip(text),
        Form::GzipMembers => all(members, gzip),
        Form::Zstd => Ok(zstd::encode_all(text, 3)?),
        Form::ZstdFrames => all(members, |part| Ok(zstd::encode_all(part, 3)?)),
        Form::Xz => xz(text, None),
        Form::XzBlocks => xz(text, NonZeroU64::new(24 << 20)),
        Form::Bzip2 => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
            encoder.write_all(text)?;
            Ok(encoder.finish()?)
        }
        Form::Lz4 => {
            let info = lz4_flex::frame::FrameInfo::new()
                .block_size(lz4_flex::frame::BlockSize::Max4MB)
                .content_checksum(true);
            let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
            encoder.write_all(text)?;
            Ok(encoder.finish()?)
        }
        Form::Utf16 => {
            let text = str::from_utf8(text)?;
            let units = "\u{feff}".encode_utf16().chain(text.encode_utf16());
            Ok(units.flat_map(u16::to_le_bytes).collect())
        }
        Form::Folder | Form::SmallFiles => anyhow::bail!("no single file"),
    }
}

fn all<'t>(
    members: impl Iterator<Item = &'t [u8]>,
    encode: impl Fn(&[u8]) -> anyhow::Result<Vec<u8>>,
) -> anyhow::Result<Vec<u8>> {
    let encoded: anyhow::Result<Vec<_>> = members.map(encode).collect();
    Ok(encoded?.concat())
}

fn gzip(text: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text)?;
    Ok(encoder.finish()?)
}

/// Compresses as `xz` and `xz -T0` do by default.
fn xz(text: &[u8], block_bytes: Option<NonZeroU64>) -> anyhow::Result<Vec<u8>> {
    let mut options = lzma_rust2::XzOptions::with_preset(6);
    options.set_block_size(block_bytes);
    let mut encoder = lzma_rust2::XzWriter::new(Vec::new(), options)?;
    encoder.write_all(text)?;
    Ok(encoder.finish()?)
}
