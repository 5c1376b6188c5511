//! The exported page in a real browser. It is skipped where there is no `chromium`, unless
//! `LOGSCAN_REQUIRE` names it.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use super::support::{Dir, require, wait};

/// Heights beyond this would be a page that has run away.
const HEIGHT_MAX: u32 = 20_000;

/// What the browser makes of a page: its elements after layout, and everything it logged.
struct Rendered {
    dom: String,
    log: String,
}

fn render(dir: &Dir, page: &str, width: u32) -> Rendered {
    let out = dir.path().join(format!("dom-{width}"));
    let log = dir.path().join(format!("log-{width}"));
    let mut child = Command::new("chromium")
        .args(["--headless=new", "--no-sandbox", "--disable-gpu"])
        .args([
            "--no-first-run",
            "--disable-dev-shm-usage",
            "--disable-extensions",
        ])
        .args(["--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}/profile", dir.path().display()))
        .arg(format!("--window-size={width},900"))
        .arg(url_of(&dir.path().join(page)))
        .stdin(Stdio::null())
        .stdout(fs::File::create(&out).expect("the temp directory is writable"))
        .stderr(fs::File::create(&log).expect("the temp directory is writable"))
        .spawn()
        .expect("require has found it");
    wait(&mut child);
    let read =
        |path: &Path| String::from_utf8_lossy(&fs::read(path).expect("just written")).into_owned();
    Rendered {
        dom: read(&out),
        log: read(&log),
    }
}

