-- Ends a load without a result, if its lease is still there.
-- KEYS: lease, first chunk. ARGV: generation.
-- Returns {1} or {0}.
local generation = redis.pcall('HGET', KEYS[1], 'generation')
if generation ~= ARGV[1] then
  return { 0 }
end
redis.call('DEL', KEYS[1], KEYS[2])
return { 1 }
