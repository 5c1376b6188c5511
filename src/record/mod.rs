//! What a log line is made of, besides what its program wrote: what a collector of logs put in front
//! of it, its time, the digits in which it differs from another line, and what a terminal does not
//! show of it.

#[cfg(feature = "templates")]
mod alike;
mod ansi;
mod prefix;
mod start;
mod time;

#[cfg(feature = "templates")]
pub(crate) use self::alike::{Alike, Telling};
#[cfg(feature = "triage")]
pub(crate) use self::ansi::AnsiSequence;
pub(crate) use self::ansi::AnsiStripper;
#[cfg(feature = "triage")]
pub(crate) use self::{
    alike::{Fate, Memory},
    prefix::Prefix,
};
pub(crate) use self::{
    start::RecordStart,
    time::{DateOrder, Moment, OrderOfNumbers, TimeBasis, TimeFormat, TimeReader, TimeShape},
};
