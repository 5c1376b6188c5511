//! Compressed logs for tests, made by the crates that decode them.

use std::io::Write as _;

use crate::input::format::Format;

/// The formats that are decoded.
pub(crate) const FORMATS: [Format; 5] = [
    Format::Gzip,
    Format::Zstd,
    Format::Xz,
    Format::Bzip2,
    Format::Lz4,
];

/// Encodes `text` as one member, with all checksums that the format has.
pub(crate) fn encode(format: Format, text: &[u8]) -> Vec<u8> {
    let encoded = Vec::new();
    match format {
        Format::Gzip => {
            let mut encoder = flate2::GzBuilder::new()
                .filename("app.log")
                .write(encoded, flate2::Compression::default());
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        }
        Format::Zstd => {
            let mut encoder = zstd::Encoder::new(encoded, 3).unwrap();
            encoder.include_checksum(true).unwrap();
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        }
        Format::Xz => {
            let options = lzma_rust2::XzOptions::with_preset(1);
            let mut encoder = lzma_rust2::XzWriter::new(encoded, options).unwrap();
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        }
        Format::Bzip2 => {
            let mut encoder = bzip2::write::BzEncoder::new(encoded, bzip2::Compression::fast());
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        }
        Format::Lz4 => {
            let info = lz4_flex::frame::FrameInfo::new()
                .content_checksum(true)
                .block_checksums(true);
            let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, encoded);
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        }
        Format::Utf16Le => utf16(text, u16::to_le_bytes),
        Format::Utf16Be => utf16(text, u16::to_be_bytes),
        other => panic!("{other} is not decoded"),
    }
}

/// Encodes text in UTF-16 with a byte order mark. Bytes that are not UTF-8 cannot be written in it.
fn utf16(text: &[u8], bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    let text = std::str::from_utf8(text).unwrap();
    let mark = "\u{feff}".encode_utf16();
    mark.chain(text.encode_utf16()).flat_map(bytes).collect()
}

/// Encodes `text` in several members, which may begin anywhere in lines.
pub(crate) fn encode_in_members(format: Format, text: &[u8], member_bytes: usize) -> Vec<u8> {
    text.chunks(member_bytes.max(1))
        .flat_map(|part| encode(format, part))
        .collect()
}

/// Returns a log of about this many bytes. It is the same each time.
pub(crate) fn log(bytes: usize) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(22);
    let mut log = Vec::new();
    while log.len() < bytes {
        let level = ["INFO", "WARN", "ERROR"][random.usize(0..3)];
        let id = random.u32(0..9999);
        writeln!(
            log,
            "10:{:02} {level} request {id} of {}",
            log.len() % 60,
            id % 7
        )
        .unwrap();
    }
    log
}
