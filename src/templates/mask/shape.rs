//! What a run of characters is: a URL, a path, an address, a time, a number, a name.
//!
//! A *run* is letters, digits and what may join them: `_ . - $ + ~ / \ : @`. A *part* is what of it
//! is between `: / \ @` when the run as a whole is nothing known.

use super::{Kind, digits, time::time};
use crate::record::class::{self, AT, COLON, DIGIT, DOT, JOIN, LETTER, SLASH};

/// A word of fewer hexadecimal digits, at least one of them 0 to 9 and one a to f, is not taken for
/// a hexadecimal number.
const HEX_DIGITS_MIN: usize = 5;

/// Masks the run that is the first `len` bytes of `rest`, the rest of its token, and returns how
/// many bytes were taken. `seen` is the classes of its bytes: most of what a run might be is
/// excluded by them.
pub(super) fn run(rest: &[u8], len: usize, seen: u16, out: &mut Vec<u8>) -> usize {
    if seen == DIGIT {
        out.push(Kind::Num.code());
        return len;
    }
    let mut run = &rest[..len];
    if seen & (COLON | SLASH) == COLON | SLASH
        && let Some(taken) = url(rest, run, out)
    {
        return taken;
    }
    // What ends a sentence or introduces something is no part of a name.
    if seen & (DOT | COLON) != 0 {
        while let [head @ .., b'.' | b':'] = run {
            run = head;
        }
    }
    let path = match seen & SLASH {
        0 => None,
        _ => path(rest, run, out),
    };
    let taken = match path {
        Some(taken) => taken,
        None => {
            masked_run(run, seen, out);
            run.len() + decimals(&rest[run.len()..], out)
        }
    };
    if taken < len {
        out.extend_from_slice(&rest[taken..len]);
    }
    taken.max(len)
}

/// How long a fraction of a second is that follows a time: `10:00:00,123`.
fn decimals(rest: &[u8], out: &[u8]) -> usize {
    match rest {
        [b',', fraction @ ..] if out.last() == Some(&Kind::Time.code()) => match digits(fraction) {
            length @ (3 | 6) => 1 + length,
            _ => 0,
        },
        _ => 0,
    }
}

fn url(rest: &[u8], run: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let colon = memchr::memmem::find(run, b"://")?;
    if colon == 0
        || !run[..colon]
            .iter()
            .all(|&b| class::of(b) & LETTER != 0 || matches!(b, b'+' | b'.' | b'-'))
    {
        return None;
    }
    let is_end = |b: &u8| {
        matches!(
            b,
            b'"' | b'\'' | b'<' | b'>' | b')' | b']' | b'}' | b'`' | b'|'
        )
    };
    let mut end = rest.iter().position(is_end).unwrap_or(rest.len());
    while end > colon + 3 && matches!(rest[end - 1], b'.' | b',' | b':' | b';') {
        end -= 1;
    }
    out.push(Kind::Url.code());
    Some(end)
}

/// A path that begins with its root, or that has several separators.
fn path(rest: &[u8], run: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    let mut start = 0;
    let is_drive = matches!(run, [b'a'..=b'z' | b'A'..=b'Z', b':', b'\\', ..]);
    if !is_drive {
        let after_root = match run {
            [b'/', ..] => 1,
            [b'.' | b'~', b'/', ..] => 2,
            [b'.', b'.', b'/', ..] => 3,
            [b'\\', b'\\', ..] => 2,
            _ if is_relative_path(run) => {
                start = 0;
                1
            }
            _ => return None,
        };
        let first = *run.get(after_root)?;
        if class::of(first) & (DIGIT | LETTER) == 0 && !matches!(first, b'_' | b'.' | b'$' | b'%') {
            return None;
        }
        if after_root == 1 && run[0] == b'/' {
            let address = ip(&run[1..]);
            if address > 0 {
                return None;
            }
        }
    }
    if is_drive {
        start = 2;
    }
    // `main.c:12:3` is a path and two numbers.
    let colon = memchr::memchr(b':', &run[start..]).map(|at| start + at);
    let mut end = colon.unwrap_or(run.len());
    if colon.is_none() {
        end = end.max(with_query(rest, run.len()));
    }
    out.push(Kind::Path.code());
    if let Some(colon) = colon {
        out.push(b':');
        let behind = &run[colon + 1..];
        masked_run(behind, seen_in(behind), out);
        return Some(run.len());
    }
    Some(end)
}

