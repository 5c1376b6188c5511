//! Guards the structure of `src/`: who may import whom, and the one place for unsafe code, for
//! threads, for printing.
//!
//! Plain text search over code without comments, strings and unit tests. It must catch slips, not
//! tricks.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Every module of the library and its layer: it may import from lower layers and from its own
/// folder.
const LAYERS: &[(&str, u8)] = &[
    ("error", 0),
    ("simd", 0),
    ("sys", 1),
    ("line", 2),
    ("budget", 3),
    ("harmless", 3),
    ("matcher", 3),
    ("record", 3),
    ("redact", 3),
    ("page", 4),
    ("input", 4),
    ("scan", 5),
    ("sink", 6),
    ("templates", 6),
    ("histogram", 6),
    ("board", 6),
    ("search", 7),
    ("compare", 7),
    ("triage", 7),
    ("digest", 7),
    ("fields", 7),
    ("bench", 8),
];

/// Words that have one place, or none, in `src/`.
const PLACES: &[Rule] = &[
    Rule {
        words: &["unsafe"],
        allowed_in: &["simd/", "sys/"],
        why: "unsafe code is in src/sys/ and src/simd/ only",
    },
    Rule {
        words: &[
            "Mutex",
            "RwLock",
            "Condvar",
            "Barrier",
            "rayon",
            "mpsc",
            "channel",
            "thread::spawn",
            "thread::scope",
            "thread::Builder",
            "thread::park",
        ],
        // What workers have decoded they hand over without the lock of who claims. A server reads its
        // client's next line while a scan runs.
        allowed_in: &[
            "scan/ordered.rs",
            "input/decode/handover.rs",
            "cli/mcp/threads.rs",
            // Results and messages have the same pseudonyms, and workers write results.
            "cli/redaction.rs",
        ],
        why: "threads and locks are in src/scan/ordered.rs only",
    },
    Rule {
        words: &["thread::sleep"],
        // A board calls nobody, so who watches one has to look again and again.
        allowed_in: &["cli/monitor.rs"],
        why: "nobody sleeps but src/cli/monitor.rs, which looks at what other processes do",
    },
    Rule {
        words: &["target_arch", "target_feature", "std::arch"],
        allowed_in: &["simd/"],
        why: "what differs between processors is in src/simd/ only",
    },
    Rule {
        words: &["std::os::", "libc", "windows_sys"],
        allowed_in: &["sys/"],
        why: "what differs between systems is in src/sys/ only",
    },
    Rule {
        words: &["AtomicUsize", "AtomicBool"],
        allowed_in: &[
            "scan/ordered.rs",
            "cli/progress.rs",
            "sys/guard.rs",
            "sys/stop.rs",
            "sys/unix/",
            "sys/windows/",
        ],
        why: "besides threads only what signal handlers need is shared",
    },
    Rule {
        words: &["signal_hook"],
        allowed_in: &["sys/unix/signals.rs"],
        why: "signal handlers are set up in src/sys/ only",
    },
    Rule {
        words: &["AtomicU64"],
        allowed_in: &[
            "scan/ordered.rs",
            "scan/progress.rs",
            "input/file.rs",
            // Where another unit begins, which the worker learns that decodes the one before.
            "input/decode/ahead.rs",
            "input/decode/mod.rs",
            "sys/guard.rs",
            // Numbers that processes share: a board, and what it is made of.
            "sys/shared.rs",
            "sys/windows/named.rs",
            "board/",
            // How much memory a trial has, which its workers see while it runs.
            "compare/measure.rs",
        ],
        why: "only progress is counted elsewhere than in src/scan/ordered.rs",
    },
    Rule {
        words: &["FileInput", "Store::", "Kind::Stream", "Kind::File"],
        // The completions have kinds of values of their own.
        allowed_in: &["input/", "cli/generate/"],
        why: "nobody outside of src/input/ knows which kind of source there is: ask the Loader",
    },
    Rule {
        words: &["OnceLock", "LazyLock"],
        // Of some hundred rules a log needs a few, and compiling a pattern costs more than a small
        // log.
        allowed_in: &["scan/ordered.rs", "matcher/", "triage/rules.rs"],
        why: "only a matcher and the patterns of rules are completed late",
    },
    Rule {
        words: &[
            "print!",
            "println!",
            "eprint!",
            "eprintln!",
            "dbg!",
            "process::exit",
            "process::abort",
            "env::",
        ],
        allowed_in: &["main.rs", "cli/"],
        why: "the library never prints, exits or reads the environment",
    },
];

