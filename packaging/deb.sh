#!/bin/sh
# Builds the Debian package, target/debian/logscan_*.deb, as [package.metadata.deb] in Cargo.toml describes it.
# Needs cargo-deb (cargo install --locked cargo-deb), which gets the arguments.
set -eu
cd "$(dirname "$0")/.."
cargo build --locked --release
# cargo-deb looks where cargo builds, too.
release=${CARGO_TARGET_DIR:-target}/release
packaging/extras.sh "$release/logscan" "$release/extras"
gzip -9nf "$release/extras/logscan.1"
exec cargo deb --no-build --locked "$@"
