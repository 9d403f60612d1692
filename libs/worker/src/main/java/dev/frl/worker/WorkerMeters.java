package dev.frl.worker;

import static dev.frl.service.metrics.ServiceMeter.IMAGES;
import static dev.frl.service.metrics.ServiceMeter.LEASE_LOSSES;
import static dev.frl.service.metrics.ServiceMeter.WORKER_BUSY;
import static dev.frl.service.metrics.ServiceMeter.WORK_FAILURES;

import dev.frl.core.failure.FailureKind;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** The meters of one worker. Thread-safe. */
final class WorkerMeters {
    private final AtomicInteger held = new AtomicInteger();
    private final Counter images;
    private final Counter leaseLosses;
    private final Map<FailureKind, Counter> failures = new EnumMap<>(FailureKind.class);

    /** @param role name of the service */
    WorkerMeters(MeterRegistry meters, String role) {
        images = IMAGES.counter(meters, role);
        leaseLosses = LEASE_LOSSES.counter(meters, role);
        for (var kind : FailureKind.values()) {
            failures.put(kind, WORK_FAILURES.counter(meters, role, kind.name().toLowerCase(Locale.ROOT)));
        }
        WORKER_BUSY.gauge(meters, held::get, role);
    }

    /** Images of the work in progress were done. */
    void images(int done) {
        images.increment(done);
    }

    void begins() {
        held.set(1);
    }

    /** @param lost whether the lease was lost, and another worker may have the work */
    void ends(boolean lost) {
        held.set(0);
        if (lost) {
            leaseLosses.increment();
        }
    }

    void failed(FailureKind kind) {
        var counter = failures.get(kind);
        if (counter != null) {
            counter.increment();
        }
    }
}
