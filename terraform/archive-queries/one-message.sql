-- Everything that happened to one message. Name its application, the days to look at and the message.
SELECT kind, id, from_unixtime(coalesce(accepted_at, attempted_at) / 1000.0) AS at,
  event_type, endpoint_id, attempt, succeeded, outcome, status_code, duration_ms,
  from_unixtime(next_attempt_at / 1000.0) AS next_attempt_at, from_unixtime(expunged_at / 1000.0) AS expunged_at
FROM events
WHERE app = 'app_...'
  AND day BETWEEN '2026-01-01' AND '2026-01-02'
  AND 'msg_...' IN (id, msg_id)
ORDER BY at
