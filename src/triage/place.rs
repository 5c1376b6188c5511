//! Which place in the sources a failure names, found in the lines of its block.
//!
//! Programs write places in a few forms, whatever their language: `src/a.rs:41:10`,
//! `src/a.ts(18,23)`, `File "a.py", line 3`, `in a.php on line 3`, `in C:\a.cs:line 3`. A trace of
//! calls has many of them; the one that counts is the innermost in the project's own sources, not
//! one in a library. A program's name is no file.

/// A place in a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SourcePlace {
    pub(crate) file: String,
    pub(crate) line: u64,
}

/// What the name of a source file ends with.
const EXTENSIONS: &[&str] = &[
    "R",
    "Rmd",
    "adb",
    "adoc",
    "ads",
    "asm",
    "astro",
    "bash",
    "bats",
    "bicep",
    "bzl",
    "c",
    "cabal",
    "cc",
    "cfg",
    "cjs",
    "clj",
    "cljc",
    "cljs",
    "cls",
    "cmake",
    "coffee",
    "cpp",
    "cr",
    "cs",
    "csproj",
    "css",
    "cts",
    "cu",
    "cxx",
    "d",
    "dart",
    "elm",
    "erb",
    "erl",
    "ex",
    "exs",
    "f",
    "f90",
    "feature",
    "fs",
    "fsproj",
    "fsx",
    "gleam",
    "go",
    "gradle",
    "graphql",
    "groovy",
    "h",
    "haml",
    "hbs",
    "hcl",
    "hh",
    "hpp",
    "hrl",
    "hs",
    "html",
    "hxx",
    "ini",
    "ipynb",
    "java",
    "jl",
    "js",
    "json",
    "json5",
    "jsonnet",
    "jsx",
    "kt",
    "kts",
    "less",
    "lhs",
    "lisp",
    "lua",
    "m",
    "m4",
    "md",
    "mdx",
    "mjs",
    "mk",
    "ml",
    "mli",
    "mm",
    "mod",
    "mts",
    "nim",
    "nix",
    "p6",
    "pas",
    "php",
    "phpt",
    "pl",
    "pm",
    "prisma",
    "properties",
    "proto",
    "ps1",
    "psd1",
    "psm1",
    "purs",
    "py",
    "pyi",
    "pyx",
    "r",
    "raku",
    "rb",
    "re",
    "rego",
    "robot",
    "rs",
    "rst",
    "sass",
    "sbt",
    "sc",
    "scala",
    "scss",
    "sh",
    "slim",
    "sol",
    "sql",
    "sv",
    "svelte",
    "swift",
    "t",
    "td",
    "tex",
    "tf",
    "tfvars",
    "toml",
    "ts",
    "tsx",
    "txt",
    "v",
    "vb",
    "vbproj",
    "vhd",
    "vhdl",
    "vim",
    "vue",
    "xml",
    "yaml",
    "yml",
    "zig",
    "zsh",
];

/// Source files whose names have no such end.
const NAMES: &[&str] = &[
    "BUILD",
    "Brewfile",
    "Containerfile",
    "Dockerfile",
    "Fastfile",
    "Gemfile",
    "Jenkinsfile",
    "Justfile",
    "Makefile",
    "Podfile",
    "Rakefile",
    "Vagrantfile",
    "WORKSPACE",
    "configure",
    "configure.ac",
];

/// Parts of paths, and of the names of functions in traces, that are a library's or the language's.
const FOREIGN: &[&str] = &[
    "site-packages/",
    "dist-packages/",
    "/lib/python",
    "<frozen",
    "node_modules/",
    "node:",
    "internal/",
    "/gems/",
    "/rubygems",
    "/lib/ruby/",
    "/usr/lib/",
    "/usr/local/lib/",
    "/usr/include/",
    "/usr/local/go/",
    "/hostedtoolcache/",
    "/rustc/",
    "/.cargo/",
    "/go/pkg/mod/",
    "/vendor/",
    "/_deps/",
    "at java.",
    "at javax.",
    "at jdk.",
    "at java.base/",
    "at sun.",
    "at com.sun.",
    "at kotlin.",
    "at kotlinx.",
    "at scala.",
    "at groovy.",
    "at org.codehaus.",
    "at org.junit",
    "at junit.",
    "at org.testng",
    "at org.gradle",
    "at org.apache.",
    "at org.scalatest",
    "at org.assertj",
    "at org.hamcrest",
    "at org.mockito",
    "at org.springframework",
    "at org.hibernate",
    "at io.netty",
    "at com.fasterxml",
    "at com.google.common",
    "at System.",
    "at Microsoft.",
    "at Xunit.",
    "at NUnit.",
    "/_/src/",
];

