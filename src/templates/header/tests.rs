//! Headers of many programs, in their styles, and plain text that has none.

use super::*;

#[track_caller]
fn check(line: &str, level: Option<Level>, component: &str, message: &str) {
    let header = Header::of(line.as_bytes());
    assert_eq!(&line[header.message_at..], message, "{header:?}");
    assert_eq!(header.level, level, "{line}");
    let got = header.component.map_or("", |at| &line[at]);
    assert_eq!(got, component, "{line}");
}

#[test]
fn headers_of_many_programs_are_told_from_messages() {
    use Level::{Debug, Error, Info, Warn};
    check(
        "081109 203615 148 INFO dfs.DataNode$PacketResponder: Sent 1",
        Some(Info),
        "dfs.DataNode$PacketResponder",
        "Sent 1",
    );
    check(
        "2015-10-18 18:01:47,978 INFO [main] a.b.MRAppMaster: Created",
        Some(Info),
        "a.b.MRAppMaster",
        "Created",
    );
    check(
        "17/06/09 20:10:40 WARN spark.Manager: Lost task",
        Some(Warn),
        "spark.Manager",
        "Lost task",
    );
    check(
        "2015-07-29 17:41:44,747 - INFO  [Quorum[my=1]/0:0:Fast@774] - Time out: 3",
        Some(Info),
        "",
        "Time out: 3",
    );
    check(
        "- 1117838570 2005.06.03 R02-M1-N0 2005-06-03-15.42.50.675872 R02-M1-N0 RAS KERNEL INFO cache error",
        Some(Info),
        "",
        "cache error",
    );
    check(
        "134681 node-246 unix.hw state.un 1077804742 1 Component is up",
        None,
        "",
        "Component is up",
    );
    check(
        "- 1131566461 2005.11.09 dn228 Nov 9 12:01:01 dn228/dn228 crond(pam)[2915]: session closed",
        None,
        "crond(pam)",
        "session closed",
    );
    check(
        "2016-09-28 04:30:30, Info                  CBS    Loaded it",
        Some(Info),
        "CBS",
        "Loaded it",
    );
    check(
        "Jun 14 15:16:01 combo sshd(pam_unix)[19939]: check pass",
        None,
        "sshd(pam_unix)",
        "check pass",
    );
    check(
        "03-17 16:13:38.811  1702  2395 D WindowManager: print it",
        Some(Debug),
        "WindowManager",
        "print it",
    );
    check(
        "20171223-22:15:29:606|Step_LSC|30002312|onStep 3579",
        None,
        "Step_LSC",
        "onStep 3579",
    );
    check(
        "[Sun Dec 04 04:47:44 2005] [error] mod_jk child 6",
        Some(Error),
        "",
        "mod_jk child 6",
    );
    check(
        "[10.30 16:49:06] chrome.exe *64 - host:80 open",
        None,
        "chrome.exe",
        "host:80 open",
    );
    check(
        "nova-api.log.1.2017-05-16_13:53:08 2017-05-16 00:00:00.008 25746 INFO nova.osapi [req-38 11 54 - - -] 10.11.10.1 GET",
        Some(Info),
        "nova.osapi",
        "10.11.10.1 GET",
    );
    check(
        "2020-03-11 20:40:43 CET::@:[12760]:LOG:  listening",
        None,
        "",
        "::@:[12760]:LOG:  listening",
    );
    check(
        "2024-01-02T03:04:05Z ERROR it broke",
        Some(Error),
        "",
        "it broke",
    );
    check(
        "[task 2025-02-13T21:43:43.222Z] 21:43:43     INFO -  make: Leaving",
        Some(Info),
        "",
        "make: Leaving",
    );
}

#[test]
fn plain_text_has_no_header() {
    for line in [
        "",
        "Connection closed by 10.0.0.1 [preauth]",
        "error: no such file",
        "Error while reading",
        "10.251.30.85:50010:Got exception",
        "total 5",
        "-",
        "[client 10.0.0.1] Directory index forbidden",
    ] {
        assert_eq!(Header::of(line.as_bytes()).message_at, 0, "{line}");
    }
}
