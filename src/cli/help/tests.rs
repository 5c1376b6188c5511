//! The text that is printed when help is asked for.

use clap::Command;

use super::*;

fn page(words: &str) -> String {
    let rest: Vec<OsString> = words.split_whitespace().map(OsString::from).collect();
    assert!(is_meant(&rest), "{words}");
    parse(&rest).unwrap().page
}

#[test]
fn the_flags_of_every_day_fit_forty_lines_of_eighty_columns() {
    let page = everyday();
    assert!(
        page.lines().count() <= 40,
        "{}:\n{page}",
        page.lines().count()
    );
    for long in EVERYDAY {
        assert!(page.contains(&format!("--{long}")), "{long}:\n{page}");
    }
    assert!(!page.contains("--dfa-size-limit"), "{page}");
}

#[test]
fn every_page_fits_eighty_columns() {
    let mut pages = vec![everyday(), all_flags(), overview()];
    pages.extend(words().iter().map(|(word, _)| page(word)));
    let search = SearchArgs::command();
    let all = commands();
    let tables = all.iter().map(|command| &command.table).chain([&search]);
    for flag in tables.flat_map(Command::get_arguments) {
        if let Some(long) = flag.get_long() {
            pages.push(page(&format!("--{long}")));
        }
    }
    for page in pages {
        for line in page.lines() {
            assert!(line.chars().count() <= text::COLUMNS, "{line}");
            assert_eq!(line, line.trim_end(), "{page}");
        }
        assert!(
            page.ends_with('\n') || page.ends_with(|c: char| c.is_ascii_graphic()),
            "{page}"
        );
    }
}

#[test]
fn every_flag_of_a_search_is_in_a_group_and_in_the_help() {
    let table = SearchArgs::command();
    let help = all_flags();
    let mut last = 0;
    for flag in table
        .get_arguments()
        .filter(|flag| !flag.is_hide_set() && !flag.is_positional())
    {
        let long = flag.get_long().expect("it has a long name");
        let heading = flag.get_help_heading();
        let group = GROUPS
            .iter()
            .position(|group| Some(group.heading) == heading);
        assert!(group.is_some(), "--{long} is in no group: {heading:?}");
        let is_shown = help.contains(&format!("--{long} ")) || help.contains(&format!("--{long}["));
        assert_eq!(
            is_shown,
            !WITHOUT_EFFECT.contains(&long),
            "--{long}:\n{help}"
        );
        let name = GROUPS[group.unwrap()].name;
        assert!(page(name).contains(&format!("--{long}")), "{long}");
        last = last.max(group.unwrap());
    }
    assert_eq!(last, GROUPS.len() - 1, "messages come last");
    // The headings are in the order of the table of groups.
    let headings = help.lines().filter_map(|line| line.strip_suffix(':'));
    let places: Vec<_> = headings
        .filter_map(|line| GROUPS.iter().position(|group| group.heading == line))
        .collect();
    assert!(places.is_sorted(), "{help}");
    assert!(places.len() > 5, "{help}");
}

#[test]
fn names_are_told_apart() {
    let mut names: Vec<&str> = words().into_iter().map(|(word, _)| word).collect();
    names.extend(TOPICS.iter().flat_map(|topic| topic.aliases));
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "{names:?}");
}

#[test]
fn a_command_a_group_a_topic_and_a_flag_are_explained() {
    assert!(page("").contains("templates"));
    assert_eq!(page("--help"), page(""));
    assert_eq!(page("search"), all_flags());
    assert!(page("triage").contains("--baseline"));
    assert!(page("help").starts_with("Search one"));
    assert!(page("lines").contains("-n, --line-number\n      Print line numbers."));
    assert!(page("exit").contains("130, 143"));
    assert_eq!(page("exit status"), page("exit"));
    assert_eq!(page("EXIT"), page("exit"));
    assert!(page("rules").contains("[[rule]]"));
    assert!(page("other-tools").contains("--vimgrep"));
    assert!(page("--tally").starts_with("  --tally[=<NUM>]\n      With -o"));
    assert!(page("-C").contains("--context"));
    assert!(page("-c").contains("--count"));
    assert!(page("--export-json").starts_with("logscan compare:\n"));
    assert!(page("--no-ignore-case").contains("takes --ignore-case back"));
    assert!(page("-P").contains("look-around"));
}

#[test]
fn the_word_help_is_searched_for_in_a_file() {
    let meant = |words: &[&str]| is_meant(&words.iter().map(OsString::from).collect::<Vec<_>>());
    assert!(!meant(&["Cargo.toml"]));
    assert!(!meant(&["-n", "Cargo.toml"]));
    assert!(!meant(&["Cargo.toml", "Cargo.lock"]));
    assert!(meant(&["--tally"]));
    assert!(meant(&["no-such-topic"]));
}

#[test]
fn an_unknown_topic_lists_those_there_are() {
    let message = parse(&["no-such-topic".into()]).unwrap_err().to_string();
    assert!(
        message.starts_with("there is no help on 'no-such-topic'"),
        "{message}"
    );
    for (word, _) in words() {
        assert!(message.contains(word), "{word}: {message}");
    }
    assert!(message.contains("logscan -e help FILE"), "{message}");
}