/// Folders in which CI systems check out a project, below the home of a user: what follows is a
/// path in the project. `*` stands for one name, as of the project. The longer of two that fit
/// comes first.
const CHECKOUTS_IN_HOMES: &[&str] = &[
    "work/1/s/",
    "work/*/*/",
    "agent/workspace/*/",
    "workspace/*/",
    "project/",
    "build/*/*/",
];

/// Those on drives of Windows.
const CHECKOUTS_ON_DRIVES: &[&str] = &["D:/a/1/s/", "D:/a/*/*/"];

/// The others, from the root on.
const CHECKOUTS: &[&str] = &[
    "__w/*/*/",
    "github/workspace/",
    "builds/*/*/",
    "var/jenkins_home/workspace/*/",
    "var/lib/jenkins/workspace/*/",
    "var/jenkins/workspace/*/",
    "*/project/",
    "opt/atlassian/pipelines/agent/build/",
    "drone/src/",
    "workspace/",
];

/// The homes of users, on Linux and macOS.
const HOMES: [&str; 2] = ["home/*/", "Users/*/"];

/// The first place that a line names.
pub(crate) fn of_line(line: &[u8]) -> Option<SourcePlace> {
    let text = String::from_utf8_lossy(line);
    let text = text.as_ref();
    text.match_indices(|c: char| c.is_ascii_digit())
        .filter(|(at, _)| !text[..*at].ends_with(|c: char| c.is_ascii_digit()))
        .find_map(|(at, _)| place_before(text, at))
}

/// No source file has more lines, and readers of SARIF take no larger numbers.
pub(crate) const SOURCE_LINE_MAX: u64 = (1 << 31) - 1;

/// The place whose line number begins at `at`.
fn place_before(text: &str, at: usize) -> Option<SourcePlace> {
    const JOINTS: [&str; 10] = [
        ":line ",
        "\", line ",
        "\", lines ",
        " on line ",
        "' line ",
        "' line: ",
        " line ",
        ":[",
        ":",
        "(",
    ];
    let head = &text[..at];
    let joint = JOINTS.iter().find(|joint| head.ends_with(**joint))?;
    let digits = text[at..].bytes().take_while(u8::is_ascii_digit).count();
    let behind = &text[at + digits..];
    // `file.rs:12` is a place, `12:30:05` and `host.d:80/x` are none; `(3)` must close or go on
    // with a column.
    let ends = match *joint {
        "(" => behind.starts_with([',', ')', '-', ':']),
        _ => !behind.starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '/'),
    };
    let head = &head[..head.len() - joint.len()];
    let quote = joint.chars().next().filter(|c| ['"', '\''].contains(c));
    let file = match quote {
        Some(quote) => &head[head.rfind(quote).map_or(0, |at| at + 1)..],
        None => path_at_end(head),
    };
    let line = text[at..at + digits].parse().ok();
    let line = line.filter(|&line| line <= SOURCE_LINE_MAX)?;
    (ends && is_source(file)).then(|| SourcePlace {
        file: in_project(file),
        line,
    })
}

/// The path at the end of a text.
fn path_at_end(head: &str) -> &str {
    let is_path = |c: char| {
        c.is_alphanumeric() || "._-/\\@+~$[]{}#%".contains(c) || !c.is_ascii() && !c.is_whitespace()
    };
    let start = head
        .char_indices()
        .rev()
        .take_while(|(_, c)| is_path(*c))
        .last()
        .map_or(head.len(), |(at, _)| at);
    let path = head[start..].trim_start_matches(|c: char| FRAMES.contains(c));
    if let Some(scheme) = head[..start].rsplit(' ').next()
        && scheme.ends_with(':')
        && let Some(behind) = path.strip_prefix("//")
    {
        return path_of_url(scheme, behind);
    }
    // A drive: `C:\a.cs`.
    let drive = head[..start].strip_suffix(':');
    let letter = drive.and_then(|before| before.chars().next_back());
    let is_drive =
        letter.is_some_and(|letter| letter.is_ascii_alphabetic()) && path.starts_with(['\\', '/']);
    match is_drive {
        true => &head[start - 2..],
        false => path,
    }
}

/// What tools draw before a path: brackets, and the lines of a frame.
const FRAMES: &str = "[{#+╭─│╰┌└├┃┏▶";

