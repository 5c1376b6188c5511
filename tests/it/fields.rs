//! `--where`, `--select`, `--count-by`, `--agg`, `logscan fields`: in every way to read, together
//! with other flags, and against Python's json.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    process::Command,
};

use super::support::{Dir, gzip, require, same_in_every_way};

/// Requests, of which each tenth fails, and each hundredth line is no JSON.
fn log() -> String {
    let mut log = String::new();
    for nth in 0..600 {
        let status = match nth % 10 {
            0 => 503,
            1 => 404,
            _ => 200,
        };
        let level = if status == 503 { "error" } else { "info" };
        let time = format!("2026-11-20T14:{:02}:{:02}Z", nth / 60, nth % 60);
        let _ = match nth % 100 {
            99 => writeln!(log, "Traceback: status=500"),
            _ => writeln!(
                log,
                r#"{{"ts":"{time}","level":"{level}","status":{status},"path":"/p{}","ms":{},"user":{{"id":"u{}"}}}}"#,
                nth % 3,
                nth % 7,
                nth % 50
            ),
        };
    }
    log
}

const UNREAD: &str =
    "6 lines are no valid JSON, or no whole row of the table, and so have no fields";

#[test]
fn conditions_choose_lines_in_every_way() {
    let dir = Dir::with_log(log());
    let output = same_in_every_way(&dir, "-c --where status>=500");
    output.stdout_is("60\n").stderr_has(UNREAD).code_is(0);
    same_in_every_way(&dir, "-n --where level=error --where path=/p0 -m 2").stdout_is(concat!(
        "1:{\"ts\":\"2026-11-20T14:00:00Z\",\"level\":\"error\",\"status\":503,\"path\":\"/p0\",\"ms\":0,\"user\":{\"id\":\"u0\"}}\n",
        "31:{\"ts\":\"2026-11-20T14:00:30Z\",\"level\":\"error\",\"status\":503,\"path\":\"/p0\",\"ms\":2,\"user\":{\"id\":\"u30\"}}\n",
    ));
    for (args, want) in [
        ("-c -v --where status>=500 log", "540\n"),
        ("-c --where status>=500 --last 7 log", "7\n"),
        ("-c -e /p1 --where status=404 log", "20\n"),
        (
            "-c --where status>=500 --since 2026-11-20T14:05 --tz UTC log",
            "30\n",
        ),
        ("-c --where ts>=2026-11-20T14:05:00Z log", "297\n"),
        ("-c --where level=error --records log", "60\n"),
        ("-l --where level=error log", "log\n"),
        ("-c --where status=1 log", "0\n"),
    ] {
        dir.logscan(args).output().stdout_is(want);
    }
    let budget = dir.logscan("--where level=error --budget 300 log").output();
    assert!(budget.text().starts_with("log: 60 hits"), "{budget}");
}

/// A group as a naive count has it.
#[derive(Default)]
struct NaiveGroup {
    count: u64,
    sum: u64,
    max: u64,
    users: BTreeSet<String>,
}

/// What `--count-by status,path --agg sum(ms),max(ms),distinct(user.id)` prints of the log.
fn naive_groups() -> String {
    let mut groups: BTreeMap<String, NaiveGroup> = BTreeMap::new();
    for line in log().lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap_or_default();
        let text = |name: &str| match &value[name] {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let key = format!("{},{}", text("status"), text("path"));
        let group = groups.entry(key).or_default();
        group.count += 1;
        if let (Some(ms), Some(user)) = (value["ms"].as_u64(), value["user"]["id"].as_str()) {
            group.sum += ms;
            group.max = group.max.max(ms);
            group.users.insert(user.to_owned());
        }
    }
    let mut rows: Vec<(String, NaiveGroup)> = groups.into_iter().collect();
    rows.sort_by_key(|(_, group)| std::cmp::Reverse(group.count));
    let mut csv = "count,status,path,sum(ms),max(ms),distinct(user.id)\n".to_owned();
    for (key, group) in rows {
        let NaiveGroup {
            count,
            sum,
            max,
            users,
        } = group;
        let figures = match users.len() {
            0 => ",,0".to_owned(),
            users => format!("{sum},{max},{users}"),
        };
        let _ = writeln!(csv, "{count},{key},{figures}");
    }
    csv
}

