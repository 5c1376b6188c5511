//! Which CI system wrote a log, and what its own lines say: where steps begin, and where and how
//! they end.
//!
//! A provider is recognised by its marks in the first and last bytes of a log, without flags. Each
//! file here knows one: the literals that every one of its marks contains, so that a pass over the
//! log can find them, and what each mark says. A provider's own lines are never an answer by
//! themselves when the step has something better to say.

mod azure;
mod buildkite;
mod circleci;
mod github;
mod gitlab;
mod jenkins;
mod plain;
mod travis;
mod zuul;

use std::fmt;

/// The CI system that wrote a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// GitHub Actions.
    GitHub,
    /// GitLab CI/CD.
    GitLab,
    /// Travis CI.
    Travis,
    /// Jenkins.
    Jenkins,
    /// Azure Pipelines.
    Azure,
    /// Buildkite.
    Buildkite,
    /// CircleCI.
    CircleCi,
    /// Zuul, whose jobs are Ansible playbooks.
    Zuul,
    /// None of them, or one that is not known.
    Plain,
}

/// How a build, a step or a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The exit status was 0.
    Success,
    /// It was not, or it was stopped.
    Failure,
}

/// What a provider's own line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark<'a> {
    /// The steps that follow are those of a job; its name.
    Job(&'a [u8]),
    /// A step begins; its name.
    Start(&'a [u8]),
    /// A step has ended, nobody says how.
    End,
    /// The command of the current step has ended.
    Exit(Outcome),
    /// The whole build has ended.
    Final(Outcome),
    /// The current step was stopped from outside, as where another job has failed.
    Cancelled,
    /// What follows does not decide about the build: cleaning up, uploads, hooks behind the result.
    Aftermath(&'a [u8]),
    /// The current step was left out.
    Skipped,
    /// Something in a step complains, which usually fails it.
    Complaint,
    /// A line of the provider that is no evidence, as the echo of a command.
    Echo,
}

impl Provider {
    /// Every provider.
    pub const ALL: [Provider; 9] = [
        Provider::GitHub,
        Provider::GitLab,
        Provider::Travis,
        Provider::Jenkins,
        Provider::Azure,
        Provider::Buildkite,
        Provider::CircleCi,
        Provider::Zuul,
        Provider::Plain,
    ];

    /// The provider whose marks are in `sample`, the beginning and the end of a log.
    pub(crate) fn detect(sample: &[u8]) -> Provider {
        let has = |mark: &str| memchr::memmem::find(sample, mark.as_bytes()).is_some();
        // From the most particular marks to the least: Azure's are also GitHub's.
        if has("travis_fold:")
            || has("travis_time:")
            || has("Done. Your build exited with")
            || has("\nThe command \"") && has("\" exited with ")
        {
            Provider::Travis
        } else if has("section_start:") || has("Running with gitlab-runner") {
            Provider::GitLab
        } else if has("##[section]") || has("##vso[") {
            Provider::Azure
        } else if has("##[group]")
            || has("##[endgroup]")
            || has("##[error]")
            || has("Cleaning up orphan processes")
        {
            Provider::GitHub
        } else if has("[Pipeline] ")
            || has("\nFinished: ")
            || has("Started by ") && has("in workspace ")
        {
            Provider::Jenkins
        } else if has("\x1b_bk;t=") || has("buildkite-agent") || has("BUILDKITE_") {
            Provider::Buildkite
        } else if has("CIRCLE_")
            || has("circleci/")
            || has("Spin up environment")
            || has("Exited with code exit status")
        {
            Provider::CircleCi
        } else if has("zuul") && has(" | ") || has("PLAY RECAP") || has("TASK [") {
            Provider::Zuul
        } else {
            Provider::Plain
        }
    }

    /// Texts of which every mark of this provider contains one.
    pub(crate) fn literals(self) -> &'static [&'static str] {
        match self {
            Provider::GitHub => github::LITERALS,
            Provider::GitLab => gitlab::LITERALS,
            Provider::Travis => travis::LITERALS,
            Provider::Jenkins => jenkins::LITERALS,
            Provider::Azure => azure::LITERALS,
            Provider::Buildkite => buildkite::LITERALS,
            Provider::CircleCi => circleci::LITERALS,
            Provider::Zuul => zuul::LITERALS,
            Provider::Plain => plain::LITERALS,
        }
    }

    /// The time in nanoseconds since 1970-01-01T00:00:00Z that the provider has written into a mark
    /// of its own, if lines have none in front: GitLab's sections in seconds
    /// (`section_start:1700000000:name`), Buildkite's lines in milliseconds
    /// (`ESC _bk;t=1700000000000 BEL`).
    pub(crate) fn time_ns(self, raw: &[u8]) -> Option<i64> {
        let (digits, unit_ns) = match self {
            Provider::GitLab => {
                let section = behind(raw, "section_start:").or_else(|| behind(raw, "section_end:"));
                (section?, 1_000_000_000)
            }
            Provider::Buildkite => (behind(raw, "\x1b_bk;t=")?, 1_000_000),
            _ => return None,
        };
        let count = digits.iter().take_while(|byte| byte.is_ascii_digit());
        let digits = str::from_utf8(&digits[..count.count()]).ok()?;
        digits.parse::<i64>().ok()?.checked_mul(unit_ns)
    }

    /// What a line says, if it is the provider's own. `shown` is the visible text of `raw`.
    pub(crate) fn mark<'a>(self, raw: &'a [u8], shown: &'a [u8]) -> Option<Mark<'a>> {
        match self {
            Provider::GitHub => github::mark(raw, shown),
            Provider::GitLab => gitlab::mark(raw, shown),
            Provider::Travis => travis::mark(raw, shown),
            Provider::Jenkins => jenkins::mark(shown),
            Provider::Azure => azure::mark(raw, shown),
            Provider::Buildkite => buildkite::mark(shown),
            Provider::CircleCi => circleci::mark(shown),
            Provider::Zuul => zuul::mark(shown),
            Provider::Plain => plain::mark(shown),
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Provider::GitHub => "GitHub Actions",
            Provider::GitLab => "GitLab",
            Provider::Travis => "Travis CI",
            Provider::Jenkins => "Jenkins",
            Provider::Azure => "Azure Pipelines",
            Provider::Buildkite => "Buildkite",
            Provider::CircleCi => "CircleCI",
            Provider::Zuul => "Zuul",
            Provider::Plain => "plain",
        })
    }
}

/// The outcome that an exit status stands for; its first digits are at the start of `text`, after
/// quotes and spaces.
fn outcome_of(text: &[u8]) -> Option<Outcome> {
    let text = text.trim_ascii_start();
    let text = text.strip_prefix(b"'").unwrap_or(text);
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    match &text[..digits] {
        b"" => None,
        status if status.iter().all(|&digit| digit == b'0') => Some(Outcome::Success),
        _ => Some(Outcome::Failure),
    }
}

/// What follows the first `needle` in `text`.
fn behind<'a>(text: &'a [u8], needle: &str) -> Option<&'a [u8]> {
    memchr::memmem::find(text, needle.as_bytes()).map(|at| &text[at + needle.len()..])
}

#[cfg(test)]
mod tests;
