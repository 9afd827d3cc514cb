// SPDX-FileCopyrightText: 2026 The qlocal authors
// SPDX-License-Identifier: MIT OR Apache-2.0

//! One SVG for each kind of workload: lines over connections or sizes with logarithmic axes, bars for single figures.

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::implementation::Implementation;
use crate::row::{Quantity, Row};
use crate::stats::number;
use crate::workload::Kind;

/// A picture: its file name without extension, title, and SVG.
pub struct Plot {
    pub name: String,
    pub title: String,
    pub svg: String,
}

const WIDTH: u32 = 900;
const HEIGHT: u32 = 480;
const LEGEND_WIDTH: u32 = 170;
const INK: RGBColor = RGBColor(40, 40, 40);
const GRID: RGBColor = RGBColor(225, 225, 225);

type Result<T> = std::result::Result<T, Box<dyn Error>>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// All plots for these rows.
pub fn draw_all(rows: &[Row]) -> Result<Vec<Plot>> {
    let mut plots = Vec::new();
    let mut over = |name: String, title: &str, axis: Axis, selected: Vec<&Row>| -> Result<()> {
        // A line needs two points.
        let values = selected.iter().filter(|row| row.quantity == Quantity::Value).count();
        if values >= 2 {
            let title = format!("{title}, {}", selected[0].workload.unit());
            let svg = draw_lines(&title, axis, &selected)?;
            plots.push(Plot { name, title, svg });
        } else if let [row] = selected[..] {
            plots.push(draw_bars(row)?);
        }
        Ok(())
    };
    let of_kind = |kind| rows.iter().filter(move |row| row.workload.kind == kind);

    over("ping-pong".into(), "Ping-pong", Axis::Connections, of_kind(Kind::PingPong).collect())?;
    for connections in [1, 5, 10] {
        let exchanges = of_kind(Kind::DataExchange);
        over(
            format!("data-exchange-{connections}"),
            &format!("Data exchange over {connections} connections"),
            Axis::ChunkSize,
            exchanges.filter(|row| row.workload.connections == connections).collect(),
        )?;
    }
    let small = of_kind(Kind::OneWaySmall).collect();
    over("one-way-small".into(), "One way, small writes", Axis::ChunkSize, small)?;
    let crowd = of_kind(Kind::IdleCrowd).collect();
    over("idle-crowd".into(), "Round trip in an idle crowd", Axis::OpenConnections, crowd)?;

    let drawn_as_lines = [Kind::PingPong, Kind::DataExchange, Kind::OneWaySmall, Kind::IdleCrowd];
    for row in rows.iter().filter(|row| !drawn_as_lines.contains(&row.workload.kind)) {
        plots.push(draw_bars(row)?);
    }
    Ok(plots)
}

/// The horizontal axis.
#[derive(Clone, Copy)]
enum Axis {
    Connections,
    /// The active and the idle ones: a logarithmic axis has no zero.
    OpenConnections,
    ChunkSize,
}

impl Axis {
    fn title(self) -> &'static str {
        match self {
            Axis::Connections => "connections",
            Axis::OpenConnections => "open connections, one of them active",
            Axis::ChunkSize => "bytes at a time",
        }
    }

    fn of(self, row: &Row) -> f64 {
        let value = match self {
            Axis::Connections => row.workload.connections,
            Axis::OpenConnections => row.workload.connections + 1,
            Axis::ChunkSize => row.workload.size,
        };
        value as f64
    }
}

fn colour(implementation: Implementation) -> RGBColor {
    match implementation {
        Implementation::Stock => RGBColor(215, 95, 40),
        Implementation::Qlocal => RGBColor(20, 90, 170),
        Implementation::NoLingering => RGBColor(120, 170, 220),
        Implementation::Epoll => RGBColor(60, 60, 60),
        Implementation::Blocking => RGBColor(150, 150, 150),
        Implementation::Tokio => RGBColor(140, 80, 180),
        Implementation::Interprocess => RGBColor(205, 130, 190),
        Implementation::Glib => RGBColor(50, 150, 90),
    }
}

fn width(implementation: Implementation) -> u32 {
    if implementation == Implementation::Qlocal {
        4
    } else {
        2
    }
}

fn draw_lines(title: &str, axis: Axis, rows: &[&Row]) -> Result<String> {
    let points = |implementation, quantity| -> Vec<(f64, f64)> {
        rows.iter()
            .filter(|row| row.quantity == quantity)
            .filter_map(|row| Some((axis.of(row), row.median(implementation)?)))
            .collect()
    };
    let (least_x, greatest_x) = bounds(rows.iter().map(|row| axis.of(row)));
    let values =
        rows.iter().flat_map(|row| row.figures.iter().map(|(_, samples)| samples.median()));
    let (least_y, greatest_y) = bounds(values);

    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
    area.fill(&WHITE)?;
    let (plot, legend) = area.split_horizontally(WIDTH - LEGEND_WIDTH);
    let style = ("sans-serif", 14).into_font().color(&INK);
    let mut chart = ChartBuilder::on(&plot)
        .caption(title, ("sans-serif", 18).into_font().color(&INK))
        .margin(14)
        .x_label_area_size(44)
        .y_label_area_size(84)
        .build_cartesian_2d(
            (least_x * 0.9..greatest_x * 1.1).log_scale(),
            (least_y * 0.8..greatest_y * 1.25).log_scale(),
        )?;
    chart
        .configure_mesh()
        .bold_line_style(GRID)
        .light_line_style(WHITE)
        .label_style(style.clone())
        .axis_desc_style(style)
        .x_desc(axis.title())
        .x_label_formatter(&|value| whole(*value))
        .y_label_formatter(&|value| number(*value))
        .draw()?;

    let mut entries = Vec::new();
    for implementation in Implementation::ALL {
        let (line, dots) = (colour(implementation).stroke_width(width(implementation)), 4);
        let values = points(implementation, Quantity::Value);
        if values.is_empty() {
            continue;
        }
        entries.push(implementation);
        chart.draw_series([PathElement::new(values.clone(), line)])?;
        let filled = colour(implementation).filled();
        chart.draw_series(values.into_iter().map(|point| Circle::new(point, dots, filled)))?;
        // The 99th percentile is the thin line.
        let tail = points(implementation, Quantity::Percentile99);
        chart.draw_series([PathElement::new(
            tail,
            colour(implementation).mix(0.5).stroke_width(1),
        )])?;
    }
    draw_legend(&legend, &entries, rows.iter().any(|row| row.quantity == Quantity::Percentile99))?;
    area.present()?;
    drop((plot, legend, chart));
    drop(area);
    Ok(svg)
}

