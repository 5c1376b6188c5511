#!/bin/sh
# Writes what is installed beside the program: the man page and the completions, as the program itself prints them.
# Usage: packaging/extras.sh PROGRAM FOLDER
set -eu
program=$1
folder=$2
mkdir -p "$folder"
"$program" generate man > "$folder/logscan.1"
"$program" generate bash > "$folder/logscan.bash"
"$program" generate zsh > "$folder/_logscan"
"$program" generate fish > "$folder/logscan.fish"
"$program" generate powershell > "$folder/_logscan.ps1"
