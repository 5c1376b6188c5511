//! The questions, and how each tool is asked.

/// The log that a question is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Access,
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    /// How many requests of each path failed.
    FailedByPath,
    /// How many lines are errors.
    Errors,
    /// How many requests of each path there are, and the 50th and 99th percentile of their seconds.
    PercentilesByPath,
    /// How many lines there are, the sum of their bytes, and the average of their milliseconds.
    Sums,
}

/// How the output of a tool is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reads {
    /// Its numbers are the answer.
    Numbers,
    /// The same, but of percentiles that lie between two values it takes another one.
    OtherRank,
    /// It prints the lines, and only their number is compared.
    Lines,
}

/// A question that several tools answer.
pub(crate) struct Question {
    pub(crate) title: &'static str,
    pub(crate) asks: Asks,
    pub(crate) form: Form,
    pub(crate) asked: &'static [Asked],
}

/// How one tool is asked.
pub(crate) struct Asked {
    /// The name of the program.
    pub(crate) tool: &'static str,
    /// What the tool does, where that differs from the others.
    pub(crate) way: &'static str,
    pub(crate) reads: Reads,
    /// A line for the shell, where `$tool` is the program and `$log` the log.
    pub(crate) line: &'static str,
}

/// The peers, with the argument that makes them print their version.
pub(crate) const PEERS: [(&str, &str); 8] = [
    ("agrind", "--version"),
    ("hl", "--version"),
    ("jq", "--version"),
    ("mlr", "--version"),
    ("duckdb", "--version"),
    ("lnav", "-V"),
    ("awk", "-W version"),
    ("grep", "--version"),
];

