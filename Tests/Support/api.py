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

    def rotate(self, id, overlap_seconds=0):
        """A new secret; the token keeps its identifier."""
        path = f"{self.url}/tokens/{id}/rotate"
        return self._issued(self.session.post(path, json={"overlap_seconds": overlap_seconds}, timeout=10))

    def has_previous(self, id):
        """Whether a previous secret still works."""
        answer = self.session.get(f"{self.url}/tokens/{id}/previous-secret", timeout=10)
        assert answer.status_code in (200, 404), answer.text
        return answer.status_code == 200

    def end_previous(self, id):
        answer = self.session.delete(f"{self.url}/tokens/{id}/previous-secret", timeout=10)
        assert answer.status_code == 204, answer.text

    def pause(self, id, seconds):
        answer = self.session.post(f"{self.url}/tokens/{id}/pause", json={"seconds": seconds}, timeout=10)
        assert answer.status_code == 200, answer.text

    def resume(self, id):
        answer = self.session.post(f"{self.url}/tokens/{id}/resume", json={}, timeout=10)
        assert answer.status_code == 200, answer.text

    def get(self, id):
        answer = self.session.get(f"{self.url}/tokens/{id}", timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def revoke(self, id):
        answer = self.session.delete(f"{self.url}/tokens/{id}", timeout=10)
        assert answer.status_code == 204, answer.text

    def list(self):
        answer = self.session.get(f"{self.url}/tokens", timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()["tokens"]

    def services(self):
        answer = self.session.get(f"{self.url}/services", timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()["services"]

    @staticmethod
    def _issued(answer):
        assert answer.status_code == 201, answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        return Issued(answer.json()["id"], answer.json()["secret"])
