//! Archives: their members are the files of a folder, as far as anybody can see.

use std::{
    fs,
    io::{Cursor, Write},
};

use super::support::{Dir, gzip, random_log, words};

/// A header of tar, as POSIX has it.
fn header(name: &[u8], kind: u8, length: usize) -> Vec<u8> {
    let mut header = vec![0; 512];
    header[..name.len()].copy_from_slice(name);
    header[100..108].copy_from_slice(b"0000644\0");
    header[124..136].copy_from_slice(format!("{length:011o}\0").as_bytes());
    header[156] = kind;
    header[257..265].copy_from_slice(b"ustar\x0000");
    sum_up(&mut header);
    header
}

/// Writes the sum of a header's bytes into it.
fn sum_up(member: &mut [u8]) {
    let header = &mut member[..512];
    header[148..156].copy_from_slice(b"        ");
    let sum: u64 = header.iter().map(|&byte| u64::from(byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// One member of tar.
fn member(name: &[u8], kind: u8, bytes: &[u8]) -> Vec<u8> {
    let mut all = header(name, kind, bytes.len());
    all.extend(bytes);
    all.resize(all.len().next_multiple_of(512), 0);
    all
}

pub(super) fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = member(b"folder/", b'5', b"");
    for (name, bytes) in members {
        tar.extend(member(name.as_bytes(), b'0', bytes));
    }
    tar.resize(tar.len() + 1024, 0);
    tar
}

pub(super) fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    // By its directory, in the order of names.
    for (nth, (name, bytes)) in members.iter().rev().enumerate() {
        let method = match nth % 3 {
            0 => CompressionMethod::Stored,
            _ => CompressionMethod::Deflated,
        };
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).expect("it is in memory");
        writer.write_all(bytes).expect("it is in memory");
    }
    writer.finish().expect("it is in memory").into_inner()
}

/// The members by the names that they have in a folder, in its order.
fn logs() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("1_set up.txt", b"ok\nERROR 1\nok\nERROR 2".to_vec()),
        ("app.log.2", random_log(1, 3000)),
        ("app.log.10", gzip(&random_log(2, 2000))),
        ("empty", Vec::new()),
        ("job/3_test.txt", b"ok\nERROR job\nfine\n".to_vec()),
        ("logo", b"\x89PNG\r\n\x1a\nERROR in a picture\n".to_vec()),
        ("utf16", {
            let text = "\u{feff}one ERROR\r\ntwo\r\n".encode_utf16();
            text.flat_map(u16::to_le_bytes).collect()
        }),
        ("z/very/long.log", random_log(3, 60_000)),
    ]
}

#[test]
fn an_archive_gives_what_the_folder_gives() {
    let dir = Dir::new();
    let logs = logs();
    let members: Vec<(&str, &[u8])> = logs.iter().map(|(name, log)| (*name, &log[..])).collect();
    for (name, log) in &members {
        let path = dir.path().join("d").join(name);
        fs::create_dir_all(path.parent().expect("it has one")).expect("it is writable");
        fs::write(path, log).expect("it is writable");
    }
    dir.file("a.tar", tar_of(&members));
    dir.file("a.tgz", gzip(&tar_of(&members)));
    dir.file("a.zip", zip_of(&members));
    for args in [
        "ERROR",
        "-n ERROR",
        "-c ERROR",
        "-l ERROR",
        "-L ERROR",
        "-q ERROR",
        "-m 2 -b ERROR",
        "-C 1 ERROR",
        "-v -m 3 x",
        "--last 2 ERROR",
        "-o --tally ERROR.",
        "-a ERROR",
        "-c --no-filename ERROR",
        "ERROR --heading",
        "-l absent",
    ] {
        let want = dir.logscan(&format!("{args} d")).output();
        for archive in ["a.tar", "a.tgz", "a.zip"] {
            for threads in ["-j1", "-j2", "-j8 --chunk-size 1000"] {
                let got = dir.logscan(&format!("{args} {threads} {archive}")).output();
                let renamed = String::from_utf8_lossy(&want.stdout)
                    .replace("d/", &format!("{archive}!"))
                    .into_bytes();
                got.code_is(i32::from(args == "-l absent"));
                got.stdout_is(renamed);
                assert_eq!(got.stderr, want.stderr, "{args} {archive}");
            }
        }
    }
    let output = dir.logscan("--json ERROR.job a.zip").output();
    output.code_is(0);
    assert!(output.text().contains("\"text\":\"a.zip!job/3_test.txt\""));
    dir.logscan("--stats ERROR a.tar")
        .output()
        .code_is(0)
        .stderr_has("files        7");
    // Where it was found, as where it was named.
    fs::create_dir(dir.path().join("e")).expect("it is writable");
    fs::rename(dir.path().join("a.tgz"), dir.path().join("e/a")).expect("it is writable");
    dir.logscan("ERROR.job e")
        .output()
        .stdout_is("e/a!job/3_test.txt:ERROR job\n")
        .code_is(0);
    // Its bytes, where they are asked for.
    dir.logscan("-c --no-decompress ERROR.job a.tar")
        .output()
        .stdout_is("1\n");
    dir.logscan("-c --no-decompress ERROR.job e")
        .output()
        .stdout_is("e/a:0\n");
}

