-- wrk's script, the same for every server: sends requests that were written down beforehand, one after
-- the other and then from the start again. A null byte stands between two of them. wrk counts as refused what
-- is answered with a status above 399.
--
--   wrk … -s load.lua http://HOST:PORT -- REQUESTS

local prepared, count, latest = {}, 0, 0

function init(arguments)
    local file = assert(io.open(arguments[1], "rb"))
    for text in file:read("*a"):gmatch("[^%z]+") do
        count = count + 1
        prepared[count] = text
    end
    file:close()
end

function request()
    latest = latest % count + 1
    return prepared[latest]
end

function done(summary, latency)
    local errors = summary.errors
    print(string.format(
        '{"requests": %d, "microseconds": %d, "refused": %d, "broken": %d, "p50": %d, "p99": %d}',
        summary.requests, summary.duration, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout,
        latency:percentile(50), latency:percentile(99)))
end
