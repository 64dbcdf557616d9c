"""Runs an artefact as Lambda would, and invokes it: https://github.com/aws/aws-lambda-runtime-interface-emulator."""

import http.client
import json
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Any

from tools import EMULATORS, MissingTool, Tools, host

INVOCATION = "/2015-03-31/functions/function/invocations"
START_SECONDS = 30
ANSWER_SECONDS = 60


class NoAnswer(Exception):
    """The program did not answer; the text is what the emulator printed."""


def invoke(tools: Tools, bootstrap: Path, architecture: str, event: object) -> Any:
    """The answer of the program `bootstrap` to one invocation."""
    address, runtime_address = free_addresses()
    command = [
        str(tools.emulator()),
        "--runtime-interface-emulator-address",
        "{}:{}".format(*address),
        "--runtime-api-address",
        "{}:{}".format(*runtime_address),
        *program(bootstrap, architecture),
    ]
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            command, cwd=bootstrap.parent, env=tools.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            await_start(process, address)
            return ask(address, event)
        except (OSError, ValueError, http.client.HTTPException, NoAnswer) as error:
            log.seek(0)
            raise NoAnswer(f"{' '.join(command)}\n{error}\n{log.read()}") from error
        finally:
            stop(process)


def program(bootstrap: Path, architecture: str) -> list[str]:
    """How this machine runs a program of that architecture."""
    if architecture == host():
        return [str(bootstrap)]
    emulator = shutil.which(EMULATORS[architecture])
    if emulator is None:
        raise MissingTool(f"{EMULATORS[architecture]} is needed to run {architecture} programs")
    return [emulator, str(bootstrap)]


def free_addresses() -> list[tuple[str, int]]:
    """Two addresses that nobody listens on; both are held until both are known."""
    with closing(socket.socket()) as one, closing(socket.socket()) as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return [one.getsockname(), two.getsockname()]


def await_start(process: subprocess.Popen[bytes], address: tuple[str, int]) -> None:
    """Returns as soon as the emulator listens."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(address, timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise NoAnswer(f"the emulator does not listen (exit status {process.poll()})")


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the emulator, which ends the program if it is asked kindly."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def ask(address: tuple[str, int], event: object) -> Any:
    """One invocation over HTTP, past any proxy that the environment names."""
    with closing(http.client.HTTPConnection(*address, timeout=ANSWER_SECONDS)) as connection:
        connection.request("POST", INVOCATION, json.dumps(event))
        return json.loads(connection.getresponse().read())
