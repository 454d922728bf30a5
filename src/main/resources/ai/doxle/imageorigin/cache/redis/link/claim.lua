-- What the region knows of an image; where it knows nothing, the lease to load it.
-- KEYS: head, first chunk, lease. ARGV: generation, lease time (ms), journal position.
-- Returns {'held', head, first chunk, rest (ms)}, {'loading', generation, position, head, chunks} or {'granted'}.
local function text(key)
  local value = redis.pcall('GET', key)
  if type(value) == 'table' then
    redis.call('DEL', key)
    return false
  end
  return value
end

local head = text(KEYS[1])
if head then
  return { 'held', head, text(KEYS[2]), redis.call('PTTL', KEYS[1]) }
end
local lease = redis.pcall('HMGET', KEYS[3], 'generation', 'position', 'head', 'chunks')
if not lease.err and lease[1] and redis.call('PTTL', KEYS[3]) >= 0 then
  return { 'loading', lease[1], lease[2], lease[3], lease[4] }
end
redis.call('DEL', KEYS[3])
redis.call('HSET', KEYS[3], 'generation', ARGV[1], 'position', ARGV[3], 'chunks', 0)
redis.call('PEXPIRE', KEYS[3], ARGV[2])
return { 'granted' }
