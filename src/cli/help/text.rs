//! Text for people in 80 columns.

/// How many columns a line of help may have.
pub(crate) const COLUMNS: usize = 80;

/// Adds a paragraph. Each of its lines stands behind `indent` blanks. Words are kept whole, even if
/// one is longer than a line.
pub(crate) fn wrap(page: &mut String, text: &str, indent: usize) {
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        match column {
            0 => {
                page.extend(std::iter::repeat_n(' ', indent));
                column = indent;
            }
            _ if column + 1 + length > COLUMNS => {
                page.push('\n');
                page.extend(std::iter::repeat_n(' ', indent));
                column = indent;
            }
            _ => {
                page.push(' ');
                column += 1;
            }
        }
        page.push_str(word);
        column += length;
    }
    if column > 0 {
        page.push('\n');
    }
}

/// Adds rows of a name and a text beside it. Each row must fit on a line.
pub(crate) fn table<'a>(page: &mut String, rows: impl IntoIterator<Item = (&'a str, &'a str)>) {
    let rows: Vec<_> = rows.into_iter().collect();
    let width = rows
        .iter()
        .map(|(name, _)| name.chars().count())
        .max()
        .unwrap_or(0);
    for (name, text) in rows {
        page.push_str(&format!("  {name:width$}  {text}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_whole_and_lines_short() {
        let mut page = String::new();
        let long = "x".repeat(90);
        wrap(
            &mut page,
            &format!("{} {} {long} a", "a".repeat(40), "b".repeat(36)),
            2,
        );
        let want = format!("  {} {}\n  {long}\n  a\n", "a".repeat(40), "b".repeat(36));
        assert_eq!(page, want);
        let mut page = String::new();
        wrap(
            &mut page,
            &format!("{} {}", "a".repeat(40), "b".repeat(38)),
            2,
        );
        assert_eq!(
            page,
            format!("  {}\n  {}\n", "a".repeat(40), "b".repeat(38))
        );
        wrap(&mut page, " ", 2);
        assert_eq!(page.lines().count(), 2);
    }

    #[test]
    fn names_stand_in_a_column() {
        let mut page = String::new();
        table(&mut page, [("a", "one"), ("long", "two")]);
        assert_eq!(page, "  a     one\n  long  two\n");
    }
}
