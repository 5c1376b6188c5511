//! Folders: which files below are searched, in which order, and what is said of the others.

#[cfg(unix)]
use std::{
    ffi::OsStr,
    os::unix::{ffi::OsStrExt, fs::MetadataExt, fs::symlink},
};
use std::{fs, io::Write as _};

use serde_json::Value;

#[cfg(unix)]
use super::record::skip;
use super::support::{Dir, gzip, require, words};

/// Writes files, and the folders that they are in.
fn tree(files: &[(&str, &str)]) -> Dir {
    let dir = Dir::new();
    for (name, text) in files {
        let path = dir.path().join(name);
        let folder = path.parent().expect("it is in a folder");
        fs::create_dir_all(folder).expect("the temp directory is writable");
        dir.file(name, text);
    }
    dir
}

#[test]
fn all_files_below_are_searched_in_the_order_of_their_paths() {
    let dir = tree(&[
        ("d/app.log.10", "ERROR 10\n"),
        ("d/app.log.2", "ok\nERROR 2\n"),
        ("d/.hidden/x", "ERROR h\n"),
        ("d/.gitignore", "*\n"),
        ("d/b/c/deep.log", "ERROR deep\n"),
        ("d/b.log", "ERROR b\n"),
        ("log", "ERROR named\n"),
    ]);
    let all = "d/.hidden/x:ERROR h\nd/app.log.2:ERROR 2\nd/app.log.10:ERROR 10\n\
               d/b/c/deep.log:ERROR deep\nd/b.log:ERROR b\n";
    for flags in ["", "--recursive", "-R", "-z", "-E", "--mmap", "-j1", "-j7"] {
        let run = dir.logscan(&format!("{flags} ERROR d"));
        run.output().stdout_is(all).stderr_is_empty().code_is(0);
    }
    let run = |args: &str| dir.logscan(args).output();
    run("ERROR log d/b d/b.log")
        .stdout_is("log:ERROR named\nd/b/c/deep.log:ERROR deep\nd/b.log:ERROR b\n");
    run("--no-filename ERROR d/b").stdout_is("ERROR deep\n");
    run("-y error d/b").stdout_is("d/b/c/deep.log:ERROR deep\n");
    run("-1 ERROR d/app.log.2").stdout_is("ok\nERROR 2\n");
    run("-c ERROR d --max-depth 1 --exclude .gitignore")
        .stdout_is("d/app.log.2:1\nd/app.log.10:1\nd/b.log:1\n");
    run("-l ERROR d -g *.log").stdout_is("d/b/c/deep.log\nd/b.log\n");
    run("-L ERROR d").stdout_is("d/.gitignore\n");
    run("-l ERROR d --include *.log --exclude b.* --exclude-dir c")
        .stdout_is("")
        .code_is(1);
    run("--files d --exclude-dir .hidden -g !b")
        .stdout_is("d/.gitignore\nd/app.log.2\nd/app.log.10\nd/b.log\n")
        .code_is(0);
    run("--files -0 d/b log").stdout_is("d/b/c/deep.log\0log\0");
    run("--files d/none")
        .code_is(2)
        .stderr_has("cannot open d/none");
    run("-l x --exclude a[ d")
        .code_is(2)
        .stderr_has("--exclude <GLOB>");
    run("-o ERROR.* d --tally=1 --include b*").stdout_is("1\tERROR b\n");
    run("--stats ERROR d")
        .code_is(0)
        .stderr_has("files        6");
}

#[test]
fn without_a_file_the_current_folder_is_searched_if_that_is_asked_for() {
    let dir = tree(&[("a", "ERROR\n"), ("b/c", "ERROR\n")]);
    for flag in ["-R", "--recursive"] {
        let output = dir.logscan(flag).arg("ERROR").output();
        output.stdout_is("./a:ERROR\n./b/c:ERROR\n").code_is(0);
    }
}

#[test]
fn what_is_for_one_log_refuses_a_folder() {
    let dir = tree(&[("d/a", "ERROR\n"), ("d/b", "ERROR\n")]);
    for args in ["--board board ERROR d", "--board board --continue ERROR d"] {
        let output = dir.logscan(args).output();
        output.code_is(2).stdout_is("");
        output.stderr_has("d is a folder; name the log in it");
        assert!(!dir.path().join("board").exists(), "{output}");
    }
    dir.logscan("-r ERROR d").pipe("d\n").output().stderr_has(
        "-r is --replace here, and a folder is searched without it; for that: logscan ERROR d",
    );
}

