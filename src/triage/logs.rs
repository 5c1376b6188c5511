//! The logs of a build: files, folders, and archives such as the zip that GitHub offers for
//! download.
//!
//! They are opened as those of a search, in the same order. A triage looks at places of a log a
//! second time, so the text of a log that can be read only once is kept in memory, up to a limit:
//! that of a stream, of a member of an archive, of a log that is compressed or transformed.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    io::{self, Read},
    path::Path,
};

use crate::{
    error::Error,
    input::{
        ArchiveMember, ArchiveOptions, Archives, Buffers, Decoding, Format, InputOrigin, MemberUse,
        NoLog, OpenedInput, Opening, ReadError, ReadMode, Source,
        folder::{Files, LeftOut, Wanted, by_names, is_folder},
        inside_an_archive, name_in, too_many_files,
    },
    line::to_u64,
    scan::MAX_LINE_BYTES,
};

/// How much text of logs that can be read only once is kept in memory, for all together.
pub const MEMORY_BYTES_MAX: u64 = 256 << 20;

/// How many logs there may be. A folder, or a zip, that holds more files is not read.
pub const FILES_MAX: usize = 10_000;

/// How much text is read into memory in all, also of members for which there is no room there.
/// Members of a zip may overlap, so a small zip can hold ten thousand large ones.
const UNPACKED_BYTES_MAX: u64 = 4 * MEMORY_BYTES_MAX;

/// One log of a build.
#[derive(Debug)]
pub struct Log {
    /// Where it comes from. It is no stream.
    pub(crate) source: Source,
    /// The step or job that wrote it, if the build has several logs.
    pub(crate) step: Option<String>,
}

impl Log {
    /// Where it comes from.
    pub fn source(&self) -> &Source {
        &self.source
    }
}

/// How logs are opened. Plain data: the default is what a search does without flags.
#[derive(Clone, Debug, Default)]
pub struct LogOptions {
    /// The path by which regular files are read.
    pub mode: ReadMode,
    /// What is read of inputs that are no plain text. Archives are opened unless it is
    /// [`Decoding::Bytes`].
    pub decoding: Decoding,
    /// Whether files of folders and archives are read though they are no logs.
    pub any_file: bool,
    /// Which files of folders and archives are read.
    pub wanted: Wanted,
}

/// Logs that have been opened, and what has been left out.
#[derive(Debug, Default)]
pub struct Logs {
    /// Those of one build, in order.
    pub logs: Vec<Log>,
    /// Inputs that could not be read, or not whole.
    pub errors: Vec<Error>,
    /// How many files of folders and archives were left out because they are no logs.
    pub no_logs: BTreeMap<NoLog, u64>,
    /// What else was left out of folders.
    pub left_out: LeftOut,
    /// Members of archives that are wanted and were not found.
    pub missing: Vec<String>,
    options: LogOptions,
    /// How much is in memory.
    memory_bytes: u64,
    /// How much has been read into memory, also what did not stay there.
    read_bytes: u64,
}

impl Logs {
    /// None yet, to be opened with the default options.
    pub fn new() -> Logs {
        Logs::default()
    }

    /// None yet.
    pub fn with(options: LogOptions) -> Logs {
        Logs {
            missing: options.wanted.members.clone(),
            options,
            ..Logs::default()
        }
    }

    /// Opens a file, the files of a folder, the members of an archive, or with `-` the standard
    /// input.
    ///
    /// What cannot be read is in [`Logs::errors`]; the rest is there all the same.
    pub fn open(&mut self, path: &Path) {
        let opened = match is_folder(path) {
            true => self.open_folder(path),
            false => self.open_input(path, InputOrigin::Named, None),
        };
        self.errors.extend(opened.err());
    }

    /// Adds a log. If it can be read only once, its text is read into memory.
    ///
    /// # Errors
    /// [`Error::Read`] if the text cannot be read, or if all text in memory is more than
    /// [`MEMORY_BYTES_MAX`] bytes. [`Error::NotText`] if it is no plain text, or a page that a
    /// server sent in place of a log. [`Error::Open`] if there are [`FILES_MAX`] logs.
    pub fn add(&mut self, source: Source, step: Option<String>) -> Result<(), Error> {
        if self.logs.len() == FILES_MAX {
            return Err(too_many(source.path()));
        }
        let source = self.kept(source)?;
        self.logs.push(Log { source, step });
        Ok(())
    }