#[test]
fn members_are_chosen_by_their_names() {
    let dir = Dir::new();
    let inner = zip_of(&[("x.log", b"ERROR x\n"), ("x.txt", b"ERROR\n")]);
    let members: [(&str, &[u8]); 5] = [
        ("a.log", b"ERROR a\n"),
        ("a.txt", b"ERROR\n"),
        ("job/b.log", b"ERROR b\n"),
        ("job/old/c.log", b"ERROR c\n"),
        ("z.zip", &inner),
    ];
    dir.file("a.tar", tar_of(&members));
    dir.file("7z", b"7z\xbc\xaf\x27\x1c\0\x04");
    for (args, want) in [
        ("--include *.log", "a.log job/b.log job/old/c.log"),
        (
            "-g *.log -g *.zip",
            "a.log job/b.log job/old/c.log z.zip!x.log",
        ),
        (
            "--exclude *.txt --exclude-dir old",
            "a.log job/b.log z.zip!x.log",
        ),
        ("-g job/*.log", "job/b.log"),
        ("-g !job -g !*.txt", "a.log z.zip!x.log"),
    ] {
        let want: String = words(want)
            .iter()
            .map(|name| format!("a.tar!{name}\n"))
            .collect();
        let output = dir.logscan(&format!("-l ERROR a.tar {args}")).output();
        output.stdout_is(want).stderr_is_empty().code_is(0);
    }
    dir.logscan("--files .")
        .output()
        .stdout_is("./a.tar\n")
        .stderr_has("left out what is no log: 1 archive");
}

#[test]
fn a_tar_comes_through_a_pipe_and_a_zip_does_not() {
    let dir = Dir::new();
    let members: [(&str, &[u8]); 2] = [("a", b"ERROR a\n"), ("b", b"ERROR b\n")];
    for tar in [tar_of(&members), gzip(&tar_of(&members))] {
        let named = "(standard input)!a:ERROR a\n(standard input)!b:ERROR b\n";
        for (args, want) in [
            ("ERROR", named),
            ("-H ERROR", named),
            ("--no-filename ERROR", "ERROR a\nERROR b\n"),
        ] {
            let run = dir.logscan(args).pipe(&tar);
            run.output().stdout_is(want).stderr_is_empty().code_is(0);
        }
        dir.logscan("-c ERROR")
            .pipe(&tar)
            .output()
            .stdout_is("(standard input)!a:1\n(standard input)!b:1\n");
    }
    dir.logscan("ERROR")
        .pipe(zip_of(&members))
        .output()
        .stdout_is("")
        .stderr_has("cannot open (standard input): it is a zip archive, which says at its end what is in it, and its bytes come from front to back: save it")
        .code_is(2);
    let path = dir.file("a.zip", zip_of(&members));
    dir.logscan("--no-filename ERROR")
        .stdin_file(&path)
        .output()
        .stdout_is("ERROR a\nERROR b\n")
        .code_is(0);
}

