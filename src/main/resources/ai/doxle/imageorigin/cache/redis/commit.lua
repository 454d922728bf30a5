-- Ends a load with its result, if the lease is still ours and the first chunk of an image is still there.
-- KEYS: head, lease, first chunk. ARGV: generation, head, its time (ms)[, the first chunk's time (ms)].
-- Returns {1} or {0}.
local generation = redis.pcall('HGET', KEYS[2], 'generation')
if generation ~= ARGV[1] then
  return { 0 }
end
if ARGV[4] and redis.call('PEXPIRE', KEYS[3], ARGV[4]) == 0 then
  return { 0 }
end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
redis.call('DEL', KEYS[2])
return { 1 }