    /// Returns a source that can be read again.
    fn kept(&mut self, source: Source) -> Result<Source, Error> {
        let mut source = source;
        if !source.can_reread() {
            let path = source.path().to_owned();
            source = source.kept_by(|text| self.keep(&path, text.reader))?;
        }
        source.recognise(None)?;
        let is_page = || source.head().is_ok_and(|head| Format::is_web_page(&head));
        match self.options.decoding != Decoding::Bytes && is_page() {
            true => Err(Format::WebPage.error(source.path())),
            false => Ok(source),
        }
    }

    /// Reads to the end, if there is room for it.
    fn keep(&mut self, path: &Path, reader: impl Read) -> Result<Vec<u8>, Error> {
        let room = (MEMORY_BYTES_MAX - self.memory_bytes)
            .min(UNPACKED_BYTES_MAX.saturating_sub(self.read_bytes));
        let mut bytes = Vec::new();
        let read = reader.take(room + 1).read_to_end(&mut bytes);
        self.read_bytes += to_u64(bytes.len());
        if let Err(source) = read {
            let offset = to_u64(bytes.len());
            let error = ReadError { offset, source };
            // What could be decoded is looked at.
            match error.damage() {
                Some(_) => self.errors.push(error.of(path)),
                None => return Err(error.of(path)),
            }
        }
        if to_u64(bytes.len()) > room {
            return Err(Error::Read {
                path: path.into(),
                offset: room,
                source: io::Error::other(format!(
                    "what is read from front to back (streams, members of archives, compressed and transformed logs) is \
                     kept in memory, and all together has more than {} MiB; save its text to a file and name that",
                    MEMORY_BYTES_MAX >> 20
                )),
            });
        }
        self.memory_bytes += to_u64(bytes.len());
        Ok(bytes)
    }

    /// Opens one file. `name` is its name below a folder, if it was found in one.
    fn open_input(
        &mut self,
        path: &Path,
        origin: InputOrigin,
        name: Option<&str>,
    ) -> Result<(), Error> {
        let opening = Opening {
            mode: self.options.mode,
            decoding: self.options.decoding,
            small_bytes_max: None,
            leaves_out: !self.options.any_file,
            output: None,
            max_line_bytes: MAX_LINE_BYTES,
        };
        match opening.open(path, origin, &mut Buffers::default(), &mut 0)? {
            OpenedInput::Source(mut source) => {
                match self.options.decoding != Decoding::Bytes && source.is_archive(None) {
                    true => self.open_archive(source, name),
                    false => self.add(source, name.map(step_name)),
                }
            }
            OpenedInput::NoLog(kind) => {
                self.leave_out(kind);
                Ok(())
            }
            OpenedInput::Whole(..) | OpenedInput::Output => {
                unreachable!("no file is small, and none is refused")
            }
        }
    }

    fn leave_out(&mut self, kind: NoLog) {
        *self.no_logs.entry(kind).or_default() += 1;
    }

    fn open_folder(&mut self, folder: &Path) -> Result<(), Error> {
        let mut files = Files::below(folder, self.options.wanted.clone());
        let mut found = Vec::new();
        for file in files.by_ref() {
            match file {
                Ok(_) if found.len() == FILES_MAX => return Err(too_many(folder)),
                Ok(path) => {
                    let below = path.strip_prefix(folder).unwrap_or(&path);
                    let name = below.to_string_lossy().replace('\\', "/");
                    found.push((name, path));
                }
                Err(error) => self.errors.push(error),
            }
        }
        self.left_out.add(files.left_out());
        let jobs = JobsInSteps::of(found.iter().map(|(name, _)| name.as_str()));
        for (name, path) in found.iter().filter(|(name, _)| !jobs.repeat(name)) {
            let opened = self.open_input(path, InputOrigin::Found, Some(name));
            self.errors.extend(opened.err());
        }
        Ok(())
    }

