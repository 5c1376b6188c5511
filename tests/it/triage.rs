//! `logscan triage`: what it says about small builds, in every format, from files, directories,
//! zips and pipes.

use std::{fs, io::Write as _, path::Path};

use serde_json::Value;

use super::{
    archives::{tar_of, zip_of},
    support::{Dir, gzip, require},
};

/// A build of testdata/ci, which the README uses as well.
fn ci(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/ci");
    fs::read_to_string(path.join(name)).expect("it is in the repository")
}

fn rows(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).expect("each line is an object"))
        .collect()
}

#[test]
fn logs_are_read_and_measured_by_the_flags_of_every_command() {
    let dir = Dir::with_log(ci("red.log"));
    dir.file("green", ci("green.log"));
    let plain = dir.logscan("triage log").output();
    for args in ["--mmap", "--no-mmap", "-s", "-j3"] {
        let output = dir.logscan(&format!("triage {args} log")).output();
        output.stdout_is(&plain.stdout).stderr_is_empty().code_is(0);
    }
    dir.logscan("triage --stats --no-mmap log")
        .output()
        .stdout_is(&plain.stdout)
        .stderr_has("log: statistics")
        .stderr_has("  path         read (")
        .stderr_has("engine       triage (every line is looked at by the rules)")
        .code_is(0);
    // Of several logs there is one block.
    dir.logscan("triage --stats --baseline green log")
        .output()
        .stderr_has("all files: statistics\n  files        2\n")
        .code_is(0);
    dir.logscan("triage -s log nowhere")
        .output()
        .stdout_is(&plain.stdout)
        .stderr_is_empty()
        .code_is(2);
}

#[test]
fn a_budget_is_never_passed_and_holds_the_cause_first() {
    let noise: String = (0..3000)
        .map(|nth| format!("compiling part {nth}\n"))
        .collect();
    let red = ci("red.log");
    let dir = Dir::with_log(format!("{noise}{red}"));
    dir.file("green", ci("green.log"));
    for size in [
        "200", "300", "1000", "2500", "1K", "3K", "5lines", "40lines",
    ] {
        let output = dir.logscan(&format!("triage --budget {size} log")).output();
        output.code_is(0).stderr_is_empty();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (number, unit) = size.split_at(
            size.find(|c: char| !c.is_ascii_digit())
                .unwrap_or(size.len()),
        );
        let number: usize = number.parse().unwrap();
        let is_within = match unit {
            "" => text.chars().count() <= 4 * number,
            "K" => text.len() <= number << 10,
            _ => text.lines().count() <= number,
        };
        assert!(is_within, "{size}: {text}");
        let head = "1. src/cart.rs:88: cart::tests::discount_is_rounded_down (line 3034, step \"cargo test\"";
        assert!(text.contains(head), "{size}: {text}");
        let again = dir
            .logscan(&format!("triage -j1 --budget {size} log"))
            .output();
        again.stdout_is(&output.stdout);
    }
    let output = dir.logscan("triage --budget 1000 log").output();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    for evidence in [
        "| ##[error]Process completed with exit code 1.\n",
        "| ##[group]Run cargo test\n",
        "| test result: FAILED. 3 passed; 1 failed; 0 ignored; finished in 0.01s\n",
        "left out: ",
        "; logscan --lines ",
    ] {
        assert!(text.contains(evidence), "{evidence}: {text}");
    }
    dir.logscan("triage --budget 300 green")
        .output()
        .stdout_is("green: 33 lines, the build went well\nno failure found; the log says that the build went well\n")
        .code_is(1);
    for (args, reason) in [
        ("--budget 100", "a budget is at least 200 tokens"),
        ("--budget 5x", "a budget is a number of tokens"),
        (
            "--budget 500 --format jsonl",
            "--budget is for the text format",
        ),
    ] {
        dir.logscan(&format!("triage {args} log"))
            .output()
            .stdout_is("")
            .stderr_has(reason)
            .code_is(2);
    }
}

