//! The files that a report is exported to. They are opened before anything is measured: half a minute later is too late
//! to hear that a folder does not exist.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::PathBuf,
};

use anyhow::{Result, anyhow};
use logscan::{
    Reason,
    compare::{Report, report},
};

use super::args::ExportArgs;
use crate::cli::messages::say;

type Render = fn(&Report, &mut dyn Write) -> io::Result<()>;

/// The files that are wanted, open and empty.
pub(super) struct Exports(Vec<(PathBuf, File, Render)>);

/// Opens what `args` name. A file that exists is emptied only when the report is written.
pub(super) fn open(args: &ExportArgs) -> Result<Exports> {
    let wanted: [(&Option<PathBuf>, Render); 4] = [
        (&args.export_json, report::json),
        (&args.export_csv, report::csv),
        (&args.export_markdown, report::markdown),
        (&args.export_html, report::html),
    ];
    let mut open = Vec::new();
    for (path, render) in wanted {
        let Some(path) = path else { continue };
        let file = File::options()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|error| anyhow!("cannot write {}: {}", path.display(), Reason(&error)))?;
        open.push((path.clone(), file, render));
    }
    Ok(Exports(open))
}

impl Exports {
    /// Writes all of them, and says whether that went well.
    pub(super) fn write(self, report: &Report) -> bool {
        let mut is_well = true;
        for (path, file, render) in self.0 {
            let empty = match file.metadata() {
                // A pipe or a device has no length.
                Ok(metadata) if metadata.is_file() => file.set_len(0),
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            };
            let mut writer = BufWriter::new(file);
            let written = empty
                .and_then(|()| render(report, &mut writer))
                .and_then(|()| writer.flush());
            if let Err(error) = written {
                say(format!(
                    "cannot write {}: {}",
                    path.display(),
                    Reason(&error)
                ));
                is_well = false;
            }
        }
        is_well
    }
}