    /// Opens the members of an archive, which has a name if it was found in a folder.
    fn open_archive(&mut self, source: Source, name: Option<&str>) -> Result<(), Error> {
        let path = source.path().to_owned();
        let wanted = self.options.wanted.clone();
        let wants = |archive: &Path, name: &Path| wanted.use_of_member(archive, name);
        let options = ArchiveOptions {
            decoding: self.options.decoding,
            small_bytes_max: None,
            leaves_out: !self.options.any_file,
            files_max: FILES_MAX,
            wants: &wants,
            stop: None,
        };
        let mut archives = Archives::open(source, options)?;
        // A job that is wanted without its steps says nothing twice.
        let listed = archives.listed().into_iter();
        let listed = listed.filter(|name| wants(&path, Path::new(name)) != MemberUse::Skipped);
        let mut members = BuildMembers::listed(&listed.collect::<Vec<_>>());
        while let Some(member) = archives.next() {
            Wanted::leave_missing(&mut self.missing, member.path());
            match member {
                ArchiveMember::Text(source) => {
                    if self.logs.len() + members.count() == FILES_MAX {
                        self.errors.push(too_many(&path));
                        break;
                    }
                    let name = name_in(&path, source.path());
                    self.memory_bytes -= members.begin(&name);
                    let is_whole =
                        members.jobs.repeat(&name) || self.add_member(source, &name, &mut members);
                    archives.go_on(is_whole);
                }
                ArchiveMember::LeftOut(_, kind) => self.leave_out(kind),
                ArchiveMember::Failed(_, error) => self.errors.push(error),
                ArchiveMember::Small(..) => unreachable!("no member is small"),
            }
        }
        let archive = name.map(step_name);
        self.logs.extend(members.into_logs(archive.as_deref()));
        Ok(())
    }

    /// Adds the text of a member to the others. Returns whether all of it could be read.
    fn add_member(&mut self, source: Source, name: &str, members: &mut BuildMembers) -> bool {
        let errors = self.errors.len();
        match self.kept(source) {
            Ok(source) => members.add(name, source),
            Err(error) => self.errors.push(inside_an_archive(error)),
        }
        self.errors.len() == errors
    }
}

fn too_many(path: &Path) -> Error {
    Error::Open {
        path: path.into(),
        source: too_many_files(FILES_MAX),
    }
}

/// The jobs whose steps are there too.
///
/// GitHub has a file for each job, `0_build.txt`, and one for each of its steps, `build/3_Run
/// tests.txt`. Where there are steps, the job says everything twice.
#[derive(Debug, Default)]
struct JobsInSteps(HashSet<String>);

impl JobsInSteps {
    /// Those of files with these names.
    fn of<'n>(names: impl Iterator<Item = &'n str>) -> JobsInSteps {
        JobsInSteps(names.filter_map(job_of_step).map(str::to_owned).collect())
    }

    /// Whether a file says what steps say.
    fn repeat(&self, name: &str) -> bool {
        !name.contains('/') && self.0.contains(&step_name(name))
    }
}

/// The job of which a file is a step.
fn job_of_step(name: &str) -> Option<&str> {
    let (job, file) = name.split_once('/')?;
    file.starts_with(|c: char| c.is_ascii_digit())
        .then_some(job)
}

/// The members of an archive that are logs of one build.
#[derive(Debug, Default)]
struct BuildMembers {
    /// Their names and texts, as they come. There is no text of a job whose steps came later.
    texts: Vec<(String, Option<Source>)>,
    /// Where the logs of jobs are among them.
    job_logs: HashMap<String, usize>,
    jobs: JobsInSteps,
    dropped: usize,
}

impl BuildMembers {
    /// None yet, of an archive that says that it has these members.
    fn listed(names: &[&str]) -> BuildMembers {
        BuildMembers {
            jobs: JobsInSteps::of(names.iter().copied()),
            ..BuildMembers::default()
        }
    }

    fn count(&self) -> usize {
        self.texts.len() - self.dropped
    }

    /// Notes that there is a member of this name. If it is the first step of a job whose log is
    /// here, that log is dropped. Returns how many bytes it had.
    fn begin(&mut self, name: &str) -> u64 {
        let job = job_of_step(name).filter(|&job| !self.jobs.0.contains(job));
        let Some(job) = job else { return 0 };
        self.jobs.0.insert(job.to_owned());
        let at = self.job_logs.remove(job);
        let text = at.and_then(|at| self.texts[at].1.take());
        self.dropped += usize::from(text.is_some());
        text.and_then(|text| text.length()).unwrap_or(0)
    }

    fn add(&mut self, name: &str, text: Source) {
        if !name.contains('/') {
            self.job_logs.insert(step_name(name), self.texts.len());
        }
        self.texts.push((name.to_owned(), Some(text)));
    }

