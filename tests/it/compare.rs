//! `logscan compare` as its users meet it. Nothing here depends on how long anything takes.

use std::{fs, path::Path};

use logscan::compare::{
    baseline,
    report::{self, Look},
};
use serde_json::Value;

use super::support::{Dir, NOTHING, Output};
#[cfg(target_os = "linux")]
use super::{record::skip, support::require};

/// Two runs are enough for everything but an interval.
const FAST: &str = "--runs 2 --threads 1,2";

fn log() -> String {
    let line = |nth: u32| match nth % 5 {
        0 => format!("{nth} ERROR no luck, \"again\"\n"),
        _ => format!("{nth} INFO fine\n"),
    };
    (0..5000).map(line).collect()
}

fn json(dir: &Dir, name: &str) -> Value {
    let text = fs::read(dir.path().join(name)).expect("it was exported");
    serde_json::from_slice(&text).expect("it is JSON")
}

#[test]
fn every_export_says_what_the_text_says() {
    let dir = Dir::with_log(log());
    let exports =
        "--export-json r.json --export-csv r.csv --export-markdown r.md --export-html r.html";
    let output = dir
        .logscan(&format!("compare {FAST} {exports} ERROR log"))
        .output();
    output.code_is(0).stderr_is_empty();
    let text = output.text();
    let verdict = text.lines().next().expect("there is a verdict");
    assert!(
        verdict.starts_with("Too few runs to say which path is faster here (2 pairs;"),
        "{output}"
    );
    for want in [
        "1 thread, file in cache",
        "2 threads, file in cache",
        "limit: touch the mapping",
        "limit: read, do not search",
        "hits       1,000 lines, in every run",
        "lines      5,000, on average",
        "command    logscan compare --runs 2",
    ] {
        assert!(text.contains(want), "{want}\n{output}");
    }

    let report = json(&dir, "r.json");
    assert_eq!(report["schema"], 1);
    assert_eq!(report["verdict"], verdict);
    assert_eq!(report["search"]["hits"], 1000);
    assert_eq!(report["file"]["lines"], 5000);
    assert_eq!(report["file"]["name"], "log");
    let cells = report["cells"].as_array().expect("cells are a list");
    assert_eq!(cells.len(), 2);
    for cell in cells {
        for column in cell["columns"].as_array().expect("columns are a list") {
            let trials = column["trials"].as_array().expect("trials are a list");
            assert_eq!(trials.len(), 2, "{column}");
            for trial in trials {
                assert_eq!(trial["bytes"], log().len());
            }
        }
    }

    let csv = fs::read_to_string(dir.path().join("r.csv")).expect("it was exported");
    assert_eq!(walls_of_csv(&csv), walls_of_json(&report));

    for name in ["r.md", "r.html"] {
        let text = fs::read_to_string(dir.path().join(name)).expect("it was exported");
        assert!(
            text.contains("Too few runs to say which path is faster here"),
            "{name}"
        );
        assert!(text.contains("1,000 lines, in every run"), "{name}");
    }
}

/// The times of all trials in seconds, as JSON has them.
fn walls_of_json(report: &Value) -> Vec<f64> {
    let list = |value: &Value, name: &str| value[name].as_array().cloned().unwrap_or_default();
    let columns = list(report, "cells")
        .into_iter()
        .flat_map(|cell| list(&cell, "columns"));
    columns
        .chain(list(report, "commands"))
        .flat_map(|column| list(&column, "trials"))
        .map(|trial| trial["wall_s"].as_f64().expect("a time is a number"))
        .collect()
}

/// The same times, as CSV has them. The two formats may write a number in different ways, but it
/// must be the same one.
fn walls_of_csv(csv: &str) -> Vec<f64> {
    // "limit: read, do not search" has a comma of its own.
    let plain = csv
        .lines()
        .skip(1)
        .map(|line| line.replace("\"limit: read, do", "limit: read do"));
    plain
        .map(|line| line.split(',').nth(4).unwrap_or_default().to_owned())
        .map(|wall| wall.parse().unwrap_or_else(|_| panic!("no number: {wall}")))
        .collect()
}