/// Circles that are left, each with why: none.
const CIRCLES: [&str; 0] = [];

/// Names that stand for several types, each with why. None is added: a second type gets a name of its
/// own.
const SAME_NAMES: &[(&str, &str)] = &[
    (
        "Locked MappedRegion SharedFile Signals Wake",
        "one thing, in a file for Unix and in one for Windows",
    ),
    (
        "Format Layout Report Row Rules Search Style",
        "public in modules of which each is about something else, which stands before the name",
    ),
];

/// A function with more has a struct of named fields instead.
const PARAMETERS_MAX: usize = 5;

/// What a condition of compilation may name in `src/sys/` only.
const PLATFORMS: &[&str] = &[
    "unix",
    "windows",
    "target_os",
    "target_family",
    "target_env",
    "target_vendor",
];

struct Rule {
    words: &'static [&'static str],
    allowed_in: &'static [&'static str],
    why: &'static str,
}

#[test]
fn the_source_tree_keeps_its_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    assert!(files.len() > 10, "src/ was not found");
    let mut broken = Vec::new();
    for path in files {
        let name = path
            .strip_prefix(&root)
            .expect("it is under src/")
            .to_string_lossy()
            .replace('\\', "/");
        let text = fs::read_to_string(&path).expect("source files are text");
        broken.extend(check(&name, &text));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// `lib.rs` explains the layers to readers; the table above is what is checked.
#[test]
fn the_map_in_lib_rs_has_the_layers_that_are_checked() {
    let map = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs"))
        .expect("it is text");
    let rows = map.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("//! | ")?.split(" | ");
        let layer: u8 = cells.next()?.parse().ok()?;
        let module: String = cells.next()?.chars().filter(|&c| is_word(c)).collect();
        Some((module, layer))
    });
    let mut explained: Vec<_> = rows.collect();
    let mut checked: Vec<_> = LAYERS
        .iter()
        .map(|(module, layer)| ((*module).to_owned(), *layer))
        .collect();
    explained.sort();
    checked.sort();
    assert_eq!(explained, checked);
}

/// Files of one folder that import each other in a circle cannot be understood one by one.
#[test]
fn no_files_of_a_room_import_each_other_in_a_circle() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let mut modules = BTreeMap::new();
    for path in files {
        let name = path.strip_prefix(&root).expect("it is under src/");
        let name = name.to_string_lossy().replace('\\', "/");
        if name.ends_with("tests.rs") || name.contains("/tests/") || name == "lib.rs" {
            continue;
        }
        let module = name.trim_end_matches(".rs").trim_end_matches("/mod");
        let text = fs::read_to_string(&path).expect("source files are text");
        modules.insert(module.to_owned(), code_of(&text));
    }
    let circles = circles_of(&modules);
    assert_eq!(circles, CIRCLES, "files that import each other");
    let small: BTreeMap<String, String> = [
        ("room/a", "use super::b::B;"),
        ("room/b", "use super::{c::C, d};"),
        ("room/c", "fn f() { crate::room::a::f() }"),
        ("room/d", "use crate::line;"),
    ]
    .map(|(module, code)| (module.to_owned(), code.to_owned()))
    .into();
    assert_eq!(circles_of(&small), ["room/a room/b room/c"]);
}