/// The end of a path that begins `rest` and has at least `len` bytes: patterns and queries belong
/// to it.
fn with_query(rest: &[u8], len: usize) -> usize {
    let is_more = |&b: &u8| {
        class::of(b) & (DIGIT | LETTER) != 0
            || matches!(
                b,
                b'*' | b'?' | b'&' | b'=' | b'#' | b'/' | b'.' | b'-' | b'_' | b'%' | b'+' | b'~'
            )
    };
    len + rest[len..].iter().take_while(|b| is_more(b)).count()
}

fn is_relative_path(run: &[u8]) -> bool {
    let separators = run.iter().filter(|&&b| b == b'/').count();
    let is_numeric = run.iter().all(|&b| class::of(b) & LETTER == 0);
    // com.example.app/.ui.Main
    let dots = run.iter().filter(|&&b| b == b'.').count();
    let is_apart = separators == 1 && dots >= 2 && run.last() != Some(&b'/') && ip(run) == 0;
    (separators >= 2 || is_apart)
        && !is_numeric
        && class::of(run[0]) & (LETTER | DIGIT) != 0
        && time(run) < run.len()
}

/// The classes of all bytes.
fn seen_in(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |seen, &byte| seen | class::of(byte))
}

/// Masks a run that is no URL and no path; `seen` has the classes of its bytes, and perhaps more.
fn masked_run(run: &[u8], seen: u16, out: &mut Vec<u8>) {
    let Some(first) = run.first() else {
        return;
    };
    if seen & DIGIT != 0
        && let Some(kind) = whole(run, first.is_ascii_digit(), seen)
    {
        out.push(kind.code());
        return;
    }
    if seen & (AT | DOT) == AT | DOT && is_email(run) {
        out.push(Kind::Email.code());
        return;
    }
    if seen & (COLON | SLASH | AT) == 0 {
        part(run, seen, out);
        return;
    }
    let is_border = |b: &u8| matches!(b, b':' | b'/' | b'\\' | b'@');
    let mut at = 0;
    while at < run.len() {
        let address = match seen & DOT {
            0 => 0,
            _ => ip(&run[at..]),
        };
        let mut end = at + address;
        if address > 0 {
            out.push(Kind::Ip.code());
        } else {
            let length = run[at..].iter().position(is_border);
            end = length.map_or(run.len(), |length| at + length);
            let bytes = &run[at..end];
            part(bytes, seen_in(bytes), out);
        }
        if end < run.len() && is_border(&run[end]) {
            out.push(run[end]);
            end += 1;
        }
        at = end;
    }
}

/// What a whole run with a digit in it is, if it is anything known.
fn whole(run: &[u8], begins_with_digit: bool, seen: u16) -> Option<Kind> {
    if begins_with_digit {
        if seen & !(DOT | COLON) == DIGIT && run.iter().all(u8::is_ascii_digit) {
            return Some(Kind::Num);
        }
        if seen & (COLON | SLASH | JOIN | DOT) != 0 && time(run) == run.len() {
            return Some(Kind::Time);
        }
        if seen & DOT != 0 && ip(run) == run.len() {
            return Some(Kind::Ip);
        }
    }
    if seen & JOIN != 0 && is_uuid(run) {
        return Some(Kind::Uuid);
    }
    if seen & (COLON | JOIN) != 0 && is_mac(run) {
        return Some(Kind::Mac);
    }
    (seen & COLON != 0 && is_ipv6(run)).then_some(Kind::Ip)
}

fn is_email(run: &[u8]) -> bool {
    memchr::memchr(b'@', run).is_some_and(|at| at > 0 && is_host(&run[at + 1..]))
}

