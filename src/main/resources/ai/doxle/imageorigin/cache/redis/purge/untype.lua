-- Deletes a key that is not a stream. What it is may have changed since somebody found it so.
-- KEYS: stream.
-- Returns {what it was, if it was deleted}.
local type = redis.call('TYPE', KEYS[1]).ok
if type == 'stream' or type == 'none' then
  return { '' }
end
redis.call('DEL', KEYS[1])
return { type }
