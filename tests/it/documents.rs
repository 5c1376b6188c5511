//! README.md, CONTRIBUTING.md, SECURITY.md and docs/ are true: what they show is run, where they
//! point is something, and the flags that they name exist.
//!
//! A block ```console is run as it stands, each command in it, from the top of the repository; what
//! is not run stands in
//! ```sh or ```text. A block ```rust is an example of the documentation: src/lib.rs includes the page.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use super::support::Dir;
#[cfg(unix)]
use super::support::{require, sh_in};

/// The page whose ```rust blocks src/lib.rs includes.
const RUST_PAGE: &str = "docs/library.md";

/// What a first look at the README may cost, without its blocks of code.
const README_WORDS_MAX: usize = 900;

/// A document: its path from the top of the repository, with `/`, and its text.
struct Document {
    name: String,
    text: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The documents for people, docs/ in the order of names.
fn documents() -> Vec<Document> {
    let mut names: Vec<String> = fs::read_dir(root().join("docs"))
        .expect("there is a folder docs/")
        .map(|entry| entry.expect("docs/ can be listed").file_name())
        .map(|name| format!("docs/{}", name.to_string_lossy()))
        .filter(|name| name.ends_with(".md"))
        .collect();
    names.sort();
    names.extend(["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(String::from));
    let document = |name: String| Document {
        text: read(&name),
        name,
    };
    names.into_iter().map(document).collect()
}

#[test]
#[cfg(unix)] // A shell.
fn the_examples_of_the_documents_give_what_they_show() {
    let temporary = Dir::new(); // Where `mktemp` in the examples makes its files.
    let mut count = 0;
    for Document { name, text } in documents() {
        for Example { command, want } in examples(&text) {
            if lacks_a_tool(&command) {
                continue;
            }
            let output = sh_in(root(), &format!("{{ {command}\n}} 2>&1"))
                .env("TMPDIR", &temporary.path().to_string_lossy())
                .output();
            assert!(
                output.text() == want,
                "{name} shows for `$ {command}`:\n{want}\nbut it gives:\n{output}"
            );
            count += 1;
        }
    }
    assert!(count >= 20, "only {count} examples were found");
}

/// Whether a command of a shell needs a program that is not there.
#[cfg(unix)]
fn lacks_a_tool(command: &str) -> bool {
    let words = || command.split(|c: char| !c.is_ascii_alphanumeric());
    ["grep", "gzip", "cut", "seq"]
        .iter()
        .any(|&tool| words().any(|word| word == tool) && !require(tool))
}

#[test]
fn examples_are_found_in_console_blocks_only() {
    let document = "\
```sh
logscan x
```
```console
$ tail -n 1 a.log
ok
$ logscan -n x \\
    a.log
1:x

2:x
```
- a list
  ```console
  $ logscan x b.log
    x
  ```
";
    let got: Vec<_> = examples(document)
        .into_iter()
        .map(|example| (example.command, example.want))
        .collect();
    let want = [
        ("tail -n 1 a.log", "ok\n"),
        ("logscan -n x \\\n    a.log", "1:x\n\n2:x\n"),
        ("logscan x b.log", "  x\n"),
    ];
    assert_eq!(
        got,
        want.map(|(command, output)| (command.to_string(), output.to_string()))
    );
}

#[test]
fn rust_is_shown_only_on_the_page_that_is_tested_as_documentation() {
    for Document { name, text } in documents() {
        let has_rust = blocks(&text).any(|block| block.language == "rust");
        assert_eq!(has_rust, name == RUST_PAGE, "{name}");
    }
    let library = read("src/lib.rs");
    assert!(
        library.contains(&format!("include_str!(\"../{RUST_PAGE}\")")),
        "src/lib.rs does not include {RUST_PAGE}, so its examples are not tested"
    );
}

#[test]
fn every_link_leads_to_a_file_and_a_heading_that_are_there() {
    let mut broken = Vec::new();
    let mut count = 0;
    for Document { name, text } in documents() {
        let folder = root().join(&name);
        let folder = folder.parent().expect("it is in a folder");
        for link in links(&text) {
            if link.contains("://") {
                continue; // What others serve may come and go, and no test needs a network.
            }
            count += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let target: PathBuf = match file {
                "" => root().join(&name),
                file => folder.join(file),
            };
            let Ok(target) = target.canonicalize() else {
                broken.push(format!("{name}: {link}: there is no such file"));
                continue;
            };
            if anchor.is_empty() {
                continue;
            }
            let text = fs::read_to_string(&target).unwrap_or_default();
            if !anchors(&text).contains(anchor) {
                broken.push(format!("{name}: {link}: there is no such heading"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
    assert!(count > 30, "only {count} links were found");
}

#[test]
fn links_and_headings_are_found_as_github_makes_them() {
    let text = "\
# `logscan` & co: what's new?
[a](b.md#c), ![d](e.svg) and `[no](link)`, <img src=\"f.svg\">
## Twice
## Twice
```text
# not a heading, [no](link)
```
";
    assert_eq!(links(text), ["b.md#c", "e.svg", "f.svg"]);
    let want = ["logscan--co-whats-new", "twice", "twice-1"];
    assert_eq!(anchors(text), want.map(String::from).into());
}

#[test]
fn every_page_is_in_the_index_and_the_index_is_in_the_readme() {
    let index = links(&read("docs/README.md"));
    for Document { name, .. } in documents() {
        let Some(page) = name.strip_prefix("docs/") else {
            continue;
        };
        assert!(
            page == "README.md" || index.iter().any(|link| link == page),
            "docs/README.md does not link to {page}"
        );
    }
    let readme = links(&read("README.md"));
    assert!(readme.iter().any(|link| link.starts_with("docs/README.md")));
}

#[test]
fn the_readme_is_read_in_five_minutes() {
    let readme = read("README.md");
    let words = prose(&readme).flat_map(str::split_whitespace).count();
    assert!(words <= README_WORDS_MAX, "README.md has {words} words");
}

/// Each number of a table that names ugrep stands in one row of the results, under the same
/// command.
#[test]
fn the_figures_beside_other_programs_are_those_of_the_results() {
    let results = read("benches/peers/RESULTS.md");
    for name in ["README.md", "docs/numbers.md"] {
        let text = read(name);
        let mut table = text
            .lines()
            .skip_while(|line| !(line.starts_with('|') && line.contains("ugrep")))
            .take_while(|line| line.starts_with('|'))
            .skip(2)
            .peekable();
        assert!(table.peek().is_some(), "{name} has no table with ugrep");
        for row in table {
            let row = cells(row);
            let [command, figures @ ..] = &row[..] else {
                panic!("{name}: {row:?}")
            };
            let stands = results.lines().map(cells).any(|measured| {
                measured.first() == Some(command)
                    && figures.iter().all(|figure| measured.contains(figure))
            });
            assert!(stands, "{name}: no row of the results has {row:?}");
        }
    }
}

#[test]
fn every_flag_that_a_document_names_exists() {
    let dir = Dir::new();
    let mut known = BTreeSet::new();
    for command in ["man", "bash"] {
        // The man page has the flags that the help leaves out, and those of commands.
        let text = dir.logscan("generate").arg(command).output().text();
        known.extend(flags(&text.replace("\\-", "-")));
    }
    let mut unknown = Vec::new();
    for Document { name, text } in documents() {
        // Every flag can be taken back, by its name behind `no-`.
        let is_known = |flag: &String| {
            let taken_back = flag.strip_prefix("--no-").map(|name| format!("--{name}"));
            known.contains(flag) || taken_back.is_some_and(|flag| known.contains(&flag))
        };
        for code in code_spans(&text).filter(|code| is_ours(code)) {
            unknown.extend(
                flags(code)
                    .filter(|flag| !is_known(flag))
                    .map(|flag| format!("{name}: `{code}`: logscan has no {flag}")),
            );
        }
    }
    assert!(unknown.is_empty(), "{}", unknown.join("\n"));
    assert!(known.contains("--by-pattern"), "{known:?}");
}

/// Whether a piece of code is a flag of logscan, or a command line of it.
fn is_ours(code: &str) -> bool {
    code.starts_with('-') || code.starts_with("logscan ")
}

/// The rule that CONTRIBUTING.md shows is one, and finds its own example.
#[test]
fn the_rule_of_the_documents_finds_its_example() {
    let text = read("CONTRIBUTING.md");
    let rules: Vec<String> = blocks(&text)
        .filter(|block| block.language == "toml")
        .map(|block| block.lines.join("\n"))
        .collect();
    let [rule] = &rules[..] else {
        panic!("one rule: {rules:?}")
    };
    let value = |key: &str| {
        let line = rule.lines().find_map(|line| line.strip_prefix(key));
        line.expect("the rule has it").trim_matches(['[', ']', '"'])
    };
    let dir = Dir::with_log(value("matches = "));
    // Another name, so that it is not the rule that logscan has anyway, and the highest rank.
    let name = format!("\"{}\"", value("name = "));
    let rule = rule
        .replace(&name, "\"shown\"")
        .replace("priority = 86", "priority = 100");
    dir.file("rules.toml", &rule);
    let output = dir
        .logscan("triage --rules rules.toml --format jsonl log")
        .output();
    output.code_is(0).stderr_is_empty();
    assert!(output.text().contains("\"rule\":\"shown\""), "{output}");
}

/// What a comparison prints depends on the machine: that it runs, and that nothing about it is
/// refused, is tested here.
#[test]
#[cfg(unix)] // A shell.
fn the_comparisons_of_the_documents_run() {
    let page = read("docs/compare.md");
    let commands: Vec<&str> = page
        .lines()
        .filter(|line| line.starts_with("logscan compare "))
        .collect();
    assert!(commands.len() >= 4, "{commands:?}");
    let dir = Dir::new();
    dir.file("huge.log", read("testdata/app.log"));
    for command in commands {
        if lacks_a_tool(command) {
            continue;
        }
        let output = dir.sh(&format!("{command} --runs 6 --threads 1")).output();
        let has_report = output
            .text()
            .contains("1 thread, file in cache: median of 6 runs");
        // Against a baseline a path may be slower, as far as this machine can tell with such a
        // small log.
        let is_done =
            output.code == Some(0) || output.code == Some(1) && command.contains("--baseline");
        assert!(has_report && is_done, "{output}");
    }
}

#[test]
#[cfg(unix)] // A shell.
fn the_crontab_of_the_documents_prints_what_is_new() {
    let page = read("docs/boards.md");
    let lines: Vec<&str> = page
        .lines()
        .filter_map(|line| line.strip_prefix("*/5 * * * * "))
        .collect();
    let [line] = lines[..] else {
        panic!("one line of a crontab: {lines:?}")
    };
    let dir = Dir::new();
    let command = line.replace("/var/tmp/", "./").replace("/var/log/", "./");
    assert_ne!(command, line);
    for (log, want, code) in [
        ("ok\nERROR 1\n", "2:ERROR 1\n", 0),
        ("ok\nERROR 1\n", "", 1),
        ("ok\nERROR 1\nERROR 2\n", "3:ERROR 2\n", 0),
    ] {
        dir.file("app.log", log);
        let output = dir.sh(&command).output();
        output.stdout_is(want).stderr_is_empty().code_is(code);
    }
}

/// What a running search shows depends on the moment: its end is shown here.
#[test]
#[cfg(unix)] // A shell.
fn the_monitor_of_the_documents_shows_its_search() {
    let page = read("docs/boards.md");
    let command = |begin: &str| {
        let mut lines = page.lines().filter_map(|line| line.strip_prefix("$ "));
        let line = lines.find(|line| line.starts_with(begin));
        line.expect("docs/boards.md has it")
            .replace("/dev/shm/", "./")
    };
    let (search, monitor) = (
        command("logscan --board /dev/shm"),
        command("logscan monitor /dev/shm"),
    );
    let search = search
        .strip_suffix(" &")
        .expect("it runs in the background");
    let dir = Dir::new();
    dir.file("huge4.log", "GET / 404\nGET / 200\nGET / 500\n");
    let output = dir.sh(&format!("{search} && {monitor}")).output();
    output.code_is(0).stderr_is_empty();
    let text = output.text();
    assert!(text.contains("scan: finished, exit status 0"), "{output}");
    assert!(text.contains("2 hits"), "{output}");
}

/// A command of a document and the output that it shows, stdout and stderr together.
pub(crate) struct Example {
    pub(crate) command: String,
    pub(crate) want: String,
}

/// The commands in ```console blocks.
pub(crate) fn examples(document: &str) -> Vec<Example> {
    let mut all: Vec<Example> = Vec::new();
    for block in blocks(document).filter(|block| block.language == "console") {
        let before = all.len();
        for line in block.lines {
            if let Some(command) = line.strip_prefix("$ ") {
                all.push(Example {
                    command: command.into(),
                    want: String::new(),
                });
                continue;
            }
            assert!(all.len() > before, "output without a command: {line}");
            let example = all.last_mut().expect("there is one");
            match example.command.ends_with('\\') && example.want.is_empty() {
                true => example.command = format!("{}\n{line}", example.command),
                false => example.want.push_str(&format!("{line}\n")),
            }
        }
    }
    all
}

/// A block between ``` and ```.
struct Fenced<'a> {
    language: &'a str,
    /// Without the blanks by which the whole block is indented.
    lines: Vec<&'a str>,
}

fn blocks(document: &str) -> impl Iterator<Item = Fenced<'_>> {
    let mut lines = document.lines();
    std::iter::from_fn(move || {
        let opens = lines.find(|line| line.trim_start().starts_with("```"))?;
        let indent = opens.len() - opens.trim_start().len();
        let lines = lines.by_ref();
        let inside = lines.take_while(|line| line.trim() != "```");
        Some(Fenced {
            language: opens.trim_start_matches([' ', '`']).trim_end(),
            lines: inside
                .map(|line| line.get(indent..).unwrap_or_default())
                .collect(),
        })
    })
}

/// The lines outside of blocks.
fn prose(document: &str) -> impl Iterator<Item = &str> {
    let mut is_inside = false;
    document.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        is_inside ^= is_fence;
        !is_inside && !is_fence
    })
}

