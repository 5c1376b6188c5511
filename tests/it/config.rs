//! The config file: a search with it is the search with its flags typed first.

use std::fs;

use super::support::{Dir, Output, Random, Run};

const LOG: &str =
    "ERROR a=1\nok healthcheck\nERROR healthcheck b=22\nerror c=3 d=44\n\nlast ERROR ERROR";

/// `logscan ARGS` with these lines as its config file.
fn with_config(dir: &Dir, lines: impl AsRef<[u8]>, args: &[&str]) -> Run {
    let path = dir.file("flags", lines);
    dir.logscan("")
        .args(args)
        .env("LOGSCAN_CONFIG", &path.to_string_lossy())
}

#[track_caller]
fn is_refused(dir: &Dir, lines: &str, want: &str) {
    let output = with_config(dir, lines, &["ERROR", "log"]).output();
    output.code_is(2).stdout_is("");
    output.stderr_has(&format!("flags{want}; --no-config searches without it\n"));
}

#[track_caller]
fn is_same(got: &Output, want: &Output) {
    assert!(
        got.stdout == want.stdout && got.code == want.code && got.stderr == want.stderr,
        "want:\n{want}\n\ngot:\n{got}"
    );
}

#[test]
fn flags_of_the_file_are_as_if_they_were_typed_first() {
    let flags = [
        "-n",
        "-N",
        "-i",
        "-S",
        "-v",
        "-w",
        "-x",
        "-c",
        "-o",
        "-q",
        "-l",
        "-L",
        "-b",
        "-H",
        "-I",
        "-Z",
        "--count-matches",
        "--column",
        "--passthru",
        "--heading",
        "--no-heading",
        "--trim",
        "--include-zero",
        "--no-include-zero",
        "--mmap",
        "--no-mmap",
        "--threads=2",
        "-m1",
        "--max-count=2",
        "--last=1",
        "-A1",
        "-B1",
        "-C2",
        "-A0",
        "-M9",
        "--max-columns=12",
        "--max-columns-preview",
        "--color=always",
        "--color=never",
        "-r<$0>",
        "--and= ",
        "--not=22$",
        "--not=last",
        "-eok",
        "--pattern=d=",
        "-F",
        "--group-separator=# #",
        "--no-group-separator",
        "--by-pattern",
        "--tally",
        "--tally=1",
        "--byte-range=5:",
        "--no-count",
        "--no-invert-match",
        "--no-context",
        "--no-max-count",
        "--no-pattern",
        "--no-only-matching",
        "--no-last",
    ];
    let dir = Dir::with_log(LOG);
    let mut random = Random(18);
    let (mut searched, mut refused) = (0, 0);
    for _ in 0..200 {
        let mut pick = |count| -> Vec<&str> {
            let count = random.below(count);
            (0..count)
                .map(|_| flags[random.below(flags.len())])
                .collect()
        };
        let (kept, typed) = (pick(4), pick(3));
        let typed = [&typed[..], &["-eERROR", "log"]].concat();
        let want = dir.logscan("").args(&kept).args(&typed).output();
        let lines = format!("# {typed:?}\n\n{}\n", kept.join("\n"));
        let got = with_config(&dir, lines, &typed).output();
        if want.code == Some(2) {
            refused += 1;
            got.stdout_is("").code_is(2);
        } else {
            searched += 1;
            is_same(&got, &want);
        }
    }
    assert!(searched > 100 && refused > 5, "{searched} {refused}");
}

#[test]
fn what_is_typed_wins_over_the_file() {
    let dir = Dir::with_log(LOG);
    let lines = "-n\n--max-count=1\n--ignore-case\n--color=always\n";
    with_config(&dir, lines, &["-N", "-m9", "--color=never", "error", "log"])
        .output()
        .stdout_is("ERROR a=1\nERROR healthcheck b=22\nerror c=3 d=44\nlast ERROR ERROR\n")
        .code_is(0);
    let back = ["--no-ignore-case", "--no-color", "--no-max-count"];
    with_config(&dir, lines, &back)
        .args(&["error", "log"])
        .output()
        .stdout_is("4:error c=3 d=44\n")
        .code_is(0);
}

