//! What each provider's own lines say, and by what it is recognised.

use super::*;

#[track_caller]
fn check(provider: Provider, lines: &[(&str, Option<Mark<'_>>)]) {
    for (line, want) in lines {
        let raw = line.as_bytes();
        let mut buffer = Vec::new();
        let shown = crate::triage::visible::visible(raw, None, &mut buffer);
        assert_eq!(provider.mark(raw, shown), *want, "{line:?}");
        let has_literal = provider
            .literals()
            .iter()
            .any(|literal| line.contains(literal));
        assert!(
            want.is_none() || has_literal,
            "no literal finds {line:?}: {:?}",
            provider.literals()
        );
    }
}

fn start(name: &str) -> Option<Mark<'_>> {
    Some(Mark::Start(name.as_bytes()))
}

fn aftermath(name: &str) -> Option<Mark<'_>> {
    Some(Mark::Aftermath(name.as_bytes()))
}

const FAILED: Option<Mark<'_>> = Some(Mark::Exit(Outcome::Failure));
const PASSED: Option<Mark<'_>> = Some(Mark::Exit(Outcome::Success));
const BUILD_FAILED: Option<Mark<'_>> = Some(Mark::Final(Outcome::Failure));
const BUILD_PASSED: Option<Mark<'_>> = Some(Mark::Final(Outcome::Success));

#[test]
fn an_exit_status_is_a_number() {
    assert_eq!(outcome_of(b"0."), Some(Outcome::Success));
    assert_eq!(outcome_of(b" '1'."), Some(Outcome::Failure));
    assert_eq!(outcome_of(b"-1073741819"), Some(Outcome::Failure));
    assert_eq!(outcome_of(b"10"), Some(Outcome::Failure));
    assert_eq!(outcome_of(b"x"), None);
}

#[test]
fn github_has_groups_for_steps_and_an_error_for_the_exit() {
    check(
        Provider::GitHub,
        &[
            (
                "2024-05-01T10:00:00.1234567Z ##[group]Run make test",
                start("make test"),
            ),
            (
                "2024-05-01T10:00:00.1234567Z ##[group]Operating System",
                None,
            ),
            (
                "2024-05-01T10:00:00.1234567Z ##[error]Process completed with exit code 2.",
                FAILED,
            ),
            (
                "2024-05-01T10:00:00.1Z ##[error]The process '/usr/bin/git' failed with exit code 128",
                FAILED,
            ),
            (
                "2024-05-01T10:00:00.1Z ##[error]The operation was canceled.",
                Some(Mark::Cancelled),
            ),
            (
                "2024-05-01T10:00:00.1Z Complete job name: test (linux, 3.12)",
                Some(Mark::Job(b"test (linux, 3.12)")),
            ),
            (
                "2024-05-01T10:00:00.1Z ##[error]src/a.c:3: expected ;",
                Some(Mark::Complaint),
            ),
            (
                "2024-05-01T10:00:00.1Z Post job cleanup.",
                aftermath("Post job cleanup."),
            ),
            (
                "2024-05-01T10:00:00.1Z \x1b[36;1mmake test || exit 1\x1b[0m",
                Some(Mark::Echo),
            ),
            (
                "2024-05-01T10:00:00.1Z ##[command]/usr/bin/git version",
                Some(Mark::Echo),
            ),
        ],
    );
}

#[test]
fn gitlab_has_sections_and_echoes_commands() {
    check(
        Provider::GitLab,
        &[
            (
                "section_start:1560896352:step_script\r\x1b[0KExecuting",
                start("step_script"),
            ),
            (
                "section_start:1560896352:build[collapsed=true]\r\x1b[0KBuild",
                start("build"),
            ),
            (
                "section_start:1560896352:after_script\r\x1b[0KRunning after_script",
                aftermath("Running after_script"),
            ),
            (
                "section_end:1560896352:step_script\r\x1b[0K",
                Some(Mark::End),
            ),
            ("\x1b[32;1m$ make test\x1b[0;m", start("make test")),
            (
                "\x1b[31;1mERROR: Job failed: exit code 1\x1b[0;m",
                BUILD_FAILED,
            ),
            ("\x1b[32;1mJob succeeded\x1b[0;m", BUILD_PASSED),
            ("ERROR: x", None),
        ],
    );
}

