-- Deletes an unusable image, unless it was replaced.
-- KEYS: head, first chunk. ARGV: the head as it was read.
-- Returns {1} or {0}.
if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then
  return { 0 }
end
redis.call('DEL', KEYS[1], KEYS[2])
return { 1 }
