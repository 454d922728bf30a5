-- Reads the progress of another instance's load.
-- KEYS: head, lease.
-- Returns {'held', head}, {'loading', generation, position, head, chunks} or {'gone'}.
local head = redis.pcall('GET', KEYS[1])
if type(head) == 'string' then
  return { 'held', head }
end
local lease = redis.pcall('HMGET', KEYS[2], 'generation', 'position', 'head', 'chunks')
if not lease.err and lease[1] then
  return { 'loading', lease[1], lease[2], lease[3], lease[4] }
end
return { 'gone' }