#[test]
fn groups_and_rows_are_the_same_in_every_way() {
    let dir = Dir::with_log(log());
    let args = "--count-by status,path --agg sum(ms),max(ms),distinct(user.id) --format csv";
    let output = same_in_every_way(&dir, args);
    assert_eq!(output.text(), naive_groups(), "{output}");
    output.stderr_has(UNREAD);
    let args = "--where status=503 --select ts,user.id,path --format jsonl -m 2";
    same_in_every_way(&dir, args).stdout_is(concat!(
        "{\"ts\":\"2026-11-20T14:00:00Z\",\"user.id\":\"u0\",\"path\":\"/p0\"}\n",
        "{\"ts\":\"2026-11-20T14:00:10Z\",\"user.id\":\"u10\",\"path\":\"/p1\"}\n",
    ));
    let per = dir.logscan("--where status=503 --count-by path --per 5m --tz UTC --format csv log");
    per.output().stdout_is(
        "time,count,path\n\
         2026-11-20T14:00:00+00:00,10,/p0\n2026-11-20T14:00:00+00:00,10,/p1\n2026-11-20T14:00:00+00:00,10,/p2\n\
         2026-11-20T14:05:00+00:00,10,/p0\n2026-11-20T14:05:00+00:00,10,/p1\n2026-11-20T14:05:00+00:00,10,/p2\n",
    );
}

#[test]
fn several_files_are_counted_together_and_named_in_rows() {
    let dir = Dir::new();
    fs::create_dir(dir.path().join("logs")).unwrap();
    fs::write(
        dir.path().join("logs/a.log"),
        "level=error n=1\nlevel=info n=2\n",
    )
    .unwrap();
    let header = "2026-11-20 14:00:00 ERROR [main] app.X: failed n=7\n2026-11-20 14:00:01 INFO [main] app.X: ok\n";
    fs::write(dir.path().join("logs/b.log"), header.repeat(3)).unwrap();
    fs::write(dir.path().join("logs/c.log.gz"), gzip(log().as_bytes())).unwrap();
    dir.logscan("--count-by level --format csv logs")
        .args(&["--where", "level=i ERROR"])
        .output()
        .stdout_is("count,level\n61,error\n3,ERROR\n");
    let rows = dir
        .logscan("--where n>=7 --select component,n -n --format csv logs")
        .output();
    rows.stdout_is(
        "file,line,component,n\nlogs/b.log,1,app.X,7\nlogs/b.log,3,app.X,7\nlogs/b.log,5,app.X,7\n",
    );
}

#[test]
fn what_is_not_there_is_said_once() {
    let dir = Dir::with_log(log());
    let output = dir.logscan("--where statsu>=500 log").output();
    output
        .code_is(1)
        .stderr_has("no line that was looked at has statsu; did you mean status?");
    let output = dir.logscan("--where id=u3 log").output();
    output
        .code_is(1)
        .stderr_has("has id; did you mean user.id?");
    let output = dir.logscan("--count-by zzz log").output();
    output.stderr_has("fields of log: ts, level, status, path, ms, user.id");
    // A text that is nowhere says nothing of the field.
    let output = dir.logscan("--where level=absent log").output();
    output.code_is(1).stderr_is_empty();
    let output = dir.logscan("--agg avg(path) log").output();
    output.stderr_has("path: 594 values are no number, and left out");
}

#[test]
fn what_is_wrong_is_said_before_anything_is_read() {
    let dir = Dir::with_log(log());
    for (args, want) in [
        ("--where status log", "--where 'status>=500'"),
        (
            "--where status>> log",
            "\n  status>>\n         ^\n  fields of log: ts,",
        ),
        (
            "--where a=1 --format svg --count-by a log",
            "--format svg and html are pictures",
        ),
        (
            "--per 1m --format markdown x log",
            "are for --select, --count-by and --agg",
        ),
        ("--count-by a --per auto log", "give a span"),
        ("--select a --count-by b log", "cannot be used with"),
        ("--agg p(x) log", "functions are count, sum"),
        (
            "--count-by a,,b log",
            "a name is missing between two commas",
        ),
        ("--top 3 x log", "--top is for --count-by"),
        ("--input csv x log", "does nothing by itself"),
        ("-w --where a=1 log", "-w is about a pattern"),
        (
            "--where a=1 --continue --board b log",
            "cannot be used with",
        ),
    ] {
        dir.logscan(args).output().code_is(2).stderr_has(want);
    }
    let output = dir.logscan("--where status>=500 ERROR log").output();
    output
        .code_is(2)
        .stderr_has("a pattern beside it is -e ERROR");
}

#[test]
fn tables_have_the_names_of_their_first_line() {
    let dir = Dir::new();
    let table = "ip,status,note\n10.0.0.1,200,ok\n10.0.0.2,500,\"a, b\"\nbroken\n10.0.0.2,500,\n";
    fs::write(dir.path().join("t.csv"), table).unwrap();
    let output = dir
        .logscan("--input csv --where status=500 --select ip,note --format jsonl t.csv")
        .output();
    output
        .stdout_is("{\"ip\":\"10.0.0.2\",\"note\":\"a, b\"}\n{\"ip\":\"10.0.0.2\",\"note\":null}\n")
        .stderr_has("1 line is no valid JSON, or no whole row of the table, and so has no fields");
    let output = dir
        .logscan("fields --input csv --format csv t.csv")
        .output();
    output.stdout_is(
        "field,type,lines,share,examples\nip,text,3,75.0%,\"10.0.0.1, 10.0.0.2\"\n\
         status,number,3,75.0%,\"200, 500\"\nnote,text,2,50.0%,\"ok, a, b\"\n",
    );
}

