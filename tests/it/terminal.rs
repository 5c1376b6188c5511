//! What reaches a terminal, which `script` of util-linux provides, and what reaches a pipe or a
//! file.

use std::fs;

use super::support::{Dir, Output, require};

/// A log with everything that acts on a terminal: a title, a cleared screen, a bell, C1 as UTF-8
/// and as a raw byte.
const ACTIVE: &[u8] = b"x \x1b]0;title\x07 \x1b[2J \x08\x7f \xc2\x9b2J \x9b2J\n";
const ACTIVE_SHOWN: &str = "x \\x1b]0;title\\x07 \\x1b[2J \\x08\\x7f \\x9b2J \\x9b2J\n";

/// A search that takes half a second shows a bar, and on a busy machine any may take that long.
const NO_BAR: &str = "--progress=never";

/// The terminal got these bytes, but for the CR that it puts before each LF itself.
#[track_caller]
fn terminal_is(output: &Output, want: impl AsRef<[u8]>) {
    let want = want.as_ref().to_vec();
    let with_cr: Vec<u8> = want
        .iter()
        .flat_map(|&byte| match byte {
            b'\n' => b"\r\n".to_vec(),
            byte => vec![byte],
        })
        .collect();
    output.stdout_is(with_cr);
}

/// `logscan ARGS` on a terminal, in a directory with this `log`, sends it these bytes.
#[track_caller]
fn check(log: impl AsRef<[u8]>, args: &str, want: impl AsRef<[u8]>) {
    if !require("script") {
        return;
    }
    let dir = Dir::with_log(log);
    let script = format!("logscan {NO_BAR} {args}");
    terminal_is(&dir.on_terminal(&script).output(), want);
}

#[test]
fn control_characters_in_lines_are_shown_on_a_terminal() {
    check(ACTIVE, "-N --color=never x log", ACTIVE_SHOWN);
    check(ACTIVE, "-v nothing log", ACTIVE_SHOWN);
    check(
        "10%\r20%\rdone x\n",
        "--color=never x log",
        "10%\\x0d20%\\x0ddone x\n",
    );
}

#[test]
fn tabs_carriage_returns_before_line_feeds_and_text_pass_to_a_terminal() {
    let log = "x\ttab\r\nx é 日本\n";
    check(log, "--color=never x log", log);
}

#[test]
fn colours_of_a_log_pass_to_a_terminal_and_are_reset_at_the_end_of_the_line() {
    let log = "\x1b[31mred\nplain\n\x1b[1;32mgreen\x1b[0m\n\x1b[44mblue\r\n";
    let want = "\x1b[31mred\x1b[m\nplain\n\x1b[1;32mgreen\x1b[0m\n\x1b[44mblue\x1b[m\r\n";
    check(log, "-v nothing log", want);
}

#[test]
fn color_never_strips_the_colours_of_a_log_on_a_terminal() {
    let log = "\x1b[31mred x\x1b[m\x1b[1\n";
    check(log, "--color=never x log", "red x\\x1b[1\n");
    if require("script") {
        let dir = Dir::with_log(log);
        let output = dir
            .on_terminal(&format!("NO_COLOR=1 logscan {NO_BAR} x log"))
            .output();
        terminal_is(&output, "red x\\x1b[1\n");
    }
}

#[test]
fn raw_sends_everything_to_the_terminal_as_it_is() {
    check(ACTIVE, "--raw -v nothing log", ACTIVE);
    check(
        "\x1b[31mred x\n",
        "--raw --color=never x log",
        "\x1b[31mred x\n",
    );
    check("a x\n", "--raw x log", "a \x1b[01;31m\x1b[Kx\x1b[m\x1b[K\n");
}

