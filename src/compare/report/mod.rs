//! The formats of the report. Each format is a thin file over the same tables, and writes to any
//! writer.

mod csv;
mod figures;
mod html;
mod json;
mod markdown;
mod text;

pub use self::{
    csv::render as csv,
    figures::{digits, utc},
    html::render as html,
    json::render as json,
    markdown::render as markdown,
    text::{Look, Style, render as text},
};
