//! Which times are asked for, and what that means here and now.

use std::fmt;

use jiff::{fmt::temporal::DateTimeParser, tz::TimeZone};
use logscan::{
    Error,
    scan::{TimeRange, TimeSetting},
};

use crate::cli::{args::TimeArgs, surroundings};

/// The times that are searched, and the zone of times without one.
#[derive(Clone, Debug)]
pub(crate) struct TimePlan {
    pub(crate) range: TimeRange,
    /// What the zone is called, and why it is this one.
    zone: String,
}

impl fmt::Display for TimePlan {
    /// What `--stats` says of it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the zone of times without one is {}", self.zone)
    }
}

impl TimePlan {
    /// What `args` ask for; `None` if all times are wanted.
    ///
    /// # Errors
    /// What is wrong with the flags, as far as no log has to be known.
    pub(crate) fn new(args: &TimeArgs) -> Result<Option<TimePlan>, Error> {
        let TimeArgs {
            since,
            until,
            tz,
            time_format,
            slack,
        } = args;
        if since.is_none() && until.is_none() {
            return Ok(None);
        }
        let (zone, called) = match tz {
            Some(name) => (zone_named(name)?, format!("{name} (--tz)")),
            None => surroundings::local_zone(),
        };
        let setting = TimeSetting {
            now: surroundings::now(),
            zone,
            zones: surroundings::zones(),
        };
        let mut range = TimeRange::new(since.clone(), until.clone(), setting)?;
        if let Some(format) = time_format {
            range = range.written_as(format)?;
        }
        if let Some(slack) = slack {
            range = range.with_slack(*slack);
        }
        Ok(Some(TimePlan {
            range,
            zone: called,
        }))
    }
}

fn zone_named(name: &str) -> Result<TimeZone, Error> {
    DateTimeParser::new()
        .parse_time_zone(name)
        .map_err(|_| Error::Times {
            path: None,
            reason: format!(
                "--tz {name}: no zone is called so; one is Europe/Berlin, UTC or +01:00, as 'timedatectl \
                 list-timezones' has them"
            ),
        })
}
