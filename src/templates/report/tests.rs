//! Each format, byte for byte.

use super::*;
use crate::{
    Progress, Source, Summary, Workers,
    templates::{Miner, Options},
};

const LOG: &str = "10:00:00 WARN disk 1 is \"full\", | 90%\n10:00:01 WARN disk 2 is \"full\", | 95%\n10:00:02 up\n";

fn templates(other: Option<&str>) -> Templates {
    let mut miner = Miner::new(Options {
        examples: true,
        ..Options::default()
    });
    let source = |log: &str| Source::from_bytes("a.log".as_ref(), log.as_bytes().to_vec());
    let workers = Workers::new(1);
    miner
        .add(&mut source(LOG), &workers, &Progress::new())
        .and_then(Summary::into_result)
        .unwrap();
    if let Some(other) = other {
        miner.begin_other();
        miner
            .add(&mut source(other), &workers, &Progress::new())
            .and_then(Summary::into_result)
            .unwrap();
    }
    miner.finish()
}

#[track_caller]
fn check(layout: Layout, other: Option<&str>, want: &str) {
    let templates = templates(other);
    let table = match other {
        None => Table::of_templates(&templates, &layout),
        Some(_) => Table::of_changes(&templates, &layout),
    };
    let mut out = Vec::new();
    table.write(&mut out).unwrap();
    assert_eq!(String::from_utf8(out).unwrap(), want);
}

fn layout(format: Format) -> Layout {
    Layout {
        format,
        ..Layout::default()
    }
}

#[test]
fn text_has_columns() {
    check(
        layout(Format::Text),
        None,
        "count  share  first line  last line  template\n    2  66.7%           1          2  disk <num> is \"<*>\", | <num>%\n    1  33.3%           3          3  up\n",
    );
}

#[test]
fn text_shows_examples_identifiers_and_colours_if_asked() {
    let templates = templates(None);
    let layout = Layout {
        examples: true,
        ids: true,
        color: true,
        ..Layout::default()
    };
    let mut table = Table::of_templates(&templates, &layout);
    table.rows.truncate(1);
    let mut out = Vec::new();
    table.write(&mut out).unwrap();
    let id = table.rows[0].template.id;
    let want = format!(
        "count  share  first line  last line            id  template\n    2  66.7%           1          2  {id}  disk \x1b[36m<num>\x1b[m is \"\x1b[36m<*>\x1b[m\", | \x1b[36m<num>\x1b[m%\n{:51}\x1b[2m10:00:00 WARN disk 1 is \"full\", | 90%\x1b[m\n",
        ""
    );
    assert_eq!(String::from_utf8(out).unwrap(), want);
}

#[test]
fn csv_quotes_what_needs_it() {
    let id = |nth: usize| templates(None).list[nth].id;
    let want = format!(
        "id,count,share,first_input,first_line,last_input,last_line,level,template\n{},2,0.666667,a.log,1,a.log,2,warn,\"disk <num> is \"\"<*>\"\", | <num>%\"\n{},1,0.333333,a.log,3,a.log,3,,up\n",
        id(0),
        id(1)
    );
    check(layout(Format::Csv), None, &want);
}

#[test]
fn markdown_shows_templates_as_code_and_bars_as_text() {
    let id = |nth: usize| templates(None).list[nth].id;
    let want = format!(
        "| count | share | first line | last line | id | template |\n| ---: | ---: | ---: | ---: | ---: | --- |\n| 2 | 66.7% | 1 | 2 | {} | <code>disk &lt;num&gt; is \"&lt;&#42;&gt;\", &#124; &lt;num&gt;%</code> |\n| 1 | 33.3% | 3 | 3 | {} | <code>up</code> |\n",
        id(0),
        id(1)
    );
    check(layout(Format::Markdown), None, &want);
}

#[test]
fn json_lines_stand_for_themselves() {
    let id = |nth: usize| templates(None).list[nth].id;
    let want = format!(
        "{{\"schema\":1,\"id\":\"{}\",\"count\":2,\"share\":0.666667,\"first\":{{\"input\":\"a.log\",\"line\":1}},\"last\":{{\"input\":\"a.log\",\"line\":2}},\"level\":\"warn\",\"template\":\"disk <num> is \\\"<*>\\\", | <num>%\"}}\n{{\"schema\":1,\"id\":\"{}\",\"count\":1,\"share\":0.333333,\"first\":{{\"input\":\"a.log\",\"line\":3}},\"last\":{{\"input\":\"a.log\",\"line\":3}},\"level\":null,\"template\":\"up\"}}\n",
        id(0),
        id(1)
    );
    check(layout(Format::Jsonl), None, &want);
}

#[test]
fn a_comparison_shows_both_logs() {
    check(
        layout(Format::Text),
        Some("down\nup\n"),
        "change  count  share  other count  other share  first line  last line  template\n   new      2  66.7%            0         0.0%           1          2  disk <num> is \"<*>\", | <num>%\n  gone      0   0.0%            1        50.0%           -          -  down\n",
    );
}

#[test]
fn text_for_a_terminal_leaves_out_columns_before_it_cuts_templates_short() {
    let layout = |columns| Layout {
        columns: Some(columns),
        ..layout(Format::Text)
    };
    let whole = "count  share  first line  last line  template\n    2  66.7%           1          2  disk <num> is \"<*>\", | <num>%\n    1  33.3%           3          3  up\n";
    check(layout(67), None, whole);
    check(
        layout(65),
        None,
        "count  share  first line  last line  template\n    2  66.7%           1          2  disk <num> is \"<*>\", | <num…\n    1  33.3%           3          3  up\n... cut to fit: | less -S has it whole\n",
    );
    check(
        layout(39),
        None,
        "count  share  template\n    2  66.7%  disk <num> is \"<*>\", | <…\n    1  33.3%  up\n... without first line, last line\n... cut to fit: | less -S has it whole\n",
    );
    check(
        layout(39),
        Some("down\nup\n"),
        "change  count  template\n   new      2  disk <num> is \"<*>\", | …\n  gone      0  down\n... without 5 columns\n... cut to fit: | less -S has it whole\n",
    );
    check(
        layout(0),
        None,
        "count  template\n    2  \n    1  \n... without 3 columns\n... cut to fit: | less -S has it whole\n",
    );
}

#[test]
fn rows_that_are_left_out_are_counted_below_the_table() {
    let templates = templates(None);
    let layout = layout(Format::Text);
    let mut table = Table::of_templates(&templates, &layout);
    table.shorten(1);
    let mut out = Vec::new();
    table.write(&mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.ends_with("%\n... 1 more: --top 0\n"), "{text}");
}

#[test]
fn an_empty_table_is_empty_but_for_json_and_csv() {
    let templates = Miner::default().finish();
    for (format, want) in [
        (Format::Text, ""),
        (Format::Jsonl, ""),
        (Format::Markdown, ""),
        (
            Format::Json,
            "{\n  \"schema\": 1,\n  \"input_count\": 0,\n  \"inputs\": [],\n  \"lines\": 0,\n  \"continued_lines\": 0,\n  \"folded_lines\": 0,\n  \"template_count\": 0,\n  \"templates\": []\n}\n",
        ),
    ] {
        let layout = layout(format);
        let mut out = Vec::new();
        Table::of_templates(&templates, &layout)
            .write(&mut out)
            .unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), want);
    }
}
