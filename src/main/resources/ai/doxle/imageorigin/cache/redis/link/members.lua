-- A page of a set of the index.
-- KEYS: set. ARGV: cursor, about how many.
-- Returns {cursor of the next page or '0', members...}.
local page = redis.pcall('SSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
if page.err then
  return string.find(page.err, 'WRONGTYPE', 1, true) and { '0' } or page
end
table.insert(page[2], 1, page[1])
return page[2]
