//! Lines one after the other with their numbers, as many as fit a budget.
//!
//! ```text
//! a.zip!job/test.log:
//!    2750 | npm ERR! code 1
//!    2751 | npm ERR! path /src/web
//! left out: the lines from 2752 on; logscan --lines 2752-2800 --budget 200 a.zip!job/test.log prints more
//! ```

use std::path::{Path, PathBuf};

use super::each_line::Runs;
use crate::{
    budget::{Budget, PageOptions, Purse, elided},
    error::{Error, Name},
    harmless::{for_programs, log_argument, on_one_line},
    line::to_u64,
    scan::{Fold, LineRanges, Lines, Values},
};

/// How many bytes of all lines are kept, with [`LINE_BYTES`] for each.
const ALL_BYTES_MAX: u64 = 64 << 20;

/// What a line costs besides its text.
const LINE_BYTES: u64 = 32;

/// How many characters of a line are printed in any case.
const LINE_CHARS_MIN: usize = 280;

/// How many ranges of lines the last line of a page advises, if not all fit.
const RANGES_ADVISED: usize = 4;

/// What a number and its signs cost at least, in characters.
const ROW_CHARS_MIN: u64 = 11;

/// Keeps lines with their numbers, and prints as many as fit a budget: a [`Fold`] over a scan with
/// [`line_numbers`](crate::Scan::line_numbers).
///
/// At most 64 MiB of lines are kept, and as many that wait for their turn.
///
/// ```
/// use logscan::{
///     Budget, Limit, Matcher, Patterns, Progress, Scan, Source, Workers, scan, sink::NumberedLines,
/// };
/// let mut lines = NumberedLines::new(Budget::Tokens(200));
/// let numbers: scan::LineRanges = "2-3".parse().expect("this is a range");
/// let scan = Scan {
///     lines: Some(numbers.clone()),
///     line_numbers: true,
///     limit: Limit::First(lines.lines_max()),
///     ..Scan::new(Matcher::new(&Patterns::new(""))?)
/// };
/// let mut source = Source::from_bytes("log".as_ref(), b"one\ntwo\nthree\n".to_vec());
/// scan::run(&scan, &mut source, &Workers::new(0), &Progress::new(), &mut lines)?.into_result()?;
/// let page = lines.page(&Budget::Tokens(200).into(), &numbers);
/// assert_eq!(page, "      2 | two\n      3 | three\n");
/// # Ok::<(), logscan::Error>(())
/// ```
#[derive(Debug)]
pub struct NumberedLines {
    /// No page has a larger budget.
    budget_max: Budget,
    /// The inputs with lines that are kept.
    inputs: Vec<KeptInput>,
    lines: u64,
    bytes: u64,
    /// The input that is scanned, until the first of its lines comes.
    path: Option<PathBuf>,
    /// How many inputs have been begun.
    begun: u64,
    has_archives: bool,
    /// How many inputs have lines of which none is kept.
    not_kept: u64,
}

/// The lines of one input, with their numbers.
#[derive(Debug)]
struct KeptInput {
    path: PathBuf,
    lines: Vec<(u64, Vec<u8>)>,
    /// The number of the first line that is not kept.
    next: Option<u64>,
}

impl NumberedLines {
    /// Creates a sink for pages with budgets of at most `budget_max`.
    pub fn new(budget_max: Budget) -> NumberedLines {
        NumberedLines {
            budget_max,
            inputs: Vec::new(),
            lines: 0,
            bytes: 0,
            path: None,
            begun: 0,
            has_archives: false,
            not_kept: 0,
        }
    }

    /// Returns how many lines of an input are needed to fill any page, and to know that there are
    /// more: the [`limit`](crate::Scan::limit) of a scan.
    pub fn lines_max(&self) -> u64 {
        match self.budget_max {
            Budget::Lines(lines) => lines.saturating_add(1),
            budget @ (Budget::Tokens(_) | Budget::Bytes(_)) => budget.limit() / ROW_CHARS_MIN + 1,
        }
    }