#[test]
fn times_of_all_sizes_are_the_same_numbers_in_every_export() {
    // JSON writes the small ones as 7.471e-6, CSV as 0.000007471.
    let times = [
        7.471e-6,
        1e-9,
        9.99e-6,
        1e-5,
        0.000_123_4,
        0.1,
        1.0,
        12_345.678_9,
        1e20,
    ];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/compare/cached.json");
    let text = fs::read(path).expect("it is in the repository");
    let mut report: Value = serde_json::from_slice(&text).expect("it is JSON");
    let mut given = times.iter().cycle();
    for cell in report["cells"].as_array_mut().expect("cells are a list") {
        for column in cell["columns"].as_array_mut().expect("columns are a list") {
            for trial in column["trials"].as_array_mut().expect("trials are a list") {
                trial["wall_s"] = Value::from(*given.next().expect("there is always one more"));
            }
        }
    }
    let want = walls_of_json(&report);
    assert!(times.iter().all(|time| want.contains(time)), "{want:?}");
    let figures = baseline::read(report.to_string().as_bytes()).expect("it is a report");
    let (mut json, mut csv) = (vec![], vec![]);
    report::json(&figures, &mut json).expect("a Vec takes every write");
    report::csv(&figures, &mut csv).expect("a Vec takes every write");
    let json = serde_json::from_slice(&json).expect("it is JSON");
    assert_eq!(walls_of_json(&json), want);
    let csv = String::from_utf8(csv).expect("it is text");
    assert_eq!(walls_of_csv(&csv), want);
}

#[test]
fn the_progress_bar_goes_to_standard_error_and_leaves_the_report_alone() {
    let dir = Dir::with_log(log());
    let output = dir
        .logscan(&format!("compare {FAST} --progress always ERROR log"))
        .output();
    output.code_is(0).stderr_has("counting lines");
    assert!(output.text().starts_with("Too few runs to say"), "{output}");
    let quiet = dir
        .logscan(&format!("compare {FAST} --progress never ERROR log"))
        .output();
    quiet.code_is(0).stderr_is_empty();
}

#[test]
fn matching_flags_are_those_of_a_search() {
    let dir = Dir::with_log(log());
    for (flags, hits) in [
        ("-v -e ERROR", 4000),
        ("-i -e error", 1000),
        ("-F -e ERROR --not 10", 960),
        ("-e ERROR --and luck -w", 1000),
        ("-c ERROR", 0),
    ] {
        let run = dir
            .logscan(&format!("compare {FAST} {flags} log --export-json r.json"))
            .output();
        if flags.starts_with("-c") {
            // A flag for results has no meaning here.
            run.code_is(2).stdout_is("");
            continue;
        }
        run.code_is(0);
        let want = dir.logscan(&format!("-c {flags} log")).output().text();
        let got = json(&dir, "r.json")["search"]["hits"].to_string();
        assert_eq!(got, want.trim(), "{flags}");
        assert!(hits == 960 || got == hits.to_string(), "{flags}: {got}");
    }
}

#[test]
fn what_cannot_be_compared_is_refused_with_status_2_and_no_times() {
    let dir = Dir::with_log("");
    dir.file("some", "a\n");
    let no_file = format!("x {NOTHING}");
    for (args, want) in [
        ("x log", "cannot compare on log: it is empty"),
        ("x none", "cannot open none: "),
        ("x .", "compare is for files"),
        (no_file.as_str(), "no regular file"),
        ("x -", "standard input cannot be mapped"),
        ("x", "a pattern and a file are needed"),
        ("( some", "cannot search for"),
        (
            "a some --export-json no/such/folder",
            "cannot write no/such/folder",
        ),
        (
            "a some --compare-with no-such-program={file}",
            "cannot be run",
        ),
        (
            "a some --compare-with no-such-program",
            "{file} stands for it, as in --compare-with 'no-such-program ... {file}'",
        ),
        ("a some --compare-with false-{file}", "cannot be run"),
        ("a some --runs 6 --baseline none", "cannot open none"),
        (
            "a some --export-json some",
            "cannot write some: it is the file that is measured",
        ),
        (
            "a some --export-json -",
            "cannot write -: standard output is for the report as text",
        ),
        (
            "a some --export-json same --export-csv same",
            "cannot write same: another export goes there",
        ),
        (
            "a some --export-html page --compare-with no-such-program={file}",
            "cannot be run",
        ),
    ] {
        let output = dir.logscan(&format!("compare --runs 1 {args}")).output();
        output.code_is(2).stdout_is("").stderr_has(want);
    }
    let some = fs::read_to_string(dir.path().join("some")).expect("it was written above");
    assert_eq!(some, "a\n", "the log is as it was");
    for export in ["same", "page"] {
        let is_left = dir.path().join(export).exists();
        assert!(!is_left, "{export} is empty, so it is not left behind");
    }
}

