//! docs/demo.svg, the picture of a terminal in README.md: the examples of the README as the program
//! prints them today, with its colours.
//!
//! The picture is made here and compared with the file, so it cannot show what is not true.
//! `UPDATE=1 cargo test --test it picture` writes it. It has no scripts and no fonts of its own.
//! Each piece of text says in which column it begins, so that lines stay straight in whichever
//! monospaced font the reader has. The terminal is dark on every page: it has its own background,
//! and a border that shows on white and on black.

#![cfg(unix)] // A shell runs the examples.

use std::{env, fmt::Write as _, fs, path::Path};

use super::{
    documents::{examples, read},
    support::sh_in,
};

/// Where the picture is.
const PICTURE: &str = "docs/demo.svg";

/// In pixels, for the font size of 14. Monospaced fonts are about 0.6 times as wide as high.
const COLUMN_WIDTH: f64 = 8.4;
const LINE_HEIGHT: usize = 19;
const PADDING: usize = 12;
const TITLE_HEIGHT: usize = 30;

/// README pages are about 830 pixels wide: with more columns the text would be smaller than 12
/// pixels there.
const COLUMNS_MAX: usize = 110;

/// How many lines a demonstration may have.
const DEMO_LINES_MAX: usize = 6;

/// A tab goes to the next multiple of this.
const TAB: usize = 8;

#[test]
fn the_picture_shows_what_the_program_prints() {
    let picture = svg(&screen());
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PICTURE);
    if env::var_os("UPDATE").is_some() {
        fs::write(&path, &picture).expect("docs/ is writable");
    }
    assert!(
        fs::read_to_string(&path).unwrap_or_default() == picture,
        "{PICTURE} is not what the examples of README.md print; if that is meant: UPDATE=1 cargo test --test it picture"
    );
    assert!(read("README.md").contains(PICTURE), "README.md shows it");
}

/// The headings above the examples of README.md, each example, and its output in colour.
fn screen() -> Vec<Vec<Piece>> {
    let readme = read("README.md");
    let mut screen: Vec<Vec<Piece>> = Vec::new();
    for section in readme.split("\n### ").skip(1) {
        let title = section.lines().next().unwrap_or_default();
        let all = examples(section);
        if all.is_empty() {
            continue;
        }
        if !screen.is_empty() {
            screen.push(Vec::new());
        }
        screen.push(vec![Piece::new(format!("# {title}"), Look::Comment)]);
        let first = screen.len();
        for example in all {
            screen.push(vec![
                Piece::new("$ ".into(), Look::Prompt),
                Piece::new(example.command.clone(), Look::Typed),
            ]);
            let output = sh_in(
                Path::new(env!("CARGO_MANIFEST_DIR")),
                &in_colour(&example.command),
            )
            .output();
            let lines: Vec<Vec<Piece>> = output.text().lines().map(pieces).collect();
            let want: Vec<Vec<Piece>> = example.want.lines().map(pieces).collect();
            let text = |lines: &[Vec<Piece>]| -> Vec<String> {
                let text = |line: &Vec<Piece>| line.iter().map(|piece| &*piece.text).collect();
                lines.iter().map(text).collect()
            };
            assert_eq!(
                text(&lines),
                text(&want),
                "README.md shows something else for {}",
                example.command
            );
            screen.extend(lines);
        }
        let lines = screen.len() - first;
        assert!(lines <= DEMO_LINES_MAX, "{title}: {lines} lines");
    }
    assert!(!screen.is_empty(), "README.md has no examples");
    screen
}

/// The command as it has to be run where no terminal is, so that it gives the colours that it gives
/// on one.
fn in_colour(command: &str) -> String {
    let words: Vec<&str> = command.splitn(3, ' ').collect();
    match words[..] {
        ["logscan", name @ ("templates" | "triage"), rest] => {
            format!("logscan {name} --color=always {rest}")
        }
        ["logscan", ..] => command.replacen("logscan ", "logscan --color=always ", 1),
        _ => command.into(),
    }
}

/// A run of text in one style.
struct Piece {
    text: String,
    look: Look,
}

impl Piece {
    fn new(text: String, look: Look) -> Piece {
        Piece { text, look }
    }
}

/// The styles of the picture, which are its CSS classes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Look {
    Plain,
    Bold,
    Red,
    BoldRed,
    Green,
    Cyan,
    Magenta,
    Comment,
    Prompt,
    Typed,
}

impl Look {
    /// The class and its style. The colours have a contrast of at least 5 to 1 with the background, #0d1117.
    fn css(self) -> (&'static str, &'static str) {
        match self {
            Look::Plain => ("p", "fill:#c9d1d9"),
            Look::Bold => ("b", "fill:#f0f6fc;font-weight:700"),
            Look::Red => ("r", "fill:#ff7b72"),
            Look::BoldRed => ("R", "fill:#ff7b72;font-weight:700"),
            Look::Green => ("g", "fill:#7ee787"),
            Look::Cyan => ("c", "fill:#56d4dd"),
            Look::Magenta => ("m", "fill:#d2a8ff"),
            Look::Comment => ("h", "fill:#9aa4af"),
            Look::Prompt => ("d", "fill:#7ee787;font-weight:700"),
            Look::Typed => ("t", "fill:#f0f6fc;font-weight:700"),
        }
    }

