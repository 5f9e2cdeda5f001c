"""What receives notices: a mail server (aiosmtpd) and endpoints for webhooks, with the faults of real ones."""

import email
import email.policy
import http.server
import socket
import ssl
import struct
import threading
import time
from typing import NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


class Received(NamedTuple):
    sender: str
    recipient: str
    message: email.message.EmailMessage
    raw: bytes

    @property
    def text(self):
        return self.message.get_body(("plain",)).get_content()

    @property
    def html(self):
        return self.message.get_body(("html",)).get_content()


class Mailbox:
    """A mail server on a port of its own. `answers` has what it says to the next mails at their end, such as
    `451 later`; `senders` and `recipients`, what it says to the next ones. `delay` is how many seconds it takes."""

    LOGIN, PASSWORD = "jeton", "a long mail password"

    def __init__(self, port, pair=None, tls=False, auth=False):
        self.port, self.mails, self.answers, self.senders, self.recipients, self.delay = port, [], [], [], [], 0
        self.cuts = 0
        context = None
        if pair:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*pair)
        options = dict(authenticator=self._authenticate, auth_required=auth, auth_require_tls=bool(pair) and not tls)
        if pair and not tls:
            options.update(tls_context=context, require_starttls=True)
        self._controller = Controller(
            self, hostname="127.0.0.1", port=port, ssl_context=context if tls else None,
            server_kwargs=options, ready_timeout=30)

    def _authenticate(self, server, session, envelope, mechanism, data):
        expected = LoginPassword(self.LOGIN.encode(), self.PASSWORD.encode())
        return AuthResult(success=isinstance(data, LoginPassword) and data == expected, handled=False)

    async def handle_MAIL(self, server, session, envelope, address, options):
        if self.senders:
            return self.senders.pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.recipients:
            return self.recipients.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.delay:
            time.sleep(self.delay)
        if self.cuts:
            self.cuts -= 1
            server.transport.abort()
            return "451 cut"
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("2"):
            message = email.message_from_bytes(envelope.content, policy=email.policy.default)
            self.mails.append(Received(envelope.mail_from, envelope.rcpt_tos[0], message, envelope.content))
        return answer

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()


class Hook(NamedTuple):
    path: str
    headers: dict
    body: bytes


class Endpoint:
    """Receives webhooks over http, or with a `pair` over https. `answers` has the next answers: a status, a status with
    headers, `hang` or `reset`. Without one it answers 204."""

    def __init__(self, port, pair=None):
        self.port, self.hooks, self.answers = port, [], []
        self._stopping = threading.Event()
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                endpoint.hooks.append(Hook(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                answer = endpoint.answers.pop(0) if endpoint.answers else 204
                if answer == "hang":
                    endpoint._stopping.wait(60)
                    return
                if answer == "reset":
                    # Closing with SO_LINGER of zero sends a RST.
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()
                    return
                status, headers = answer if isinstance(answer, tuple) else (answer, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def handle_error(self, *_):
                pass

        self._server = Server(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        if pair:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*pair)
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self.url = f"{'https' if pair else 'http'}://127.0.0.1:{port}/hook"

    def __enter__(self):
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._stopping.set()
        self._server.shutdown()
        self._server.server_close()
