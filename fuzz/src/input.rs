//! Makes cases out of the fuzzer's bytes: patterns that mostly parse, and logs in which they mostly
//! match.

use std::io::{self, Read};

use arbitrary::{Arbitrary, Unstructured};
use logscan::{CaseMode, Context, Extent, Limit, Patterns, Syntax};

use crate::REGEX_BYTES_MAX;

/// The letters of patterns and logs, so that patterns match.
const LETTERS: [&str; 16] = [
    "a", "b", "A", "ab", "1", " ", "_", "-", "\r", "\0", "é", "É", "ſ", "k", "K", "\u{20ac}",
];

/// Repetitions. Look-arounds, classes and groups follow.
const REPEATS: [&str; 8] = ["*", "+", "?", "*?", "+?", "{2}", "{0,2}", "{1,3}?"];
const LOOKS: [&str; 12] = [
    "^",
    "$",
    r"\A",
    r"\z",
    r"\b",
    r"\B",
    "(?m)^",
    "(?m)$",
    r"\b{start}",
    r"\b{end-half}",
    r"(?-u:\b)",
    r"(?-u:\B)",
];
const CLASSES: [&str; 20] = [
    ".",
    "(?s).",
    "(?s-u:.)",
    "(?-u:[^a])",
    "[^a]",
    "[ab]",
    "[a-z]",
    "[^a-z]",
    r"\s",
    r"\S",
    r"\w",
    r"\W",
    r"\d",
    r"[a\n]",
    r"[\r\n]",
    r"[^\r]",
    r"\pL",
    r"\PL",
    r"[[:upper:]]",
    r"(?-u:\xFF)",
];
const GROUPS: [&str; 6] = ["(?:", "(", "(?i:", "(?-i:", "(?-u:", "(?s:"];

/// A pattern as a tree, whose text is always well-formed.
#[derive(Arbitrary, Debug)]
enum Node {
    Letter(u8),
    Class(u8),
    Look(u8),
    Both(Box<(Node, Node)>),
    Either(Box<(Node, Node)>),
    Repeat(Box<Node>, u8),
    Group(u8, Box<Node>),
    Letters(u8, u8, u8),
    Byte(u8),
    Empty,
}

fn pick<'t>(table: &[&'t str], at: u8) -> &'t str {
    table[usize::from(at) % table.len()]
}

impl Node {
    fn write(&self, text: &mut String) {
        match self {
            Node::Letter(at) => text.push_str(pick(&LETTERS, *at)),
            Node::Class(at) => text.push_str(pick(&CLASSES, *at)),
            Node::Look(at) => text.push_str(pick(&LOOKS, *at)),
            Node::Both(both) => {
                both.0.write(text);
                both.1.write(text);
            }
            Node::Either(both) => {
                both.0.write(text);
                text.push('|');
                both.1.write(text);
            }
            Node::Repeat(node, at) => {
                text.push_str("(?:");
                node.write(text);
                text.push(')');
                text.push_str(pick(&REPEATS, *at));
            }
            Node::Group(at, node) => {
                text.push_str(pick(&GROUPS, *at));
                node.write(text);
                text.push(')');
            }
            Node::Letters(a, b, c) => [a, b, c]
                .iter()
                .for_each(|at| text.push_str(pick(&LETTERS, **at))),
            Node::Byte(byte) => text.push_str(&format!(r"(?-u:\x{byte:02X})")),
            Node::Empty => {}
        }
    }
}

/// The text of a pattern or of a fixed string.
#[derive(Arbitrary, Debug)]
pub enum Text {
    /// A text of the grammar above.
    Tree(Tree),
    /// Letters from the table, so that they are in the log.
    Letters(Vec<u8>),
    /// Any bytes.
    Raw(Vec<u8>),
}

/// A pattern of the grammar: see [`Node`].
#[derive(Arbitrary, Debug)]
pub struct Tree(Node);

impl Text {
    /// Returns the pattern as a user would give it.
    pub fn bytes(&self) -> Vec<u8> {
        match self {
            Text::Tree(Tree(node)) => {
                let mut text = String::new();
                node.write(&mut text);
                text.into_bytes()
            }
            Text::Letters(letters) => letters
                .iter()
                .map(|&at| pick(&LETTERS, at))
                .collect::<String>()
                .into_bytes(),
            Text::Raw(bytes) => bytes.clone(),
        }
    }
}

/// The things that are looked for.
#[derive(Arbitrary, Debug)]
pub struct Search {
    first: Text,
    more: Vec<Text>,
    and: Option<Text>,
    not: Option<Text>,
    fixed: bool,
    ignore_case: bool,
    extent: u8,
    small_dfa: bool,
}