fn draw_legend(area: &Area, entries: &[Implementation], has_tail: bool) -> Result<()> {
    let mut top = 60;
    let mut entry = |text: &str, colour: RGBAColor, width: u32| -> Result<()> {
        area.draw(&PathElement::new([(0, top), (26, top)], colour.stroke_width(width)))?;
        write(area, text, (34, top), 14, HPos::Left)?;
        top += 26;
        Ok(())
    };
    for implementation in entries {
        entry(implementation.title(), colour(*implementation).into(), width(*implementation))?;
    }
    if has_tail {
        entry("thin: 99th perc.", INK.mix(0.5), 1)?;
    }
    Ok(())
}

fn draw_bars(row: &Row) -> Result<Plot> {
    const LEFT: i32 = 130;
    const RIGHT: i32 = 130;
    const TOP: i32 = 60;
    const ROW_HEIGHT: i32 = 34;
    const BAR_HEIGHT: i32 = 20;

    let better = if row.workload.is_higher_better() { "longer" } else { "shorter" };
    let title = format!("{}, {}, {better} is better", row.name(), row.workload.unit());
    let height = TOP + ROW_HEIGHT * row.figures.len() as i32 + 16;
    let (_, greatest) = bounds(row.figures.iter().map(|(_, samples)| samples.median()));
    let mut svg = String::new();
    let area = SVGBackend::with_string(&mut svg, (WIDTH, height as u32)).into_drawing_area();
    area.fill(&WHITE)?;
    write(&area, &title, (LEFT, 26), 18, HPos::Left)?;
    for (index, (implementation, samples)) in row.figures.iter().enumerate() {
        let middle = TOP + ROW_HEIGHT * index as i32 + ROW_HEIGHT / 2;
        let room = f64::from(WIDTH as i32 - LEFT - RIGHT);
        let end = LEFT + (samples.median() / greatest * room).round() as i32;
        let corners = [(LEFT, middle - BAR_HEIGHT / 2), (end, middle + BAR_HEIGHT / 2)];
        area.draw(&Rectangle::new(corners, colour(*implementation).filled()))?;
        write(&area, implementation.title(), (LEFT - 10, middle), 14, HPos::Right)?;
        write(&area, &number(samples.median()), (end + 8, middle), 14, HPos::Left)?;
    }
    area.present()?;
    drop(area);
    let name = row.name().replace(' ', "-");
    Ok(Plot { name, title, svg })
}

fn write(area: &Area, text: &str, at: (i32, i32), size: i32, side: HPos) -> Result<()> {
    let style = ("sans-serif", size).into_font().color(&INK);
    area.draw(&Text::new(text.to_owned(), at, style.pos(Pos::new(side, VPos::Center))))?;
    Ok(())
}

/// The smallest and the largest value above zero.
fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values
        .filter(|value| *value > 0.0)
        .fold((f64::MAX, f64::MIN_POSITIVE), |(smallest, largest), value| {
            (smallest.min(value), largest.max(value))
        })
}

fn whole(value: f64) -> String {
    format!("{value:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::row::tests::row;
    use Implementation::{Epoll, Qlocal, Stock};

    fn rows() -> Vec<Row> {
        let figures = [(Stock, 1000.0), (Qlocal, 250_000.0), (Epoll, 300_000.0)];
        let mut rows: Vec<Row> =
            ["ping-pong 10", "ping-pong 1000", "storm", "idle crowd 0", "idle crowd 9000"]
                .into_iter()
                .map(|name| row(name, &figures))
                .collect();
        rows.push(row("idle crowd 0", &figures));
        rows[5].quantity = Quantity::Percentile99;
        rows
    }

    #[test]
    fn each_kind_has_picture() {
        let names: Vec<_> = draw_all(&rows()).unwrap().into_iter().map(|plot| plot.name).collect();
        assert_eq!(names, ["ping-pong", "idle-crowd", "storm"]);
    }

    #[test]
    fn legend_names_just_programs_present() {
        let plots = draw_all(&rows()).unwrap();
        for text in ["Stock Qt", "qlocal", "plain epoll", "connections"] {
            assert!(plots[0].svg.contains(text), "no {text}");
        }
        assert!(!plots[0].svg.contains("tokio"));
        assert!(plots[1].svg.contains("99th"));
        assert!(!plots[0].svg.contains("99th"));
    }

    #[test]
    fn one_point_makes_bars() {
        let plots = draw_all(&[row("ping-pong 10", &[(Stock, 1.0), (Qlocal, 2.0)])]).unwrap();
        assert!(plots[0].svg.contains("longer is better"));
    }

    #[test]
    fn zero_is_bar_without_length() {
        let plots = draw_all(&[row("weight", &[(Stock, 0.0), (Qlocal, 0.0)])]).unwrap();
        assert!(plots[0].svg.contains("shorter is better"));
    }
}
