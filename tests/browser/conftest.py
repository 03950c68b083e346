"""A real server and a real Chromium. Whatever the browser's console calls an error fails the test."""

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
OUT = Path(__file__).parent / "out"
CHROMIUM = os.environ.get("ATLAS_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
HARMLESS = re.compile(r"Unrecognized feature|preload|WebGL|GPU stall", re.IGNORECASE)
"""What Chromium says about itself, not about the page."""

expect.set_options(timeout=30_000)


class Server:
    """The dashboard on a port of its own, with a home folder of its own; it can be killed and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "streamlit",
            "run",
            "app.py",
            f"--server.port={self.port}",
            "--server.headless=true",
        ]
        environment = os.environ | {"ATLAS_HOME": str(self.home)}
        with open(self.home / "server.log", "ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 60
        while True:
            with suppress(OSError), urllib.request.urlopen(f"{self.address}/_stcore/health", timeout=1) as answer:
                if answer.status == 200:
                    return
            assert time.monotonic() < deadline, (self.home / "server.log").read_text()
            time.sleep(0.2)

    def kill(self) -> None:
        """End the server as a power cut would; the runner lives on."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def stop(self) -> None:
        """End the server and its runner."""
        self.kill()
        with suppress(OSError, ValueError, KeyError, TypeError):
            runner = json.loads((self.home / "runner.lock").read_text())
            os.kill(runner["pid"], signal.SIGTERM)

    @property
    def log(self) -> str:
        return (self.home / "server.log").read_text()


@pytest.fixture(scope="session")
def server(tmp_path_factory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server-home"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    assert CHROMIUM, "The tests drive Chromium; install it, or name it in ATLAS_CHROMIUM."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, server: Server, request) -> Iterator[Page]:
    """A fresh tab on the start page, watched until the test ends."""
    page = browser.new_page(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        probe = "/_stcore/" in message.location.get("url", "")  # Streamlit looks for its server below each screen first
        if message.type == "error" and not probe and not HARMLESS.search(message.text):
            errors.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(server.address)
    yield page
    OUT.mkdir(exist_ok=True)
    page.screenshot(path=OUT / f"{request.node.name}.png", full_page=True)
    shown = page.locator('[data-testid="stException"]').all_inner_texts()
    page.close()
    assert shown == []
    assert errors == []
    assert "Traceback" not in server.log, server.log[-3000:]