#[test]
fn a_pipe_or_a_file_always_gets_the_bytes_unchanged() {
    let log = [ACTIVE, b"\x1b[31mred\rx\n"].concat();
    let dir = Dir::with_log(&log);
    for color in ["auto", "always", "never"] {
        let args = format!("--color={color} -v nothing log");
        dir.logscan(&args).output().stdout_is(&log);
        if cfg!(unix) {
            dir.sh(&format!("logscan {args} > out")).output().code_is(0);
            assert_eq!(fs::read(dir.path().join("out")).unwrap(), log, "{args}");
        }
        if require("script") {
            // The person sits at a terminal, but the results go elsewhere.
            let script =
                format!("logscan {NO_BAR} {args} > out; logscan {NO_BAR} {args} | cat > piped");
            dir.on_terminal(&script).output().stdout_is("").code_is(0);
            assert_eq!(fs::read(dir.path().join("out")).unwrap(), log, "{args}");
            assert_eq!(fs::read(dir.path().join("piped")).unwrap(), log, "{args}");
        }
    }
    dir.logscan("--color=always red log")
        .output()
        .stdout_is("\x1b[31m\x1b[01;31m\x1b[Kred\x1b[m\x1b[K\rx\n");
}

#[test]
fn colours_of_matches_are_colours_only_on_a_terminal() {
    check(
        "a x b\n",
        "-n x log",
        "\x1b[32m1\x1b[m\x1b[36m:\x1b[ma \x1b[01;31mx\x1b[m b\n",
    );
}

#[test]
fn a_colour_that_a_match_cuts_in_two_is_text() {
    check("\x1b[31mred\n", "31 log", "\\x1b[\x1b[01;31m31\x1b[mmred\n");
    check("\x1b[31mred\n", "-o --color=never '.\\[3' log", "\\x1b[3\n");
}

#[test]
fn every_kind_of_result_is_shown_escaped() {
    let log = "x\x07y\n";
    check(log, "--color=never x log", "x\\x07y\n");
    check(log, "--color=never -o 'x.*' log", "x\\x07y\n");
    check(log, "--color=never -o --tally 'x.*' log", "1\tx\\x07y\n");
    check(log, "--color=never x -r '$0!' log", "x!\\x07y\n");
    check(
        log,
        "-c --by-pattern --color=never \"$(printf 'x\\007')\" log",
        "1\tx\\x07\n",
    );
    check("a\nx\x07y\n", "--color=never --last=1 y log", "x\\x07y\n");
    if !require("script") {
        return;
    }
    let dir = Dir::new();
    dir.file("a\x07b", "x\n");
    for (args, want) in [
        ("-H", "a\\x07b:x\n"),
        ("-Hc", "a\\x07b:1\n"),
        ("-l", "a\\x07b\n"),
        ("-lZ", "a\\x07b\\x00"),
    ] {
        let script = format!("logscan {NO_BAR} --color=never {args} x a*");
        terminal_is(&dir.on_terminal(&script).output(), want);
    }
    dir.file("json", b"x \x7f\n");
    let output = dir
        .on_terminal(&format!("logscan {NO_BAR} --json x json"))
        .output();
    assert!(output.text().contains("x \\x7f\\n"), "{output}");
}

#[test]
fn a_long_search_is_shown_escaped_to_its_last_line() {
    let lines = 100_000;
    check(
        "x \x1b[7m\x1b[2Jpadding padding padding\n".repeat(lines),
        "-v nothing log",
        "x \x1b[7m\\x1b[2Jpadding padding padding\x1b[m\n".repeat(lines),
    );
}

#[test]
fn messages_show_control_characters_of_names_and_patterns_wherever_they_go() {
    let name = "no\x1b]0;title\x07\u{9b}2J\x1b[31m";
    let shown = "no\\x1b]0;title\\x07\\x9b2j\\x1b[31m";
    let dir = Dir::with_log("x\n");
    let output = dir.logscan("x").arg(name).output();
    output.code_is(2).stderr_has(shown);
    assert!(!output.stderr.contains(&0x1b), "{output}");
    let output = dir.logscan("").arg(&format!("({name}")).arg("log").output();
    output.code_is(2).stderr_has(shown);
    assert!(!output.stderr.contains(&0x1b), "{output}");
    let flag = format!("--{name}");
    let output = dir.logscan("").arg(&flag).arg("log").output();
    output.code_is(2);
    assert!(!output.stderr.contains(&0x1b), "{output}");
}