#[test]
fn travis_has_folds_times_and_exit_lines() {
    check(
        Provider::Travis,
        &[
            (
                "travis_fold:start:install.1\r\x1b[0Ktravis_time:start:0ab\r\x1b[0K$ npm ci\r",
                start("npm ci"),
            ),
            (
                "travis_fold:start:git.checkout\r\x1b[0Kcloning\r",
                start("git.checkout"),
            ),
            (
                "travis_time:start:0ab\r\x1b[0K$ make test\r",
                start("make test"),
            ),
            (
                "travis_fold:start:after_failure\r\x1b[0K$ upload\r",
                aftermath("after_failure"),
            ),
            (
                "travis_fold:start:cache.1\r\x1b[0KSetting up build cache\r",
                start("cache.1"),
            ),
            (
                "travis_time:end:0ab:start=1\r\x1b[0K\x1b[31;1mThe command \"make test\" exited with 2.\x1b[0m\r",
                FAILED,
            ),
            ("The command \"make\" exited with 0.\r", PASSED),
            (
                "The command \"make\" failed and exited with 1 during .\r",
                FAILED,
            ),
            (
                "The command \"git clone\" failed 3 times.",
                Some(Mark::Echo),
            ),
            ("esac\" exited with 1.", FAILED),
            ("Done. Your build exited with 1.", BUILD_FAILED),
            ("Done. Your build exited with 0.", BUILD_PASSED),
            ("travis_fold is a word", None),
        ],
    );
}

#[test]
fn jenkins_has_stages_and_a_result() {
    check(
        Provider::Jenkins,
        &[
            (
                "[2024-05-01T10:00:00.123Z] [Pipeline] { (Build)",
                start("Build"),
            ),
            (
                "[Pipeline] { (Declarative: Post Actions)",
                aftermath("Declarative: Post Actions"),
            ),
            ("[Pipeline] }", Some(Mark::Echo)),
            ("[Pipeline] // stage", Some(Mark::End)),
            (
                "Stage \"Deploy\" skipped due to earlier failure(s)",
                Some(Mark::Skipped),
            ),
            ("ERROR: script returned exit code 2", FAILED),
            ("Build step 'Execute shell' marked build as failure", FAILED),
            ("Finished: FAILURE", BUILD_FAILED),
            ("Finished: ABORTED", BUILD_FAILED),
            ("Finished: SUCCESS", BUILD_PASSED),
        ],
    );
}

#[test]
fn azure_buildkite_circleci_zuul_and_scripts_have_marks_too() {
    check(
        Provider::Azure,
        &[
            (
                "2024-05-01T10:00:00.1Z ##[section]Starting: Build",
                start("Build"),
            ),
            (
                "2024-05-01T10:00:00.1Z ##[section]Finishing: Build",
                Some(Mark::End),
            ),
            (
                "2024-05-01T10:00:00.1Z ##[error]Bash exited with code '1'.",
                FAILED,
            ),
            (
                "2024-05-01T10:00:00.1Z ##[error]a.c(3): error",
                Some(Mark::Complaint),
            ),
        ],
    );
    check(
        Provider::Buildkite,
        &[
            (
                "\x1b_bk;t=1700000000000\x07~~~ Running commands",
                start("Running commands"),
            ),
            ("--- :docker: Building", start(":docker: Building")),
            ("--- FAIL: TestX (0.00s)", None),
            ("+++ b/src/a.c", None),
            ("🚨 Error: The command exited with status 1", FAILED),
        ],
    );
    check(
        Provider::CircleCi,
        &[
            ("Exited with code exit status 1", FAILED),
            ("CircleCI received exit code 0", PASSED),
        ],
    );
    check(
        Provider::Zuul,
        &[
            (
                "2024-05-01 10:00:00.123456 | TASK [run-tests : Run tox]",
                start("run-tests : Run tox"),
            ),
            ("PLAY RECAP *****", Some(Mark::End)),
            (
                "2024-05-01 10:00:00.1 | POST-RUN START: [untrusted : x]",
                aftermath("POST-RUN START: [untrusted : x]"),
            ),
        ],
    );
    check(
        Provider::Plain,
        &[
            ("Process exited with status 1", FAILED),
            ("it said: Process exited with status 1", None),
        ],
    );
}

#[test]
fn a_provider_is_known_by_its_marks() {
    for (sample, want) in [
        ("travis_fold:start:x\r\x1b[0K", Provider::Travis),
        ("Running with gitlab-runner 16.0", Provider::GitLab),
        ("##[section]Starting: Build\n##[group]x", Provider::Azure),
        ("2024-05-01T10:00:00.1Z ##[group]Run make", Provider::GitHub),
        ("Started by user x\n[Pipeline] stage", Provider::Jenkins),
        ("\x1b_bk;t=1\x07~~~ x", Provider::Buildkite),
        ("Spin up environment", Provider::CircleCi),
        ("PLAY [all] ***\n\nTASK [x] ***", Provider::Zuul),
        ("cc -c a.c\nmake: *** [a.o] Error 1", Provider::Plain),
        ("", Provider::Plain),
    ] {
        assert_eq!(Provider::detect(sample.as_bytes()), want, "{sample:?}");
    }
}
