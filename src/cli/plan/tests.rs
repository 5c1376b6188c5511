//! The meaning of several flags together.

use clap::Parser;

use logscan::ReadMode;

use super::*;
use crate::cli::{args::Stdin, progress::Show, surroundings::ConfigPlace};

const PIPES: Surroundings = Surroundings {
    words: Vec::new(),
    stdin: Stdin::Input,
    stdout_is_terminal: false,
    stdout_is_pipe: true,
    stderr_is_terminal: false,
    color_is_welcome: true,
    grep_colors: None,
    config: ConfigPlace::Nowhere("a test"),
};

#[track_caller]
fn plan(words: &str) -> SearchPlan {
    plan_in(&PIPES, words)
}

#[track_caller]
fn plan_in(surroundings: &Surroundings, words: &str) -> SearchPlan {
    let words = ["logscan"].into_iter().chain(words.split(' '));
    SearchPlan::new(&SearchArgs::try_parse_from(words).unwrap(), surroundings)
}

#[test]
fn what_is_printed_follows_greps_precedence() {
    #[track_caller]
    fn check(words: &str, want: Mode) {
        assert_eq!(plan(words).mode, want);
    }
    check("a f", Mode::Lines);
    check("-o a f", Mode::Lines);
    check("-c -o a f", Mode::Count(Counted::Lines));
    check("-c -l a f", Mode::Names(NamesOf::FilesWithHits));
    check("-l -L a f", Mode::Names(NamesOf::FilesWithout));
    check("-L -l a f", Mode::Names(NamesOf::FilesWithHits));
    check("-q -l -c a f", Mode::Quiet);
    check("-q --json a f", Mode::Quiet);
    check("-c --count-matches a f", Mode::Count(Counted::Matches));
    check("--count-matches -c a f", Mode::Count(Counted::Lines));
    check("--count-matches -v a f", Mode::Count(Counted::Lines));
    check("-c --by-pattern a f", Mode::ByPattern);
    check("-o --tally a f", Mode::Tally(None));
    check("-o --tally=3 a f", Mode::Tally(Some(3)));
    check("--json a f", Mode::Json);
}

#[test]
fn control_characters_are_shown_on_a_terminal_only() {
    #[track_caller]
    fn check(terminal: bool, words: &str, want: Controls) {
        let surroundings = Surroundings {
            stdout_is_terminal: terminal,
            ..PIPES
        };
        let plan = plan_in(&surroundings, words);
        assert_eq!(plan.controls, want, "{words}");
        let without_erase = plan.layout.colors.map(|c| c == c.clone().without_erase());
        let colored = (words != "--color=never a f" && terminal) || words.contains("always");
        let shown = want != Controls::Kept;
        assert_eq!(without_erase, colored.then_some(shown), "{words}");
    }
    check(true, "a f", Controls::Shown(Sgr::Pass));
    check(true, "--color=always a f", Controls::Shown(Sgr::Pass));
    check(true, "--color=never a f", Controls::Shown(Sgr::Strip));
    check(true, "--raw a f", Controls::Kept);
    check(false, "a f", Controls::Kept);
    check(false, "--color=always a f", Controls::Kept);
    check(false, "--color=never a f", Controls::Kept);
}

#[test]
fn lines_are_numbered_only_where_numbers_are_printed() {
    #[track_caller]
    fn check(words: &str, want: bool) {
        assert_eq!(plan(words).bounds.line_numbers, want, "{words}");
    }
    check("a f", false);
    check("-n a f", true);
    check("-n -N a f", false);
    check("-N -n a f", true);
    check("--column a f", true);
    check("--column -N a f", false);
    check("-c -n a f", false);
    check("--json a f", true);
    check("--json -N a f", false);
}

