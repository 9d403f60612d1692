package dev.frl.worker;

import static dev.frl.service.metrics.ServiceMeter.DEAD_LETTERS;
import static dev.frl.service.metrics.ServiceMeter.IMAGES;
import static dev.frl.service.metrics.ServiceMeter.LEASE_LOSSES;
import static dev.frl.service.metrics.ServiceMeter.WORKER_BUSY;
import static dev.frl.service.metrics.ServiceMeter.WORK_FAILURES;

import dev.frl.core.failure.FailureKind;
import dev.frl.messaging.Topic;
import dev.frl.messaging.share.ShareWorker;
import dev.frl.service.metrics.ServiceMetrics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ShareConsumer;

/** The meters of one worker. Thread-safe. */
final class WorkerMeters implements ShareWorker.Observer {
    private final MeterRegistry registry;
    private final AtomicInteger held = new AtomicInteger();
    private final Counter images;
    private final Counter leaseLosses;
    private final Counter deadLetters;
    private final Map<FailureKind, Counter> failures = new EnumMap<>(FailureKind.class);

    /** Kafka's own meters of the consumer in use. */
    private ServiceMetrics.Binding consumer = ServiceMetrics.Binding.NONE;

    /**
     * @param role name of the service
     * @param work topic of its records
     */
    WorkerMeters(MeterRegistry meters, String role, Topic<?> work) {
        registry = meters;
        deadLetters = DEAD_LETTERS.counter(meters, work.name());
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

    @Override
    public synchronized void opened(ShareConsumer<byte[], byte[]> opened) {
        consumer = ServiceMetrics.bind(registry, opened);
    }

    @Override
    public synchronized void closes() {
        consumer.close();
        consumer = ServiceMetrics.Binding.NONE;
    }

    @Override
    public void deadLetter() {
        deadLetters.increment();
    }

    void failed(FailureKind kind) {
        var counter = failures.get(kind);
        if (counter != null) {
            counter.increment();
        }
    }
}