#[test]
fn a_name_means_one_type() {
    let mut places: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, code) in sources() {
        for defined in types(&code) {
            places.entry(defined).or_default().push(name.clone());
        }
    }
    places.retain(|_, files| files.len() > 1);
    let same = SAME_NAMES.iter().flat_map(|(names, _)| names.split(' '));
    let same: BTreeSet<&str> = same.collect();
    let unknown: Vec<_> = places
        .iter()
        .filter(|(name, _)| !same.contains(name.as_str()))
        .collect();
    assert!(
        unknown.is_empty(),
        "these names stand for several types: {unknown:?}"
    );
    let left: Vec<_> = same
        .iter()
        .filter(|name| !places.contains_key(**name))
        .collect();
    assert!(
        left.is_empty(),
        "these names stand for one type by now: take them from SAME_NAMES: {left:?}"
    );
    let code =
        "pub(super) struct A<T>(T);\nfn f() {\n    struct B;\n}\npub enum C {}\ntype D = u8;";
    assert_eq!(types(code), ["A", "C", "D"]);
}

#[test]
fn no_function_has_more_than_five_parameters() {
    let mut long = Vec::new();
    for (name, code) in sources() {
        for (function, parameters) in functions(&code) {
            if PARAMETERS_MAX < parameters {
                long.push((name.clone(), function));
            }
        }
    }
    assert!(long.is_empty(), "these have more: {long:?}");
    for (code, want) in [
        ("fn f() {}", 0),
        ("fn f(a: u8, b: [u8; 2],) {}", 2),
        (
            "fn f<T: Fn(u8, u8) -> u8>(t: T, of: impl Fn(u8, &str) -> (u8, u8)) {}",
            2,
        ),
        (
            "fn f(\n    &mut self,\n    a: HashMap<u8, Vec<u8>>,\n) {}",
            2,
        ),
        (
            "fn f<const N: usize>((a, b): (u8, u8), [c, d]: [u8; N]) {}",
            2,
        ),
    ] {
        assert_eq!(functions(code), [("f".to_owned(), want)], "{code}");
    }
}

/// A feature that is not in all of these lists is neither checked by `.ci/run` nor documented, or
/// the binary lacks it.
#[test]
fn each_feature_of_the_library_is_explained_documented_and_part_of_the_command_line() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let text = fs::read_to_string(manifest).expect("Cargo.toml is text");
    let section = |name: &str| {
        let (_, behind) = text.split_once(name).expect("the section is there");
        behind.split("\n[").next().unwrap_or(behind).to_owned()
    };
    let features = section("\n[features]\n");
    let documented = section("\n[package.metadata.docs.rs]\n");
    let (_, command_line) = features.split_once("\ncli = ").expect("there is cli");
    let mut names = Vec::new();
    let mut above = "";
    for line in features.lines() {
        let name = line.split(" = [").next().unwrap_or(line);
        if name.len() < line.len() && !matches!(name, "default" | "cli") {
            let quoted = format!("\"{name}\"");
            assert!(above.starts_with("# "), "{name} has no comment");
            assert!(documented.contains(&quoted), "docs.rs leaves out {name}");
            assert!(command_line.contains(&quoted), "cli leaves out {name}");
            names.push(name);
        }
        above = line;
    }
    assert!(names.len() >= 5, "{names:?}");
}

