//! A scale with round steps.

/// A scale from 0 to a little more than the largest value, in round steps.
pub(crate) struct Axis {
    step: f64,
    pub(crate) end: f64,
}

impl Axis {
    pub(crate) fn to(largest: f64) -> Axis {
        if !(largest.is_finite() && largest > 0.0) {
            return Axis {
                step: 1.0,
                end: 1.0,
            };
        }
        let rough = largest / 4.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 2.5, 5.0, 10.0]
            .map(|factor| factor * power)
            .into_iter()
            .find(|step| *step >= rough)
            .unwrap_or(10.0 * power);
        Axis {
            step,
            end: largest * 1.02,
        }
    }

    pub(crate) fn percent(&self, value: f64) -> f64 {
        (value / self.end * 100.0).clamp(0.0, 100.0)
    }

    pub(crate) fn steps(&self) -> impl Iterator<Item = f64> {
        let (step, end) = (self.step, self.end);
        (0..=10u32)
            .map(move |nth| f64::from(nth) * step)
            .take_while(move |value| *value <= end)
    }
}

/// Formats a number without zeros at the end.
pub(crate) fn number(value: f64) -> String {
    let text = format!("{value:.6}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_axis_has_a_few_round_steps_and_reaches_the_largest_value() {
        for (largest, want) in [
            (0.31, vec![0.0, 0.1, 0.2, 0.3]),
            (17.0, vec![0.0, 5.0, 10.0, 15.0]),
            (0.0, vec![0.0, 1.0]),
        ] {
            let axis = Axis::to(largest);
            let steps: Vec<f64> = axis.steps().collect();
            assert_eq!(steps.len(), want.len(), "{steps:?}");
            for (step, want) in steps.iter().zip(want) {
                assert!((step - want).abs() < 1e-9, "{steps:?}");
            }
            assert!(axis.end >= largest);
        }
        assert_eq!(Axis::to(f64::NAN).end, 1.0);
    }

    #[test]
    fn numbers_of_an_axis_have_no_zeros_at_the_end() {
        let shown: Vec<String> = [0.0, 0.25, 10.0, 0.000_5].map(number).into();
        assert_eq!(shown, ["0", "0.25", "10", "0.0005"]);
    }
}
