//! Completions for fish 3.0 and later. fish offers files wherever it is not told otherwise.

use std::fmt::Write as _;

use super::{Choice, CommandLine, Typed, ValueKind};

const BEGIN: &str = r#"# Completions of logscan for fish.

# The command is the very first word, or there is none: then it is a search.
function __logscan_command
    set -l words (commandline -opc)
    if contains -- "$words[2]" COMMANDS
        echo $words[2]
    else
        echo search
    end
end

function __logscan_has_command
    test (__logscan_command) = $argv[1]
end

function __logscan_is_first_word
    test (count (commandline -opc)) -eq 1
end

"#;

pub(crate) fn fish(line: &CommandLine) -> String {
    let mut text = BEGIN.replace("COMMANDS", &line.names().join(" "));
    for command in &line.commands {
        let _ = writeln!(
            text,
            "complete -c logscan -n __logscan_is_first_word -a {} -d {}",
            command.name,
            quoted(&command.about)
        );
    }
    for typed in line.all() {
        typed_behind(&mut text, typed);
    }
    text
}

fn typed_behind(text: &mut String, typed: &Typed) {
    let name = match typed.name.as_str() {
        "" => "search",
        name => name,
    };
    let begin = format!("complete -c logscan -n '__logscan_has_command {name}'");
    for flag in &typed.flags {
        text.push_str(&begin);
        for name in &flag.names {
            let _ = match name.strip_prefix("--") {
                Some(long) => write!(text, " -l {long}"),
                None => write!(text, " -s {}", &name[1..]),
            };
        }
        let _ = write!(text, " -d {}", quoted(&flag.help));
        match flag.value.as_ref().map(|value| &value.kind) {
            None | Some(ValueKind::Optional) => {}
            Some(ValueKind::Any) => text.push_str(" -x"),
            Some(ValueKind::File) => text.push_str(" -r -F"),
            Some(ValueKind::Choices(choices)) => {
                let _ = write!(text, " -x -a {}", listed(choices));
            }
        }
        text.push('\n');
    }
    match &typed.words.kind {
        ValueKind::File => {}
        ValueKind::Choices(choices) => {
            let _ = writeln!(text, "{begin} -f -a {}", listed(choices));
        }
        ValueKind::Any | ValueKind::Optional => {
            let _ = writeln!(text, "{begin} -f");
        }
    }
}

/// Returns words with their meanings. fish wants a tab between them, and evaluates the list once
/// more.
fn listed(choices: &[Choice]) -> String {
    let list: Vec<String> = choices
        .iter()
        .map(|choice| match choice.about.is_empty() {
            true => choice.name.clone(),
            false => format!("{}\\t{}", choice.name, quoted(&choice.about)),
        })
        .collect();
    quoted(&list.join(" "))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}
