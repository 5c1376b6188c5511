//! Times of logs.

mod generated;
mod hostile;
mod reading;
mod table;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::{Moment, TimeBasis};

/// The clocks of Berlin since 1996.
const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

/// A log of Berlin, last written on 2026-11-28T00:00:00Z.
fn basis() -> TimeBasis {
    TimeBasis {
        zone: TimeZone::posix(BERLIN).expect("it is a zone"),
        zones: TimeZoneDatabase::bundled(),
        written: moment(1_795_824_000, 0),
    }
}

fn moment(seconds: i64, ns: i64) -> Moment {
    Moment::of(seconds, ns).expect("it is in range")
}
