"""What is measured, each by one function that returns rows of the table, in a room by kind."""

from incident import incident
from measurements.connections import crowd, new_connection, tls
from measurements.counted import counted
from measurements.gate import default, denials, latency, narrowed, peak, services, two_cores, working_set
from measurements.ledger import churn, engine, idle, loading, size, uses
from measurements.proxies import cached, proxied
from measurements.rivals import peers
from oversight import oversight
from strangers import strangers
from trades import trades
from upgrade import upgrade

#: By name, as ONLY has it.
ALL = {function.__name__.replace("_", "-"): function
       for function in (peak, default, latency, working_set, denials, narrowed, services, two_cores, new_connection,
                        tls, proxied, cached, peers, size, loading, churn, uses, engine, idle, crowd, counted,
                        strangers, oversight, upgrade, incident, trades)}
