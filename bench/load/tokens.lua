-- The same path with one bearer token after the other. Arguments: the path, a file with one token a line.
dofile("report.lua")

local requests, count, position = {}, 0, 0

function init(args)
  for token in io.lines(args[2]) do
    count = count + 1
    requests[count] = wrk.format("GET", args[1], { ["Authorization"] = "Bearer " .. token, ["Host"] = wrk.headers["Host"] })
  end
end

function request()
  position = position % count + 1
  return requests[position]
end
