//! Masking by examples in the styles of many systems.

use super::*;

fn masked(line: &str) -> String {
    let mut out = Vec::new();
    mask(line.as_bytes(), &mut out);
    Masked(&out).to_string()
}

#[test]
fn what_varies_is_masked_and_words_stay() {
    for (line, want) in [
        ("", ""),
        ("  two\t words ", "two words"),
        ("took 160 ms", "took <time>"),
        ("took 160ms, or 2 s.", "took <time>, or <time>."),
        ("size 5.2 KB, free 0B", "size <size>, free <size>"),
        ("for blk_-77 and blk_8", "for blk_<num> and blk_<num>"),
        ("from 10.1.2.3:80 to /10.1.2.4", "from <ip> to /<ip>"),
        ("at 0000:00:1f.0", "at <num>:<num>:<num>"),
        (
            "Sat May 8 09:04:50 EDT 2004, on [Jan 1]",
            "<time>, on [<time>]",
        ),
        ("on 2024-01-02T03:04:05.678Z", "on <time>"),
        ("on 2024-01-02 03:04:05,678", "on <time>"),
        ("lifetime <1 sec", "lifetime <time>"),
        ("lifetime 00:01", "lifetime <time>"),
        ("id 123e4567-e89b-12d3-a456-426614174000.", "id <uuid>."),
        ("ptr 0xdeadBEEF, sum de9231d", "ptr <hex>, sum <hex>"),
        ("mac 00:11:43:e3:ba:c3", "mac <mac>"),
        ("get https://a.b/c?d=1, then", "get <url>, then"),
        ("open '/var/log/x 1'", "open '<*>'"),
        ("src/a/b.c:12:3: error", "<path>:<num>:<num>: error"),
        (r"load C:\Windows\winsxs\x.dll", "load <path>"),
        ("host ns1.example.co.uk closed", "host <host> closed"),
        ("mail to joe@example.com", "mail to <email>"),
        ("uid=0 user=root ok=true", "uid=<num> user=root ok=<*>"),
        ("cannot open 'my file': denied", "cannot open '<*>': denied"),
        ("don't use the users' files", "don't use the users' files"),
        ("tags=[red, blue] set", "tags=[<*>] set"),
        ("VALUES (1, 'a'), (2, 'b')", "VALUES (<num>, '<*>')"),
        ("1200 bytes (1.17 KB) sent", "<num> bytes sent"),
        ("订单7支付成功", "订单<num>支付成功"),
        ("5件の警告", "<num>件の警告"),
        (
            "\"GET /api/users/5?q=1 HTTP/1.1\" 200 512 \"-\" \"curl/8\"",
            "\"GET /api/*\" 2xx",
        ),
        ("\"-\" 408 0 \"-\" \"-\"", "\"-\" 4xx"),
        (
            "Slf4jLogger, log4j.properties",
            "Slf4jLogger, log4j.properties",
        ),
        ("delete blk_1 blk_2 blk_3", "delete blk_<num>"),
        ("targets: [10.0.0.1:1, 10.0.0.2:2]", "targets: [<ip>]"),
        ("1 -2", "<num> <num>"),
        ("GET /a/b 200 55 ms", "GET <path> <num> <time>"),
        ("(1, 2, 3)", "(<num>)"),
        ("(TID 1). 2 bytes", "(TID <num>). <num> bytes"),
        ("HTTP/1.1 and N/A", "HTTP/<num> and N/A"),
        ("a\u{1}b\0", "a?b?"),
        ("Grüße 5", "Grüße <num>"),
    ] {
        assert_eq!(masked(line), want, "{line:?}");
    }
}

#[test]
fn a_long_line_is_masked_to_the_cap_and_says_so() {
    let mut out = Vec::new();
    assert!(!mask("word ".repeat(10_000).as_bytes(), &mut out));
    assert_eq!(out.len(), MASKED_BYTES_MAX);
    out.clear();
    mask(&[b'x'; 100_000], &mut out);
    assert!(out.len() <= MASKED_BYTES_MAX);
}
