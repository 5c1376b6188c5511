//! `--redact`: no secret leaves the program, in any format, and all else does.

use serde_json::Value;

use super::{
    corpus::{lookalikes, secrets},
    support::{Dir, Output},
};

/// The longest part of a secret that no format writes in another way.
fn needle(secret: &str) -> String {
    let words = secret.split(|c: char| !c.is_ascii_alphanumeric());
    let longest = words.max_by_key(|word| word.len()).unwrap_or_default();
    match longest.len() {
        6.. => longest.to_owned(),
        _ => secret.to_owned(),
    }
}

/// All lines of the corpus, as errors of a build.
fn log() -> String {
    let lines = secrets().into_iter().map(|sample| sample.line);
    let all = lines.chain(lookalikes());
    all.enumerate()
        .map(|(nth, line)| format!("2026-11-20T09:{:02}:00Z ERROR {line}\n", nth % 60))
        .collect()
}

/// A line whose pseudonyms have no numbers.
fn unnumbered(line: &str) -> String {
    let mut parts = line.split('>');
    let first = parts.next().unwrap_or_default().to_owned();
    let mut text = first.clone();
    let mut before = first;
    for part in parts {
        let cut = before.rfind(':').filter(|at| {
            let number = &before[at + 1..];
            !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
        });
        if let Some(at) = cut {
            text.truncate(text.len() - (before.len() - at));
        }
        text.push('>');
        text.push_str(part);
        before = part.to_owned();
    }
    text
}

#[track_caller]
fn has_no_secret(output: &Output) {
    for bytes in [&output.stdout, &output.stderr] {
        let text = String::from_utf8_lossy(bytes);
        for sample in secrets() {
            let needle = needle(&sample.secret);
            assert!(
                !text.contains(&needle),
                "{needle} of {}\n{output}",
                sample.line
            );
        }
    }
}

#[test]
fn a_search_prints_pseudonyms_and_leaves_what_only_looks_like_a_secret() {
    let dir = Dir::with_log(log());
    let output = dir.logscan("--redact ERROR log").output();
    output.code_is(0).stderr_is_empty();
    has_no_secret(&output);
    let text = output.text();
    let kept: Vec<&str> = text.lines().collect();
    for (line, sample) in kept.iter().zip(secrets()) {
        let want = sample.redacted.replace(":1>", ">");
        assert!(unnumbered(line).ends_with(&want), "{line}\n{want}");
    }
    let lookalikes = lookalikes();
    for (line, want) in kept[kept.len() - lookalikes.len()..]
        .iter()
        .zip(&lookalikes)
    {
        assert!(line.ends_with(&format!("ERROR {want}")), "{line}\n{want}");
    }
    assert_eq!(kept.len(), secrets().len() + lookalikes.len());
}

#[test]
fn the_same_bytes_come_for_every_number_of_threads_and_size_of_chunks() {
    let dir = Dir::with_log(log().repeat(3));
    let want = dir.logscan("--redact -n -C 1 7 log").output();
    for threads in [1, 2, 7] {
        for chunk in ["1K", "64K", "4M"] {
            for path in ["--mmap", "--no-mmap"] {
                let args =
                    format!("--redact -n -C 1 7 -j {threads} --chunk-size {chunk} {path} log");
                dir.logscan(&args).output().stdout_is(&want.stdout);
            }
        }
    }
}

#[test]
fn no_format_of_a_search_has_a_secret() {
    let dir = Dir::with_log(log());
    for args in [
        "-nHb --column ERROR log",
        "--color=always [a-z] log",
        "-o ERROR.* log",
        "-o --tally ERROR.* log",
        "--json [a-z0-9]+ log",
        "--json . log",
        "--json -C 2 x log",
        "--budget 20K ERROR log",
        "--lines 1-300 --budget 20K log",
        "-M 100 --max-columns-preview ERROR log",
        "--records ERROR log",
        "--merge ERROR log",
        "-c --by-pattern -e ERROR log",
    ] {
        let output = dir.logscan(&format!("--redact {args}")).output();
        output.code_is(0);
        has_no_secret(&output);
        if args.starts_with("--json") {
            for line in output.text().lines() {
                serde_json::from_str::<Value>(line).unwrap_or_else(|why| panic!("{why}: {line}"));
            }
        }
    }
}

