//! What a log line is made of, besides what its program wrote: what a collector of logs put in front
//! of it, and the digits in which it differs from another line.

mod alike;
#[cfg(feature = "triage")]
mod prefix;

pub(crate) use self::alike::{Alike, Telling};
#[cfg(feature = "triage")]
pub(crate) use self::{
    alike::{Fate, Memory},
    prefix::Prefix,
};
