//! `--redact`: what is printed goes through one redactor, results and messages alike.
//!
//! The redactor is a global variable, the only one of the program, because the streams that it
//! guards are global too: a message may come from anywhere, and must have the pseudonyms of the
//! results. It has a lock, because results are written by whichever worker has the next ones.

use std::{
    io::{self, BufWriter, Write},
    path::Path,
    sync::{Mutex, MutexGuard, PoisonError},
};

use anyhow::{Result, anyhow, bail};
use logscan::{
    Error, Reason,
    fields::FieldList,
    redact::{Markup, RedactKey, RedactOptions, RedactStream, Redactor},
};

use super::{args::RedactArgs, small_file, surroundings};

/// How long a file with a key may be, in bytes.
const KEY_BYTES_MAX: u64 = 64 << 10;

/// Short stretches are collected into writes of this size.
const COLLECTED_BYTES: usize = 64 << 10;

static REDACTION: Mutex<Option<Redaction>> = Mutex::new(None);

struct Redaction {
    redactor: Redactor,
    /// What went wrong when the end of an output was written, if anything did.
    failed: Option<io::Error>,
}

/// Begins to redact, if `args` ask for it.
pub(crate) fn begin(args: &RedactArgs) -> Result<()> {
    if !args.are_given() {
        return Ok(());
    }
    let options = RedactOptions {
        patterns: args.redact_regex.clone(),
        key: args.redact_key.as_deref().map(key).transpose()?,
    };
    let redactor = Redactor::new(&options).map_err(|why| anyhow!("--redact-regex: {why}"))?;
    *redaction() = Some(Redaction {
        redactor,
        failed: None,
    });
    Ok(())
}

/// Returns whether secrets are redacted, and a field with this name would be taken for one if it
/// stood beside its value.
pub(crate) fn knows_as_secret(name: &str) -> Result<bool> {
    if redaction().is_none() {
        return Ok(false);
    }
    // One of its own, so that no number is used up.
    let options = RedactOptions {
        patterns: Vec::new(),
        key: None,
    };
    let mut redactor = Redactor::new(&options).map_err(|why| anyhow!("{why}"))?;
    let line = format!("{name}=\"Zq7mW2xK9vB4tR8n\"");
    Ok(redactor.text(&line) != line)
}

/// Takes the examples from fields that would be taken for secrets: an example stands apart from the
/// name that tells what it is.
pub(crate) fn hide_examples(list: &mut FieldList) -> Result<()> {
    for field in &mut list.fields {
        if knows_as_secret(&field.name)? {
            field.examples = vec!["<redacted>".into()];
        }
    }
    Ok(())
}

/// Returns what should be known about secrets, at the end.
///
/// # Errors
/// The error with which the end of the results could not be written.
pub(crate) fn end() -> Result<Option<String>> {
    let mut redaction = redaction();
    let Some(redaction) = redaction.as_mut() else {
        return Ok(None);
    };
    if let Some(source) = redaction.failed.take() {
        return Err(Error::Write { source }.into());
    }
    Ok(match redaction.redactor.unnumbered() {
        0 => None,
        times => Some(format!(
            "too many secrets to tell all apart: {times} times a pseudonym has no number; --redact-key needs none"
        )),
    })
}

/// Returns a text with pseudonyms, if secrets are redacted.
pub(crate) fn text(text: &str) -> String {
    match redaction().as_mut() {
        Some(redaction) => redaction.redactor.text(text),
        None => text.to_owned(),
    }
}

/// Returns a writer of results. If secrets are redacted, `writer` gets pseudonyms.
pub(crate) fn guarded(writer: Box<dyn Write + Send>, markup: Markup) -> Box<dyn Write + Send> {
    match redaction().is_some() {
        true => Box::new(RedactedOutput {
            stream: RedactStream::new(markup),
            writer: BufWriter::with_capacity(COLLECTED_BYTES, writer),
            has_failed: false,
        }),
        false => writer,
    }
}

fn redaction() -> MutexGuard<'static, Option<Redaction>> {
    REDACTION.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the key that a flag gives, or names.
fn key(named: &str) -> Result<RedactKey> {
    let bytes = if let Some(path) = named.strip_prefix('@') {
        let bytes = small_file::read(Path::new(path), KEY_BYTES_MAX);
        let bytes =
            bytes.map_err(|why| anyhow!("--redact-key: cannot read {path}: {}", Reason(&why)))?;
        bytes.trim_ascii_end().to_vec()
    } else if let Some(name) = named.strip_prefix("env:") {
        surroundings::variable(name)
            .ok_or_else(|| anyhow!("--redact-key: there is no environment variable {name}"))?
            .into_encoded_bytes()
    } else {
        if Path::new(named).is_file() {
            bail!("--redact-key: {named} is a file; @{named} reads the key from it");
        }
        named.as_bytes().to_vec()
    };
    RedactKey::new(&bytes).ok_or_else(|| {
        anyhow!(
            "--redact-key: a key needs at least {} bytes, or it can be guessed; 'head -c 32 /dev/urandom | base64 > FILE' makes one, and @FILE names it",
            RedactKey::BYTES_MIN
        )
    })
}

/// Results on their way to the standard output.
struct RedactedOutput {
    stream: RedactStream,
    writer: BufWriter<Box<dyn Write + Send>>,
    has_failed: bool,
}

impl RedactedOutput {
    fn finish(&mut self) -> io::Result<()> {
        if let Some(redaction) = redaction().as_mut() {
            self.stream
                .finish(&mut redaction.redactor, &mut self.writer)?;
        }
        self.writer.flush()
    }
}

impl Write for RedactedOutput {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut redaction = redaction();
        let redaction = redaction
            .as_mut()
            .ok_or_else(|| io::Error::other("nothing is redacted"))?;
        let written = self
            .stream
            .push(&mut redaction.redactor, bytes, &mut self.writer)
            .and_then(|()| self.writer.flush());
        self.has_failed |= written.is_err();
        written.map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl Drop for RedactedOutput {
    /// Writes the line that has not ended. Whoever has failed to write has said so.
    fn drop(&mut self) {
        if self.has_failed {
            return;
        }
        if let Err(error) = self.finish()
            && let Some(redaction) = redaction().as_mut()
        {
            redaction.failed = Some(error);
        }
    }
}
