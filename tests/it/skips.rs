//! What is skipped is said in the end: by every test program that the same cargo has started, once,
//! and with the reason.

use std::{env, fs, time::SystemTime};

use super::{
    record::{self, PREFIX, skip},
    report::{self, KEPT_FOR},
    support::{Dir, require},
};

/// Set in a test program that is run by a test: why it should skip, [`MISSING`] for something that
/// it requires, or an empty text to say what was skipped.
const ORDER: &str = "LOGSCAN_TEST_SKIP";

/// A program that nobody has.
const MISSING: &str = "no-such-program";

#[test]
fn a_program_that_obeys_skips_or_says_what_was_skipped() {
    match env::var(ORDER) {
        Ok(reason) if reason.is_empty() => {
            print_plainly(&report::take());
            assert!(!record::file().exists(), "it is forgotten");
        }
        Ok(reason) if reason == MISSING => assert!(!require(MISSING)),
        Ok(reason) => skip(&reason),
        Err(_) => {}
    }
}

#[test]
#[cfg(unix)] // A shell, and processes that know their parents.
fn what_several_programs_of_one_parent_skip_is_said_once() {
    let dir = Dir::new();
    let obeys = "skips::a_program_that_obeys_skips_or_says_what_was_skipped";
    // The shell stands for cargo; it lives until the last of them has ended.
    let script = r#"
        obey() { LOGSCAN_TEST_SKIP=$1 "$program" --exact "$obeys" --nocapture; }
        obey 'needs a' >&2; obey 'needs b' >&2; obey 'needs a' >&2
        (obey 'of another parent' >&2; true)
        obey ''; obey ''; true"#;
    let program = env::current_exe().expect("the path of this program");
    let output = dir
        .sh(script)
        .env("program", &program.to_string_lossy())
        .env("obeys", obeys)
        .env("TMPDIR", &dir.path().to_string_lossy())
        .output();
    output.code_is(0).stderr_has("skipped: needs a");
    let text = output.text();
    let said: Vec<&str> = text
        .split("skipped: ")
        .skip(1)
        .map(|text| text.split("\ntest ").next().unwrap_or(text))
        .collect();
    let first = format!(
        "1 test, or a part of it; it counts as passed\n  needs a:\n      {obeys}\n  needs b:\n      {obeys}\n"
    );
    assert_eq!(said.len(), 2, "{output}");
    assert_eq!(said[0].trim_end(), first.trim_end(), "{output}");
    assert_eq!(said[1].trim_end(), "none", "{output}");
}

#[test]
#[cfg(unix)] // Elsewhere another variable names the folder.
fn a_skip_that_cannot_be_remembered_is_said_at_once() {
    let dir = Dir::new();
    let obeys = "skips::a_program_that_obeys_skips_or_says_what_was_skipped";
    let program = env::current_exe().expect("the path of this program");
    let output = dir
        .sh("LOGSCAN_TEST_SKIP='needs a' TMPDIR=no/such/folder \"$program\" --exact \"$obeys\"")
        .env("program", &program.to_string_lossy())
        .env("obeys", obeys)
        .output();
    output
        .code_is(0)
        .stderr_has("skipped: needs a (not in no/such/folder/logscan-skipped-");
}

#[test]
#[cfg(unix)] // Elsewhere another variable names the folder.
fn a_missing_program_is_skipped_unless_it_is_required() {
    let dir = Dir::new();
    let run = |required: &str| {
        let program = env::current_exe().expect("the path of this program");
        dir.sh("\"$program\" --exact skips::a_program_that_obeys_skips_or_says_what_was_skipped")
            .env("program", &program.to_string_lossy())
            .env(ORDER, MISSING)
            .env("TMPDIR", &dir.path().to_string_lossy())
            .env("LOGSCAN_REQUIRE", required)
            .output()
    };
    run("").code_is(0);
    run("another, more").code_is(0);
    let output = run("another, no-such-program");
    let text = output.text();
    output.code_is(101);
    assert!(
        text.contains("but no-such-program: it is not there"),
        "{output}"
    );
}

#[test]
fn each_reason_is_followed_by_its_tests_in_order_and_once() {
    let records = "b::two\tneeds rg\na::one\tneeds rg\nb::two\tneeds rg\nb::two\tneeds /proc\n";
    let want = "skipped: 2 tests, or parts of them; they count as passed\n  needs /proc:\n      b::two\n  needs rg:\n      \
                a::one\n      b::two\n";
    assert_eq!(report::table(records), want);
    assert_eq!(
        report::table("a\tneeds rg\n"),
        "skipped: 1 test, or a part of it; it counts as passed\n  needs rg:\n      a\n"
    );
    assert_eq!(report::table(""), "skipped: none\n");
}

#[test]
fn only_records_that_nobody_has_asked_about_for_a_day_are_removed() {
    let dir = Dir::new();
    let [old, new] = ["old", "new"].map(|kind| dir.file(&format!("{PREFIX}{kind}"), ""));
    let other = dir.file("other", "");
    let past = SystemTime::now() - 2 * KEPT_FOR;
    for path in [&old, &other] {
        let file = fs::File::options().write(true).open(path);
        file.and_then(|file| file.set_modified(past))
            .expect("it is ours");
    }
    report::remove_old(dir.path());
    let are_there = [&old, &new, &other].map(|path| path.exists());
    assert_eq!(are_there, [false, true, true]);
}

#[expect(
    clippy::print_stdout,
    reason = "the test that has started this program reads it"
)]
fn print_plainly(text: &str) {
    println!("\n{text}");
}
