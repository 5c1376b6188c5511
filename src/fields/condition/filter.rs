//! Finds the lines that meet a condition: a filter of a matcher.

use super::{Condition, evaluate::Evaluator};
use crate::{
    fields::read::{FieldReader, LineFields},
    matcher::{FilterSeen, LineFilter, Matcher},
};

/// The lines that meet a condition.
#[derive(Debug)]
pub(super) struct WhereFilter {
    condition: Condition,
    reader: FieldReader,
    evaluator: Evaluator,
    seen: FilterSeen,
}

impl WhereFilter {
    pub(super) fn new(condition: Condition, reader: FieldReader) -> WhereFilter {
        WhereFilter {
            evaluator: Evaluator::new(&condition),
            condition,
            reader,
            seen: FilterSeen::default(),
        }
    }
}

impl LineFilter for WhereFilter {
    fn accepts(&mut self, line: &[u8]) -> bool {
        match self.reader.read(line) {
            LineFields::Names => return false,
            LineFields::NotValid => self.seen.unread += 1,
            LineFields::Read => {}
        }
        let values = self.reader.values();
        for (nth, value) in values.iter().enumerate() {
            self.seen.had |= u64::from(value.is_there()) << nth;
        }
        let accepts = self.evaluator.accepts(line, values);
        self.seen.fit |= self.evaluator.fit();
        accepts
    }

    fn boxed(&self) -> Box<dyn LineFilter> {
        let reader = self.reader.clone();
        Box::new(WhereFilter::new(self.condition.clone(), reader))
    }

    fn wants_head(&self) -> bool {
        true
    }

    fn head(&mut self, head: &[u8]) {
        self.reader.head(head);
    }

    fn prefilter(&self) -> Option<Matcher> {
        self.condition.prefilter()
    }

    fn take_seen(&mut self) -> FilterSeen {
        std::mem::take(&mut self.seen)
    }
}
