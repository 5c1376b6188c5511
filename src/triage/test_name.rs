//! What a test that failed is called, and whether a line names it.

use std::hash::{Hash, Hasher};

/// A shorter name may be a part of anything.
const NAME_BYTES_MIN: usize = 8;

/// How much of a line is looked at.
const LINE_BYTES_MAX: usize = 400;

/// Words before the name of a test that are no part of it.
const WORDS_BEFORE: [&[u8]; 6] = [b"FAILED", b"FAIL", b"ERROR", b"test", b"failed", b"not ok"];

/// The name of a test that failed.
#[derive(Clone, Debug)]
pub(crate) struct TestName {
    name: Vec<u8>,
    head: Vec<u8>,
}

/// Two names are the same wherever they stand.
impl PartialEq for TestName {
    fn eq(&self, other: &TestName) -> bool {
        self.name == other.name
    }
}

impl Eq for TestName {}

impl Hash for TestName {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl TestName {
    /// The name in the line `head`: what a rule has captured of it, or the whole line.
    pub(crate) fn new(head: &[u8], captured: Option<&str>) -> TestName {
        let name = captured.map_or(head, str::as_bytes);
        TestName {
            name: TestName::unified(identifier(name.trim_ascii())),
            head: TestName::unified(head),
        }
    }

    /// The name in a line of a list, behind which a line in the source may stand:
    /// `TaxTest.vat:14 expected: <7>`.
    pub(crate) fn listed(head: &[u8], said: &str) -> TestName {
        let place = said.match_indices(':').map(|(at, _)| at).find(|&at| {
            let behind = said.as_bytes().get(at + 1);
            behind.is_some_and(u8::is_ascii_digit)
        });
        TestName::new(head, Some(&said[..place.unwrap_or(said.len())]))
    }

    /// The line that it stands in.
    pub(crate) fn head(&self) -> &[u8] {
        &self.head
    }

    /// A line in which `Tax::vat` is written as `Tax.vat`, as in the name.
    pub(crate) fn unified(line: &[u8]) -> Vec<u8> {
        let line = &line[..line.len().min(LINE_BYTES_MAX)];
        let mut unified = Vec::with_capacity(line.len());
        let mut at = 0;
        while at < line.len() {
            let is_path = line[at..].starts_with(b"::");
            unified.push(if is_path { b'.' } else { line[at] });
            at += if is_path { 2 } else { 1 };
        }
        unified
    }

    /// Whether a line of a unified text names the test: the name stands in it as a whole. `adds
    /// numbers` is not in `never adds numbers`, nor in `adds numbers twice`.
    pub(crate) fn is_in(&self, text: &[u8]) -> bool {
        let name = self.name.as_slice();
        name.len() >= NAME_BYTES_MIN
            && memchr::memmem::find_iter(text, name).any(|at| {
                let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |at| at + 1);
                let behind = &text[at + name.len()..];
                let end = memchr::memchr(b'\n', behind).unwrap_or(behind.len());
                starts_behind(&text[start..at]) && ends_before(&behind[..end])
            })
    }

    /// Whether another test is one of those inside of it: `TestTax/half` is in `TestTax`.
    pub(crate) fn holds(&self, other: &TestName) -> bool {
        let inner = other.name.strip_prefix(self.name.as_slice());
        inner.is_some_and(|inner| inner.starts_with(b"/"))
    }
}

/// The first word if it can only be a name and more follows it: `testVat` of `testVat, 19 is not
/// 7`.
fn identifier(name: &[u8]) -> &[u8] {
    const JOINTS: [&[u8]; 5] = [b", ", b" - ", b": ", b" (", b" ["];
    let is_end = |at: &usize| JOINTS.iter().any(|joint| name[*at..].starts_with(joint));
    match (NAME_BYTES_MIN..name.len()).find(is_end) {
        Some(end) if !name[..end].contains(&b' ') => &name[..end],
        _ => name,
    }
}

/// Whether a name can begin behind a text.
fn starts_behind(before: &[u8]) -> bool {
    match before {
        [.., last] if is_of_word(*last) => false,
        [.., word, b' '] if word.is_ascii_alphanumeric() => {
            let before = before.trim_ascii();
            WORDS_BEFORE.iter().any(|word| before.ends_with(word))
        }
        _ => true,
    }
}

/// Whether a name can end before a text.
fn ends_before(behind: &[u8]) -> bool {
    match behind {
        [first, ..] if is_of_word(*first) => false,
        [b' ', second, ..] => !second.is_ascii_lowercase() && !second.is_ascii_digit(),
        // Another case of the same test, or a test inside of it.
        [b'[' | b'/' | b'.', second, ..] => !is_of_word(*second),
        _ => true,
    }
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_only_as_a_whole() {
        let name = TestName::new(b"", Some("adds numbers"));
        for line in [
            "adds numbers",
            "  ✗ adds numbers (3 ms)",
            "FAILED adds numbers - AssertionError",
            "test adds numbers ... FAILED",
            "Calculator > adds numbers",
            "tests/a.py.adds numbers",
            "x\nadds numbers\ntwice",
        ] {
            assert!(name.is_in(line.as_bytes()), "{line}");
        }
        for line in [
            "never adds numbers",
            "adds numbers twice",
            "adds numbers[2]",
            "adds numbers/large",
            "xadds numbers",
            "adds numbers_x",
        ] {
            assert!(!name.is_in(line.as_bytes()), "{line}");
        }
    }

    #[test]
    fn a_name_ends_where_the_message_begins() {
        let name = |text: &str| {
            let name = TestName::new(b"", Some(text)).name;
            String::from_utf8(name).unwrap()
        };
        assert_eq!(
            name("testRoundsHalfUp, XCTAssertTrue failed"),
            "testRoundsHalfUp"
        );
        assert_eq!(name("Tax::rounds_half_up"), "Tax.rounds_half_up");
        assert_eq!(
            name("rounds half up - with care"),
            "rounds half up - with care"
        );
    }
}