#[test]
fn what_is_no_log_is_left_out_and_counted() {
    let dir = tree(&[
        ("d/a.journal", "LPKSHHRH ERROR\n"),
        ("d/b.journal", "LPKSHHRH ERROR\n"),
        ("d/c.db", "SQLite format 3\0 ERROR\n"),
        ("d/d.log", "\0ERROR\n"),
    ]);
    let big = format!("%PDF-1.7\n{}ERROR\n", "x\n".repeat(1 << 20));
    dir.file("d/e.pdf", big);
    let note = "left out what is no log: 2 systemd journals, 1 PDF document and 1 database; --text searches them";
    let output = dir.logscan("-c ERROR d").output();
    output.stdout_is("d/d.log:1\n").code_is(0).stderr_has(note);
    let output = dir.logscan("-s ERROR d").output();
    output.stdout_is("d/d.log:\0ERROR\n").stderr_is_empty();
    dir.logscan("--files d")
        .output()
        .stdout_is("d/d.log\n")
        .stderr_has(note);
    let output = dir.logscan("-ac ERROR d").output();
    output.stderr_is_empty().code_is(0);
    output.stdout_is("d/a.journal:1\nd/b.journal:1\nd/c.db:1\nd/d.log:1\nd/e.pdf:1\n");
    let output = dir.logscan("-c ERROR d/c.db").output();
    output.stdout_is("1\n").stderr_is_empty();
}

#[test]
#[cfg(unix)]
fn links_are_left_out_or_followed_and_loops_end() {
    let dir = tree(&[("d/a/x", "ERROR x\n"), ("e/y", "ERROR y\n")]);
    let link = |to: &str, name: &str| symlink(to, dir.path().join(name)).expect("it is new");
    link("..", "d/a/up");
    link("../e", "d/to-e");
    link("../e/y", "d/to-y");
    link("nowhere", "d/to-nothing");
    link("d", "to-d");
    let output = dir.logscan("ERROR to-d").output();
    output.stdout_is("to-d/a/x:ERROR x\n").code_is(0);
    output
        .stderr_has("to-d/a/up and 3 more: left out, as they are symbolic links; -R follows them");
    let output = dir.logscan("-R ERROR d").output();
    output.stdout_is("d/a/x:ERROR x\nd/to-e/y:ERROR y\nd/to-y:ERROR y\n");
    // It may have vanished since it was listed.
    output.code_is(2).stderr_has("cannot open d/to-nothing: ");
    output.stderr_has("d/a/up: not entered, as it leads back to a folder above it");
}

#[test]
#[cfg(unix)]
fn pipes_and_sockets_in_a_folder_are_not_opened() {
    let dir = tree(&[("d/log", "ERROR\n")]);
    dir.sh("mkfifo d/fifo").output().code_is(0);
    let socket = std::os::unix::net::UnixListener::bind(dir.path().join("d/socket"));
    let _socket = socket.expect("the name is new");
    let output = dir.logscan("ERROR d").output();
    output.stdout_is("d/log:ERROR\n").code_is(0);
    output.stderr_has("d/fifo and 1 more: left out, as they are pipes, sockets or devices");
}

#[test]
#[cfg(target_os = "linux")]
fn file_systems_that_the_kernel_makes_up_are_not_entered() {
    let dir = Dir::new();
    let is_apart = fs::metadata("/").expect("it is there").dev()
        != fs::metadata("/proc").expect("it is there").dev();
    if !is_apart {
        skip("needs /proc");
        return;
    }
    let output = dir
        .logscan("--files / -g !/* -g proc --max-depth 2")
        .output();
    output
        .stdout_is("")
        .stderr_has("/proc: not entered, as the kernel makes up its files");
}

#[test]
#[cfg(unix)]
fn what_cannot_be_read_is_named_and_the_rest_is_searched() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tree(&[
        ("d/a", "ERROR a\n"),
        ("d/b", "ERROR b\n"),
        ("d/c/x", "ERROR x\n"),
        ("d/e", "ERROR e\n"),
    ]);
    for name in ["d/b", "d/c"] {
        let closed = fs::Permissions::from_mode(0o000);
        fs::set_permissions(dir.path().join(name), closed).expect("it is ours");
    }
    let run = match fs::File::open(dir.path().join("d/b")).is_ok() {
        true if !require("setpriv") => return,
        // Root reads everything.
        true => {
            let open = fs::Permissions::from_mode(0o755);
            fs::set_permissions(dir.path(), open).expect("it is ours");
            let run = dir.sh("setpriv --reuid=65534 --regid=65534 --clear-groups logscan ERROR d");
            let may_run = dir
                .sh("setpriv --reuid=65534 --regid=65534 --clear-groups logscan --version")
                .output();
            if may_run.code != Some(0) {
                skip("needs a program that somebody else may run");
                return;
            }
            run
        }
        false => dir.logscan("ERROR d"),
    };
    let output = run.output();
    output.stdout_is("d/a:ERROR a\nd/e:ERROR e\n").code_is(2);
    output.stderr_has("cannot open d/b: Permission denied");
    output.stderr_has("cannot open d/c: Permission denied");
    let open = fs::Permissions::from_mode(0o755);
    fs::set_permissions(dir.path().join("d/c"), open).expect("it is ours");
}

