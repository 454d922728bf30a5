-- The same path with one credential after the other. Arguments: the path, a file with one of them a line, and the header
-- that carries it as it is; without that, they are bearer tokens.
dofile("report.lua")

local requests, count, position = {}, 0, 0

function init(args)
  local name, scheme = args[3] or "Authorization", args[3] and "" or "Bearer "
  for credential in io.lines(args[2]) do
    count = count + 1
    requests[count] = wrk.format("GET", args[1], { [name] = scheme .. credential, ["Host"] = wrk.headers["Host"] })
  end
end

function request()
  position = position % count + 1
  return requests[position]
end
