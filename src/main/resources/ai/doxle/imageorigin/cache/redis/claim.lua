-- Reads a committed image or the progress of its load; if there is neither, grants the lease to load it.
-- KEYS: head, first chunk, lease. ARGV: generation, lease time (ms), journal position.
-- A value of another type is deleted and counts as missing; any other error is returned.
-- Returns {'held', head, first chunk, rest (ms)}, {'loading', generation, position, head, chunks} or {'granted'}.
local function read(command, key, ...)
  local value = redis.pcall(command, key, ...)
  if type(value) ~= 'table' or not value.err then
    return value
  end
  if not string.find(value.err, 'WRONGTYPE', 1, true) then
    return redis.call(command, key, ...)
  end
  redis.call('DEL', key)
  return false
end

local head = read('GET', KEYS[1])
if head then
  return { 'held', head, read('GET', KEYS[2]), redis.call('PTTL', KEYS[1]) }
end
local lease = read('HMGET', KEYS[3], 'generation', 'position', 'head', 'chunks')
if lease and lease[1] and redis.call('PTTL', KEYS[3]) >= 0 then
  return { 'loading', lease[1], lease[2], lease[3], lease[4] }
end
redis.call('DEL', KEYS[3])
redis.call('HSET', KEYS[3], 'generation', ARGV[1], 'position', ARGV[3], 'chunks', 0)
redis.call('PEXPIRE', KEYS[3], ARGV[2])
return { 'granted' }
