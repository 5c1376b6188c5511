//! Makes the man page: clap's table of flags stands between the topics of `logscan help`, which say
//! what a table cannot say.

use clap::{Command, CommandFactory};
use clap_mangen::{
    Man,
    roff::{Inline, Roff, bold, italic, roman},
};

use crate::cli::{
    args::SearchArgs,
    commands::commands,
    help::{
        self,
        topics::{TOPICS, Topic, TopicPart},
    },
};

/// Returns the page, as roff.
pub(super) fn page() -> Vec<u8> {
    let man = Man::new(SearchArgs::command());
    let mut text = Vec::new();
    let mut sections = vec![
        man.render_title(&mut text),
        man.render_name_section(&mut text),
        synopsis().to_writer(&mut text),
    ];
    for topic in TOPICS {
        sections.push(section(topic).to_writer(&mut text));
        if topic.name == "input" {
            sections.push(man.render_options_section(&mut text));
        }
        if let Some(command) = commands().iter().find(|c| c.topic == topic.name) {
            sections.push(flags(&command.table).to_writer(&mut text));
        }
    }
    sections
        .into_iter()
        .collect::<Result<(), _>>()
        .expect("a Vec takes every write");
    text
}

fn synopsis() -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]);
    let usages: [&[Inline]; 9] = [
        &[
            bold("logscan"),
            roman(" [OPTIONS] "),
            bold("--pattern "),
            italic("REGEX"),
            roman(" [FILE]..."),
        ],
        &[
            bold("logscan"),
            roman(" [OPTIONS] "),
            italic("REGEX FILE"),
            roman("..."),
        ],
        &[
            bold("logscan compare"),
            roman(" [OPTIONS] "),
            bold("--pattern "),
            italic("REGEX FILE"),
        ],
        &[
            bold("logscan digest"),
            roman(" [OPTIONS] "),
            italic("LOG"),
            roman("..."),
        ],
        &[
            bold("logscan templates"),
            roman(" [OPTIONS] "),
            italic("LOG"),
            roman("..."),
        ],
        &[
            bold("logscan triage"),
            roman(" [OPTIONS] "),
            italic("LOG"),
            roman("..."),
        ],
        &[
            bold("logscan monitor"),
            roman(" [OPTIONS] "),
            italic("BOARD"),
            roman("..."),
        ],
        &[
            bold("logscan generate man"),
            roman(" | "),
            bold("bash"),
            roman(" | "),
            bold("zsh"),
            roman(" | "),
            bold("fish"),
            roman(" | "),
            bold("powershell"),
        ],
        &[
            bold("logscan help"),
            roman(" ["),
            italic("COMMAND"),
            roman(" | "),
            italic("TOPIC"),
            roman(" | "),
            italic("FLAG"),
            roman("]"),
        ],
    ];
    for usage in usages {
        roff.text(usage).control("br", []);
    }
    roff
}

/// Returns a topic of `logscan help` as a section.
fn section(topic: &Topic) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", [topic.title]);
    for part in topic.body {
        match part {
            TopicPart::Text(text) => {
                roff.control("PP", []).text([roman(*text)]);
            }
            TopicPart::Term(term, meaning) => add_term(&mut roff, term, meaning),
            TopicPart::Terms(terms) => {
                for (term, meaning) in terms() {
                    add_term(&mut roff, &term, &meaning);
                }
            }
            TopicPart::Lines(lines) => {
                roff.control("PP", []).control("nf", []);
                for line in lines().lines() {
                    match line {
                        "" => roff.control("sp", []),
                        line => roff.text([roman(line)]),
                    };
                }
                roff.control("fi", []);
            }
        }
    }
    roff
}

fn add_term(roff: &mut Roff, term: &str, meaning: &str) {
    roff.control("TP", [])
        .text([bold(term)])
        .text([roman(meaning)]);
}

/// Returns the flags of a command that a search does not have.
fn flags(command: &Command) -> Roff {
    let mut roff = Roff::new();
    let own = "These flags are its own; the others that it has are those of a search.";
    roff.control("PP", []).text([roman(own)]);
    let search = SearchArgs::command();
    let is_shared = |flag: &clap::Arg| {
        let mut others = search.get_arguments();
        others.any(|other| other.get_id() == flag.get_id() && other.get_help() == flag.get_help())
    };
    for flag in command.get_arguments() {
        let Some(name) = flag.get_long().filter(|_| !is_shared(flag)) else {
            continue;
        };
        let mut term = vec![bold(format!("--{name}"))];
        if flag.get_action().takes_values()
            && let Some([value]) = flag.get_value_names()
        {
            term.extend([roman(" "), italic(value.to_string())]);
        }
        roff.control("TP", [])
            .text(term)
            .text([roman(help::explained(flag))]);
    }
    roff
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::compare::CompareArgs;

    #[test]
    fn the_page_has_its_sections_and_every_flag() {
        let page = String::from_utf8(page()).unwrap();
        for section in [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "PATTERNS",
            "COMPARE",
            "\"CONFIG FILE\"",
            "\"EXIT STATUS\"",
            "EXAMPLES",
            "TEMPLATES",
            "MONITOR",
        ] {
            assert!(page.contains(&format!(".SH {section}\n")), "{section}");
        }
        let (search, compare) = (SearchArgs::command(), CompareArgs::command());
        for flag in search
            .get_arguments()
            .chain(compare.get_arguments())
            .filter(|flag| !flag.is_hide_set())
            .filter_map(|flag| flag.get_long())
        {
            assert!(
                page.contains(&format!("\\-\\-{}", flag.replace('-', "\\-"))),
                "{flag}"
            );
        }
    }
}
