-- How many messages of each type were accepted, day by day. Name the application and the days.
SELECT day, event_type, count(*) AS messages
FROM events
WHERE app = 'app_...'
  AND day BETWEEN '2026-01-01' AND '2026-01-31'
  AND kind = 'message'
GROUP BY day, event_type
ORDER BY day, messages DESC
