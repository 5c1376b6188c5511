//! The folders to which the tools are limited.
//!
//! 1. A path with `..` is refused, whatever it means.
//! 2. All links in a path are followed before it is compared with the roots, so a link that leads
//!    out of a root is outside of it.
//! 3. Only regular files and folders are opened: to open a pipe or a device may wait or act. Below
//!    a folder, links are left out, and so are pipes and devices.
//!
//! Who may write to a root could put a link into the place of a file between the check and the
//! opening. Such a person could also write the file.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

use logscan::{Error, Name, Reason};

/// The folders, with all links in their paths followed.
#[derive(Clone, Debug)]
pub(super) struct Roots(Vec<PathBuf>);

/// What a tool reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wants {
    File,
    FileOrFolder,
}

impl Roots {
    /// Looks the folders up.
    ///
    /// # Errors
    /// [`Error::Open`] if one is not there or is no folder.
    pub(super) fn new(named: &[PathBuf]) -> Result<Roots, Error> {
        let root = |path: &PathBuf| {
            let found = fs::canonicalize(path).and_then(|root| match root.is_dir() {
                true => Ok(root),
                false => Err(io::Error::from(io::ErrorKind::NotADirectory)),
            });
            found.map_err(|source| Error::Open {
                path: path.clone(),
                source,
            })
        };
        named.iter().map(root).collect::<Result<_, _>>().map(Roots)
    }

    /// Returns the folders as text for people.
    pub(super) fn names(&self) -> String {
        let names: Vec<String> = self.0.iter().map(|root| Name(root).to_string()).collect();
        names.join(", ")
    }

    /// Returns the file or folder that a client means by `path`. A relative path starts at the first
    /// root in which there is such a file.
    ///
    /// # Errors
    /// Why it is not read, for people.
    pub(super) fn resolve(&self, path: &str, wants: Wants) -> Result<PathBuf, String> {
        let name = Name(Path::new(path)).to_string();
        let asked = Path::new(path);
        if path.is_empty() || path.contains('\0') {
            return Err("a path is empty or has a NUL character".into());
        }
        if asked.components().any(|part| part == Component::ParentDir) {
            return Err(format!("{name}: paths with .. are not read"));
        }
        let mut found = Err(io::Error::from(io::ErrorKind::NotFound));
        for root in &self.0 {
            // An absolute path takes the place of the root.
            found = fs::canonicalize(root.join(asked));
            if found.is_ok() {
                break;
            }
        }
        // Whether a file outside is there is nobody's business.
        let outside = || {
            format!(
                "{name}: it is not below a folder that this server may read: {}",
                self.names()
            )
        };
        let is_below = |path: &Path| self.0.iter().any(|root| path.starts_with(root));
        let found = match found {
            Ok(found) if is_below(&found) => found,
            Ok(_) => return Err(outside()),
            Err(_) if asked.is_absolute() && !is_below(asked) => return Err(outside()),
            Err(error) => return Err(format!("cannot open {name}: {}", Reason(&error))),
        };
        let kind = fs::metadata(&found)
            .map_err(|error| format!("cannot open {name}: {}", Reason(&error)))?;
        match wants {
            _ if kind.is_file() => Ok(found),
            Wants::FileOrFolder if kind.is_dir() => Ok(found),
            Wants::File if kind.is_dir() => Err(format!("{name} is a folder; name one file in it")),
            Wants::File | Wants::FileOrFolder => {
                Err(format!("{name} is neither a regular file nor a folder"))
            }
        }
    }
}
