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
        let has_range = args.since.is_some() || args.until.is_some();
        match has_range || args.tz.is_some() || args.time_format.is_some() {
            // A wrong zone or format in the config file is an error in every search.
            true => Ok(Some(TimePlan::of_dates(args)?).filter(|_| has_range)),
            false => Ok(None),
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
        let (setting, called) = setting(tz.as_deref())?;
        let zone = setting.zone.clone();
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

/// Returns what times without a zone mean here and now, and why it is that.
///
/// # Errors
/// [`Error::Times`] if no zone is called so.
pub(crate) fn setting(tz: Option<&str>) -> Result<(TimeSetting, String), Error> {
    let (zone, called) = match tz {
        Some(name) => (zone_named(name)?, format!("{name} (--tz)")),
        None => surroundings::local_zone(),
    };
    let setting = TimeSetting {
        now: surroundings::now(),
        zone,
        zones: surroundings::zones(),
    };
    Ok((setting, called))
}

/// A zone without a name is less far from UTC, as in logs. The farthest of today are +14:00 and
/// -12:00.
const OFFSET_S_MAX: i32 = 16 * 3600;

fn zone_named(name: &str) -> Result<TimeZone, Error> {
    if name.eq_ignore_ascii_case("z") {
        return Ok(TimeZone::UTC);
    }
    let zone = DateTimeParser::new().parse_time_zone(name).ok();
    let is_near = |zone: &TimeZone| match zone.to_fixed_offset() {
        Ok(offset) => offset.seconds().abs() < OFFSET_S_MAX,
        Err(_) => true,
    };
    zone.filter(is_near).ok_or_else(|| Error::Times {
        path: None,
        reason: format!(
            "--tz {name}: no zone is called so; one is Europe/Berlin, UTC or +01:00, as 'timedatectl \
             list-timezones' has them"
        ),
    })
}
