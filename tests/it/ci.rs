//! Triage where builds fail: the steps of action.yml, of the GitLab component and of every example
//! in docs/triage-in-ci.md, run in shells as the runners of GitHub and GitLab run them.
//!
//! `make`, `gh`, `cargo` and `rustup` are small scripts in front of the real ones: a build that
//! fails or does not, and somebody who has its logs. Nothing is compiled, and nothing comes from a
//! network.

#![cfg(unix)]

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize as _;
use serde_json::Value;

use super::support::{Dir, Output, require};

/// A build that fails, whose output tries to talk to the runner.
const RED: &str = "\
running 2 tests
::set-output name=result::none
::stop-commands::never
test cart::tests::discount ... FAILED

failures:

---- cart::tests::discount stdout ----

thread 'cart::tests::discount' panicked at src/cart.rs:88:9:
assertion `left == right` failed
::error title=false::of the log
  left: ::set-output name=result::none
 right: 2

failures:
    cart::tests::discount

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

error: test failed, to rerun pass `--lib`
make: *** [Makefile:2: test] Error 101
";

const GREEN: &str = "\
running 1 test
test cart::tests::total ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s
";

/// What both of the above have to lead to.
const FINDING: &str = "cart::tests::discount";

const MAKE: &str = r#"#!/bin/sh
cat "$BUILD/log"
exit "$(cat "$BUILD/status")"
"#;