#[test]
fn each_rule_can_be_broken() {
    for (name, text, want) in [
        ("line.rs", "use crate::scan::Scan;", "imports scan"),
        (
            "matcher/mod.rs",
            "use crate::{error::Error, input::{self, Chunk}};",
            "imports input",
        ),
        (
            "input/chunk.rs",
            "fn f() { crate::sink::f() }",
            "imports sink",
        ),
        ("sys/map.rs", "use crate::line;", "imports line"),
        ("error.rs", "use super::line;", "its own folder"),
        ("scan/link.rs", "use super::super::sink;", "its own folder"),
        ("scan/mod.rs", "use super::sink;", "its own folder"),
        ("scan/mod.rs", "use crate::EachLine;", "imports EachLine"),
        ("sink/text.rs", "use crate::cli::Args;", "imports cli"),
        (
            "cloud.rs",
            "use crate::error::Error;",
            "cloud is not in the table",
        ),
        ("board/mod.rs", "use crate::sink::Text;", "imports sink"),
        ("scan/pass.rs", "thread::sleep(wait);", "thread::sleep"),
        (
            "board/view.rs",
            "#[cfg(target_os = \"linux\")]",
            "target_os",
        ),
        ("cli/output.rs", "#[cfg(unix)]", "unix"),
        ("cli/output.rs", "#[cfg(not(windows))]", "windows"),
        ("compare/machine.rs", "if cfg!(any(unix, test)) {", "unix"),
        (
            "lib.rs",
            "#[cfg_attr(target_family = \"unix\", f)]",
            "target_family",
        ),
        ("compare/machine.rs", "libc::major(1)", "libc"),
        ("cli/output.rs", "use windows_sys::Win32;", "windows_sys"),
        ("line.rs", "fn f() { unsafe { g() } }", "unsafe"),
        ("line.rs", "unsafe impl Send for X {}", "unsafe"),
        (
            "matcher/window.rs",
            "#[cfg(target_arch = \"x86_64\")]",
            "target_arch",
        ),
        ("sys/map.rs", "use std::arch::x86_64::*;", "std::arch"),
        ("sink/text.rs", "use std::sync::Mutex;", "Mutex"),
        (
            "scan/last.rs",
            "match source.kind { Kind::Stream(_) => {} }",
            "Kind::Stream",
        ),
        ("triage/pass.rs", "fn f(file: &FileInput) {}", "FileInput"),
        ("scan/search.rs", "std::thread::spawn(f);", "thread::spawn"),
        ("input/mod.rs", "use rayon::prelude::*;", "rayon"),
        ("sink/count.rs", "x: AtomicU64", "AtomicU64"),
        ("scan/pass.rs", "x: AtomicBool", "AtomicBool"),
        (
            "cli/search.rs",
            "signal_hook::flag::register(",
            "signal_hook",
        ),
        ("sink/count.rs", "println!(\"1\")", "println!"),
        ("scan/mod.rs", "std::process::exit(1)", "process::exit"),
        ("sink/text.rs", "std::env::var(\"X\")", "env::"),
        (
            "line.rs",
            "#[cfg(unix)]\nfn f() { eprintln!() }\n#[cfg(test)]\nmod tests {}",
            "eprintln!",
        ),
    ] {
        let broken = check(name, &format!("//! A file.\n{text}\n"));
        assert!(
            broken.iter().any(|line| line.contains(want)),
            "{name}: {text}\nwant: {want}\ngot: {broken:?}"
        );
    }
    assert!(
        check("line.rs", "use std::io;")
            .iter()
            .any(|line| line.contains("//!"))
    );
}

#[test]
fn the_test_program_that_says_what_was_skipped_is_the_last() {
    let manifest = include_str!("../Cargo.toml");
    let names: Vec<&str> = manifest
        .split("[[test]]\n")
        .skip(1)
        .filter_map(|table| table.strip_prefix("name = \"")?.split('"').next())
        .collect();
    assert!(names.len() >= 4, "{names:?}");
    // Cargo runs them in the order of their names.
    assert_eq!(names.iter().max(), Some(&"what_was_skipped"), "{names:?}");
}

#[test]
fn every_skip_is_remembered() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join("src"), &mut files);
    collect(&root.join("tests"), &mut files);
    for path in files {
        let text = fs::read_to_string(&path).expect("source files are text");
        let calls = ["println", "eprintln"].map(|name| format!("{name}!(\"skipped"));
        let is_the_place = path.ends_with("tests/skips/record.rs");
        assert!(
            is_the_place || !calls.iter().any(|call| text.contains(call.as_str())),
            "{}: prints a skip, which nobody sees: tests/skips/record.rs remembers it",
            path.display()
        );
    }
}

