//! The plan of which times are asked for, and what they mean here and now.

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
    /// The zone of times without one.
    pub(crate) zone: TimeZone,
    /// The name of the zone, and the reason why it is this one.
    called: String,
}

impl fmt::Display for TimePlan {
    /// Writes the line of `--stats` about the zone.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the zone of times without one is {}", self.called)
    }
}

impl TimePlan {
    /// Returns the times that `args` ask for, or `None` if all times are wanted.
    ///
    /// # Errors
    /// [`Error::Times`] if the flags are wrong in any log.
    pub(crate) fn new(args: &TimeArgs) -> Result<Option<TimePlan>, Error> {
        match (&args.since, &args.until) {
            (None, None) => Ok(None),
            _ => TimePlan::of_dates(args).map(Some),
        }
    }

    /// Returns the times for a search that needs the times of hits. They may be all times.
    ///
    /// # Errors
    /// [`Error::Times`] if the flags are wrong in any log.
    pub(crate) fn of_dates(args: &TimeArgs) -> Result<TimePlan, Error> {
        let TimeArgs {
            since,
            until,
            tz,
            time_format,
            slack,
        } = args;
        let (zone, called) = match tz {
            Some(name) => (zone_named(name)?, format!("{name} (--tz)")),
            None => surroundings::local_zone(),
        };
        let setting = TimeSetting {
            now: surroundings::now(),
            zone: zone.clone(),
            zones: surroundings::zones(),
        };
        let mut range = TimeRange::new(since.clone(), until.clone(), setting)?;
        if let Some(format) = time_format {
            range = range.written_as(format)?;
        }
        if let Some(slack) = slack {
            range = range.with_slack(*slack);
        }
        Ok(TimePlan {
            range,
            zone,
            called,
        })
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
