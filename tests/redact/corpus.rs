//! Lines with secrets, and lines that look as if they had some.
//!
//! No secret here is real. All are made of parts by this code, so that no scanner of repositories
//! takes them for one, and so that there are enough.

/// A secret in a line, and what it becomes if it is the only one.
pub(crate) struct Sample {
    pub(crate) line: String,
    pub(crate) secret: String,
    pub(crate) redacted: String,
}

/// Numbers that are the same in every run.
struct Chance(u64);

impl Chance {
    fn number(&mut self, below: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        usize::try_from((self.0 >> 33) % u64::try_from(below).expect("it fits")).expect("it fits")
    }

    fn of(&mut self, letters: &str, count: usize) -> String {
        let letters: Vec<char> = letters.chars().collect();
        (0..count)
            .map(|_| letters[self.number(letters.len())])
            .collect()
    }

    fn pick<'a>(&mut self, of: &[&'a str]) -> &'a str {
        of[self.number(of.len())]
    }
}

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const HEX: &str = "0123456789abcdef";
const DIGITS: &str = "0123456789";

/// Two hundred secrets of all families, and what stands around each.
pub(crate) fn secrets() -> Vec<Sample> {
    let chance = &mut Chance(7);
    let mut samples = Vec::new();
    let mut add = |context: &str, label: &str, secret: String| {
        assert!(context.contains("{}"));
        samples.push(Sample {
            line: context.replace("{}", &secret),
            redacted: context.replace("{}", &format!("<{label}:1>")),
            secret,
        });
    };
    for nth in 0..24 {
        let name = chance.of(LOWER, 6);
        let top = chance.pick(&["com", "org", "de", "co.uk", "io", "museum"]);
        let local = match nth % 6 {
            0 => format!("{name}.smith"),
            1 => format!("{name}+tag"),
            2 => format!("{name}_{nth}"),
            3 => name.to_uppercase(),
            4 => format!("{name}-x"),
            _ => format!("m\u{fc}ller{name}"),
        };
        let context = chance.pick(&[
            "mail to {}",
            "<{}> said",
            "user={} logged in",
            "to: {}, cc",
            "mailto:{}",
            "({})",
        ]);
        add(
            context,
            "email",
            format!("{local}@mail.{}.{top}", chance.of(LOWER, 5)),
        );
    }
    for nth in 0..24 {
        let octet = |chance: &mut Chance| chance.number(255).to_string();
        let first = 1 + chance.number(120);
        let address = format!(
            "{first}.{}.{}.{}",
            octet(chance),
            octet(chance),
            octet(chance)
        );
        let contexts = [
            "connect to {}",
            "{} - - GET /",
            "client={} done",
            "from {}:443",
            "http://{}/x",
            "src: /{}:57069",
            "host/{}:8020",
            "[{}]",
            "peer {}.",
            "{}/24",
            "range {}-x",
            "ip,{},ok",
        ];
        let context = contexts[nth % 12].replace("range {}-x", "range {} to x");
        add(&context, "ip", address);
    }
    for nth in 0..14 {
        let group = |chance: &mut Chance| chance.of(HEX, 4);
        let address = match nth % 4 {
            0 => format!("2001:db8::{}:1", chance.of("123456789", 2)),
            1 => format!(
                "fe80::{}:a1ff:fe{}:3",
                chance.of("123456789", 3),
                chance.of("123456789", 2)
            ),
            2 => format!(
                "2a02:{}:{}:{}:{}:{}:{}:1a2b",
                group(chance),
                group(chance),
                group(chance),
                group(chance),
                group(chance),
                group(chance)
            ),
            _ => format!("::ffff:10.{}.3.4", chance.number(250)),
        };
        let context = chance.pick(&[
            "peer {} up",
            "[{}]:443 open",
            "addr={}",
            "{}%eth0 down",
            "route {}/64",
        ]);
        add(context, "ip", address);
    }
    for _ in 0..6 {
        let context = chance.pick(&[
            "key id {}",
            "aws_access_key_id={}",
            "Credential={}/20261120",
        ]);
        let id = format!("{}IA{}", chance.pick(&["AK", "AS"]), chance.of(UPPER, 16));
        add(context, "key", id);
    }
    for _ in 0..5 {
        let context = chance.pick(&[
            "aws_secret_access_key={}",
            "SecretAccessKey: {}",
            "AWS_SECRET_ACCESS_KEY=\"{}\"",
        ]);
        add(
            context,
            "token",
            format!("{}1/{}", chance.of(ALNUM, 18), chance.of(ALNUM, 20)),
        );
    }
    for (prefix, letters, count, times) in [
        ("gh\0p_", ALNUM, 36, 3),
        ("gh\0o_", ALNUM, 36, 2),
        ("gh\0s_", ALNUM, 36, 2),
        ("gh\0u_", ALNUM, 36, 1),
        ("gh\0r_", ALNUM, 36, 1),
        ("github\0_pat_", ALNUM, 59, 2),
        ("gl\0pat-", ALNUM, 20, 3),
        ("xo\0xb-", DIGITS, 24, 2),
        ("xo\0xp-", ALNUM, 30, 2),
        ("sk_\0live_", ALNUM, 24, 2),
        ("rk_\0live_", ALNUM, 24, 1),
        ("AI\0za", URL, 34, 3),
        ("np\0m_", ALNUM, 36, 2),
        ("py\0pi-AgE", URL, 60, 2),
        ("sk-\0ant-", URL, 40, 1),
    ] {
        for _ in 0..times {
            let prefix = prefix.replace('\0', "");
            let context = chance.pick(&[
                "token {} used",
                "using {}",
                "GH_TOKEN={}",
                "'{}'",
                "remote: {}, ok",
            ]);
            add(
                context,
                "token",
                format!("{prefix}{}7", chance.of(letters, count)),
            );
        }
    }
    for _ in 0..9 {
        let part = |chance: &mut Chance, count| format!("ey{}{}", "J", chance.of(URL, count));
        let jwt = format!(
            "{}.{}.{}",
            part(chance, 20),
            part(chance, 40),
            chance.of(URL, 43)
        );
        let context = chance.pick(&[
            "jwt {}",
            "Authorization: Bearer {}",
            "id_token={}",
            "session {} ended",
        ]);
        add(context, "token", jwt);
    }
    for nth in 0..8 {
        let context = [
            "Authorization: Bearer {}",
            "authorization=bearer {}",
            "-H 'Authorization: token {}'",
            "Bearer {}",
        ][nth % 4];
        add(
            context,
            "token",
            format!("{}9{}", chance.of(ALNUM, 16), chance.of(ALNUM, 12)),
        );
    }
    for nth in 0..5 {
        let context = ["Authorization: Basic {}", "> proxy-authorization: Basic {}"][nth % 2];
        add(
            context,
            "token",
            format!("dXNlcjp{}", chance.of(ALNUM, 12)) + "==",
        );
    }
    for nth in 0..20 {
        let contexts = [
            "password={}",
            "password: {}",
            "passwd={} user=x",
            "--password {} --host y",
            "DB_PASSWORD='{}'",
            "<password>{}</password>",
            "mysql_pwd={};",
            "smtp_pass={}",
            "?user=x&password={}&y=1",
            "pass phrase, passphrase={}",
        ];
        let secret = match nth % 3 {
            0 => format!("{}{}!", chance.of(LOWER, 6), chance.of(DIGITS, 2)),
            1 => chance.of(ALNUM, 14) + "#1",
            _ => chance.of(LOWER, 9) + "4",
        };
        add(contexts[nth % 10], "secret", secret);
    }
    for nth in 0..14 {
        let contexts = [
            "api_key={}",
            "X-Api-Key: {}",
            "apikey: '{}'",
            "client_secret={}",
            "token={}",
            "access_token={}&x=1",
            "csrf-token: {}",
        ];
        add(
            contexts[nth % 7],
            "token",
            format!("{}3{}", chance.of(HEX, 15), chance.of(HEX, 16)),
        );
    }
    for nth in 0..8 {
        let contexts = [
            "clone https://{}@git.internal/x.git",
            "postgres://{}@db:5432/app",
            "amqp://{}@mq/",
            "redis://{}@cache:6379",
        ];
        add(
            contexts[nth % 4],
            "secret",
            format!("{}:{}7", chance.of(LOWER, 5), chance.of(ALNUM, 10)),
        );
    }
    for nth in 0..7 {
        let contexts = [
            "Cookie: sid={}",
            "Set-Cookie: session={}; Path=/; HttpOnly",
            "cookie: theme=dark; auth={}; lang=de",
        ];
        add(contexts[nth % 3], "secret", chance.of(ALNUM, 26));
    }
    for nth in 0..14 {
        let (start, count) = [
            ("4", 16),
            ("51", 16),
            ("37", 15),
            ("6011", 16),
            ("2221", 16),
            ("3566", 16),
            ("36", 14),
        ][nth % 7];
        let card = with_check_digit(&format!(
            "{start}{}",
            chance.of(DIGITS, count - 1 - start.len())
        ));
        let shown = match (count, nth % 2) {
            (16, 1) => {
                let separator = chance.pick(&[" ", "-"]);
                [&card[..4], &card[4..8], &card[8..12], &card[12..]].join(separator)
            }
            _ => card,
        };
        let context = chance.pick(&[
            "card {} declined",
            "pan={}",
            "\"card\":\"{}\"",
            "paid with {}.",
        ]);
        add(context, "card", shown);
    }
    for nth in 0..12 {
        let contexts = [
            "open /home/{}/app/x.log",
            "cwd=/Users/{}/src",
            "at /var/home/{}/y",
            "'/home/{}'",
            "file:///home/{}/z",
            "/c/Users/{}/x",
        ];
        add(contexts[nth % 6], "user", chance.of(LOWER, 6));
    }
    for nth in 0..3 {
        let label = ["RSA PRIVATE", "PRIVATE", "OPENSSH PRIVATE"][nth];
        let context = format!("key: -----BEGIN {label} KEY-----{{}}-----END {label} KEY-----");
        add(&context, "key", chance.of(ALNUM, 320));
    }
    assert!(samples.len() >= 200, "{}", samples.len());
    samples
}

