//! Records of many programs, with the lines that begin them.

use super::*;

/// What each log is of, and its lines: `>` stands before those that begin a record, `.` before the
/// others.
const LOGS: [(&str, &str); 21] = [
    (
        "journald, as it exports entries",
        "\
>__CURSOR=s=9f2;i=1;b=7c1;m=3a0;t=660b5b066d458;x=1f
.__REALTIME_TIMESTAMP=1795183325140056
.PRIORITY=6
.MESSAGE=started
.
>__CURSOR=s=9f2;i=2;b=7c1;m=3a1;t=660b5b07486fc;x=2f
.__REALTIME_TIMESTAMP=1795183326037756
.MESSAGE=stopped
.",
    ),
    (
        "Java, logback",
        "\
>2026-11-20 14:02:05,123 INFO  [main] c.s.Shop - started in 5 s
>2026-11-20 14:02:06,001 ERROR [http-3] c.s.Orders - order 17 failed
.java.lang.IllegalStateException: order 17 is closed
.\tat c.s.Orders.close(Orders.java:51)
.\tat c.s.Api.post(Api.java:12)
.Caused by: java.sql.SQLTimeoutException: timed out after 3000 ms
.\t... 2 more
>2026-11-20 14:02:07,000 WARN  [http-3] c.s.Orders - retry 1",
    ),
    (
        "Java, Spring Boot",
        "\
>2026-11-20T14:02:05.120Z  INFO 4711 --- [           main] com.shop.App   : Started App
>2026-11-20T14:02:06.120Z ERROR 4711 --- [nio-8080-exec-1] c.s.web.Errors : Servlet.service() threw
.
.org.spring.dao.DataAccessException: no row
.\tat org.spring.Jdbc.query(Jdbc.java:9) ~[spring-jdbc.jar:6.1]
>2026-11-20T14:02:07.120Z  INFO 4711 --- [nio-8080-exec-2] com.shop.App   : order 18",
    ),
    (
        "Java, java.util.logging",
        "\
>Nov 20, 2026 2:02:05 PM com.shop.Main run
.INFO: started
>Nov 20, 2026 2:02:06 PM com.shop.Main stop
.SEVERE: stopped
.java.io.IOException: broken pipe
.\tat com.shop.Main.stop(Main.java:8)",
    ),
    (
        "Python, logging",
        "\
>2026-11-20 14:02:05,123 - shop.api - INFO - listening on port 80
>2026-11-20 14:02:06,123 - shop.api - ERROR - request failed
.Traceback (most recent call last):
.  File \"/srv/shop/api.py\", line 12, in post
.    close(order)
.ValueError: order 17 is closed
.
.During handling of the above exception, another exception occurred:
.
.Traceback (most recent call last):
.  File \"/srv/shop/api.py\", line 19, in post
.RuntimeError: gave up
>2026-11-20 14:02:07,123 - shop.db - INFO - closed",
    ),
    (
        "Python, basic format",
        "\
>INFO:root:starting
>ERROR:shop.db:query failed
.Traceback (most recent call last):
.  File \"db.py\", line 3, in query
.KeyError: 'id'
>WARNING:shop.db:retrying
>INFO:root:stopped",
    ),
    (
        "Python, Django",
        "\
>[20/Nov/2026 14:02:05] \"GET /cart HTTP/1.1\" 200 512
>[20/Nov/2026 14:02:06] ERROR Internal Server Error: /cart/
.Traceback (most recent call last):
.  File \"views.py\", line 7, in cart
.TypeError: unsupported operand
>[20/Nov/2026 14:02:06] \"GET /cart/ HTTP/1.1\" 500 12",
    ),
    (
        "Go, standard log with a panic",
        "\
>2026/11/20 14:02:05 main.go:31: listening
>2026/11/20 14:02:06 http: panic serving 10.0.0.7:51020: boom
.goroutine 18 [running]:
.net/http.(*conn).serve.func1()
.\t/usr/local/go/src/net/http/server.go:1868 +0xb9
.main.handler({0x1, 0x2})
.\t/srv/shop/main.go:14 +0x1d
>2026/11/20 14:02:07 main.go:40: stopped",
    ),
    (
        "Go, klog",
        "\
>I1120 14:02:05.120000       1 server.go:91] starting
>E1120 14:02:06.120000       1 runtime.go:77] Observed a panic: nil map
.goroutine 1 [running]:
.main.main()
.\t/go/src/main.go:8
>W1120 14:02:07.120000       1 server.go:95] restarting",
    ),
    (
        "Rust, tracing and a panic",
        "\
>2026-11-20T14:02:05.123456Z  INFO shop::api: listening
>2026-11-20T14:02:06.123456Z ERROR shop::db: query failed
.thread 'main' panicked at src/main.rs:4:5:
.index out of bounds: the len is 1 but the index is 2
.stack backtrace:
.   0: rust_begin_unwind
.             at /rustc/std/src/panicking.rs:647:5
.note: run with `RUST_BACKTRACE=full` for a verbose backtrace.
>2026-11-20T14:02:07.123456Z  INFO shop::api: stopped",
    ),
    (
        "Rust, env_logger",
        "\
>[2026-11-20T14:02:05Z INFO  shop] listening
>[2026-11-20T14:02:06Z ERROR shop::db] query failed
.Error: no rows
.
.Caused by:
.    connection closed
>[2026-11-20T14:02:07Z INFO  shop] stopped",
    ),
    (
        "C#, Serilog",
        "\
>[14:02:05 INF] Now listening on: http://localhost:5000
>[14:02:06 ERR] An unhandled exception has occurred
.System.InvalidOperationException: Sequence contains no elements
.   at System.Linq.Enumerable.First[T](IEnumerable`1 source)
.   at Shop.Cart.Total() in /src/Cart.cs:line 12
.--- End of stack trace from previous location ---
.   at Shop.Api.Get() in /src/Api.cs:line 9
>[14:02:07 INF] Application is shutting down",
    ),
    (
        "C#, NLog",
        "\
>2026-11-20 14:02:05.1234|INFO|Shop.Program|started
>2026-11-20 14:02:06.1234|ERROR|Shop.Cart|failed
.System.NullReferenceException: Object reference not set
.   at Shop.Cart.Add(Item item)
>2026-11-20 14:02:07.1234|INFO|Shop.Program|stopped",
    ),
    (
        "Node, winston",
        "\
>2026-11-20T14:02:05.123Z info: listening on 3000
>2026-11-20T14:02:06.123Z error: request failed
.TypeError: Cannot read properties of undefined (reading 'id')
.    at post (/srv/shop/api.js:12:9)
.    at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {
.  code: 'E_ID'
.}
>2026-11-20T14:02:07.123Z info: closed",
    ),
    (
        "Ruby, Rails",
        "\
>I, [2026-11-20T14:02:05.120000 #36770]  INFO -- : Started GET \"/cart\"
>F, [2026-11-20T14:02:06.120000 #36770] FATAL -- : ActionView::Template::Error (nil):
.    1: <h1>Cart</h1>
.
.app/views/cart.erb:2:in `total'
>I, [2026-11-20T14:02:07.120000 #36770]  INFO -- : Completed 500",
    ),
    (
        "PHP, error log",
        "\
>[20-Nov-2026 14:02:05 UTC] PHP Notice:  Undefined index: id in /srv/cart.php on line 7
>[20-Nov-2026 14:02:06 UTC] PHP Fatal error:  Uncaught Exception: no in /srv/cart.php:9
.Stack trace:
.#0 /srv/index.php(3): cart()
.#1 {main}
.  thrown in /srv/cart.php on line 9
>[20-Nov-2026 14:02:07 UTC] PHP Notice:  Undefined index: id in /srv/cart.php on line 7",
    ),
    (
        "PHP, Laravel",
        "\
>[2026-11-20 14:02:05] production.INFO: started
>[2026-11-20 14:02:06] production.ERROR: no cart {\"exception\":\"[object] (Exception(code: 0)
.[stacktrace]
.#0 /srv/app/Http/Cart.php(31): total()
.#1 {main}
.\"}
>[2026-11-20 14:02:07] production.INFO: stopped",
    ),
    (
        "SQL, PostgreSQL",
        "\
>2026-11-20 14:02:05.123 UTC [71] LOG:  statement: SELECT id,
.\t       total
.\tFROM orders
.\tWHERE id = 5
>2026-11-20 14:02:06.123 UTC [71] ERROR:  relation \"order\" does not exist at character 15
>2026-11-20 14:02:06.123 UTC [71] STATEMENT:  SELECT *
.\tFROM order
>2026-11-20 14:02:07.123 UTC [72] LOG:  checkpoint starting: time",
    ),
    (
        "SQL, slow queries of MySQL",
        "\
>2026-11-20T14:02:05.123456Z 12 Query\tSELECT id
.FROM orders
.WHERE id = 5
>2026-11-20T14:02:06.123456Z 12 Query\tUPDATE orders
.SET total = 7
>2026-11-20T14:02:07.123456Z 12 Quit\t",
    ),
    (
        "JSON over several lines",
        "\
>2026-11-20 14:02:05 INFO request body
.{
.  \"id\": 5,
.  \"items\": [
.    {\"id\": 7}
.  ]
.}
>2026-11-20 14:02:06 INFO request body
.{
.  \"id\": 6
.}
>2026-11-20 14:02:07 INFO done",
    ),
    (
        "JSON, one object a line",
        "\
>{\"ts\":\"2026-11-20T14:02:05Z\",\"level\":\"info\",\"msg\":\"started\"}
>{\"ts\":\"2026-11-20T14:02:06Z\",\"level\":\"error\",\"msg\":\"failed\",\"stack\":\"a\\n  at b\"}
>{\"ts\":\"2026-11-20T14:02:07Z\",\"level\":\"info\",\"msg\":\"stopped\"}",
    ),
];

/// Checks where the records of all logs begin, of which each line stands behind what `wrap` makes of
/// its number.
#[track_caller]
fn check(wrap: impl Fn(usize) -> String) {
    let (mut right, mut said, mut wanted) = (0_u32, 0_u32, 0_u32);
    let mut wrong = String::new();
    for (name, log) in LOGS {
        if !wrap(0).is_empty() && name.starts_with("journald") {
            // Nobody collects such an export.
            continue;
        }
        let lines: Vec<(bool, String)> = (log.lines().enumerate())
            .map(|(nth, line)| (line.starts_with('>'), wrap(nth) + &line[1..]))
            .collect();
        let starts = RecordStart::learn(lines.iter().map(|(_, line)| line.as_bytes()));
        for (is_wanted, line) in &lines {
            let is_start = starts.is_start(line.as_bytes());
            right += u32::from(is_start && *is_wanted);
            said += u32::from(is_start);
            wanted += u32::from(*is_wanted);
            if is_start != *is_wanted {
                wrong += &format!("{name}: {line}\n");
            }
        }
    }
    let f1 = f64::from(2 * right) / f64::from(said + wanted);
    assert!(f1 >= 0.99, "{f1:.3}\n{wrong}");
}

#[test]
fn records_of_many_programs_begin_where_they_do() {
    check(|_| String::new());
}

#[test]
fn records_behind_the_prefix_of_a_collector_begin_where_they_do() {
    check(|nth| format!("web-{}      | ", nth % 3));
    check(|nth| format!("[pod/web-{}/app] ", nth % 3));
}

#[test]
fn each_container_may_have_headers_of_its_own() {
    let lines = [
        "web-1    | 2026-11-20T14:02:05.120Z  INFO [main] shop.Cart: started",
        "db-1     | 2026-11-20 14:02:05.200 UTC [33] LOG:  checkpoint complete: wrote 3 buffers",
        "cache-1  | 1:M 20 Nov 2026 14:02:05.300 * Background saving started by pid 17",
        "proxy-1  | 10.0.0.7 - - [20/Nov/2026:14:02:05 +0000] \"GET /items/7 HTTP/1.1\" 200 512",
        "queue-1  | {\"ts\":\"2026-11-20T14:02:05Z\",\"level\":\"info\",\"msg\":\"started\"}",
    ];
    let log: Vec<&[u8]> = lines
        .iter()
        .map(|line| line.as_bytes())
        .cycle()
        .take(200)
        .collect();
    let starts = RecordStart::learn(log.iter().copied());
    for line in lines {
        assert!(starts.is_start(line.as_bytes()), "{line}");
    }
    for line in [
        "web-1    | \tat shop.Cart.add(Cart.java:7)",
        "db-1     |   WHERE id = 7",
    ] {
        assert!(!starts.is_start(line.as_bytes()), "{line}");
    }
}

#[test]
fn every_line_is_a_record_where_nothing_is_learned() {
    let starts = RecordStart::learn([&b"a"[..], b"  b"].into_iter());
    assert!(starts.is_start(b"a") && starts.is_start(b"  b"));
}

#[test]
fn lines_that_are_json_objects_are_not_joined_where_many_are() {
    let log = "{\"a\":1}\n2026-11-20 14:02:05 INFO a\n{\"a\":2}\n2026-11-20 14:02:06 INFO b\n  c";
    let starts = RecordStart::learn(log.lines().map(str::as_bytes));
    let found: Vec<bool> = log
        .lines()
        .map(|line| starts.is_start(line.as_bytes()))
        .collect();
    assert_eq!(found, [true, true, true, true, false]);
}

#[test]
fn a_line_that_begins_with_the_time_of_others_is_a_record_though_it_goes_on_otherwise() {
    let log = "\
2026-11-20 14:02:05 CET:[local]:ann@shop:[71]:LOG:  statement: SELECT 1
2026-11-20 14:02:06 CET:[local]:ann@shop:[72]:LOG:  statement: SELECT a,
\t  b FROM c
2026-11-20 14:02:07 CET:[local]:bob@shop:[73]:LOG:  statement: SELECT 3";
    let starts = RecordStart::learn(log.lines().map(str::as_bytes));
    for (line, is_start) in [
        (
            "2026-11-20 14:02:08 CET:[local]:ann@shop:[71]:LOG:  a",
            true,
        ),
        (
            "2026-11-20 14:02:08 CET:10.0.0.7(5092):ann@shop:[74]:LOG:  a",
            true,
        ),
        ("2026-11-20 14:02:08 CET::@:[70]:LOG:  a", true),
        ("2026-11-20 14:02:08 no more rows", true),
        ("\t  AND d = 2026-11-20 14:02:08", false),
        ("ORDER BY 2026-11-20 14:02:08", false),
    ] {
        assert_eq!(starts.is_start(line.as_bytes()), is_start, "{line}");
    }
}
