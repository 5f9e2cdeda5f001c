"""People and proxies that use all nodes at once, and a record of every answer."""

import contextlib
import http.client
import itertools
import json
import random
import socket
import threading
import time

from history import GRANTED, NOTHING, UNAVAILABLE, Answer, Change, History, Token, Window, disagreements, faults
from jeton import wait_for

VERIFIERS = 3  # for each node
SLEEPERS = ("sam", "sue")


class Connection:
    """One HTTP connection for verdicts, which is opened again when it is lost."""

    def __init__(self, node):
        self.node = node
        self.socket = None
        self.count = 0

    def verify(self, secret):
        """The verdict by its name; UNAVAILABLE, or NOTHING."""
        try:
            if self.socket is None:
                self.socket = socket.create_connection((self.node.host, self.node.port), timeout=5)
                self.file = self.socket.makefile("rb")
            # Each time from another address, so that tokens that are not known yet do not count as guesses.
            self.count += 1
            address = f"203.0.{self.count // 250 % 250}.{self.count % 250}"
            self.socket.sendall(
                f"GET /verify/maven HTTP/1.1\r\nHost: jeton\r\nX-Forwarded-For: {address}\r\n"
                f"Authorization: Bearer {secret}\r\n\r\n".encode())
            return self._answer()
        except (OSError, EOFError):
            self.close()
            return NOTHING

    def _answer(self):
        status, reason, length, closes = self._line().split()[1].decode(), "", 0, False
        while (line := self._line().lower()) != b"\r\n":
            if line.startswith(b"x-jeton-reason:"):
                reason = line.split()[1].decode()
            elif line.startswith(b"content-length:"):
                length = int(line.split()[1])
            elif line.startswith(b"connection:"):
                closes = b"close" in line
        if len(self.file.read(length)) < length:
            raise EOFError
        if closes:
            self.close()
        if status == "200":
            return GRANTED
        if status == "401" or reason == "owner_suspended":
            return reason
        return UNAVAILABLE if status == "503" else f"{status} {reason}"

    def _line(self):
        line = self.file.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        return line

    def close(self):
        if self.socket:
            self.file.close()
            self.socket.close()
        self.socket = None


