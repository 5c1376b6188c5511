//! Headers of many programs, learned from a few lines, and plain text that has none.

use super::*;
use crate::record::Level;

/// Learns from `log` and checks what its last line is said to be.
#[track_caller]
fn check(log: &str, level: Option<Level>, component: &str, message: &str) {
    let forms = LineForms::of_sample(log.as_bytes());
    let line = log.lines().last().unwrap();
    let header = forms.header(line.as_bytes());
    assert_eq!(&line[header.message_at..], message, "{forms:?}");
    assert_eq!(header.level, level, "{line}");
    let got = header.component.map_or("", |at| &line[at]);
    assert_eq!(got, component, "{line}");
}

#[test]
fn the_names_of_threads_may_have_blanks() {
    check(
        "2026-11-20 14:02:05,123 INFO [main] app.Disk: started\n\
         2026-11-20 14:02:06,001 WARN [Event Dispatcher] app.Net: slow\n\
         2026-11-20 14:02:06,002 ERROR [IPC handler 4 on 8020] app.Disk: 5 % free\n",
        Some(Level::Error),
        "app.Disk",
        "5 % free",
    );
}

#[test]
fn context_in_brackets_may_be_missing_or_empty() {
    for last in ["[alice] disk full", "[] disk full", "disk full"] {
        let log = format!(
            "2026-11-20 14:02:05 INFO [alice] started\n\
             2026-11-20 14:02:05 INFO [] stopped\n\
             2026-11-20 14:02:06 INFO net is up\n\
             2026-11-20 14:02:06 INFO [bob] started\n\
             2026-11-20 14:02:06 WARN {last}\n"
        );
        check(&log, Some(Level::Warn), "", "disk full");
    }
}

#[test]
fn a_host_and_a_program_stand_before_a_colon() {
    check(
        "Nov 20 14:02:05 web1 sshd(pam_unix)[19939]: session opened\n\
         Nov 20 14:02:05 web1 kernel: disk 3 failed\n\
         Nov 20 14:02:06 web1 su[71]: session closed\n",
        None,
        "su",
        "session closed",
    );
    check(
        "<34>Nov 20 14:02:05 web1 su[71]: a\n<35>Nov 20 14:02:06 web1 su[72]: b c\n",
        Some(Level::Error),
        "su",
        "b c",
    );
}

#[test]
fn levels_are_words_letters_or_parts() {
    for (line, level) in [
        ("[14:02:05 ERR] failed", Level::Error),
        (
            "E1120 14:02:05.123456    71 disk.cc:31] failed",
            Level::Error,
        ),
        (
            "[2026-11-20 14:02:05] production.ERROR: failed",
            Level::Error,
        ),
        ("11-20 14:02:05.123 W/disk( 71): failed", Level::Warn),
        ("[14:02:05] [Server thread/WARN]: failed", Level::Warn),
        ("[    12.345678] (EE) failed", Level::Error),
        ("error: failed", Level::Error),
    ] {
        let forms = LineForms::of_sample(format!("{line}\n{line}\n").as_bytes());
        let header = forms.header(line.as_bytes());
        assert_eq!(header.level, Some(level), "{line}");
        assert_eq!(&line[header.message_at..], "failed", "{line}");
    }
}

#[test]
fn what_wraps_a_line_is_header_and_so_is_the_header_inside() {
    check(
        "2026-11-20T14:02:05.123456789Z stdout F 14:02:05 INFO started\n\
         2026-11-20T14:02:06.123456789Z stderr F 14:02:06 WARN slow\n",
        Some(Level::Warn),
        "",
        "slow",
    );
    check("web-1  | a\nweb-2  | b\ndb-1   | c d\n", None, "", "c d");
}

#[test]
fn a_level_counts_though_no_other_line_has_one() {
    check(
        "a b c\nd e f\ng h\nERROR: no disk\n",
        Some(Level::Error),
        "",
        "no disk",
    );
    check(
        "a b c\nd e f\ng h\n[warn] no disk\n",
        Some(Level::Warn),
        "",
        "no disk",
    );
}

