//! `logscan templates`: the table, its formats, the identifiers, the comparison, and the search for
//! one template.

use std::collections::BTreeMap;

use super::{
    archives::tar_of,
    support::{Dir, gzip, words},
};

const LOG: &str = "\
2024-05-01 10:00:00 INFO [main] app.Jobs: job 17 took 20 ms
2024-05-01 10:00:01 INFO [main] app.Jobs: job 18 took 9 ms
2024-05-01 10:00:02 WARN [io-1] app.Disk: volume /data/a is 91 % full

2024-05-01 10:00:03 INFO [main] app.Jobs: job 19 took 31 ms
2024-05-01 10:00:04 ERROR [io-2] app.Disk: write to /data/a failed
";

#[test]
fn the_table_has_the_most_frequent_first() {
    let want = "\
count  share  first line  last line  template
    3  60.0%           1          5  job <num> took <time>
    1  20.0%           3          3  volume <path> is <num> % full
    1  20.0%           6          6  write to <path> failed
";
    let dir = Dir::with_log(LOG);
    for args in [
        "templates log",
        "templates -j1 log",
        "templates --mmap --chunk-size 1 log",
    ] {
        dir.logscan(args)
            .output()
            .stdout_is(want)
            .stderr_is_empty()
            .code_is(0);
    }
    dir.logscan("templates")
        .pipe(LOG)
        .output()
        .stdout_is(want)
        .code_is(0);
}

#[test]
fn rows_can_be_chosen() {
    let dir = Dir::with_log(LOG);
    for (args, want) in [
        ("--top 1", "3 60.0% 1 5 job <num> took <time>"),
        (
            "--rare --top 1",
            "1 20.0% 3 3 volume <path> is <num> % full",
        ),
        ("--level error", "1 100.0% 6 6 write to <path> failed"),
        ("--grep job.1[89]", "2 100.0% 2 5 job <num> took <time>"),
    ] {
        let output = dir.logscan(&format!("templates {args} log")).output();
        output.code_is(0).stderr_is_empty();
        let text = output.text();
        let rows: Vec<_> = text
            .lines()
            .skip(1)
            .map(|row| words(row).join(" "))
            .collect();
        assert_eq!(rows, [want], "{args}\n{output}");
    }
    let output = dir.logscan("templates --grep nothing log").output();
    output.stdout_is("").stderr_is_empty().code_is(1);
    let all = dir.logscan("templates log").output().text();
    dir.logscan("templates --top 0 log").output().stdout_is(all);
    let output = dir.logscan("templates --level high log").output();
    output.stdout_is("").stderr_has("a level is").code_is(2);
}

#[test]
fn a_level_that_no_line_has_is_said() {
    let dir = Dir::with_log(LOG);
    dir.logscan("templates --level fatal log")
        .output()
        .stdout_is("")
        .stderr_has(
            "no line has the level fatal or a graver one; there are info (3), warn (1), error (1)",
        )
        .code_is(1);
    // Lines of this level are there, but none that matches.
    dir.logscan("templates --level error --grep job log")
        .output()
        .stdout_is("")
        .stderr_is_empty()
        .code_is(1);
    dir.file("plain", "one line\nanother line\n");
    for (args, code) in [
        ("--level error", 1),
        ("--level trace --format json", 1),
        // What the other log has is gone from this one.
        ("--level error --diff log", 0),
    ] {
        dir.logscan(&format!("templates {args} plain"))
            .output()
            .stderr_has("no line has a level, so --level ")
            .stderr_has("a level is a word such as trace, debug, info, warn, error, fatal")
            .code_is(code);
    }
}

#[test]
fn an_example_is_the_first_real_line() {
    let dir = Dir::with_log(LOG);
    let output = dir.logscan("templates --example --top 1 log").output();
    let text = output.text();
    assert!(
        text.contains("10:00:00 INFO [main] app.Jobs: job 17 took 20 ms\n"),
        "{output}"
    );
}

/// The identifiers by template, from the JSON lines.
fn ids(dir: &Dir) -> BTreeMap<String, String> {
    let output = dir.logscan("templates --format jsonl log").output();
    output.code_is(0).stderr_is_empty();
    let text = output.text();
    text.lines()
        .map(|line| {
            let object: serde_json::Value = serde_json::from_str(line).expect("each line is JSON");
            assert_eq!(object["schema"], 1);
            let text = |key: &str| object[key].as_str().expect("a text").to_owned();
            (text("template"), text("id"))
        })
        .collect()
}

