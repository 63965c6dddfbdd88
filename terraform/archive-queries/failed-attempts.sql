-- How attempts to each endpoint failed, day by day. Name the application and the days.
SELECT day, endpoint_id, outcome, status_code, count(*) AS attempts, count(DISTINCT msg_id) AS messages
FROM events
WHERE app = 'app_...'
  AND day BETWEEN '2026-01-01' AND '2026-01-31'
  AND kind = 'attempt'
  AND NOT succeeded
GROUP BY day, endpoint_id, outcome, status_code
ORDER BY day, attempts DESC