#[test]
fn no_report_has_a_secret() {
    let dir = Dir::with_log(log());
    for (command, formats) in [
        ("templates --example", "text json jsonl csv markdown"),
        ("digest", "text markdown json html"),
        ("triage --all", "text jsonl github markdown html sarif"),
    ] {
        for format in formats.split(' ') {
            let output = dir
                .logscan(&format!("{command} --redact --format {format} log"))
                .output();
            has_no_secret(&output);
            let text = output.text();
            match format {
                "json" | "sarif" => drop(serde_json::from_str::<Value>(&text).expect("it is JSON")),
                "html" => assert!(!text.contains("<ip:"), "{output}"),
                _ => {}
            }
        }
    }
    for args in [
        "templates --assign",
        "digest --budget 2000",
        "triage --budget 2000",
    ] {
        has_no_secret(&dir.logscan(&format!("{args} --redact log")).output());
    }
}

#[test]
fn reports_have_pseudonyms_in_the_language_of_the_format() {
    let dir = Dir::with_log(
        "src/a.c:7:1: error: 198.51.100.7 of ann@example.org\nmake: *** [a.o] Error 1\n",
    );
    let redacted = |args: &str| {
        dir.logscan(&format!("triage --redact --format {args} log"))
            .output()
            .text()
    };
    assert!(redacted("text").contains("<ip:1> of <email:1>"));
    assert!(redacted("jsonl").contains("<ip:1> of <email:1>"));
    let html = redacted("html");
    assert!(html.contains("&lt;ip:1&gt; of &lt;email:1&gt;"), "{html}");
    let markdown = redacted("markdown");
    assert!(
        markdown.contains("&lt;ip:1&gt; of &lt;email:1&gt;"),
        "{markdown}"
    );
}

#[test]
fn bytes_that_are_no_text_are_looked_at_behind_their_base64() {
    let dir = Dir::with_log(b"\xff ann@example.org\n");
    let output = dir.logscan("--redact --json ann log").output();
    // "\xff <email:1>\n"
    assert!(
        output.text().contains("\"bytes\":\"/yA8ZW1haWw6MT4K\""),
        "{output}"
    );
    dir.logscan("--redact ann log")
        .output()
        .stdout_is(b"\xff <email:1>\n");
}

#[test]
fn a_private_key_is_replaced_line_by_line() {
    let line = "MIIEowIBAAKCAQEAx7Lm0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH";
    let key = |name: &str| format!("-----{name} RSA {} KEY-----", "PRIVATE");
    let dir = Dir::with_log(format!(
        "{}\n{line}\nAb+d9Q==\n{}\nstarted\n",
        key("BEGIN"),
        key("END")
    ));
    dir.file("other", "x\n");
    let (begin, end) = (key("BEGIN"), key("END"));
    let want = format!("log:1:{begin}\nlog:2:<key:1>\nlog:3:<key:2>\nlog:4:{end}\nlog:5:started\n");
    dir.logscan("--redact -nH -e . log")
        .output()
        .stdout_is(&want);
    let json = dir.logscan("--redact --json . log").output();
    for secret in [line, "Ab+d9Q"] {
        assert!(!json.text().contains(secret), "{json}");
    }
}

#[test]
fn messages_have_the_pseudonyms_of_the_results() {
    let dir = Dir::with_log("/home/alice/x\n");
    let output = dir.logscan("--redact home log /home/alice/no.log").output();
    output.code_is(2);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(message.contains("/home/<user:1>/no.log"), "{output}");
    assert!(output.text().contains("/home/<user:1>/x"), "{output}");
}

#[test]
fn names_of_files_and_counts_pass_with_their_separators() {
    let dir = Dir::with_log("a\nb\n");
    dir.file("b@example.org.log", "a\n");
    dir.logscan("--redact -l -Z a log b@example.org.log")
        .output()
        .stdout_is("log\0<email:1>.log\0");
    dir.logscan("--redact -c a log").output().stdout_is("1\n");
    dir.logscan("--redact -c 4111111111111111 log")
        .output()
        .stdout_is("0\n");
}

