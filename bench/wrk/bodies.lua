-- Sends the bodies of a file one after the other, for ever. VOLENS_BENCH_BODIES names the file (one body a line), VOLENS_BENCH_TOKEN
-- holds the credentials, VOLENS_BENCH_PATH the path. "#REQUEST##" becomes a number that no request had before.
local bodies, path = {}, os.getenv("VOLENS_BENCH_PATH")
for line in io.lines(os.getenv("VOLENS_BENCH_BODIES")) do bodies[#bodies + 1] = line end
local headers = { ["Authorization"] = os.getenv("VOLENS_BENCH_TOKEN"), ["Content-Type"] = "application/json" }
local fresh = bodies[1]:find("#REQUEST##", 1, true) ~= nil
local first, sent = os.time() % 100000 * 100000, 0
math.randomseed(os.time())
local at = math.random(#bodies)

request = function()
  at, sent = at % #bodies + 1, sent + 1
  local body = bodies[at]
  if fresh then body = body:gsub("#REQUEST##", string.format("%010d", first + sent)) end
  return wrk.format("POST", path, headers, body)
end
