//! Prints lines as GNU grep does, byte for byte.

use std::{io, path::Path, sync::Arc};

use super::{
    colors::{self, Colors, PaintedPart},
    shown_name, write_all,
};
use crate::{
    error::Error,
    line::{Line, to_u64},
    matcher::{Finder, Matcher},
    scan::{LineKind, Lines, NumberedLine, Out, Render, Sink},
};

/// What is printed of a line, and what is printed before it.
#[derive(Clone, Debug, Default)]
pub struct Layout {
    /// Whether the file's name stands before each line.
    pub file_name: bool,
    /// Whether the file's name stands before each line once there is an archive: its members are
    /// several files.
    pub member_name: bool,
    /// Whether an empty line separates the lines of each file from those of others, and the file's
    /// name stands once above them instead of before each line.
    pub heading: bool,
    /// Whether a NUL follows the file's name, instead of `:` or `-`.
    pub null: bool,
    /// Whether the offset of each line is printed; with `only_matching` it is that of each match.
    pub byte_offset: bool,
    /// Whether the 1-based column of the first match is printed, in bytes.
    pub column: bool,
    /// Whether only the matches are printed, one per line. Empty matches are left out.
    pub only_matching: bool,
    /// With `only_matching`: whether lines without a match are printed too, as a whole.
    pub passthru: bool,
    /// Whether hits are the lines without a match.
    pub invert: bool,
    /// The replacement for matches: `$1` and `${name}` stand for groups.
    pub replace: Option<Vec<u8>>,
    /// Whether ASCII white space at the beginning of a line, a match or a replacement is left out.
    pub trim: bool,
    /// Lines that are longer than this, with their line end, are left out, and a message stands in
    /// their place. The same holds for longer matches.
    pub max_columns: Option<usize>,
    /// Whether longer lines are cut instead of left out.
    pub max_columns_preview: bool,
    /// The text between groups of lines that are apart.
    pub separator: Option<Vec<u8>>,
    /// The colours, or none.
    pub colors: Option<Colors>,
}

impl Layout {
    /// Returns whether the file's name stands before each line.
    fn names_lines(&self) -> bool {
        self.file_name && !self.heading
    }

    /// Returns how many bytes are left out at the beginning of what is printed of a line.
    fn left_out(&self, text: &[u8]) -> usize {
        let is_space = |byte: &&u8| byte.is_ascii_whitespace() || **byte == b'\x0b';
        match self.trim {
            true => text.iter().take_while(is_space).count(),
            false => 0,
        }
    }
}

/// A sink that prints lines in GNU grep's format.
pub struct Text {
    layout: Arc<Layout>,
    matcher: Matcher,
    name: Box<[u8]>,
    headed: Headed,
    writer: Box<dyn io::Write + Send>,
}

/// How far the headings are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Headed {
    /// Nothing has been printed.
    Nothing,
    /// Only lines of earlier files have been printed.
    Others,
    /// Lines of this file have been printed.
    This,
}

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Text")
            .field("layout", &self.layout)
            .finish_non_exhaustive()
    }
}

impl Text {
    /// Creates a sink that prints to `writer`. The writer should not buffer, because it gets large
    /// blocks, and each block as soon as it is ready.
    pub fn new(layout: Layout, matcher: Matcher, writer: Box<dyn io::Write + Send>) -> Text {
        Text {
            layout: Arc::new(layout),
            matcher,
            name: Box::default(),
            headed: Headed::Nothing,
            writer,
        }
    }

    /// Returns what is printed before the first line of a file.
    fn heading(&self) -> Vec<u8> {
        let mut heading = Vec::new();
        if self.headed == Headed::Others {
            heading.push(b'\n');
        }
        if self.layout.file_name {
            match &self.layout.colors {
                Some(colors) => heading.extend(colors.painted(PaintedPart::FileName, &self.name)),
                None => heading.extend_from_slice(&self.name),
            }
            heading.push(if self.layout.null { 0 } else { b'\n' });
        }
        heading
    }
}

impl Sink for Text {
    fn begin(&mut self, path: &Path) {
        self.name = shown_name(path).into();
        if self.headed == Headed::This {
            self.headed = Headed::Others;
        }
    }

    fn opens_archive(&mut self) {
        let layout = Arc::make_mut(&mut self.layout);
        layout.file_name |= layout.member_name;
    }