/// The path that a URL names in the project: that of `file:///w/a.js` is `/w/a.js`, that of
/// `webpack://shop/./a.js` is `./a.js`. What a server has is no source of the project: nothing.
fn path_of_url<'p>(scheme: &str, behind: &'p str) -> &'p str {
    if scheme.ends_with("file:") {
        return behind;
    }
    let is_bundled = ["webpack:", "webpack-internal:"]
        .iter()
        .any(|one| scheme.ends_with(one));
    match behind.find('/') {
        Some(at) if is_bundled => &behind[at + 1..],
        _ => "",
    }
}

/// Whether a text names a source file.
pub(crate) fn is_source(file: &str) -> bool {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    let extension = name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty());
    NAMES.contains(&name)
        || extension.is_some_and(|(_, extension)| EXTENSIONS.binary_search(&extension).is_ok())
}

/// A path without the folder in which the CI system keeps the project.
pub(crate) fn in_project(file: &str) -> String {
    let file = file.strip_prefix("file://").unwrap_or(file);
    let file = file.strip_prefix("webpack:///").unwrap_or(file);
    let below_root = file.strip_prefix(['/', '\\']);
    let below_home = below_root.and_then(|path| behind_one_of(&HOMES, path));
    let relative = below_home
        .and_then(|path| behind_one_of(CHECKOUTS_IN_HOMES, path))
        .or_else(|| behind_one_of(CHECKOUTS, below_root?))
        .or_else(|| behind_one_of(CHECKOUTS_ON_DRIVES, file));
    let file = relative.unwrap_or(file);
    file.strip_prefix("./").unwrap_or(file).to_owned()
}

/// What follows in `path` behind the first of these folders that it lies in.
fn behind_one_of<'p>(folders: &[&str], path: &'p str) -> Option<&'p str> {
    folders
        .iter()
        .find_map(|folder| behind_folder(folder, path))
}

/// What follows in `path` behind a folder as [`CHECKOUTS`] has them; Windows writes `\\` for `/`.
fn behind_folder<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    let mut rest = path;
    for name in folder.trim_end_matches('/').split('/') {
        let (first, behind) = rest.split_once(['/', '\\'])?;
        if first != name && (name != "*" || first.is_empty()) {
            return None;
        }
        rest = behind;
    }
    (!rest.is_empty()).then_some(rest)
}

/// The place that a block names, of which line `headline` says it best.
pub(crate) fn of_block(lines: &[&[u8]], headline: usize) -> Option<SourcePlace> {
    let head = lines.get(headline).and_then(|line| of_line(line));
    if head.is_some() {
        return head;
    }
    let is_foreign = |line: &[u8]| {
        FOREIGN
            .iter()
            .any(|part| memchr::memmem::find(line, part.as_bytes()).is_some())
    };
    // Few lines name a place, so few are searched for all the parts.
    let own = |line: &&[u8]| of_line(line).filter(|_| !is_foreign(line));
    let is_python = |line: &&&[u8]| line.trim_ascii_start().starts_with(b"File \"");
    // Python's traces have the innermost call last, above the exception; those of others have it
    // first, below.
    let python = lines.iter().filter(is_python).rev().find_map(own);
    python
        .or_else(|| lines[headline.min(lines.len())..].iter().find_map(own))
        .or_else(|| {
            lines[..headline.min(lines.len())]
                .iter()
                .rev()
                .find_map(own)
        })
}