#[test]
fn flags_that_need_each_other_may_be_apart() {
    let dir = Dir::with_log(LOG);
    with_config(&dir, "--tally\n", &["-o", "22", "log"])
        .output()
        .stdout_is("1\t22\n")
        .code_is(0);
    with_config(&dir, "--tally\n", &["22", "-o", "log"])
        .output()
        .stdout_is("1\t22\n")
        .code_is(0);
    // What other searches than this one are for does nothing.
    let lines = "--tz=UTC\n--slack=5s\n--format=csv\n--heading\n-n\n--time-format=%H:%M\n";
    with_config(&dir, lines, &["-c", "ERROR", "log"])
        .output()
        .stdout_is("3\n")
        .stderr_is_empty();
    let output = with_config(&dir, lines, &["--per", "1m", "ERROR", "log"]).output();
    output.stdout_is("start,end,hits\n").code_is(0);
    let output = with_config(&dir, lines, &["--merge", "ERROR=", "log"]).output();
    output.code_is(1);
    let output = with_config(&dir, "--time-format=%Y\n", &["ERROR", "log"]).output();
    output
        .code_is(2)
        .stderr_has("--time-format %Y: it has no time of day");
    let output = with_config(&dir, "--json\n", &["-c", "ERROR", "log"]).output();
    output
        .code_is(2)
        .stdout_is("")
        .stderr_has("'--json' cannot be used with");
    output.stderr_has("flags count too; --no-config searches without it");
    with_config(&dir, "--json\n", &["-c", "--no-json", "ERROR", "log"])
        .output()
        .stdout_is("3\n")
        .code_is(0);
}

#[test]
fn without_a_variable_the_file_is_in_the_platforms_folder() {
    let dir = Dir::with_log(LOG);
    fs::create_dir_all(dir.path().join("home/.config/logscan")).expect("it is ours");
    fs::create_dir_all(dir.path().join("xdg/logscan")).expect("it is ours");
    let path = |name: &str| dir.path().join(name).to_string_lossy().into_owned();
    let run = |args: &str| {
        dir.logscan(args)
            .without_env("LOGSCAN_CONFIG")
            .without_env("XDG_CONFIG_HOME")
            .env("HOME", &path("home"))
            .env("APPDATA", &path("xdg"))
    };
    run("22 log").output().stdout_is("ERROR healthcheck b=22\n");
    dir.file("xdg/logscan/config", "--byte-offset");
    run("22 log")
        .env("XDG_CONFIG_HOME", &path("xdg"))
        .output()
        .stdout_is("25:ERROR healthcheck b=22\n");
    if cfg!(unix) {
        dir.file("home/.config/logscan/config", "--line-number");
        run("22 log")
            .output()
            .stdout_is("3:ERROR healthcheck b=22\n");
    }
    let named = dir.file("named", "--count");
    run("22 log")
        .env("LOGSCAN_CONFIG", &named.to_string_lossy())
        .output()
        .stdout_is("1\n");
    for run in [
        run("22 log").env("LOGSCAN_CONFIG", ""),
        run("--no-config 22 log"),
    ] {
        run.output()
            .stdout_is("ERROR healthcheck b=22\n")
            .stderr_is_empty()
            .code_is(0);
    }
}

#[test]
fn a_folder_that_cannot_be_is_no_config_file() {
    let dir = Dir::with_log(LOG);
    let file = dir.file("file", "").to_string_lossy().into_owned();
    dir.logscan("22 log")
        .without_env("LOGSCAN_CONFIG")
        .env("XDG_CONFIG_HOME", &file)
        .env("APPDATA", &file)
        .output()
        .stdout_is("ERROR healthcheck b=22\n")
        .stderr_is_empty()
        .code_is(0);
}

#[test]
fn a_file_that_cannot_be_read_ends_the_search_before_it_begins() {
    let dir = Dir::with_log(LOG);
    let output = dir
        .logscan("ERROR log")
        .env("LOGSCAN_CONFIG", "no/such/file")
        .output();
    output.code_is(2).stdout_is("");
    output.stderr_has("cannot read the config file no/such/file, which LOGSCAN_CONFIG names: ");
    output.stderr_has("--no-config searches without it");
    let output = dir.logscan("ERROR log").env("LOGSCAN_CONFIG", ".").output();
    output.code_is(2).stdout_is("");
    output.stderr_has("cannot read the config file ., which LOGSCAN_CONFIG names: ");
    let large = dir.file("large", vec![b'#'; (1 << 20) + 1]);
    let output = dir
        .logscan("ERROR log")
        .env("LOGSCAN_CONFIG", &large.to_string_lossy())
        .output();
    output
        .code_is(2)
        .stderr_has("it has more than 1048576 bytes");
}

