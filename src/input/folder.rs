//! Lists the files below a folder, in an order that depends only on their names.
//!
//! # The order
//! Names are compared part by part, so that all files of one folder stay together. They are
//! compared as people count: `app.log.2` comes before `app.log.10`. Where two names differ, the
//! digits around that place are compared as numbers. Everything else is compared as bytes. Names
//! that differ only in zeros before a number, as `1` and `01`, are in the order of their bytes.
//!
//! A folder is read and sorted when its turn comes, and not the whole tree before. So the first
//! file is known at once. One sorted listing is kept for each folder on the way down to the file in
//! hand, with about 200 bytes for each name in it.
//!
//! # What is left out
//! Links, files that a filter excludes, and what cannot be searched. Pipes, sockets and devices are
//! not opened. File systems that the kernel makes up, as `/proc`, are not entered.
//! [`Files::left_out`] says how many there are of each, so that nothing is left out silently.

use std::{
    cmp::Ordering,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use globset::{GlobBuilder, GlobMatcher};
use walkdir::{DirEntry, WalkDir};

use super::archive::{MemberUse, is_inside, use_of_member};
use crate::{
    error::{Error, Name},
    sys::{self, FileId},
};

/// File systems that the kernel makes up. There are no logs in them. Some of their files have no
/// end, and reading some of them has effects.
const MADE_UP: &[&str] = &[
    "autofs",
    "binfmt_misc",
    "bpf",
    "cgroup",
    "cgroup2",
    "configfs",
    "debugfs",
    "devpts",
    "efivarfs",
    "fusectl",
    "mqueue",
    "nsfs",
    "proc",
    "pstore",
    "rpc_pipefs",
    "securityfs",
    "selinuxfs",
    "sysfs",
    "tracefs",
];

/// What is done with symbolic links in a folder. The folder that is named may itself be one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Links {
    /// Links are left out.
    #[default]
    LeftOut,
    /// Links stand for what they lead to.
    Followed,
}

/// Which files of a folder are wanted. Plain data: the default wants all.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// What is done with symbolic links.
    pub links: Links,
    /// How many names a path below the folder may have. 1 stands for the folder's own files.
    pub depth_max: Option<usize>,
    /// If there are any of these globs, a file must match one of them.
    pub include: Vec<Glob>,
    /// A file must match none of these globs.
    pub exclude: Vec<Glob>,
    /// A folder must match none of these globs.
    pub exclude_folders: Vec<Glob>,
    /// Rules as for ripgrep's `--glob`: the last rule that matches decides. A file that no rule
    /// matches is wanted, unless there is a rule that chooses files.
    pub rules: Vec<GlobRule>,
    /// Members of archives that are wanted: `ARCHIVE!MEMBER`, as messages name them. If one is an
    /// archive itself, all of its members are. Of an archive with a member here no other is wanted.
    pub members: Vec<String>,
}

/// A pattern for names, as in `*.log`, `app-{a,b}.log.[0-9]` and `nginx/**/*.log`.
///
/// A glob without a slash is compared with the last name of a path. A glob with slashes is compared
/// with as many names at the end of the path as it has itself.
#[derive(Clone, Debug)]
pub struct Glob {
    matcher: GlobMatcher,
    of: GlobPart,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum GlobPart {
    Name,
    Path,
}

/// A [`Glob`] that chooses the files that it matches. With a `!` before it, it leaves them out.
#[derive(Clone, Debug)]
pub struct GlobRule {
    glob: Glob,
    chooses: bool,
}

impl Glob {
    /// Reads a pattern. A slash at its end means nothing.
    ///
    /// # Errors
    /// A text for people that says what is wrong with the pattern.
    pub fn new(text: &str) -> Result<Glob, String> {
        let text = text.trim_end_matches('/');
        let of = match text.contains('/') {
            true => GlobPart::Path,
            false => GlobPart::Name,
        };
        let whole = match (of, text.strip_prefix('/')) {
            (GlobPart::Name, _) => text.to_owned(),
            (GlobPart::Path, Some(below)) => format!("**/{below}"),
            (GlobPart::Path, None) => format!("**/{text}"),
        };
        let glob = GlobBuilder::new(&whole).literal_separator(true).build();
        glob.map(|glob| Glob {
            matcher: glob.compile_matcher(),
            of,
        })
        .map_err(|error| error.kind().to_string())
    }

