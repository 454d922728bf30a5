-- Reads the head of the committed image, and none of its bytes.
-- KEYS: head, first chunk.
-- Returns {'held', head, 1 if the first chunk is there, rest (ms)} or {'missing'}.
local head = redis.pcall('GET', KEYS[1])
if type(head) == 'table' and not string.find(head.err, 'WRONGTYPE', 1, true) then
  return redis.call('GET', KEYS[1])
end
if type(head) ~= 'string' then
  return { 'missing' }
end
return { 'held', head, redis.call('EXISTS', KEYS[2]), redis.call('PTTL', KEYS[1]) }
