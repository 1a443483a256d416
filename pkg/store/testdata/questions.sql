-- Jobs of 400 days, more and more of them: one in twenty came in the last day, one in a hundred in the last hour. The questions of
-- docs/questions.md are asked of them. $1 is how many; a blank line stands between two statements.

SELECT attempts_ensure_partition(now() - m * interval '1 month') FROM generate_series(-1, 14) m

INSERT INTO enrollments (job_id, program, batch_id, external_consumer_id, external_card_id, operation, status,
	pan_first6, pan_last4, pan_hmac, pan_hmac_kid, message_digest, content_hmac,
	src_digital_card_id, src_correlation_id, token_unique_reference, http_status, error_source, error_reason, error_detail, error_message,
	attempts, charged, worker, attempt_started_at, trace_id, lease_until, next_attempt_at, first_seen_at, completed_at, updated_at)
SELECT 'june-' || n * 5000 / $1::bigint || '.' || n % ($1::bigint / 5000) + 1, (ARRAY['gold', 'gold', 'silver', 'acme'])[1 + n / 7 % 4], 'june-' || n * 5000 / $1::bigint,
	'consumer-' || n / 2, 'card-' || n, 'enroll', s,
	(520473 + n % 7 * 11)::text, lpad((hashint8(n) & 65535) % 10000 || '', 4, '0'), sha256(('p' || n)::bytea), 'hmac-2026', sha256(n::text::bytea), sha256(('c' || n)::bytea),
	CASE WHEN s IN ('enrolled', 'already_enrolled') THEN md5('card' || n)::uuid::text END, md5('correlation' || n)::uuid::text,
	CASE WHEN s = 'enrolled' THEN 'DSHRMC00000000' || md5('token' || n) END,
	CASE WHEN s IN ('enrolled', 'already_enrolled') THEN 200 WHEN s IN ('rejected') THEN 400 WHEN s IN ('dead', 'retrying') THEN 503 END,
	CASE WHEN s IN ('rejected', 'dead', 'retrying', 'invalid', 'in_doubt') THEN 'mastercard' END,
	CASE s WHEN 'rejected' THEN (ARRAY['INVALID_STATE', 'INVALID_FIELD_VALUE', 'CARD_NOT_ELIGIBLE'])[1 + n / 97 % 3] WHEN 'dead' THEN 'UNAVAILABLE' WHEN 'retrying' THEN 'HTTP_503'
		WHEN 'invalid' THEN 'UNKNOWN_KID' WHEN 'in_doubt' THEN 'TIMEOUT' END,
	CASE s WHEN 'rejected' THEN (ARRAY['ISSUER_DECLINED', 'PAN_EXPIRED', NULL])[1 + n / 97 % 3] END,
	CASE WHEN s IN ('rejected', 'dead', 'retrying', 'invalid', 'in_doubt') THEN 'The request was refused by the service.' END,
	1 + (n % 20 = 0)::int, 1, 'worker-' || n % 8, at - interval '80 ms', md5('trace' || n),
	CASE s WHEN 'in_progress' THEN now() + interval '1 minute' END, CASE WHEN s IN ('retrying', 'submitted') THEN now() + n % 600 * interval '1 second' END,
	at - interval '2 s', CASE WHEN s NOT IN ('in_progress', 'pending', 'retrying', 'submitted', 'in_doubt') THEN at END, at
FROM generate_series(1, $1::bigint) n
CROSS JOIN LATERAL (SELECT now() - interval '400 days' * (($1::bigint - n)::float8 / $1::bigint) ^ 2 AS at) AS t
CROSS JOIN LATERAL (SELECT CASE WHEN n % 1000 < 940 THEN 'enrolled' WHEN n % 1000 < 965 THEN 'already_enrolled' WHEN n % 1000 < 990 THEN 'rejected'
	WHEN n % 1000 < 994 THEN 'invalid' WHEN n % 1000 < 996 THEN 'dead' WHEN n % 1000 < 997 THEN 'expired'
	WHEN n < $1::bigint * 0.9 THEN 'enrolled' WHEN n % 1000 = 997 THEN 'retrying' WHEN n % 1000 = 998 THEN 'in_doubt'
	WHEN n % 2000 = 999 THEN 'pending' ELSE 'in_progress' END AS s) AS status

INSERT INTO attempts (job_id, attempt, worker, started_at, finished_at, verdict, http_status, error_source, error_reason, src_correlation_id, trace_id)
SELECT job_id, 1, worker, attempt_started_at, CASE WHEN status <> 'in_progress' THEN updated_at END,
	CASE WHEN attempts > 1 OR status = 'retrying' THEN 'retry' WHEN status IN ('enrolled', 'already_enrolled', 'rejected') THEN status WHEN status = 'dead' THEN 'retry' WHEN status = 'in_doubt' THEN 'unknown' END,
	http_status, error_source, error_reason, src_correlation_id, trace_id
FROM enrollments

INSERT INTO attempts (job_id, attempt, worker, started_at, finished_at, verdict, http_status, error_source, error_reason, src_correlation_id, trace_id)
SELECT job_id, 2, worker, attempt_started_at + interval '1 minute', CASE WHEN status <> 'in_progress' THEN updated_at + interval '1 minute' END,
	CASE WHEN status IN ('enrolled', 'already_enrolled', 'rejected') THEN status WHEN status = 'dead' THEN 'retry' END,
	http_status, error_source, error_reason, src_correlation_id, trace_id
FROM enrollments WHERE attempts > 1

INSERT INTO batches (batch_id, program, source, rows_read, rows_published, started_at, completed_at, updated_at)
SELECT 'june-' || b, 'gold', 'cards-' || b || '.csv', $1::bigint / 5000, $1::bigint / 5000, now() - (5000 - b) * interval '2 hours', now() - (5000 - b) * interval '2 hours' + interval '1 minute', now()
FROM generate_series(0, 4999) b

INSERT INTO batch_counts (batch_id, status, reason, detail, shard, count, first_at, last_at)
SELECT batch_id, status, coalesce(error_reason, ''), coalesce(error_detail, ''), 1, count(*), min(updated_at), max(updated_at)
FROM enrollments GROUP BY 1, 2, 3, 4

INSERT INTO program_counts (program, status, reason, detail, shard, count, first_at, last_at)
SELECT program, status, coalesce(error_reason, ''), coalesce(error_detail, ''), n, count(*) / 16, min(updated_at), max(updated_at)
FROM enrollments, generate_series(1, 16) n GROUP BY 1, 2, 3, 4, 5

INSERT INTO batch_rejects (batch_id, row_number, fault, line, field, code, reason)
SELECT 'june-' || n % 100, n, 1, n + 1, 'pan', 'INVALID_PAN', 'fails the Luhn check' FROM generate_series(1, 10000) n

INSERT INTO operator_acts (at, who, host, act, program, why)
SELECT now() - n * interval '1 hour', 'ops', 'host-1', 'pause', 'gold', 'key ceremony' FROM generate_series(1, 10000) n

INSERT INTO operator_act_ends (act_id, status) SELECT id, 'done' FROM operator_acts
