#!/usr/bin/env bash
# One repository, for multi-gitter and everything else that runs a command in each clone: the migration is left in the
# working tree, the report goes to $LAMBDALIFT_REPORTS. Status 0: whatever has changed is a pull request, and if nothing
# has changed, none is wanted. Any other status: lambdalift failed, and nothing of this repository is to be proposed.
set -euo pipefail
: "${LAMBDALIFT_REPORTS:?is to name a directory for the reports, outside of the clones}"
: "${REPOSITORY:?is to name the repository; multi-gitter sets it}"

mkdir -p "$LAMBDALIFT_REPORTS"
report="$LAMBDALIFT_REPORTS/${REPOSITORY//\//__}.jsonl"
lambdalift --write --strict --format jsonl --label "$REPOSITORY" --output "$report" "$@"
