//! What fits a terminal: texts cut by the columns that they take there, which is not the number of
//! their characters. Chinese, Japanese and Korean ones and most emoji take two columns, combining
//! marks none.

use unicode_width::UnicodeWidthChar;

use crate::harmless::on_one_line;

/// How many columns a text takes.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(of_char).sum()
}

fn of_char(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// The text as it stands in one line of a terminal: control characters are shown, and a tab is one
/// space, so that the columns can be counted.
pub(crate) fn in_line(text: &str) -> String {
    on_one_line(text).replace('\t', " ")
}

/// Texts behind each other, cut to `most` columns, the last of which is an ellipsis then. Says
/// whether they were cut.
pub(crate) fn cut<T>(pieces: &mut Vec<(String, T)>, most: usize) -> bool {
    if pieces.iter().map(|(text, _)| columns(text)).sum::<usize>() <= most {
        return false;
    }
    let mut room = most.saturating_sub(1);
    for at in 0..pieces.len() {
        let text = &mut pieces[at].0;
        let mut end = None;
        for (place, c) in text.char_indices() {
            match room.checked_sub(of_char(c)) {
                Some(left) => room = left,
                None => {
                    end = Some(place);
                    break;
                }
            }
        }
        if let Some(end) = end {
            text.truncate(end);
            if most > 0 {
                text.push('…');
            }
            pieces.truncate(at + 1);
            return true;
        }
    }
    // Not reached: the text takes more columns than there are, so the loop has found where it is
    // cut.
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, most: usize, want: &str) {
        let mut pieces = vec![(in_line(text), ())];
        let is_cut = cut(&mut pieces, most);
        assert_eq!(pieces[0].0, want);
        assert_eq!(is_cut, want != in_line(text));
        assert!(columns(want) <= most, "{want}");
    }

    #[test]
    fn a_text_is_cut_by_the_columns_that_it_takes() {
        check("disk is full", 12, "disk is full");
        check("disk is full", 11, "disk is fu…");
        check("disk is full", 1, "…");
        check("disk is full", 0, "");
        check("", 0, "");
    }

    #[test]
    fn wide_characters_take_two_columns_and_marks_none() {
        check("日本語", 6, "日本語");
        check("日本語", 5, "日本…");
        check("日本語", 4, "日…");
        check("a😀b", 4, "a😀b");
        check("a😀b", 3, "a…");
        check("e\u{301}tat", 4, "e\u{301}tat");
        check("e\u{301}tat", 3, "e\u{301}t…");
    }

    #[test]
    fn control_characters_count_as_they_are_shown() {
        check("a\x1b[2Jb", 9, "a\\x1b[2Jb");
        check("a\x1b[2Jb", 8, "a\\x1b[2…");
        check("a\tb\u{9b}", 7, "a b\\x9b");
    }

    #[test]
    fn what_is_cut_ends_with_the_piece_that_no_longer_fits() {
        let mut pieces = vec![("job ".into(), 1), ("<num>".into(), 2), (" done".into(), 3)];
        assert!(cut(&mut pieces, 8));
        assert_eq!(pieces, [("job ".into(), 1), ("<nu…".into(), 2)]);
    }
}