#[test]
fn every_line_gets_its_identifier() {
    let dir = Dir::with_log(LOG);
    let ids = ids(&dir);
    let (job, volume, write) = (
        &ids["job <num> took <time>"],
        &ids["volume <path> is <num> % full"],
        &ids["write to <path> failed"],
    );
    let want = format!("{job}\n{job}\n{volume}\n-\n{job}\n{write}\n");
    for args in [
        "--assign --no-records log",
        "--assign --no-records -j2 --chunk-size 3 log",
        "--assign --no-records --mmap log",
    ] {
        dir.logscan(&format!("templates {args}"))
            .output()
            .stdout_is(&want)
            .stderr_is_empty()
            .code_is(0);
    }
    dir.file("empty", "");
    dir.logscan("templates --assign empty")
        .output()
        .stdout_is("")
        .stderr_is_empty()
        .code_is(1);
}

#[test]
fn a_record_has_the_identifier_of_its_first_line() {
    let dir = Dir::new();
    dir.file(
        "log",
        "2026-11-20 14:02:05 ERROR order 1 failed\njava.lang.Error: closed\n\tat Orders.close\n\
         2026-11-20 14:02:06 INFO order 2 came\n2026-11-20 14:02:07 ERROR order 3 failed\n\tat Orders.open\n",
    );
    let assigned = dir.logscan("templates --assign log").output().text();
    let ids: Vec<&str> = assigned.lines().collect();
    assert_eq!(ids.len(), 6, "{ids:?}");
    assert!(
        ids[..3].iter().chain(&ids[4..]).all(|id| *id == ids[0]),
        "{ids:?}"
    );
    assert_ne!(ids[0], ids[3]);
    // Counted by themselves, stack frames are kinds of their own.
    let output = dir.logscan("templates log").output();
    output.stderr_has(
        "logscan: 3 lines without a header belong to the records above them; --no-records counts each line by itself",
    );
    let table = output.text();
    let table: Vec<&str> = table.lines().collect();
    assert!(
        table.len() == 3 && table[1].ends_with("  order <num> failed"),
        "{table:?}"
    );
    let table = dir.logscan("templates --no-records log").output();
    assert_eq!(table.text().lines().count(), 6, "{table}");
    dir.logscan(&format!("-c --template {} log", ids[0]))
        .output()
        .stdout_is("2\n")
        .code_is(0);
    let table = dir.logscan("templates --grep Orders.open log").output();
    assert!(table.text().contains("    1  100.0%"), "{table}");
}

#[test]
fn a_search_can_be_for_one_template() {
    let dir = Dir::with_log(LOG);
    let ids = ids(&dir);
    let job = &ids["job <num> took <time>"];
    dir.logscan(&format!("-c --template {job} log"))
        .output()
        .stdout_is("3\n")
        .stderr_is_empty()
        .code_is(0);
    dir.logscan(&format!("-n --template {job} -e 18 log"))
        .output()
        .stdout_is("2:2024-05-01 10:00:01 INFO [main] app.Jobs: job 18 took 9 ms\n")
        .code_is(0);
    let unknown = dir.logscan("--template 000000000000 log").output();
    unknown.stdout_is("").code_is(1);
    unknown.stderr_has("no line has the template 000000000000");
    dir.logscan("--template 12 log")
        .output()
        .stdout_is("")
        .code_is(2);
}

#[test]
fn what_is_read_twice_cannot_be_a_pipe() {
    let dir = Dir::with_log(LOG);
    for args in [
        "templates --assign -",
        "templates --assign",
        "--template 000000000000 -",
    ] {
        let output = dir.logscan(args).pipe(LOG).output();
        output.stdout_is("").code_is(2);
        output.stderr_has("save it to a file first");
    }
}

#[test]
fn a_comparison_shows_what_changed_and_nothing_is_status_1() {
    let dir = Dir::with_log(LOG);
    dir.file("green", LOG.replace("write to /data/a failed", "closed"));
    let want = "\
change  count  share  other count  other share  first line  last line  template
   new      1  20.0%            0         0.0%           6          6  write to <path> failed
  gone      0   0.0%            1        20.0%           -          -  closed
";
    dir.logscan("templates --diff green log")
        .output()
        .stdout_is(want)
        .stderr_is_empty()
        .code_is(0);
    dir.logscan("templates --diff log log")
        .output()
        .stdout_is("")
        .stderr_is_empty()
        .code_is(1);
    dir.logscan("templates --diff missing log")
        .output()
        .stdout_is("")
        .code_is(2);
}

