-- For wrk: GETs the addresses of a file one after the other, round and round, and prints what came of it as one line of
-- JSON. A line of the file is a path, and after a tab the value of If-None-Match, or "page": a browser's request.
--   wrk … -s requests.lua URL -- FILE AUTHORIZATION
local requests, at = {}, 0

function init(args)
    for line in io.lines(args[1]) do
        local path, mark = line:match("^([^\t]*)\t?(.*)$")
        local headers = { Authorization = args[2], Host = wrk.headers["Host"] }
        if mark == "page" then headers["Accept"] = "text/html" elseif mark ~= "" then headers["If-None-Match"] = mark end
        requests[#requests + 1] = wrk.format("GET", path, headers)
    end
end

function request()
    at = at % #requests + 1
    return requests[at]
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format('\nRESULT {"requests": %d, "seconds": %.6f, "bytes": %d, "p50_ms": %.3f, "p99_ms": %.3f, ' ..
        '"max_ms": %.3f, "bad_status": %d, "broken": %d}\n', summary.requests, summary.duration / 1e6, summary.bytes,
        latency:percentile(50) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end