/// Masks a part of a run; `seen` has the classes of its bytes, and perhaps more.
fn part(part: &[u8], seen: u16, out: &mut Vec<u8>) {
    if seen == DIGIT {
        out.push(Kind::Num.code());
        return;
    }
    let Some(digit) = part.iter().position(u8::is_ascii_digit) else {
        if seen & DOT != 0 && is_host(part) {
            out.push(Kind::Host.code());
        } else if is_hex_of_letters(part) {
            out.push(Kind::Hex.code());
        } else {
            out.extend_from_slice(part);
        }
        return;
    };
    if seen & JOIN != 0 && is_uuid(part) {
        out.push(Kind::Uuid.code());
        return;
    }
    let signs = match part[..digit] {
        [b'+' | b'-' | b'~' | b'$' | b'.'] => 1,
        [b'$' | b'+' | b'-', b'.' | b'-' | b'$'] => 2,
        _ => 0,
    };
    let body = &part[signs..];
    if let [b'0', b'x' | b'X', digits @ ..] = body
        && digits.iter().all(u8::is_ascii_hexdigit)
    {
        out.push(Kind::Hex.code());
        return;
    }
    if seen & (DOT | LETTER) == DOT | LETTER && is_host(body) {
        out.push(Kind::Host.code());
        return;
    }
    let word = body
        .iter()
        .position(|b| !b.is_ascii_alphanumeric())
        .unwrap_or(body.len());
    let word = &body[..word];
    if is_hex(word) || is_random(word) {
        out.push(Kind::Hex.code());
        return;
    }
    if digit == signs {
        out.push(number(body).code());
        return;
    }
    let prefix = &body[..digit - signs];
    if is_name_with_a_digit(body, digit - signs) {
        out.extend_from_slice(body);
        return;
    }
    if let Some(kept) = word_with_a_digit(word) {
        out.extend_from_slice(&body[..kept]);
        if kept < body.len() {
            let join = body[kept];
            out.push(join);
            let behind = &body[kept + 1..];
            self::part(behind, seen_in(behind), out);
        }
        return;
    }
    // `blk_-77` and `blk_77` are the same.
    let prefix = match prefix {
        [head @ .., b'-'] if head.last() == Some(&b'_') => head,
        _ => prefix,
    };
    out.extend_from_slice(prefix);
    out.push(Kind::Num.code());
}

/// What a run of digits and what follows it is: `64`, `2.5KB`, `160ms`, `4-way`.
fn number(body: &[u8]) -> Kind {
    let digits = body
        .iter()
        .position(|&b| !b.is_ascii_digit() && !matches!(b, b'.' | b','))
        .unwrap_or(body.len());
    match unit(&body[digits..]) {
        Some((kind, length)) if digits + length == body.len() => kind,
        _ => Kind::Num,
    }
}

/// Whether `token` begins with a unit, alone or before punctuation: its kind, and how long it is.
pub(super) fn unit(token: &[u8]) -> Option<(Kind, usize)> {
    let length = token
        .iter()
        .position(|b| !b.is_ascii_alphabetic())
        .unwrap_or(token.len());
    let kind = match &token[..length] {
        b"B" | b"KB" | b"kB" | b"MB" | b"GB" | b"TB" | b"PB" | b"KiB" | b"MiB" | b"GiB"
        | b"TiB" | b"Kb" | b"Mb" | b"Gb" => Kind::Size,
        b"ns" | b"us" | b"ms" | b"s" | b"sec" | b"secs" => Kind::Time,
        _ => return None,
    };
    let is_end = |&b: &u8| matches!(b, b',' | b';' | b'.' | b')' | b']' | b'}' | b':' | b'>');
    token[length..].iter().all(is_end).then_some((kind, length))
}

/// Letters, few digits, letters: `log4j`, `k8s`, `Slf4jLogger` are names. Returns the length of
/// such a word.
fn word_with_a_digit(word: &[u8]) -> Option<usize> {
    let digit = word.iter().position(u8::is_ascii_digit)?;
    let behind = word.len() - digit - 1;
    let others_are_letters = word[digit + 1..].iter().all(u8::is_ascii_alphabetic);
    let is_hex = word.iter().all(u8::is_ascii_hexdigit);
    (digit > 0 && behind > 0 && word.len() > 2 && others_are_letters && !is_hex)
        .then_some(word.len())
}

/// The same for longer names: `in6_unlink_ifa`.
fn is_name_with_a_digit(name: &[u8], digit: usize) -> bool {
    let behind = &name[digit + 1..];
    digit > 0
        && name[digit - 1].is_ascii_alphabetic()
        && behind.contains(&b'_')
        && behind.iter().all(|&b| b.is_ascii_alphabetic() || b == b'_')
        && behind.iter().filter(|b| b.is_ascii_alphabetic()).count() >= 3
}

fn is_hex(word: &[u8]) -> bool {
    word.len() >= HEX_DIGITS_MIN
        && word.iter().all(u8::is_ascii_hexdigit)
        && word.iter().any(u8::is_ascii_alphabetic)
        && word.iter().any(u8::is_ascii_digit)
}

/// Whether it is a number of 32 or 64 bits that happens to have no digit from 0 to 9.
pub(super) fn is_hex_of_letters(word: &[u8]) -> bool {
    matches!(word.len(), 8 | 16) && word.iter().all(|b| matches!(b, b'a'..=b'f'))
}

