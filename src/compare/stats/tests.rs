//! Checks medians and outliers by hand, and intervals against distributions whose median is known.

use super::*;

/// SplitMix64 with a seed: the experiments are the same on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number from 0 to below 1.
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Returns a normally distributed number, after Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.share()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.share()).cos()
    }
}

/// The distribution of the factor by which times differ from those of a quiet machine.
#[derive(Clone, Copy, Debug)]
enum Noise {
    /// Log-normal, with this deviation.
    LogNormal(f64),
    /// Log-normal, and one time in ten is slowed down by a factor of up to 2.2.
    Outliers,
    /// Never faster than quiet, exponentially slower, and one time in five takes half as long
    /// again.
    Bursts,
    /// A distribution with heavy tails.
    Laplace,
    Uniform,
}

const NOISES: [Noise; 6] = [
    Noise::LogNormal(0.03),
    Noise::LogNormal(0.2),
    Noise::Outliers,
    Noise::Bursts,
    Noise::Laplace,
    Noise::Uniform,
];

impl Noise {
    fn factor(self, random: &mut Random) -> f64 {
        match self {
            Noise::LogNormal(deviation) => (deviation * random.normal()).exp(),
            Noise::Outliers => {
                let factor = Noise::LogNormal(0.03).factor(random);
                match random.share() < 0.1 {
                    true => factor * (1.2 + random.share()),
                    false => factor,
                }
            }
            Noise::Bursts => {
                let factor = 1.0 - 0.02 * (1.0 - random.share()).ln();
                if random.share() < 0.2 {
                    factor * 1.5
                } else {
                    factor
                }
            }
            Noise::Laplace => {
                let side = random.share() - 0.5;
                let far = -(1.0 - 2.0 * side.abs()).max(1e-300).ln();
                (0.05 * side.signum() * far).exp()
            }
            Noise::Uniform => 1.0 + 0.2 * random.share(),
        }
    }
}

const EXPERIMENTS: u32 = 1000;
const TRUTH: f64 = 1.62;

/// Returns in how many of 1,000 experiments with `pairs` pairs an interval covers the true ratio,
/// in per cent.
fn coverage_percent(
    noise: Noise,
    pairs: usize,
    interval: impl Fn(&[f64], &mut Random) -> Option<Interval>,
) -> f64 {
    let mut random = Random(20_261_121 + pairs as u64);
    let mut covered = 0;
    for _ in 0..EXPERIMENTS {
        let ratios: Vec<f64> = (0..pairs)
            .map(|_| TRUTH * noise.factor(&mut random) / noise.factor(&mut random))
            .collect();
        let interval = interval(&ratios, &mut random).expect("there are enough pairs");
        covered += u32::from(interval.contains(TRUTH));
    }
    f64::from(covered) * 100.0 / f64::from(EXPERIMENTS)
}

#[test]
fn the_interval_covers_the_true_ratio_in_92_to_98_of_100_experiments() {
    for noise in NOISES {
        for pairs in [6, 7, 8, 9, 10, 11, 12, 15, 20, 31, 50, 100] {
            let percent = coverage_percent(noise, pairs, |ratios, _| median_interval(ratios));
            assert!(
                (92.0..=98.0).contains(&percent),
                "{noise:?}, {pairs} pairs: {percent} %"
            );
        }
    }
}

/// This is the reason for the interval that is used: see the head of `stats.rs`.
#[test]
fn a_percentile_bootstrap_would_cover_too_little_with_7_pairs() {
    let bootstrap = |ratios: &[f64], random: &mut Random| {
        let mut medians: Vec<f64> = (0..500)
            .map(|_| {
                let draw = |_| ratios[crate::line::to_usize(random.next() % ratios.len() as u64)];
                median(&(0..ratios.len()).map(draw).collect::<Vec<_>>())
            })
            .collect();
        medians.sort_by(f64::total_cmp);
        Some(Interval {
            low: medians[12],
            high: medians[487],
        })
    };
    let percent = coverage_percent(Noise::LogNormal(0.03), 7, bootstrap);
    assert!(percent < 92.0, "{percent} %");
}