#[test]
fn the_list_of_fields_is_the_same_for_every_number_of_threads() {
    let dir = Dir::with_log(log().repeat(20));
    let want = dir.logscan("fields -j1 --format jsonl log").output().text();
    assert_eq!(want.lines().count(), 6, "{want}");
    assert!(
        want.starts_with("{\"field\":\"ts\",\"type\":\"time\",\"lines\":11880,"),
        "{want}"
    );
    for more in [
        "-j7",
        "-j2 --chunk-size 100",
        "--no-mmap",
        "-j3 --mmap --chunk-size 5000",
    ] {
        let got = dir
            .logscan(&format!("fields {more} --format jsonl log"))
            .output();
        assert_eq!(got.text(), want, "{more}");
    }
    let budget = dir.logscan("fields --budget 200 log").output();
    assert!(budget.text().chars().count() <= 800, "{budget}");
    dir.logscan("fields --budget 200 --format csv log")
        .output()
        .code_is(2);
    let none = Dir::with_log("nothing here\n");
    none.logscan("fields --format csv log").output().stdout_is(
        "field,type,lines,share,examples
message,text,1,100.0%,nothing here
",
    );
}

/// A generator of JSON with every kind of escape, number and nesting.
struct Generated(fastrand::Rng);

impl Generated {
    fn value(&mut self, depth: usize, out: &mut String) {
        match self.0.u32(..if depth > 3 { 8 } else { 11 }) {
            0 => out.push_str("null"),
            1 => out.push_str(if self.0.bool() { "true" } else { "false" }),
            2 => out.push_str(&self.0.i64(..).to_string()),
            3 => out.push_str(&self.0.i32(-2000..2000).to_string()),
            4 => {
                let numbers = [
                    "0",
                    "0.5",
                    "-1.25e3",
                    "1E-2",
                    "12345678901234567890123",
                    "1e300",
                    "3.0",
                    "100",
                ];
                out.push_str(numbers[self.0.usize(..numbers.len())]);
            }
            5..=7 => self.string(out),
            8 | 9 => {
                out.push('[');
                for nth in 0..self.0.usize(..4) {
                    out.push_str(if nth > 0 { ", " } else { "" });
                    self.value(depth + 1, out);
                }
                out.push(']');
            }
            _ => self.object(depth + 1, out),
        }
    }

    fn string(&mut self, out: &mut String) {
        let pieces = [
            "a",
            "b\u{e9}",
            "\\n",
            "\\\"",
            "\\\\",
            "\\/",
            "\\u0041",
            "\\ud83d\\ude00",
            "\\u00e9",
            " ",
            "=",
            ",",
            "{",
            "}",
            "\u{1f600}",
            "\\t",
            "\\b\\f\\r",
            "500",
            "x",
        ];
        out.push('"');
        for _ in 0..self.0.usize(..5) {
            out.push_str(pieces[self.0.usize(..pieces.len())]);
        }
        out.push('"');
    }

    fn object(&mut self, depth: usize, out: &mut String) {
        let keys = ["a", "b", "c", "user", "id", "\\u0061", "k=v", "\u{e9}"];
        out.push('{');
        let blank = [" ", ""][self.0.usize(..2)];
        for nth in 0..self.0.usize(..5) {
            let key = keys[self.0.usize(..keys.len())];
            let _ = write!(
                out,
                "{}{blank}\"{key}\":{blank}",
                if nth > 0 { "," } else { "" }
            );
            self.value(depth, out);
        }
        out.push('}');
    }
}

/// What Python makes of the same lines: the values of some paths, and the lines that meet conditions.
const PYTHON: &str = r#"
import json, sys
paths = [("a",), ("user", "id"), ("b", 0), ("c", "a", "b"), ("\u00e9",)]
def look(value, path):
    for step in path:
        if isinstance(step, int):
            if not isinstance(value, list) or step >= len(value): return None
        elif not isinstance(value, dict) or step not in value: return None
        value = value[step]
    return (value,)
out = sys.stdout.buffer
invalid = 0
for line in open("log", "rb"):
    try:
        value = json.loads(line)
        if not isinstance(value, dict): raise ValueError
    except ValueError:
        invalid += 1
        value = {}
    row = [look(value, path) for path in paths]
    a = row[0]
    number = a is not None and (type(a[0]) in (int, float) or isinstance(a[0], str) and a[0].isascii() and a[0].isdigit())
    meets = number and float(a[0]) >= 500
    row = [None if found is None else ("s" + found[0] if isinstance(found[0], str) else ["v", found[0]]) for found in row]
    out.write(json.dumps([meets, row]).encode() + b"\n")
