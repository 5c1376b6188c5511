//! The kinds of lines in a log: what varies in a line is masked, and lines that are the same but for that are one
//! template.

mod header;
mod mask;

pub use self::{
    header::{Header, Level},
    mask::{Kind, MASKED_BYTES_MAX, Masked, mask},
};

/// Appends the masked message of `line`: without its header, and with placeholders for what varies. Two lines with the
/// same masked message say the same thing. Returns the header.
///
/// ```
/// use logscan::templates::{Masked, mask_message};
/// let mut masked = Vec::new();
/// let header = mask_message(b"2024-05-01 10:00:00 ERROR disk 3 failed", &mut masked);
/// assert_eq!(Masked(&masked).to_string(), "disk <num> failed");
/// assert_eq!(header.level.unwrap().name(), "error");
/// ```
pub fn mask_message(line: &[u8], masked: &mut Vec<u8>) -> Header {
    let header = Header::of(line);
    mask(&line[header.message_at..], masked);
    header
}
