//! What the first lines of an input look like: JSON, logfmt, or text with a header.

use crate::record::{Fields, LineForms};

/// Of so many of ten lines with a form it is said that the input has it.
const MOST_OF_TEN: usize = 8;

/// What the first lines of an input look like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct HeadShape {
    /// What the lines are.
    pub(super) lines: TextShape,
    /// The columns of their header, in words.
    pub(super) columns: Option<String>,
}

/// What lines are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum TextShape {
    #[default]
    Plain,
    /// A JSON object in each line.
    Json,
    /// Keys with values: `level=info msg="up"`.
    Logfmt,
    /// A header with a JSON object behind it.
    JsonBehindHeader,
    /// The export format of journald: a field on each line.
    Journal,
}

impl TextShape {
    /// The shape in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            TextShape::Plain => "plain text",
            TextShape::Json => "JSON lines",
            TextShape::Logfmt => "logfmt",
            TextShape::JsonBehindHeader => "plain text with JSON behind a header",
            TextShape::Journal => "a journal as journald exports it",
        }
    }
}

impl HeadShape {
    /// The shape of a journal, whose entries have no header.
    pub(super) fn of_journal() -> HeadShape {
        HeadShape {
            lines: TextShape::Journal,
            columns: None,
        }
    }

    /// Looks at the first lines of an input, whose headers are known.
    pub(super) fn of(head: &[u8], forms: &LineForms) -> HeadShape {
        let mut fields = Fields::default();
        let mut counts = [0_usize; 4];
        let lines = head.split(|&byte| byte == b'\n');
        for line in lines
            .map(<[u8]>::trim_ascii)
            .filter(|line| !line.is_empty())
        {
            let message = &line[forms.header(line).message_at.min(line.len())..];
            let shape = match (fields.read(message), message.first()) {
                (true, Some(b'{')) if message.len() == line.len() => TextShape::Json,
                (true, Some(b'{')) => TextShape::JsonBehindHeader,
                (true, _) if message.len() == line.len() => TextShape::Logfmt,
                _ => TextShape::Plain,
            };
            counts[shape as usize] += 1;
        }
        let all: usize = counts.iter().sum();
        let is_most = |shape: &TextShape| {
            let count = counts[*shape as usize];
            count > 0 && count * 10 >= all * MOST_OF_TEN
        };
        let shapes = [
            TextShape::Json,
            TextShape::Logfmt,
            TextShape::JsonBehindHeader,
        ];
        HeadShape {
            lines: shapes.into_iter().find(is_most).unwrap_or_default(),
            columns: forms.words(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(head: &str, lines: TextShape, columns: Option<&str>) {
        let forms = LineForms::of_sample(head.as_bytes());
        let shape = HeadShape::of(head.as_bytes(), &forms);
        assert_eq!((shape.lines, shape.columns.as_deref()), (lines, columns));
    }

    #[test]
    fn the_form_of_lines_is_told_in_words() {
        let header = "2026-11-20 14:02:05 INFO [main] app.Disk: 5 % free\n";
        check(
            &header.repeat(3),
            TextShape::Plain,
            Some("time level [thread] component: message"),
        );
        let json = "{\"level\":\"info\",\"msg\":\"up\"}\n";
        check(&json.repeat(3), TextShape::Json, None);
        check("level=info msg=\"up\"\n", TextShape::Logfmt, None);
        let behind = format!("2026-11-20T14:02:05Z {json}");
        check(
            &behind.repeat(3),
            TextShape::JsonBehindHeader,
            Some("time message"),
        );
        check("a line\n", TextShape::Plain, None);
        check("", TextShape::Plain, None);
    }
}
