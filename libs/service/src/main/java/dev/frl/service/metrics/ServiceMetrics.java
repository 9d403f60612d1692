package dev.frl.service.metrics;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ShareConsumer;
import org.apache.kafka.clients.producer.Producer;
import org.jspecify.annotations.Nullable;

/** The registry of a process. Only a process that has a port is read; in others, counting costs next to nothing. */
public final class ServiceMetrics implements AutoCloseable {
    /** Format of {@link #scrape}. */
    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    /** Labels of Kafka's meters with a value for each partition, task or broker: a series for each would be thousands. */
    private static final Set<String> UNBOUNDED = Set.of("partition", "task.id", "node.id");

    /** Kafka Streams names its clients after a process id, which would give new series with each lost state directory. */
    private static final Pattern PROCESS = Pattern.compile("-?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private static final Pattern RESIDENT = Pattern.compile("(?m)^VmRSS:\\s+([0-9]+) kB$");
    private static final int KIB = 1024;

    private final MeterRegistry meters;
    private final @Nullable PrometheusMeterRegistry prometheus;
    private final @Nullable JvmGcMetrics gc;

    private ServiceMetrics(@Nullable PrometheusMeterRegistry prometheus) {
        this.prometheus = prometheus;
        this.meters = prometheus == null ? none() : prometheus;
        this.gc = prometheus == null ? null : new JvmGcMetrics();
        if (gc != null) {
            meters.config()
                    .meterFilter(MeterFilter.deny(ServiceMetrics::isUnbounded))
                    .meterFilter(new MeterFilter() {
                        @Override
                        public Meter.Id map(Meter.Id id) {
                            return withoutProcess(id);
                        }
                    });
            new JvmMemoryMetrics().bindTo(meters);
            gc.bindTo(meters);
            new JvmThreadMetrics().bindTo(meters);
            new ProcessorMetrics().bindTo(meters);
            new UptimeMetrics().bindTo(meters);
            ServiceMeter.RESIDENT_MEMORY.gauge(meters, ServiceMetrics::residentBytes);
        }
    }

    /** @param read whether somebody may read the meters */
    public static ServiceMetrics open(boolean read) {
        return new ServiceMetrics(read ? new PrometheusMeterRegistry(PrometheusConfig.DEFAULT) : null);
    }

    /** A registry that nobody reads. */
    public static MeterRegistry none() {
        return new CompositeMeterRegistry();
    }

    /** Whether somebody may read this registry: what costs threads is left out otherwise. */
    public static boolean isRead(MeterRegistry meters) {
        return !(meters instanceof CompositeMeterRegistry composite)
                || !composite.getRegistries().isEmpty();
    }

    /** Adds the meters that Kafka's producer keeps itself, until the process ends. */
    public static void bind(MeterRegistry meters, Producer<?, ?> producer) {
        if (isRead(meters)) {
            new KafkaClientMetrics(producer).bindTo(meters);
        }
    }

    /** Adds the meters that Kafka's consumer keeps itself, until the process ends. */
    public static void bind(MeterRegistry meters, Consumer<?, ?> consumer) {
        if (isRead(meters)) {
            new KafkaClientMetrics(consumer).bindTo(meters);
        }
    }

    /** Meters of a client, until they are removed. */
    @FunctionalInterface
    public interface Binding extends AutoCloseable {
        Binding NONE = () -> {};

        /** Removes them. */
        @Override
        void close();
    }

    /** Adds the meters that Kafka's share consumer keeps itself. */
    public static Binding bind(MeterRegistry meters, ShareConsumer<?, ?> consumer) {
        if (!isRead(meters)) {
            return Binding.NONE;
        }
        var bound = new KafkaClientMetrics(metricsOf(consumer));
        bound.bindTo(meters);
        return bound::close;
    }

    /** Micrometer knows no share consumers; of a consumer it asks for the metrics alone. */
    private static Consumer<?, ?> metricsOf(ShareConsumer<?, ?> consumer) {
        return (Consumer<?, ?>) Proxy.newProxyInstance(
                ServiceMetrics.class.getClassLoader(), new Class<?>[] {Consumer.class}, (proxy, method, arguments) -> {
                    if (!method.getName().equals("metrics")) {
                        throw new UnsupportedOperationException(method.getName());
                    }
                    return consumer.metrics();
                });
    }

    public MeterRegistry registry() {
        return meters;
    }

    /** All meters in the text format of Prometheus; empty if nobody may read them. */
    public String scrape() {
        return prometheus == null ? "" : prometheus.scrape(CONTENT_TYPE);
    }

    private static boolean isUnbounded(Meter.Id id) {
        return id.getName().startsWith("kafka.")
                && id.getTags().stream().anyMatch(tag -> UNBOUNDED.contains(tag.getKey()));
    }

    private static Meter.Id withoutProcess(Meter.Id id) {
        return id.getName().startsWith("kafka.")
                ? id.replaceTags(id.getTags().stream()
                        .map(tag -> Tag.of(
                                tag.getKey(), PROCESS.matcher(tag.getValue()).replaceAll("")))
                        .toList())
                : id;
    }

    private static Number residentBytes() {
        try {
            var line = RESIDENT.matcher(Files.readString(Path.of("/proc/self/status")));
            return line.find() ? Long.parseLong(line.group(1)) * KIB : Double.NaN;
        } catch (IOException e) {
            return Double.NaN; // another system than Linux
        }
    }

    @Override
    public void close() {
        if (gc != null) {
            gc.close();
        }
        meters.close();
    }
}
