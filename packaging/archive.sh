#!/bin/sh
# Builds what people download who have no Rust, target/packages/logscan-VERSION-TARGET.tar.gz (.zip for Windows): the program,
# the man page, the completions and the documents; with the profile dist. Prints its path. The program must run here, as it prints the page.
# Usage: packaging/archive.sh TARGET, as rustup names it
set -eu
cd "$(dirname "$0")/.."
target=$1
cargo build --locked --profile dist --target "$target"
built=${CARGO_TARGET_DIR:-target}/$target/dist
case $target in
    *windows*) program=$built/logscan.exe ;;
    *) program=$built/logscan ;;
esac
name=$("$program" --version | tr ' ' -)-$target
packages=${CARGO_TARGET_DIR:-target}/packages
rm -rf "${packages:?}/$name"
packaging/extras.sh "$program" "$packages/$name"
cp "$program" README.md CHANGELOG.md SECURITY.md LICENSE-MIT LICENSE-APACHE "$packages/$name"
cp -r docs "$packages/$name"
cd "$packages"
case $target in
    *windows*) archive=$name.zip; rm -f "$archive"; 7z a "$archive" "$name" > /dev/null ;;
    *) archive=$name.tar.gz; tar -czf "$archive" "$name" ;;
esac
printf '%s\n' "$packages/$archive"
