//! What a collector of logs writes in front of every line: the name of a container, a pod, a job, a
//! stream, a time.
//!
//! A form of prefix counts only if most lines of a sample have it: a single line that looks like
//! one is the program's. Only the form is remembered, not the text, so the lines of several
//! containers are all understood.

/// How many lines of a sample are looked at.
const SAMPLE_LINES_MAX: usize = 2000;

/// So many of ten lines must have it.
const SHARE_OF_TEN: usize = 6;

/// With fewer lines nothing can be said.
const LINES_MIN: usize = 4;

/// A prefix is never longer.
const PREFIX_BYTES_MAX: usize = 160;

/// A form of prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Prefix {
    /// Docker Compose: `web-1  | text`.
    Compose,
    /// A container runtime of Kubernetes: `2024-05-01T10:00:00.1Z stdout F text`.
    Cri,
    /// `kubectl logs --prefix`: `[pod/shop-1/app] text`.
    Pod,
    /// Taskcluster: `[task 2024-05-01T10:00:00.1Z] text`.
    Task,
    /// Tekton and Drone: `[build : compile] text`, `[compile:12] text`.
    Step,
    /// TeamCity: `[10:00:01] : [Step 1/3] text`, `[10:00:01]W: text`, with a tab behind the colon.
    TeamCity,
    /// Columns of `gh run view --log`, with tabs between them: the job, the step, the text.
    Columns,
    /// Bazel: `(10:00:01) text`.
    Clock,
    /// Nix: `shop> text`.
    Derivation,
}

impl Prefix {
    const ALL: [Prefix; 9] = [
        Prefix::Compose,
        Prefix::Cri,
        Prefix::Pod,
        Prefix::Task,
        Prefix::Step,
        Prefix::TeamCity,
        Prefix::Columns,
        Prefix::Clock,
        Prefix::Derivation,
    ];

    /// The form that most lines of `sample` have.
    pub(crate) fn of(sample: &[u8]) -> Option<Prefix> {
        Prefix::of_lines(sample.split(|&byte| byte == b'\n'))
    }

    /// The form that most of the first of `lines` have.
    pub(crate) fn of_lines<'l>(lines: impl Iterator<Item = &'l [u8]>) -> Option<Prefix> {
        let lines: Vec<&[u8]> = lines
            .filter(|line| !line.trim_ascii().is_empty())
            .take(SAMPLE_LINES_MAX)
            .collect();
        if lines.len() < LINES_MIN {
            return None;
        }
        Prefix::ALL.into_iter().find(|prefix| {
            let with = lines.iter().filter(|line| prefix.bytes(line) > 0).count();
            with * 10 >= lines.len() * SHARE_OF_TEN
        })
    }

    /// Whether it says when the line was written.
    pub(super) fn has_time(self) -> bool {
        match self {
            Prefix::Cri | Prefix::Task | Prefix::TeamCity | Prefix::Clock => true,
            Prefix::Compose | Prefix::Pod | Prefix::Step | Prefix::Columns | Prefix::Derivation => {
                false
            }
        }
    }

    /// Whether any table looks like it.
    pub(super) fn is_any_table(self) -> bool {
        self == Prefix::Columns
    }

    /// How many bytes at the start of a line are such a prefix; 0 if it has none.
    pub(crate) fn bytes(self, line: &[u8]) -> usize {
        let head = &line[..line.len().min(PREFIX_BYTES_MAX)];
        let found = match self {
            Prefix::Compose => compose(head),
            Prefix::Cri => cri(head),
            Prefix::Pod => bracket(head, |inside| inside.starts_with(b"pod/")),
            Prefix::Task => bracket(head, |inside| {
                inside.strip_prefix(b"task ").is_some_and(is_date)
            }),
            Prefix::Step => bracket(head, is_step),
            Prefix::TeamCity => team_city(head),
            Prefix::Columns => columns(head),
            Prefix::Clock => clock(head),
            Prefix::Derivation => derivation(head),
        };
        found.unwrap_or(0)
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-/".contains(&byte)
}

fn is_date(text: &[u8]) -> bool {
    begins_as(text, b"dddd-dd-dd")
}

fn is_clock(text: &[u8]) -> bool {
    begins_as(text, b"dd:dd:dd")
}

/// Whether `text` begins with the bytes of `shape`, in which `d` stands for a digit.
fn begins_as(text: &[u8], shape: &[u8]) -> bool {
    let fits = |(byte, shape): (&u8, &u8)| match shape {
        b'd' => byte.is_ascii_digit(),
        _ => byte == shape,
    };
    text.len() >= shape.len() && text.iter().zip(shape).all(fits)
}

/// The length with one space behind it.
fn with_space(line: &[u8], length: usize) -> usize {
    length + usize::from(line.get(length) == Some(&b' '))
}

fn compose(line: &[u8]) -> Option<usize> {
    let name = line.iter().take_while(|&&byte| is_name(byte)).count();
    let spaces = line[name..]
        .iter()
        .take_while(|&&byte| byte == b' ')
        .count();
    let at = name + spaces;
    (name > 0 && spaces > 0 && line.get(at) == Some(&b'|')).then(|| with_space(line, at + 1))
}

