//! A place in a text that moves over digits, letters and blanks.

/// Where a text is being read. Behind its end there are NULs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a [u8], at: usize) -> Cursor<'a> {
        Cursor { text, at }
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    /// Goes back to where it was.
    pub(super) fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    /// The byte that comes next.
    #[inline]
    pub(super) fn peek(&self) -> u8 {
        self.ahead(0)
    }

    /// The byte behind the next `bytes` ones.
    #[inline]
    pub(super) fn ahead(&self, bytes: usize) -> u8 {
        self.text.get(self.at + bytes).copied().unwrap_or(0)
    }

    #[inline]
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Passes over `byte` if it comes next, and says whether it did.
    #[inline]
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == byte;
        self.at += usize::from(is_next);
        is_next
    }

    /// Passes over `text` if it comes next, and says whether it did.
    pub(super) fn eat_text(&mut self, text: &[u8]) -> bool {
        let is_next = self.rest().starts_with(text);
        self.at += if is_next { text.len() } else { 0 };
        is_next
    }

    /// Passes over blanks, and says how many there were.
    #[inline]
    pub(super) fn blanks(&mut self) -> usize {
        let blanks = self.blanks_ahead();
        self.at += blanks;
        blanks
    }

    /// How many blanks come next.
    #[inline]
    pub(super) fn blanks_ahead(&self) -> usize {
        let mut blanks = 0;
        while matches!(self.ahead(blanks), b' ' | b'\t') {
            blanks += 1;
        }
        blanks
    }

    /// All that has not been read.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// How many digits come next.
    #[inline]
    pub(super) fn digits(&self) -> usize {
        let rest = self.rest().iter();
        rest.take_while(|byte| byte.is_ascii_digit()).count()
    }

    /// The number that comes next, if it has `least` to `most` digits and no more. At most 18.
    #[inline]
    pub(super) fn number(&mut self, least: usize, most: usize) -> Option<i64> {
        let digits = self.digits();
        if !(least..=most).contains(&digits) {
            return None;
        }
        Some(self.first_digits(digits))
    }

    /// The number that the next `digits` bytes are, which must be digits. At most 18.
    #[inline]
    pub(super) fn first_digits(&mut self, digits: usize) -> i64 {
        debug_assert!(digits <= 18, "it fits an i64");
        let bytes = &self.text[self.at..self.at + digits];
        self.at += digits;
        bytes
            .iter()
            .fold(0, |number, byte| number * 10 + i64::from(byte - b'0'))
    }

    /// How many letters come next.
    pub(super) fn letters(&self) -> usize {
        let rest = self.rest().iter();
        rest.take_while(|byte| byte.is_ascii_alphabetic()).count()
    }

    /// Whether a bracket is open right before.
    pub(super) fn is_bracketed(&self) -> bool {
        self.at > 0 && self.text.get(self.at - 1) == Some(&b'[')
    }

    /// Whether what was read ends here: no letter or digit comes next.
    #[inline]
    pub(super) fn is_end(&self) -> bool {
        !self.peek().is_ascii_alphanumeric()
    }
}
