//! Access logs: the common and the combined format of Apache, what nginx writes, and both with more
//! behind.
//!
//! ```text
//! 10.0.0.7 - bob [20/Nov/2026:14:02:05 +0000] "GET /a?b=1 HTTP/1.1" 200 512 "-" "curl/8" 0.012
//! ip  ident user  time                         method path query protocol status bytes referer agent duration
//! ```
//! A virtual host may stand in front. A dash is a value that is missing.

use super::{
    FieldValue, FieldVisitor, ValueForm,
    pairs::{quoted_end, read_pairs},
};

/// The time stands within so many bytes, or the line is none of an access log.
const HEAD_BYTES_MAX: usize = 256;

/// The parts of a line.
pub(super) struct AccessLine {
    host: Option<FieldValue>,
    who: [FieldValue; 3],
    time: FieldValue,
    request: FieldValue,
    status: FieldValue,
    bytes: FieldValue,
    /// The index behind them.
    end: usize,
}

impl AccessLine {
    /// Returns the parts of `line` from `from` on. `None` if it is none of an access log.
    #[inline]
    pub(super) fn of(line: &[u8], from: usize) -> Option<AccessLine> {
        let head = &line[from..line.len().min(from + HEAD_BYTES_MAX)];
        let open = from + memchr::memchr(b'[', head)?;
        if open < from + 6 || line[open - 1] != b' ' {
            return None;
        }
        let close = open + memchr::memchr(b']', &line[open..])?;
        if line.get(close + 1..close + 3) != Some(b" \"") {
            return None;
        }
        let mut words = [FieldValue::default(); 4];
        let mut count = 0;
        let mut at = from;
        while at < open {
            let length = memchr::memchr(b' ', &line[at..open])?;
            if length == 0 || count == words.len() {
                return None;
            }
            words[count] = plain(line, at, at + length);
            count += 1;
            at += length + 1;
        }
        let (host, who) = match (count, words) {
            (3, [ip, ident, user, _]) => (None, [ip, ident, user]),
            (4, [host, ip, ident, user]) => (Some(host), [ip, ident, user]),
            _ => return None,
        };
        let (request_end, has_escapes) = quoted_end(line, close + 2)?;
        let form = match has_escapes {
            true => ValueForm::Escaped,
            false => ValueForm::Text,
        };
        let request = FieldValue::new(close + 3..request_end - 1, form);
        let (status, end) = word(line, request_end)?;
        let (bytes, end) = word(line, end)?;
        let is_number =
            |value: FieldValue| !value.is_there() || value.raw(line).iter().all(u8::is_ascii_digit);
        (is_number(status) && is_number(bytes)).then_some(AccessLine {
            host,
            who,
            time: FieldValue::new(open + 1..close, ValueForm::Plain),
            request,
            status,
            bytes,
            end,
        })
    }

    /// Tells `visitor` the parts.
    pub(super) fn tell(&self, line: &[u8], visitor: &mut impl FieldVisitor) {
        let [ip, ident, user] = self.who;
        let mut tell = |name: &[u8], value: FieldValue| {
            if value.is_there() {
                visitor.field(name, value);
            }
        };
        tell(b"ip", ip);
        if let Some(host) = self.host {
            tell(b"host", host);
        }
        tell(b"ident", ident);
        tell(b"user", user);
        tell(b"time", self.time);
        let raw = self.request.raw(line);
        let at = raw.as_ptr().addr() - line.as_ptr().addr();
        if let Some(method) = raw.iter().position(|&byte| byte == b' ')
            && raw[..method].iter().all(u8::is_ascii_alphabetic)
        {
            let behind = &raw[method + 1..];
            let target = memchr::memrchr(b' ', behind).unwrap_or(behind.len());
            let target_at = at + method + 1;
            let path = memchr::memchr(b'?', &behind[..target]).unwrap_or(target);
            tell(
                b"method",
                FieldValue::new(at..at + method, ValueForm::Plain),
            );
            let place = target_at..target_at + path;
            tell(b"path", FieldValue::new(place, self.request.form));
            if path < target {
                let place = target_at + path + 1..target_at + target;
                tell(b"query", FieldValue::new(place, self.request.form));
            }
            if target < behind.len() {
                let protocol = plain(line, target_at + target + 1, at + raw.len());
                tell(b"protocol", protocol);
            }
        }
        tell(b"request", self.request);
        tell(b"status", self.status);
        tell(b"bytes", self.bytes);
        if !visitor.has_all() {
            self.tell_rest(line, visitor);
        }
    }

    /// Tells what the combined format has, and what is behind it: the time that a request took, and
    /// pairs.
    fn tell_rest(&self, line: &[u8], visitor: &mut impl FieldVisitor) {
        let mut at = self.end;
        for name in [&b"referer"[..], b"agent"] {
            if line.get(at..at + 2) != Some(b" \"") {
                break;
            }
            let Some((end, has_escapes)) = quoted_end(line, at + 1) else {
                return;
            };
            let form = match has_escapes {
                true => ValueForm::Escaped,
                false => ValueForm::Text,
            };
            if &line[at + 2..end - 1] != b"-" {
                visitor.field(name, FieldValue::new(at + 2..end - 1, form));
            }
            at = end;
        }
        let mut duration = None;
        let mut from = at;
        while let Some((value, end)) = word(line, from) {
            let text = value.raw(line);
            let is_number = !text.is_empty()
                && text
                    .iter()
                    .all(|byte| byte.is_ascii_digit() || *byte == b'.');
            if is_number && (duration.is_none() || text.contains(&b'.')) {
                duration = Some(value);
                if text.contains(&b'.') {
                    break;
                }
            }
            from = end;
        }
        if let Some(duration) = duration {
            visitor.field(b"duration", duration);
        }
        read_pairs(line, at, visitor);
    }
}

fn plain(line: &[u8], start: usize, end: usize) -> FieldValue {
    let form = match &line[start..end] {
        b"-" => ValueForm::Missing,
        _ => ValueForm::Plain,
    };
    FieldValue::new(start..end, form)
}

/// Returns the word behind the blank at `at`, and the index behind it.
#[inline]
fn word(line: &[u8], at: usize) -> Option<(FieldValue, usize)> {
    if line.get(at) != Some(&b' ') {
        return None;
    }
    let rest = &line[at + 1..];
    let length = rest
        .iter()
        .position(|&byte| byte == b' ')
        .unwrap_or(rest.len());
    let end = at + 1 + length;
    Some((plain(line, at + 1, end), end))
}
