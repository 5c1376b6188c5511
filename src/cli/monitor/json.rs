//! Writes what boards say, for programs: one object for each board.

use logscan::ForRunners;
use serde::Serialize;

use super::{NamedBoard, word};

/// The version of the format.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct BoardObject<'a> {
    schema: u32,
    board: String,
    status: &'static str,
    /// Whether the machine has been started again since. This is for `crashed` only.
    rebooted: bool,
    exit_status: Option<u8>,
    name: &'a str,
    search: &'a str,
    process_id: u64,
    begun_ms: u64,
    inputs: u64,
    inputs_done: u64,
    bytes_total: Option<u64>,
    bytes_done: u64,
    hits: u64,
    notes: u64,
    elapsed_seconds: f64,
    silent_seconds: f64,
    workers: &'a [u64],
    checkpoint: Option<CheckpointObject>,
}

#[derive(Serialize)]
struct CheckpointObject {
    sequence: u64,
    offset: u64,
    /// How many lines are before `lines_offset`, which is not behind `offset`.
    lines: u64,
    lines_offset: u64,
    hits: u64,
    saved_ms: u64,
}

/// Returns a line for each board.
pub(super) fn lines(snapshots: &[NamedBoard]) -> String {
    snapshots.iter().map(line).collect()
}

fn line((path, shot): &NamedBoard) -> String {
    let object = BoardObject {
        schema: SCHEMA,
        board: path.to_string_lossy().into_owned(),
        status: word(shot.status),
        rebooted: shot.status == logscan::board::Status::Rebooted,
        exit_status: shot.exit_status,
        name: &shot.name,
        search: &shot.search,
        process_id: shot.process_id,
        begun_ms: shot.begun_wall_ns / 1_000_000,
        inputs: shot.inputs,
        inputs_done: shot.inputs_done,
        bytes_total: Some(shot.bytes_total).filter(|&total| total > 0),
        bytes_done: shot.bytes_done,
        hits: shot.hits,
        notes: shot.notes,
        elapsed_seconds: shot.input_for.as_secs_f64(),
        silent_seconds: shot.silent_for.as_secs_f64(),
        workers: &shot.lanes,
        checkpoint: shot.saved.map(|saved| CheckpointObject {
            sequence: saved.sequence,
            offset: saved.offset,
            lines: saved.numbered_lines,
            lines_offset: saved.numbered_at,
            hits: saved.hits,
            saved_ms: saved.saved_wall_ns / 1_000_000,
        }),
    };
    let mut text = Vec::new();
    serde_json::to_writer(ForRunners::json(&mut text), &object)
        .expect("strings and numbers are JSON, and writing to a Vec does not fail");
    text.push(b'\n');
    String::from_utf8(text).expect("JSON is UTF-8")
}