#[test]
fn archives_in_archives_are_opened_three_levels_deep() {
    let dir = Dir::new();
    let fourth = tar_of(&[("log", b"ERROR 4\n")]);
    let third = zip_of(&[("3.log", b"ERROR 3\n"), ("4.tar", &fourth)]);
    let second = gzip(&tar_of(&[
        ("2.log", b"ERROR 2\n"),
        ("3.zip", &third),
        ("behind", b"ERROR\n"),
    ]));
    for (name, first) in [
        (
            "1.tar",
            tar_of(&[("2.tgz", &second), ("log", b"ERROR 1\n")]),
        ),
        (
            "1.zip",
            zip_of(&[("2.tgz", &second), ("log", b"ERROR 1\n")]),
        ),
    ] {
        dir.file(name, first);
        let output = dir.logscan(&format!("ERROR {name}")).output();
        let want = "@!2.tgz!2.log:ERROR 2\n@!2.tgz!3.zip!3.log:ERROR 3\n@!2.tgz!behind:ERROR\n@!log:ERROR 1\n";
        output
            .stdout_is(want.replace('@', name))
            .stderr_has(&format!(
                "cannot open {name}!2.tgz!3.zip!4.tar: it is an archive in 3 others, and no more are opened"
            ))
            .code_is(2);
    }
}

#[test]
fn a_name_in_an_archive_is_only_a_name() {
    let dir = Dir::new();
    // Beside the folder, where nothing else has this name.
    let folder = dir.path().file_name().expect("it has a name");
    let beside = format!("../{}-beside", folder.display());
    let members: [(&str, &[u8]); 3] = [
        (&beside, b"ERROR 1\n"),
        ("/logscan-in-the-root", b"ERROR 2\n"),
        ("a/../../x", b"ERROR 3\n"),
    ];
    dir.file("a.tar", tar_of(&members));
    dir.file("a.zip", zip_of(&members));
    for archive in ["a.tar", "a.zip"] {
        let output = dir.logscan(&format!("ERROR {archive}")).output();
        output.code_is(0);
        for (name, text) in &members {
            let want = format!("{archive}!{name}:{}", String::from_utf8_lossy(text));
            assert!(output.text().contains(&want), "{}", output.text());
        }
    }
    let names = fs::read_dir(dir.path()).expect("it is there");
    assert_eq!(names.count(), 2);
    for path in [dir.path().join(beside), "/logscan-in-the-root".into()] {
        assert!(!path.exists(), "{}", path.display());
    }
}

#[test]
fn long_names_are_those_that_gnu_and_pax_say() {
    let dir = Dir::new();
    let long = format!("{}/app.log", "folder".repeat(40));
    let path = format!("path={long}\n");
    let record = format!("{} {path}", path.len() + 4);
    let mut tar = member(b"././@LongLink", b'L', format!("{long}\0").as_bytes());
    tar.extend(member(&long.as_bytes()[..100], b'0', b"ERROR gnu\n"));
    tar.extend(member(b"PaxHeaders/x", b'x', record.as_bytes()));
    tar.extend(member(b"short", b'0', b"ERROR pax\n"));
    let mut split = header(b"app.log", b'0', 12);
    split[345..351].copy_from_slice(b"before");
    sum_up(&mut split);
    tar.extend(split);
    tar.extend(b"ERROR posix\n");
    tar.resize(tar.len().next_multiple_of(512), 0);
    // A link holds nothing, a sparse file not all.
    tar.extend(member(b"link", b'2', b""));
    tar.extend(member(b"sparse", b'S', b"ERROR sparse\n"));
    tar.extend(member(b"last", b'0', b"ERROR last\n"));
    dir.file("a.tar", tar);
    dir.logscan("ERROR a.tar")
        .output()
        .stdout_is(format!(
            "a.tar!{long}:ERROR gnu\na.tar!{long}:ERROR pax\na.tar!before/app.log:ERROR posix\na.tar!last:ERROR last\n"
        ))
        .stderr_has("cannot open a.tar!sparse: it is a sparse file, of which tar keeps only parts")
        .code_is(2);
}

