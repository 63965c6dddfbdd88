-- Messages that no attempt to an endpoint delivered: what `ops archive replay` is for. Name the application, endpoint and days.
SELECT message.id, message.event_type, from_unixtime(message.accepted_at / 1000.0) AS accepted_at
FROM events AS message
JOIN events AS attempt ON attempt.msg_id = message.id
WHERE message.app = 'app_...' AND attempt.app = 'app_...'
  AND message.day BETWEEN '2026-01-01' AND '2026-01-02'
  AND attempt.day BETWEEN '2026-01-01' AND '2026-01-09'
  AND message.kind = 'message' AND attempt.kind = 'attempt'
  AND attempt.endpoint_id = 'ep_...'
GROUP BY message.id, message.event_type, message.accepted_at
HAVING NOT bool_or(attempt.succeeded)
ORDER BY message.accepted_at
