//! Sizes and ranges of bytes as people type them: `64M`, `1G`, `512`, `100M:200M`. K, M and G are
//! powers of 1024.

use std::ops::Range;

use logscan::scan::CHUNK_BYTES_LIMIT;

/// Parses a number of bytes.
pub(crate) fn parse_size(text: &str) -> Result<u64, String> {
    let (digits, shift) = match text.as_bytes().last() {
        Some(b'K' | b'k') => (&text[..text.len() - 1], 10),
        Some(b'M' | b'm') => (&text[..text.len() - 1], 20),
        Some(b'G' | b'g') => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("a size is a number, or one followed by K, M or G".into());
    }
    digits
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(1 << shift))
        .ok_or_else(|| "it is larger than any file can be".into())
}

/// Parses a number of bytes for which memory is set aside.
pub(crate) fn parse_memory_size(text: &str) -> Result<usize, String> {
    usize::try_from(parse_size(text)?)
        .map_err(|_| "it is larger than the memory of this machine can be".into())
}

/// Parses the size of a chunk or of the longest line: from 1 byte to [`CHUNK_BYTES_LIMIT`].
pub(crate) fn parse_chunk_size(text: &str) -> Result<usize, String> {
    match parse_memory_size(text)? {
        0 => Err("it must be at least 1".into()),
        bytes if bytes > CHUNK_BYTES_LIMIT => {
            Err(format!("it must be at most {}G", CHUNK_BYTES_LIMIT >> 30))
        }
        bytes => Ok(bytes),
    }
}

/// Parses `START:END`. Either of the two may be left out.
pub(crate) fn parse_range(text: &str) -> Result<Range<u64>, String> {
    let Some((start, end)) = text.split_once(':') else {
        return Err("a range is START:END, where either may be left out".into());
    };
    let or = |text: &str, default| {
        if text.is_empty() {
            Ok(default)
        } else {
            parse_size(text)
        }
    };
    let range = or(start, 0)?..or(end, u64::MAX)?;
    if range.end < range.start {
        return Err("it ends before it begins".into());
    }
    Ok(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_may_end_in_a_power_of_1024() {
        assert_eq!(parse_size("0"), Ok(0));
        assert_eq!(parse_size("17"), Ok(17));
        assert_eq!(parse_size("64K"), Ok(64 << 10));
        assert_eq!(parse_size("3m"), Ok(3 << 20));
        assert_eq!(parse_size("2G"), Ok(2 << 30));
    }

    #[test]
    fn what_is_not_a_size_is_refused() {
        for text in [
            "",
            "K",
            "-1",
            "+1",
            "1.5G",
            "1KB",
            "1T",
            "é",
            "99999999999999999999",
            "99999999999999G",
        ] {
            assert!(parse_size(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_chunk_has_from_one_byte_to_one_gibibyte() {
        assert!(parse_chunk_size("0").is_err());
        assert_eq!(parse_chunk_size("1"), Ok(1));
        assert_eq!(parse_chunk_size("1G"), Ok(1 << 30));
        assert!(parse_chunk_size("1073741825").is_err());
    }

    #[test]
    fn either_end_of_a_range_may_be_left_out() {
        assert_eq!(parse_range("1K:2K"), Ok(1024..2048));
        assert_eq!(parse_range(":5"), Ok(0..5));
        assert_eq!(parse_range("5:"), Ok(5..u64::MAX));
        assert_eq!(parse_range(":"), Ok(0..u64::MAX));
        assert_eq!(parse_range("7:7"), Ok(7..7));
    }

    #[test]
    fn a_range_must_have_a_colon_and_not_run_backwards() {
        for text in ["", "5", "6:5", "1:2:3", "a:", "-1:"] {
            assert!(parse_range(text).is_err(), "{text}");
        }
    }
}
