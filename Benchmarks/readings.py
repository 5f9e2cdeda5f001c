"""What an administrator of a large organisation looks for: a line for each list and search.

Each `{…}` stands for another example of the ledger at each request, see `Examples` in oversight.py.
"""

from typing import NamedTuple

from organisation import ADMINISTRATOR, OWNER


class Reading(NamedTuple):
    """What is asked for: its name, its address, how many pages are turned from there, and who asks."""

    name: str
    path: str
    turns: int = 0
    who: str = ADMINISTRATOR


FINDINGS = (
    "unlimited", "unused", "never-used", "expiring", "owner-away", "new-network", "shared", "wide", "old-secret")
ORDERS = ("oldest", "name", "owner", "last-use", "least-used", "expiry")

#: The same of the service's API, with a token that oversees.
API_READINGS = [
    Reading("API: my tokens", "/api/v1/tokens"),
]

READINGS = [
    Reading("administrator's home", "/admin"),
    Reading("all tokens", "/admin/tokens"),
    Reading("all tokens, the next pages", "/admin/tokens", 5),
    *(Reading(f"all tokens, of any state, {order} first", f"/admin/tokens?state=all&sort={order}", 3)
      for order in ORDERS),
    *(Reading(f"all tokens, {state}", f"/admin/tokens?state={state}") for state in ("paused", "expired", "revoked")),
    *(Reading(f"all tokens, {finding}", f"/admin/tokens?finding={finding}") for finding in FINDINGS),
    Reading("all tokens, with a search for a login", "/admin/tokens?q={login}"),
    Reading("all tokens, with a search for a family name", "/admin/tokens?q={name}"),
    Reading("all tokens, with a search for a whole name", "/admin/tokens?q={fullname}"),
    Reading("all tokens, with a search for a token's name", "/admin/tokens?q={token}"),
    Reading("all tokens, with a search for an identifier", "/admin/tokens?q={id}"),
    Reading("all tokens, with a search for an address", "/admin/tokens?q={address}"),
    Reading("all tokens, with a search for what is nowhere", "/admin/tokens?q={nothing}&state=all"),
    Reading("all tokens, of an owner", "/admin/tokens?owner={login}&state=all"),
    Reading("all tokens, of service accounts", "/admin/tokens?kind=account"),
    Reading("all tokens, used at a service", "/admin/tokens?service={service}"),
    Reading("all tokens, used at a service, last used first", "/admin/tokens?service={service}&sort=last-use"),
    Reading("all tokens, that may be used at a service", "/admin/tokens?allows={service}"),
    Reading("all tokens, used from an address", "/admin/tokens?address={address}&state=all"),
    Reading("all tokens, used from a network", "/admin/tokens?address={network}&state=all"),
    Reading("all tokens, used with a client", "/admin/tokens?client={client}"),
    Reading("all tokens, used with a client at a service", "/admin/tokens?client={client}&service={service}"),
    Reading("all tokens, created on a day", "/admin/tokens?created_from={day}&created_until={day}&state=all"),
    Reading("all tokens, used on a day", "/admin/tokens?used_from={recent}&used_until={recent}"),
    Reading("a token", "/admin/tokens/{id}"),
    Reading("people", "/admin/people"),
    Reading("people, the next pages", "/admin/people", 5),
    Reading("people, with a search for a login", "/admin/people?q={login}"),
    Reading("people, with a search for a family name", "/admin/people?q={name}"),
    Reading("people, with a search for what is nowhere", "/admin/people?q={nothing}"),
    Reading("a person", "/admin/people/{person}"),
    Reading("service accounts", "/admin/accounts"),
    Reading("a service account", "/admin/accounts/{account}"),
    Reading("events", "/admin/events"),
    Reading("events, the next pages", "/admin/events", 5),
    Reading("events, of a person", "/admin/events?who={login}"),
    Reading("events, of a token", "/admin/events?token={id}"),
    Reading("events, of a kind", "/admin/events?kind={kind}"),
    Reading("events, from an address", "/admin/events?address={address}"),
    Reading("events, on a day", "/admin/events?from={day}&until={day}"),
    Reading("events, with a search", "/admin/events?search={name}"),
    Reading("passwords", "/admin/passwords"),
    Reading("policy", "/admin/policy"),
    Reading("requests for approval", "/requests"),
    Reading("My Tokens of a person with 303", "/tokens", who=OWNER),
]
#: What a token for the API may do.
API_SCOPES = ("jeton:manage",)