#[test]
fn an_export_that_exists_stays_as_it_was_if_there_is_no_report() {
    let dir = Dir::with_log(log());
    dir.file("old.json", "precious");
    dir.logscan(
        "compare --runs 1 ERROR log --export-json old.json --compare-with no-such-program={file}",
    )
    .output()
    .code_is(2);
    let old = fs::read_to_string(dir.path().join("old.json")).expect("it was written above");
    assert_eq!(old, "precious");
    dir.logscan("compare --runs 1 ERROR log --export-json old.json")
        .output()
        .code_is(0);
    assert_eq!(json(&dir, "old.json")["schema"], 1);
}

#[test]
#[cfg(unix)] // A program that fails.
fn a_program_that_ends_with_status_1_though_there_are_hits_is_told_of() {
    let dir = Dir::with_log(log());
    let run = |pattern| {
        dir.logscan(&format!("compare {FAST} {pattern} log --compare-with"))
            .arg("false {file}")
    };
    let output = run("ERROR").output();
    output.code_is(0);
    let want = "note: `false {file}` ended with status 1";
    assert!(output.text().contains(want), "{output}");
    let nothing = run("no-such-word").output();
    nothing.code_is(0);
    assert!(!nothing.text().contains(want), "{nothing}");
}

#[test]
#[cfg(unix)] // A shell.
fn a_file_that_a_command_changes_while_it_is_measured_gets_no_times() {
    let dir = Dir::with_log(log());
    let run = dir.logscan(&format!("compare {FAST} ERROR log --compare-with"));
    let output = run.arg("sh -c 'echo more >> {file}'").output();
    output
        .code_is(2)
        .stdout_is("")
        .stderr_has("it has grown while it was measured");
}

#[test]
#[cfg(unix)] // A shell.
fn paths_that_disagree_get_no_times_and_status_2() {
    // A command writes into the log, and takes care that its length and its times are as before:
    // only what the trials find tells.
    let dir = Dir::with_log(log());
    // The second time, so that there are results to disagree with.
    let script = "sh -c 'test -e kept || { touch kept; exit 0; }; cp -p {file} kept && printf 0 | dd of={file} conv=notrunc bs=1 seek=2 2>/dev/null && \
                  touch -r kept {file}'";
    let run = dir.logscan(&format!("compare {FAST} ERROR log --compare-with"));
    let output = run.arg(script).output();
    output
        .code_is(2)
        .stdout_is("")
        .stderr_has("the results differ, so no times are shown")
        .stderr_has("found 1000 hits")
        .stderr_has("found 999 hits");
}

