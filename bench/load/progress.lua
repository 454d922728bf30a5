-- Counts the requests of every tenth of a second, to see a server warm up.
dofile("report.lua")

local ffi = require("ffi")
ffi.cdef [[
  typedef struct { long seconds; long nanoseconds; } moment;
  int clock_gettime(int clock, moment *time);
]]
local MONOTONIC, LOOK_EVERY = 1, 8
local moment = ffi.new("moment")
local started, seen = nil, 0
local threads = {}
local prepared
counts = {}

local function now()
  ffi.C.clock_gettime(MONOTONIC, moment)
  return tonumber(moment.seconds) + tonumber(moment.nanoseconds) / 1e9
end

function setup(thread)
  table.insert(threads, thread)
end

function init()
  prepared = wrk.format()
end

function request()
  seen = seen + 1
  if seen % LOOK_EVERY == 0 then
    local time = now()
    started = started or time
    local tenth = math.floor((time - started) * 10) + 1
    for missing = #counts + 1, tenth do
      counts[missing] = 0
    end
    counts[tenth] = counts[tenth] + LOOK_EVERY
  end
  return prepared
end

local report = done
function done(summary, latency, requests)
  io.write("COUNTS [" .. table.concat(threads[1]:get("counts"), ",") .. "]\n")
  report(summary, latency, requests)
end
