"""Revoked means refused: no 200 for a request that was sent after the revoke's answer arrived."""

import socket
import threading
import time

from jeton import wait_for

CONNECTIONS = 64
TOKENS = 20


def verify_until(jeton, token, over, log):
    """Verifies without a pause on one connection; notes when each request was sent, and its status."""
    request = f"GET /verify/maven HTTP/1.1\r\nHost: jeton\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    with socket.create_connection(("127.0.0.1", jeton.port), timeout=10) as connection:
        while not over.is_set():
            sent = time.monotonic()
            connection.sendall(request)
            answer = read_answer(connection)
            log.append((sent, int(answer.split(b" ", 2)[1])))


def read_answer(connection):
    """One whole answer; its length is told by Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += receive(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:"))
    while len(body) < length:
        body += receive(connection)
    assert len(body) == length
    return head


def receive(connection):
    data = connection.recv(65536)
    assert data, "the server closed the connection"
    return data


def test_no_grant_is_seen_after_the_revocation_was_answered(jeton):
    api = jeton.api("revoke race")
    for number in range(TOKENS):
        token = api.create(f"raced {number}")
        over, logs, threads = threading.Event(), [], []
        for _ in range(CONNECTIONS):
            log = []
            logs.append(log)
            threads.append(threading.Thread(target=verify_until, args=(jeton, token.secret, over, log)))
            threads[-1].start()
        # Not before every connection has been granted something, so that the race is one.
        wait_for(lambda: all(logs))
        api.revoke(token.id)
        answered = time.monotonic()
        # Nor after, before each has been answered something that it asked later.
        wait_for(lambda: all(log[-1][0] > answered for log in logs))
        over.set()
        for thread in threads:
            thread.join()

        seen = [entry for log in logs for entry in log]
        assert all(log and log[0][1] == 200 for log in logs), "each connection began with a grant"
        after = [status for sent, status in seen if sent > answered]
        assert len(after) >= CONNECTIONS
        assert set(after) == {401}, f"token {number}: {after.count(200)} grants after the revocation"