#[test]
fn what_is_allowed_breaks_no_rule() {
    for (name, text) in [
        (
            "scan/search.rs",
            "use crate::{\n    error::Error,\n    input::{self, Chunk},\n    line::Line,\n};",
        ),
        (
            "scan/link.rs",
            "use super::search::Found;\nuse crate::scan::Note;",
        ),
        (
            "input/mod.rs",
            "pub(crate) use self::chunk::Chunk;\nuse std::{io, sync::Arc};",
        ),
        (
            "lib.rs",
            "pub use self::sink::Text;\npub use crate::scan::run;",
        ),
        (
            "cli/args.rs",
            "use crate::exit::Exit;\nfn f() { eprintln!(); std::env::args(); }",
        ),
        ("sys/map.rs", "unsafe { g() }"),
        ("simd/avx2.rs", "use std::arch::x86_64::*;"),
        ("cli/monitor.rs", "thread::sleep(DRAW_EVERY);"),
        ("sys/stop.rs", "requested: Arc<AtomicBool>"),
        ("sys/unix/signals.rs", "use signal_hook::flag;"),
        ("sys/mod.rs", "#[cfg(windows)]\nmod windows;"),
        (
            "line.rs",
            "#[cfg(feature = \"cli\")]\nfn f(x: &[u8]) { x.windows(2); }",
        ),
        ("scan/ordered.rs", "use std::sync::{Condvar, Mutex};"),
        (
            "line.rs",
            "// unsafe, println!, crate::sink\nfn f() { g(\"Mutex in a text, crate::scan\") }",
        ),
        ("sink/text.rs", "#[allow(unsafe_code)]\nfn printed() {}"),
        (
            "line.rs",
            "fn f() {}\n#[cfg(test)]\nmod tests { use crate::sink::Text; fn f() { println!() } }",
        ),
        (
            "scan/mod.rs",
            "let n = std::thread::available_parallelism();\nlet v = env!(\"CARGO_PKG_VERSION\");",
        ),
    ] {
        let broken = check(name, &format!("//! A file.\n{text}\n"));
        assert!(broken.is_empty(), "{name}: {text}\n{broken:?}");
    }
}

/// The files of `src/` that are no unit tests, and their code.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let named = files.iter().map(|path| {
        let name = path.strip_prefix(&root).expect("it is under src/");
        let text = fs::read_to_string(path).expect("source files are text");
        (name.to_string_lossy().replace('\\', "/"), code_of(&text))
    });
    named
        .filter(|(name, _)| !name.ends_with("tests.rs") && !name.contains("/tests/"))
        .collect()
}

/// The types that a file defines for others, or for itself; not those inside functions.
fn types(code: &str) -> Vec<String> {
    let names = code.lines().filter_map(|line| {
        let words = line.strip_prefix("pub").map_or(line, |rest| {
            let behind = rest.strip_prefix('(').and_then(|rest| rest.split_once(')'));
            behind.map_or(rest, |(_, rest)| rest).trim_start()
        });
        let (keyword, rest) = words.split_once(' ')?;
        let name: String = rest.chars().take_while(|c| is_word(*c)).collect();
        matches!(keyword, "struct" | "enum" | "trait" | "type" | "union").then_some(name)
    });
    names.collect()
}

/// The functions in a file, each with how many parameters it has, `self` among them.
fn functions(code: &str) -> Vec<(String, usize)> {
    let named = code.match_indices("fn ").filter_map(|(at, keyword)| {
        let rest = &code[at + keyword.len()..];
        let name: String = rest.chars().take_while(|c| is_word(*c)).collect();
        let is_word_before = code[..at].chars().next_back().is_some_and(is_word);
        let rest = &rest[name.len()..];
        // Not the type of a function, and no text that has the word.
        if name.is_empty() || is_word_before || !rest.starts_with(['(', '<']) {
            return None;
        }
        let rest = match rest.starts_with('<') {
            true => &rest[inside(rest).len() + 2..],
            false => rest,
        };
        Some((name, count_parts(inside(rest))))
    });
    named.collect()
}

/// What stands between the bracket that a text begins with and the one that belongs to it.
fn inside(text: &str) -> &str {
    let mut depth = 0;
    let mut before = ' ';
    let end = text.char_indices().find(|&(_, c)| {
        depth += depth_of(before, c);
        before = c;
        depth == 0
    });
    let (end, _) = end.expect("brackets are closed");
    &text[1..end]
}

/// How many parts a list has, whose last may be followed by a comma.
fn count_parts(list: &str) -> usize {
    let mut depth = 0;
    let mut before = ' ';
    let mut parts = vec![String::new()];
    for c in list.chars() {
        depth += depth_of(before, c);
        before = c;
        match (c, parts.last_mut()) {
            (',', _) if depth == 0 => parts.push(String::new()),
            (c, Some(part)) => part.push(c),
            (_, None) => {}
        }
    }
    parts.iter().filter(|part| !part.trim().is_empty()).count()
}