#[test]
fn what_is_wrong_with_a_member_is_said_and_the_others_are_searched() {
    let dir = Dir::new();
    let members: [(&str, &[u8]); 3] = [
        ("a", b"ERROR aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"),
        ("b", b"ERROR b\n"),
        ("c", b"ERROR c\n"),
    ];
    let zip = zip_of(&members);
    // One is encrypted: a flag in both of its headers.
    let mut locked = zip.clone();
    for (magic, flags, name) in [(b"PK\x03\x04", 6, 30), (b"PK\x01\x02", 8, 46)] {
        let starts: Vec<usize> = (0..locked.len() - 46)
            .filter(|&at| locked[at..].starts_with(magic) && locked[at + name] == b'b')
            .collect();
        assert_eq!(starts.len(), 1);
        locked[starts[0] + flags] |= 1;
    }
    dir.file("locked.zip", locked);
    dir.logscan("-c ERROR locked.zip")
        .output()
        .stdout_is("locked.zip!a:1\nlocked.zip!c:1\n")
        .stderr_has("cannot open locked.zip!b: it is encrypted")
        .code_is(2);
    // One has other bytes than its checksum says.
    let mut wrong = zip;
    let at = wrong.windows(8).position(|bytes| bytes == b"ERROR c\n");
    wrong[at.expect("it is stored") + 6] = b'x';
    dir.file("wrong.zip", wrong);
    dir.logscan("-c ERROR wrong.zip")
        .output()
        .stdout_is("wrong.zip!a:1\nwrong.zip!b:1\nwrong.zip!c:1\n")
        .stderr_has("wrong.zip!c: damaged (a checksum does not fit)")
        .code_is(2);
    // One is in a format that nobody decodes.
    let tar = tar_of(&[
        ("lz", b"LZIP\x01\x0b"),
        ("b", b"ERROR b\n"),
        ("c.gz", &gzip(b"ERROR c\n")[..15]),
    ]);
    dir.file("a.tar", tar);
    let output = dir.logscan("ERROR a.tar").output();
    output
        .stdout_is("a.tar!b:ERROR b\n")
        .stderr_has("cannot read a.tar!lz as plain text: it is lzip data; unpack the archive")
        .stderr_has("a.tar!c.gz: cut short")
        .code_is(2);
}

#[test]
fn a_cut_archive_is_searched_as_far_as_it_goes() {
    let dir = Dir::new();
    let log = random_log(4, 20_000);
    let text = [&log[..], b"ERROR in the end\n"].concat();
    let tar = tar_of(&[
        ("a.log", b"ERROR first\n"),
        ("b.log", &text),
        ("c.log", b"ERROR c\n"),
    ]);
    let packed = gzip(&tar);
    dir.file("cut.tgz", &packed[..packed.len() / 2]);
    dir.file("cut.tar", &tar[..tar.len() / 2]);
    for name in ["cut.tgz", "cut.tar"] {
        let output = dir.logscan(&format!("-n ERROR {name}")).output();
        let text = output.code_is(2).text();
        assert!(text.starts_with(&format!("{name}!a.log:1:ERROR first\n{name}!b.log:")));
        assert!(!text.contains("ERROR in the end") && !text.contains("c.log"));
        output.stderr_has(&format!("{name}!b.log: cut short: complete up to byte "));
        let said = String::from_utf8_lossy(&output.stderr).lines().count();
        assert_eq!(said, 1);
    }
    // Between members, and in the middle of what is not read to its end.
    dir.file("cut.tar", &tar[..3000]);
    dir.logscan("-l . cut.tar")
        .output()
        .stdout_is("cut.tar!a.log\ncut.tar!b.log\n")
        .stderr_has("logscan: cut.tar: cut short: complete up to byte 3000 of the text\n")
        .code_is(2);
    let mut broken = tar;
    broken[512] ^= 0x20;
    dir.file("broken.tar", broken);
    dir.logscan("end$|^ERROR.c$ broken.tar")
        .output()
        .stdout_is("broken.tar!b.log:ERROR in the end\nbroken.tar!c.log:ERROR c\n")
        .stderr_has(
            "broken.tar: damaged (no header of tar where one should be): the text ends at byte 512",
        )
        .code_is(2);
    // In what fills the last member up to a block.
    dir.file("cut.tar", &member(b"a.log", b'0', b"ERROR\n")[..1000]);
    dir.logscan("ERROR cut.tar")
        .output()
        .stdout_is("cut.tar!a.log:ERROR\n")
        .stderr_has("cut.tar: cut short: complete up to byte 1000 of the text")
        .code_is(2);
    dir.file("broken.zip", b"PK\x05\x06");
    dir.logscan("ERROR broken.zip")
        .output()
        .stderr_has("cannot open broken.zip: its directory, which says what is in it, is not there")
        .code_is(2);
}