/// The archive of a run is there when the run is over; its own run is 42, and a job asks for
/// another one, 77.
const GH: &str = r#"#!/bin/sh
for word; do
    case $word in repos/*) path=$word ;; esac
done
case $path in
    repos/o/r/actions/runs/77/logs) cat "$BUILD/logs.zip" ;;
    repos/o/r/actions/runs/42/jobs) echo 501 ;;
    repos/o/r/actions/jobs/501/logs) cat "$BUILD/log" ;;
    *) echo 'gh: Not Found (HTTP 404)' >&2; exit 1 ;;
esac
"#;

const CARGO: &str = r#"#!/bin/sh
echo "$PWD: $*" >> "$BUILD/cargo"
while [ "$1" != --root ]; do shift; done
mkdir -p "$2/bin"
ln -s "$(command -v logscan)" "$2/bin/logscan"
"#;

const RUSTUP: &str = "#!/bin/sh\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of the repository: the crate has neither action.yml nor templates/.
fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn yaml(text: &str) -> Vec<Value> {
    serde_yaml_ng::Deserializer::from_str(text)
        .map(|document| Value::deserialize(document).unwrap_or_else(|e| panic!("{e} in\n{text}")))
        .collect()
}

/// The examples of the page.
fn examples() -> Vec<Value> {
    let page = read("docs/triage-in-ci.md");
    let blocks = page.split("```yaml\n").skip(1);
    let blocks: Vec<&str> = blocks.filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() >= 6, "{blocks:?}");
    blocks.into_iter().flat_map(yaml).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A computer on which jobs run: each in a folder of its own, with the build that it runs beside
/// it.
struct Computer {
    dir: Dir,
}

impl Computer {
    fn new(log: &str, status: i32) -> Computer {
        let dir = Dir::new();
        for folder in ["bin", "build", "runner temp"] {
            fs::create_dir(dir.path().join(folder)).expect("the temp directory is writable");
        }
        dir.file("build/log", log);
        dir.file("build/status", status.to_string());
        let zip = fs::File::create(dir.path().join("build/logs.zip")).expect("it is writable");
        let mut zip = zip::ZipWriter::new(zip);
        zip.start_file("0_test.txt", zip::write::SimpleFileOptions::default())
            .and_then(|()| Ok(std::io::Write::write_all(&mut zip, log.as_bytes())?))
            .expect("it is writable");
        zip.finish().expect("it is writable");
        for (name, script) in [
            ("make", MAKE),
            ("gh", GH),
            ("cargo", CARGO),
            ("rustup", RUSTUP),
        ] {
            // Written by a shell: what this process has open for writing, while another test starts
            // a program, cannot be executed.
            dir.sh(&format!("cat > bin/{name} && chmod +x bin/{name}"))
                .pipe(script)
                .output()
                .code_is(0);
        }
        Computer { dir }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn workspace(&self) -> PathBuf {
        let path = self.path("work space");
        fs::create_dir_all(&path).expect("the temp directory is writable");
        path
    }

    /// Runs a script as `shell FLAGS FILE` in the workspace.
    fn run(&self, shell: &[&str], script: &str, envs: &[(&str, &str)]) -> Output {
        let file = self.dir.file("script", script);
        let mut path = self.path("bin").into_os_string();
        path.push(":");
        path.push(env::var_os("PATH").unwrap_or_default());
        let mut run = self
            .dir
            .program("sh")
            // Where `logscan` is comes first in PATH, where no name of the scripts is.
            .args(&[
                "-c",
                r#"cd 'work space' && PATH=${PATH%%:*}:$REST && unset REST && exec "$@""#,
                "sh",
            ])
            .args(shell)
            .arg(&file.to_string_lossy())
            .env("REST", &path.to_string_lossy())
            .env("BUILD", &self.path("build").to_string_lossy())
            .without_env("BASH_ENV")
            .without_env("ENV");
        for (name, value) in envs {
            run = run.env(name, value);
        }
        self.workspace();
        run.output()
    }
}

/// A runner of GitHub, as far as action.yml and the examples use it.
struct Github<'c> {
    computer: &'c Computer,
    /// What expressions can name.
    values: BTreeMap<String, String>,
    cached: BTreeSet<String>,
    /// What steps printed.
    log: String,
}

impl Github<'_> {
    fn new(computer: &Computer) -> Github<'_> {
        let temp = computer.path("runner temp").to_string_lossy().into_owned();
        let values = [
            ("runner.temp", temp.as_str()),
            ("github.token", "secret"),
            ("github.action_repository", "o/logscan"),
            ("github.event.workflow_run.id", "77"),
            ("github.event.workflow_run.conclusion", "failure"),
        ];
        Github {
            computer,
            values: values
                .map(|(name, value)| (name.into(), value.into()))
                .into(),
            cached: BTreeSet::new(),
            log: String::new(),
        }
    }

    fn summary(&self) -> String {
        fs::read_to_string(self.computer.path("build/summary")).unwrap_or_default()
    }

    fn value(&self, name: &str) -> String {
        let may_be_missing = name.starts_with("inputs.") || name.starts_with("steps.");
        match self.values.get(name) {
            Some(value) => value.clone(),
            None if may_be_missing => String::new(),
            None => panic!("the examples use {name}, which this runner does not know"),
        }
    }

    /// Puts in what stands in `${{ }}`.
    fn expanded(&self, value: &Value) -> String {
        let mut rest = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let mut expanded = String::new();
        while let Some((before, after)) = rest.split_once("${{") {
            let (name, after) = after.split_once("}}").expect("an expression ends");
            expanded.push_str(before);
            expanded.push_str(&self.value(name.trim()));
            rest = after.into();
        }
        expanded + &rest
    }

    /// Whether a step or a job is run, after one has failed or none.
    fn is_wanted(&self, condition: &Value, has_failed: bool) -> bool {
        let condition = text(condition);
        let mut terms: Vec<&str> = condition.split(" && ").collect();
        terms.retain(|term| !term.is_empty());
        let asks_for_failure = terms.contains(&"failure()");
        terms.retain(|term| *term != "failure()");
        has_failed == asks_for_failure
            && terms.iter().all(|term| {
                let (name, value, want) = match (term.split_once(" == "), term.split_once(" != ")) {
                    (Some((name, value)), _) => (name, value, true),
                    (_, Some((name, value))) => (name, value, false),
                    _ => panic!("this runner does not understand if: {condition}"),
                };
                (self.value(name) == value.trim_matches('\'')) == want
            })
    }

    /// Runs steps, and says whether all went well.
    fn steps(&mut self, steps: &Value) -> bool {
        let mut has_failed = false;
        for step in steps.as_array().expect("there are steps") {
            if self.is_wanted(&step["if"], has_failed) {
                has_failed |= !self.step(step);
            }
        }
        !has_failed
    }

    fn step(&mut self, step: &Value) -> bool {
        if let Some(uses) = step["uses"].as_str() {
            let with = |name: &str| self.expanded(&step["with"][name]);
            let (action, _) = uses.split_once('@').expect("an action has a version");
            match action {
                "actions/checkout" => return true,
                "OWNER/logscan" => {
                    let inputs = step["with"].as_object().expect("it has inputs");
                    let inputs: Vec<_> = inputs
                        .iter()
                        .map(|(name, value)| (name.clone(), self.expanded(value)))
                        .collect();
                    return self.action(&inputs);
                }
                "actions/cache/restore" => {
                    let (is_hit, path) = (self.cached.contains(&with("key")), with("path"));
                    if !is_hit && Path::new(&path).exists() {
                        fs::remove_dir_all(&path).expect("the temp directory is writable");
                    }
                    let name = format!("steps.{}.outputs.cache-hit", text(&step["id"]));
                    self.values.insert(name, is_hit.to_string());
                    return true;
                }
                "actions/cache/save" => {
                    assert!(Path::new(&with("path")).exists(), "{step}");
                    let key = with("key");
                    return self.cached.insert(key);
                }
                _ => panic!("this runner has no {uses}"),
            }
        }
        let script = text(&step["run"]);
        assert!(
            !script.contains("${{"),
            "an expression in a script is executed, whatever is in it:\n{script}"
        );
        let shell: &[&str] = match text(&step["shell"]) {
            "" => &["bash", "-e"],
            "bash" => &["bash", "--noprofile", "--norc", "-e", "-o", "pipefail"],
            other => panic!("this runner has no {other}"),
        };
        let results = self.computer.dir.file("results", "");
        let place = |path: PathBuf| path.to_string_lossy().into_owned();
        let mut envs: Vec<(String, String)> = [
            ("GITHUB_ACTION_PATH", place(root().into())),
            ("GITHUB_OUTPUT", place(results.clone())),
            ("GITHUB_REPOSITORY", "o/r".into()),
            ("GITHUB_RUN_ID", "42".into()),
            (
                "GITHUB_SERVER_URL",
                format!("file://{}", place(self.computer.path("server"))).replace(' ', "%20"),
            ),
            (
                "GITHUB_STEP_SUMMARY",
                place(self.computer.path("build/summary")),
            ),
            ("RUNNER_ARCH", "X64".into()),
            ("RUNNER_OS", "Linux".into()),
            ("RUNNER_TEMP", self.value("runner.temp")),
        ]
        .map(|(name, value)| (name.into(), value))
        .into();
        for (name, value) in step["env"].as_object().into_iter().flatten() {
            envs.push((name.clone(), self.expanded(value)));
        }
        let envs: Vec<(&str, &str)> = envs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let output = self.computer.run(shell, script, &envs);
        let _ = write!(self.log, "{}", output.text());
        let _ = write!(self.log, "{}", String::from_utf8_lossy(&output.stderr));
        for line in fs::read_to_string(results).expect("it was written").lines() {
            let (name, value) = line.split_once('=').expect("NAME=VALUE");
            let name = format!("steps.{}.outputs.{name}", text(&step["id"]));
            self.values.insert(name, value.into());
        }
        output.code == Some(0)
    }

    /// Runs action.yml. Of what it prints, nothing but its own messages may look like commands for
    /// the runner.
    fn action(&mut self, inputs: &[(String, String)]) -> bool {
        let [action] = &yaml(&read("action.yml"))[..] else {
            panic!("action.yml is one document")
        };
        self.values
            .retain(|name, _| !name.starts_with("inputs.") && !name.starts_with("steps."));
        for (name, value) in action["inputs"].as_object().expect("it has inputs") {
            let given = inputs.iter().find(|(given, _)| given == name);
            let value = given.map_or_else(|| text(&value["default"]).into(), |(_, v)| v.clone());
            self.values.insert(format!("inputs.{name}"), value);
        }
        for (name, _) in inputs {
            assert!(
                !action["inputs"][name].is_null(),
                "there is no input {name}"
            );
        }
        let before = self.log.len();
        let is_done = self.steps(&action["runs"]["steps"]);
        for line in self.log[before..].lines() {
            let is_ours = [
                "::error title=",
                "::error file=",
                "::warning title=logscan::",
                "::notice::",
            ]
            .iter()
            .any(|begin| line.starts_with(begin));
            assert!(
                is_ours || !line.trim_start().starts_with("::") && !line.contains("##["),
                "{line}\n{}",
                self.log
            );
        }
        is_done
    }

    /// What the action says that it found.
    fn result(&self) -> String {
        let [action] = &yaml(&read("action.yml"))[..] else {
            panic!("action.yml is one document")
        };
        self.expanded(&action["outputs"]["result"]["value"])
    }
}

/// Runs the action with these inputs.
fn act<'c>(computer: &'c Computer, inputs: &[(&str, &str)]) -> (Github<'c>, bool) {
    let mut github = Github::new(computer);
    let inputs: Vec<_> = inputs
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_string()))
        .collect();
    let is_done = github.action(&inputs);
    (github, is_done)
}

/// With the tools that the tests need and the files that are in the repository only.
fn is_possible() -> bool {
    require("repository") && require("bash")
}

#[test]
fn the_action_shows_the_cause_and_appends_it_to_the_summary() {
    if !is_possible() {
        return;
    }
    let computer = Computer::new(RED, 2);
    fs::write(computer.workspace().join("build.log"), RED).expect("it is writable");
    computer.dir.file("build/summary", "what was there\n");
    let (github, is_done) = act(
        &computer,
        &[("logs", "build.log\n"), ("program", "logscan")],
    );
    assert!(is_done && github.result() == "found", "{}", github.log);
    let annotation =
        format!("::error file=src/cart.rs,line=88,title=cargo-test-failure::{FINDING}%0A");
    assert!(github.log.contains(&annotation), "{}", github.log);
    let summary = github.summary();
    assert!(summary.starts_with("what was there\n"), "{summary}");
    assert!(summary.contains(FINDING), "{summary}");
}

#[test]
fn the_action_says_that_nothing_failed_and_warns_of_trouble() {
    if !is_possible() {
        return;
    }
    let computer = Computer::new(GREEN, 0);
    fs::write(computer.workspace().join("build.log"), GREEN).expect("it is writable");
    let (github, is_done) = act(&computer, &[("logs", "build.log"), ("program", "logscan")]);
    assert!(is_done && github.result() == "none", "{}", github.log);
    assert!(!github.log.contains("::warning"), "{}", github.log);

    for (log, program) in [("no.log", "logscan"), ("build.log", "./no such program")] {
        let (github, is_done) = act(&computer, &[("logs", log), ("program", program)]);
        assert!(is_done && github.result() == "trouble", "{}", github.log);
        let warning = "::warning title=logscan::triage ended with status ";
        assert!(github.log.contains(warning), "{}", github.log);
        assert!(github.log.contains("No such file"), "{}", github.log);
    }
    let (github, is_done) = act(&computer, &[("logs", "\n"), ("program", "logscan")]);
    assert!(!is_done, "{}", github.log);
}

#[test]
fn names_are_no_commands_and_no_flags_for_the_action() {
    if !is_possible() {
        return;
    }
    let names = [
        "two words '\"\\.log",
        "$(touch hit)`touch hit`; touch hit #.log",
        "--help.log",
        "::set-output name=a::b",
        "-a*.log",
    ];
    let computer = Computer::new(RED, 2);
    for name in names {
        fs::write(computer.workspace().join(name), RED).expect("it is writable");
        let (github, is_done) = act(&computer, &[("logs", "build.log"), ("version", name)]);
        assert!(!is_done, "{name}: {}", github.log);
    }
    for names in names.chunks(2) {
        // A name that is not taken as it is would be trouble.
        let lines = names.join("\n");
        let (github, _) = act(&computer, &[("logs", &lines), ("program", "logscan")]);
        assert_eq!(github.result(), "found", "{}", github.log);
        let inputs = [
            ("logs", names[0]),
            ("baseline", names[0]),
            ("program", "logscan"),
        ];
        let (github, _) = act(&computer, &inputs);
        assert_eq!(github.result(), "none", "{}", github.log);
    }
    assert!(!computer.workspace().join("hit").exists());
}

#[test]
fn the_action_builds_once_and_then_takes_what_is_cached() {
    if !is_possible() {
        return;
    }
    let computer = Computer::new(RED, 2);
    fs::write(computer.workspace().join("build.log"), RED).expect("it is writable");
    let (mut github, is_done) = act(&computer, &[("logs", "build.log")]);
    assert!(is_done && github.result() == "found", "{}", github.log);
    let calls = fs::read_to_string(computer.path("build/cargo")).expect("it was built");
    assert_eq!(calls.lines().count(), 1, "{calls}");
    // Not in the workspace, whose toolchain file would count.
    assert!(calls.contains("runner temp: install --locked "), "{calls}");
    let inputs = [("logs".into(), "build.log".into())];
    assert!(github.action(&inputs), "{}", github.log);
    assert_eq!(github.result(), "found", "{}", github.log);
    let calls = fs::read_to_string(computer.path("build/cargo")).expect("it was built");
    assert_eq!(calls.lines().count(), 1, "{calls}");
}

#[test]
fn the_action_downloads_a_release_and_takes_only_what_its_checksum_says() {
    if !is_possible() || !require("curl") {
        return;
    }
    let computer = Computer::new(RED, 2);
    fs::write(computer.workspace().join("build.log"), RED).expect("it is writable");
    let place = "server/o/logscan/releases/download/v0.1.0";
    let name = "logscan-0.1.0-x86_64-unknown-linux-musl";
    let release = format!(
        "mkdir -p {place}/{name} && cd {place} && ln -s \"$(command -v logscan)\" {name}/logscan &&
         tar -czf {name}.tar.gz {name} && echo other > logscan_0.1.0_amd64.deb && sha256sum *.gz *.deb > SHA256SUMS"
    );
    computer.dir.sh(&release).output().code_is(0);
    for version in ["0.1.0", "v0.1.0"] {
        let (github, is_done) = act(&computer, &[("logs", "build.log"), ("version", version)]);
        assert!(is_done && github.result() == "found", "{}", github.log);
    }
    assert!(!computer.path("build/cargo").exists());
    let check = |change: &str, want: &str| {
        fs::remove_dir_all(computer.path("runner temp/logscan-release")).expect("it was made");
        let change = format!("cd {place} && {change}");
        computer.dir.sh(&change).output().code_is(0);
        let (github, is_done) = act(&computer, &[("logs", "build.log"), ("version", "0.1.0")]);
        assert!(!is_done && github.log.contains(want), "{}", github.log);
        assert_eq!(github.result(), "");
    };
    check(
        &format!("cp {name}.tar.gz kept && echo >> {name}.tar.gz"),
        "is not what SHA256SUMS says",
    );
    check(
        &format!("mv kept {name}.tar.gz && grep deb SHA256SUMS > new && mv new SHA256SUMS"),
        "does not name",
    );
    check("rm SHA256SUMS", "cannot download SHA256SUMS");
}

#[test]
fn what_the_action_uses_is_pinned_by_its_commit() {
    if !require("repository") {
        return;
    }
    let action = read("action.yml");
    let uses: Vec<&str> = action
        .lines()
        .filter_map(|line| line.trim().strip_prefix("uses: "))
        .collect();
    assert!(uses.len() == 2, "{uses:?}");
    for uses in uses {
        let (_, version) = uses.split_once('@').expect("it has a version");
        let (commit, comment) = version.split_once(" # v").expect("a comment says which");
        let is_commit = commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit());
        assert!(is_commit && !comment.is_empty(), "{uses}");
    }
}

/// Runs the jobs of a workflow, and says whether each went well, and what all of them printed and
/// wrote.
fn run_workflow(workflow: &Value, computer: &Computer, conclusion: &str) -> (Vec<bool>, String) {
    let mut jobs: Vec<(&String, &Value)> = workflow["jobs"]
        .as_object()
        .expect("there are jobs")
        .iter()
        .collect();
    jobs.sort_by_key(|(_, job)| !job["needs"].is_null());
    let (mut done, mut all) = (Vec::new(), String::new());
    for (_, job) in jobs {
        let mut github = Github::new(computer);
        let key = "github.event.workflow_run.conclusion";
        github.values.insert(key.into(), conclusion.into());
        let has_failed = !job["needs"].is_null() && done.contains(&false);
        if !github.is_wanted(&job["if"], has_failed) {
            continue;
        }
        done.push(github.steps(&job["steps"]));
        all.push_str(&github.log);
        all.push_str(&github.summary());
        fs::remove_dir_all(computer.workspace()).expect("the temp directory is writable");
    }
    (done, all)
}

#[test]
fn the_workflows_of_the_page_stay_red_and_show_why() {
    if !is_possible() {
        return;
    }
    let workflows = examples();
    let workflows = workflows.iter().filter(|file| !file["jobs"].is_null());
    let mut count = 0;
    for workflow in workflows {
        count += 1;
        let comes_after = !workflow["on"]["workflow_run"].is_null();
        let computer = Computer::new(RED, 2);
        let (done, all) = run_workflow(workflow, &computer, "failure");
        let annotation =
            format!("::error file=src/cart.rs,line=88,title=cargo-test-failure::{FINDING}%0A");
        assert!(all.contains(&annotation), "{workflow}\n{all}");
        assert!(
            all.contains("## Why did the build fail?"),
            "{workflow}\n{all}"
        );
        assert!(!all.contains("::warning"), "{workflow}\n{all}");
        // Only what ran the build is red.
        let want: &[bool] = match (comes_after, workflow["jobs"]["why"].is_null()) {
            (true, _) => &[true],
            (false, false) => &[false, true],
            (false, true) => &[false],
        };
        assert_eq!(done, want, "{workflow}\n{all}");

        let computer = Computer::new(GREEN, 0);
        let (done, all) = run_workflow(workflow, &computer, "success");
        let want: &[bool] = if comes_after { &[] } else { &[true] };
        assert_eq!(done, want, "{workflow}\n{all}");
        assert!(!all.contains("::error"), "{workflow}\n{all}");
    }
    assert!(count >= 4, "{count}");
}

/// The example without the action, whose log cannot be read.
#[test]
fn a_workflow_without_the_action_warns_of_trouble() {
    if !is_possible() {
        return;
    }
    let examples = examples();
    let steps = examples
        .iter()
        .flat_map(|file| file["jobs"].as_object().into_iter().flatten())
        .flat_map(|(_, job)| job["steps"].as_array().into_iter().flatten());
    let mut steps = steps.filter(|step| text(&step["run"]).contains("logscan triage"));
    let step = steps.next().expect("there is one");
    let computer = Computer::new(RED, 2);
    let mut github = Github::new(&computer);
    assert!(github.step(step), "{}", github.log);
    let warning = "::warning title=logscan::triage ended with status 2";
    assert!(github.log.contains(warning), "{}", github.log);
}

/// A job of GitLab as its runner takes it: whether it went well, and its log.
fn run_gitlab(computer: &Computer, job: &Value, shell: &[&str]) -> (Option<i32>, String) {
    let variables: Vec<(&str, &str)> = job["variables"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.as_str(), text(value)))
        .collect();
    // What the runner puts in front.
    const BEGIN: &str =
        "if set -o | grep pipefail > /dev/null; then set -o pipefail; fi; set -o errexit\n";
    let script = |lines: &Value| {
        let lines = lines.as_array().expect("it is a list of commands");
        let lines: Vec<&str> = lines.iter().map(text).collect();
        format!("{BEGIN}{}\n", lines.join("\n"))
    };
    let output = computer.run(shell, &script(&job["script"]), &variables);
    let status = match output.code {
        Some(0) => "success",
        _ => "failed",
    };
    let mut log = format!(
        "{}{}",
        output.text(),
        String::from_utf8_lossy(&output.stderr)
    );
    if !job["after_script"].is_null() {
        let variables = [&variables[..], &[("CI_JOB_STATUS", status)]].concat();
        let after = computer.run(shell, &script(&job["after_script"]), &variables);
        let _ = write!(
            log,
            "{}{}",
            after.text(),
            String::from_utf8_lossy(&after.stderr)
        );
    }
    (output.code, log)
}

/// The component with these inputs.
fn component(inputs: &BTreeMap<&str, &str>) -> Value {
    let [head, body] = &yaml(&read("templates/triage.yml"))[..] else {
        panic!("a component has two documents")
    };
    let mut body = body.clone();
    let specs = head["spec"]["inputs"].as_object().expect("it has inputs");
    for name in inputs.keys() {
        assert!(specs.contains_key(*name), "there is no input {name}");
    }
    for (name, spec) in specs {
        let value = inputs.get(name.as_str()).copied();
        put_in(&mut body, name, value.unwrap_or(text(&spec["default"])));
    }
    assert!(!body.to_string().contains("$[["), "{body}");
    body
}

fn put_in(value: &mut Value, name: &str, input: &str) {
    match value {
        Value::String(text) => *text = text.replace(&format!("$[[ inputs.{name} ]]"), input),
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| put_in(value, name, input)),
        Value::Object(map) => map
            .iter_mut()
            .for_each(|(_, value)| put_in(value, name, input)),
        _ => {}
    }
}

/// What a job has that extends another one.
fn extended(base: &Value, job: &Value) -> Value {
    let mut merged = base.as_object().expect("it is a job").clone();
    for (key, value) in job.as_object().expect("it is a job") {
        merged.insert(key.clone(), value.clone());
    }
    merged.into()
}

/// The shells that GitLab takes, bash where it is, and what `sh` is in Debian and Alpine.
fn shells() -> Vec<&'static [&'static str]> {
    let mut shells: Vec<&[&str]> = vec![&["sh"]];
    for (tool, shell) in [
        ("bash", &["bash"] as &[&str]),
        ("dash", &["dash"]),
        ("busybox", &["busybox", "sh"]),
    ] {
        if require(tool) {
            shells.push(shell);
        }
    }
    shells
}

#[test]
fn the_gitlab_jobs_of_the_page_end_as_the_build_does_in_every_shell() {
    if !require("repository") {
        return;
    }
    let mut count = 0;
    for file in examples() {
        if !file["jobs"].is_null() {
            continue;
        }
        let mut job = file["test"].clone();
        assert!(job["script"].is_array(), "{file}");
        count += 1;
        if let Some(include) = file["include"][0].as_object() {
            let inputs = include["inputs"].as_object().expect("it has inputs");
            let inputs = inputs
                .iter()
                .map(|(name, value)| (name.as_str(), text(value)));
            let component = component(&inputs.chain([("program", "logscan")]).collect());
            assert_eq!(job["extends"], ".logscan");
            job = extended(&component[".logscan"], &job);
        }
        for shell in shells() {
            let computer = Computer::new(RED, 101);
            let (code, log) = run_gitlab(&computer, &job, shell);
            assert_eq!(code, Some(101), "{shell:?}\n{log}");
            let finding = format!("1. src/cart.rs:88: {FINDING}");
            assert!(log.contains(&finding), "{shell:?}\n{log:?}");
            let computer = Computer::new(GREEN, 0);
            let (code, log) = run_gitlab(&computer, &job, shell);
            assert_eq!((code, &log[..]), (Some(0), GREEN), "{shell:?}");
            // In a workspace that has been used before.
            fs::write(computer.workspace().join("failed"), "3\n").expect("it is writable");
            let (code, log) = run_gitlab(&computer, &job, shell);
            assert_eq!((code, &log[..]), (Some(0), GREEN), "{shell:?}");
        }
    }
    assert!(count >= 2, "{count}");
}

#[test]
fn the_component_tells_of_trouble_and_leaves_the_status_alone() {
    if !require("repository") {
        return;
    }
    let inputs = [
        ("program", "logscan"),
        ("logs", "no.log"),
        ("baseline", "a b.log"),
    ];
    let job = extended(
        &component(&inputs.into())[".logscan"],
        &serde_json::json!({"script": ["exit 7"]}),
    );
    for shell in shells() {
        let computer = Computer::new(RED, 2);
        let (code, log) = run_gitlab(&computer, &job, shell);
        assert_eq!(code, Some(7), "{log}");
        assert!(log.contains("logscan triage ended with status 2"), "{log}");
        for name in ["no.log", "a b.log"] {
            fs::write(computer.workspace().join(name), RED).expect("it is writable");
        }
        let (_, log) = run_gitlab(&computer, &job, shell);
        assert!(!log.contains("ended with status"), "{log}");
    }
}

#[test]
fn the_component_builds_logscan_once_where_jobs_find_it() {
    if !require("repository") {
        return;
    }
    let inputs = BTreeMap::from([
        ("repository", "https://example.org/logscan.git"),
        ("revision", "v0.1.0"),
    ]);
    let component = component(&inputs);
    let build = &component["logscan"];
    assert_eq!(build["rules"][0]["if"], "\"\" == \"\"");
    for shell in shells() {
        let computer = Computer::new(RED, 2);
        for _ in 0..2 {
            let (code, log) = run_gitlab(&computer, build, shell);
            assert_eq!(code, Some(0), "{shell:?}\n{log}");
        }
        let calls = fs::read_to_string(computer.path("build/cargo")).expect("it was built");
        assert_eq!(calls.lines().count(), 1, "{calls}");
        let want = "--git https://example.org/logscan.git --rev v0.1.0 --target ";
        assert!(calls.contains(want), "{calls}");
        fs::write(computer.workspace().join("build.log"), RED).expect("it is writable");
        let job = serde_json::json!({"script": ["false"]});
        let (_, log) = run_gitlab(&computer, &extended(&component[".logscan"], &job), shell);
        assert!(log.contains(FINDING), "{log}");
    }
}