    const ALL: [Look; 10] = [
        Look::Plain,
        Look::Bold,
        Look::Red,
        Look::BoldRed,
        Look::Green,
        Look::Cyan,
        Look::Magenta,
        Look::Comment,
        Look::Prompt,
        Look::Typed,
    ];

    /// What the parameters of a sequence `ESC [ ... m` ask for: only what the program is known to
    /// print.
    fn of(parameters: &str) -> Look {
        match parameters {
            "" | "0" => Look::Plain,
            "1" => Look::Bold,
            "31" => Look::Red,
            "01;31" | "1;31" => Look::BoldRed,
            "32" => Look::Green,
            "35" => Look::Magenta,
            "36" => Look::Cyan,
            _ => panic!("the picture knows no style for ESC [ {parameters} m"),
        }
    }
}

/// A line of output as pieces; `ESC [ K` leaves no trace in it.
fn pieces(line: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut look = Look::Plain;
    let mut parts = line.split("\x1b[");
    let first = parts.next().unwrap_or_default();
    let mut column = 0;
    let mut add = |text: &str, look| {
        let mut shown = String::new();
        for c in text.chars() {
            let wide = if c == '\t' { TAB - column % TAB } else { 1 };
            shown.extend(std::iter::repeat_n(if c == '\t' { ' ' } else { c }, wide));
            column += wide;
        }
        if !shown.is_empty() {
            pieces.push(Piece::new(shown, look));
        }
    };
    add(first, look);
    for part in parts {
        let end = part
            .find(|c: char| c.is_ascii_alphabetic())
            .expect("a sequence has an end");
        match part.as_bytes()[end] {
            b'm' => look = Look::of(&part[..end]),
            b'K' => {}
            other => panic!("the picture knows no ESC [ {}", char::from(other)),
        }
        add(&part[end + 1..], look);
    }
    pieces
}

fn svg(screen: &[Vec<Piece>]) -> String {
    let columns =
        |line: &Vec<Piece>| -> usize { line.iter().map(|piece| piece.text.chars().count()).sum() };
    let widest = screen.iter().map(columns).max().unwrap_or_default();
    assert!(
        widest <= COLUMNS_MAX,
        "a line has {widest} columns, more than {COLUMNS_MAX}"
    );
    let x_of = |column: usize| {
        // A count of columns is small.
        #[expect(
            clippy::cast_precision_loss,
            reason = "there are at most COLUMNS_MAX of them"
        )]
        let column = column as f64;
        column * COLUMN_WIDTH
    };
    let width = x_of(widest).ceil() + 2.0 * x_of(2);
    let height = TITLE_HEIGHT + screen.len() * LINE_HEIGHT + 2 * PADDING;
    let mut svg = String::new();
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height}\" width=\"{width:.0}\" \
         height=\"{height}\" role=\"img\" aria-label=\"A terminal in which logscan runs\">\n<style>\n\
         text{{font:14px ui-monospace,SFMono-Regular,\"SF Mono\",Menlo,Consolas,\"Liberation Mono\",\
         \"DejaVu Sans Mono\",monospace;white-space:pre}}"
    );
    let is_used = |look: &Look| screen.iter().flatten().any(|piece| piece.look == *look);
    for look in Look::ALL.into_iter().filter(is_used) {
        let (class, style) = look.css();
        let _ = writeln!(svg, ".{class}{{{style}}}");
    }
    let _ = writeln!(
        svg,
        "</style>\n<rect x=\"0.5\" y=\"0.5\" width=\"{:.0}\" height=\"{}\" rx=\"9\" fill=\"#0d1117\" \
         stroke=\"#6e7681\"/>",
        width - 1.0,
        height - 1
    );
    for (x, colour) in [(20, "#ff5f57"), (40, "#febc2e"), (60, "#28c840")] {
        let _ = writeln!(
            svg,
            "<circle cx=\"{x}\" cy=\"19\" r=\"6\" fill=\"{colour}\"/>"
        );
    }
    for (nth, line) in screen.iter().enumerate() {
        let y = TITLE_HEIGHT + PADDING + nth * LINE_HEIGHT + 13;
        let mut column = 2;
        for Piece { text, look } in line {
            let wide = text.chars().count();
            // Blanks at the ends are the distance to the next piece.
            let begin = column + wide - text.trim_start().chars().count();
            let shown = text.trim();
            if !shown.is_empty() {
                let _ = writeln!(
                    svg,
                    "<text class=\"{}\" x=\"{:.1}\" y=\"{y}\" textLength=\"{:.1}\">{}</text>",
                    look.css().0,
                    x_of(begin),
                    x_of(shown.chars().count()),
                    escaped(shown)
                );
            }
            column += wide;
        }
    }
    svg.push_str("</svg>\n");
    svg
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[test]
fn colours_become_pieces() {
    let got: Vec<_> = pieces("a\x1b[01;31m\x1b[Kb\tc\x1b[m\x1b[K<\x1b[36m\x1b[m")
        .into_iter()
        .map(|piece| (piece.text, piece.look.css().0))
        .collect();
    let want = [("a", "p"), ("b      c", "R"), ("<", "p")];
    assert_eq!(got, want.map(|(text, class)| (text.to_string(), class)));
    assert_eq!(escaped("<a & b>"), "&lt;a &amp; b&gt;");
}