#[test]
#[cfg(unix)] // Names with control characters.
fn the_progress_bar_shows_control_characters_of_names() {
    let name = "a\x07b\x1b]0;title";
    let dir = Dir::new();
    dir.file(name, "x\n");
    let output = dir.logscan("--progress=always x").arg(name).output();
    output.code_is(0).stderr_has("a\\x07b\\x1b]0;title");
    assert!(!output.stderr.contains(&0x07), "{output}");
}

/// A log with many kinds of lines, of which some are long, some wide, and some both.
fn kinds(count: usize) -> String {
    let word = |nth: usize| -> String {
        let letter = |nth: usize| char::from(b'a' + u8::try_from(nth % 26).expect("below 26"));
        [nth / 676, nth / 26, nth].into_iter().map(letter).collect()
    };
    (0..count)
        .map(|nth| match nth % 3 {
            0 => format!("{}\n", format!("{} ", word(nth)).repeat(100)),
            1 => format!(
                "{0} {0} {1}\n",
                word(nth),
                "日本語のとても長い行".repeat(30)
            ),
            _ => format!("{0} {0} short\n", word(nth)),
        })
        .collect()
}

/// How many columns a line takes on a terminal, as far as the characters of these tests go.
fn columns(line: &str) -> usize {
    line.chars().map(|c| 1 + usize::from(c > '\u{2fff}')).sum()
}

#[test]
fn a_table_of_templates_fits_every_terminal_and_says_what_is_missing() {
    if !require("script") {
        return;
    }
    let dir = Dir::with_log(kinds(75));
    dir.file("other", "aaa other\n".repeat(5));
    for width in [40, 80, 200] {
        for (args, rows, more) in [
            ("", 30, "... 45 more: --top 0"),
            ("--example --color=always", 60, "... 45 more: --top 0"),
            ("--ids --rare", 30, "... 45 more: --top 0"),
            ("--diff other", 30, "... 46 more: --top 0"),
            ("--top 0", 75, ""),
            ("--top 33", 33, ""),
        ] {
            let script = format!("stty cols {width} rows 24; logscan templates {args} log");
            let output = dir.on_terminal(&script).output();
            output.code_is(0);
            let text = output.text().replace('\r', "");
            let text = text.replace("\x1b[2m", "").replace("\x1b[m", "");
            let (notes, lines): (Vec<_>, Vec<_>) =
                text.lines().partition(|line| line.starts_with("... "));
            assert_eq!(lines.len(), 1 + rows, "{width} {args}\n{output}");
            let widest = lines.iter().map(|line| columns(line)).max();
            assert!(widest <= Some(width), "{width} {args}\n{output}");
            assert!(
                widest >= Some(width - 1),
                "nothing is cut too short: {width} {args}\n{output}"
            );
            assert!(notes.iter().all(|note| columns(note) <= width), "{output}");
            assert_eq!(notes.contains(&more), !more.is_empty(), "{args}\n{output}");
            assert!(
                notes.contains(&"... cut to fit: | less -S has it whole"),
                "{output}"
            );
        }
    }
}

#[test]
fn a_pipe_and_a_file_get_the_whole_table_of_templates_whoever_sits_at_the_terminal() {
    if !require("script") {
        return;
    }
    let dir = Dir::with_log(kinds(75));
    let want = dir.logscan("templates log").output().text();
    assert_eq!(want.lines().count(), 76);
    let script = "stty cols 40; logscan templates log > out; logscan templates log | cat > piped";
    dir.on_terminal(script).output().stdout_is("").code_is(0);
    for name in ["out", "piped"] {
        assert_eq!(fs::read_to_string(dir.path().join(name)).unwrap(), want);
    }
    let jsonl = dir.logscan("templates --format jsonl log").output().text();
    let output = dir
        .on_terminal("logscan templates --format jsonl log")
        .output();
    assert_eq!(output.text().replace('\r', ""), jsonl);
}

