//! What a log line is made of, besides what its program wrote: its header, what a collector of logs
//! put in front of it, its time, the digits in which it differs from another line, and what a
//! terminal does not show of it. And which lines begin a record.

#[cfg(feature = "templates")]
mod alike;
mod ansi;
#[cfg_attr(
    not(feature = "templates"),
    expect(dead_code, reason = "templates are who reads headers so far")
)]
pub(crate) mod class;
#[cfg_attr(
    not(feature = "templates"),
    expect(dead_code, reason = "templates are who reads headers so far")
)]
mod fields;
#[cfg_attr(
    not(feature = "templates"),
    expect(
        dead_code,
        unreachable_pub,
        reason = "templates are who reads headers so far"
    )
)]
mod header;
#[cfg_attr(
    not(feature = "templates"),
    expect(dead_code, reason = "templates are who reads messages of a journal")
)]
mod journal;
#[cfg_attr(
    not(feature = "templates"),
    expect(
        dead_code,
        unreachable_pub,
        reason = "templates are who reads headers so far"
    )
)]
mod level;
mod prefix;
mod start;
mod time;

#[cfg(feature = "templates")]
pub(crate) use self::alike::{Alike, LookUps, Telling, blank_digits};
pub(crate) use self::ansi::AnsiStripper;
#[cfg(feature = "templates")]
pub(crate) use self::ansi::without_controls;
#[cfg(feature = "templates")]
pub(crate) use self::fields::{Field, Fields, LEVEL_DIGITS_MAX, unescape};
#[cfg(feature = "templates")]
pub use self::header::Header;
#[cfg(feature = "templates")]
pub(crate) use self::header::{BriefHeader, HEADER_BYTES_MAX, KnownHeaders, LineForms};
#[cfg(feature = "templates")]
pub(crate) use self::journal::{EntryReader, begins_entry};
#[cfg_attr(
    not(feature = "templates"),
    expect(unreachable_pub, reason = "it is public with them")
)]
pub use self::level::Level;
#[cfg(feature = "triage")]
pub(crate) use self::{
    alike::{Fate, Memory},
    prefix::Prefix,
};
#[cfg(feature = "fields")]
pub(crate) use self::{
    fields::{is_level_key, level as level_of_field},
    time::ValueTimes,
};
pub(crate) use self::{
    start::RecordStart,
    time::{DateOrder, Moment, OrderOfNumbers, TimeBasis, TimeFormat, TimeReader, TimeShape},
};
