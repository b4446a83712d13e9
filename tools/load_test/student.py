"""A simulated student: starts a server, opens a notebook, runs its cells with pauses, saves."""

import asyncio
import json
import random
import time
import uuid
from dataclasses import dataclass, field

from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest
from tornado.websocket import websocket_connect

from tools.load_test.hub import ADDRESS, TOKEN

AUTHORISED = {"Authorization": f"token {TOKEN}"}
PATIENCE = 400


@dataclass
class Record:
    """What a student waited for, in seconds."""

    server: float | None = None
    opening: float | None = None
    cells: list[float] = field(default_factory=list)
    stage: str = "server"


async def call(method: str, path: str, body=None):
    """Ask the hub or a server; gives what it answers, decoded."""
    text = json.dumps(body) if body is not None else "" if method == "POST" else None
    request = HTTPRequest(
        f"{ADDRESS}{path}",
        method,
        AUTHORISED,
        text,
        connect_timeout=PATIENCE,
        request_timeout=PATIENCE,
        follow_redirects=False,
    )
    answer = await AsyncHTTPClient().fetch(request)
    kind = answer.headers.get("Content-Type", "")
    return json.loads(answer.body) if answer.body and "json" in kind else None


class Student:
    """One of the room, by name."""

    def __init__(self, name: str):
        self.name, self.record = name, Record()
        self.socket = self.kernel = None

    async def start_server(self) -> None:
        """Start a server, and wait until it answers."""
        began = time.monotonic()
        await call("POST", f"/hub/api/users/{self.name}")
        await call("POST", f"/hub/api/users/{self.name}/server")
        while not await self._is_ready():
            if time.monotonic() - began > PATIENCE:
                raise TimeoutError("the server did not start")
            await asyncio.sleep(0.5)
        self.record.server = time.monotonic() - began

    async def _is_ready(self) -> bool:
        servers = (await call("GET", f"/hub/api/users/{self.name}"))["servers"]
        if "" not in servers:
            raise RuntimeError("the server failed to start")
        return servers[""]["ready"]

    async def open(self, path: str) -> list[str]:
        """Open a notebook with a kernel of its own; gives the code of its cells."""
        began = time.monotonic()
        notebook = await self.read(path)
        kernel = {"name": "python3"}
        session = {"path": path, "name": path, "type": "notebook", "kernel": kernel}
        self.kernel = (await self.call("POST", "sessions", session))["kernel"]["id"]
        await self.connect()
        await self.ask("kernel_info_request", {})
        self.record.opening = time.monotonic() - began
        return [
            cell["source"]
            for cell in notebook["content"]["cells"]
            if cell["cell_type"] == "code" and "skip-output" not in cell["metadata"].get("tags", [])
        ]

    async def call(self, method: str, path: str, body=None):
        """Ask this student's server."""
        return await call(method, f"/user/{self.name}/api/{path}", body)

    async def read(self, path: str) -> dict:
        """A notebook as the server has it."""
        return await self.call("GET", f"contents/{path}")

    async def save(self, path: str, notebook: dict) -> None:
        """Save a notebook, as JupyterLab does."""
        body = {"type": "notebook", "format": "json", "content": notebook["content"]}
        await self.call("PUT", f"contents/{path}", body)

    async def connect(self) -> None:
        """Open the channels of the kernel."""
        address = ADDRESS.replace("http", "ws")
        path = f"/user/{self.name}/api/kernels/{self.kernel}/channels"
        request = HTTPRequest(f"{address}{path}", headers=AUTHORISED, connect_timeout=PATIENCE)
        self.socket = await websocket_connect(request, max_message_size=2**28)

    async def ask(self, kind: str, content: dict) -> tuple[dict, str]:
        """Send a request, and wait for its reply and for a kernel at rest; gives what it shows."""
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": self.name}
        header |= {"username": self.name, "version": "5.3", "date": ""}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content}
        await self.socket.write_message(json.dumps({**message, "channel": "shell", "buffers": []}))
        return await self._answer(header["msg_id"])

    async def _answer(self, name: str) -> tuple[dict, str]:
        reply, at_rest, shown = None, False, ""
        while reply is None or not at_rest:
            text = await asyncio.wait_for(self.socket.read_message(), PATIENCE)
            if text is None:
                raise ConnectionError("the connection to the kernel was closed")
            message = json.loads(text) if isinstance(text, str) else {}
            if message.get("parent_header", {}).get("msg_id") != name:
                continue
            content = message["content"]
            at_rest |= content.get("execution_state") == "idle"
            shown += content.get("text", "") if message["msg_type"] == "stream" else ""
            reply = content if message["msg_type"].endswith("_reply") else reply
        return reply, shown

    async def execute(self, code: str) -> str:
        """Run a cell; gives what it prints."""
        content = {"code": code, "silent": False, "store_history": True, "user_expressions": {}}
        reply, shown = await self.ask(
            "execute_request", {**content, "allow_stdin": False, "stop_on_error": True}
        )
        if reply["status"] != "ok":
            raise RuntimeError(f"{reply['ename']}: {reply['evalue'][:200]}")
        return shown

    async def work(self, path: str, pause: float) -> None:
        """Go through a notebook; what was waited for stands in the record."""
        await self.start_server()
        self.record.stage = "opening"
        cells = await self.open(path)
        notebook = await self.read(path)
        self.record.stage = "cells"
        for number, code in enumerate(cells):
            began = time.monotonic()
            await self.execute(code)
            self.record.cells.append(time.monotonic() - began)
            if number % 8 == 7:
                await self.save(path, notebook)
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))
        self.record.stage = "done"

    async def leave(self) -> None:
        """Stop the server."""
        try:
            await call("DELETE", f"/hub/api/users/{self.name}/server")
        except HTTPError as error:
            if error.code not in (400, 404):
                raise
