//! What of a line is a value by where it stands: in quotes, behind a key, in the request of an access
//! log. It varies whatever it is.
//!
//! ```text
//! cannot open 'my file': denied    cannot open '*': denied
//! ok=true tags=[red, blue]         ok=* tags=[*]
//! ```

use memchr::memchr3_iter;

use super::Kind;

/// A longer text in quotes or brackets is no value.
const VALUE_BYTES_MAX: usize = 256;

/// The byte for a value, which tokens leave as it is.
pub(super) const VALUE: u8 = Kind::Any.code();

/// Whether there may be values in `text`.
pub(super) fn may_have_values(text: &[u8]) -> bool {
    memchr3_iter(b'"', b'\'', b'=', text).next().is_some() || text.contains(&VALUE)
}

/// Writes `text` to `out`, with a byte for each value.
pub(super) fn replace_values(text: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let mut at = 0;
    let mut kept = 0;
    while at < text.len() {
        let end = match text[at] {
            b'"' | b'\'' => quoted(text, at),
            b'=' => assigned(text, at),
            VALUE => Some((at, at + 1)),
            _ => None,
        };
        let Some((from, to)) = end else {
            at += 1;
            continue;
        };
        out.extend_from_slice(&text[kept..from]);
        // A log has no such byte in text.
        out.push(if text[at] == VALUE { b'?' } else { VALUE });
        kept = to;
        at = to + usize::from(matches!(text[at], b'"' | b'\''));
    }
    out.extend_from_slice(&text[kept..]);
}

/// Where the text in the quotes is that open at `at`.
fn quoted(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let quote = text[at];
    let opens = |byte: u8| matches!(byte, b' ' | b'\t' | b'(' | b'[' | b'{' | b'=' | b':' | b',');
    if at > 0 && !opens(text[at - 1]) {
        return None;
    }
    let most = text.len().min(at + VALUE_BYTES_MAX);
    let length = memchr::memchr(quote, &text[at + 1..most])?;
    let end = at + 1 + length;
    let inside = &text[at + 1..end];
    let next = text.get(end + 1).copied().unwrap_or(b' ');
    // A key of JSON.
    let is_key = quote == b'"' && next == b':';
    let is_word = next.is_ascii_alphanumeric() || next >= 0x80;
    let is_value = !inside.is_empty() && !is_key && !is_word && !is_request(inside);
    is_value.then_some((at + 1, end))
}

/// Where the value is behind the `=` at `at`, if it is a flag or a list.
fn assigned(text: &[u8], at: usize) -> Option<(usize, usize)> {
    let is_key =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'@');
    let key = text[..at]
        .iter()
        .rev()
        .take_while(|byte| is_key(byte))
        .count();
    let before = (at - key)
        .checked_sub(1)
        .map_or(b' ', |before| text[before]);
    if key == 0 || matches!(before, b'?' | b'&' | b'/' | b'%') {
        return None;
    }
    let value = &text[at + 1..];
    if value.first() == Some(&b'[') {
        let most = value.len().min(VALUE_BYTES_MAX);
        let length = memchr::memchr(b']', &value[..most])?;
        return (length > 1).then_some((at + 2, at + 1 + length));
    }
    let length = value
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    let next = value.get(length).copied().unwrap_or(b' ');
    let is_whole = matches!(next, b' ' | b'\t' | b',' | b';' | b')' | b']' | b'}');
    let is_flag = matches!(
        &value[..length],
        b"true"
            | b"false"
            | b"True"
            | b"False"
            | b"yes"
            | b"no"
            | b"on"
            | b"off"
            | b"null"
            | b"none"
            | b"None"
            | b"nil"
    );
    (is_flag && is_whole).then_some((at + 1, at + 1 + length))
}

/// Whether a text is the first line of an HTTP request.
fn is_request(text: &[u8]) -> bool {
    let method = text
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase())
        .count();
    (3..=7).contains(&method) && text[method..].starts_with(b" /")
}

/// Where the status is in the message of an access log, if `text` is one.
pub(crate) fn status_at(text: &[u8]) -> Option<usize> {
    let rest = text.strip_prefix(b"\"")?;
    let most = rest.len().min(8 * VALUE_BYTES_MAX);
    let end = 1 + memchr::memchr(b'"', &rest[..most])?;
    let is_status = matches!(
        &text[end + 1..],
        [b' ', b'1'..=b'5', a, b, b' ', ..] if a.is_ascii_digit() && b.is_ascii_digit()
    );
    is_status.then_some(end + 2)
}

/// Appends what the message of an access log is: the method, where the path begins, the class of the
/// status. Returns whether `text` is such a message.
///
/// ```text
/// "GET /api/users/5?q=1 HTTP/1.1" 200 512 "-" "curl/8"    "GET /api/*" 2xx
/// "-" 408 0 "-" "-"                                       "-" 4xx
/// ```
pub(super) fn access(text: &[u8], out: &mut Vec<u8>) -> bool {
    let Some(status) = status_at(text) else {
        return false;
    };
    let request = &text[1..status - 2];
    out.push(b'"');
    if is_request(request) {
        let method = request.iter().take_while(|byte| **byte != b' ').count();
        out.extend_from_slice(&request[..=method]);
        let path = request[method + 1..].split(|byte| matches!(byte, b' ' | b'?' | b'#'));
        path_beginning(path.into_iter().next().unwrap_or_default(), out);
    } else {
        match request {
            b"-" | b"" => out.push(b'-'),
            _ => out.push(VALUE),
        }
    }
    out.extend_from_slice(&[b'"', b' ', text[status]]);
    out.extend_from_slice(b"xx");
    true
}

/// Appends the first part of a path, and a star for the others: other beginnings are other kinds,
/// which a placeholder would not be.
fn path_beginning(path: &[u8], out: &mut Vec<u8>) {
    let mut parts = path.split(|&byte| byte == b'/').skip(1);
    let first = parts.next().unwrap_or_default();
    let is_word = first.len() <= 32
        && first
            .iter()
            .all(|byte| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_' | b'.'));
    out.push(b'/');
    match is_word {
        true => out.extend_from_slice(first),
        false => out.push(b'*'),
    }
    if parts.next().is_some() {
        out.extend_from_slice(b"/*");
    }
}

/// Drops the tuples of a list that are as the one before: `(1, 'a'), (2, 'b')` is `(1, 'a')`.
pub(super) fn join_tuples(out: &mut Vec<u8>, first: usize) {
    let mut from = first;
    while let Some(at) = memchr::memmem::find(&out[from..], b"), (") {
        let close = from + at;
        from = close + 1;
        let Some(open) = memchr::memrchr(b'(', &out[first..close]) else {
            continue;
        };
        let tuple = first + open..close + 1;
        let next = close + 3;
        let bytes = tuple.len();
        if out.len() >= next + bytes && out[next..next + bytes] == out[tuple] {
            out.drain(close + 1..next + bytes);
            from = first;
        }
    }
}