    /// Returns a page of the lines that fit. Its last line says what was left out of the lines with
    /// the numbers `asked`, if anything was, and how to get it.
    pub fn page(&self, options: &PageOptions, asked: &LineRanges) -> String {
        let whole = NumberedPage::whole(options.budget);
        let (page, left_out) = self.fill(whole);
        if left_out.is_none() {
            return page.text;
        }
        let (mut page, left_out) = self.fill(NumberedPage::new(options.budget));
        let feet = match left_out {
            Some(left_out) => left_out.feet(options, asked),
            None => page.feet_of_cut(),
        };
        page.purse.finish(&mut page.text, &feet);
        page.text
    }

    /// Adds lines to an empty page, until it is full.
    fn fill(&self, mut page: NumberedPage) -> (NumberedPage, Option<LinesLeft<'_>>) {
        let has_names = self.has_archives || self.begun > 1;
        for (nth, input) in self.inputs.iter().enumerate() {
            if has_names {
                page.begin(&Name(&input.path).to_string());
            }
            let lines = input.lines.iter();
            let mut not_shown = lines.skip_while(|(number, line)| {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                page.add(*number, line)
            });
            if let Some(next) = not_shown.next().map(|(number, _)| *number).or(input.next) {
                let left_out = LinesLeft {
                    path: &input.path,
                    next,
                    behind: to_u64(self.inputs.len() - nth - 1) + self.not_kept,
                    behind_path: self.inputs.get(nth + 1).map(|input| &*input.path),
                };
                return (page, Some(left_out));
            }
        }
        (page, None)
    }

    fn keep(&mut self, number: u64, line: &[u8]) {
        if let Some(path) = self.path.take() {
            if self.inputs.last().is_some_and(|input| input.next.is_some()) {
                self.not_kept += 1;
                return;
            }
            self.inputs.push(KeptInput {
                path,
                lines: Vec::new(),
                next: None,
            });
        }
        let lines_max = self.lines_max();
        let Some(input) = self.inputs.last_mut().filter(|input| input.next.is_none()) else {
            return;
        };
        let bytes = to_u64(line.len()) + LINE_BYTES;
        if self.lines == lines_max || self.bytes + bytes > ALL_BYTES_MAX {
            input.next = Some(number);
            return;
        }
        self.lines += 1;
        self.bytes += bytes;
        input.lines.push((number, line.to_vec()));
    }
}

/// What is not on a page.
struct LinesLeft<'p> {
    /// The input whose lines are not all there.
    path: &'p Path,
    /// The number of its first line that is left out.
    next: u64,
    /// How many other inputs have lines.
    behind: u64,
    /// The first of them, if its lines are kept.
    behind_path: Option<&'p Path>,
}

impl LinesLeft<'_> {
    /// Last lines that say it, the best one first.
    fn feet(&self, options: &PageOptions, asked: &LineRanges) -> Vec<String> {
        let next = self.next;
        let others = match self.behind {
            0 => String::new(),
            1 => " and 1 more log".into(),
            logs => format!(" and {logs} more logs"),
        };
        let name = |path: &Path| for_programs(&on_one_line(&Name(path).to_string()));
        let named_others = match (self.behind, self.behind_path) {
            (1, Some(path)) => format!(" and those of {}", name(path)),
            (_, Some(path)) => format!("{others}, the next is {}", name(path)),
            (_, None) => others.clone(),
        };
        let left_out = |others: &str| format!("left out: the lines from {next} on{others}");
        let plain = [&named_others, &others].map(|others| left_out(others) + "\n");
        let rest = asked.starting_at(next);
        let Some((flags, rest)) = options.flags.as_ref().zip(rest) else {
            return plain.to_vec();
        };
        let budget = options.budget;
        let advised = |others: &str, ranges_max: usize, log: &str| {
            let numbers = rest.first(ranges_max);
            let what = if numbers == rest { "more" } else { "the next" };
            let command = format!("logscan {flags}--lines {numbers} --budget {budget} {log}");
            format!("{}; {command} prints {what}\n", left_out(others))
        };
        let log = log_argument(options.one_log.as_deref(), self.path);
        // One word does not stand for the files of one log.
        let any = options.one_log.is_none().then(|| "FILE".to_owned());
        let mut feet = Vec::new();
        for log in log.into_iter().chain(any) {
            feet.push(advised(&named_others, usize::MAX, &log));
            feet.push(advised(&others, usize::MAX, &log));
            feet.push(advised(&others, RANGES_ADVISED, &log));
        }
        feet.extend(plain);
        feet
    }
}

