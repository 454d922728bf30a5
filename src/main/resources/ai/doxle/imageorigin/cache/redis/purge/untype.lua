-- Deletes a key that is not a stream. Another instance may have replaced it since its type was found to be wrong.
-- KEYS: stream.
-- Returns {its type if it was deleted, or an empty string}.
local type = redis.call('TYPE', KEYS[1]).ok
if type == 'stream' or type == 'none' then
  return { '' }
end
redis.call('DEL', KEYS[1])
return { type }
