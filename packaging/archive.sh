#!/bin/sh
# Builds what people download who have no Rust, target/dist/logscan-VERSION-TARGET.tar.gz (.zip for Windows): the program,
# the man page, the completions and the documents. Prints its path. The program must run here, as it prints the page.
# Usage: packaging/archive.sh TARGET, as rustup names it
set -eu
cd "$(dirname "$0")/.."
target=$1
cargo build --locked --release --target "$target"
built=${CARGO_TARGET_DIR:-target}/$target/release
case $target in
    *windows*) program=$built/logscan.exe ;;
    *) program=$built/logscan ;;
esac
name=$("$program" --version | tr ' ' -)-$target
dist=${CARGO_TARGET_DIR:-target}/dist
rm -rf "${dist:?}/$name"
packaging/extras.sh "$program" "$dist/$name"
cp "$program" README.md CHANGELOG.md SECURITY.md LICENSE-MIT LICENSE-APACHE "$dist/$name"
cp -r docs "$dist/$name"
cd "$dist"
case $target in
    *windows*) archive=$name.zip; rm -f "$archive"; 7z a "$archive" "$name" > /dev/null ;;
    *) archive=$name.tar.gz; tar -czf "$archive" "$name" ;;
esac
printf '%s\n' "$dist/$archive"
