-- Removes members from a set of the index, except those that were added again since they were read.
-- KEYS: sorted set. ARGV: member, its score, the next member, its score...
-- Returns {how many were removed}.
local removed = 0
for i = 1, #ARGV, 2 do
  if redis.pcall('ZSCORE', KEYS[1], ARGV[i]) == ARGV[i + 1] then
    removed = removed + redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
return { removed }