    /// The logs, in the order of the files of a folder. A tar has its members in any order.
    fn into_logs(mut self, archive: Option<&str>) -> impl Iterator<Item = Log> {
        self.texts.sort_by(|(a, _), (b, _)| by_names(a, b));
        self.texts.into_iter().filter_map(move |(name, source)| {
            let names = archive.into_iter().map(str::to_owned);
            let names: Vec<String> = names.chain([step_name(&name)]).collect();
            Some(Log {
                source: source?,
                step: Some(names.join(" / ")),
            })
        })
    }
}

/// `build/3_Run tests.txt` is `build / Run tests`.
fn step_name(name: &str) -> String {
    let name = name
        .strip_suffix(".txt")
        .or_else(|| name.strip_suffix(".log"))
        .unwrap_or(name);
    let parts: Vec<&str> = name
        .split('/')
        .map(|part| match part.split_once('_') {
            Some((number, rest)) if number.bytes().all(|b| b.is_ascii_digit()) => rest,
            _ => part,
        })
        .collect();
    parts.join(" / ")
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::mutants::Mutator;

    #[test]
    fn steps_come_in_their_order_and_no_job_is_read_twice() {
        let names = [
            "0_build.txt",
            "1_lint.txt",
            "build/10_Post.txt",
            "build/2_Run tests.txt",
            "build/system.txt",
        ];
        let want = [
            "lint",
            "build / Run tests",
            "build / Post",
            "build / system",
        ];
        let members = names.map(|name| (name, &b"x\n"[..]));
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("build")).unwrap();
        for (name, bytes) in members {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let mut logs = Logs::new();
        logs.open(folder.path());
        assert_eq!(steps_of(&logs), want);
        // A tar has its members in any order, so a job may come before its steps or behind them.
        let mut members = Vec::from(members);
        for _ in 0..members.len() {
            members.rotate_left(1);
            for archive in [zip_of(&members), tar_of(&members)] {
                let logs = opened(&archive);
                assert_eq!(steps_of(&logs), want, "{:?}", logs.errors);
                assert_eq!(logs.memory_bytes, 8, "what was dropped takes no memory");
            }
        }
    }

    /// A zip with these members, as GitHub makes them.
    fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, bytes) in members {
            let options = zip::write::SimpleFileOptions::default();
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    /// A tar with these members.
    fn tar_of(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut tar = Vec::new();
        for (name, bytes) in members {
            let mut header = vec![0; 512];
            header[..name.len()].copy_from_slice(name.as_bytes());
            header[124..136].copy_from_slice(format!("{:011o}\0", bytes.len()).as_bytes());
            header[257..263].copy_from_slice(b"ustar\0");
            // While it is added up, the checksum counts as blanks.
            header[148..156].copy_from_slice(b"        ");
            let sum: u32 = header.iter().map(|&byte| u32::from(byte)).sum();
            header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
            tar.extend(header);
            tar.extend_from_slice(bytes);
            tar.resize(tar.len().next_multiple_of(512), 0);
        }
        tar.extend([0; 1024]);
        tar
    }

    fn steps_of(logs: &Logs) -> Vec<&str> {
        let steps = logs.logs.iter().map(|log| log.step.as_deref());
        steps.map(|step| step.unwrap_or("none")).collect()
    }

    /// Opens these bytes as a file.
    fn opened(bytes: &[u8]) -> Logs {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let mut logs = Logs::new();
        logs.open(file.path());
        for error in &logs.errors {
            let name = file.path().display().to_string();
            assert!(error.to_string().contains(&name), "{error}");
        }
        logs
    }

    /// The end of a directory with 64-bit numbers, which says that there are so many files.
    fn end_of_zip64(files: u64, directory_at: u64, at: u64) -> Vec<u8> {
        let mut end = b"PK\x06\x06".to_vec();
        end.extend(44_u64.to_le_bytes());
        end.extend([45, 0, 45, 0]);
        end.extend([0; 8]);
        end.extend(files.to_le_bytes());
        end.extend(files.to_le_bytes());
        end.extend(0_u64.to_le_bytes());
        end.extend(directory_at.to_le_bytes());
        end.extend(b"PK\x06\x07\0\0\0\0");
        end.extend(at.to_le_bytes());
        end.extend([1, 0, 0, 0]);
        end.extend(b"PK\x05\x06\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0");
        end
    }

    #[test]
    fn no_room_is_made_for_more_files_than_a_zip_may_have() {
        let whole = zip_of(&[("1_a.txt", b"error: x\n")]);
        let directory_at = whole.len() - 22 - 46 - "1_a.txt".len();
        let mut zip = whole[..whole.len() - 22].to_vec();
        let at = to_u64(zip.len());
        zip.extend(end_of_zip64(1, to_u64(directory_at), at));
        let logs = opened(&zip);
        assert_eq!(
            (logs.logs.len(), logs.errors.len()),
            (1, 0),
            "{:?}",
            logs.errors
        );
        // Before as many bytes as it says that it has files: that is believed.
        let mut zip = whole[..directory_at].to_vec();
        zip.resize(3 << 20, 0);
        let at = to_u64(zip.len());
        zip.extend(end_of_zip64(at, at, at));
        let logs = opened(&zip);
        assert_eq!(logs.logs.len(), 0);
        let error = logs.errors[0].to_string();
        assert!(error.contains("it holds more than 10000 files"), "{error}");
    }

    #[test]
    fn a_file_that_looks_like_thousands_of_zips_is_given_up() {
        // Each end names a directory at the start of the file, and none is there: it is looked for
        // up to the end.
        let mut zip = b"PK\x03\x04".to_vec();
        while zip.len() < 2 << 20 {
            zip.extend(b"PK\x05\x06\0\0\0\0\x01\0\x01\0\x2e\0\0\0\x04\0\0\0\0\0");
        }
        let logs = opened(&zip);
        let error = logs.errors[0].to_string();
        assert!(
            error.contains("more than 64 MiB have to be read"),
            "{error}"
        );
    }

    #[test]
    fn what_is_unpacked_in_vain_counts_too() {
        let mut logs = Logs::new();
        let zeros = |bytes: u64| io::repeat(0).take(bytes);
        let mut kept = 0;
        let mut read = 0;
        for _ in 0..20 {
            let before = logs.read_bytes;
            kept += usize::from(logs.keep("x".as_ref(), zeros(MEMORY_BYTES_MAX + 1)).is_ok());
            read += logs.read_bytes - before;
        }
        assert_eq!(kept, 0);
        assert!(read < UNPACKED_BYTES_MAX + 100, "{read}");
    }

    #[test]
    fn a_name_in_a_zip_leads_nowhere_else() {
        let zip = zip_of(&[
            ("/etc/1_a.txt", b"x\n"),
            ("../../2_b.txt", b"x\n"),
            ("C:\\3_c.txt", b"x\n"),
        ]);
        let logs = opened(&zip);
        assert_eq!(logs.logs.len(), 3, "{:?}", logs.errors);
        for log in &logs.logs {
            let name = log.source.path().display().to_string();
            let folder = std::env::temp_dir().display().to_string();
            assert!(name.starts_with(&folder), "{name}");
        }
    }

    #[test]
    fn many_jobs_and_many_steps_are_told_apart_in_one_pass() {
        let names: Vec<String> = (0..FILES_MAX)
            .map(|nth| match nth % 2 {
                0 => format!("{nth}_{}{nth}.txt", "a".repeat(1000)),
                _ => format!("{}{}/{nth}_x.txt", "a".repeat(1000), nth - 1),
            })
            .collect();
        let jobs = JobsInSteps::of(names.iter().map(String::as_str));
        let steps = names.iter().filter(|name| !jobs.repeat(name));
        assert_eq!(steps.count(), FILES_MAX / 2);
    }

    /// Zips that are nearly right: each is refused with its name, or its logs are there.
    #[test]
    fn mutants_of_zips_are_read_or_refused() {
        let lines = b"error: x\nfine\n".repeat(200);
        let samples = [
            zip_of(&[
                ("0_build.txt", &lines),
                ("build/1_Set up.txt", b"fine\n"),
                ("build/2_Test.txt", &lines),
            ]),
            zip_of(&[("a/b/c/d/e.log", b"x\n"), ("x.txt", b""), ("dir/", b"")]),
            zip_of(&[]),
        ];
        let mut mutator = Mutator::new(21);
        let (mut read, mut refused) = (0, 0);
        for _ in 0..1500 {
            let mut mutant = mutator.mutant(&samples);
            // Otherwise it would be a log by itself.
            mutant.splice(..mutant.len().min(4), *b"PK\x03\x04");
            let logs = opened(&mutant);
            read += usize::from(!logs.logs.is_empty());
            refused += usize::from(!logs.errors.is_empty());
            assert!(logs.memory_bytes <= MEMORY_BYTES_MAX);
            assert!(logs.logs.len() <= FILES_MAX);
        }
        assert!(read > 100 && refused > 100, "{read} {refused}");
    }
}