sys.stderr.write(str(invalid))
"#;

#[test]
fn ten_thousand_generated_lines_have_the_fields_that_python_finds() {
    let python = if cfg!(windows) { "python" } else { "python3" };
    if !require(python) {
        return;
    }
    let mut generated = Generated(fastrand::Rng::with_seed(27));
    let mut log = String::new();
    for nth in 0..10_000 {
        let start = log.len();
        generated.object(0, &mut log);
        // A line that is cut anywhere is mostly not valid.
        if nth % 50 == 7 {
            let mut end = start + generated.0.usize(..log.len() - start);
            while !log.is_char_boundary(end) {
                end -= 1;
            }
            log.truncate(end.max(start + 1));
        }
        log.push('\n');
    }
    let dir = Dir::with_log(&log);
    let python = Command::new(python)
        .args(["-c", PYTHON])
        .current_dir(dir.path())
        .output()
        .expect("it was there");
    assert!(
        python.status.success(),
        "{}",
        String::from_utf8_lossy(&python.stderr)
    );
    let want: Vec<serde_json::Value> = String::from_utf8(python.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let rows = dir
        .logscan("--select a,user.id,b[0],c.a.b,\u{e9} --format jsonl log")
        .output();
    let invalid = String::from_utf8_lossy(&python.stderr).into_owned();
    rows.stderr_has(&format!("{invalid} lines are no valid JSON"));
    let text = rows.text();
    assert_eq!(text.lines().count(), 10_000);
    for ((row, want), line) in text.lines().zip(&want).zip(log.lines()) {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        let names = ["a", "user.id", "b[0]", "c.a.b", "\u{e9}"];
        for (name, want) in names.iter().zip(want[1].as_array().unwrap()) {
            let got = &row[*name];
            match want {
                serde_json::Value::Null => assert!(got.is_null(), "{name} of {line}"),
                serde_json::Value::String(text) => {
                    assert_eq!(got.as_str(), text.get(1..), "{name} of {line}")
                }
                value => assert_eq!(got.to_string(), value[1].to_string(), "{name} of {line}"),
            }
        }
    }
    let numbers = dir
        .logscan("--where a>=500 --select a -n --format csv log")
        .output()
        .text();
    let got: Vec<usize> = numbers
        .lines()
        .skip(1)
        .map(|row| row.split(',').next().unwrap().parse().unwrap())
        .collect();
    let want: Vec<usize> = (1..)
        .zip(&want)
        .filter(|(_, row)| row[0] == true)
        .map(|(nth, _)| nth)
        .collect();
    assert_eq!(got, want);
}

#[test]
fn a_value_whose_name_says_that_it_is_secret_is_not_printed_without_its_name() {
    let dir = Dir::with_log("user=ann db_password=hunter2xyz n=1\n");
    for args in [
        "--redact --select user,db_password log",
        "--redact --count-by db_password log",
    ] {
        let refused = dir.logscan(args).output();
        refused
            .code_is(2)
            .stdout_is("")
            .stderr_has("--format jsonl has them");
        let shown = dir.logscan(&format!("{args} --format jsonl")).output();
        assert!(
            shown.text().contains("\"db_password\":\"<secret:1>\""),
            "{shown}"
        );
    }
    let fields = dir.logscan("fields --redact log").output();
    assert!(
        !fields.text().contains("hunter2xyz") && fields.text().contains("<redacted>"),
        "{fields}"
    );
    dir.logscan("--select db_password --format csv log")
        .output()
        .stdout_is("db_password\nhunter2xyz\n");
}

#[test]
fn rows_have_no_markup_no_formula_and_no_cell_more_than_they_should() {
    let dir = Dir::with_log(
        "{\"a\":\"=1+1\",\"b\":\"x\\ty\"}\n{\"a\":\"[l](http://x) <b> |\",\"b\":-5}\n",
    );
    let csv = dir.logscan("--select a,b --format csv log").output();
    assert!(csv.text().starts_with("a,b\n'=1+1,"), "{csv}");
    assert!(csv.text().ends_with(",-5\n"), "{csv}");
    let markdown = dir
        .logscan("--select a,b --format markdown log")
        .output()
        .text();
    assert!(
        !markdown.contains("](") && !markdown.contains("<b>"),
        "{markdown}"
    );
    let last = markdown.lines().last().unwrap();
    assert_eq!(last.matches('|').count(), 3, "{markdown}");
    let table = dir.logscan("--count-by b log").output().text();
    assert!(table.contains("    1  x y"), "{table}");
}
