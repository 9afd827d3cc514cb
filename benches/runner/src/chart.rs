// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! The ratios as a bar chart.

use std::error::Error;

use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::implementation::Implementation;
use crate::regime::Regime;
use crate::row::{Quantity, Row};
use crate::section::Section;
use crate::stats::number;

const WIDTH: i32 = 900;
const LEFT: i32 = 230;
const RIGHT: i32 = 230;
const TOP: i32 = 70;
const BOTTOM: i32 = 40;
const ROW_HEIGHT: i32 = 26;
const BAR_HEIGHT: i32 = 16;

const INK: RGBColor = RGBColor(40, 40, 40);
const BETTER: RGBColor = RGBColor(44, 123, 182);
const WORSE: RGBColor = RGBColor(215, 95, 40);

/// An SVG with one bar for each workload and regime, as long as its ratio to stock Qt.
pub fn draw(sections: &[Section]) -> Result<String, Box<dyn Error>> {
    let rows: Vec<(String, &Row, f64)> = sections
        .iter()
        .flat_map(|section| section.rows.iter().map(move |row| (section.regime, row)))
        .filter(|(_, row)| row.quantity == Quantity::Value)
        .filter_map(|(regime, row)| {
            let name = match regime {
                Regime::AsIs => row.name(),
                regime => format!("{}, {}", row.name(), regime.name()),
            };
            Some((name, row, row.ratio_to(Implementation::Stock)?))
        })
        .collect();
    let height = TOP + ROW_HEIGHT * rows.len() as i32 + BOTTOM;
    let scale = Scale::new(rows.iter().map(|(_, _, ratio)| *ratio));

    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, (WIDTH as u32, height as u32)).into_drawing_area();
    area.fill(&WHITE)?;
    let write = |text: &str, at: (i32, i32), size: i32, side: HPos| {
        let style = ("sans-serif", size).into_font().color(&INK);
        area.draw(&Text::new(text.to_owned(), at, style.pos(Pos::new(side, VPos::Center))))
    };

    write("qlocal to stock Qt, same program, longer is better", (LEFT, 20), 18, HPos::Left)?;
    legend(&area, LEFT, BETTER, "better than stock Qt")?;
    legend(&area, LEFT + 180, WORSE, "worse than stock Qt")?;

    for (index, (name, row, ratio)) in rows.into_iter().enumerate() {
        let middle = TOP + ROW_HEIGHT * index as i32 + ROW_HEIGHT / 2;
        let end = scale.at(ratio);
        let colour = if ratio >= 1.0 { BETTER } else { WORSE };
        let corners = [(LEFT, middle - BAR_HEIGHT / 2), (end, middle + BAR_HEIGHT / 2)];
        area.draw(&Rectangle::new(corners, colour.filled()))?;
        write(&name, (LEFT - 10, middle), 14, HPos::Right)?;
        let qlocal = row.median(Implementation::Qlocal).map(number).unwrap_or_default();
        let figures = format!("{ratio:.2}  ({qlocal} {})", row.workload.unit());
        write(&figures, (end + 8, middle), 14, HPos::Left)?;
    }

    let bottom = height - BOTTOM;
    let one = scale.at(1.0);
    area.draw(&PathElement::new([(one, TOP), (one, bottom)], INK.stroke_width(2)))?;
    write("stock Qt = 1", (one, bottom + 18), 14, HPos::Center)?;
    area.present()?;
    drop(area);
    Ok(svg)
}

fn legend<B: DrawingBackend>(
    area: &DrawingArea<B, plotters::coord::Shift>,
    left: i32,
    colour: RGBColor,
    text: &str,
) -> Result<(), DrawingAreaErrorKind<B::ErrorType>> {
    let middle = 48;
    area.draw(&Rectangle::new([(left, middle - 6), (left + 12, middle + 6)], colour.filled()))?;
    let style = ("sans-serif", 14).into_font().color(&INK);
    let style = style.pos(Pos::new(HPos::Left, VPos::Center));
    area.draw(&Text::new(text.to_owned(), (left + 18, middle), style))
}

/// Linear, so that twice as long is twice as fast.
struct Scale {
    greatest: f64,
}

impl Scale {
    fn new(ratios: impl Iterator<Item = f64>) -> Self {
        Scale { greatest: ratios.fold(1.0, f64::max) }
    }

    fn at(&self, ratio: f64) -> i32 {
        let room = f64::from(WIDTH - LEFT - RIGHT);
        LEFT + (ratio / self.greatest * room).round() as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::tests::row;
    use crate::section::tests::section;
    use Implementation::{Qlocal, Stock};

    #[test]
    fn chart_names_each_workload_and_its_ratio() {
        let rows = vec![
            row("ping-pong 10", &[(Stock, 100.0), (Qlocal, 250.0)]),
            row("weight", &[(Stock, 50.0), (Qlocal, 100.0)]),
        ];
        let awake = vec![row("storm", &[(Stock, 10.0), (Qlocal, 30.0)])];
        let sections = [section(Regime::AsIs, 25, rows), section(Regime::Awake, 3, awake)];
        let svg = draw(&sections).unwrap();
        for text in
            ["ping-pong 10", "2.50", "weight", "0.50", "storm, awake", "3.00", "stock Qt = 1"]
        {
            assert!(svg.contains(text), "no {text} in {svg}");
        }
    }

    #[test]
    fn bar_length_is_proportional_to_value() {
        let scale = Scale::new([4.0, 2.0].into_iter());
        assert_eq!(scale.at(4.0), WIDTH - RIGHT);
        assert_eq!(scale.at(4.0) - LEFT, 2 * (scale.at(2.0) - LEFT));
    }
}
