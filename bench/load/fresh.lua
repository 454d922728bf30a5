-- Names that nobody has asked for yet, counted by tenths of a second: see cold.lua and progress.lua.
dofile("progress.lua")

local counted = request
local before, after
local count = 0

function init(args)
  before, after = args[1], args[2]
end

function request()
  counted()
  count = count + 1
  return wrk.format("GET", before .. count .. after)
end