#[test]
fn plain_text_has_no_header() {
    for line in [
        "",
        "Connection closed by 10.0.0.1 [preauth]",
        "Error while reading",
        "10.251.30.85:50010:Got exception",
        "total 5",
        "-",
        "[client 10.0.0.1] Directory index forbidden",
        "job 1 started at 10:00:05 as planned",
        "no error today, all is fine",
    ] {
        assert_eq!(Header::of(line.as_bytes()).message_at, 0, "{line}");
        let forms = LineForms::of_sample(format!("{line}\n{line}\n{line}\n{line}\n").as_bytes());
        assert_eq!(
            forms.header(line.as_bytes()).message_at,
            0,
            "{line} {forms:?}"
        );
    }
}

#[test]
fn a_line_that_goes_on_otherwise_behind_its_time_has_a_header_with_that_time() {
    let forms = LineForms::of_sample(
        b"2026-11-20 14:02:05 [main] INFO shop.Api - a\n\
          2026-11-20 14:02:06 [pool-1] WARN shop.Db - b\n\
          2026-11-20 14:02:07 [main] INFO shop.Api - c\n",
    );
    let line = b"2026-11-20 14:02:08 stopped by signal 15";
    let header = forms.header(line);
    assert_eq!(header.time, Some(0..19));
    assert_eq!(&line[header.message_at..], b"stopped by signal 15");
}

#[test]
fn what_a_collector_writes_before_lines_is_no_part_of_them() {
    let log = "\
web-1    | 2026-11-20 14:02:05,120  INFO [main] shop.Cart: started
db-1     | 2026-11-20 14:02:05.200 UTC [33] LOG:  ready
cache-1  | 1:M 20 Nov 2026 14:02:05.300 * saving
db-1     | 2026-11-20 14:02:06.200 UTC [34] LOG:  stopped
web-1    | 2026-11-20 14:02:06,120  WARN [http-1] shop.Cart: slow
cache-1  | 1:M 20 Nov 2026 14:02:06.300 # full
";
    let (db, cache) = (
        "db-1     | 2026-11-20 14:02:07.200 UTC [35] FATAL:  a b",
        "cache-1  | 7:M 20 Nov 2026 14:02:07.300 # no more memory",
    );
    check(&format!("{log}{db}\n"), Some(Level::Fatal), "", "a b");
    check(&format!("{log}{cache}\n"), None, "", "no more memory");
}

#[test]
fn columns_of_a_table_are_no_prefix() {
    check(
        "2026-11-20 14:02:05\tINFO\tshop\tstarted\n\
         2026-11-20 14:02:06\tINFO\tshop\tstopped a\n\
         2026-11-20 14:02:07\tWARN\tcart\tdisk b\n\
         2026-11-20 14:02:08\tERROR\tcart\tdisk full\n",
        Some(Level::Error),
        "cart",
        "disk full",
    );
}

#[test]
fn a_letter_behind_a_number_and_its_colon_is_no_first_word() {
    check(
        "39993:M 09 Mar 2026 07:59:00.120 # connection 14 closed\n\
         19461:C 09 Mar 2026 07:59:00.360 * cannot open right door\n\
         19461:M 09 Mar 2026 07:59:00.361 - connection 91 closed\n\
         61186:S 09 Mar 2026 07:59:00.362 . queue is full\n",
        None,
        "",
        "queue is full",
    );
}

#[test]
fn a_connection_in_brackets_may_stand_behind_a_thread() {
    let log = "Mar  9 07:58:59 node04 charon: 01[IKE] connection 44 closed\n\
         Mar  9 07:58:59 node01 charon: 13[IKE] <conn1|2> cannot open the door\n\
         Mar  9 07:58:59 node08 charon: 15[NET] queue has 562 items\n\
         Mar  9 07:58:59 node04 charon: 13[IKE] <conn1|4> connection 76 closed\n\
         Mar  9 07:58:59 node01 charon: 09[IKE] <conn2|5> queue is full\n";
    check(log, None, "charon", "queue is full");
}
