"""Faults that were published of other gates and of proxies, tried through every proxy of docs/protect.

Each test has the identifiers of those reports in its name.
"""

import pytest
import requests

from jeton import ROOT
from proxies import PROXIES, Running
from test_proxies import ask, bearer, seen_by
from test_proxy_targets import OPEN, SECRET, desk, narrow, proxy, raw, service, wire  # noqa: F401 (fixtures)

IDENTITY = [
    "remote_user", "remote_name", "remote_email", "remote_groups", "remote_kind", "x_jeton_token", "x_jeton_groups",
    "x_jeton_reason", "x_jeton_message", "x_jeton_password_deprecated", "jeton_token_expires",
]


def spellings(name):
    """A header's name as servers that fold others into `_`, or look at no case, take it for the same."""
    for separator in "-_.~!":
        for case in (str.lower, str.upper, str.title, str.swapcase):
            yield case(name.replace("_", separator))
    yield name.replace("_", "-", 1).title()


def test_cve_2026_33433_cve_2026_39858_cve_2026_54763_ghsa_x677_9fxg_v5c5_cve_2026_88011_identity_by_another_spelling(
        proxy, service, narrow):
    for name in IDENTITY:
        for spelling in sorted(set(spellings(name))):
            count = len(service.seen)
            answer = ask(proxy, path=OPEN, headers=[(spelling, "root"), bearer(narrow)])
            assert answer.status in (200, 400), spelling
            for _ in service.seen[count:]:
                seen = seen_by(service)["headers"]
                assert "root" not in [value for _, value in seen], spelling
                assert [value for name, value in seen if name == "remote_user"] == ["alice"]


def test_cve_2026_88011_the_page_of_traefik_demands_a_version_that_removes_all_spellings():
    traefik = next(proxy for proxy in PROXIES if proxy.name == "traefik")
    assert "aliasHeadersStrategy: delete" in traefik.lines()["traefik.yaml"]
    assert "3.7.12" in (ROOT / "docs/protect/traefik.md").read_text()


@pytest.mark.parametrize("header", ["X-Forwarded-Uri", "X-Original-URI", "X-Original-URL"])
def test_cve_2026_40575_cve_2026_76835_a_target_that_the_client_tells(proxy, service, narrow, header):
    count = len(service.seen)
    for method in ("X-Forwarded-Method", "X-Original-Method"):
        for value in (OPEN, f"http://h{OPEN}"):
            answer = ask(proxy, "PUT", SECRET, [bearer(narrow), (header, value), (method, "GET")], b"x")
            assert answer.status in (400, 403)
            answer = ask(proxy, "GET", SECRET, [bearer(narrow), (header, value), (header, value), (method, "GET")])
            assert answer.status in (400, 403)
    assert len(service.seen) == count


def test_cve_2025_54576_the_query_is_no_part_of_the_path(proxy, service, narrow):
    count = len(service.seen)
    for path in (f"{SECRET}?{OPEN}", f"{SECRET}?x=/../..{OPEN}", f"/?{OPEN}", f"/team?x={OPEN}"):
        assert ask(proxy, path=path, headers=[bearer(narrow)]).status == 403, path
    assert len(service.seen) == count
    assert ask(proxy, path=f"{OPEN}?{SECRET}", headers=[bearer(narrow)]).status == 200


def test_cve_2026_34457_no_agent_or_method_of_a_health_check_passes(proxy, service):
    count = len(service.seen)
    for agent in ("GoogleHC/1.0", "kube-probe/1.30", "ELB-HealthChecker/2.0", "Prometheus/3.0"):
        for path in ("/", "/healthz", "/ping", "/robots.txt", "/.well-known/acme-challenge/x"):
            for method in ("GET", "HEAD", "OPTIONS"):
                assert ask(proxy, method, path, [("User-Agent", agent)]).status == 401
    assert len(service.seen) == count


def test_ghsa_fvhj_4qfh_q2hm_a_target_with_a_fragment(proxy, service, narrow):
    count = len(service.seen)
    for target in (f"{SECRET}#{OPEN}", "/team/app#/../secret/file", f"{OPEN}%23/../../secret/file"):
        head = f"GET {target} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {narrow}\r\nConnection: close\r\n\r\n"
        status = raw(proxy, head.encode())
        for seen in service.seen[count:]:
            # A proxy that cuts the fragment off has judged, and sends, what is left.
            assert "secret" not in seen["path"] and "#" not in seen["path"], target
        assert status in (200, 400, 403, 404), target


class Stripped(Running):
    """Traefik with StripPrefix behind the check: what is judged is the path before, what is served the one after."""

    def written(self, text):
        text = super().written(text).replace("[clean, jeton, end]", "[clean, jeton, strip, end]")
        return text.replace("    end:\n", "    strip:\n      stripPrefix:\n        prefixes: [/files]\n    end:\n")


def test_cve_2026_48020_a_prefix_that_is_cut_off_opens_no_other_path(tmp_path, service, wire, desk, narrow):
    traefik = next(proxy for proxy in PROXIES if proxy.name == "traefik")
    with Stripped(traefik, tmp_path, jeton=wire.port, service=service.port, name="files") as running:
        count = len(service.seen)
        for path in (
            f"/files{SECRET}", f"/files/..{SECRET}", "/files/team/app/../secret/file", f"/files//..{SECRET}",
            f"/files%2f..{SECRET}", f"/files/%2e%2e{SECRET}", f"{OPEN}/../../secret/file", f"/files/files{OPEN}",
            "/files/..//team/secret/file",
        ):
            assert raw(
                running,
                f"GET {path} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {narrow}\r\nConnection: close\r\n\r\n".encode()
            ) in (301, 302, 307, 308, 400, 403, 404), path
        assert len(service.seen) == count
        answer = requests.get(running.url + OPEN, auth=("", narrow), timeout=60)
        assert (answer.status_code, service.seen[-1]["path"]) == (200, OPEN)
