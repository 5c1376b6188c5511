//! Where a failure begins and ends, seen from the line that a rule matched.

use super::{
    around::Around,
    provider::{Mark, Provider},
    rules::{BlockExtent, Rule},
};

/// How many lines before its first line may belong to a block.
const LEAD_LINES_MAX: isize = 40;

/// How many blank lines may stand inside of an indented block.
const BLANK_LINES_MAX: isize = 2;

/// The lines of a block, relative to the line that the rule matched; `first <= 0 <= last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) first: isize,
    pub(crate) last: isize,
}

/// A line as far as it matters for a block.
struct BlockLine<'a> {
    text: &'a [u8],
    indent: usize,
    is_blank: bool,
}

impl<'a> BlockLine<'a> {
    fn new(text: &'a [u8]) -> BlockLine<'a> {
        let text = text.trim_ascii_end();
        let indent = text
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        BlockLine {
            text,
            indent,
            is_blank: text.is_empty(),
        }
    }
}

/// The block around line 0, which `rule` matched.
pub(crate) fn block(around: &Around, rule: &Rule, provider: Provider) -> Block {
    let first = first_line(around, rule, provider);
    let last = last_line(around, rule, provider);
    Block { first, last }
}

fn first_line(around: &Around, rule: &Rule, provider: Provider) -> isize {
    let Some(lead) = &rule.lead else {
        return 0;
    };
    let mut buffer = Vec::new();
    let mut first = 0;
    for nth in (-LEAD_LINES_MAX..0).rev() {
        let Some(shown) = around.shown(nth, &mut buffer) else {
            break;
        };
        if is_mark(around, provider, nth) || !lead.is_match(shown.trim_ascii_end()) {
            break;
        }
        // Blank lines may stand between, but lead to nothing.
        if !shown.trim_ascii().is_empty() {
            first = nth;
        }
    }
    first
}

fn last_line(around: &Around, rule: &Rule, provider: Provider) -> isize {
    if rule.extent == BlockExtent::Line && rule.also.is_none() {
        return 0;
    }
    let mut head_buffer = Vec::new();
    let mut buffer = Vec::new();
    let head_indent = around
        .shown(0, &mut head_buffer)
        .map_or(0, |shown| BlockLine::new(shown).indent);
    let lines_max = isize::try_from(rule.lines_max).unwrap_or(isize::MAX);
    // The last line that is not blank, and how many blank ones follow it.
    let mut last = 0;
    let mut blanks = 0;
    for nth in 1..lines_max {
        let Some(shown) = around.shown(nth, &mut buffer) else {
            break;
        };
        let line = BlockLine::new(shown);
        if is_mark(around, provider, nth) {
            break;
        }
        if rule
            .through
            .as_ref()
            .is_some_and(|through| through.is_match(line.text))
        {
            return nth;
        }
        if rule
            .until
            .as_ref()
            .is_some_and(|until| until.is_match(line.text))
        {
            break;
        }
        if line.is_blank {
            blanks += 1;
            let is_over = match rule.extent {
                BlockExtent::Line | BlockExtent::Block => true,
                BlockExtent::Indent => blanks > BLANK_LINES_MAX,
                BlockExtent::Section => {
                    blanks >= BLANK_LINES_MAX && rule.until.is_none() && rule.through.is_none()
                }
            };
            if is_over {
                break;
            }
            continue;
        }
        let is_part = match rule.extent {
            BlockExtent::Line => false,
            BlockExtent::Indent => line.indent > head_indent || is_frame(line.text),
            BlockExtent::Block | BlockExtent::Section => true,
        };
        if !is_part
            && !rule
                .also
                .as_ref()
                .is_some_and(|also| also.is_match(line.text))
        {
            break;
        }
        blanks = 0;
        last = nth;
    }
    last
}

/// How Python says between two traces that the second came of the first.
const CHAINS: [&[u8]; 2] = [
    b"During handling of the above exception",
    b"The above exception was the direct cause",
];

/// Whether the first lines say that the failure goes on with what stands above them.
pub(crate) fn goes_on(around: &Around, block: Block) -> bool {
    let mut buffer = Vec::new();
    (block.first..=0).any(|nth| {
        around.shown(nth, &mut buffer).is_some_and(|shown| {
            let shown = shown.trim_ascii_start();
            CHAINS.iter().any(|chain| shown.starts_with(chain))
        })
    })
}

/// Words in the title of a list whose entries do not count.
const ALLOWANCES: [&str; 8] = [
    "white-listed",
    "whitelisted",
    "allow-listed",
    "allowlisted",
    "allowed",
    "ignored",
    "known",
    "tolerated",
];

/// How far above an entry the title of its list is looked for.
const TITLE_LINES_MAX: isize = 30;

/// Whether line 0 is in a list whose title says that its entries do not count: `White-listed
/// links`, `> White listed:`, `Known failures:`.
pub(crate) fn is_under_an_allowance(around: &Around) -> bool {
    let mut buffer = Vec::new();
    let indent = around
        .shown(0, &mut buffer)
        .map_or(0, |shown| BlockLine::new(shown).indent);
    if indent == 0 {
        return false;
    }
    for nth in (-TITLE_LINES_MAX..0).rev() {
        let Some(shown) = around.shown(nth, &mut buffer) else {
            return false;
        };
        let line = BlockLine::new(shown);
        if line.is_blank || line.indent >= indent {
            continue;
        }
        let title = line.text.to_ascii_lowercase();
        let words = title.split(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-');
        let first: Vec<&[u8]> = words.filter(|word| !word.is_empty()).take(2).collect();
        let is_allowance = |word: &[u8]| ALLOWANCES.iter().any(|one| one.as_bytes() == word);
        return first.iter().any(|word| is_allowance(word)) || is_allowance(&first.concat());
    }
    false
}

/// Whether line `nth` is the CI system's own.
pub(crate) fn is_mark(around: &Around, provider: Provider, nth: isize) -> bool {
    let mut buffer = Vec::new();
    let Some(raw) = around.raw(nth) else {
        return false;
    };
    let shown = around.shown(nth, &mut buffer).unwrap_or_default();
    matches!(
        provider.mark(raw, shown),
        Some(
            Mark::Job(_)
                | Mark::Start(_)
                | Mark::End
                | Mark::Exit(_)
                | Mark::Final(_)
                | Mark::Cancelled
                | Mark::Aftermath(_)
        )
    )
}

/// Whether a line is a stack frame, or holds stack frames together, in one of the usual languages.
fn is_frame(text: &[u8]) -> bool {
    let text = text.trim_ascii_start();
    const HEADS: [&[u8]; 7] = [
        b"at ",
        b"Caused by:",
        b"Suppressed:",
        b"... ",
        b"from ",
        b"File \"",
        b"goroutine ",
    ];
    HEADS.iter().any(|head| text.starts_with(head))
}
