//! The tool `lines`: lines of a file by their numbers.

use std::path::{Path, PathBuf};

use logscan::{
    Budget, Error, Fold, Limit, Lines, Matcher, Name, Patterns, Scan, TOKEN_CHARS, Values,
    for_runners, sink::NumberedPage,
};

use crate::cli::{
    mcp::{
        roots::Wants,
        schema::Parameter,
        tool::{BUDGET_MAX, McpTool, ToolCall, ToolFindings, budget},
    },
    messages::on_one_line,
};

pub(super) const TOOL: McpTool = McpTool {
    name: "lines",
    title: "Read lines of a log by their numbers",
    about: "Prints the lines of a file with given numbers, with their numbers, until the budget is used up; the \
            middle of very long lines is left out. For reading on around what another tool has shown: where an \
            answer advises logscan --lines A-B FILE, this tool does it.",
    parameters: &[
        Parameter::required(
            "path",
            "The file, which may be compressed, or ARCHIVE!MEMBER as answers name it",
        ),
        Parameter::required("lines", "Numbers from 1, as in 2750-2800 or 10-20,35"),
        budget(2500),
    ],
    run,
};

fn run(call: &ToolCall<'_>) -> Result<ToolFindings, String> {
    let input = call.input("path", Wants::File)?;
    // No budget has room for more.
    let lines_max = NumberedPage::new(Budget::Tokens(BUDGET_MAX)).lines_max();
    let every_line = Matcher::new(&Patterns::new("")).map_err(|error| error.to_string())?;
    let scan = Scan {
        lines: call.parsed("lines", str::parse)?,
        line_numbers: true,
        limit: Limit::First(lines_max),
        ..Scan::new(every_line)
    };
    let mut found = FoundLines::default();
    let notes = call.scan_all(&scan, &input, &mut found)?;
    Ok(ToolFindings::new(
        notes,
        "there are no such lines",
        move |budget| Ok(found.page(budget).into_bytes()),
    ))
}

/// Lines of one or more inputs, in order.
#[derive(Debug, Default)]
struct FoundLines {
    inputs: Vec<FoundInput>,
    /// Whether an input is a member of an archive.
    has_archives: bool,
    bytes: u64,
}

/// The lines of one input, with their numbers.
#[derive(Debug)]
struct FoundInput {
    path: PathBuf,
    lines: Vec<(u64, Vec<u8>)>,
}

/// What no budget has room for need not be kept.
const BYTES_MAX: u64 = BUDGET_MAX * TOKEN_CHARS * 4;

/// A worker hands its lines over when it has kept this many bytes of them.
const CHUNK_BYTES_MAX: usize = 4 << 20;

/// How many characters the last line of a page may have: a page keeps room for 200.
const FOOT_CHARS_MAX: usize = 180;

impl FoundLines {
    /// Writes the lines that fit. The last line says that there are more.
    fn page(&self, budget: Budget) -> String {
        let mut page = NumberedPage::new(budget);
        let has_names = self.has_archives || self.inputs.len() > 1;
        let with_lines = self.inputs.iter().filter(|input| !input.lines.is_empty());
        let with_lines: Vec<&FoundInput> = with_lines.collect();
        for (nth, input) in with_lines.iter().enumerate() {
            let name = Name(&input.path).to_string();
            if has_names {
                page.begin(&name);
            }
            for (number, line) in &input.lines {
                if !page.add(*number, line.strip_suffix(b"\r").unwrap_or(line)) {
                    let of = has_names.then_some(name.as_str());
                    let logs = with_lines.len() - nth - 1;
                    return page.to_string() + &left_out(*number, of, logs);
                }
            }
        }
        page.to_string()
    }
}

/// Says that the lines of a log from a number on are left out, and so many logs behind it.
fn left_out(number: u64, name: Option<&str>, logs: usize) -> String {
    let more = match logs {
        0 => String::new(),
        1 => " and 1 more log".into(),
        logs => format!(" and {logs} more logs"),
    };
    let row =
        |of: &str| format!("left out: the lines{of} from {number} on{more}; ask for {number}-\n");
    let rows = name.map(|name| row(&format!(" of {}", on_one_line(name))));
    let fits = |row: &String| row.chars().count() <= FOOT_CHARS_MAX;
    for_runners(&rows.filter(fits).unwrap_or_else(|| row("")))
}

impl Fold for FoundLines {
    type Worker = KeptLines;
    type Value = KeptLines;

    fn worker(&self) -> KeptLines {
        KeptLines::default()
    }

    fn lines(
        kept: &mut KeptLines,
        lines: &Lines<'_>,
        values: &mut Values<'_, '_, KeptLines>,
    ) -> Result<(), Error> {
        for numbered in lines.iter() {
            let line = numbered.line;
            let bytes = match line.cut {
                true => line.bytes,
                false => line.haystack,
            };
            kept.bytes += bytes.len();
            let number = numbered.line_number.unwrap_or(0);
            kept.lines.push((number, bytes.to_vec()));
            if kept.bytes > CHUNK_BYTES_MAX {
                values.push(std::mem::take(kept))?;
            }
        }
        Ok(())
    }

    fn value(kept: &mut KeptLines) -> Option<KeptLines> {
        (!kept.lines.is_empty()).then(|| std::mem::take(kept))
    }

    fn fold(&mut self, kept: KeptLines) -> Result<(), Error> {
        let input = self.inputs.last_mut().expect("an input has begun");
        for line in kept.lines {
            if self.bytes <= BYTES_MAX {
                self.bytes += line.1.len() as u64;
                input.lines.push(line);
            }
        }
        Ok(())
    }

    fn begin(&mut self, path: &Path) {
        self.inputs.push(FoundInput {
            path: path.into(),
            lines: Vec::new(),
        });
    }

    fn opens_archive(&mut self) {
        self.has_archives = true;
    }
}

/// Lines of a chunk on their way from a worker.
#[derive(Debug, Default)]
struct KeptLines {
    lines: Vec<(u64, Vec<u8>)>,
    bytes: usize,
}