    fn matches(&self, entry: &DirEntry) -> bool {
        match self.of {
            GlobPart::Name => self.matcher.is_match(entry.file_name()),
            GlobPart::Path => self.matcher.is_match(entry.path()),
        }
    }

    fn matches_name(&self, name: &Path) -> bool {
        match self.of {
            GlobPart::Name => self.matcher.is_match(name.file_name().unwrap_or_default()),
            GlobPart::Path => self.matcher.is_match(name),
        }
    }
}

impl GlobRule {
    /// Reads a pattern, with a `!` before it or without.
    ///
    /// # Errors
    /// A text for people that says what is wrong with the pattern.
    pub fn new(text: &str) -> Result<GlobRule, String> {
        let (text, chooses) = match text.strip_prefix('!') {
            Some(text) => (text, false),
            None => (text, true),
        };
        Glob::new(text).map(|glob| GlobRule { glob, chooses })
    }
}

impl Wanted {
    /// Leaves those members of archives that were named and are neither `path` nor what it is in.
    ///
    /// ```
    /// use logscan::folder::Wanted;
    /// let mut missing = vec!["a.zip!b.tar".to_owned(), "a.zip!c.log".to_owned()];
    /// Wanted::leave_missing(&mut missing, "a.zip!b.tar!d.log".as_ref());
    /// assert_eq!(missing, ["a.zip!c.log"]);
    /// ```
    pub fn leave_missing(members: &mut Vec<String>, path: &Path) {
        if !members.is_empty() {
            let name = Name(path).to_string();
            members.retain(|member| *member != name && !is_inside(&name, member));
        }
    }

    fn has_file(&self, entry: &DirEntry) -> bool {
        self.has_what(&|glob| glob.matches(entry))
    }

    /// Returns whether a folder is entered. It is, unless something speaks against it: rules that
    /// choose, choose files only.
    fn has_folder(&self, entry: &DirEntry) -> bool {
        self.enters_what(&|glob| glob.matches(entry))
    }

    /// Returns what is done with a member of an archive, by its name there.
    pub(crate) fn use_of_member(&self, archive: &Path, name: &Path) -> MemberUse {
        match self.has_member(name) {
            true => use_of_member(&self.members, archive, name),
            false => MemberUse::Skipped,
        }
    }

    fn has_member(&self, name: &Path) -> bool {
        let mut folders = name.ancestors().skip(1);
        self.has_what(&|glob| glob.matches_name(name))
            && folders.all(|folder| self.enters_what(&|glob| glob.matches_name(folder)))
    }

    /// Returns whether a file is wanted. `matches` tells which globs match it.
    fn has_what(&self, matches: &dyn Fn(&Glob) -> bool) -> bool {
        (self.include.is_empty() || self.include.iter().any(matches))
            && !self.exclude.iter().any(matches)
            && self
                .rule_for(matches)
                .unwrap_or_else(|| !self.rules.iter().any(|rule| rule.chooses))
    }

    /// Returns whether a folder is entered. `matches` tells which globs match it.
    fn enters_what(&self, matches: &dyn Fn(&Glob) -> bool) -> bool {
        !self.exclude_folders.iter().any(matches) && self.rule_for(matches).unwrap_or(true)
    }

    /// Returns what the last rule that matches says.
    fn rule_for(&self, matches: &dyn Fn(&Glob) -> bool) -> Option<bool> {
        let mut rules = self.rules.iter().rev();
        rules
            .find(|rule| matches(&rule.glob))
            .map(|rule| rule.chooses)
    }
}

/// What was not listed, apart from what the filters left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LeftOut {
    /// Symbolic links.
    pub links: CountedPaths,
    /// Pipes, sockets and devices.
    pub special: CountedPaths,
    /// Folders of file systems that the kernel makes up.
    pub made_up: CountedPaths,
    /// Links that lead back to a folder above them.
    pub loops: CountedPaths,
}

/// A number of paths, and the first of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CountedPaths {
    /// How many paths there are.
    pub count: u64,
    /// The first path.
    pub first: Option<PathBuf>,
}

