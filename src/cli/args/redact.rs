//! The flags that replace secrets in what is printed.

use clap::{ArgAction, Args};

/// The flags about secrets.
#[derive(Args, Debug)]
#[command(next_help_heading = "Lines")]
pub(crate) struct RedactArgs {
    /// Print pseudonyms in place of secrets: <ip:1>
    ///
    /// In everything that is printed, also in messages, mail addresses, IP addresses, tokens and
    /// keys, passwords, numbers of payment cards and the names of users in paths become <email:1>,
    /// <ip:1>, <token:1>, <key:1>, <secret:1>, <card:1> and <user:1>. The same text has the same
    /// number within a run. It looks at what is printed: a password that -o cuts out of its line
    /// looks like any word. Nobody can promise that nothing is missed, so look before you share.
    #[arg(long, hide_short_help = true)]
    pub(crate) redact: bool,
    /// With --redact: the same names in every run
    ///
    /// KEY makes pseudonyms that are the same wherever it is used, <ip:7kq2m0xd>, and that nobody
    /// can find out without it. @FILE reads the key from a file and env:NAME from an environment
    /// variable. A key on the command line can be seen by others, in ps and in the history of the
    /// shell. A key has at least 16 bytes; `head -c 32 /dev/urandom | base64 > FILE` makes one.
    #[arg(long, value_name = "KEY", hide_short_help = true)]
    pub(crate) redact_key: Option<String>,
    /// Redact what matches REGEX too: <redacted:1>
    ///
    /// May be given several times, and implies --redact. If REGEX has a group, only the text of the
    /// first one is replaced. A line is matched as it is seen, without colours and escapes.
    #[arg(long, value_name = "REGEX", allow_hyphen_values = true, action = ArgAction::Append, hide_short_help = true)]
    pub(crate) redact_regex: Vec<String>,
}

impl RedactArgs {
    /// Returns whether anything is redacted. A key alone does nothing: the config file may have one
    /// for the searches that redact.
    pub(crate) fn are_given(&self) -> bool {
        self.redact || !self.redact_regex.is_empty()
    }
}