#[test]
fn a_table_of_templates_that_fits_a_terminal_is_as_in_a_pipe() {
    if !require("script") {
        return;
    }
    let dir = Dir::with_log("job 1 done\njob 2 done\ndisk full\n");
    let want = dir.logscan("templates log").output().text();
    let output = dir
        .on_terminal("stty cols 80; logscan templates --color=never log")
        .output();
    terminal_is(&output, want);
}

#[test]
fn the_exit_status_is_the_same_on_a_terminal() {
    if !require("script") {
        return;
    }
    let dir = Dir::with_log("x\n");
    dir.on_terminal("logscan x log").output().code_is(0);
    dir.on_terminal("logscan y log").output().code_is(1);
    dir.on_terminal("logscan x none").output().code_is(2);
}

/// What is left to see on a terminal that got these bytes.
fn screen(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines: Vec<Vec<char>> = vec![Vec::new()];
    let (mut row, mut column) = (0, 0);
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\r' => column = 0,
            '\n' => row += 1,
            '\x1b' => {
                assert_eq!(chars.next(), Some('['), "{text:?}");
                let mut number = String::new();
                let command = loop {
                    match chars.next() {
                        Some(digit @ ('0'..='9' | ';')) => number.push(digit),
                        command => break command,
                    }
                };
                let count = number.parse().unwrap_or(1);
                match command {
                    Some('A') => row -= count,
                    Some('B') => row += count,
                    Some('K') => lines[row].clear(),
                    _ => {}
                }
            }
            char => {
                let line = &mut lines[row];
                line.resize(line.len().max(column + 1), ' ');
                line[column] = char;
                column += 1;
            }
        }
        lines.resize(lines.len().max(row + 1), Vec::new());
    }
    let shown = |line: Vec<char>| line.into_iter().collect::<String>().trim_end().to_owned();
    lines.into_iter().map(shown).collect()
}

#[test]
fn a_progress_bar_is_always_erased() {
    if !require("script") {
        return;
    }
    let lines = 20_000;
    let dir = Dir::with_log("a x\nb\n".repeat(lines));
    dir.file("small", "x 1\nx 2\n");
    for (args, want) in [
        ("-c x log", vec!["20000"]),
        (
            "-c x log none small",
            vec![
                "log:20000",
                "logscan: cannot open none: No such file or directory",
                "small:2",
            ],
        ),
        ("-q x log", vec![]),
        (
            "x small small",
            vec!["small:x 1", "small:x 2", "small:x 1", "small:x 2"],
        ),
        ("--chunk-size 1 x small", vec!["x 1", "x 2"]),
        ("-o --tally x log", vec!["20000\tx"]),
        ("-c x log > out", vec![]),
        ("x log | tail -n 1", vec!["a x"]),
        ("templates --format csv small | wc -l", vec!["2"]),
        (
            "templates log > /dev/full",
            vec!["logscan: cannot write the results: No space left on device"],
        ),
        ("triage small", vec!["no failure found"]),
    ] {
        let args = match args.split_once(' ') {
            Some((command @ ("templates" | "triage"), rest)) => {
                format!("{command} --progress=always {rest}")
            }
            _ => format!("--progress=always {args}"),
        };
        let output = dir.on_terminal(&format!("logscan {args}")).output();
        let mut seen = screen(&output.stdout);
        while seen.last().is_some_and(String::is_empty) {
            seen.pop();
        }
        assert!(
            String::from_utf8_lossy(&output.stdout).contains("B/s"),
            "there was a bar: {output}"
        );
        assert_eq!(seen, want, "{output}");
    }
}

#[test]
#[cfg(unix)] // FIFOs and signals.
fn a_progress_bar_is_erased_when_a_signal_ends_the_search() {
    if !require("script") {
        return;
    }
    let dir = Dir::new();
    let script = "mkfifo fifo; logscan --progress=always x fifo & exec 3> fifo; printf 'x\\n' >&3; kill -TERM $!; wait";
    let output = dir.on_terminal(script).output();
    for line in screen(&output.stdout) {
        assert!(!line.contains("B/s"), "{output}");
    }
}
