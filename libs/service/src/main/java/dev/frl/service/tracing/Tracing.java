package dev.frl.service.tracing;

import dev.frl.service.tracing.DerivedIds.Ids;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import io.opentelemetry.sdk.trace.samplers.SamplingDecision;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/**
 * Spans of the work of a process. An epoch of a run is a trace: its trace id and the id of its root span are derived from run and
 * epoch by SHA-256. So no service keeps state for a trace, and after a restart or a retry the spans are in the same trace. Messages carry
 * the context of the span that sent them in a header {@code traceparent}, as W3C Trace Context has it.
 *
 * <p>Spans name run, epoch, shard and host, and no other text of users. When tracing is off, nothing is done. Thread-safe.
 */
public final class Tracing implements AutoCloseable {
    private static final Tracing OFF = new Tracing(null);
    private static final AttributeKey<String> RUN = AttributeKey.stringKey("frl.run");
    private static final AttributeKey<Long> EPOCH = AttributeKey.longKey("frl.epoch");
    private static final AttributeKey<Long> SHARD = AttributeKey.longKey("frl.shard");

    private final @Nullable Exporting exporting;

    /** What exists only when tracing is on. */
    private record Exporting(OpenTelemetrySdk sdk, Tracer tracer, Sampler sampler, DerivedIds ids) {}

    private Tracing(@Nullable Exporting exporting) {
        this.exporting = exporting;
    }

    /** Records nothing. */
    public static Tracing off() {
        return OFF;
    }

    /**
     * Reads the environment variables of OpenTelemetry. Tracing is on if they name a receiver.
     *
     * @param service name of the service, unless a variable names it
     * @throws IllegalArgumentException if a value is wrong; the message names the variable
     */
    public static Tracing open(String service, Map<String, String> environment) {
        return TracingSettings.isOn(environment) ? on(new TracingSettings(service, environment)) : OFF;
    }

    static Tracing on(TracingSettings settings) {
        var ids = new DerivedIds();
        var sdk = settings.sdk(ids);
        return new Tracing(new Exporting(sdk, sdk.getTracer("dev.frl"), settings.sampler(), ids));
    }

    /** Whether spans are recorded. */
    public boolean isOn() {
        return exporting != null;
    }

    /** Adds the header {@code traceparent} to a message, if this thread is in a span. */
    public static void putCurrent(Headers headers) {
        TraceHeaders.put(Span.current(), headers);
    }

    /**
     * Begins a span of an epoch, under the span whose context the headers carry, else under the epoch's root.
     *
     * @param cause headers of the message that led to this work
     */
    public TraceSpan begin(String name, String run, int epoch, Headers cause) {
        return begin(name, run, epoch, null, cause);
    }

    /** The same for a shard. */
    public TraceSpan beginShard(String name, String run, int epoch, int shard, Headers cause) {
        return begin(name, run, epoch, shard, cause);
    }

    @SuppressWarnings("MustBeClosedChecker") // the span closes its scope
    private TraceSpan begin(String name, String run, int epoch, @Nullable Integer shard, Headers cause) {
        var on = exporting;
        if (on == null) {
            return TraceSpan.NONE;
        }
        var ids = epochIds(run, epoch);
        var causing = TraceHeaders.read(cause);
        boolean sameTrace = causing.getTraceId().equals(ids.trace());
        var builder = builder(on, name, run, epoch).setParent(parent(sameTrace ? causing : root(on, ids)));
        if (causing.isValid() && !sameTrace) {
            builder.addLink(causing);
        }
        if (shard != null) {
            builder.setAttribute(SHARD, shard.longValue());
        }
        var span = builder.startSpan();
        return new TraceSpan(span, span.makeCurrent());
    }

    /** Records a span of an epoch that is over, under the epoch's root. */
    public void record(String name, String run, int epoch, Instant begin, Instant end) {
        var on = exporting;
        if (on != null) {
            builder(on, name, run, epoch)
                    .setParent(parent(root(on, epochIds(run, epoch))))
                    .setStartTimestamp(begin)
                    .startSpan()
                    .end(end);
        }
    }

    /**
     * Records the root span of an epoch that ends now, with links to its experiment and to the epoch before.
     *
     * @param begin time at which its training could begin
     */
    public void epochEnded(String experimentId, String run, int epoch, Instant begin) {
        var on = exporting;
        if (on == null) {
            return;
        }
        on.ids()
                .as(epochIds(run, epoch), () -> {
                    var builder = builder(on, "epoch", run, epoch)
                            .setNoParent()
                            .addLink(root(on, experimentIds(experimentId)))
                            .setStartTimestamp(begin);
                    if (epoch > 0) {
                        builder.addLink(root(on, epochIds(run, epoch - 1)));
                    }
                    return builder.startSpan();
                })
                .end();
    }

    /**
     * Records that the spec of an experiment was admitted, with a link to the span that its sender named. Every epoch of its runs has a
     * link to this span.
     *
     * @param spec headers of the spec's message
     */
    public void admitted(String experimentId, Headers spec, Instant begin, Instant end) {
        var on = exporting;
        if (on == null) {
            return;
        }
        on.ids()
                .as(experimentIds(experimentId), () -> {
                    var builder = on.tracer()
                            .spanBuilder("admit experiment")
                            .setSpanKind(SpanKind.INTERNAL)
                            .setNoParent()
                            .setStartTimestamp(begin);
                    var sender = TraceHeaders.read(spec);
                    if (sender.isValid()) {
                        builder.addLink(sender);
                    }
                    return builder.startSpan();
                })
                .end(end);
    }

    private static SpanBuilder builder(Exporting on, String name, String run, int epoch) {
        return on.tracer().spanBuilder(name).setAttribute(RUN, run).setAttribute(EPOCH, (long) epoch);
    }

    private static Ids epochIds(String run, int epoch) {
        return Ids.of("epoch/" + run + "/" + epoch);
    }

    private static Ids experimentIds(String experimentId) {
        return Ids.of("experiment/" + experimentId);
    }

    /** Every service decides alike whether the trace is sampled, since samplers decide by the trace id. */
    private static SpanContext root(Exporting on, Ids ids) {
        var decision = on.sampler()
                .shouldSample(Context.root(), ids.trace(), "epoch", SpanKind.INTERNAL, Attributes.empty(), List.of())
                .getDecision();
        var flags = decision == SamplingDecision.RECORD_AND_SAMPLE ? TraceFlags.getSampled() : TraceFlags.getDefault();
        return SpanContext.createFromRemoteParent(ids.trace(), ids.root(), flags, TraceState.getDefault());
    }

    private static Context parent(SpanContext of) {
        return Context.root().with(Span.wrap(of));
    }

    /** Sends the spans that are left, for up to some seconds. */
    @Override
    public void close() {
        if (exporting != null) {
            exporting.sdk().close();
        }
    }
}
