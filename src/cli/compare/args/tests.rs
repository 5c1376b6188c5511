//! The plan that is made of typed arguments.

use super::*;

fn parsed(words: &[&str]) -> Result<CompareArgs, String> {
    let words: Vec<OsString> = ["compare"]
        .iter()
        .chain(words)
        .map(OsString::from)
        .collect();
    parse(&words).map_err(|error| error.to_string())
}

fn plan(words: &[&str]) -> Plan {
    parsed(words).unwrap().plan().unwrap()
}

#[track_caller]
fn check_refused(words: &[&str], want: &str) {
    let message = parsed(words).unwrap_err();
    assert!(message.contains(want), "{message}");
}

#[test]
fn by_default_one_thread_and_all_are_measured_in_a_warm_cache_for_30_seconds() {
    let plan = plan(&["-e", "x", "log"]);
    let mut threads = vec![1, cores()];
    threads.dedup();
    assert_eq!((plan.threads, plan.caches), (threads, vec![Cache::Warm]));
    assert_eq!(
        (plan.budget, plan.runs_max),
        (Some(BUDGET_DEFAULT), RUNS_DEFAULT)
    );
}

#[test]
fn lists_are_sorted_and_each_value_counts_once() {
    let plan = plan(&["x", "log", "--threads", "4,1,4", "-j2", "--cache=cold,warm"]);
    assert_eq!(plan.threads, [1, 2, 4]);
    assert_eq!(plan.caches, [Cache::Warm, Cache::Cold]);
}

#[test]
fn threads_are_limited_in_number_and_in_how_many_numbers_there_are() {
    let refused = |words: &[&str]| parsed(words).unwrap().plan().unwrap_err().to_string();
    let most = Workers::most();
    let too_many = format!("-j1,{},{most},4000000", most + 1);
    assert_eq!(plan(&["x", "log", &too_many]).threads, [1, most]);
    let numbers: Vec<String> = (1..=THREAD_COUNTS_LIMIT + 1)
        .map(|number| number.to_string())
        .collect();
    let list = format!("-j{}", numbers.join(","));
    assert!(refused(&["x", "log", &list]).contains("at most 16 different numbers"));
}

#[test]
fn runs_without_a_budget_are_all_made() {
    assert_eq!(plan(&["x", "log", "--runs=9"]).budget, None);
    let both = plan(&["x", "log", "--runs=9", "--budget=2m"]);
    assert_eq!(
        (both.runs_max, both.budget),
        (9, Some(Duration::from_secs(120)))
    );
    check_refused(&["x", "log", "--runs=0"], "--runs");
    check_refused(&["x", "log", "--runs=1001"], "--runs");
}

#[test]
fn one_pattern_and_one_file_are_needed() {
    check_refused(&[], "a pattern and a file");
    check_refused(&["x"], "a pattern and a file");
    check_refused(&["-e", "x"], "no file");
    check_refused(&["x", "a", "b"], "only one file");
    check_refused(&["x", "-"], "the standard input cannot be mapped");
    check_refused(&["x", "log", "--no-such-flag"], "logscan -e compare FILE");
    check_refused(&["x", "log", "--baseline=old", "--runs=5"], "at least 6");
    check_refused(&["x", "log", "--absolute"], "--baseline");
}

#[test]
fn a_command_is_split_as_a_shell_does_and_gets_the_file() {
    let split = |text: &str| command(text, "a b.log".as_ref()).unwrap().words;
    assert_eq!(
        split("rg -c 'two words' {file}"),
        ["rg", "-c", "two words", "a b.log"]
    );
    assert_eq!(split("cat --x={file}"), ["cat", "--x=a b.log"]);
    for wrong in ["", "  ", "rg 'open"] {
        assert!(command(wrong, "log".as_ref()).is_err(), "{wrong}");
    }
}

#[test]
fn times_and_shares_are_what_people_type() {
    assert_eq!(parse_duration("500ms"), Ok(Duration::from_millis(500)));
    assert_eq!(parse_duration("30s"), Ok(Duration::from_secs(30)));
    assert_eq!(parse_duration("30"), Ok(Duration::from_secs(30)));
    assert_eq!(parse_duration("2m"), Ok(Duration::from_secs(120)));
    for wrong in ["", "s", "1h", "-1s", "1.5s", "+1", "99999999m", "9 s"] {
        assert!(parse_duration(wrong).is_err(), "{wrong}");
    }
    assert_eq!(parse_percent("10%"), Ok(0.1));
    assert_eq!(parse_percent("2.5"), Ok(0.025));
    for wrong in ["", "%", "-1%", "NaN", "inf%", "ten"] {
        assert!(parse_percent(wrong).is_err(), "{wrong}");
    }
}

#[test]
fn the_flags_that_change_what_matches_are_in_the_report() {
    let args = parsed(&["-i", "-v", "--not", "y", "-e", "x", "log"]).unwrap();
    assert_eq!(args.matching_flags(), ["-i", "-v", "--not=y"]);
    let args = parsed(&["-F", "-e", "x", "log"]).unwrap();
    assert_eq!(args.matching_flags(), ["-F"]);
}

#[test]
fn help_fits_a_terminal() {
    let help = CompareArgs::command().render_help().to_string();
    assert!(
        help.lines().all(|line| line.chars().count() <= 80),
        "{help}"
    );
    assert!(help.lines().count() <= 78, "{}", help.lines().count());
}

#[test]
fn a_command_must_say_where_the_file_belongs() {
    let words = ["x", "log", "--compare-with=rg -c x"];
    let error = parsed(&words).unwrap().plan().unwrap_err().to_string();
    assert!(
        error.ends_with("as in --compare-with 'rg ... {file}'"),
        "{error}"
    );
    let words = ["x", "log", "--compare-with=sh -c 'rg x < {file}'"];
    assert!(parsed(&words).unwrap().plan().is_ok());
}
