-- Renews a lease, if it is still ours, and publishes the progress of the load.
-- KEYS: lease, first chunk. ARGV: generation, lease time (ms)[, head, chunks[, first chunk, its time (ms)]].
-- Returns {1} or {0}.
local generation = redis.pcall('HGET', KEYS[1], 'generation')
if generation ~= ARGV[1] then
  return { 0 }
end
if ARGV[5] then
  redis.call('SET', KEYS[2], ARGV[5], 'PX', ARGV[6])
end
if ARGV[3] then
  redis.call('HSET', KEYS[1], 'head', ARGV[3], 'chunks', ARGV[4])
end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return { 1 }
