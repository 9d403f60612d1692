package dev.frl.service.metrics;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;

/**
 * Every meter of ours, declared once: docs/operations.md, the alert rules and the dashboard are checked against this list. Labels have
 * few values. Runs and experiments are no labels: a sweep would add thousands of series; logs and topics name them.
 */
public enum ServiceMeter {
    OUTSTANDING_SHARDS(
            Kind.GAUGE,
            List.of("controller"),
            List.of(),
            "Shards of evaluations in progress that are not counted yet, of the partitions of this instance. Attackers are scaled by its"
                    + " sum over all instances."),
    LEDGER_GAPS(
            Kind.GAUGE,
            List.of("controller"),
            List.of(),
            "Outstanding shards that were requested before and are missing still, of the partitions of this instance: holes in the ledgers."
                    + " Normally 0."),
    WAITING_RUNS(
            Kind.GAUGE,
            List.of("controller"),
            List.of(),
            "Runs that want a trainer and have none. One instance knows, the others say 0. Trainers are scaled by its sum over all"
                    + " instances."),
    TRAINERS_IN_SIGHT(
            Kind.GAUGE,
            List.of("controller"),
            List.of(),
            "Trainers that announce themselves and take runs. One instance knows, the others say 0."),
    OPEN_RUNS(
            Kind.GAUGE,
            List.of("controller"),
            List.of("phase"),
            "Runs that have not ended, by phase, of the partitions of this instance."),
    ENDED_RUNS(
            Kind.COUNTER,
            List.of("controller"),
            List.of("outcome"),
            "Runs that ended, by outcome: finished, failed or stopped."),
    DECISION(
            Kind.TIMER,
            List.of("controller"),
            List.of(),
            "Decisions that changed a run, with the messages that follow. Without the commit of the transaction."),
    EPOCH_DECISION(
            Kind.TIMER,
            List.of("controller"),
            List.of(),
            "Decisions that end the evaluation of an epoch: errors, fairness update and the requests that follow."),
    SHARDS_REQUESTED_AGAIN(
            Kind.COUNTER,
            List.of("controller"),
            List.of(),
            "Shards that were missing in a ledger and requested again: their attacker failed, or was silent too long."),
    TRAINING_REQUESTED_AGAIN(
            Kind.COUNTER,
            List.of("controller"),
            List.of(),
            "Trainings that were requested again: their trainer failed, or was silent too long."),
    DEAD_LETTERS(
            Kind.COUNTER,
            List.of("controller", "attacker", "trainer"),
            List.of("topic"),
            "Messages that the service could not handle and moved to a dead-letter topic, by the topic that they came from."),
    IMAGES(
            Kind.COUNTER,
            List.of("attacker", "trainer"),
            List.of("role"),
            "Images that were attacked by an attacker, or trained on by a trainer. Its rate is images per second."),
    SHARD(Kind.TIMER, List.of("attacker"), List.of(), "Attacks of one shard that were announced."),
    EPOCH(Kind.TIMER, List.of("trainer"), List.of(), "Epochs that were trained, without their checkpoints."),
    WORKER_BUSY(
            Kind.GAUGE,
            List.of("attacker", "trainer"),
            List.of("role"),
            "1 while the worker holds a shard or a run, else 0."),
    WORK_FAILURES(
            Kind.COUNTER,
            List.of("attacker", "trainer"),
            List.of("role", "kind"),
            "Work that failed and was reported to the controller, by kind of failure."),
    LEASE_LOSSES(
            Kind.COUNTER,
            List.of("attacker", "trainer"),
            List.of("role"),
            "Work that was interrupted because its lease could not be renewed; another worker may hold it by then."),
    RECORDER_LAG(
            Kind.GAUGE,
            List.of("recorder"),
            List.of("recorder"),
            "Records of the run log that are not recorded yet, as far as the recorder has heard."),
    RECORDED_EVENTS(
            Kind.COUNTER, List.of("recorder"), List.of("recorder"), "Events of the run log that were recorded."),
    RECORDER_FAILURES(
            Kind.COUNTER,
            List.of("recorder"),
            List.of("recorder"),
            "Calls of MLflow, or writes of files, that failed; each is tried again."),
    RESIDENT_MEMORY(
            Kind.BYTES,
            List.of("controller", "attacker", "trainer", "recorder"),
            List.of(),
            "Resident memory of the process: the heap, and the native memory of the engine. Linux only."),
    GPU_UTILIZATION(
            Kind.GAUGE,
            List.of("attacker", "trainer"),
            List.of("gpu"),
            "Share of the last second in which the GPU was busy, in [0, 1], by its index; all processes on it count. Absent without an"
                    + " NVIDIA GPU."),
    GPU_MEMORY_USED(
            Kind.BYTES,
            List.of("attacker", "trainer"),
            List.of("gpu"),
            "Memory of the GPU that is in use, by its index; all processes on it count. Absent without an NVIDIA GPU."),
    GPU_MEMORY_TOTAL(
            Kind.BYTES,
            List.of("attacker", "trainer"),
            List.of("gpu"),
            "Memory of the GPU, by its index. Absent without an NVIDIA GPU.");