impl Fold for NumberedLines {
    type Worker = Runs;
    type Value = Runs;

    fn worker(&self) -> Runs {
        Runs::default()
    }

    fn lines(
        kept: &mut Runs,
        lines: &Lines<'_>,
        values: &mut Values<'_, '_, Runs>,
    ) -> Result<(), Error> {
        kept.add(lines, values)
    }

    fn value(kept: &mut Runs) -> Option<Runs> {
        kept.take()
    }

    fn fold(&mut self, kept: Runs) -> Result<(), Error> {
        kept.each(&mut |line| {
            self.keep(line.line_number.unwrap_or(0), line.bytes);
            Ok(())
        })
    }

    fn begin(&mut self, path: &Path) {
        self.path = Some(path.into());
        self.begun += 1;
    }

    fn opens_archive(&mut self) {
        self.has_archives = true;
    }
}

/// A page of numbered lines that never passes its budget.
#[derive(Debug)]
struct NumberedPage {
    purse: Purse,
    text: String,
    /// The name of an input, for above its first line.
    heading: String,
    is_full: bool,
    /// Whether lines are added as they are, however long.
    is_whole: bool,
    /// How many lines have been cut.
    cut: u64,
}

impl NumberedPage {
    /// Creates an empty page with room for a last line.
    fn new(budget: Budget) -> NumberedPage {
        NumberedPage {
            purse: Purse::new(budget),
            text: String::new(),
            heading: String::new(),
            is_full: false,
            is_whole: false,
            cut: 0,
        }
    }

    /// Creates an empty page that is full if not every line fits as it is.
    fn whole(budget: Budget) -> NumberedPage {
        NumberedPage {
            purse: Purse::whole(budget),
            is_whole: true,
            ..NumberedPage::new(budget)
        }
    }

    /// Last lines that say that lines have been cut.
    fn feet_of_cut(&self) -> Vec<String> {
        match self.cut {
            0 => Vec::new(),
            1 => vec!["left out: the middle of 1 line; a larger budget shows more\n".into()],
            lines => vec![format!(
                "left out: the middle of {lines} lines; a larger budget shows more\n"
            )],
        }
    }

    /// Names the input of the lines that are added next. The name stands above the first of them.
    fn begin(&mut self, name: &str) {
        self.heading = format!("{}:\n", for_programs(&on_one_line(name)));
    }