/// Whether letters and digits alternate as they do in random identifiers only.
fn is_random(word: &[u8]) -> bool {
    let changes = word
        .windows(2)
        .filter(|pair| pair[0].is_ascii_digit() != pair[1].is_ascii_digit())
        .count();
    word.len() >= 10 && changes >= 4
}

fn is_uuid(part: &[u8]) -> bool {
    part.len() == 36
        && part.iter().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => *b == b'-',
            _ => b.is_ascii_hexdigit(),
        })
}

fn is_mac(run: &[u8]) -> bool {
    // Of hardware there are longer ones too.
    run.len() >= 17
        && run.len() % 3 == 2
        && run.iter().enumerate().all(|(at, b)| match at % 3 {
            2 => *b == run[2] && matches!(*b, b':' | b'-'),
            _ => b.is_ascii_hexdigit(),
        })
}

fn is_ipv6(run: &[u8]) -> bool {
    let groups = run.split(|&b| b == b':');
    let colons = run.iter().filter(|&&b| b == b':').count();
    let has_gap = run.windows(2).any(|pair| pair == b"::");
    (colons == 7 || (has_gap && colons >= 2))
        && groups
            .into_iter()
            .all(|group| group.len() <= 4 && group.iter().all(u8::is_ascii_hexdigit))
}

/// How long the IPv4 address is that begins `bytes`, with a port or a prefix length; 0 if there is
/// none.
fn ip(bytes: &[u8]) -> usize {
    if !bytes.first().is_some_and(u8::is_ascii_digit) {
        return 0;
    }
    let mut at = 0;
    for nth in 0..4 {
        let digits = digits(&bytes[at..]);
        if !(1..=3).contains(&digits) {
            return 0;
        }
        at += digits;
        if nth < 3 {
            if bytes.get(at) != Some(&b'.') {
                return 0;
            }
            at += 1;
        }
    }
    match bytes.get(at) {
        None => return at,
        Some(b':' | b'/') => {}
        Some(&b) if class::of(b) & (DIGIT | LETTER) != 0 || matches!(b, b'.' | b'-' | b'_') => {
            return 0;
        }
        Some(_) => return at,
    }
    let port = digits(&bytes[at + 1..]);
    let ends = |b: Option<&u8>| b.is_none_or(|&b| class::of(b) & (DIGIT | LETTER) == 0);
    match port {
        1.. if ends(bytes.get(at + 1 + port)) => at + 1 + port,
        _ => at,
    }
}

/// Whether it is the name of a host: it ends as names on the Internet do, and is no name in a
/// program.
fn is_host(name: &[u8]) -> bool {
    let Some(dot) = memchr::memrchr(b'.', name) else {
        return false;
    };
    // The top-level domain excludes nearly everything.
    let labels = 2 + name[..dot].iter().filter(|&&b| b == b'.').count();
    let is_top = match &name[dot + 1..] {
        b"com" | b"net" | b"org" | b"edu" | b"gov" | b"mil" | b"info" | b"biz" | b"local"
        | b"internal" | b"localdomain" | b"lan" | b"arpa" => true,
        top @ [b'a'..=b'z', b'a'..=b'z'] if labels >= 3 => {
            // Also words, or endings of files.
            !matches!(
                top,
                b"id"
                    | b"is"
                    | b"in"
                    | b"to"
                    | b"at"
                    | b"by"
                    | b"my"
                    | b"no"
                    | b"so"
                    | b"me"
                    | b"do"
                    | b"it"
                    | b"be"
                    | b"as"
                    | b"am"
                    | b"io"
                    | b"py"
                    | b"js"
                    | b"ts"
                    | b"sh"
                    | b"rs"
                    | b"cc"
                    | b"md"
                    | b"pl"
                    | b"rb"
                    | b"go"
                    | b"hs"
                    | b"cs"
                    | b"gz"
                    | b"xz"
                    | b"db"
                    | b"ip"
                    | b"os"
                    | b"ui"
            ) || name.iter().any(u8::is_ascii_digit) && labels >= 4
        }
        _ => false,
    };
    if !is_top {
        return false;
    }
    let first = name.split(|&b| b == b'.').next().unwrap_or_default();
    let is_package = matches!(
        first,
        b"com"
            | b"org"
            | b"net"
            | b"io"
            | b"edu"
            | b"gov"
            | b"java"
            | b"javax"
            | b"scala"
            | b"android"
    );
    let is_label = |label: &[u8]| {
        let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        !label.is_empty() && label.iter().all(is_part)
    };
    !is_package && name.split(|&b| b == b'.').all(is_label)
}
