-- Deletes an image and the lease of a load.
-- KEYS: head, first chunk, lease.
-- Returns {head, generation and head of the load}: what is needed to find the other chunks.
local head = redis.pcall('GET', KEYS[1])
local lease = redis.pcall('HMGET', KEYS[3], 'generation', 'head')
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
if type(head) == 'table' then
  head = false
end
if lease.err then
  lease = { false, false }
end
return { head, lease[1], lease[2] }
