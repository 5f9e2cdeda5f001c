"""The JSON API, as a script would use it."""

from typing import NamedTuple

import requests


class Issued(NamedTuple):
    id: str
    secret: str


class API:
    """The API of the server at `url`, with a token that may manage its owner's tokens."""

    def __init__(self, url, token):
        self.url = url + "/api/v1"
        self.token = token
        self.session = requests.Session()
        self.session.headers["Authorization"] = f"Bearer {token}"

    def create(self, name, **fields):
        return self._issued(self.session.post(f"{self.url}/tokens", json={"name": name, **fields}, timeout=10))

    def regenerate(self, id, overlap_seconds=0):
        path = f"{self.url}/tokens/{id}/regenerate"
        return self._issued(self.session.post(path, json={"overlap_seconds": overlap_seconds}, timeout=10))

    def rotate(self, id, **fields):
        return self._issued(self.session.post(f"{self.url}/tokens/{id}/rotate", json=fields, timeout=10))

    def previous_secret(self, id):
        """The previous secret and where it was used; `None` once it has ended."""
        answer = self.session.get(f"{self.url}/tokens/{id}/previous-secret", timeout=10)
        assert answer.status_code in (200, 404), answer.text
        return answer.json() if answer.status_code == 200 else None

    def revoke(self, id, **query):
        """The answer; with `wait="all"`, once it is in force on every node."""
        answer = self.session.delete(f"{self.url}/tokens/{id}", params=query, timeout=30)
        assert answer.status_code == 204, answer.text
        return answer

    def pause(self, id, seconds, **query):
        """The answer; with `wait="all"`, once it is in force on every node."""
        path = f"{self.url}/tokens/{id}/pause"
        answer = self.session.post(path, json={"seconds": seconds}, params=query, timeout=30)
        assert answer.status_code == 200, answer.text
        return answer

    def resume(self, id):
        answer = self.session.post(f"{self.url}/tokens/{id}/resume", json={}, timeout=10)
        assert answer.status_code == 200, answer.text

    def receipt(self, change):
        """Which nodes know of the change of that number."""
        answer = self.session.get(f"{self.url}/changes/{change}", timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def list(self):
        answer = self.session.get(f"{self.url}/tokens", timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()["tokens"]

    def services(self):
        answer = self.session.get(f"{self.url}/services", timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()["services"]

    def get(self, id):
        answer = self.session.get(f"{self.url}/tokens/{id}", timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def end_previous(self, id):
        answer = self.session.delete(f"{self.url}/tokens/{id}/previous-secret", timeout=10)
        assert answer.status_code == 204, answer.text

    @staticmethod
    def _issued(answer):
        assert answer.status_code == 201, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        return Issued(answer.json()["id"], answer.json()["secret"])