    /// Adds a line. A line may take a half of what is left, and the middle of a longer one is left
    /// out. Returns whether the line fits. If it does not, no other line is added.
    fn add(&mut self, number: u64, line: &[u8]) -> bool {
        if self.is_full {
            return false;
        }
        let left = usize::try_from(self.purse.left()).unwrap_or(usize::MAX);
        let mut chars_max = match self.purse.budget() {
            Budget::Lines(_) => LINE_CHARS_MIN,
            // Four bytes are one character at the least.
            Budget::Tokens(_) | Budget::Bytes(_) if self.is_whole && line.len() / 4 > left => {
                self.is_full = true;
                return false;
            }
            Budget::Tokens(_) | Budget::Bytes(_) if self.is_whole => left,
            Budget::Tokens(_) | Budget::Bytes(_) => (left / 2).max(LINE_CHARS_MIN),
        };
        let heading = std::mem::take(&mut self.heading);
        let line = String::from_utf8_lossy(line);
        let row = |chars_max| {
            let text = elided(&line, chars_max);
            let text = for_programs(&on_one_line(&text));
            format!("{heading}{number:>7} | {text}\n")
        };
        let mut text = row(chars_max);
        // Characters may take more bytes than one, and are shown as several if they act on readers.
        // The first line has to fit, or nobody would ever get it.
        let can_be_cut = !self.is_whole && self.text.is_empty();
        while can_be_cut && chars_max > 0 && !self.purse.has(&text) {
            chars_max /= 2;
            text = row(chars_max);
        }
        self.is_full = !self.purse.pay(&text);
        if !self.is_full {
            self.text.push_str(&text);
            self.cut += u64::from(elided(&line, chars_max) != line);
        }
        !self.is_full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inputs with lines of some lengths, as a scan would give them.
    fn lines(budget_max: Budget, inputs: &[(&str, &[usize])]) -> NumberedLines {
        let mut lines = NumberedLines::new(budget_max);
        for (path, lengths) in inputs {
            lines.begin(path.as_ref());
            for (number, &length) in (1..).zip(*lengths) {
                lines.keep(number, &vec![b'x'; length]);
            }
        }
        lines
    }

    #[test]
    fn the_last_line_says_what_is_left_out_and_how_to_get_it() {
        let asked: LineRanges = "1-3,8".parse().unwrap();
        let inputs: [(&str, &[usize]); 4] = [
            ("a.log", &[2, 1]),
            ("none.log", &[]),
            ("b c.log", &[1, 1, 1]),
            ("d.log", &[1]),
        ];
        let lines = lines(Budget::Lines(20), &inputs);
        let page = |size| lines.page(&Budget::Lines(size).into(), &asked);
        let head = "a.log:\n      1 | xx\n      2 | x\nb c.log:\n      1 | x\n";
        let foot = "left out: the lines from 2 on and those of d.log; \
                    logscan --lines 2-3,8 --budget 6lines \"b c.log\" prints more\n";
        assert_eq!(page(6), format!("{head}{foot}"));
        let all = "      2 | x\n      3 | x\nd.log:\n      1 | x\n";
        // Nothing is left out, so no line need say so.
        assert_eq!(page(9), format!("{head}{all}"));
        let nothing = NumberedLines::new(Budget::Lines(5));
        assert_eq!(nothing.page(&Budget::Lines(5).into(), &asked), "");
    }

    #[test]
    fn lines_for_which_there_is_no_memory_are_left_out_aloud() {
        let asked: LineRanges = "1-".parse().unwrap();
        let huge = usize::try_from(ALL_BYTES_MAX).unwrap() - 40;
        let inputs: [(&str, &[usize]); 3] =
            [("a.log", &[huge, 9]), ("b.log", &[1]), ("c.log", &[1])];
        let lines = lines(Budget::Tokens(1000), &inputs);
        let page = lines.page(&Budget::Tokens(1000).into(), &asked);
        let foot = "left out: the lines from 2 on and 2 more logs; \
                    logscan --lines 2- --budget 1000 a.log prints more\n";
        assert!(page.starts_with("a.log:\n      1 | xxx"), "{page}");
        assert!(page.ends_with(foot), "{page}");
        assert_eq!(page.lines().count(), 3);
    }

    #[test]
    fn the_name_of_an_input_stands_above_its_first_line_or_not_at_all() {
        let mut page = NumberedPage::new(Budget::Lines(5));
        page.begin("a.zip!x");
        page.begin("a.zip!y");
        assert!(page.add(1, b"one"));
        assert!(page.add(2, b"two"));
        page.begin("a.zip!z\n::error::");
        assert!(!page.add(1, b"no room"));
        assert_eq!(page.text, "a.zip!y:\n      1 | one\n      2 | two\n");
    }

    #[test]
    fn a_page_of_lines_never_passes_its_budget_and_ends_where_it_is_full() {
        for budget in [Budget::Tokens(200), Budget::Bytes(2048), Budget::Lines(6)] {
            let mut page = NumberedPage::new(budget);
            let line = "\u{e4} ".repeat(500);
            let added = (1..100).take_while(|&nth| page.add(nth, line.as_bytes()));
            let added = added.count();
            let text = &page.text;
            assert!(budget.cost(text) <= budget.limit(), "{text}");
            assert_eq!(text.lines().count(), added);
            assert!((1..=10).contains(&added), "{text}");
            assert!(text.contains(" characters ...]"), "{text}");
            assert!(!page.add(1000, b"x"));
            let lines_max = NumberedLines::new(budget).lines_max();
            assert!(lines_max > to_u64(added), "{lines_max}");
        }
    }
}