fn cri(line: &[u8]) -> Option<usize> {
    let time = memchr::memchr(b' ', line).filter(|_| is_date(line))?;
    let rest = &line[time + 1..];
    let is_stream = [&b"stdout F"[..], b"stdout P", b"stderr F", b"stderr P"]
        .iter()
        .any(|stream| rest.starts_with(stream));
    is_stream.then(|| with_space(line, time + 1 + 8))
}

fn bracket(line: &[u8], is_inside: impl Fn(&[u8]) -> bool) -> Option<usize> {
    let inside = line.strip_prefix(b"[")?;
    let end = memchr::memchr(b']', inside)?;
    is_inside(&inside[..end]).then(|| with_space(line, end + 2))
}

/// `build : compile`, `compile:12`.
fn is_step(inside: &[u8]) -> bool {
    let Some(colon) = memchr::memchr(b':', inside) else {
        return false;
    };
    let (task, step) = (&inside[..colon], &inside[colon + 1..]);
    let is_spaced = task.ends_with(b" ") && step.starts_with(b" ");
    let (task, step) = (task.trim_ascii(), step.trim_ascii());
    let is_word = |text: &[u8]| !text.is_empty() && text.iter().all(|&byte| is_name(byte));
    is_word(task)
        && is_word(step)
        && !task[0].is_ascii_digit()
        && (is_spaced || step.iter().all(u8::is_ascii_digit))
}

fn team_city(line: &[u8]) -> Option<usize> {
    let clock = line.strip_prefix(b"[").filter(|rest| is_clock(rest))?;
    if clock.get(8) != Some(&b']') {
        return None;
    }
    let mut at = 10;
    at += line[at..]
        .iter()
        .take_while(|&&byte| b" WEFi".contains(&byte))
        .count();
    if line.get(at) != Some(&b':') {
        return None;
    }
    at += 1;
    at += line[at..]
        .iter()
        .take_while(|&&byte| b" \t".contains(&byte))
        .count();
    let step = bracket(&line[at..], |inside| inside.starts_with(b"Step "));
    Some(at + step.unwrap_or(0))
}

fn columns(line: &[u8]) -> Option<usize> {
    let mut tabs = memchr::memchr_iter(b'\t', line);
    let (first, second) = (tabs.next()?, tabs.next()?);
    (first > 0 && second > first + 1).then_some(second + 1)
}

fn clock(line: &[u8]) -> Option<usize> {
    let rest = line.strip_prefix(b"(").filter(|rest| is_clock(rest))?;
    rest[8..].starts_with(b") ").then_some(11)
}

fn derivation(line: &[u8]) -> Option<usize> {
    let name = line.iter().take_while(|&&byte| is_name(byte)).count();
    (name > 0 && line[name..].starts_with(b"> ")).then_some(name + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(prefix: Prefix, line: &str, want: &str) {
        let sample = format!("{line}\n").repeat(LINES_MIN);
        assert_eq!(Prefix::of(sample.as_bytes()), Some(prefix), "{line}");
        assert_eq!(&line[prefix.bytes(line.as_bytes())..], want, "{line}");
    }

    #[test]
    fn the_prefixes_of_collectors_are_known() {
        check(Prefix::Compose, "web-1  | Error: x", "Error: x");
        check(
            Prefix::Cri,
            "2024-05-01T10:00:00.123456789Z stderr F Error: x",
            "Error: x",
        );
        check(Prefix::Pod, "[pod/shop-7d9/app] Error: x", "Error: x");
        check(
            Prefix::Task,
            "[task 2024-05-01T10:00:00.123Z] Error: x",
            "Error: x",
        );
        check(Prefix::Step, "[build : compile] Error: x", "Error: x");
        check(Prefix::Step, "[compile:12] Error: x", "Error: x");
        check(
            Prefix::TeamCity,
            "[10:00:01] :\t [Step 1/3] Error: x",
            "Error: x",
        );
        check(Prefix::TeamCity, "[10:00:01]W:\t Error: x", "Error: x");
        check(Prefix::Columns, "build\tRun make\tError: x", "Error: x");
        check(Prefix::Clock, "(10:00:01) ERROR: x", "ERROR: x");
        check(Prefix::Derivation, "shop> error: x", "error: x");
    }

    #[test]
    fn a_prefix_that_few_lines_have_is_none() {
        let mut log = String::from("web-1  | Error: x\nweb-1  | y\nweb-1  | z\n");
        log += &"compiling\n".repeat(4);
        assert_eq!(Prefix::of(log.as_bytes()), None);
        assert_eq!(Prefix::of(b"web-1  | Error: x\n"), None);
        assert_eq!(Prefix::of(b""), None);
    }

    #[test]
    fn what_only_looks_like_a_prefix_stays() {
        for line in [
            "[INFO] x",
            "a | b",
            "[12:3] x",
            "| a | b |",
            "src/a.rs:3: x > y",
            "[ERROR] x: y",
            "",
        ] {
            let found = Prefix::ALL.map(|prefix| prefix.bytes(line.as_bytes()));
            let is_table = line == "a | b";
            assert_eq!(found.iter().any(|&bytes| bytes > 0), is_table, "{line}");
        }
    }
}
