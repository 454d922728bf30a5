-- Names that nobody has asked for yet: arguments are the path's two halves, with a number between them.
dofile("report.lua")

local before, after
local count = 0

function init(args)
  before, after = args[1], args[2]
end

function request()
  count = count + 1
  return wrk.format("GET", before .. count .. after)
end
