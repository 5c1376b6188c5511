//! A picture: the chart of the page as a file of its own.

use std::io::{self, Write};

use super::chart;
use crate::{
    histogram::Histogram,
    page::{STYLE, escaped},
};

/// The width of the picture, and the space around the chart.
const WIDTH_PX: u32 = 960;
const MARGIN_PX: u32 = 24;

/// The heights of the title and of the caption.
const TITLE_PX: u32 = 32;
const CAPTION_PX: u32 = 28;

pub(super) fn write(histogram: &Histogram, out: &mut dyn Write) -> io::Result<()> {
    let figure = chart::figure(histogram).expect("writing to a String does not fail");
    let (title, caption) = (escaped(figure.title), escaped(&figure.caption));
    let height = TITLE_PX + figure.height_px + CAPTION_PX;
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{}\" height=\"{}\" aria-label=\"{title}. {}\">\n\
         <style>\n{STYLE}svg {{ width: auto; font-family: system-ui, sans-serif; background: var(--card); }}\n</style>\n\
         <rect width=\"100%\" height=\"100%\" fill=\"var(--card)\"/>\n\
         <svg x=\"{MARGIN_PX}\" y=\"{MARGIN_PX}\" width=\"{WIDTH_PX}\" height=\"{height}\">\n\
         <text x=\"0\" y=\"16\" font-weight=\"600\">{title}</text>\n\
         <svg y=\"{TITLE_PX}\" width=\"{WIDTH_PX}\" height=\"{}\">\n{}</svg>\n\
         <text class=\"soft\" x=\"0\" y=\"{}\">{caption}</text>\n</svg>\n</svg>",
        WIDTH_PX + 2 * MARGIN_PX,
        height + 2 * MARGIN_PX,
        escaped(&figure.words),
        figure.height_px,
        figure.drawing,
        height - 8
    )
}
