-- Notes that the work of an event is done, unless a later one has begun.
-- KEYS: the latest event. ARGV: sequence.
-- Returns {1} or {0}.
if redis.pcall('HGET', KEYS[1], 'sequence') ~= ARGV[1] then
  return { 0 }
end
redis.call('HSET', KEYS[1], 'done', 1)
return { 1 }