    fn renderer(&self) -> Option<Box<dyn Render>> {
        // If all workers kept changing one count of references, that would cost more than most
        // lines.
        let layout = Arc::new(Layout::clone(&self.layout));
        Some(Box::new(TextRenderer {
            finder: self.matcher.finder(),
            heads: LineHeads {
                name: self.name.clone(),
                digits: itoa::Buffer::new(),
            },
            replaced: Vec::new(),
            layout,
        }))
    }

    fn deliver(&mut self, rendered: &[u8]) -> Result<(), Error> {
        if self.layout.heading && self.headed != Headed::This && !rendered.is_empty() {
            let heading = self.heading();
            write_all(&mut self.writer, &heading)?;
            self.headed = Headed::This;
        }
        write_all(&mut self.writer, rendered)
    }

    fn cut(&mut self) -> Result<(), Error> {
        write_all(&mut self.writer, b"\n")
    }
}

struct TextRenderer {
    layout: Arc<Layout>,
    finder: Finder,
    heads: LineHeads,
    replaced: Vec<u8>,
}

/// A writer of what stands before lines and matches.
struct LineHeads {
    name: Box<[u8]>,
    /// The buffer in which a number is put together.
    digits: itoa::Buffer,
}

/// What stands before a line or a match.
struct Head {
    kind: LineKind,
    line_number: Option<u64>,
    column: Option<u64>,
    offset: u64,
}

impl Render for TextRenderer {
    fn begin(&mut self, path: &Path) {
        self.heads.name = shown_name(path).into();
    }

    fn lines(&mut self, lines: &Lines<'_>, out: &mut Out<'_>) -> Result<(), Error> {
        let layout = Arc::clone(&self.layout);
        if layout.only_matching {
            return self.matches_of(&layout, lines, out);
        }
        if lines.line_number.is_none() && self.is_verbatim() && lines.are_verbatim() {
            return out.write(lines.bytes);
        }
        self.whole_lines(&layout, lines, out)
    }

    fn is_verbatim(&self) -> bool {
        let layout = &self.layout;
        !layout.only_matching
            && !layout.names_lines()
            && !layout.byte_offset
            && !layout.trim
            && !layout.column
            && layout.replace.is_none()
            && layout.max_columns.is_none()
            && layout.colors.is_none()
    }

    fn gap(&mut self, out: &mut Out<'_>) -> Result<(), Error> {
        let layout = Arc::clone(&self.layout);
        let Some(separator) = &layout.separator else {
            return Ok(());
        };
        colors::paint(
            layout.colors.as_ref(),
            PaintedPart::Separator,
            separator,
            out,
        )?;
        out.write(b"\n")
    }
}

fn head_of(kind: LineKind, numbered: &NumberedLine<'_>, column: Option<u64>) -> Head {
    Head {
        kind,
        line_number: numbered.line_number,
        column,
        offset: numbered.offset,
    }
}

impl TextRenderer {
    /// Returns whether the way in which these lines are printed depends on the matches in them.
    fn needs_matches(&self, layout: &Layout, lines: &Lines<'_>) -> bool {
        let have_matches = (lines.kind == LineKind::Hit) != layout.invert;
        let is_colored = layout.colors.is_some();
        let column = layout.column && lines.kind == LineKind::Hit;
        (have_matches && (is_colored || column || layout.replace.is_some()))
            || (is_colored && !self.line_color(layout, lines.kind).is_empty())
    }

    /// Writes lines as they are, whatever matches in them.
    fn whole_lines(
        &mut self,
        layout: &Layout,
        lines: &Lines<'_>,
        out: &mut Out<'_>,
    ) -> Result<(), Error> {
        let needs_matches = self.needs_matches(layout, lines);
        for numbered in lines.iter() {
            if needs_matches {
                self.matching_line(layout, lines.kind, &numbered, out)?;
            } else {
                self.heads
                    .write(layout, &head_of(lines.kind, &numbered, None), out)?;
                self.plain_line(layout, lines.kind, &numbered.line, out)?;
            }
        }
        Ok(())
    }