#[test]
fn a_line_that_is_no_flag_is_refused_with_its_number() {
    let dir = Dir::with_log(LOG);
    let no_flag =
        "is no flag; each line is one, with its value if it has one, as --max-columns=150";
    is_refused(
        &dir,
        "-n\n\n# x\nERROR\n",
        &format!(":4: \"ERROR\" {no_flag}"),
    );
    is_refused(&dir, "--\n", &format!(":1: \"--\" {no_flag}"));
    is_refused(&dir, "-n\n-\n", &format!(":2: \"-\" {no_flag}"));
    is_refused(
        &dir,
        "-n\n--nonsense\n",
        ":2: unexpected argument '--nonsense' found",
    );
    is_refused(
        &dir,
        "--max-columns\n150\n",
        ":1: a value is required for '--max-columns <num>' but none was supplied",
    );
    is_refused(
        &dir,
        "-n -H\n",
        ":1: \"-n -h\": one flag per line: -h belongs into a line of its own",
    );
    is_refused(
        &dir,
        "-n\n--color always\n",
        ":2: \"--color always\": one flag per line, with = before its value: --color=always",
    );
    is_refused(
        &dir,
        "--help\n",
        ":1: \"--help\" belongs on the command line",
    );
}

#[test]
fn help_version_and_no_config_work_with_any_file() {
    let dir = Dir::with_log(LOG);
    for args in [
        &["-h"][..],
        &["--version"],
        &["--no-config", "-c", "ERROR", "log"],
        &["-c", "ERROR", "log", "--no-config"],
    ] {
        let want = dir.logscan("").args(args).output();
        want.code_is(0);
        for lines in ["nonsense", "--nonsense", "-v\n"] {
            is_same(&with_config(&dir, lines, args).output(), &want);
        }
    }
    // It is what is searched for.
    with_config(&dir, "-c", &["-e", "--no-config", "log"])
        .output()
        .stdout_is("0\n")
        .code_is(1);
}

#[test]
fn only_searches_read_the_file() {
    let dir = Dir::with_log(LOG);
    for args in [
        &["templates", "log"][..],
        &["digest", "log"],
        &["triage", "log"],
        &["generate", "fish"],
        &["compare", "--help"],
        &["monitor", "--once", "no/such/board"],
    ] {
        let want = dir.logscan("").args(args).output();
        is_same(&with_config(&dir, "nonsense", args).output(), &want);
    }
}

#[test]
fn debug_says_which_file_was_read_and_what_it_gave() {
    let dir = Dir::with_log(LOG);
    let path = dir.path().join("flags").to_string_lossy().into_owned();
    let debug = ["--debug", "-c", "22", "log"];
    with_config(&dir, "-n\n\n --not=a b\n", &debug)
        .output()
        .stdout_is("1\n")
        .stderr_has(&format!(
            "logscan: config file {path}: 2 flags: \"-n\" \"--not=a b\"\n"
        ));
    with_config(&dir, "# none", &debug)
        .output()
        .stderr_has(&format!("logscan: config file {path}: no flags\n"));
    with_config(&dir, "-n", &debug)
        .arg("--no-config")
        .output()
        .stderr_has("logscan: no config file: --no-config\n");
    dir.logscan("--debug -c 22 log")
        .output()
        .stderr_has("logscan: no config file: LOGSCAN_CONFIG is empty\n");
    let missing = dir
        .logscan("--debug -c 22 log")
        .without_env("LOGSCAN_CONFIG");
    missing
        .env("XDG_CONFIG_HOME", &dir.path().to_string_lossy())
        .env("APPDATA", &dir.path().to_string_lossy())
        .output()
        .stderr_has("config is not there\n");
    // As any flag, it may come from the file.
    with_config(&dir, "--debug", &["-c", "22", "log"])
        .output()
        .stdout_is("1\n")
        .stderr_has("1 flag: \"--debug\"\n");
}

#[test]
#[cfg(unix)] // Elsewhere arguments are not bytes.
fn bytes_of_the_file_that_are_not_utf_8_are_kept() {
    let dir = Dir::with_log(b"caf\xe9\ncaf\xc3\xa9\n");
    with_config(&dir, b"-F\n--pattern=f\xe9\n", &["-n", "log"])
        .output()
        .stdout_is(b"1:caf\xe9\n")
        .code_is(0);
}