/// The address of a file, whatever its folder is called.
fn url_of(path: &Path) -> String {
    let mut url = String::from("file://");
    for &byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'_' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                url.push(char::from(byte));
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

/// A script that reports, in the page's title, what the layout gave: it is added to a copy of the
/// page, as the page itself needs none.
const PROBE: &str = "<script>
const box = document.documentElement.getBoundingClientRect();
const charts = [...document.querySelectorAll('svg[role=img]')];
const empty = charts.filter(chart => chart.getBoundingClientRect().width < 200 || chart.getBBox().height < 40).length;
const wide = document.documentElement.scrollWidth > window.innerWidth ? 1 : 0;
const dots = [...document.querySelectorAll('circle')];
const outside = dots.filter(dot => { const b = dot.getBoundingClientRect(); return b.left < 0 || b.right > window.innerWidth + 1; }).length;
// A line of a grid that goes through a label, by what the browser drew.
const boxes = chart => [...chart.querySelectorAll('text')].map(text => text.getBoundingClientRect());
const crosses = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom - 1 && b.top + 1 < a.bottom;
const crossed = charts.reduce((sum, chart) => sum + [...chart.querySelectorAll('.grid, .one')].filter(line =>
  boxes(chart).some(box => crosses(line.getBoundingClientRect(), box))).length, 0);
// Labels that touch each other.
const touching = charts.reduce((sum, chart) => sum + boxes(chart).filter((box, nth) =>
  boxes(chart).some((other, at) => at > nth && crosses(box, other))).length, 0);
document.title = `crossed=${crossed} touching=${touching} charts=${charts.length} empty=${empty} wide=${wide} outside=${outside} height=${Math.round(box.height)}`;
</script>";

#[test]
fn the_page_renders_on_a_screen_and_on_a_phone_without_an_error() {
    if !require("chromium") {
        return;
    }
    let dir = Dir::with_log("an ERROR\nnone\n".repeat(1000));
    let args = "compare --runs 6 --threads 1,2 ERROR log --export-html page.html";
    dir.logscan(args).output().code_is(0);
    let page = fs::read_to_string(dir.path().join("page.html")).expect("it was exported");
    dir.file(
        "probed.html",
        page.replace("</body>", &format!("{PROBE}</body>")),
    );
    for width in [1100, 390] {
        let rendered = render(&dir, "probed.html", width);
        let log = &rendered.log;
        assert!(!log.contains("CONSOLE"), "{width}: {log}");
        let title = rendered.dom.split("<title>").nth(1).unwrap_or_default();
        let title = title.split("</title>").next().unwrap_or_default();
        // The ratios; times, throughput and parts for each number of threads; the scaling.
        assert!(
            title.starts_with("crossed=0 touching=0 charts=8 empty=0 wide=0 outside=0 height="),
            "{width}: {title}\n{log}"
        );
        let height: u32 = title
            .rsplit('=')
            .next()
            .and_then(|text| text.parse().ok())
            .unwrap_or(0);
        assert!((1000..HEIGHT_MAX).contains(&height), "{width}: {title}");
    }
}

#[test]
fn the_page_of_hits_over_time_renders_on_a_screen_and_on_a_phone() {
    if !require("chromium") {
        return;
    }
    let dir = Dir::new();
    let line = |nth: u32| {
        let (hour, minute, second) = (nth / 360, nth / 6 % 60, nth % 6 * 10);
        let level = ["INFO", "WARN", "ERROR"]
            [usize::from(nth.is_multiple_of(7)) + usize::from(nth % 50 < 9)];
        format!("2026-11-20T{hour:02}:{minute:02}:{second:02}Z {level} {nth}\n")
    };
    // A day, but for three hours.
    let lines = (0..8640).filter(|nth| !(3000..4080).contains(nth));
    dir.file("log", lines.map(line).collect::<String>());
    for per in ["1s", "10m", "1h", "1d"] {
        let args = format!("--per {per} --format html --tz UTC -e ERROR -e WARN log");
        let page = dir.logscan(&args).output().text();
        fits(&dir, &page, 1);
    }
}

#[test]
fn the_page_of_a_triage_renders_on_a_screen_and_on_a_phone() {
    if !require("chromium") {
        return;
    }
    let dir = Dir::new();
    let long = "x".repeat(200);
    let mut log = String::new();
    for nth in 0..20 {
        log += &format!("2026-11-20T09:{nth:02}:00Z ##[group]Run {long} {nth}\n");
    }
    log += &format!("2026-11-20T09:20:00Z {long}/a.c:7:1: error: {long}\n");
    log += "2026-11-20T09:21:00Z ##[error]Process completed with exit code 1.\n";
    dir.file(&long, log);
    let args = format!("triage --format html {long}");
    let page = dir.logscan(&args).output().text();
    assert!(page.contains("<rect class=\"error\" x"), "{page}");
    fits(&dir, &page, 0);
}

#[test]
fn the_page_of_a_digest_renders_on_a_screen_and_on_a_phone_and_breaks_no_word() {
    if !require("chromium") {
        return;
    }
    let dir = Dir::new();
    let line = |nth: u32| {
        let level = match nth {
            5000 => "ERROR",
            nth if nth.is_multiple_of(50) => "WARN",
            _ => "INFO",
        };
        let (minute, second) = (nth / 600, nth / 10 % 60);
        let path = "path".repeat(usize::from(nth.is_multiple_of(3)) * 100);
        format!(
            "2026-11-20T10:{minute:02}:{second:02}Z {level} connection to database established {path}\n"
        )
    };
    dir.file("log", (0..10_000).map(line).collect::<String>());
    let page = dir.logscan("digest --format html log").output().text();
    fits(&dir, &page, 1);
    // How narrow the narrowest column of texts is, which the words above fit.
    let probe = "<script>document.title = 'narrow=' + [...document.querySelectorAll('td.text')]
        .filter(cell => cell.getBoundingClientRect().width < 200).length;</script>";
    dir.file(
        "words.html",
        page.replace("</body>", &format!("{probe}</body>")),
    );
    let rendered = render(&dir, "words.html", 390);
    assert!(
        rendered.dom.contains("<title>narrow=0</title>"),
        "{}",
        rendered.log
    );
}

/// Checks that a page with so many charts is no wider than a screen and a phone, and that the
/// browser has nothing to say about it.
#[track_caller]
fn fits(dir: &Dir, page: &str, charts: usize) {
    dir.file(
        "probed.html",
        page.replace("</body>", &format!("{PROBE}</body>")),
    );
    for width in [1100, 390] {
        let rendered = render(dir, "probed.html", width);
        let log = &rendered.log;
        assert!(!log.contains("CONSOLE"), "{width}: {log}");
        let title = rendered.dom.split("<title>").nth(1).unwrap_or_default();
        let title = title.split("</title>").next().unwrap_or_default();
        let want = format!("crossed=0 touching=0 charts={charts} empty=0 wide=0 outside=0 height=");
        assert!(title.starts_with(&want), "{width}: {title}\n{log}");
    }
}

#[test]
fn an_error_of_the_console_would_be_noticed() {
    if !require("chromium") {
        return;
    }
    let dir = Dir::new();
    dir.file(
        "bad.html",
        "<!DOCTYPE html><title>x</title><script>undefined_name()</script>",
    );
    let rendered = render(&dir, "bad.html", 1100);
    assert!(rendered.log.contains("CONSOLE"), "{}", rendered.log);
}
