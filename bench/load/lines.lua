-- Requests in the order of a table, round and round, from a random place. Arguments: a file with one path a line
-- (all requests are formatted before the run), and a file of 0-based line numbers, four bytes each, little-endian.
dofile("report.lua")

local ffi = require("ffi")
local requests, order, length, position = {}, nil, 0, 0

local function read(name)
  local file = assert(io.open(name, "rb"))
  local content = file:read("*a")
  file:close()
  return content
end

function init(args)
  local count = 0
  for path in io.lines(args[1]) do
    requests[count] = wrk.format("GET", path)
    count = count + 1
  end
  local content = read(args[2])
  length = #content / 4
  order = ffi.new("uint32_t[?]", length)
  ffi.copy(order, content, #content)
  math.randomseed(os.time())
  position = math.random(0, length - 1)
end

function request()
  position = position + 1
  if position == length then
    position = 0
  end
  return requests[order[position]]
end