#[test]
fn too_many_kinds_are_noted_and_counted_by_their_first_word() {
    let dir = Dir::with_log("a\nb x\nb y\nc\na\n");
    let output = dir.logscan("templates --max-distinct 1 log").output();
    output
        .stdout_is(
            "count  share  first line  last line  template\n    3  60.0%           2          4  <*>\n    2  40.0%           1          5  a\n",
        )
        .code_is(0);
    output.stderr_has("--max-distinct");
}

#[test]
fn several_logs_share_one_table_that_names_them() {
    let dir = Dir::with_log("x 1\n");
    dir.file("other", "y\nx 2\n");
    dir.logscan("templates log other")
        .output()
        .stdout_is(
            "count  share  first line  last line  template\n    2  66.7%       log:1    other:2  x <num>\n    1  33.3%     other:1    other:1  y\n",
        )
        .code_is(0);
    let output = dir.logscan("templates missing log").output();
    output
        .stdout_is("count   share  first line  last line  template\n    1  100.0%           1          1  x <num>\n")
        .code_is(2);
    output.stderr_has("missing");
}

#[test]
fn nothing_to_show_is_status_1() {
    let dir = Dir::with_log("\n\n");
    dir.logscan("templates log")
        .output()
        .stdout_is("")
        .stderr_is_empty()
        .code_is(1);
}

/// The rows of a table, without where lines stand.
fn kinds(table: &str) -> Vec<String> {
    let rows = table.lines().skip(1).map(words);
    rows.map(|row| [&row[..2], &row[4..]].concat().join(" "))
        .collect()
}

#[test]
fn a_folder_and_an_archive_have_the_templates_of_their_files_and_say_where_lines_stand() {
    let dir = Dir::new();
    // The first lines of each file tell the same of its header as those of all.
    let line = |nth: usize, at: usize| {
        let text = match (nth + at) % 4 {
            0 => format!("request {at} took {nth} ms"),
            1 => format!("cannot open /var/lib/{nth}/{at}"),
            2 => "queue is empty".to_owned(),
            _ => format!("user {at} logged in from 10.0.{nth}.7"),
        };
        format!(
            "2026-11-20 14:{:02}:{:02} INFO [worker-{nth}] {text}\n",
            at / 60,
            at % 60
        )
    };
    let logs: Vec<Vec<u8>> = (0..12)
        .map(|nth| (0..300).flat_map(|at| line(nth, at).into_bytes()).collect())
        .collect();
    for (nth, log) in logs.iter().enumerate() {
        match nth % 3 {
            0 => dir.file(&format!("logs/app.{nth}.gz"), gzip(log)),
            _ => dir.file(&format!("logs/app.{nth}"), log),
        };
    }
    let named: Vec<(String, &[u8])> = (0..12)
        .map(|nth| (format!("app.{nth}"), &logs[nth][..]))
        .collect();
    let members: Vec<(&str, &[u8])> = named
        .iter()
        .map(|(name, log)| (name.as_str(), *log))
        .collect();
    dir.file("logs.tar", tar_of(&members));
    dir.file("all", logs.concat());
    let want = kinds(&dir.logscan("templates all").output().text());
    assert!(want.len() > 1, "{want:?}");
    for input in ["logs", "logs.tar"] {
        let once = dir.logscan(&format!("templates {input}")).output();
        once.stderr_is_empty().code_is(0);
        assert_eq!(kinds(&once.text()), want, "{input}");
        assert!(once.text().contains("app.11:300"), "{input}\n{once}");
        for flags in ["-j1", "-j7 --no-mmap", "--mmap", "--chunk-size 100"] {
            let again = dir.logscan(&format!("templates {flags} {input}")).output();
            again.stdout_is(once.text()).stderr_is_empty();
        }
        let ids = dir.logscan(&format!("templates --assign {input}")).output();
        dir.logscan("templates --assign all")
            .output()
            .stdout_is(ids.text());
    }
    dir.logscan("templates --diff logs all")
        .output()
        .stdout_is("")
        .code_is(1);
}