    private enum Kind {
        GAUGE,
        BYTES,
        COUNTER,
        TIMER
    }

    private final Kind kind;
    private final List<String> services;
    private final List<String> labels;
    private final String meaning;

    ServiceMeter(Kind kind, List<String> services, List<String> labels, String meaning) {
        this.kind = kind;
        this.services = services;
        this.labels = labels;
        this.meaning = meaning;
    }

    /** Name in Micrometer, from which its registry makes the names for Prometheus. */
    public String key() {
        return "frl." + name().toLowerCase(Locale.ROOT).replace('_', '.');
    }

    /** Names in Prometheus: one, or those of a timer's count, sum and largest recent value. */
    public List<String> samples() {
        var name = key().replace('.', '_');
        return switch (kind) {
            case GAUGE -> List.of(name);
            case BYTES -> List.of(name + "_bytes");
            case COUNTER -> List.of(name + "_total");
            case TIMER -> List.of(name + "_seconds_count", name + "_seconds_sum", name + "_seconds_max");
        };
    }

    public List<String> services() {
        return services;
    }

    public List<String> labels() {
        return labels;
    }

    public String meaning() {
        return meaning;
    }

    /** @param labelValues in the order of {@link #labels} */
    public Counter counter(MeterRegistry meters, String... labelValues) {
        require(kind == Kind.COUNTER);
        return Counter.builder(key())
                .description(meaning)
                .tags(tags(labelValues))
                .register(meters);
    }

    public Timer timer(MeterRegistry meters) {
        require(kind == Kind.TIMER);
        return Timer.builder(key()).description(meaning).register(meters);
    }

    /**
     * Registers a gauge.
     *
     * @param value asked from any thread, with every scrape
     * @param labelValues in the order of {@link #labels}
     */
    public void gauge(MeterRegistry meters, Supplier<Number> value, String... labelValues) {
        require(kind == Kind.GAUGE || kind == Kind.BYTES);
        Gauge.builder(key(), value)
                .description(meaning)
                .baseUnit(kind == Kind.BYTES ? "bytes" : null)
                .tags(tags(labelValues))
                .strongReference(true)
                .register(meters);
    }

    private void require(boolean fits) {
        if (!fits) {
            throw new IllegalStateException(String.format(Locale.ROOT, "%s is a %s", name(), kind));
        }
    }

    private String[] tags(String... values) {
        if (values.length != labels.size()) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "%s has labels %s, got %d values", name(), labels, values.length));
        }
        var tags = new String[2 * values.length];
        for (int i = 0; i < values.length; i++) {
            tags[2 * i] = labels.get(i);
            tags[2 * i + 1] = values[i];
        }
        return tags;
    }
}