#[test]
fn members_come_in_their_order_whatever_takes_longer() {
    let dir = Dir::new();
    let line = "2026-11-27 10:00:01 ERROR in a line\n";
    // More text than a claim has room for, in few bytes; and a member that is no small one.
    let packed = gzip(line.repeat(150_000).as_bytes());
    let long = line.repeat(60_000);
    for few in [0, 5, 20] {
        let mut members: Vec<(String, &[u8])> = (0..few)
            .map(|nth| (format!("a{nth}"), line.as_bytes()))
            .collect();
        members.push(("b.gz".into(), &packed));
        members.push(("c".into(), line.as_bytes()));
        members.push(("d.log".into(), long.as_bytes()));
        members.push(("e".into(), line.as_bytes()));
        let members: Vec<(&str, &[u8])> = members
            .iter()
            .map(|(name, bytes)| (&name[..], *bytes))
            .collect();
        let inner = tar_of(&members);
        let outer = tar_of(&[("inner.tgz", &gzip(&inner)), ("z", line.as_bytes())]);
        fs::create_dir_all(dir.path().join("logs")).expect("it is writable");
        dir.file("logs/1.tar", &inner);
        dir.file("logs/2.zip", zip_of(&members));
        dir.file("logs/3.tar", outer);
        dir.file("logs/4.log", line);
        let counts = |archive: &str| -> String {
            let counts = members.iter().map(|(name, _)| match *name {
                "b.gz" => format!("logs/{archive}!{name}:150000\n"),
                "d.log" => format!("logs/{archive}!{name}:60000\n"),
                name => format!("logs/{archive}!{name}:1\n"),
            });
            counts.collect()
        };
        let want = [
            &counts("1.tar"),
            &counts("2.zip"),
            &counts("3.tar!inner.tgz"),
            "logs/3.tar!z:1\nlogs/4.log:1\n",
        ]
        .concat();
        for threads in ["-j1", "-j2", "-j8"] {
            let output = dir.logscan(&format!("{threads} -c ERROR logs")).output();
            output.stdout_is(&want).stderr_is_empty().code_is(0);
        }
    }
}

#[test]
fn a_tar_is_known_whatever_bytes_its_first_header_has() {
    let dir = Dir::new();
    let mut first = member(b"a", b'0', b"ERROR a\n");
    // The number of an owner in binary, as GNU writes large ones.
    first[108..116].copy_from_slice(b"\x80\0\0\0\0\x40\0\x0a");
    sum_up(&mut first);
    let tar = [first, member(b"b", b'0', b"ERROR b\n")].concat();
    dir.file("a.tar", &tar);
    let want = "a.tar!a:ERROR a\na.tar!b:ERROR b\n";
    dir.logscan("ERROR a.tar").output().stdout_is(want);
    dir.logscan("ERROR -H")
        .pipe(tar)
        .output()
        .stdout_is(want.replace("a.tar", "(standard input)"));
}

