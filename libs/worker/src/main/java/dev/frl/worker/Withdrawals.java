package dev.frl.worker;

import dev.frl.core.run.Outbox.Withdrawal;
import dev.frl.messaging.share.Lease;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Work that the controller has withdrawn, since its run has ended or rests. A worker drops what it holds of it, and what it is given
 * later: Kafka cannot take a record back from a share group. The latest message about a run counts, since a run of the same id may begin
 * again long after its end. Thread-safe.
 */
final class Withdrawals {
    private final Map<String, Withdrawal> latest = new HashMap<>();
    private @Nullable Held held;

    private record Held(WorkItem item, Lease lease) {}

    synchronized void add(Withdrawal withdrawal) {
        latest.put(withdrawal.runId(), withdrawal);
        drop();
    }

    /** A record is held; its lease is withdrawn now, or once the work is. */
    synchronized void begins(WorkItem item, Lease lease) {
        held = new Held(item, lease);
        drop();
    }

    synchronized void ends() {
        held = null;
    }

    private void drop() {
        if (held == null) {
            return;
        }
        var of = latest.get(held.item().runId());
        if (of != null && held.item().trainingAttempt() <= of.attempt()) {
            held.lease().withdraw(of.reason());
        }
    }
}
