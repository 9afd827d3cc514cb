// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! Medians and spreads, and how figures are written.

/// The figures of one program in one workload; there is at least one.
#[derive(Clone, Debug)]
pub struct Samples(Vec<f64>);

impl Samples {
    pub fn new(mut figures: Vec<f64>) -> Self {
        assert!(!figures.is_empty(), "a workload runs at least once");
        figures.sort_by(f64::total_cmp);
        Samples(figures)
    }

    pub fn median(&self) -> f64 {
        let middle = self.0.len() / 2;
        if self.0.len() % 2 == 1 {
            self.0[middle]
        } else {
            (self.0[middle - 1] + self.0[middle]) / 2.0
        }
    }

    /// From the lowest to the highest figure, as a share of the median.
    pub fn spread(&self) -> f64 {
        (self.0[self.0.len() - 1] - self.0[0]) / self.median()
    }

    pub fn sorted(&self) -> &[f64] {
        &self.0
    }
}

/// The geometric mean, or nothing without values.
pub fn geometric_mean(ratios: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = ratios.fold((0, 0.0), |(count, sum), ratio| (count + 1, sum + ratio.ln()));
    (count > 0).then(|| (sum / f64::from(count)).exp())
}

/// Four digits or more, in groups of three: 1.234, 12.3, 1,234.
pub fn number(value: f64) -> String {
    if value < 10.0 {
        return format!("{value:.2}");
    }
    if value < 1000.0 {
        return format!("{value:.1}");
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn median_of_odd_count_is_middle() {
        assert_eq!(Samples::new(vec![9.0, 1.0, 5.0]).median(), 5.0);
    }

    #[test]
    fn median_of_even_count_is_mean_of_middle() {
        assert_eq!(Samples::new(vec![4.0, 1.0, 2.0, 9.0]).median(), 3.0);
    }

    #[test]
    fn spread_is_share_of_median() {
        assert_eq!(Samples::new(vec![80.0, 100.0, 130.0]).spread(), 0.5);
        assert_eq!(Samples::new(vec![7.0]).spread(), 0.0);
    }

    #[test]
    fn geometric_mean_of_half_and_eight_is_two() {
        let mean = geometric_mean([0.5, 8.0].into_iter()).unwrap();
        assert!((mean - 2.0).abs() < 1e-12);
    }

    #[test]
    fn geometric_mean_of_empty_is_none() {
        assert_eq!(geometric_mean(std::iter::empty()), None);
    }

    #[test]
    fn numbers_are_grouped_to_three_digits() {
        assert_eq!(number(1.234), "1.23");
        assert_eq!(number(123.44), "123.4");
        assert_eq!(number(1234.4), "1,234");
        assert_eq!(number(1_234_567.0), "1,234,567");
    }
}