#[test]
fn what_lies_behind_the_end_of_a_tar_and_kinds_that_nobody_knows_are_searched() {
    let dir = Dir::new();
    let twice = [
        tar_of(&[("a", b"ERROR a\n")]),
        tar_of(&[("b", b"ERROR b\n")]),
    ]
    .concat();
    dir.file("twice.tar", twice);
    dir.logscan("ERROR twice.tar")
        .output()
        .stdout_is("twice.tar!a:ERROR a\ntwice.tar!b:ERROR b\n")
        .code_is(0);
    let kinds = [
        member(b"rest", b'M', b"ERROR rest\n"),
        member(b"new", b'~', b"ERROR new\n"),
        member(b"label", b'V', b""),
        member(b"list", b'D', b"YERROR\0\0"),
        member(b"link", b'1', b""),
        member(b"last", b'7', b"ERROR last\n"),
    ]
    .concat();
    dir.file("kinds.tar", kinds);
    dir.logscan("ERROR kinds.tar")
        .output()
        .stdout_is(
            "kinds.tar!rest:ERROR rest\nkinds.tar!new:ERROR new\nkinds.tar!last:ERROR last\n",
        )
        .code_is(0);
}

#[test]
fn a_length_that_no_file_has_is_told() {
    let dir = Dir::new();
    for kind in [b'0', b'g'] {
        for length in [[0xff; 8], [0x7f; 8]] {
            let mut huge = member(b"b", kind, b"ERROR b\n");
            // In binary, as GNU writes what has no room in octal digits.
            huge[124..136].copy_from_slice(&[&b"\x80\0\0\0"[..], &length].concat());
            sum_up(&mut huge);
            let tar = [
                member(b"a", b'0', b"ERROR a\n"),
                huge,
                member(b"c", b'0', b"ERROR c\n"),
            ]
            .concat();
            dir.file("a.tar", tar);
            dir.logscan("ERROR a.tar")
                .output()
                .stdout_is("a.tar!a:ERROR a\na.tar!c:ERROR c\n")
                .stderr_has("a.tar: damaged (no header of tar where one should be): the text ends at byte 1024")
                .code_is(2);
        }
    }
}

#[test]
fn a_zip_that_says_something_wrong_of_itself_is_told() {
    let dir = Dir::new();
    let places = |bytes: &[u8], what: &[u8]| -> Vec<usize> {
        let windows = bytes.windows(what.len()).enumerate();
        windows
            .filter(|(_, at)| *at == what)
            .map(|(at, _)| at)
            .collect()
    };
    // Two files of one name.
    let mut twins = zip_of(&[("a.log", b"ERROR 1\n"), ("b.log", b"ERROR 2\n")]);
    for at in places(&twins, b"b.log") {
        twins[at] = b'a';
    }
    dir.file("twins.zip", twins);
    dir.logscan("ERROR twins.zip")
        .output()
        .stdout_is("twins.zip!a.log:ERROR 1\n")
        .stderr_has("cannot open twins.zip!a.log: it is there more than once, and only the last of them is read")
        .code_is(2);
    dir.logscan("triage twins.zip")
        .output()
        .stderr_has("cannot open twins.zip!a.log: it is there more than once")
        .code_is(2);
    // Its end is cut off, and a zip in it has one.
    let inner = zip_of(&[("in.log", b"ERROR inner\n")]);
    let outer = zip_of(&[("a.log", b"ERROR a\n"), ("inner.zip", &inner)]);
    let stored = zip_of(&[("inner.zip", &inner)]);
    assert!(!places(&stored, &inner).is_empty(), "it is stored");
    dir.file("cut.zip", &stored[..stored.len() - 30]);
    dir.logscan("ERROR cut.zip")
        .output()
        .stdout_is("")
        .stderr_has("cannot open cut.zip: its directory, which says what is in it, is not there")
        .code_is(2);
    dir.file("whole.zip", outer);
    dir.logscan("-c ERROR whole.zip")
        .output()
        .stdout_is("whole.zip!a.log:1\nwhole.zip!inner.zip!in.log:1\n");
    // A file is longer than its directory says.
    let mut longer = zip_of(&[("a.log", b"ERROR 1\nERROR 2\nERROR 3\n")]);
    for at in places(&longer, b"PK\x01\x02") {
        longer[at + 24..at + 28].copy_from_slice(&16_u32.to_le_bytes());
    }
    dir.file("longer.zip", longer);
    dir.logscan("-c ERROR longer.zip")
        .output()
        .stdout_is("longer.zip!a.log:2\n")
        .stderr_has("longer.zip!a.log: damaged (it has more text than its directory says)")
        .code_is(2);
}