/// Whether a bracket is opened or closed by `c`; an arrow closes none.
fn depth_of(before: char, c: char) -> i32 {
    match c {
        '(' | '[' | '{' | '<' => 1,
        '>' if matches!(before, '-' | '=') => 0,
        ')' | ']' | '}' | '>' => -1,
        _ => 0,
    }
}

fn collect(folder: &Path, files: &mut Vec<std::path::PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .expect("src/ can be listed")
        .flatten()
        .collect();
    entries.sort_by_key(fs::DirEntry::path);
    for entry in entries {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// What is wrong with a file, whose name is relative to `src/`.
fn check(name: &str, text: &str) -> Vec<String> {
    let mut broken = Vec::new();
    if !text.starts_with("//!") {
        broken.push(format!(
            "src/{name}: begins without //!, which says what the file promises"
        ));
    }
    if name.ends_with("tests.rs") || name.contains("/tests/") {
        return broken; // A module of unit tests.
    }
    let code = code_of(text);
    for rule in PLACES
        .iter()
        .filter(|rule| !rule.allowed_in.iter().any(|place| name.starts_with(place)))
    {
        for word in rule.words.iter().filter(|word| has_word(&code, word)) {
            broken.push(format!("src/{name}: {word}: {}", rule.why));
        }
    }
    if !name.starts_with("sys/") {
        let platforms = conditions(&code).flat_map(|condition| {
            PLATFORMS
                .iter()
                .filter(move |word| has_word(condition, word))
        });
        for word in platforms {
            broken.push(format!(
                "src/{name}: {word} in a cfg: what differs between systems is in src/sys/ only"
            ));
        }
    }
    let module = name.split(['/', '.']).next().unwrap_or(name);
    if !matches!(module, "lib" | "main" | "cli") {
        broken.extend(check_imports(name, module, &code));
    }
    broken
}

/// The groups of modules of one folder that import each other in a circle, each as a line of their
/// names. What a module and the modules below it share is no circle.
fn circles_of(modules: &BTreeMap<String, String>) -> Vec<String> {
    let imports: BTreeMap<&str, BTreeSet<&str>> = modules
        .iter()
        .map(|(module, code)| {
            let named = paths(module, code);
            let imported = named.iter().filter_map(|path| {
                let of = |known: &&String| {
                    path.strip_prefix(known.as_str())
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                };
                modules.keys().filter(of).max_by_key(|known| known.len())
            });
            let others = imported.map(String::as_str).filter(|other| {
                let is_above = |above: &str, below: &str| {
                    below
                        .strip_prefix(above)
                        .is_some_and(|rest| rest.starts_with('/'))
                };
                *other != module && !is_above(other, module) && !is_above(module, other)
            });
            (module.as_str(), others.collect())
        })
        .collect();
    let reachable = |from: &str| {
        let mut seen = BTreeSet::new();
        let mut left: Vec<&str> = imports[from].iter().copied().collect();
        while let Some(next) = left.pop() {
            if seen.insert(next) {
                left.extend(&imports[next]);
            }
        }
        seen
    };
    let reached: BTreeMap<&str, BTreeSet<&str>> = imports
        .keys()
        .map(|module| (*module, reachable(module)))
        .collect();
    let circles: BTreeSet<String> = reached
        .iter()
        .filter(|(module, reached)| reached.contains(*module))
        .map(|(module, to)| {
            let members = to.iter().filter(|other| reached[*other].contains(module));
            members.copied().collect::<Vec<_>>().join(" ")
        })
        .collect();
    circles.into_iter().collect()
}

/// The modules that code in `module` names, as paths from `src/`: what stands behind `crate::`,
/// `super::` and `self::`.
fn paths(module: &str, code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("::") {
        let before = code[..at].rsplit(|c| !is_word(c)).next().unwrap_or("");
        let is_first = !code[..at - before.len()].ends_with("::");
        if is_first && matches!(before, "crate" | "super" | "self") {
            expand(&format!("{before}/"), &code[at + 2..], &mut found);
        }
    }
    let absolute = |path: &String| {
        let mut parts: Vec<&str> = module.split('/').collect();
        let mut rest = path.as_str();
        if let Some(behind) = rest.strip_prefix("crate/") {
            return behind.to_owned();
        }
        rest = rest.strip_prefix("self/").unwrap_or(rest);
        while let Some(behind) = rest.strip_prefix("super/") {
            parts.pop();
            rest = behind;
        }
        parts.push(rest);
        parts.join("/")
    };
    found.iter().map(absolute).collect()
}

/// Adds the paths that begin with `prefix` and go on in `rest`, which may have braces.
fn expand(prefix: &str, rest: &str, found: &mut Vec<String>) {
    let rest = rest.trim_start();
    let Some(list) = rest.strip_prefix('{') else {
        let word: String = rest.chars().take_while(|c| is_word(*c)).collect();
        let path = format!("{prefix}{word}");
        match rest[word.len()..].strip_prefix("::") {
            Some(behind) => expand(&format!("{path}/"), behind, found),
            None => found.push(path),
        }
        return;
    };
    let mut depth = 1;
    let mut item_begins = true;
    for (at, c) in list.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => item_begins = true,
            c if item_begins && !c.is_whitespace() => {
                expand(prefix, &list[at..], found);
                item_begins = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
}

fn check_imports(name: &str, module: &str, code: &str) -> Vec<String> {
    let layer_of = |name: &str| {
        LAYERS
            .iter()
            .find(|(module, _)| *module == name)
            .map(|(_, layer)| *layer)
    };
    let Some(layer) = layer_of(module) else {
        return vec![format!(
            "src/{name}: {module} is not in the table of layers, tests/layers.rs"
        )];
    };
    let mut broken = Vec::new();
    for import in imports(code) {
        if import != module && layer_of(&import).is_none_or(|other| other >= layer) {
            broken.push(format!(
                "src/{name}: imports {import}, which is not in a lower layer than {module}"
            ));
        }
    }
    // One `super` leaves the folder in a module's main file, two leave it in the files below.
    let ups = if name.matches('/').count() == 0 || name == format!("{module}/mod.rs") {
        1
    } else {
        2
    };
    if code.contains(&"super::".repeat(ups)) {
        broken.push(format!(
            "src/{name}: super:: leaves its own folder; write crate:: to say which module"
        ));
    }
    broken
}

/// The modules that code names after `crate::`, also in braces.
fn imports(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, prefix) in code.match_indices("crate::") {
        expand("", &code[at + prefix.len()..], &mut found);
    }
    let modules = found.iter().filter_map(|path| path.split('/').next());
    modules
        .filter(|module| !module.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What stands in the parentheses of `cfg(`, `cfg!(` and `cfg_attr(`.
fn conditions(code: &str) -> impl Iterator<Item = &str> {
    ["cfg(", "cfg!(", "cfg_attr("]
        .into_iter()
        .flat_map(|opens| {
            code.match_indices(opens).map(|(at, opens)| {
                let inside = &code[at + opens.len()..];
                let mut depth = 1;
                let end = inside.find(|c| {
                    depth += i32::from(c == '(') - i32::from(c == ')');
                    depth == 0
                });
                &inside[..end.unwrap_or(inside.len())]
            })
        })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        let ends_in_word = word.ends_with(is_word);
        !(before.is_some_and(is_word) || ends_in_word && after.is_some_and(is_word))
    })
}

/// The text without comments, strings and the unit tests at its end.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    for line in text.lines() {
        code.push_str(&without_strings(line));
        code.push('\n');
    }
    match code.find("#[cfg(test)]\nmod tests {") {
        Some(at) => code[..at].into(),
        None => code,
    }
}

/// One line without what stands in `"..."` and behind `//`. Strings of several lines are kept,
/// which is the safe side.
fn without_strings(line: &str) -> String {
    let mut code = String::new();
    let mut in_string = false;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if in_string => drop(chars.next()),
            '"' if !code.ends_with('\'') => in_string = !in_string,
            '/' if !in_string && chars.peek() == Some(&'/') => break,
            c if !in_string => code.push(c),
            _ => {}
        }
    }
    code
}