    fn line_color<'l>(&self, layout: &'l Layout, kind: LineKind) -> &'l str {
        match &layout.colors {
            Some(colors) => colors.line(kind == LineKind::Hit, layout.invert),
            None => "",
        }
    }

    /// Writes a line whose matches do not matter.
    fn plain_line(
        &mut self,
        layout: &Layout,
        kind: LineKind,
        line: &Line<'_>,
        out: &mut Out<'_>,
    ) -> Result<(), Error> {
        let text = line.bytes;
        if is_long_line(layout, text) {
            return omitted_line(layout, kind, text, &[], out);
        }
        out.write(&text[layout.left_out(text)..])?;
        out.write(b"\n")
    }

    /// Writes a line whose matches are coloured, replaced, or needed for the column.
    fn matching_line(
        &mut self,
        layout: &Layout,
        kind: LineKind,
        numbered: &NumberedLine<'_>,
        out: &mut Out<'_>,
    ) -> Result<(), Error> {
        let line = &numbered.line;
        let may_match = (kind == LineKind::Hit) != layout.invert;
        let column = match layout.column && kind == LineKind::Hit && may_match {
            true => self.first_match(line.haystack).map(|start| start + 1),
            false => None,
        };
        self.heads
            .write(layout, &head_of(kind, numbered, column), out)?;
        if let Some(template) = layout.replace.as_ref().filter(|_| may_match) {
            let mut replaced = std::mem::take(&mut self.replaced);
            let spans = self.replace_all(line, template, &mut replaced);
            let result = match is_long_line(layout, &replaced) {
                true => omitted_line(layout, kind, &replaced, &spans, out),
                false => Painter::new(layout, kind, &replaced, out).line(&replaced, &spans),
            };
            self.replaced = replaced;
            return result;
        }
        let text = line.bytes;
        if is_long_line(layout, text) {
            let mut spans = Vec::new();
            if may_match {
                self.finder.matches(line.haystack, |start, end| {
                    spans.push((start, end));
                    Ok::<(), Error>(())
                })?;
            }
            return omitted_line(layout, kind, text, &spans, out);
        }
        let mut painter = Painter::new(layout, kind, text, out);
        if may_match && shows_matches(layout, kind) {
            self.finder
                .matches(line.haystack, |start, end| painter.found(text, start, end))?;
        }
        painter.rest(text, line.haystack.len())
    }

    fn first_match(&mut self, haystack: &[u8]) -> Option<u64> {
        let mut first = None;
        // An error only ends the search early.
        let _ = self.finder.matches(haystack, |start, _| {
            first = Some(to_u64(start));
            Err(())
        });
        first
    }

    /// Puts the line with its matches replaced into `replaced`, and returns where the replacements
    /// are.
    fn replace_all(
        &mut self,
        line: &Line<'_>,
        template: &[u8],
        replaced: &mut Vec<u8>,
    ) -> Vec<(usize, usize)> {
        replaced.clear();
        let mut spans = Vec::new();
        let mut at = 0;
        let haystack = line.haystack;
        let result = self.finder.captures(haystack, |captures| {
            let found = captures.range();
            replaced.extend_from_slice(&haystack[at..found.start]);
            let start = replaced.len();
            captures.interpolate(template, replaced);
            spans.push((start, replaced.len()));
            at = found.end;
            Ok::<(), std::convert::Infallible>(())
        });
        match result {
            Ok(()) => {}
            Err(never) => match never {},
        }
        replaced.extend_from_slice(&line.bytes[at..]);
        spans
    }

    /// Writes the matches of lines, each on a line of its own.
    fn matches_of(
        &mut self,
        layout: &Layout,
        lines: &Lines<'_>,
        out: &mut Out<'_>,
    ) -> Result<(), Error> {
        if (lines.kind == LineKind::Hit) == layout.invert {
            return match layout.passthru {
                true => self.whole_lines(layout, lines, out),
                false => Ok(()),
            };
        }
        for numbered in lines.iter() {
            match &layout.replace {
                Some(template) => {
                    let line = KindOfLine {
                        kind: lines.kind,
                        numbered: &numbered,
                    };
                    self.replacements_of(layout, line, template, out)?
                }
                None => self.matches_of_line(layout, lines.kind, &numbered, out)?,
            }
        }
        Ok(())
    }

    fn matches_of_line(
        &mut self,
        layout: &Layout,
        kind: LineKind,
        numbered: &NumberedLine<'_>,
        out: &mut Out<'_>,
    ) -> Result<(), Error> {
        let haystack = numbered.line.haystack;
        let heads = &mut self.heads;
        self.finder
            .matches(haystack, |start, end| match start == end {
                true => Ok(()),
                false => {
                    out.add_matches(1);
                    let text = &haystack[start..end];
                    heads.one_match(layout, KindOfLine { kind, numbered }, (start, text), out)
                }
            })
    }

    fn replacements_of(
        &mut self,
        layout: &Layout,
        line: KindOfLine<'_>,
        template: &[u8],
        out: &mut Out<'_>,
    ) -> Result<(), Error> {
        let haystack = line.numbered.line.haystack;
        let TextRenderer {
            finder,
            heads,
            replaced,
            ..
        } = self;
        finder.captures(haystack, |captures| {
            let found = captures.range();
            if found.is_empty() {
                return Ok(());
            }
            replaced.clear();
            captures.interpolate(template, replaced);
            out.add_matches(1);
            heads.one_match(layout, line, (found.start, replaced), out)
        })
    }
}

