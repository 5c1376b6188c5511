//! Completions for bash 3.2 and later, with or without the package bash-completion.
//!
//! File names are left to readline, which quotes them. An empty reply makes it offer them
//! (`-o default`). readline cuts words at `=`, so `--color=al` comes as three words, unless
//! COMP_WORDBREAKS has been changed.

use std::fmt::Write as _;

use super::{CommandLine, FlagValue, Typed, ValueKind};

const BEGIN: &str = r#"# Completions of logscan for bash: source this file, or put it where bash-completion looks.

_logscan() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
    local command='' glued='' choices='' flags='' word IFS=$' \t\n'
    COMPREPLY=()
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        [[ $word == -- ]] && return 0
    done
    if ((COMP_CWORD > 1)); then
        case ${COMP_WORDS[1]} in
            COMMANDS) command=${COMP_WORDS[1]} ;;
        esac
    fi
    if [[ $cur == = && $prev == --* ]]; then
        cur=''
    elif [[ $prev == = ]] && ((COMP_CWORD > 2)); then
        prev=${COMP_WORDS[COMP_CWORD - 2]}
    elif [[ $cur == --*=* ]]; then
        glued=${cur%%=*}=
        prev=${cur%%=*}
        cur=${cur#*=}
    elif [[ $prev == -[!-]?* ]]; then
        prev=-${prev: -1} # -nf is -n -f
    fi
    case $command,$prev in
"#;

const MIDDLE: &str = r#"    esac
    if [[ $choices ]]; then
        COMPREPLY=($(compgen -P "$glued" -W "$choices" -- "$cur"))
        return 0
    fi
    case $command in
"#;

const END: &str = r#"    esac
    if [[ $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$flags" -- "$cur"))
    elif [[ $choices ]]; then
        COMPREPLY=($(compgen -W "$choices" -- "$cur"))
        ((${#COMPREPLY[@]})) || compopt +o default +o bashdefault 2> /dev/null
    elif ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W 'COMMANDS' -- "$cur"))
        if ((${#COMPREPLY[@]})); then
            compopt -o filenames 2> /dev/null
            while IFS= read -r word; do
                [[ $word ]] && COMPREPLY+=("$word")
            done <<< "$(compgen -f -- "$cur")"
        fi
    fi
    return 0
}

complete -F _logscan -o bashdefault -o default logscan
"#;

pub(crate) fn bash(line: &CommandLine) -> String {
    let mut text = BEGIN.replace("COMMANDS", &line.names().join(" | "));
    let valued = |is_meant: &dyn Fn(&FlagValue) -> bool| {
        let patterns: Vec<String> = line
            .all()
            .flat_map(|typed| {
                let flags = typed.flags.iter();
                let meant = flags.filter(|flag| flag.value.as_ref().is_some_and(is_meant));
                meant.flat_map(|flag| {
                    flag.names
                        .iter()
                        .map(|name| format!("{},{name}", typed.name))
                })
            })
            .collect();
        patterns.join(" | ")
    };
    let files = valued(&|value| matches!(value.kind, ValueKind::File));
    if !files.is_empty() {
        let _ = writeln!(
            text,
            "        {files})\n            return 0\n            ;;"
        );
    }
    let others = valued(&|value| matches!(value.kind, ValueKind::Any));
    if !others.is_empty() {
        let _ = writeln!(
            text,
            "        {others})\n            compopt +o default +o bashdefault 2> /dev/null\n            return 0\n            ;;"
        );
    }
    for typed in line.all() {
        for flag in &typed.flags {
            if let Some(FlagValue {
                kind: ValueKind::Choices(choices),
                ..
            }) = &flag.value
            {
                let names: Vec<&str> = choices.iter().map(|choice| choice.name.as_str()).collect();
                let patterns: Vec<String> = flag
                    .names
                    .iter()
                    .map(|name| format!("{},{name}", typed.name))
                    .collect();
                let _ = writeln!(
                    text,
                    "        {}) choices='{}' ;;",
                    patterns.join(" | "),
                    names.join(" ")
                );
            }
        }
    }
    text.push_str(MIDDLE);
    for typed in line.all() {
        branch(&mut text, typed);
    }
    text.push_str(&END.replace("COMMANDS", &line.names().join(" ")));
    text
}

/// Adds the branch of a command, with the words that can stand behind it.
fn branch(text: &mut String, typed: &Typed) {
    let flags: Vec<&str> = typed
        .flags
        .iter()
        .flat_map(|flag| flag.names.iter().map(String::as_str))
        .collect();
    let _ = writeln!(
        text,
        "        '{}')\n            flags='{}'",
        typed.name,
        flags.join(" ")
    );
    if let ValueKind::Choices(choices) = &typed.words.kind {
        let names: Vec<&str> = choices.iter().map(|choice| choice.name.as_str()).collect();
        let _ = writeln!(text, "            choices='{}'", names.join(" "));
    }
    text.push_str("            ;;\n");
}
