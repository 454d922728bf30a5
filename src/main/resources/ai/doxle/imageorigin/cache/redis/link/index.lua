-- Adds to a set of the index and keeps the set as long as what it leads to.
-- KEYS: set. ARGV: member, time (ms).
-- Returns {1}.
local added = redis.pcall('SADD', KEYS[1], ARGV[1])
if type(added) == 'table' and string.find(added.err, 'WRONGTYPE', 1, true) then
  redis.call('DEL', KEYS[1])
end
if type(added) == 'table' then
  redis.call('SADD', KEYS[1], ARGV[1])
end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return { 1 }
