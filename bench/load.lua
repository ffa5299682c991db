-- What wrk prints of itself is rounded to two digits; this is what it counted. There is no request(), which would cost
-- time at each request.
function done(summary, latency, requests)
    local errors = summary.errors
    local failures = errors.connect + errors.read + errors.write + errors.status + errors.timeout
    io.write(string.format('\n{"requests": %.0f, "bytes": %.0f, "seconds": %.6f, "failures": %.0f, "p99_ms": %.3f}\n',
        summary.requests, summary.bytes, summary.duration / 1e6, failures, latency:percentile(99) / 1000))
end
