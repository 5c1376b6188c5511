//! Completions for zsh 5.0 and later.
//!
//! The command is looked for before `_arguments` sees the words. So it alone decides which flags
//! are offered.

use std::fmt::Write as _;

use super::{Choice, CommandLine, Flag, FlagValue, Typed, ValueKind};

const BEGIN: &str = r#"#compdef logscan

# Completions of logscan for zsh: put this file as _logscan into a folder of $fpath.

_logscan() {
    local curcontext="$curcontext"
    if (( CURRENT > 2 )); then
        case $words[2] in
            COMMANDS)
                curcontext="${curcontext%:*:*}:logscan-$words[2]:"
                shift words
                (( CURRENT-- ))
                _logscan_behind_$words[1]
                return
                ;;
        esac
    fi
    _logscan_behind_search
}

# Commands are first words only.
_logscan_words() {
    if (( CURRENT == 2 )); then
        _alternative 'commands:command:_logscan_commands' 'files:file:_files'
    else
        _files
    fi
}

_logscan_commands() {
    local -a commands
    commands=(
"#;

const END: &str = r#"
if [[ $funcstack[1] == _logscan ]]; then
    _logscan "$@"
else
    compdef _logscan logscan
fi
"#;

pub(crate) fn zsh(line: &CommandLine) -> String {
    let mut text = BEGIN.replace("COMMANDS", &line.names().join("|"));
    for command in &line.commands {
        let about = command.about.replace('\\', r"\\").replace(':', r"\:");
        let _ = writeln!(
            text,
            "        {}",
            quoted(&format!("{}:{about}", command.name))
        );
    }
    text.push_str("    )\n    _describe -t commands command commands\n}\n");
    for typed in line.all() {
        function(&mut text, typed);
    }
    text.push_str(END);
    text
}

fn function(text: &mut String, typed: &Typed) {
    let (name, words) = match typed.name.as_str() {
        "" => ("search", "_logscan_words".into()),
        name => (name, action(&typed.words.kind)),
    };
    let _ = writeln!(
        text,
        "\n_logscan_behind_{name}() {{\n    _arguments -s -S : \\"
    );
    for flag in &typed.flags {
        flag_specs(text, flag);
    }
    let title = typed.words.name.to_lowercase();
    let _ = match &typed.words.kind {
        ValueKind::Choices(_) => {
            writeln!(text, "        {}", quoted(&format!("1:{title}:{words}")))
        }
        _ => writeln!(text, "        {}", quoted(&format!("*:{title}:{words}"))),
    };
    text.push_str("}\n");
}

/// Adds one specification for each name. After one name the other is not offered any more, unless
/// the flag may be repeated.
fn flag_specs(text: &mut String, flag: &Flag) {
    let again = match flag.is_repeatable {
        true => "*".into(),
        false if flag.names.len() > 1 => format!("({})", flag.names.join(" ")),
        false => String::new(),
    };
    for name in &flag.names {
        let mut spec = format!("{again}{name}");
        let is_long = name.starts_with("--");
        let is_optional = matches!(
            flag.value,
            Some(FlagValue {
                kind: ValueKind::Optional,
                ..
            })
        );
        if flag.value.is_some() {
            spec.push_str(match (is_long, is_optional) {
                (true, true) => "=-",
                (true, false) => "=",
                (false, true) => "-",
                (false, false) => "+",
            });
        }
        let _ = write!(spec, "[{}]", escaped(&flag.help));
        if let Some(value) = &flag.value {
            let colons = if is_optional { "::" } else { ":" };
            let _ = write!(
                spec,
                "{colons}{}:{}",
                escaped(&value.name),
                action(&value.kind)
            );
        }
        let _ = writeln!(text, "        {} \\", quoted(&spec));
    }
}

fn action(kind: &ValueKind) -> String {
    match kind {
        ValueKind::Any | ValueKind::Optional => " ".into(),
        ValueKind::File => "_files".into(),
        ValueKind::Choices(choices) => {
            let list: Vec<String> = choices.iter().map(listed).collect();
            format!("(({}))", list.join(" "))
        }
    }
}

/// Returns a word with its meaning, in a list that zsh evaluates. Every character that is no letter
/// gets a backslash.
fn listed(choice: &Choice) -> String {
    let mut text = choice.name.clone();
    if !choice.about.is_empty() {
        text.push_str(r"\:");
        for c in choice.about.chars() {
            if !c.is_alphanumeric() {
                text.push('\\');
            }
            text.push(c);
        }
    }
    text
}

fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        if r"[]\:".contains(c) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}