#[test]
fn the_exit_status_says_whether_anything_was_found() {
    let dir = Dir::with_log(ci("red.log"));
    dir.file("green", ci("green.log"));
    dir.file("broken.toml", "[[rule]]\nname = 1\n");
    for (args, code) in [
        ("triage log", 0),
        ("triage --baseline green log", 0),
        ("triage green", 1),
        ("triage --baseline green green", 1),
        ("triage nowhere", 2),
        ("triage log nowhere", 2),
        ("triage --baseline nowhere log", 2),
        ("triage --rules nowhere log", 2),
        ("triage --rules broken.toml log", 2),
        ("triage --format yaml log", 2),
    ] {
        let output = dir.logscan(args).output();
        output.code_is(code);
    }
    let output = dir.logscan("triage green").output();
    output.stdout_is("no failure found; the log says that the build went well\n");
    let output = dir.logscan("triage --rules broken.toml log").output();
    output
        .stderr_has("broken.toml")
        .stderr_has("cannot use the rules");
}

#[test]
fn a_file_of_rules_that_is_too_large_is_refused() {
    let dir = Dir::with_log(ci("red.log"));
    dir.file("large.toml", "# a line\n".repeat(200_000));
    dir.file("deep.toml", format!("rule = {}", "[".repeat(100_000)));
    for (rules, want) in [
        (
            "large.toml",
            "cannot read large.toml: it has more than 1048576 bytes",
        ),
        ("deep.toml", "deep.toml: cannot use the rules"),
    ] {
        let output = dir.logscan(&format!("triage --rules {rules} log")).output();
        output.code_is(2).stderr_has(want);
    }
}

#[test]
fn every_way_in_gives_the_same_findings() {
    let dir = Dir::with_log(ci("red.log"));
    let want = dir.logscan("triage --format jsonl log").output().text();
    for threads in ["1", "2", "7"] {
        let args = format!("triage --format jsonl -j {threads} log");
        dir.logscan(&args).output().stdout_is(&want).code_is(0);
    }
    let piped = dir
        .logscan("triage --format jsonl")
        .pipe(ci("red.log"))
        .output()
        .text();
    assert_eq!(piped, want.replace("\"file\":\"log\"", "\"file\":\"-\""));
}

#[test]
fn a_finding_has_the_documented_fields() {
    let dir = Dir::with_log(ci("red.log"));
    dir.file("green", ci("green.log"));
    let text = dir
        .logscan("triage --format jsonl --baseline green log")
        .output()
        .text();
    let rows = rows(&text);
    let first = &rows[0];
    let fields = "type rank file first_line last_line line rule step message source_file source_line count score new why \
                  excerpt fingerprint family severity";
    for field in fields.split(' ') {
        assert!(first.get(field).is_some(), "{field} is missing: {first}");
    }
    assert_eq!(first["rank"], 1);
    assert_eq!(first["new"], true);
    assert_eq!(first["step"], "cargo test");
    assert_eq!(first["rule"], "cargo-test-failure");
    assert_eq!(rows.last().unwrap()["type"], "end");
}

#[test]
fn all_formats_say_the_same_and_all_says_more() {
    let dir = Dir::with_log(ci("red.log"));
    for format in ["text", "jsonl", "github", "markdown", "html", "sarif"] {
        let output = dir
            .logscan(&format!("triage --format {format} log"))
            .output();
        output.code_is(0).stderr_is_empty();
        let text = output.text();
        assert!(
            text.contains("discount_is_rounded_down"),
            "{format}: {text}"
        );
        let all = dir
            .logscan(&format!("triage --all --format {format} log"))
            .output()
            .text();
        assert!(all.len() > text.len(), "{format}");
    }
}