#[test]
#[cfg(target_os = "linux")] // Elsewhere names must be UTF-8.
fn names_may_be_any_bytes() {
    let dir = tree(&[("d/a", "ok\n")]);
    let names: [&[u8]; 3] = [b"d/new\nline", b"d/\xff\xfe.log", b"d/-"];
    for name in names {
        fs::write(dir.path().join(OsStr::from_bytes(name)), "ERROR\n").expect("it is writable");
    }
    let output = dir.logscan("-l0 ERROR d").output();
    assert_eq!(
        output.stdout, b"d/-\0d/new\nline\0d/\xff\xfe.log\0",
        "{output}"
    );
    let output = dir.logscan("-c ERROR d -g *.log").output();
    assert_eq!(output.stdout, b"d/\xff\xfe.log:1\n", "{output}");
    let output = dir.logscan("--json ERROR d").output();
    let names: Vec<Value> = messages(&output.text())
        .into_iter()
        .filter(|message| message["type"] == "begin")
        .map(|message| message["data"]["path"].clone())
        .collect();
    assert_eq!(names[1]["text"], "d/new\nline", "{output}");
    assert_eq!(names[2]["bytes"], "ZC///i5sb2c=", "{output}");
}

#[test]
fn ten_thousand_files_are_searched_with_a_limit_for_each() {
    let dir = Dir::new();
    let mut want = String::new();
    for nth in 0..10_000 {
        let folder = format!("d/{}", nth / 1000);
        if nth % 1000 == 0 {
            fs::create_dir_all(dir.path().join(&folder)).expect("it is writable");
        }
        let name = format!("{folder}/app.{nth}.log");
        dir.file(&name, format!("ok\nERROR {nth}\nERROR again\n"));
        want.push_str(&format!("{name}:2:ERROR {nth}\n"));
    }
    for threads in ["-j1", "-j2", "-j16"] {
        let output = dir.logscan("-n -m1 ERROR d").arg(threads).output();
        output.stdout_is(&want).stderr_is_empty().code_is(0);
    }
    let count = dir.logscan("-c ERROR d").output();
    assert_eq!(
        count
            .text()
            .lines()
            .filter(|line| line.ends_with(":2"))
            .count(),
        10_000
    );
    // It ends at the first hit, and so it never comes to what cannot be searched.
    let output = dir.logscan("-q ERROR d none").output();
    output.stdout_is("").stderr_is_empty().code_is(0);
    let output = dir.logscan("-q nothing d none").output();
    output.code_is(2).stderr_has("cannot open none");
}

/// Every line of every file, in the order of their paths, the slow and obvious way.
fn naive(files: &[(String, String)], word: &str) -> String {
    let mut text = String::new();
    for (name, log) in files {
        for (nth, line) in log
            .lines()
            .enumerate()
            .filter(|(_, line)| line.contains(word))
        {
            text.push_str(&format!("{name}:{}:{line}\n", nth + 1));
        }
    }
    text
}

#[test]
fn the_output_is_that_of_a_naive_search_for_every_number_of_threads() {
    let dir = Dir::new();
    let mut files = Vec::new();
    for nth in 0..60_usize {
        let folder = format!("d/{}", nth / 20);
        fs::create_dir_all(dir.path().join(&folder)).expect("it is writable");
        let lines = [0, 1, 3, 40, 20_000, 90_000][nth * 7 % 6];
        let log: String = (0..lines)
            .map(|line| match line * (nth + 1) % 97 {
                5 => format!("line {line} has an ERROR in {nth}\n"),
                _ => format!("line {line} is well\n"),
            })
            .collect();
        let name = format!("{folder}/{nth}.log");
        dir.file(&name, &log);
        files.push((name, log));
    }
    let want = naive(&files, "ERROR");
    assert!(want.len() > 100_000);
    for flags in ["-j1", "-j2", "-j5", "-j16", "--mmap", "--chunk-size=4096"] {
        let output = dir.logscan("-n ERROR d").arg(flags).output();
        output.stdout_is(&want).stderr_is_empty().code_is(0);
    }
    let one = dir.logscan("-n -C2 -j1 ERROR d").output();
    for threads in ["-j2", "-j16"] {
        let output = dir.logscan("-n -C2 ERROR d").arg(threads).output();
        output.stdout_is(one.text());
    }
}

