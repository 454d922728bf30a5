-- The committed image, if there is one.
-- KEYS: head, first chunk.
-- Returns {'held', head, first chunk, rest (ms)} or {'missing'}.
local head = redis.pcall('GET', KEYS[1])
if type(head) ~= 'string' then
  return { 'missing' }
end
local first = redis.pcall('GET', KEYS[2])
if type(first) == 'table' then
  first = false
end
return { 'held', head, first, redis.call('PTTL', KEYS[1]) }