/// A line, and whether it is a hit or context.
#[derive(Clone, Copy)]
struct KindOfLine<'l> {
    kind: LineKind,
    numbered: &'l NumberedLine<'l>,
}

impl LineHeads {
    /// Writes what stands before a line or a match.
    fn write(&mut self, layout: &Layout, head: &Head, out: &mut Out<'_>) -> Result<(), Error> {
        let colors = layout.colors.as_ref();
        let separator: &[u8] = if head.kind == LineKind::Hit {
            b":"
        } else {
            b"-"
        };
        if layout.names_lines() {
            colors::paint(colors, PaintedPart::FileName, &self.name, out)?;
            match layout.null {
                true => out.write(b"\0")?,
                false => colors::paint(colors, PaintedPart::Separator, separator, out)?,
            }
        }
        let numbers = [
            (head.line_number, PaintedPart::LineNumber),
            (head.column, PaintedPart::LineNumber),
            (
                layout.byte_offset.then_some(head.offset),
                PaintedPart::ByteOffset,
            ),
        ];
        for (number, part) in numbers {
            let Some(number) = number else { continue };
            let digits = self.digits.format(number).as_bytes();
            colors::paint(colors, part, digits, out)?;
            colors::paint(colors, PaintedPart::Separator, separator, out)?;
        }
        Ok(())
    }

    /// Writes the text of one match, which begins at `start` in its line.
    fn one_match(
        &mut self,
        layout: &Layout,
        KindOfLine { kind, numbered }: KindOfLine<'_>,
        (start, text): (usize, &[u8]),
        out: &mut Out<'_>,
    ) -> Result<(), Error> {
        let start = to_u64(start);
        let column = layout.column.then_some(start + 1);
        let head = Head {
            offset: numbered.offset + start,
            ..head_of(kind, numbered, column)
        };
        self.write(layout, &head, out)?;
        if is_long_match(layout, text) {
            return omitted_line(layout, kind, text, &[(0, text.len())], out);
        }
        let text = &text[layout.left_out(text)..];
        colors::paint(layout.colors.as_ref(), match_part(kind), text, out)?;
        out.write(b"\n")
    }
}

/// Writes what stands for a line that is longer than the user wants, in ripgrep's words.
fn omitted_line(
    layout: &Layout,
    kind: LineKind,
    text: &[u8],
    matches: &[(usize, usize)],
    out: &mut Out<'_>,
) -> Result<(), Error> {
    out.add_cut_lines(1);
    if layout.max_columns_preview {
        let end = char_boundary(text, layout.max_columns.unwrap_or(0));
        let shown = matches
            .iter()
            .filter(|(start, _)| *start < end && layout.colors.is_some());
        let mut painter = Painter::new(layout, kind, &text[..end], out);
        for &(start, match_end) in shown {
            painter.found(text, start, match_end.min(end))?;
        }
        painter.rest_without_end(text, end)?;
        if matches.is_empty() {
            return out.write(b" [... omitted end of long line]\n");
        }
        let more = matches.iter().filter(|(start, _)| *start >= end).count();
        let noun = if more == 1 { "match" } else { "matches" };
        return out.write(format!(" [... {more} more {noun}]\n").as_bytes());
    }
    if !matches.is_empty() && !layout.only_matching {
        let count = matches.len();
        return out.write(format!("[Omitted long line with {count} matches]\n").as_bytes());
    }
    out.write(match kind {
        LineKind::Hit => b"[Omitted long matching line]\n",
        LineKind::Context => b"[Omitted long context line]\n",
    })
}