#[cfg(unix)]
#[test]
fn names_of_members_are_their_bytes() {
    let dir = Dir::new();
    let tar = [
        member(b"b\xe9.log", b'0', b"ERROR 1\n"),
        member(b"b\xff.log", b'0', b"ERROR 2\n"),
    ]
    .concat();
    dir.file("a.tar", tar);
    dir.logscan("ERROR a.tar")
        .output()
        .stdout_is(b"a.tar!b\xe9.log:ERROR 1\na.tar!b\xff.log:ERROR 2\n");
}

#[test]
fn what_is_no_log_is_left_out_of_an_archive_also_compressed() {
    let dir = Dir::new();
    let seven_zip = gzip(b"7z\xbc\xaf\x27\x1c\0\x04");
    dir.file(
        "a.tar",
        tar_of(&[("7z.gz", &seven_zip), ("log", b"ERROR\n")]),
    );
    dir.logscan("ERROR a.tar")
        .output()
        .stdout_is("a.tar!log:ERROR\n")
        .stderr_has("left out what is no log: 1 archive")
        .code_is(0);
    dir.logscan("--byte-range 0:100 ERROR a.tar")
        .output()
        .stdout_is("")
        .stderr_has("cannot read a.tar as plain text: it is a tar archive")
        .code_is(2);
}

#[test]
fn a_member_can_be_named_as_messages_name_it() {
    let dir = Dir::new();
    let inner = tar_of(&[("c.log", b"x inner\n"), ("d.log", b"x other\n")]);
    dir.file(
        "a.zip",
        zip_of(&[
            ("job/1.txt", b"x one\n"),
            ("job/[2].txt", b"x two\n"),
            ("1.txt", b"x top\n"),
            ("b.tar", &inner),
        ]),
    );
    dir.file("plain!1.log", "x plain\n");
    dir.file("no.log", "x no\n");
    for (names, want) in [
        ("a.zip!job/1.txt", "a.zip!job/1.txt:x one\n"),
        ("a.zip!1.txt", "a.zip!1.txt:x top\n"),
        ("a.zip!job/[2].txt", "a.zip!job/[2].txt:x two\n"),
        ("a.zip!b.tar!c.log", "a.zip!b.tar!c.log:x inner\n"),
        (
            "a.zip!b.tar",
            "a.zip!b.tar!c.log:x inner\na.zip!b.tar!d.log:x other\n",
        ),
        (
            "a.zip!1.txt no.log a.zip!job/1.txt",
            "a.zip!1.txt:x top\na.zip!job/1.txt:x one\nno.log:x no\n",
        ),
        ("plain!1.log", "x plain\n"),
    ] {
        let output = dir.logscan(&format!("x {names}")).output();
        output.code_is(0).stdout_is(want);
    }
    let output = dir.logscan("x a.zip!nope a.zip!1.txt").output();
    output
        .code_is(2)
        .stdout_is("a.zip!1.txt:x top\n")
        .stderr_has("a.zip!nope: the archive has no such member\n");
    let output = dir.logscan("x no.log!1.txt").output();
    output.code_is(2).stderr_has("no.log!1.txt: No such file");
    let output = dir.logscan("triage a.zip!nope").output();
    output
        .code_is(2)
        .stderr_has("a.zip!nope: the archive has no such member\n");
}
