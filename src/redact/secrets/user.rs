//! Names of people in paths: `/home/NAME`, `/Users/NAME`, `C:\Users\NAME`. Only the name is a
//! secret. Accounts that machines have by themselves stay, and so do pages of a site.

use super::{
    SecretKind, SecretPart, SecretParts,
    word::{ends_with, is_word, run},
};

/// How long a name may be.
const NAME_BYTES_MAX: usize = 64;

/// Accounts that are nobody's.
const ACCOUNTS: [&[u8]; 26] = [
    b"runner",
    b"runneradmin",
    b"shared",
    b"public",
    b"default",
    b"default user",
    b"all users",
    b"guest",
    b"ubuntu",
    b"debian",
    b"centos",
    b"ec2-user",
    b"azureuser",
    b"vagrant",
    b"jenkins",
    b"circleci",
    b"gitlab-runner",
    b"vsts",
    b"vsts_azpcontainer",
    b"git",
    b"node",
    b"root",
    b"linuxbrew",
    b"containeradministrator",
    b"buildkite-agent",
    b"travis",
];

/// What may stand before `/home` in a path.
const ABOVE: [&[u8]; 8] = [
    b"/export",
    b"/var",
    b"/nfs",
    b"/mnt",
    b"/data",
    b"/usr",
    b"/host",
    b"/volumes/data",
];

pub(super) fn find(text: &[u8], parts: &mut SecretParts) {
    for slash in memchr::memchr_iter(b'/', text) {
        let rest = &text[slash + 1..];
        // Sites have pages below /users.
        let is_home = rest.starts_with(b"home/");
        let is_users = rest.starts_with(b"Users/");
        if !is_home && !is_users || !is_root(&text[..slash], is_users) {
            continue;
        }
        let at = slash + 1 + if is_home { 5 } else { 6 };
        let length = run(text, at, is_of_name).min(NAME_BYTES_MAX);
        let is_last = text.get(at + length) != Some(&b'/');
        let is_of_site = is_last && is_page(&text[at..at + length]) || is_asked_for(&text[..slash]);
        if !is_of_site {
            add(text, at, length, parts);
        }
    }
}

/// Finds names in paths of Windows. `line` is the line itself, because a path looks as if it had
/// escapes.
pub(in crate::redact) fn find_windows(line: &[u8], parts: &mut SecretParts) {
    for colon in memchr::memchr_iter(b':', line) {
        let is_drive = colon > 0
            && line[colon - 1].is_ascii_alphabetic()
            && (colon < 2
                || !line[colon - 2].is_ascii_alphabetic()
                || line[..colon - 1].ends_with(b"\\n"));
        if !is_drive {
            continue;
        }
        let is_separator = |byte: u8| matches!(byte, b'\\' | b'/');
        let first = colon + 1 + run(line, colon + 1, is_separator);
        let folders: [&[u8]; 2] = [b"users", b"documents and settings"];
        let folder = folders.iter().find(|folder| starts(&line[first..], folder));
        let Some(folder) = folder.filter(|_| first > colon + 1) else {
            continue;
        };
        let second = first + folder.len();
        let at = second + run(line, second, is_separator);
        if at == second {
            continue;
        }
        // A name may have spaces if a folder follows.
        let spaced = run(line, at, |byte| is_of_name(byte) || byte == b' ');
        let is_folder = spaced <= NAME_BYTES_MAX
            && line
                .get(at + spaced)
                .is_some_and(|byte| is_separator(*byte));
        let length = match is_folder {
            true => spaced,
            false => run(line, at, is_of_name),
        };
        add(line, at, length.min(NAME_BYTES_MAX), parts);
    }
}

fn add(text: &[u8], at: usize, length: usize, parts: &mut SecretParts) {
    let mut name = &text[at..at + length];
    while let [before @ .., b'.' | b' '] = name {
        name = before;
    }
    let is_account = ACCOUNTS
        .iter()
        .any(|account| name.eq_ignore_ascii_case(account));
    if !is_account && name.iter().any(u8::is_ascii_alphanumeric)
        || name.iter().any(|byte| *byte >= 0x80)
    {
        parts.add(SecretPart {
            kind: SecretKind::User,
            range: at..at + name.len(),
            name: name.to_vec(),
        });
    }
}

fn starts(text: &[u8], word: &[u8]) -> bool {
    text.len() >= word.len() && text[..word.len()].eq_ignore_ascii_case(word)
}

/// Returns whether a path may begin here, or one of the folders above `/home`. Behind a host it is
/// the path of a site.
fn is_root(before: &[u8], is_users: bool) -> bool {
    let begins = |before: &[u8]| match before {
        [.., b'/', b'/'] => before.ends_with(b"file://"),
        [.., byte] => !is_word(*byte) && !matches!(byte, b'.' | b'/' | b'~' | b'*' | b'}' | b')'),
        [] => true,
    };
    let above = ABOVE.iter().find(|above| ends_with(before, above));
    // Linux and Git for Windows have drives as folders.
    let drive = match before {
        [start @ .., b'/', letter] if is_users && letter.is_ascii_alphabetic() => Some(start),
        _ => None,
    };
    let drive = drive.map(|start| start.strip_suffix(b"/mnt").unwrap_or(start));
    begins(before)
        || above.is_some_and(|above| begins(&before[..before.len() - above.len()]))
        || drive.is_some_and(begins)
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'.' | b'_' | b'-' | b'+' | b'@' | b'~')
        || byte >= 0x80
}

/// Returns whether the last part of a path is the name of a page.
fn is_page(name: &[u8]) -> bool {
    [
        &b".html"[..],
        b".htm",
        b".php",
        b".js",
        b".css",
        b".json",
        b".png",
    ]
    .iter()
    .any(|ending| ends_with(name, ending))
}

/// Returns whether a path is that of a request.
fn is_asked_for(before: &[u8]) -> bool {
    [
        &b"GET "[..],
        b"POST ",
        b"PUT ",
        b"HEAD ",
        b"DELETE ",
        b"PATCH ",
        b"OPTIONS ",
    ]
    .iter()
    .any(|method| before.ends_with(method))
}