impl LeftOut {
    /// Adds what was left out elsewhere.
    pub fn add(&mut self, other: &LeftOut) {
        let LeftOut {
            links,
            special,
            made_up,
            loops,
        } = other;
        self.links.add_all(links);
        self.special.add_all(special);
        self.made_up.add_all(made_up);
        self.loops.add_all(loops);
    }
}

impl CountedPaths {
    fn add_all(&mut self, other: &CountedPaths) {
        self.count += other.count;
        if self.first.is_none() {
            self.first.clone_from(&other.first);
        }
    }

    /// Counts another path.
    pub fn add(&mut self, path: &Path) {
        self.count += 1;
        self.first.get_or_insert_with(|| path.into());
    }
}

/// The files below a folder, in order. A file that cannot be listed is an error in its place.
pub struct Files {
    walk: walkdir::IntoIter,
    /// Whether nothing of the folder is listed.
    is_over: bool,
    wanted: Wanted,
    left_out: LeftOut,
    /// The file systems of the folders on the way down, by their depth.
    devices: Vec<Option<u64>>,
}

impl std::fmt::Debug for Files {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Files")
            .field("wanted", &self.wanted)
            .field("left_out", &self.left_out)
            .finish_non_exhaustive()
    }
}

/// Returns whether a folder lies on a file system that the kernel makes up.
fn is_on_made_up(folder: &Path) -> bool {
    File::open(folder)
        .ok()
        .and_then(|folder| sys::file_system(&folder))
        .is_some_and(|kind| MADE_UP.contains(&&*kind))
}

impl Files {
    /// Creates the list of the files below `folder` that are `wanted`. Nothing is read yet.
    pub fn below(folder: &Path, wanted: Wanted) -> Files {
        let walk = WalkDir::new(folder)
            .min_depth(1)
            .max_depth(wanted.depth_max.unwrap_or(usize::MAX))
            .follow_links(wanted.links == Links::Followed)
            .sort_by(|a, b| {
                natural(
                    a.file_name().as_encoded_bytes(),
                    b.file_name().as_encoded_bytes(),
                )
            });
        // Some files of such a file system never end, and reading others takes away what they hold.
        let is_over = is_on_made_up(folder);
        let mut left_out = LeftOut::default();
        if is_over {
            left_out.made_up.add(folder);
        }
        Files {
            walk: walk.into_iter(),
            is_over,
            wanted,
            left_out,
            devices: vec![device_of(folder)],
        }
    }

    /// Returns what was left out so far.
    pub fn left_out(&self) -> &LeftOut {
        &self.left_out
    }

    /// Returns the path of an entry, if it is a file that is wanted.
    fn take(&mut self, entry: DirEntry) -> Option<PathBuf> {
        let kind = entry.file_type();
        if kind.is_dir() {
            if !self.wanted.has_folder(&entry) {
                self.walk.skip_current_dir();
            } else if self.is_made_up(&entry) {
                self.left_out.made_up.add(entry.path());
                self.walk.skip_current_dir();
            }
            return None;
        }
        if !self.wanted.has_file(&entry) {
            return None;
        }
        if kind.is_file() {
            return Some(entry.into_path());
        }
        match kind.is_symlink() {
            true => self.left_out.links.add(entry.path()),
            false => self.left_out.special.add(entry.path()),
        }
        None
    }

    /// Returns whether a folder is the first of a file system that the kernel makes up.
    fn is_made_up(&mut self, entry: &DirEntry) -> bool {
        let depth = entry.depth();
        let device = device_of(entry.path());
        self.devices.truncate(depth);
        let is_another = device.is_some() && self.devices.last() != Some(&device);
        self.devices.push(device);
        is_another && is_on_made_up(entry.path())
    }

    fn error(&mut self, error: &walkdir::Error) -> Option<Error> {
        let path = error.path().unwrap_or(Path::new(""));
        if error.loop_ancestor().is_some() {
            self.left_out.loops.add(path);
            return None;
        }
        let source = match error.io_error() {
            Some(source) => match source.raw_os_error() {
                Some(code) => io::Error::from_raw_os_error(code),
                None => io::Error::new(source.kind(), source.to_string()),
            },
            None => io::Error::other(error.to_string()),
        };
        Some(Error::Open {
            path: path.into(),
            source,
        })
    }
}