#[test]
fn a_cold_run_says_how_much_was_left_in_the_cache_or_why_there_is_none() {
    let dir = Dir::with_log(log());
    let args = format!("compare {FAST} --cache cold,warm ERROR log --export-json r.json");
    let output = dir.logscan(&args).output();
    output.code_is(0);
    let text = output.text();
    let was_measured = text.contains("file not in cache: median");
    let why_not = "note: cold was not measured:";
    assert!(was_measured || text.contains(why_not), "{output}");
    if was_measured {
        assert!(
            text.contains("% of the file left in it (asked with mincore before each run)"),
            "{output}"
        );
        let report = json(&dir, "r.json");
        let cold = &report["cells"][2]["columns"][0]["trials"][0];
        assert!(cold["cached_share"].is_number(), "{cold}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_cold_run_on_a_file_of_somebody_else_is_called_not_verified() {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    let dir = Dir::with_log(log());
    if !require("setpriv") {
        return;
    }
    let is_root = fs::metadata(dir.path()).is_ok_and(|metadata| metadata.uid() == 0);
    if !is_root {
        skip("needs root, to be somebody else");
        return;
    }
    // Where somebody else can run it.
    let program = dir.path().join("logscan");
    fs::copy(env!("CARGO_BIN_EXE_logscan"), program).expect("the temp directory is writable");
    for (name, mode) in [(".", 0o755), ("log", 0o644), ("logscan", 0o755)] {
        let permissions = fs::Permissions::from_mode(mode);
        fs::set_permissions(dir.path().join(name), permissions).expect("they are ours");
    }
    let as_nobody = "setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all";
    let may_run = dir.sh(&format!("{as_nobody} ./logscan --version")).output();
    if may_run.code != Some(0) {
        skip("needs a folder for temporary files in which somebody else may run a program");
        return;
    }
    let compare = format!("./logscan compare {FAST} --cache cold ERROR log");
    let output = dir.sh(&format!("{as_nobody} {compare}")).output();
    output.code_is(0);
    let text = output.text();
    // A temp directory on tmpfs looks the same to who may not know.
    assert!(
        text.contains("file dropped from the cache (not verified)"),
        "{output}"
    );
    assert!(text.contains("cold: dropped, not verified"), "{output}");
    assert!(text.contains("could not be verified"), "{output}");
}

#[test]
#[cfg(unix)] // A shell.
fn another_program_is_in_the_table_with_its_answer() {
    let dir = Dir::with_log(log());
    let run = dir.logscan(&format!(
        "compare {FAST} ERROR log --export-json r.json --compare-with"
    ));
    let output = run.arg("sh -c 'echo 999 < {file}'").output();
    output.code_is(0);
    let want = "note: `sh -c 'echo 999 < {file}'` printed 999, and logscan found 1000 lines";
    assert!(output.text().contains(want), "{output}");
    let report = json(&dir, "r.json");
    assert_eq!(report["commands"][0]["answer"], 999);
    assert_eq!(
        report["commands"][0]["trials"].as_array().map(Vec::len),
        Some(2)
    );
}

/// A report whose times are given: the same as one that was measured, but for these.
fn with_times(report: &Value, path_s: f64, limit_s: f64) -> String {
    let mut report = report.clone();
    for cell in report["cells"].as_array_mut().expect("cells are a list") {
        for column in cell["columns"].as_array_mut().expect("columns are a list") {
            let subject = column["subject"].as_str().expect("a name").to_owned();
            let is_limit = subject == "touch" || subject == "copy";
            for trial in column["trials"].as_array_mut().expect("trials are a list") {
                trial["wall_s"] = Value::from(if is_limit { limit_s } else { path_s });
            }
        }
    }
    report.to_string()
}

/// Measures against a baseline with these times, for which the machine is either far too slow or
/// far too fast.
#[track_caller]
fn against(path_s: f64, limit_s: f64, args: &str) -> Output {
    let dir = Dir::with_log(log());
    let measure = "compare --runs 6 --threads 1 ERROR log";
    dir.logscan(&format!("{measure} --export-json old.json"))
        .output()
        .code_is(0);
    let old = with_times(&json(&dir, "old.json"), path_s, limit_s);
    dir.file("old.json", old);
    dir.logscan(&format!("{measure} --baseline old.json {args}"))
        .output()
}

#[test]
fn a_path_that_is_much_slower_than_its_baseline_gives_status_1_and_a_table() {
    // The old paths took a millionth of their limit's time, and no new one does.
    let output = against(1e-6, 1.0, "--max-regression 10%");
    output.code_is(1);
    let text = output.text();
    assert!(
        text.contains("Against the baseline: time as a multiple of the limit's"),
        "{output}"
    );
    assert!(
        text.contains("mapped, 1 thread, warm") && text.contains("SLOWER"),
        "{output}"
    );
    against(1e-9, 1.0, "--absolute").code_is(1);
}

#[test]
fn a_path_that_is_not_slower_than_its_baseline_gives_status_0() {
    let output = against(1e6, 1.0, "");
    output.code_is(0);
    assert!(output.text().contains("fine"), "{output}");
    against(1e6, 1.0, "--absolute").code_is(0);
}

#[test]
fn a_baseline_of_another_file_is_refused_but_by_force() {
    let dir = Dir::with_log(log());
    dir.file("other", "ERROR\n");
    let export = "compare --runs 6 --threads 1 ERROR other --export-json old.json";
    dir.logscan(export).output().code_is(0);
    let measure =
        "compare --runs 6 --threads 1 ERROR log --baseline old.json --max-regression 100000000%";
    let refused = dir
        .logscan(&format!("{measure} --progress always"))
        .output();
    refused
        .code_is(2)
        // Before anything is measured.
        .stdout_is("")
        .stderr_has("counting lines")
        .stderr_has("another file: ")
        .stderr_has("--force compares even so");
    assert!(
        !String::from_utf8_lossy(&refused.stderr).contains("warm-up"),
        "{refused}"
    );
    let forced = dir.logscan(&format!("{measure} --force")).output();
    forced.code_is(0);
    assert!(
        forced
            .text()
            .contains("compared although there is another file"),
        "{forced}"
    );
}

#[test]
fn too_few_runs_for_a_judgement_are_trouble() {
    let dir = Dir::with_log(log());
    let measure = |runs| format!("compare --runs {runs} --threads 1 ERROR log");
    dir.logscan(&format!("{} --export-json old.json", measure(2)))
        .output()
        .code_is(0);
    // In the baseline, which is known at once.
    let output = dir
        .logscan(&format!("{} --baseline old.json", measure(6)))
        .output();
    output
        .code_is(2)
        .stdout_is("")
        .stderr_has("too few runs to judge by: it has 2, and 6 are needed");
    // In this comparison, by order.
    let output = dir
        .logscan(&format!("{} --baseline old.json", measure(5)))
        .output();
    output
        .code_is(2)
        .stdout_is("")
        .stderr_has("--runs must be at least 6");
    // In this comparison, as the budget has no room for more.
    dir.logscan(&format!("{} --export-json old.json", measure(6)))
        .output()
        .code_is(0);
    let output = dir
        .logscan("compare --budget 0ms --threads 1 ERROR log --baseline old.json")
        .output();
    output
        .code_is(2)
        .stderr_has("too few runs to judge against the baseline");
    assert!(output.text().contains("too few runs to say"), "{output}");
}

#[test]
fn the_document_shows_a_real_report() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).expect("it is in the repository");
    let report = format!("```text\n{}```\n", read("benches/compare/cached.txt"));
    assert!(
        read("docs/compare.md").contains(&report),
        "docs/compare.md does not show benches/compare/cached.txt as it is:\n{report}"
    );
}

