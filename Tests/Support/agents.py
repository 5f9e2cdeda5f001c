"""An MCP server that knows nothing of OAuth, and the official client with a person at its browser."""

import asyncio
import contextlib
import json
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp.client.auth import OAuthClientProvider
from mcp.client.session import ClientSession
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata

from jeton import ROOT, accepts, free_port, wait_for
from proxies import Running
from service import Listening, Server

PAGE = (ROOT / "docs/protect/mcp.md").read_text()
NOTES = '''
"""Its one tool says who asks, by what arrives."""
import json
import sys

from mcp.server.mcpserver import Context, MCPServer

server = MCPServer("Notes")


@server.tool()
def whoami(context: Context) -> str:
    """Who asks."""
    return json.dumps(dict(context.request_context.request.headers))


server.run("streamable-http", host="127.0.0.1", port=int(sys.argv[1]))
'''


@contextlib.contextmanager
def notes(folder):
    """The port of an MCP server."""
    (folder / "notes.py").write_text(NOTES)
    port = free_port()
    with (folder / "notes.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, folder / "notes.py", str(port)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait_for(lambda: accepts(port), seconds=60)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=15)


class Streaming(Running):
    """A proxy by its own page; nginx with the line of this one."""

    def written(self, text):
        if self.proxy.name != "nginx":
            return super().written(text)
        line = re.search(r"```nginx\n# location\n(.*?)```", PAGE, re.S)[1]
        place = "        proxy_request_buffering off;"
        assert text.count(place) == 1
        return super().written(text.replace(place, line + place))


class Callback(Listening):
    """Where the client waits for the browser."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            if urlsplit(self.path).path == "/callback":  # and not its icon
                self.server.queries.append(parse_qs(urlsplit(self.path).query))
                self.server.arrived.set()
            body = b"<!doctype html><html lang=en><title>Done</title><h1>Done</h1>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    def __init__(self):
        self.server = Server(("127.0.0.1", 0), self.Handler)
        self.server.queries, self.server.arrived = [], threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/callback"


class Storage:
    """What a client keeps."""

    def __init__(self, client=None):
        self.client, self.tokens = client, None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class Asked:
    """Somebody at the browser, who signs in and answers, with what they read."""

    def __init__(self, browser, allows=True):
        self.browser, self.allows = browser, allows
        self.pages = []

    def answer(self, url):
        self.browser.open(url)
        self.pages.append(self.browser.text)
        self.browser.check()
        self.browser.allow() if self.allows else self.browser.refuse()


class Agent:
    """The official client, with what it does at the browser."""

    def __init__(self, address, person, callback, client_id=None, name="Example agent", metadata_url=None):
        self.address, self.person, self.callback = address, person, callback
        metadata = OAuthClientMetadata(
            client_name=name, redirect_uris=[callback.url], token_endpoint_auth_method="none",
            grant_types=["authorization_code"])
        known = client_id and OAuthClientInformationFull(
            client_id=client_id, redirect_uris=[callback.url], token_endpoint_auth_method="none")
        self.storage = Storage(known or None)
        self.auth = OAuthClientProvider(
            server_url=address, client_metadata=metadata, storage=self.storage, redirect_handler=self._redirect,
            callback_handler=self._answer, client_metadata_url=metadata_url)

    async def _redirect(self, url):
        self.asked = parse_qs(urlsplit(url).query)
        self.callback.server.arrived.clear()
        await asyncio.to_thread(self.person.answer, url)

    async def _answer(self):
        arrived = await asyncio.to_thread(self.callback.server.arrived.wait, 20)
        assert arrived, f"the browser did not come back:\n{self.person.browser.text}"
        query = {name: values[0] for name, values in self.callback.server.queries[-1].items()}
        assert "error" not in query, query
        return AuthorizationCodeResult(code=query["code"], state=query["state"], iss=query["iss"])

    def whoami(self):
        """What the tool says: the headers of the request."""
        return asyncio.run(asyncio.wait_for(self._whoami(), 90))

    async def _whoami(self):
        async with httpx2.AsyncClient(auth=self.auth, timeout=60) as http:
            async with streamable_http_client(self.address, http_client=http) as streams:
                async with ClientSession(*streams[:2]) as session:
                    await session.initialize()
                    answer = await session.call_tool("whoami", {})
                    return json.loads(answer.content[0].text)