impl Iterator for Files {
    type Item = Result<PathBuf, Error>;

    fn next(&mut self) -> Option<Result<PathBuf, Error>> {
        if self.is_over {
            return None;
        }
        // The walker takes 0 for 1.
        if self.wanted.depth_max == Some(0) {
            return None;
        }
        loop {
            match self.walk.next()? {
                Ok(entry) => {
                    if let Some(path) = self.take(entry) {
                        return Some(Ok(path));
                    }
                }
                Err(error) => {
                    if let Some(error) = self.error(&error) {
                        return Some(Err(error));
                    }
                }
            }
        }
    }
}

fn device_of(folder: &Path) -> Option<u64> {
    FileId::of_path(folder).ok().map(|id| id.numbers()[0])
}

/// Returns whether `path` leads to a folder.
pub fn is_folder(path: &Path) -> bool {
    // `-` is the standard input, even if there is a folder of that name.
    path != Path::new("-") && fs::metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// Compares two paths below a folder, with slashes in them, as the files of folders are listed.
#[cfg(feature = "archives")]
pub(crate) fn by_names(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('/'), b.split('/'));
    loop {
        match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => return Ordering::Less,
            (Some(_), None) => return Ordering::Greater,
            (Some(a), Some(b)) => match natural(a.as_bytes(), b.as_bytes()) {
                Ordering::Equal => {}
                differ => return differ,
            },
        }
    }
}

/// Compares two names as people count.
///
/// Where the names differ for the first time, the digits at that place are compared as numbers,
/// including the digits directly before it. If the numbers are equal, the comparison goes on behind
/// them.
fn natural(a: &[u8], b: &[u8]) -> Ordering {
    let (mut i, mut j) = (0, 0);
    loop {
        let same = a[i..]
            .iter()
            .zip(&b[j..])
            .take_while(|(a, b)| a == b)
            .count();
        let (x, y) = (i + same, j + same);
        let digits_before = a[i..x]
            .iter()
            .rev()
            .take_while(|a| a.is_ascii_digit())
            .count();
        let (m, n) = (
            digits(&a[x - digits_before..]),
            digits(&b[y - digits_before..]),
        );
        if m.is_empty() || n.is_empty() {
            return a.get(x).cmp(&b.get(y)).then_with(|| a.cmp(b));
        }
        match number(m).cmp(&number(n)) {
            Ordering::Equal => {
                i = x - digits_before + m.len();
                j = y - digits_before + n.len();
            }
            differ => return differ,
        }
    }
}

/// Returns the digits that `text` begins with.
fn digits(text: &[u8]) -> &[u8] {
    let length = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    &text[..length]
}

