//! What programs rely on without being told: which public types may be sent to, and shared with,
//! other threads.

use crate::*;

fn send_and_sync<T: Send + Sync>() {}

/// For what has a reader or a writer in a box.
fn send<T: Send>() {}

/// It is the compiler that runs this test.
#[test]
fn public_types_are_send_and_sync() {
    send_and_sync::<Access>();
    send_and_sync::<CaseMode>();
    send_and_sync::<Checkpoint>();
    send_and_sync::<Context>();
    send_and_sync::<EachLine<fn(FoundLine<'_>) -> Result<(), Error>>>();
    send_and_sync::<Error>();
    send_and_sync::<Extent>();
    send_and_sync::<FileId>();
    send_and_sync::<Finder>();
    send_and_sync::<FoundLine<'_>>();
    send_and_sync::<Limit>();
    send_and_sync::<Line<'_>>();
    send_and_sync::<LineKind>();
    send_and_sync::<Lines<'_>>();
    send_and_sync::<Matcher>();
    send_and_sync::<MatchingLine<'_>>();
    send_and_sync::<Note>();
    send_and_sync::<NumberedLine<'_>>();
    send_and_sync::<Patterns>();
    send_and_sync::<Progress>();
    send_and_sync::<ReadMode>();
    send_and_sync::<Scan>();
    send_and_sync::<SharedMap>();
    send_and_sync::<SharedView>();
    send::<Source>();
    send_and_sync::<Stop>();
    send_and_sync::<Summary>();
    send_and_sync::<Syntax>();
    send_and_sync::<Usage>();
    send_and_sync::<Workers>();
    send::<sink::ByPattern>();
    send_and_sync::<sink::Colors>();
    send::<sink::Count>();
    send_and_sync::<sink::Escape<Vec<u8>>>();
    send_and_sync::<sink::Layout>();
    send::<sink::Names>();
    send_and_sync::<sink::Quiet>();
    send::<sink::Tally>();
    send::<sink::Text>();
}

#[test]
#[cfg(all(
    feature = "board",
    feature = "compare",
    feature = "json",
    feature = "triage"
))]
fn public_types_of_features_are_send_and_sync() {
    send_and_sync::<board::Board>();
    send_and_sync::<board::BoardView>();
    send_and_sync::<board::Digest>();
    send_and_sync::<board::End>();
    send_and_sync::<board::Identity>();
    send_and_sync::<board::Saved>();
    send_and_sync::<board::Search<'_>>();
    send::<board::Searched>();
    send_and_sync::<board::Snapshot>();
    send_and_sync::<board::Start>();
    send_and_sync::<board::Status>();
    send_and_sync::<compare::FileFacts>();
    send_and_sync::<compare::Machine>();
    send_and_sync::<compare::Measured>();
    send_and_sync::<compare::TrialOutcome>();
    send_and_sync::<compare::Plan>();
    send_and_sync::<compare::Report>();
    send::<sink::Json>();
    send_and_sync::<templates::Assigner>();
    send_and_sync::<templates::Miner>();
    send_and_sync::<templates::Options>();
    send_and_sync::<templates::Templates>();
    send_and_sync::<triage::Finding>();
    send::<triage::Log>();
    send::<triage::Logs>();
    send_and_sync::<triage::Report>();
    send_and_sync::<triage::Rules>();
    send_and_sync::<triage::Triage<'_>>();
    send_and_sync::<triage::Triaged>();
}