#[test]
fn a_key_gives_the_same_pseudonyms_in_every_run() {
    let dir = Dir::with_log("10.0.0.7\n");
    dir.file("key", "0123456789abcdef\n");
    let first = dir
        .logscan("--redact --redact-key 0123456789abcdef 10 log")
        .output();
    first.code_is(0).stderr_is_empty();
    let text = first.text();
    assert!(
        text.starts_with("<ip:") && text.len() == "<ip:12345678>\n".len(),
        "{first}"
    );
    dir.logscan("--redact --redact-key @key 10 log")
        .output()
        .stdout_is(&first.stdout);
    dir.logscan("--redact --redact-key env:MY_KEY 10 log")
        .env("MY_KEY", "0123456789abcdef")
        .output()
        .stdout_is(&first.stdout);
    let other = dir
        .logscan("--redact --redact-key fedcba9876543210 10 log")
        .output();
    assert_ne!(other.stdout, first.stdout);
}

#[test]
fn what_is_wrong_with_a_key_or_a_pattern_is_said() {
    let dir = Dir::with_log("10.0.0.7\n");
    dir.file("key", "short\n");
    for (args, want) in [
        (
            "--redact --redact-key short",
            "a key needs at least 16 bytes",
        ),
        (
            "--redact --redact-key @key",
            "a key needs at least 16 bytes",
        ),
        (
            "--redact --redact-key key",
            "key is a file; @key reads the key from it",
        ),
        ("--redact --redact-key @none", "cannot read none"),
        (
            "--redact --redact-key env:NO_SUCH_KEY",
            "there is no environment variable NO_SUCH_KEY",
        ),
        (
            "--redact-key 0123456789abcdef",
            "--redact-key is for --redact and --redact-regex",
        ),
        ("--redact-regex (", "--redact-regex: "),
    ] {
        let output = dir.logscan(&format!("{args} 10 log")).output();
        output.code_is(2).stdout_is("");
        let message = String::from_utf8_lossy(&output.stderr);
        assert!(message.contains(want), "{want}\n{output}");
    }
}

#[test]
fn a_pattern_says_what_else_is_secret() {
    let dir = Dir::with_log("order-12 of bob\norder-13 of bob\n");
    dir.logscan(r"--redact-regex order-\d+ --redact-regex of\s(\w+) of log")
        .output()
        .stdout_is("<redacted:1> of <redacted:2>\n<redacted:3> of <redacted:2>\n");
}

#[test]
fn answers_of_the_server_have_pseudonyms_and_the_identifiers_of_the_client() {
    let dir = Dir::new();
    dir.file("logs/app.log", "ERROR 10.0.0.7 failed\n");
    let call = serde_json::json!({
        "jsonrpc": "2.0", "id": "ann@example.org", "method": "tools/call",
        "params": {"name": "search", "arguments": {"path": "app.log", "pattern": "ERROR"}}
    });
    let output = dir
        .logscan("mcp --root logs --redact")
        .pipe(format!("{call}\n"))
        .output();
    output.code_is(0);
    let text = output.text();
    assert!(text.contains("\"id\":\"ann@example.org\""), "{output}");
    assert!(text.contains("ERROR <ip:1> failed"), "{output}");
}

#[test]
fn tools_print_no_value_whose_name_says_that_it_is_secret() {
    let dir = Dir::new();
    dir.file("logs/app.log", "user=ann db_password=hunter2xyz\n");
    let call = |name: &str, arguments: serde_json::Value| {
        let params = serde_json::json!({"name": name, "arguments": arguments});
        serde_json::json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    };
    for call in [
        call("fields", serde_json::json!({"path": "app.log"})),
        call(
            "count",
            serde_json::json!({"path": "app.log", "by": "db_password"}),
        ),
        call(
            "search",
            serde_json::json!({"path": "app.log", "where": "user=ann"}),
        ),
    ] {
        let output = dir
            .logscan("mcp --root logs --redact")
            .pipe(format!("{call}\n"))
            .output();
        let text = output.text();
        assert!(
            text.contains("db_password") && !text.contains("hunter2xyz"),
            "{output}"
        );
    }
}