/// Returns the key that orders numbers of any length: how many digits they have, and the digits.
fn number(digits: &[u8]) -> (usize, &[u8]) {
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    let significant = &digits[zeros..];
    (significant.len(), significant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_the_order_in_which_people_count() {
        let in_order = [
            "",
            ".hidden",
            "1",
            "02",
            "2",
            "02a",
            "2a",
            "10",
            "99999999999999999999998",
            "99999999999999999999999",
            "A",
            "a",
            "a.log",
            "a1b2",
            "a1b10",
            "a01c",
            "a1c",
            "a2",
            "a10",
            "app.log",
            "app.log.1",
            "app.log.2",
            "app.log.2.gz",
            "app.log.10",
            "app.log.1x",
            "b",
            "\u{fc}",
        ];
        // One name moves: 1x is 1, then x, so it comes before 2.
        let mut want = in_order.to_vec();
        let moved = want.remove(24);
        want.insert(21, moved);
        for (i, a) in want.iter().enumerate() {
            for (j, b) in want.iter().enumerate() {
                let got = natural(a.as_bytes(), b.as_bytes());
                assert_eq!(got, i.cmp(&j), "{a:?} {b:?}");
            }
        }
    }

    /// Creates a folder with empty files of these names.
    fn folder(names: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        folder
    }

    #[track_caller]
    fn check(folder: &tempfile::TempDir, wanted: Wanted, want: &[&str]) {
        let files = Files::below(folder.path(), wanted);
        let got: Vec<String> = files
            .map(|path| {
                let path = path.unwrap();
                let below = path.strip_prefix(folder.path()).unwrap();
                below.to_str().unwrap().replace('\\', "/")
            })
            .collect();
        assert_eq!(got, want);
    }

    fn globs(texts: &[&str]) -> Vec<Glob> {
        texts.iter().map(|text| Glob::new(text).unwrap()).collect()
    }

    fn rules(texts: &[&str]) -> Wanted {
        Wanted {
            rules: texts
                .iter()
                .map(|text| GlobRule::new(text).unwrap())
                .collect(),
            ..Wanted::default()
        }
    }

    const NAMES: &[&str] = &[
        ".hid/x.log",
        "app.log",
        "app.log.2",
        "app.log.10",
        "nginx/access.log",
        "nginx/old/error.log",
        "z.txt",
    ];

    #[test]
    fn what_lies_in_a_folder_stays_together() {
        let folder = folder(&["a/b", "a.log", "a-b", "a/2", "a/10", "b"]);
        let want = ["a/2", "a/10", "a/b", "a-b", "a.log", "b"];
        check(&folder, Wanted::default(), &want);
    }

    #[test]
    fn globs_choose_files_by_their_names_or_by_the_end_of_their_paths() {
        let folder = folder(NAMES);
        check(&folder, Wanted::default(), NAMES);
        let include = |texts| Wanted {
            include: globs(texts),
            ..Wanted::default()
        };
        check(
            &folder,
            include(&["*.txt", "app*"]),
            &NAMES[1..4]
                .iter()
                .chain(&NAMES[6..])
                .copied()
                .collect::<Vec<_>>(),
        );
        check(&folder, include(&["nginx/*.log"]), &["nginx/access.log"]);
        check(&folder, include(&["nginx/**"]), &NAMES[4..6]);
        check(&folder, include(&["{z,y}.tx?"]), &["z.txt"]);
        let without = Wanted {
            exclude: globs(&["app.log*", "old/error.log"]),
            exclude_folders: globs(&[".hid/"]),
            ..Wanted::default()
        };
        check(&folder, without, &["nginx/access.log", "z.txt"]);
        let depth = |depth_max| Wanted {
            depth_max: Some(depth_max),
            ..Wanted::default()
        };
        check(&folder, depth(0), &[]);
        check(
            &folder,
            depth(1),
            &["app.log", "app.log.2", "app.log.10", "z.txt"],
        );
        check(&folder, depth(2), &[&NAMES[..5], &NAMES[6..]].concat());
    }

    #[test]
    fn the_last_rule_that_matches_decides() {
        let folder = folder(NAMES);
        check(&folder, rules(&["*.txt"]), &["z.txt"]);
        check(
            &folder,
            rules(&["!*.log", "!.hid", "!*.10"]),
            &["app.log.2", "z.txt"],
        );
        check(&folder, rules(&["!app*", "app.log"]), &["app.log"]);
        check(
            &folder,
            rules(&["app*", "!app.log"]),
            &["app.log.2", "app.log.10"],
        );
        check(
            &folder,
            rules(&["!nginx", "!app.*"]),
            &[".hid/x.log", "z.txt"],
        );
        assert!(Glob::new("a[").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_counted_or_followed_and_loops_are_noticed() {
        use std::os::unix::fs::symlink;
        let folder = folder(&["a/x", "b"]);
        let path = folder.path();
        symlink("..", path.join("a/up")).unwrap();
        symlink("../b", path.join("a/to-b")).unwrap();
        symlink("a", path.join("to-a")).unwrap();
        check(&folder, Wanted::default(), &["a/x", "b"]);
        let mut files = Files::below(path, Wanted::default());
        assert_eq!(files.by_ref().count(), 2);
        assert_eq!(files.left_out().links.count, 3);
        assert_eq!(files.left_out().links.first, Some(path.join("a/to-b")));
        let followed = || Wanted {
            links: Links::Followed,
            ..Wanted::default()
        };
        check(
            &folder,
            followed(),
            &["a/to-b", "a/x", "b", "to-a/to-b", "to-a/x"],
        );
        let mut files = Files::below(path, followed());
        assert_eq!(files.by_ref().count(), 5);
        assert_eq!(files.left_out().loops.count, 2);
    }
}
