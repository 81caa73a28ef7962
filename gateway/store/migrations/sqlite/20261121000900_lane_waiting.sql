-- The index of the lanes that wait holds all that claiming and the gauges ask for: with a million lanes waiting, looking
-- at them row by row would cost a second each time.

DROP INDEX lane_to_claim;
CREATE INDEX lane_waiting ON lane (link, wake_at, pending, waiting_since) WHERE pending > 0;
