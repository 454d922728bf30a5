-- Reads a page of a set of the index.
-- KEYS: sorted set. ARGV: cursor, about how many.
-- Returns {cursor of the next page or '0', member, its score, the next member, its score...}.
local page = redis.pcall('ZSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
if page.err then
  return string.find(page.err, 'WRONGTYPE', 1, true) and { '0' } or page
end
table.insert(page[2], 1, page[1])
return page[2]
