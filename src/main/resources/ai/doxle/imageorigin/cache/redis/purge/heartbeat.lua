-- Writes an instance's heartbeat, deletes those of dead instances, and lists all.
-- Needs no clock: the command TIME would be one more permission for the user.
-- KEYS: hash of instances. ARGV: name, heartbeat, time until all expire without another one (ms),
-- name of a dead instance, its last heartbeat, the next name...
-- Returns {name, heartbeat, the next name...}.
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then
  redis.call('DEL', KEYS[1])
end
for i = 4, #ARGV, 2 do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    redis.call('HDEL', KEYS[1], ARGV[i])
  end
end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return redis.call('HGETALL', KEYS[1])
