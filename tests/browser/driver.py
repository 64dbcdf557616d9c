"""Chromium by way of its driver: the little of the WebDriver protocol that the stage needs.

https://www.w3.org/TR/webdriver2/
"""

import base64
import json
import re
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
# As root in a container there is no sandbox, and nothing may ask the network.
OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,1400",
]


class Browser:
    """A browser with a new profile."""

    def __init__(self, profile: Path, scripts: bool) -> None:
        """`scripts` says whether pages may run any."""
        self.profile = profile
        self.scripts = scripts

    def __enter__(self) -> "Browser":
        """Starts the driver and the browser."""
        self.driver = subprocess.Popen(["chromedriver", "--port=0"], stdout=subprocess.PIPE, text=True)
        port = None
        for line in self.driver.stdout or ():
            port = re.search(r"started successfully on port (\d+)", line)
            if port:
                break
        if not port:
            raise RuntimeError("chromedriver does not start")
        self.base = f"http://127.0.0.1:{port[1]}"
        options = [*OPTIONS, f"--user-data-dir={self.profile}"]
        if not self.scripts:
            options.append("--blink-settings=scriptEnabled=false")
        capabilities = {"goog:chromeOptions": {"args": options}, "goog:loggingPrefs": {"browser": "ALL"}}
        try:
            session = self.send("POST", "/session", {"capabilities": {"alwaysMatch": capabilities}})
        except RuntimeError:
            self.driver.terminate()
            raise
        self.session = f"/session/{session['sessionId']}"
        return self

    def __exit__(self, *_: object) -> None:
        """Ends both."""
        try:
            self.send("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait(30)

    def open(self, page: Path) -> "Page":
        """Loads a file."""
        self.send("POST", f"{self.session}/url", {"url": page.as_uri()})
        return Page(self)

    def send(self, method: str, path: str, body: dict | None = None) -> object:
        """One command and its value."""
        data = None if method != "POST" else json.dumps(body or {}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                return json.load(response)["value"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.read().decode()}") from None


class Page:
    """The page that the browser shows."""

    def __init__(self, browser: Browser) -> None:
        """Of this browser."""
        self.browser = browser

    def post(self, path: str, body: dict | None = None) -> object:
        """A command for this session."""
        return self.browser.send("POST", self.browser.session + path, body)

    def get(self, path: str) -> object:
        """A question to this session."""
        return self.browser.send("GET", self.browser.session + path)

    def elements(self, selector: str) -> list[str]:
        """The ids of the elements."""
        found = self.post("/elements", {"using": "css selector", "value": selector})
        return [element[ELEMENT] for element in found]

    def one(self, selector: str) -> str:
        """The id of the only element."""
        found = self.elements(selector)
        assert len(found) == 1, f"{len(found)} elements are {selector}"
        return found[0]

    def count(self, selector: str) -> int:
        """How many elements there are."""
        return len(self.elements(selector))

    def text(self, selector: str) -> str:
        """What is seen of an element."""
        return self.get(f"/element/{self.one(selector)}/text")

    def attribute(self, selector: str, name: str) -> str | None:
        """An attribute of an element."""
        return self.get(f"/element/{self.one(selector)}/attribute/{name}")

    def click(self, selector: str) -> None:
        """A click with the mouse."""
        self.post(f"/element/{self.one(selector)}/click")

    def focus(self, selector: str) -> None:
        """Gives an element the focus."""
        self.run("document.querySelector(arguments[0]).focus()", selector)

    def keys(self, *keys: str) -> None:
        """Presses keys one after the other, wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.post("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def run(self, script: str, *arguments: object) -> object:
        """Runs a script in the page."""
        return self.post("/execute/sync", {"script": script, "args": list(arguments)})

    def prefer(self, scheme: str) -> None:
        """Makes the system prefer light or dark colours."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.post("/goog/cdp/execute", {"cmd": "Emulation.setEmulatedMedia", "params": {"features": features}})

    def log(self) -> list[str]:
        """What the page has logged, errors among it."""
        return [entry["message"] for entry in self.post("/se/log", {"type": "browser"})]

    def screenshot(self, path: Path) -> None:
        """Keeps what is seen."""
        path.write_bytes(base64.b64decode(self.get("/screenshot")))