fn with_check_digit(digits: &str) -> String {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(nth, digit)| {
            let digit = u32::from(digit - b'0') * if nth % 2 == 0 { 2 } else { 1 };
            digit / 10 + digit % 10
        })
        .sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// What looks like a secret and is none. `%d`, `%x` and the like stand for what varies.
const LOOKALIKES: &[&str] = &[
    "2026-11-20T09:%2:35.392Z [4007] INFO started in 3.141 s",
    "09:%2:%2.123456 1.2.3 released",
    "Nov 20 09:02:35 host sshd[%5]: session opened",
    "version 1.%1.3.4 is out",
    "upgraded foo from v1.2.%1.4 to v1.2.3.%1",
    "\"version\":\"10.0.%5.1\"",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/1%1.0.0.0 Safari/537.36",
    "installing openssl-1.%1.1.4-r0",
    "get foo-2.%1.0.1.jar and bar_1.2.3.%1_amd64.deb",
    "oid 1.3.6.1.4.1.%3.2",
    "section 1.2.%1 and 1.2.3.4.%1 of the spec",
    "listening on 127.0.0.1:%4",
    "bind 0.0.0.0:80%2, mask 255.255.255.0",
    "listening on [::1]:%4 and [::]:%4",
    "256.1.2.%3 and 1.2.3.%3999 are none",
    "std::vec::Vec and Ada::Bad::Fee at line %2",
    "core::panic::%x::cafe",
    "mac 00:1a:2b:%h:4d:5e is up",
    "eui 00:1a:2b:ff:fe:%h:4d:5e",
    "SHA256 fingerprint %h:%h:%h:%h:%h:%h:%h:%h:%h:%h:%h:%h:%h:%h:%h:%h",
    "commit %x%x%x%x%x deployed",
    "sha256:%x%x%x%x%x%x%x%x pulled",
    "uuid %x-1a2b-4c3d-8e4f-%x1a2b",
    "request d66b%x failed",
    "blk_-16089%d9687919862906 terminating",
    "blk_38865%d8 of 67108864 bytes",
    "00000%d0  7f 45 4c 46 02 01 01 00  %h %h 00 00 00 00 00 00",
    "epoch 17000000%d and 17000000%d1234",
    "trace 4%d%d span 99%d",
    "id=1%d%d%d done",
    "total 1234567890123456 bytes, %d left",
    "isbn 978-3-16-148410-%1",
    "phone +49 30 1234567%1",
    "pid %5 uid 1000 gid 1000",
    "checkout actions/checkout@v4.%1.1",
    "added lodash@4.17.%2 and @types/node@18.0.%1",
    "logo@2x.png and icon@3x.jpg, %2 files",
    "unit user@%4.service loaded, getty@tty1.service too",
    "clone git@github.com:org/repo%2.git",
    "root@host%2 logged in",
    "Foo@%x is an object",
    "@Override at line %2, @app.route too",
    "sha@sha256:%x%x",
    "GET /home/feed%2 HTTP/1.1",
    "GET https://example.org/home/index%1.html",
    "GET /users/%4/orders 200",
    "see /home/runner/%2 and /home/ubuntu",
    "C:\\Users\\Public\\x%2 and C:\\Users\\runneradmin\\y",
    "/usr/local/lib/python3.%1/site-packages/x.py",
    "unexpected token: identifier%1 at line %2",
    "SyntaxError: Unexpected token < in JSON at position %1",
    "max_tokens: %4, token_count=%3, tokens=%d",
    "password: incorrect, attempt %1",
    "Invalid password for user %2",
    "password=******** tries=%1",
    "password=${DB_PASSWORD} token={{token}} n=%1",
    "(using password: YES) code %4",
    "token=null secret=none n=%2",
    "password: must not be empty, %1 given",
    "the secret: not found, retry %1",
    "Authorization: required for /x%2",
    "authentication token expired after %2 s",
    "bearer token missing, %2",
    "Bearer authentication is used by %1 hosts",
    "Basic authentication, %2 users",
    "PWD=/usr/src/app%1",
    "cookie: none, cookies=%2",
    "http://example.org:80%2/path@v%1",
    "ssh://git@example.org:22/x%1.git",
    "-----BEGIN CERTIFICATE----- no %2",
    "-----BEGIN PUBLIC KEY----- no %2",
    "key=%4 api=v%1 secretary=%2",
    "npm_config_cache=/x%1 npm_lifecycle_event=test",
    "eyJust a word, eyJ%1.x.y",
    "ghp_short gho_%2 github_pat_%1",
    "AKIAshort ASIA/Tokyo Asia/Tokyo %2",
    "sk_live_ AIza xoxb- %2",
    "100%% of 12.%2.%1 ok, 4 KiB",
    "a = b ? c : d; x == y; n=%3",
    "at com.example.Foo$Bar.baz(Foo.java:%3)",
    "ratio 1.5:2.%2 10:20:%2",
    "0x7fff%x 0xdeadbeef",
    "%x%x%x%x",
    "size=10.%2.%2 took 1.2.3s",
];

/// More than five hundred lines without a secret.
pub(crate) fn lookalikes() -> Vec<String> {
    let chance = &mut Chance(11);
    let mut lines = Vec::new();
    for template in LOOKALIKES {
        for _ in 0..7 {
            lines.push(filled(template, chance));
        }
    }
    assert!(lines.len() >= 500, "{}", lines.len());
    lines
}

fn filled(template: &str, chance: &mut Chance) -> String {
    let mut line = String::new();
    let mut chars = template.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            line.push(c);
            continue;
        }
        match chars.next() {
            Some('d') => line += &format!("1{}", chance.of(DIGITS, 4)),
            Some('x') => line += &chance.of(HEX, 8),
            Some('h') => line += &chance.of(HEX, 2),
            Some('%') => line.push('%'),
            Some(digit) => {
                let count = digit.to_digit(10).expect("it is a number of digits");
                line += &chance
                    .of("123456789", usize::try_from(count).expect("it is small"))
                    .replace("9", "1");
            }
            None => {}
        }
    }
    line
}
