-- Adds to a set of the index, with the time until which the member is needed as its score, and keeps the set as long.
-- Adding a member again always increases its score, so that a purge which has read it notices.
-- Some of the members that are not needed any more are removed.
-- The caller passes the time: the command TIME would be one more permission for the user, and seconds do not matter.
-- KEYS: sorted set. ARGV: member, for how long (ms), now (ms since 1970).
-- Returns {1}.
local now = tonumber(ARGV[3])
local score = now + ARGV[2]
local old = redis.pcall('ZSCORE', KEYS[1], ARGV[1])
if type(old) == 'table' then
  redis.call('DEL', KEYS[1])
elseif old then
  score = math.max(score, old + 1)
end
redis.call('ZADD', KEYS[1], string.format('%.0f', score), ARGV[1])
local expired = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now), 'LIMIT', 0, 100)
if #expired > 0 then
  redis.call('ZREM', KEYS[1], unpack(expired))
end
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
return { 1 }