#[test]
fn the_examples_are_what_this_version_makes_of_their_figures() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/compare");
    for name in ["cached", "cold"] {
        let read = |kind: &str| {
            let path = folder.join(format!("{name}.{kind}"));
            fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        let figures = baseline::read(&read("json")).expect("old reports can be read");
        let mut formats = [
            ("json", vec![]),
            ("csv", vec![]),
            ("md", vec![]),
            ("html", vec![]),
            ("txt", vec![]),
        ];
        let [json, csv, markdown, html, text] = &mut formats;
        report::json(&figures, &mut json.1).expect("a Vec takes every write");
        report::csv(&figures, &mut csv.1).expect("a Vec takes every write");
        report::markdown(&figures, &mut markdown.1).expect("a Vec takes every write");
        report::html(&figures, &mut html.1).expect("a Vec takes every write");
        report::text(&figures, Look::FILE, &mut text.1).expect("a Vec takes every write");
        for (kind, want) in formats {
            if std::env::var_os("UPDATE").is_some() {
                fs::write(folder.join(format!("{name}.{kind}")), &want)
                    .expect("benches is writable");
            }
            let text = String::from_utf8(read(kind)).expect("all formats are UTF-8");
            assert!(
                text.as_bytes() == want,
                "benches/compare/{name}.{kind} is not what the report looks like now; if that is meant: UPDATE=1 cargo test \
                 --test it examples"
            );
            assert!(text.len() < 300_000, "{name}.{kind} is not small");
            for folder in ["/tmp", "/home", "/root", "/work"] {
                assert!(!text.contains(folder), "{name}.{kind} names {folder}");
            }
        }
    }
}