#[test]
fn the_interval_of_a_quotient_of_two_medians_covers_the_truth_too() {
    for noise in NOISES {
        for (over, under) in [(6, 6), (8, 8), (8, 20), (30, 12)] {
            let mut random = Random(7 + over as u64);
            let mut covered = 0;
            for _ in 0..EXPERIMENTS {
                let mut draw = |count, truth: f64| -> Vec<f64> {
                    (0..count)
                        .map(|_| truth * noise.factor(&mut random))
                        .collect()
                };
                let (quotient, interval) = quotient_of_medians(&draw(over, 3.0), &draw(under, 2.0));
                let interval = interval.unwrap();
                assert!(interval.contains(quotient));
                covered += u32::from(interval.contains(1.5));
            }
            let percent = f64::from(covered) * 100.0 / f64::from(EXPERIMENTS);
            // With very few values the interval is wider than it needs to be: a missed regression
            // is better than a false alarm.
            assert!(
                (93.0..=99.5).contains(&percent),
                "{noise:?}, {over} and {under}: {percent} %"
            );
        }
    }
}

#[test]
fn below_6_values_there_is_no_interval() {
    let values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
    for count in 0..INTERVAL_VALUES_MIN {
        assert_eq!(median_interval(&values[..count]), None);
    }
    // The whole range covers 96.9 %, so the 95 % interval is a little narrower.
    let interval = median_interval(&values).unwrap();
    assert!(interval.low > 1.0 && interval.low < 1.5, "{interval:?}");
    assert!(interval.high < 6.0 && interval.high > 5.5, "{interval:?}");
    assert_eq!(quotient_of_medians(&values, &values[..5]).1, None);
}

#[test]
fn coverage_is_that_of_the_binomial_distribution() {
    // A textbook's table for the median of 8 values has 99.2 % from the first to the last, and 93.0
    // % without these two.
    assert!((coverage(8, 1) - 0.992_187_5).abs() < 1e-12);
    assert!((coverage(8, 2) - 0.929_687_5).abs() < 1e-12);
    assert_eq!((widest_rank(6), widest_rank(8), widest_rank(9)), (1, 1, 2));
    // This is far from the count at which a half to its power underflows.
    assert!((coverage(1000, 500) - 0.025_225).abs() < 1e-4);
}

#[test]
fn an_interval_does_not_depend_on_the_order_of_values_and_scales_with_them() {
    let values = [5.0, 1.0, 4.0, 2.0, 9.0, 3.0, 8.0];
    let mut reversed = values;
    reversed.reverse();
    let interval = median_interval(&values).unwrap();
    assert_eq!(median_interval(&reversed), Some(interval));
    let doubled = median_interval(&values.map(|value| 2.0 * value)).unwrap();
    assert!((doubled.low - 2.0 * interval.low).abs() < 1e-12);
    assert!(interval.contains(median(&values)));
}

#[test]
fn a_value_far_from_the_others_is_an_outlier() {
    let odd = |values: &[f64]| -> Vec<usize> {
        let flags = outliers(values);
        (0..values.len()).filter(|&at| flags[at]).collect()
    };
    assert_eq!(odd(&[1.0, 1.01, 0.99, 1.02, 3.0, 0.98]), [4]);
    assert_eq!(odd(&[1.0, 1.01, 0.99, 1.02, 1.03, 0.98]), [0; 0]);
    assert_eq!(odd(&[]), [0; 0]);
    assert_eq!(odd(&[1.0]), [0; 0]);
    // Where most values are equal, nothing is known about how they scatter.
    assert_eq!(odd(&[1.0, 1.0, 1.0, 1.0001]), [0; 0]);
}

#[test]
fn the_spread_of_known_values() {
    let spread = Spread::of(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]);
    assert_eq!(
        (spread.median, spread.min, spread.max, spread.mean),
        (4.5, 2.0, 9.0, 5.0)
    );
    assert!((spread.deviation - (32.0f64 / 7.0).sqrt()).abs() < 1e-12);
    assert_eq!(Spread::of(&[3.0]).deviation, 0.0);
    assert_eq!(Spread::of(&[]), Spread::default());
    assert!(median(&[]).is_nan());
}

#[test]
fn the_inverse_of_an_interval_swaps_its_ends() {
    let interval = Interval {
        low: 0.5,
        high: 0.8,
    };
    assert_eq!(
        interval.inverse(),
        Interval {
            low: 1.25,
            high: 2.0
        }
    );
}