pub(crate) const QUESTIONS: [Question; 4] = [
    Question {
        title: "failed requests by path",
        asks: Asks::FailedByPath,
        form: Form::Json,
        asked: &[
            Asked {
                tool: "logscan",
                way: "",
                reads: Reads::Numbers,
                line: r#"exec "$tool" --where 'status>=500' --count-by path "$log""#,
            },
            Asked {
                tool: "duckdb",
                way: "",
                reads: Reads::Numbers,
                line: r#"exec "$tool" -csv -c "
                    SELECT count(*), path
                    FROM read_json('$log', format = 'newline_delimited',
                        columns = {status: 'INTEGER', path: 'VARCHAR'})
                    WHERE status >= 500 GROUP BY path""#,
            },
            Asked {
                tool: "hl",
                way: "filters only",
                reads: Reads::Lines,
                line: r#"exec "$tool" --paging=never --raw -q 'status >= 500' "$log""#,
            },
            Asked {
                tool: "mlr",
                way: "",
                reads: Reads::Numbers,
                line: r#"exec "$tool" --ijsonl --ocsv filter '$status >= 500' then count -g path "$log""#,
            },
            Asked {
                tool: "agrind",
                way: "",
                reads: Reads::Numbers,
                line: r#"exec "$tool" '* | json | where status >= 500 | count by path' --file "$log""#,
            },
            Asked {
                tool: "jq",
                way: "with sort, uniq",
                reads: Reads::Numbers,
                line: r#""$tool" -r 'select(.status >= 500) | .path' "$log" | sort | uniq -c"#,
            },
        ],
    },
    Question {
        title: "errors, counted",
        asks: Asks::Errors,
        form: Form::Json,
        asked: &[
            Asked {
                tool: "logscan",
                way: "",
                reads: Reads::Numbers,
                line: r#"exec "$tool" -c --where level=error "$log""#,
            },
            Asked {
                tool: "grep",
                way: "for the text",
                reads: Reads::Numbers,
                line: r#"exec "$tool" -c '"level":"error"' "$log""#,
            },
            Asked {
                tool: "duckdb",
                way: "",
                reads: Reads::Numbers,
                line: r#"exec "$tool" -csv -c "
                    SELECT count(*)
                    FROM read_json('$log', format = 'newline_delimited', columns = {level: 'VARCHAR'})
                    WHERE level = 'error'""#,
            },
            Asked {
                tool: "hl",
                way: "",
                reads: Reads::Lines,
                line: r#"exec "$tool" --paging=never --raw -f level=error "$log""#,
            },
            Asked {
                tool: "agrind",
                way: "",
                reads: Reads::Numbers,
                line: r#"exec "$tool" 'error | json | where level == "error" | count' --file "$log""#,
            },
            Asked {
                tool: "jq",
                way: "",
                reads: Reads::Numbers,
                line: r#"exec "$tool" -n 'reduce (inputs | select(.level == "error")) as $_ (0; . + 1)' "$log""#,
            },
        ],
    },
    Question {
        title: "p50 and p99 of each path",
        asks: Asks::PercentilesByPath,
        form: Form::Access,
        asked: &[
            Asked {
                tool: "logscan",
                way: "",
                reads: Reads::Numbers,
                line: r#"exec "$tool" --count-by path --agg 'p50(duration),p99(duration)' "$log""#,
            },
            Asked {
                tool: "duckdb",
                way: "exact",
                reads: Reads::OtherRank,
                line: r#"exec "$tool" -csv -c "
                    SELECT count(*), split_part(request, ' ', 2) AS path,
                        quantile_cont(duration, 0.5) AS p50,
                        quantile_cont(duration, 0.99) AS p99
                    FROM read_csv('$log', delim = ' ', quote = '\"', header = false, auto_detect = false,
                        columns = {ip: 'VARCHAR', ident: 'VARCHAR', login: 'VARCHAR', day: 'VARCHAR',
                            zone: 'VARCHAR', request: 'VARCHAR', status: 'INTEGER', bytes: 'BIGINT',
                            referer: 'VARCHAR', agent: 'VARCHAR', duration: 'DOUBLE'})
                    GROUP BY path""#,
            },
            Asked {
                tool: "awk",
                way: "with sort",
                reads: Reads::Numbers,
                line: r#""$tool" '{ print $7, $NF }' "$log" | sort -k1,1 -k2,2n | "$tool" '
                    function show() { if (n) print n, path, d[int(0.5 * (n - 1))], d[int(0.99 * (n - 1))] }
                    $1 != path { show(); path = $1; n = 0 }
                    { d[n++] = $2 }
                    END { show() }'"#,
            },
            Asked {
                tool: "lnav",
                way: "SQL with windows",
                reads: Reads::Numbers,
                line: r#"exec "$tool" -n -c ';
                    SELECT max(n) AS n, path,
                        max(CASE WHEN r = CAST(0.5 * (n - 1) AS INT) + 1 THEN d END) AS p50,
                        max(CASE WHEN r = CAST(0.99 * (n - 1) AS INT) + 1 THEN d END) AS p99
                    FROM (SELECT path, d, row_number() OVER (PARTITION BY path ORDER BY d) AS r,
                            count(*) OVER (PARTITION BY path) AS n
                        FROM (SELECT cs_uri_stem AS path, CAST(trim(log_body) AS REAL) AS d FROM access_log))
                    GROUP BY path' -c ':write-csv-to -' "$log""#,
            },
        ],
    },
    Question {
        title: "sum and average",
        asks: Asks::Sums,
        form: Form::Json,
        asked: &[
            Asked {
                tool: "logscan",
                way: "",
                reads: Reads::Numbers,
                line: r#"exec "$tool" --agg 'sum(bytes),avg(duration_ms)' "$log""#,
            },
            Asked {
                tool: "duckdb",
                way: "",
                reads: Reads::Numbers,
                line: r#"exec "$tool" -csv -c "
                    SELECT count(*), sum(bytes), avg(duration_ms)
                    FROM read_json('$log', format = 'newline_delimited',
                        columns = {bytes: 'BIGINT', duration_ms: 'DOUBLE'})""#,
            },
            Asked {
                tool: "mlr",
                way: "",
                reads: Reads::Numbers,
                line: r#"exec "$tool" --ijsonl --ocsv stats1 -a count,sum,mean -f bytes,duration_ms \
                    then cut -o -f bytes_count,bytes_sum,duration_ms_mean "$log""#,
            },
            Asked {
                tool: "agrind",
                way: "",
                reads: Reads::Numbers,
                line: r#"exec "$tool" '* | json | count, sum(bytes), avg(duration_ms)' -o json --file "$log""#,
            },
            Asked {
                tool: "jq",
                way: "",
                reads: Reads::Numbers,
                line: r#"exec "$tool" -nr '
                    reduce inputs as $line ([0, 0, 0];
                        [.[0] + 1, .[1] + $line.bytes, .[2] + $line.duration_ms])
                    | [.[0], .[1], .[2] / .[0]] | @tsv' "$log""#,
            },
        ],
    },
];