#[test]
fn a_search_for_one_template_works_in_a_folder() {
    let dir = Dir::new();
    dir.file("logs/a", LOG);
    dir.file("logs/b", LOG);
    let table = dir.logscan("templates --ids logs").output().text();
    let row = table.lines().nth(1).expect("the first kind");
    let id = row
        .split_whitespace()
        .find(|word| word.len() == 12 && word.bytes().all(|b| b.is_ascii_hexdigit()))
        .expect("it has an identifier");
    let found = dir.logscan(&format!("-c --template {id} logs")).output();
    found.stdout_is("logs/a:3\nlogs/b:3\n").stderr_is_empty();
}

#[test]
fn files_of_folders_are_chosen_and_left_out_as_in_a_search() {
    let dir = Dir::new();
    dir.file("logs/a.log", "x 1\n");
    dir.file("logs/a.txt", "y\n");
    dir.file("logs/program", b"\x7fELF\x02\x01\x01\0 a program");
    let output = dir.logscan("templates --include *.log logs").output();
    assert_eq!(kinds(&output.text()), ["1 100.0% x <num>"], "{output}");
    let output = dir.logscan("templates logs").output();
    output
        .stderr_has("left out what is no log: 1 program")
        .code_is(0);
    let output = dir.logscan("templates none logs").output();
    output.stderr_has("none").code_is(2);
    assert_eq!(kinds(&output.text()).len(), 2, "the rest goes on: {output}");
    // What is said of the first pass is not said of the second.
    let output = dir.logscan("templates --assign none logs").output();
    let said = output.to_string().matches("cannot open none").count();
    assert_eq!(said, 1, "{output}");
}

#[test]
fn colours_and_encodings_are_no_part_of_a_template() {
    let dir = Dir::new();
    dir.file(
        "log",
        "\x1b[31mERROR\x1b[0m disk 1\n\x1b[31mERROR\x1b[0m disk 2\n",
    );
    let output = dir.logscan("templates --strip-ansi log").output();
    assert_eq!(kinds(&output.text()), ["2 100.0% disk <num>"], "{output}");
    dir.file("latin1", b"caf\xe9 1\ncaf\xe9 2\n");
    let output = dir.logscan("templates --encoding latin1 latin1").output();
    assert_eq!(kinds(&output.text()), ["2 100.0% café <num>"], "{output}");
    dir.file("progress", "1 of 2\r2 of 2\r\ndone\n");
    let output = dir.logscan("templates --cr-lines progress").output();
    assert_eq!(
        kinds(&output.text()),
        ["2 66.7% <num> of <num>", "1 33.3% done"],
        "{output}"
    );
}

#[test]
fn results_are_not_read_as_a_log_and_what_cannot_be_compared_is_said() {
    let dir = Dir::new();
    dir.file("logs/a", LOG);
    dir.file("empty/x.txt", LOG);
    let assigned = dir
        .sh("logscan templates --assign logs > logs/out")
        .output();
    assigned
        .stderr_has("logs/out: input file is also the output")
        .code_is(2);
    let lines = std::fs::read_to_string(dir.path().join("logs/out")).expect("it was made");
    assert_eq!(lines.lines().count(), LOG.lines().count());
    std::fs::remove_file(dir.path().join("logs/out")).expect("it was made");
    let output = dir
        .logscan("templates --include a --diff empty logs")
        .output();
    output
        .stdout_is("")
        .stderr_has("empty: no log was read there, so there is nothing to compare with")
        .code_is(2);
    let output = dir.logscan("templates --diff - -").pipe(LOG).output();
    output
        .stdout_is("")
        .stderr_has("the standard input cannot be both")
        .code_is(2);
    let output = dir
        .logscan("templates --stats --diff empty/x.txt logs")
        .output();
    output.stderr_has("files ").code_is(1);
}

#[test]
fn figures_are_of_lines_that_count_and_of_one_pass() {
    let dir = Dir::new();
    dir.file("logs/a", LOG);
    dir.file("logs/b", LOG);
    let hits = |args: &str| {
        let said = dir.logscan(args).output();
        let said = String::from_utf8(said.stderr).expect("it is text");
        let row = said
            .lines()
            .find(|row| row.trim_start().starts_with("hits"));
        words(row.expect("figures are said"))[1].to_owned()
    };
    assert_eq!(hits("templates --stats --grep job logs/a"), "3");
    assert_eq!(hits("templates --stats --grep job logs"), "6");
    assert_eq!(hits("templates --stats logs/a"), "5", "one line is empty");
    assert_eq!(hits("templates --stats --assign logs"), "10");
}