/// The nearest line that is the name of a file and nothing else: linters print it above what they
/// found there.
pub(crate) fn file_above(lines: &[&[u8]]) -> Option<String> {
    lines.iter().rev().find_map(|line| {
        let text = String::from_utf8_lossy(line.trim_ascii());
        let is_name = !text.contains(char::is_whitespace) && is_source(&text);
        is_name.then(|| in_project(&text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_stands_behind_frames_and_schemes_but_not_on_a_server() {
        for (line, want) in [
            ("    ╭─[src/pay.js:41:10]", Some("src/pay.js:41")),
            (
                "    at main (file:///w/tax.test.js:4:10)",
                Some("/w/tax.test.js:4"),
            ),
            (
                "at eval (webpack://shop/./e2e/pay.js:9:7)",
                Some("e2e/pay.js:9"),
            ),
            ("at f (https://example.org/std/equals.ts:51:9)", None),
            ("  on main.tf line 41, in resource", Some("main.tf:41")),
            ("it failed on line 41", None),
        ] {
            let place = of_line(line.as_bytes());
            let said = place.map(|place| format!("{}:{}", place.file, place.line));
            assert_eq!(said.as_deref(), want, "{line}");
        }
    }

    #[test]
    fn the_folder_of_a_checkout_is_no_part_of_a_path_in_the_project() {
        let in_homes = CHECKOUTS_IN_HOMES
            .iter()
            .flat_map(|folder| HOMES.map(|home| format!("/{home}{folder}")));
        let in_root = CHECKOUTS.iter().map(|folder| format!("/{folder}"));
        let on_drives = CHECKOUTS_ON_DRIVES.iter().map(|&folder| folder.into());
        for folder in in_homes.chain(in_root).chain(on_drives) {
            let itself = folder.replace('*', "name");
            let inside = format!("{itself}src/a.rs");
            assert_eq!(in_project(&inside), "src/a.rs", "{inside}");
            let windows = inside.replace('/', "\\");
            assert_eq!(in_project(&windows), "src\\a.rs", "{windows}");
            assert_eq!(in_project(&itself), itself, "nothing is left of it");
        }
        for other in ["/etc/a.c", "src/a.rs", "//project/a.rs", "/workspaces/a.rs"] {
            assert_eq!(in_project(other), other);
        }
    }

    #[track_caller]
    fn check(line: &str, want: Option<(&str, u64)>) {
        let got = of_line(line.as_bytes());
        let got = got.as_ref().map(|got| (got.file.as_str(), got.line));
        assert_eq!(got, want, "{line}");
    }

    #[test]
    fn places_are_found_in_the_forms_of_all_languages() {
        check("  --> src/pay.rs:41:10", Some(("src/pay.rs", 41)));
        check("src/a.ts:18:23 - error TS2339: x", Some(("src/a.ts", 18)));
        check("src/a.vue(18,23): error TS2339: x", Some(("src/a.vue", 18)));
        check(
            "  File \"app/pay.py\", line 12, in vat",
            Some(("app/pay.py", 12)),
        );
        check(
            "File \"bin/x.ml\", lines 1-2, characters 3-4:",
            Some(("bin/x.ml", 1)),
        );
        check(
            "    at Tax.vat (/builds/acme/shop/src/tax.js:9:3)",
            Some(("src/tax.js", 9)),
        );
        check("\tat com.acme.Tax.vat(Tax.java:12)", Some(("Tax.java", 12)));
        check(
            "   at Shop.Tax.Vat() in D:\\a\\shop\\shop\\src\\Tax.cs:line 31",
            Some(("src\\Tax.cs", 31)),
        );
        check("test/a_test.rb:28:in `vat'", Some(("test/a_test.rb", 28)));
        check(
            "Parse error: x in /w/a.php on line 3",
            Some(("/w/a.php", 3)),
        );
        check("    pay_test.go:88: got 1", Some(("pay_test.go", 88)));
        check("[ERROR] /w/A.java:[4,24] x", Some(("/w/A.java", 4)));
        check("Dockerfile:12", Some(("Dockerfile", 12)));
        check(
            "Build file '/builds/acme/shop/build.gradle' line: 12",
            Some(("build.gradle", 12)),
        );
    }

    #[test]
    fn programs_times_and_hosts_are_no_places() {
        for line in [
            "tar: Error 2",
            "collect2: error: ld returned 1 exit status",
            "at 12:30:05 it was late",
            "connect db.example.d:80/x",
            "version 1.2:3",
            "",
        ] {
            check(line, None);
        }
    }

    #[test]
    fn the_innermost_call_of_the_project_counts() {
        let python: [&[u8]; 6] = [
            b"Traceback (most recent call last):",
            b"  File \"/__w/shop/shop/app/main.py\", line 3, in main",
            b"  File \"/__w/shop/shop/app/pay.py\", line 9, in pay",
            b"  File \"/usr/lib/python3.12/site-packages/requests/api.py\", line 70, in get",
            b"    raise E",
            b"KeyError: 1",
        ];
        let want = |file: &str, line| {
            Some(SourcePlace {
                file: file.into(),
                line,
            })
        };
        assert_eq!(of_block(&python, 5), want("app/pay.py", 9));
        let java: [&[u8]; 4] = [
            b"java.lang.IllegalStateException: x",
            b"\tat java.base/java.util.Objects.check(Objects.java:3)",
            b"\tat com.acme.Tax.vat(Tax.java:12)",
            b"\tat com.acme.Main.main(Main.java:1)",
        ];
        assert_eq!(of_block(&java, 0), want("Tax.java", 12));
        assert_eq!(of_block(&[], 0), None);
    }

    #[test]
    fn extensions_are_in_order_as_a_binary_search_needs() {
        assert!(EXTENSIONS.is_sorted(), "{EXTENSIONS:?}");
    }
}