#[test]
fn a_page_has_every_believed_finding_and_the_steps_with_their_lengths() {
    let dir = Dir::with_log(ci("red.log"));
    dir.file("green", ci("green.log"));
    let rows = rows(
        &dir.logscan("triage --format jsonl --baseline green log")
            .output()
            .text(),
    );
    let output = dir
        .logscan("triage --format html --baseline green log")
        .output();
    output.code_is(0).stderr_is_empty();
    let page = output.text();
    assert!(page.starts_with("<!DOCTYPE html>") && page.ends_with("</html>\n"));
    assert!(!page.contains("<script") && !page.contains("http"));
    let (end, findings) = rows.split_last().unwrap();
    assert_eq!(page.matches("<section>\n<h2>").count(), findings.len() + 1);
    for finding in findings {
        let message = finding["message"].as_str().unwrap();
        assert!(page.contains(message), "{message}: {page}");
    }
    let hidden = format!("{} weaker findings hidden: --all", end["hidden"]);
    for part in [
        hidden.as_str(),
        "<h1>log: the build failed</h1>",
        "<dt>log</dt><dd>log: GitHub Actions, 50 lines, ",
        "<b>new since the baseline</b>",
        "rule cargo-test-failure, family ",
        "<dt>source</dt><dd><code>src/cart.rs:88</code></dd>",
        "<dt>told again</dt><dd>line",
        "\n     33 | thread &#39;cart::tests::discount_is_rounded_down&#39; panicked at src/cart.rs:88:9:\n",
        "<mark>     34 &gt; assertion `left == right` failed</mark>",
        // From 09:14:01.3 to the exit at 09:14:04.6.
        "<li><b class=\"took\">3.3s</b><b>failed:</b> cargo test <span class=\"small\">lines 14 to 47, 09:14:01 to 09:14:04</span>",
        "<rect class=\"error\"",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let without = dir.logscan("triage --format html log").output().text();
    assert!(!without.contains("new since the baseline"), "{without}");
    // A log without times has its steps, but no bars.
    let untimed: String = ci("red.log")
        .lines()
        .map(|line| format!("{}\n", line.split_once(' ').map_or("", |parts| parts.1)))
        .collect();
    dir.file("untimed", untimed);
    let page = dir.logscan("triage --format html untimed").output().text();
    assert!(page.contains("<b>failed:</b> cargo test <span"), "{page}");
    assert!(
        page.contains("The lines that begin and end them have no times."),
        "{page}"
    );
    assert!(!page.contains("<rect class=\"error\" x"), "{page}");
    let green = dir.logscan("triage --format html green").output();
    green.code_is(1);
    assert!(
        green.text().contains("<p>no failure found; the log says"),
        "{green}"
    );
}

#[test]
fn a_page_of_many_logs_has_the_findings_first_and_the_logs_that_failed_before_the_others() {
    let dir = Dir::new();
    fs::create_dir_all(dir.path().join("logs")).unwrap();
    for nth in 0..56 {
        let log = match nth {
            52 => "##[error]Process completed with exit code 1.\n",
            54 => "a.c:7:1: error: expected ';'\n",
            _ => "fine\n",
        };
        dir.file(&format!("logs/{nth}_job{nth}.txt"), log);
    }
    let page = dir
        .logscan("triage --format html --all logs")
        .output()
        .text();
    let at = |part: &str| {
        let at = page.find(part);
        at.unwrap_or_else(|| panic!("{part} is not in {page}"))
    };
    assert!(
        page.contains("<dt>logs</dt><dd>56 logs: 1 failed, 55 "),
        "{page}"
    );
    let order = [
        at("<dt>logs</dt>"),
        at("<h2>1. "),
        at("<h2>Steps</h2>"),
        at("<h2>Logs</h2>"),
        at("<li>logs/52_job52.txt: "),
        at("<li>logs/54_job54.txt: "),
        at("<li>logs/0_job0.txt: "),
    ];
    assert!(order.is_sorted(), "{order:?}: {page}");
    assert_eq!(page.matches("<li>logs/").count(), 50);
    assert!(page.contains("Logs that are not shown: 6."), "{page}");
}

#[test]
fn a_page_has_the_dates_of_steps_that_are_not_of_one_day() {
    let dir = Dir::new();
    let log = |last: &str| {
        format!(
            "2026-01-02T23:59:00.0Z ##[group]Run make\n\
             2026-01-02T23:59:10.0Z ##[endgroup]\n\
             2026-01-02T23:59:20.0Z ##[group]Run tests\n\
             {last}Z ##[endgroup]\n\
             {last}Z ##[error]Process completed with exit code 1.\n"
        )
    };
    dir.file("days", log("2026-01-05T01:00:00.0"));
    dir.file("day", log("2026-01-02T23:59:59.0"));
    let page = dir.logscan("triage --format html days").output().text();
    for part in [
        "From 2026-01-02 23:59:00 to 2026-01-05 01:00:00, 49h01m.",
        ", 2026-01-02 23:59:00 to 23:59:20</span>",
        ", 2026-01-02 23:59:20 to 2026-01-05 01:00:00</span>",
    ] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let page = dir.logscan("triage --format html day").output().text();
    assert!(page.contains("From 23:59:00 to 23:59:59, 59.0s."), "{page}");
}

#[test]
fn a_directory_is_one_build_with_steps() {
    let dir = Dir::new();
    fs::create_dir_all(dir.path().join("logs/build")).unwrap();
    dir.file("logs/0_build.txt", "a.c:1:1: error: said twice\n");
    dir.file("logs/build/2_Compile.txt", "a.c:7:1: error: expected ';'\n");
    dir.file("logs/build/1_Set up job.txt", "fine\n");
    let text = dir.logscan("triage --format jsonl logs").output().text();
    let rows = rows(&text);
    assert_eq!(rows.len(), 2, "{text}");
    assert_eq!(rows[0]["step"], "build / Compile");
    assert_eq!(rows[0]["source_line"], 7);
}

/// The steps of a build as GitHub has them, with the log of its job, in any order.
const STEPS: [(&str, &[u8]); 4] = [
    ("build/2_Compile.txt", b"a.c:7:1: error: expected ';'\n"),
    ("0_build.txt", b"fine\na.c:7:1: error: expected ';'\n"),
    ("build/1_Set up job.txt", b"fine\n"),
    ("deploy/1_Push.txt", b"b.c:9:1: error: expected ';'\n"),
];

#[test]
fn archives_are_read_as_folders_are_wherever_they_come_from() {
    let dir = Dir::new();
    for (name, bytes) in STEPS {
        let path = dir.path().join("logs").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let tar = tar_of(&STEPS);
    dir.file("logs.tar", &tar);
    dir.file("logs.tar.gz", gzip(&tar));
    dir.file("logs.zip", zip_of(&STEPS));
    let compressed: Vec<(&str, Vec<u8>)> = STEPS
        .iter()
        .map(|(name, bytes)| (*name, gzip(bytes)))
        .collect();
    let members: Vec<(&str, &[u8])> = compressed
        .iter()
        .map(|(name, bytes)| (*name, &bytes[..]))
        .collect();
    dir.file("members.tar", tar_of(&members));
    let json = |args: &str| {
        let run = dir.logscan(&format!("triage --format jsonl {args}"));
        let run = match args.ends_with('-') {
            true => run.pipe(gzip(&tar)),
            false => run,
        };
        run.output()
    };
    let folder = json("logs");
    folder.code_is(0).stderr_is_empty();
    let found = rows(&folder.text());
    let steps = || found[..2].iter().map(|row| row["step"].as_str().unwrap());
    assert!(steps().eq(["build / Compile", "deploy / Push"]), "{folder}");
    assert_eq!(found[2]["logs"].as_array().unwrap().len(), 3, "{folder}");
    for (args, name) in [
        ("logs.tar", "logs.tar!"),
        ("logs.tar.gz", "logs.tar.gz!"),
        ("logs.zip", "logs.zip!"),
        ("members.tar", "members.tar!"),
        ("-", "(standard input)!"),
    ] {
        let output = json(args);
        output.code_is(0).stderr_is_empty();
        assert_eq!(
            output.text(),
            folder.text().replace("logs/", name),
            "{args}"
        );
    }
    // An archive in a folder.
    fs::create_dir(dir.path().join("all")).unwrap();
    dir.file("all/a.tar.gz", gzip(&tar));
    dir.file("all/b.log", "c.c:9:1: error: expected ';'\n");
    let output = json("all");
    let steps: Vec<Value> = rows(&output.text())
        .iter()
        .map(|row| row["step"].clone())
        .collect();
    assert_eq!(
        steps[..3],
        [
            "a.tar.gz / build / Compile",
            "a.tar.gz / deploy / Push",
            "b"
        ],
        "{output}"
    );
    // The same flags choose the files.
    for file in ["logs", "logs.zip", "logs.tar"] {
        for flags in [
            "--include 1_Push.txt",
            "--exclude-dir build --exclude 0_*",
            "-g */1_Push.txt",
        ] {
            let output = json(&format!("{flags} {file}"));
            let rows = rows(&output.text());
            assert_eq!(rows.len(), 2, "{output}");
            assert_eq!(rows[0]["step"], "deploy / Push", "{output}");
        }
    }
}

#[test]
fn what_is_left_out_of_folders_is_counted() {
    let dir = Dir::with_log("error: x\n");
    fs::create_dir(dir.path().join("logs")).unwrap();
    dir.file("logs/a.log", "a.c:7:1: error: expected ';'\n");
    dir.file("logs/picture", b"\x89PNG\r\n\x1a\n\nerror: y\n");
    dir.file(
        "logs.tar",
        tar_of(&[
            ("picture", b"\x89PNG\r\n\x1a\n\n"),
            ("b.log", b"error: z\n"),
        ]),
    );
    dir.logscan("triage logs logs.tar")
        .output()
        .stderr_has("logscan: left out what is no log: 2 images; --text searches them\n")
        .code_is(0);
    let all = dir.logscan("triage --all --text logs").output();
    all.stderr_is_empty().code_is(0);
    assert!(all.text().contains("error: y"), "{all}");
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("../log", dir.path().join("logs/link")).unwrap();
        dir.logscan("triage logs")
            .output()
            .stderr_has("logs/link: left out, as it is a symbolic link; -R follows it");
        let followed = dir.logscan("triage -R --all logs").output();
        assert!(followed.text().contains("link"), "{followed}");
    }
}

#[test]
fn a_log_is_read_in_its_encoding_and_with_lines_that_end_at_carriage_returns() {
    let dir = Dir::with_log("fine\na.c:7:1: error: expected ';'\r100%\rdone\n");
    dir.file("latin1", b"a.c:7:1: error: \xe9t\xe9\n");
    dir.logscan("triage log").output().code_is(1);
    let text = dir
        .logscan("triage --cr-lines --format jsonl log")
        .output()
        .text();
    assert_eq!(rows(&text)[0]["line"], 2, "{text}");
    let text = dir
        .logscan("triage --encoding latin1 latin1")
        .output()
        .text();
    assert!(text.contains("été"), "{text}");
    dir.logscan("triage --byte-range 5: --cr-lines log")
        .output()
        .stderr_has("log")
        .code_is(2);
    let range = dir
        .logscan("triage --byte-range 5: --format jsonl latin1")
        .output();
    range.code_is(1);
}

#[test]
fn a_zip_is_one_build_with_steps_and_an_entry_that_is_no_zip_is_named() {
    let dir = Dir::new();
    let path = dir.path().join("logs.zip");
    let mut writer = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    for (name, text) in [
        ("build/1_Set up job.txt", "fine\n"),
        ("build/2_Compile.txt", "a.c:7:1: error: expected ';'\n"),
    ] {
        writer.start_file(name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap();
    let text = dir
        .logscan("triage --format jsonl logs.zip")
        .output()
        .text();
    assert_eq!(rows(&text)[0]["step"], "build / Compile");

    let bytes = fs::read(&path).unwrap();
    dir.file("cut.zip", &bytes[..bytes.len() / 2]);
    let output = dir.logscan("triage cut.zip").output();
    output.code_is(2).stderr_has("cut.zip");
}

#[test]
fn a_zip_bomb_ends_with_a_message_and_little_memory() {
    let dir = Dir::new();
    let path = dir.path().join("bomb.zip");
    let mut writer = zip::ZipWriter::new(fs::File::create(&path).unwrap());
    let options = zip::write::SimpleFileOptions::default();
    writer.start_file("1_bomb.txt", options).unwrap();
    let zeros = vec![b'\n'; 1 << 20];
    for _ in 0..300 {
        writer.write_all(&zeros).unwrap();
    }
    writer.finish().unwrap();
    let output = dir.logscan("triage bomb.zip").output();
    output.code_is(2).stderr_has("more than 256 MiB");
}

#[test]
fn rules_can_be_added_from_a_file() {
    let dir = Dir::with_log("one\nKABOOM in reactor.x:7: it melted\nthree\n");
    dir.file(
        "mine.toml",
        "[[rule]]\nname = \"kaboom\"\npriority = 95\n\
         pattern = '^KABOOM in (?P<file>\\S+):(?P<line>\\d+): (?P<message>.*)'\nneeds = [\"KABOOM\"]\n\
         matches = [\"KABOOM in a:1: b\"]\nrejects = [\"boom\"]\n",
    );
    dir.logscan("triage log").output().code_is(1);
    let text = dir
        .logscan("triage --rules mine.toml --format jsonl log")
        .output()
        .text();
    let first = &rows(&text)[0];
    assert_eq!(first["message"], "it melted");
    assert_eq!(first["source_file"], "reactor.x");
    assert_eq!(first["rule"], "kaboom");
}

#[test]
fn nothing_from_a_log_acts_on_a_terminal() {
    if !require("script") {
        return;
    }
    let dir = Dir::with_log("error: \x1b]0;title\x07 \x1b[31mred\x1b[2J \x08\x07 \u{9b}2J\n");
    let output = dir
        .on_terminal("logscan triage --progress=never --color never log")
        .output();
    let text = output.text();
    assert!(text.contains("error"), "{text:?}");
    for byte in ['\x1b', '\x07', '\x08', '\u{9b}'] {
        assert!(!text.contains(byte), "{byte:?} in {text:?}");
    }
}
