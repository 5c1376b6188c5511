//! Opens the files to which a report is exported. They are opened before anything is measured,
//! because half a minute later is too late to hear that a folder does not exist.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use anyhow::{Result, anyhow};
use logscan::{
    FileId, Reason,
    compare::{Report, report},
};

use super::args::ExportArgs;
use crate::cli::messages::say;

type RenderReport = fn(&Report, &mut dyn Write) -> io::Result<()>;

/// The files that are wanted, open. If there is no report to write, files that did not exist before
/// are removed again.
pub(super) struct Exports(Vec<Export>);

struct Export {
    path: PathBuf,
    file: File,
    render: RenderReport,
    is_new: bool,
}

/// Opens the files that `args` name. A file that exists is emptied only when the report is written.
/// If a file is the `log` itself, that is an error.
pub(super) fn open(args: &ExportArgs, log: &Path) -> Result<Exports> {
    let wanted: [(&Option<PathBuf>, RenderReport); 4] = [
        (&args.export_json, report::json),
        (&args.export_csv, report::csv),
        (&args.export_markdown, report::markdown),
        (&args.export_html, report::html),
    ];
    // If the log does not exist, this is reported when it is opened.
    let log = FileId::of_path(log).ok();
    let mut exports = Exports(Vec::new());
    for (path, render) in wanted {
        let Some(path) = path else { continue };
        let cannot = |reason: String| anyhow!("cannot write {}: {reason}", path.display());
        if path == Path::new("-") {
            return Err(cannot(
                "standard output is for the report as text; name a file (./- is one)".into(),
            ));
        }
        let (file, is_new) = open_file(path).map_err(|error| cannot(Reason(&error).to_string()))?;
        let failed = |error: io::Error| cannot(Reason(&error).to_string());
        let id = FileId::of(&file).map_err(failed)?;
        let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
        if log == Some(id) {
            return Err(cannot(
                "it is the file that is measured; name another".into(),
            ));
        }
        let is_taken =
            |other: &Export| is_file && FileId::of(&other.file).is_ok_and(|other| other == id);
        if exports.0.iter().any(is_taken) {
            return Err(cannot(
                "another export goes there; name a file for each".into(),
            ));
        }
        exports.0.push(Export {
            path: path.clone(),
            file,
            render,
            is_new,
        });
    }
    Ok(exports)
}

/// Opens a file. Returns it, and whether it is new.
fn open_file(path: &Path) -> io::Result<(File, bool)> {
    match File::options().write(true).create_new(true).open(path) {
        Ok(file) => Ok((file, true)),
        // A link that leads nowhere exists too, so its file may still have to be created.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map(|file| (file, false)),
        Err(error) => Err(error),
    }
}

impl Exports {
    /// Writes all exports. Returns whether that went well.
    pub(super) fn write(mut self, report: &Report) -> bool {
        let mut is_well = true;
        for export in self.0.drain(..) {
            if let Err(error) = export.write(report) {
                say(format!(
                    "cannot write {}: {}",
                    export.path.display(),
                    Reason(&error)
                ));
                is_well = false;
            }
        }
        is_well
    }
}

impl Export {
    fn write(&self, report: &Report) -> io::Result<()> {
        // A pipe or a device has no length.
        if self
            .file
            .metadata()
            .is_ok_and(|metadata| metadata.is_file())
        {
            self.file.set_len(0)?;
        }
        let mut writer = BufWriter::new(&self.file);
        (self.render)(report, &mut writer)?;
        writer.flush()
    }
}

impl Drop for Exports {
    fn drop(&mut self) {
        for export in self.0.iter().filter(|export| export.is_new) {
            // Nothing was written. If the empty file cannot be removed, nobody can be told.
            drop(fs::remove_file(&export.path));
        }
    }
}
