#!/usr/bin/env python3
"""Checks every dependency's licence against the list in deny.toml, where cargo-deny is not installed."""
import json
import subprocess
import sys
import tomllib

with open("deny.toml", "rb") as file:
    allowed = set(tomllib.load(file)["licenses"]["allow"])
metadata = json.loads(
    subprocess.run(
        ["cargo", "metadata", "--format-version", "1", "--locked"],
        check=True, capture_output=True, text=True,
    ).stdout
)
refused = []
for package in metadata["packages"]:
    expression = package["license"] or "none given"
    # Good enough for what Cargo packages write: one alternative has to be allowed as a whole.
    alternatives = expression.replace("/", " OR ").replace("(", "").replace(")", "").split(" OR ")
    if not any(all(part.strip() in allowed for part in choice.split(" AND ")) for choice in alternatives):
        refused.append(f"{package['name']} {package['version']}: {expression}")
if refused:
    sys.exit("licences that deny.toml does not allow:\n" + "\n".join(refused))
print(f"{len(metadata['packages'])} packages, all under allowed licences")
