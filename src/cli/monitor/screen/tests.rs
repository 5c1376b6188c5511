//! Screens, line by line.

use super::*;

fn shot(status: Status) -> Snapshot {
    Snapshot {
        name: "huge.log".into(),
        search: "'ERROR'".into(),
        process_id: 4711,
        begun_wall_ns: 0,
        status,
        exit_status: None,
        inputs: 1,
        inputs_done: 0,
        bytes_total: 4_000_000_000,
        bytes_done: 1_000_000_000,
        hits: 12_345,
        lines: 0,
        notes: 0,
        lanes: vec![600_000_000, 400_000_000],
        input_for: Duration::from_secs(2),
        silent_for: Duration::ZERO,
        saved: None,
    }
}

fn ended(status: Status, exit_status: u8) -> Snapshot {
    Snapshot {
        bytes_done: 4_000_000_000,
        exit_status: Some(exit_status),
        ..shot(status)
    }
}

#[track_caller]
fn check_line(shot: &Snapshot, want: &str) {
    assert_eq!(line("b".as_ref(), shot, &Pace::default()), want);
}

#[test]
fn a_line_says_how_far_a_scan_is_and_how_it_ended() {
    check_line(
        &shot(Status::Running),
        "b: running, process 4711, 25.0 % of 4.00 GB, 500.00 MB/s, ETA 00:00:06, 12,345 hits (6,172/s)",
    );
    check_line(
        &ended(Status::Finished, 0),
        "b: finished, exit status 0, 4.00 GB, 2.00 GB/s, in 2.00 s, 12,345 hits",
    );
    check_line(
        &shot(Status::Crashed),
        "b: crashed: process 4711 was killed, 25.0 % of 4.00 GB, 500.00 MB/s, in 2.00 s, 12,345 hits",
    );
    check_line(
        &Snapshot {
            silent_for: Duration::from_secs(75),
            ..shot(Status::Stalled)
        },
        "b: stalled: process 4711 has done nothing for 00:01:15; it is stopped, or waits for its input or for a \
         reader, 25.0 % of 4.00 GB, 500.00 MB/s, 12,345 hits",
    );
    let stream = Snapshot {
        bytes_total: 0,
        hits: 1,
        ..shot(Status::Running)
    };
    check_line(
        &stream,
        "b: running, process 4711, 1.00 GB, 500.00 MB/s, 1 hit (0/s)",
    );
}

fn drawn(shot: Snapshot, columns: usize, rows: usize) -> Vec<String> {
    let mut pace = Pace::default();
    pace.add(&shot);
    draw(
        &[("b".into(), shot)],
        &[pace],
        Size { columns, rows },
        ScreenStyle::Plain,
    )
}

#[test]
fn a_screen_has_a_bar_and_one_for_each_worker() {
    let lines = drawn(shot(Status::Running), 100, 24);
    let want = [
        "huge.log  'ERROR'",
        "  running, process 4711",
        "  ████████························  25.0 % of 4.00 GB  500.00 MB/s  ETA 00:00:06",
        "  12,345 hits (6,172/s)",
        "  worker 0 ████████████████████████████████  300.00 MB/s",
        "  worker 1 █████████████████████▎··········  200.00 MB/s",
    ];
    assert_eq!(lines, want);
}

#[test]
fn several_boards_are_told_apart_by_their_names() {
    let snapshots = [
        ("a.board".into(), ended(Status::Finished, 1)),
        ("b.board".into(), ended(Status::Failed, 2)),
    ];
    let paces = [Pace::default(), Pace::default()];
    let size = Size {
        columns: 80,
        rows: 24,
    };
    let lines = draw(&snapshots, &paces, size, ScreenStyle::Colored);
    let heads: Vec<&str> = lines.iter().map(String::as_str).take(3).collect();
    assert_eq!(
        heads,
        [
            "a.board",
            "huge.log  'ERROR'",
            "  \x1b[1mfinished, exit status 1\x1b[m"
        ]
    );
    assert_eq!(lines[5..7], ["", "b.board"]);
}

#[test]
fn a_screen_is_never_wider_or_higher_than_the_terminal() {
    for columns in [40, 60, 80] {
        for rows in [2, 5, 24] {
            let lanes = vec![1; 100];
            let many = Snapshot {
                lanes,
                name: "x".repeat(300),
                ..shot(Status::Stalled)
            };
            let lines = drawn(many, columns, rows);
            assert!(lines.len() < rows, "{lines:?}");
            assert!(
                lines.iter().all(|line| line.chars().count() <= columns),
                "{lines:?}"
            );
        }
    }
    let lines = drawn(
        Snapshot {
            lanes: vec![1_000_000; 100],
            ..shot(Status::Running)
        },
        80,
        24,
    );
    assert_eq!(lines.last().unwrap(), "  93 more workers: 46.50 MB/s");
}

#[test]
fn nothing_on_a_board_acts_on_the_terminal() {
    let active = Snapshot {
        name: "a\x1b[2J\nb\x07".into(),
        search: "'\u{9b}2J\t'".into(),
        ..shot(Status::Running)
    };
    let lines = drawn(active, 80, 24);
    assert_eq!(lines[0], "a\\x1b[2J?b\\x07  '\\x9b2J?'");
}

#[test]
fn speeds_are_those_of_late() {
    let mut pace = Pace::default();
    let begun = Instant::now();
    let at = |seconds: u64, bytes_done: u64| {
        let shot = Snapshot {
            bytes_done,
            hits: bytes_done / 1_000_000,
            ..shot(Status::Running)
        };
        (begun + Duration::from_secs(seconds), shot)
    };
    for (time, shot) in [at(0, 0), at(10, 1_000_000_000), at(11, 1_200_000_000)] {
        pace.add_at(time, &shot);
    }
    let (_, now) = at(11, 1_200_000_000);
    let speeds = pace.speeds(&now);
    assert!((speeds.bytes - 2e8).abs() < 1.0, "{}", speeds.bytes);
    assert!((speeds.hits - 200.0).abs() < 0.1, "{}", speeds.hits);
    // The next input begins at 0.
    let (time, next) = at(12, 100);
    pace.add_at(time, &next);
    assert_eq!(pace.samples.len(), 1);
}

#[test]
fn the_next_screen_is_drawn_over_the_last() {
    let lines = ["a".to_string(), "b".to_string()];
    assert_eq!(over(&lines, 0), "\r\x1b[Ka\n\r\x1b[Kb\n\x1b[J");
    assert_eq!(over(&lines, 3), "\x1b[3A\r\x1b[Ka\n\r\x1b[Kb\n\x1b[J");
}