/// Returns whether a line is longer than the user wants. Its line end counts, even if it is
/// missing.
fn is_long_line(layout: &Layout, text: &[u8]) -> bool {
    layout.max_columns.is_some_and(|most| text.len() >= most)
}

/// Returns whether a match is longer than the user wants. A match has no line end.
fn is_long_match(layout: &Layout, text: &[u8]) -> bool {
    layout.max_columns.is_some_and(|most| text.len() > most)
}

/// Returns the end of the first `most` characters. Each byte that is not UTF-8 counts as one
/// character.
fn char_boundary(text: &[u8], most: usize) -> usize {
    let mut end = 0;
    for _ in 0..most {
        let Some(&first) = text.get(end) else { break };
        let length = match first {
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => 1,
        };
        let whole = text
            .get(end..end + length)
            .is_some_and(|bytes| std::str::from_utf8(bytes).is_ok());
        end += if whole { length } else { 1 };
    }
    end
}

/// Returns whether matches look different from the rest of the line.
fn shows_matches(layout: &Layout, kind: LineKind) -> bool {
    layout
        .colors
        .as_ref()
        .is_some_and(|colors| !colors.is_plain(match_part(kind)))
}

fn match_part(kind: LineKind) -> PaintedPart {
    match kind {
        LineKind::Hit => PaintedPart::SelectedMatch,
        LineKind::Context => PaintedPart::ContextMatch,
    }
}

/// A writer of a line with its matches in colour, as in GNU grep.
struct Painter<'a, 'o, 'h> {
    colors: Option<&'a Colors>,
    line_color: &'a str,
    part: PaintedPart,
    out: &'o mut Out<'h>,
    /// The index up to which the line has been written.
    at: usize,
}

impl<'a, 'o, 'h> Painter<'a, 'o, 'h> {
    fn new(
        layout: &'a Layout,
        kind: LineKind,
        text: &[u8],
        out: &'o mut Out<'h>,
    ) -> Painter<'a, 'o, 'h> {
        let colors = layout.colors.as_ref();
        let line_color = colors.map_or("", |colors| {
            colors.line(kind == LineKind::Hit, layout.invert)
        });
        Painter {
            colors,
            line_color,
            part: match_part(kind),
            out,
            at: layout.left_out(text),
        }
    }

    /// Writes up to the end of a match. An empty match shows nothing.
    fn found(&mut self, text: &[u8], start: usize, end: usize) -> Result<(), Error> {
        let start = start.max(self.at);
        if start >= end {
            return Ok(());
        }
        if let Some(colors) = self.colors {
            colors.start(self.line_color, self.out)?;
        }
        self.out.write(&text[self.at..start])?;
        colors::paint(self.colors, self.part, &text[start..end], self.out)?;
        self.at = end;
        Ok(())
    }

    /// Writes the rest of the line and its end. `haystack_length` bytes of the line may be
    /// coloured.
    fn rest(&mut self, text: &[u8], haystack_length: usize) -> Result<(), Error> {
        self.rest_without_end(text, haystack_length)?;
        self.out.write(&text[haystack_length.max(self.at)..])?;
        self.out.write(b"\n")
    }

    fn rest_without_end(&mut self, text: &[u8], end: usize) -> Result<(), Error> {
        if self.at >= end {
            return Ok(());
        }
        let text = &text[self.at..end];
        self.at = end;
        let Some(colors) = self.colors else {
            return self.out.write(text);
        };
        colors.start(self.line_color, self.out)?;
        self.out.write(text)?;
        colors.end(self.line_color, self.out)
    }

    /// Writes a whole line whose matches are `spans`.
    fn line(&mut self, text: &[u8], spans: &[(usize, usize)]) -> Result<(), Error> {
        if self.colors.is_some() {
            spans
                .iter()
                .try_for_each(|&(start, end)| self.found(text, start, end))?;
        }
        self.rest(text, text.len())
    }
}