fn messages(text: &str) -> Vec<Value> {
    let parse =
        |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    text.lines().map(parse).collect()
}

#[test]
fn json_of_a_folder_has_a_begin_and_an_end_for_each_file_with_a_hit() {
    let dir = tree(&[
        ("d/a", "x 1\nx 2\n"),
        ("d/b", "none\n"),
        ("d/c/d", "x 3\n"),
        ("d/e", ""),
    ]);
    let ours = dir.logscan("--json x d").output();
    let got: Vec<String> = messages(&ours.text())
        .iter()
        .map(|message| {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let path = text(&message["data"]["path"]["text"]);
            text(&message["type"]) + " " + &path
        })
        .collect();
    let want = [
        "begin d/a",
        "match d/a",
        "match d/a",
        "end d/a",
        "begin d/c/d",
        "match d/c/d",
        "end d/c/d",
        "summary ",
    ];
    assert_eq!(got, want, "{ours}");
    if !require("rg --json") {
        return;
    }
    let ripgrep = dir
        .sh("rg --no-config -uuu --sort path --json x d")
        .output();
    let comparable = |text: &str| -> Vec<Value> {
        let mut messages = messages(text);
        for message in &mut messages {
            if let Some(fields) = message["data"].as_object_mut() {
                for name in words("schema notes elapsed_total stats") {
                    fields.remove(name);
                }
            }
        }
        messages
    };
    assert_eq!(comparable(&ours.text()), comparable(&ripgrep.text()));
}

#[test]
fn a_folder_called_like_the_standard_input_is_not_searched_for_it() {
    let dir = Dir::new();
    fs::create_dir(dir.path().join("-")).expect("the temp directory is writable");
    fs::write(dir.path().join("-/x"), "ERROR f\n").expect("it is writable");
    for args in ["ERROR", "ERROR -"] {
        dir.logscan(args)
            .pipe("ERROR s\n")
            .output()
            .stdout_is("ERROR s\n")
            .code_is(0);
    }
    dir.logscan("ERROR ./-")
        .output()
        .stdout_is("./-/x:ERROR f\n");
}

#[test]
#[cfg(target_os = "linux")]
fn a_folder_that_the_kernel_makes_up_is_left_out_also_if_it_is_named() {
    let dir = Dir::with_log("ERROR\n");
    dir.logscan("-c ERROR /proc log")
        .output()
        .stdout_is("log:1\n")
        .code_is(0);
}

#[test]
fn the_habit_of_bundled_r_is_told_what_it_does_here() {
    let dir = Dir::new();
    fs::create_dir(dir.path().join("logs")).expect("the temp directory is writable");
    fs::write(dir.path().join("logs/a"), "ERROR\n").expect("it is writable");
    dir.logscan("-rn ERROR logs")
        .output()
        .stdout_is("logs/a:n\n")
        .stderr_has("-rn prints 'n' in place of each match: -r is --replace here");
}

#[test]
fn a_compressed_archive_that_is_not_opened_is_left_out_of_a_folder() {
    let dir = Dir::new();
    fs::create_dir(dir.path().join("logs")).expect("the temp directory is writable");
    dir.file("logs/app.log", "ERROR 1\n");
    // A header of 7z; short, and so long that it is not decoded as a whole.
    for (name, blocks) in [("logs/short.7z.gz", 1), ("logs/long.7z.gz", 20_000)] {
        let seven_zip = [&b"7z\xbc\xaf\x27\x1c"[..], &[b'a'; 506]].concat();
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        for _ in 0..blocks {
            encoder.write_all(&seven_zip).expect("there is room");
        }
        dir.file(name, encoder.finish().expect("there is room"));
    }
    dir.logscan("ERROR logs")
        .output()
        .stdout_is("logs/app.log:ERROR 1\n")
        .stderr_has("left out what is no log: 2 archives")
        .code_is(0);
    dir.logscan("ERROR logs/long.7z.gz").output().code_is(2);
}

#[test]
fn small_compressed_files_are_decoded_until_their_room_is_used_up() {
    let dir = Dir::new();
    fs::create_dir(dir.path().join("logs")).expect("the temp directory is writable");
    // Sixteen of them have a little more text than one claim has room for.
    let text = "2026-11-27 10:00:01 ERROR in a line\n".repeat(7750);
    let packed = gzip(text.as_bytes());
    for nth in 0..200 {
        dir.file(&format!("logs/{nth}.gz"), &packed);
    }
    for how in ["-j1", "-j2"] {
        let output = dir.logscan(&format!("{how} -l ERROR logs")).output();
        output.stderr_is_empty().code_is(0);
        assert_eq!(output.text().lines().count(), 200);
    }
}