impl Search {
    /// Returns the patterns for the engine; `None` if they are too many or too long to be quick.
    pub fn patterns(&self) -> Option<Patterns> {
        let patterns: Vec<Vec<u8>> = std::iter::once(&self.first)
            .chain(self.more.iter().take(3))
            .map(Text::bytes)
            .collect();
        let side = |text: &Option<Text>| text.iter().map(Text::bytes).collect::<Vec<_>>();
        let patterns = Patterns {
            patterns,
            and: side(&self.and),
            not: side(&self.not),
            syntax: if self.fixed {
                Syntax::Fixed
            } else {
                Syntax::Regex
            },
            case: if self.ignore_case {
                CaseMode::Insensitive
            } else {
                CaseMode::Sensitive
            },
            extent: match self.extent % 4 {
                0 | 1 => Extent::Anywhere,
                2 => Extent::Word,
                _ => Extent::Line,
            },
            regex_bytes_max: REGEX_BYTES_MAX,
            dfa_bytes_max: self.small_dfa.then_some(4 << 10),
        };
        let all = [&patterns.patterns, &patterns.and, &patterns.not];
        let bytes: usize = all.into_iter().flatten().map(Vec::len).sum();
        (bytes <= 200).then_some(patterns)
    }
}

/// Context and limit, small or absurd.
#[derive(Arbitrary, Debug)]
pub struct Around {
    context: u8,
    before: u8,
    after: u8,
    limit: u8,
    most: u8,
}

impl Around {
    /// Returns which lines are shown besides hits.
    pub fn context(&self) -> Context {
        match self.context % 4 {
            0 => Context::None,
            1 => Context::All,
            _ => Context::Lines {
                before: small_or_huge(self.before),
                after: small_or_huge(self.after),
            },
        }
    }

    /// Returns how many hits count.
    pub fn limit(&self) -> Limit {
        match self.limit % 4 {
            0 | 1 => Limit::All,
            2 => Limit::First(small_or_huge(self.most)),
            _ => Limit::Last(small_or_huge(self.most)),
        }
    }
}

fn small_or_huge(number: u8) -> u64 {
    match number {
        255 => u64::MAX,
        254 => u64::MAX - 1,
        number => u64::from(number % 16),
    }
}

/// A log: raw bytes, or letters from the table and line ends. It takes all bytes that are left, so
/// it comes last.
#[derive(Debug)]
pub struct Log(pub Vec<u8>);

impl<'a> Arbitrary<'a> for Log {
    fn arbitrary(u: &mut Unstructured<'a>) -> arbitrary::Result<Log> {
        let length = u.len();
        Log::from_bytes(u.bytes(length)?)
    }

    fn arbitrary_take_rest(u: Unstructured<'a>) -> arbitrary::Result<Log> {
        Log::from_bytes(u.take_rest())
    }
}

impl Log {
    fn from_bytes(bytes: &[u8]) -> arbitrary::Result<Log> {
        let Some((kind, rest)) = bytes.split_first() else {
            return Ok(Log(Vec::new()));
        };
        if kind % 4 == 0 {
            return Ok(Log(rest.into()));
        }
        let mut log = Vec::new();
        for &byte in rest {
            match byte % 24 {
                at @ 0..16 => log.extend_from_slice(LETTERS[usize::from(at)].as_bytes()),
                16..20 => log.push(b'\n'),
                20 => log.extend_from_slice(b"\r\n"),
                21 => log.push(b'\xff'),
                22 => log.push(b'\xc3'),
                // There are long lines, and many short ones.
                _ => log.extend(std::iter::repeat_n(
                    if byte < 128 { b'a' } else { b'\n' },
                    usize::from(byte % 64),
                )),
            }
        }
        Ok(Log(log))
    }
}

/// Returns a reader that returns as many bytes at a time as the steps say, again and again. A step
/// of 0 is an interruption.
pub fn reader(log: Vec<u8>, steps: Vec<u8>) -> impl Read + Send + 'static {
    Drip {
        log: io::Cursor::new(log),
        steps,
        at: 0,
    }
}

struct Drip {
    log: io::Cursor<Vec<u8>>,
    steps: Vec<u8>,
    at: usize,
}

impl Read for Drip {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let step = match self.steps.len() {
            0 => 255,
            steps => self.steps[self.at % steps],
        };
        self.at += 1;
        let is_interruption = step == 0 && self.steps.iter().any(|&step| step > 0);
        if is_interruption {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let most = usize::from(step.max(1)).min(buffer.len());
        self.log.read(&mut buffer[..most])
    }
}
