//! Dates as days since 1970-01-01, in the calendar of today at all times.

/// Seconds of a day.
pub(super) const DAY_S: i64 = 86_400;

/// Years that a [`Moment`](super::Moment) can hold in full; others are refused.
pub(super) const YEARS: std::ops::RangeInclusive<i64> = 1678..=2261;

/// The day of a date, if there is such a date.
pub(super) fn day_of(year: i64, month: i64, day: i64) -> Option<i64> {
    let is_date = YEARS.contains(&year)
        && (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day);
    is_date.then(|| day_number(year, month, day))
}

/// The day of an ordinal date, ISO 8601: `2026-324`.
pub(super) fn day_of_ordinal(year: i64, nth: i64) -> Option<i64> {
    let days = 365 + i64::from(is_leap(year));
    let first = day_of(year, 1, 1)?;
    (1..=days).contains(&nth).then_some(first + nth - 1)
}

/// The day of a week date, ISO 8601: `2026-W47-5`. Week 1 is the one with January 4th.
pub(super) fn day_of_week(year: i64, week: i64, weekday: i64) -> Option<i64> {
    let first = |year| {
        let fourth = day_number(year, 1, 4);
        fourth - weekday_of(fourth)
    };
    let day = first(year) + (week - 1) * 7 + weekday - 1;
    let is_date = YEARS.contains(&year) && week >= 1 && (1..=7).contains(&weekday);
    (is_date && day < first(year + 1)).then_some(day)
}

/// The year, month and day of a day.
pub(super) fn date_of(day: i64) -> (i64, i64, i64) {
    // The reverse of `day_number`, from the same source.
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let of_era = day.rem_euclid(146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// The days from 1970-01-01 to a date: Howard Hinnant, "chrono-Compatible Low-Level Date
/// Algorithms", `days_from_civil`. A year begins in March there, so that a leap day is its last.
fn day_number(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// 0 for Monday; 1970-01-01 was a Thursday.
fn weekday_of(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap(year)),
        _ => 31,
    }
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_day_is_the_one_that_jiff_says() {
        let epoch = date(1970, 1, 1);
        let mut want = date(1678, 1, 1);
        let mut day = i64::from(epoch.until(want).unwrap().get_days());
        while want < date(2262, 1, 1) {
            let (year, month, of_month) = (want.year(), want.month(), want.day());
            let wanted = (i64::from(year), i64::from(month), i64::from(of_month));
            assert_eq!(date_of(day), wanted);
            assert_eq!(day_of(wanted.0, wanted.1, wanted.2), Some(day));
            let ordinal = i64::from(want.day_of_year());
            assert_eq!(day_of_ordinal(wanted.0, ordinal), Some(day));
            let week = want.iso_week_date();
            let year = i64::from(week.year());
            if YEARS.contains(&year) {
                let weekday = i64::from(week.weekday().to_monday_one_offset());
                assert_eq!(
                    day_of_week(year, i64::from(week.week()), weekday),
                    Some(day)
                );
            }
            want = want.tomorrow().unwrap();
            day += 1;
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for (year, month, day) in [
            (2026, 2, 29),
            (2100, 2, 29),
            (2026, 2, 30),
            (2026, 4, 31),
            (2026, 0, 1),
            (2026, 13, 1),
            (2026, 1, 0),
            (2026, 1, 32),
            (1677, 12, 31),
            (2262, 1, 1),
        ] {
            assert_eq!(day_of(year, month, day), None, "{year} {month} {day}");
        }
        assert_eq!(day_of_ordinal(2026, 366), None);
        assert_eq!(day_of_ordinal(2026, 0), None);
        assert!(day_of_ordinal(2028, 366).is_some());
        assert_eq!(day_of_week(2025, 53, 1), None);
        assert!(day_of_week(2026, 53, 7).is_some());
        assert_eq!(day_of_week(2026, 0, 1), None);
        assert_eq!(day_of_week(2026, 1, 8), None);
    }
}