#[test]
fn several_files_are_named() {
    #[track_caller]
    fn check(words: &str, want: bool) {
        let plan = plan(words);
        assert_eq!(
            (plan.layout.file_name, plan.listing.file_name),
            (want, want),
            "{words}"
        );
    }
    check("a f", false);
    check("a f g", true);
    check("a -I f g", false);
    check("a -H f", true);
    check("a -H -I f", false);
    check("a -I -H f", true);
    check("-e a f", false);
    check("-e a f g", true);
}

#[test]
fn without_a_file_the_standard_input_is_searched() {
    assert_eq!(plan("a").inputs.files, [PathBuf::from("-")]);
    assert_eq!(plan("-e a").inputs.files, [PathBuf::from("-")]);
    assert_eq!(
        plan("a b -").inputs.files,
        [PathBuf::from("b"), PathBuf::from("-")]
    );
}

#[test]
fn context_of_no_lines_still_asks_for_gaps() {
    #[track_caller]
    fn check(words: &str, want: Context) {
        assert_eq!(plan(words).bounds.context, want, "{words}");
    }
    let lines = |before, after| Context::Lines { before, after };
    check("a f", Context::None);
    check("-A 0 a f", lines(0, 0));
    check("-A 1 a f", lines(0, 1));
    check("-B 2 a f", lines(2, 0));
    check("-C 3 a f", lines(3, 3));
    check("-A 1 -C 3 a f", lines(3, 1));
    check("-C 3 -C 4 a f", lines(4, 4));
    check("-c -C 3 a f", Context::None);
    check("-q -C 3 a f", Context::None);
    check("-C 3 --passthru a f", Context::All);
    check("--passthru -C 3 a f", lines(3, 3));
    check("--passthru -A 0 a f", lines(0, 0));
}

#[test]
fn one_hit_is_enough_to_know_that_there_is_one() {
    #[track_caller]
    fn check(words: &str, want: Limit) {
        assert_eq!(plan(words).limit(), want, "{words}");
    }
    check("a f", Limit::All);
    check("-m 5 a f", Limit::First(5));
    check("-m 5 -m 6 a f", Limit::First(6));
    check("--last 5 a f", Limit::Last(5));
    check("-q a f", Limit::First(1));
    check("-l --last 5 a f", Limit::First(1));
    check("-L -m 5 a f", Limit::First(1));
    check("-L -m 0 a f", Limit::First(0));
    check("-c -m 5 a f", Limit::First(5));
}

#[test]
fn a_limit_of_0_needs_no_file_unless_files_without_hits_are_named() {
    assert!(plan("-m 0 a f").wants_nothing());
    assert!(plan("-c -m 0 a f").wants_nothing());
    assert!(!plan("--last 0 -c a f").wants_nothing());
    assert!(!plan("-L -m 0 a f").wants_nothing());
    assert!(!plan("a f").wants_nothing());
}

#[test]
fn an_input_may_be_the_output_if_no_line_can_be_read_again() {
    for words in ["a f", "-o a f", "--json a f", "-m 2 a f", "--last 1 a f"] {
        assert!(plan(words).could_read_its_output(), "{words}");
    }
    for words in [
        "-c a f",
        "-l a f",
        "-q a f",
        "-m 1 a f",
        "-o --tally a f",
        "-c --by-pattern a f",
    ] {
        assert!(!plan(words).could_read_its_output(), "{words}");
    }
}

#[test]
fn the_last_word_on_mapping_counts() {
    assert_eq!(plan("a f").inputs.read_mode, ReadMode::Auto);
    assert_eq!(plan("--no-mmap --mmap a f").inputs.read_mode, ReadMode::Map);
    assert_eq!(
        plan("--mmap --no-mmap a f").inputs.read_mode,
        ReadMode::Read
    );
}