/// Where a document points: `[text](target)` and `src="target"`, outside of code.
fn links(document: &str) -> Vec<String> {
    let mut links = Vec::new();
    for line in prose(document) {
        // Every second piece is code.
        let text: Vec<&str> = line.split('`').step_by(2).collect();
        let text = text.join("``");
        for (opens, closes) in [("](", ')'), ("src=\"", '"'), ("srcset=\"", '"')] {
            for (at, _) in text.match_indices(opens) {
                let target = &text[at + opens.len()..];
                let end = target.find(closes).expect("a link ends in its line");
                links.push(target[..end].into());
            }
        }
    }
    links
}

/// What GitHub calls the headings of a document.
fn anchors(document: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    for line in prose(document) {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let name: String = title
            .trim()
            .to_lowercase()
            .chars()
            .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
            .map(|c| if c == ' ' { '-' } else { c })
            .collect();
        let mut nth = 0;
        let mut anchor = name.clone();
        while !anchors.insert(anchor) {
            nth += 1;
            anchor = format!("{name}-{nth}");
        }
    }
    anchors
}

/// What stands between backticks in a line, and the lines of blocks for a shell.
fn code_spans(document: &str) -> impl Iterator<Item = &str> {
    let spans = prose(document).flat_map(|line| line.split('`').skip(1).step_by(2));
    let shell = blocks(document)
        .filter(|block| block.language == "sh")
        .flat_map(|block| block.lines);
    spans.chain(shell)
}

/// The long flags in a text.
fn flags(text: &str) -> impl Iterator<Item = String> + '_ {
    text.match_indices("--").filter_map(|(at, _)| {
        let is_inside = text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-');
        let name: String = text[at + 2..]
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || *c == '-')
            .collect();
        let is_name = name.starts_with(|c: char| c.is_ascii_lowercase());
        (is_name && !is_inside).then(|| format!("--{name}"))
    })
}

/// The cells of a row of a table, without emphasis and the sign of a factor.
fn cells(row: &str) -> Vec<String> {
    let row = row.trim().trim_matches('|').replace("\\|", "\u{0}");
    row.split('|')
        .map(|cell| {
            cell.trim()
                .trim_matches('*')
                .trim_end_matches(" ×")
                .replace('\u{0}', "\\|")
        })
        .collect()
}
