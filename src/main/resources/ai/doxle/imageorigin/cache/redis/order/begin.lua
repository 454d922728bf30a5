-- Begins an event, unless a later one of its subject has begun or its own work is done.
-- KEYS: the latest event. ARGV: sequence (of one length), version or '', time to keep it (ms).
-- A value of another type is deleted.
-- Returns {'due', version of the event before or '', 'unfinished' or ''}, {'late'} or {'repeated'}.
local latest = redis.pcall('HMGET', KEYS[1], 'sequence', 'version', 'before', 'done')
if latest.err then
  if not string.find(latest.err, 'WRONGTYPE', 1, true) then
    return redis.call('HMGET', KEYS[1], 'sequence')
  end
  redis.call('DEL', KEYS[1])
  latest = { false, false, false, false }
end
if latest[1] == ARGV[1] then
  return latest[4] and { 'repeated' } or { 'due', latest[3] or '', 'unfinished' }
end
if latest[1] and latest[1] > ARGV[1] then
  return { 'late' }
end
local before = latest[2] or ''
local unfinished = latest[1] and not latest[4] and 'unfinished' or ''
redis.call('DEL', KEYS[1])
redis.call('HSET', KEYS[1], 'sequence', ARGV[1], 'version', ARGV[2], 'before', before)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return { 'due', before, unfinished }