class Traffic:
    """Verifies, creates, revokes, suspends and resumes at all nodes until it is stopped."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.history = History()
        self.secrets = {}
        self.ids = {}
        self.recent = []
        self.outcomes = {}
        self.over = threading.Event()
        self.spared = frozenset()  # nodes at which no command may run, as it would replace a server
        self.commanding = threading.Lock()
        self.names = itertools.count()
        self.threads = []
        self.errors = []

    def __enter__(self):
        first = self.cluster["a"]
        managers = {}
        for login in ("mia", "max"):
            first.add_user(login)
            managers[login] = first.make_token("manager", "--scope", "jeton:manage", user=login)
        for login in SLEEPERS:
            first.add_user(login)
            for number in range(3):
                name = f"{login} {number}"
                start = time.monotonic()
                secret = first.make_token(name, user=login)
                self._made(name, secret, login, start)
        for node in self.cluster:
            for manager in managers.values():
                wait_for(lambda: node.status(manager) in (200, 403), seconds=20)
        work = [
            *((self._verify, node) for node in self.cluster for _ in range(VERIFIERS)),
            *((self._change, login, secret) for login, secret in managers.items()),
            *((self._suspend, login) for login in SLEEPERS),
        ]
        for what, *arguments in work:
            thread = threading.Thread(target=self._guarded, args=(what, arguments))
            thread.start()
            self.threads.append(thread)
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()

    def _guarded(self, what, arguments):
        try:
            what(*arguments)
        except BaseException as error:
            self.errors.append(error)
            self.over.set()
            raise

    def _made(self, name, secret, owner, start):
        self.history.owners.setdefault(owner, [])
        self.history.tokens[name] = Token(owner, [Change(start, time.monotonic(), "create")])
        self.secrets[name] = secret
        self.recent.append(name)

    # Proxies

    def _verify(self, node):
        connection = Connection(node)
        choice = random.Random()
        while not self.over.is_set():
            # The newest, those just revoked, and those of people who are suspended now and then.
            name = choice.choice(self.recent[:6] + self.recent[-24:])
            start = time.monotonic()
            answer = connection.verify(self.secrets[name])
            self.history.answers.append(Answer(start, time.monotonic(), node.name, name, answer))
            time.sleep(0.02 if answer == NOTHING else 0.001)
        connection.close()

    # People

    def _change(self, login, secret):
        """Creates tokens and revokes them a moment later, each time at another node."""
        choice = random.Random()
        live, unsure = [], []
        while not self.over.is_set():
            time.sleep(choice.uniform(0.005, 0.03))
            node = choice.choice(list(self.cluster))
            if len(live) < 8:
                name = f"{login} {next(self.names)}"
                start = time.monotonic()
                outcome, body = self._call(node, secret, "POST", "/api/v1/tokens", {"name": name})
                if outcome == "done":
                    self.ids[name] = body["id"]
                    self._made(name, body["secret"], login, start)
                    live.append(name)
            else:
                name = unsure.pop() if unsure else live.pop(choice.randrange(4))
                start = time.monotonic()
                outcome, _ = self._call(node, secret, "DELETE", f"/api/v1/tokens/{self.ids[name]}")
                if outcome != "not done":
                    self.history.tokens[name].changes.append(
                        Change(start, time.monotonic(), "revoke", done=outcome == "done"))
                if outcome == "not done":
                    live.insert(0, name)
                elif outcome == "not known" and choice.random() < 0.5:
                    unsure.append(name)

    def _call(self, node, secret, method, path, fields=None):
        """Whether a change was made, and the answer."""
        connection = http.client.HTTPConnection(node.host, node.port, timeout=40)
        body = json.dumps(fields) if fields else None
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        try:
            try:
                connection.connect()
            except OSError:
                return self._count(method, "refused", "not done"), None
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            return self._count(method, type(error).__name__, "not known"), None
        finally:
            connection.close()
        if answer.status in (201, 204):
            return self._count(method, answer.status, "done"), json.loads(text) if text else None
        if answer.status == 503:
            # The exact text: an answer that claims that nothing was changed is checked.
            told = answer.headers["X-Jeton-Reason"] in ("stale", "starting") or b"Nothing was changed" in text
            return self._count(method, 503, "not done" if told else "not known"), None
        raise AssertionError(f"{method} {path} was answered {answer.status}: {text.decode()}")

    def _count(self, method, answer, outcome):
        key = f"{method} {answer}: {outcome}"
        self.outcomes[key] = self.outcomes.get(key, 0) + 1
        return outcome

    def _suspend(self, login):
        """Suspends and resumes, with the command on a node's machine."""
        choice = random.Random()
        kind = "suspend"
        while not self.over.wait(choice.uniform(0.5, 1)):
            with self.commanding:
                node = choice.choice([node for node in self.cluster if node.name not in self.spared])
                start = time.monotonic()
                done = node.command("user", kind, login).returncode == 0
            self.history.owners[login].append(Change(start, time.monotonic(), kind, done))
            if done:
                kind = "resume" if kind == "suspend" else "suspend"

    # Failures

    @contextlib.contextmanager
    def trouble(self, *silent):
        """A period in which something fails, until all nodes are ready again. Nodes in `silent` may give no
        answer. The yielded value gets the duration at the end."""
        with self.commanding:
            self.spared = frozenset(silent)
        seen = {}
        start = time.monotonic()
        self.history.windows.append(Window(start, float("inf"), frozenset(silent)))
        yield seen
        healed = time.monotonic()
        self.cluster.until_ready()
        seen["recovered"] = time.monotonic() - healed
        self.spared = frozenset()
        self.history.windows[-1] = Window(start, time.monotonic() + 0.1, frozenset(silent))

    def run(self, seconds):
        """Continues for that long; raises if a client has failed."""
        self.over.wait(seconds)
        assert not self.errors, self.errors

    # The result

    def check(self, calm, stale):
        """Stops, and checks every answer against the model, the nodes and the database."""
        self.__exit__()
        assert not self.errors, self.errors
        database = self.cluster.database.good_tokens()
        last = {}
        end = time.monotonic() + 10
        while not self._agree(last, database) and time.monotonic() < end:
            time.sleep(0.2)
        wrong = faults(self.history, calm, stale)
        complaints = [f"{sentence}: {answer}" for answer, sentence in wrong]
        complaints += [f"{sentence}: {name}" for name, sentence in disagreements(self.history, last, database)]
        assert not complaints, f"{len(complaints)} faults:\n" + "\n".join(complaints[:20])

    def _agree(self, last, database):
        connections = {node.name: Connection(node) for node in self.cluster}
        for name, secret in self.secrets.items():
            last[name] = {node: connection.verify(secret) for node, connection in connections.items()}
        for connection in connections.values():
            connection.close()
        return not disagreements(self.history, last, database)

    def report(self, name, seen=None):
        """A summary in one line."""
        answers = self.history.answers
        counted = {}
        for answer in answers:
            counted[answer.answer] = counted.get(answer.answer, 0) + 1
        changes = sum(len(token.changes) for token in self.history.tokens.values())
        changes += sum(map(len, self.history.owners.values()))
        told = ", ".join(f"{count} {what}" for what, count in sorted(counted.items()))
        recovered = f"; ready again after {seen['recovered']:.2f} s" if seen else ""
        print(f"\n{name}: {len(answers)} answers ({told}), {changes} changes {self.outcomes}{recovered}")
