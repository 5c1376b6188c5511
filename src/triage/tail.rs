//! What a command that failed wrote last. Where no rule knows the failure, this is the best guess.
//!
//! ```text
//! $ ./check-changes            <- the echo of the command ends it
//! ok 43 - parser               <- so does a line of progress or of a passing test
//! no entry for 3.1.0           \ the tail, at most LINES_MAX lines
//! see CHANGES.md               /  its last line is the headline
//! make: *** [check] Error 1    <- what wraps the command says nothing new
//! exited with 2                <- the exit line, line 0
//! ```

use super::{
    around::Around,
    block::is_mark,
    provider::{Mark, Provider},
    rules::Rules,
};

/// How many lines a tail has at most.
const LINES_MAX: isize = 9;

/// How many lines of wrappers, and of an exit report, may stand between the tail and the exit line.
const WRAPPER_LINES_MAX: isize = 60;

/// The lines of a tail, relative to the exit line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tail {
    pub(crate) first: isize,
    pub(crate) last: isize,
    /// The last line that has a word in it.
    pub(crate) headline: isize,
    /// Whether something between it and the exit line says that a command has failed.
    pub(crate) is_wrapped: bool,
}

/// The end of the command whose exit line is line 0.
pub(crate) fn tail(around: &Around, rules: &Rules, provider: Provider) -> Option<Tail> {
    let lines = TailLines {
        around,
        rules,
        provider,
    };
    let mut last = lines.report_start() - 1;
    let least = last - WRAPPER_LINES_MAX;
    let mut is_wrapped = false;
    while last > least && lines.is_wrapper(last)? {
        if lines.is_echo(last) {
            return None;
        }
        is_wrapped |= lines.text(last, |text| rules.is_symptom(text)) == Some(true);
        last -= 1;
    }
    let mut first = last;
    let mut blank = false;
    for nth in (last - LINES_MAX + 1..last).rev() {
        if lines.is_border(nth) {
            break;
        }
        let Some(is_blank) = lines.text(nth, |text| text.trim_ascii().is_empty()) else {
            break;
        };
        // A paragraph is enough, if it is more than a line.
        if is_blank && !blank && last - first >= PARAGRAPH_LINES_MIN - 1 {
            break;
        }
        blank = is_blank;
        if !is_blank {
            first = nth;
        }
    }
    first = lines.list_start(last, first);
    let headline = (first..=last)
        .rev()
        .find(|&nth| lines.text(nth, has_word) == Some(true))
        .unwrap_or(last);
    Some(Tail {
        first,
        last,
        headline,
        is_wrapped,
    })
}

/// The lines above an exit line, of a command that wrote nothing: its echo, if there is one, and
/// the exit line.
pub(crate) fn echo(around: &Around, provider: Provider) -> Tail {
    let mut buffer = Vec::new();
    let mut first = 0;
    let mut headline = 0;
    for nth in (1 - LINES_MAX..0).rev() {
        if is_mark(around, provider, nth) || around.raw(nth).is_none() {
            break;
        }
        let shown = around.shown(nth, &mut buffer).unwrap_or_default();
        let is_command = has_word(shown) && !shown.starts_with(b"##[");
        if headline == 0 && is_command {
            headline = nth;
        }
        first = nth;
    }
    Tail {
        first,
        last: 0,
        headline,
        is_wrapped: true,
    }
}

/// A tail of so many lines ends at the blank line above it.
const PARAGRAPH_LINES_MIN: isize = 3;

struct TailLines<'a> {
    around: &'a Around,
    rules: &'a Rules,
    provider: Provider,
}

impl TailLines<'_> {
    fn text<T>(&self, nth: isize, ask: impl FnOnce(&[u8]) -> T) -> Option<T> {
        let mut buffer = Vec::new();
        self.around.shown(nth, &mut buffer).map(ask)
    }

    /// The first line of the exit report. It has several if the command has: `The command "a`, `b"
    /// exited with 1.`.
    fn report_start(&self) -> isize {
        let begins = |nth| self.text(nth, |text| text.starts_with(b"The command \""));
        let is_rest = self.text(0, |text| {
            let is_exit = memchr::memmem::find(text, b"\" exited with ").is_some();
            is_exit && !text.starts_with(b"The command \"")
        });
        if is_rest != Some(true) {
            return 0;
        }
        (-WRAPPER_LINES_MAX..0)
            .rev()
            .find(|&nth| begins(nth) == Some(true))
            .unwrap_or(0)
    }

    /// Where the list begins that ends with `last`: lines of one form, which begin with the same
    /// word. `first`, if the last line stands alone.
    fn list_start(&self, last: isize, first: isize) -> isize {
        let word = |nth| self.text(nth, |text| first_word(text).map(<[u8]>::to_vec));
        let Some(Some(form)) = word(last) else {
            return first;
        };
        let alike = (first..last)
            .rev()
            .take_while(|&nth| word(nth).flatten().is_some_and(|word| word == form));
        alike.last().unwrap_or(first)
    }

    /// Whether a line says nothing but that something above has failed, or nothing at all. None
    /// where the log begins.
    fn is_wrapper(&self, nth: isize) -> Option<bool> {
        let is_nothing = self.text(nth, |text| is_ruler(text) || self.rules.is_wrapper(text))?;
        Some(is_nothing || self.is_own(nth) || self.is_echo(nth))
    }

    /// Whether a line is the CI system's.
    fn is_own(&self, nth: isize) -> bool {
        if is_mark(self.around, self.provider, nth) {
            return true;
        }
        let mut buffer = Vec::new();
        let shown = self.around.shown(nth, &mut buffer).unwrap_or_default();
        self.around
            .raw(nth)
            .is_some_and(|raw| self.provider.mark(raw, shown) == Some(Mark::Echo))
    }

    /// Whether a line is above the output of the command, or above what matters of it.
    fn is_border(&self, nth: isize) -> bool {
        self.is_echo(nth)
            || self
                .text(nth, |text| self.rules.is_progress(text))
                .unwrap_or(true)
            || self.is_own(nth)
    }

    /// Whether a line says which command runs, or is the last one of those that do.
    fn is_echo(&self, nth: isize) -> bool {
        const HEADS: [&[u8]; 5] = [b"$ ", b"> ", b"+ ", b"++ ", b"##[endgroup]"];
        let is_echo = |text: &[u8]| HEADS.iter().any(|head| text.starts_with(head));
        self.text(nth, is_echo) == Some(true)
    }
}

/// Whether a line has no letter and no digit: it is blank, or separates what stands around it.
fn is_ruler(text: &[u8]) -> bool {
    text.iter()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric())
}

/// Whether three letters stand together: what has none is the border of a table, or a mark below a
/// line of code.
fn has_word(text: &[u8]) -> bool {
    text.windows(3).any(|three| {
        three
            .iter()
            .all(|byte| byte.is_ascii_alphabetic() || *byte >= 0xc3)
    })
}

/// The first word of a line, if it is one of three letters or more.
fn first_word(text: &[u8]) -> Option<&[u8]> {
    let word = text
        .split(|byte| byte.is_ascii_whitespace())
        .find(|word| !word.is_empty())?;
    has_word(word).then_some(word)
}
