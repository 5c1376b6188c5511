#!/bin/sh
# Builds the Debian package, target/debian/logscan_*.deb, with the profile dist, as [package.metadata.deb] in Cargo.toml describes it.
# Needs cargo-deb (cargo install --locked cargo-deb), which gets the arguments.
set -eu
cd "$(dirname "$0")/.."
cargo build --locked --profile dist
# cargo-deb looks where cargo builds, too.
built=${CARGO_TARGET_DIR:-target}/dist
packaging/extras.sh "$built/logscan" "$built/extras"
gzip -9nf "$built/extras/logscan.1"
exec cargo deb --profile dist --no-build --locked "$@"
