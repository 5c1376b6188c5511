//! What a log line is made of, besides what its program wrote. So far: what a collector of logs put
//! in front of it.

mod prefix;

pub(crate) use self::prefix::Prefix;