#[test]
fn the_last_word_on_separators_counts() {
    #[track_caller]
    fn check(words: &str, want: Option<&str>) {
        assert_eq!(
            plan(words).layout.separator.as_deref(),
            want.map(str::as_bytes),
            "{words}"
        );
    }
    check("a f", Some("--"));
    check("--group-separator=## a f", Some("##"));
    check("--group-separator -- a f", Some("--"));
    check("--no-group-separator a f", None);
    check("--group-separator=## --no-group-separator a f", None);
    check("--no-group-separator --group-separator=## a f", Some("##"));
}

#[test]
fn lines_are_left_out_only_beyond_a_width_above_0() {
    assert_eq!(plan("a f").layout.max_columns, None);
    assert_eq!(plan("-M 0 a f").layout.max_columns, None);
    assert_eq!(plan("-M 80 a f").layout.max_columns, Some(80));
}

#[test]
fn colour_and_progress_need_a_terminal_unless_asked_for() {
    #[track_caller]
    fn check(surroundings: &Surroundings, words: &str, colored: bool, progress: Show) {
        let plan = plan_in(surroundings, words);
        assert_eq!(
            (plan.layout.colors.is_some(), plan.inputs.progress),
            (colored, progress),
            "{words}"
        );
        assert_eq!(plan.listing.colors.is_some(), colored, "{words}");
    }
    let seen = Surroundings {
        stdout_is_terminal: true,
        stderr_is_terminal: true,
        ..PIPES
    };
    let redirected = Surroundings {
        stdout_is_pipe: false,
        stderr_is_terminal: true,
        ..PIPES
    };
    let piped = Surroundings {
        stdout_is_pipe: true,
        ..redirected.clone()
    };
    check(&piped, "a f", false, Show::Never);
    check(&piped, "--progress=always a f", false, Show::AtOnce);
    check(&PIPES, "a f", false, Show::Never);
    check(
        &PIPES,
        "--color=always --progress=always a f",
        true,
        Show::AtOnce,
    );
    check(&seen, "a f", true, Show::Never);
    check(&seen, "--color never a f", false, Show::Never);
    check(&redirected, "a f", false, Show::IfSlow);
    check(&redirected, "--progress never a f", false, Show::Never);
}

#[test]
fn what_differs_from_the_defaults_is_passed_on() {
    let plan = plan(
        "-v -s -j 3 --stats --byte-range 1:2 --max-line-bytes 1K --chunk-size 7 -Z -b -r $1 a f",
    );
    assert!(
        plan.bounds.invert
            && plan.inputs.figures == Figures::Said
            && plan.layout.null
            && plan.listing.null
            && plan.layout.byte_offset
    );
    assert_eq!(
        (plan.inputs.threads, plan.inputs.unreadable),
        (3, Unreadable::Passed)
    );
    assert_eq!(
        (
            plan.bounds.range,
            plan.bounds.max_line_bytes,
            plan.bounds.chunk_bytes
        ),
        (1..2, 1024, Some(7))
    );
    assert_eq!(plan.layout.replace.as_deref(), Some(&b"$1"[..]));
}

#[test]
fn minus_q_says_nothing_of_what_was_left_out_and_json_holds_its_figures() {
    let of = |words: &str| {
        let inputs = plan(words).inputs;
        (inputs.notes, inputs.figures, inputs.stdin_end)
    };
    let (said, passed) = (OrdinaryNotes::Said, OrdinaryNotes::Passed);
    for (words, want) in [
        ("a f", (said, Figures::Unwanted, StdinEnd::End)),
        ("-q a f", (passed, Figures::Unwanted, StdinEnd::End)),
        ("-s a f", (passed, Figures::Unwanted, StdinEnd::End)),
        (
            "--stats -m 3 a f",
            (said, Figures::Said, StdinEnd::BehindHit),
        ),
        (
            "--stats --json a f",
            (said, Figures::InResults, StdinEnd::End),
        ),
        (
            "--stats --json -q a f",
            (passed, Figures::Said, StdinEnd::End),
        ),
    ] {
        assert_eq!(of(words), want, "{words}");
    }
}
