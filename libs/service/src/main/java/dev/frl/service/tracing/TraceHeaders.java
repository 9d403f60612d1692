package dev.frl.service.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** The context of a span in the header {@code traceparent} of a message. {@code tracestate}, which may hold anything, is not passed on. */
final class TraceHeaders {
    static final String TRACEPARENT = "traceparent";
    private static final W3CTraceContextPropagator W3C = W3CTraceContextPropagator.getInstance();

    private static final TextMapGetter<Headers> GETTER = new TextMapGetter<>() {
        @Override
        public Iterable<String> keys(Headers carrier) {
            return List.of(TRACEPARENT);
        }

        @Override
        public @Nullable String get(@Nullable Headers carrier, String key) {
            var header = carrier == null || !key.equals(TRACEPARENT) ? null : carrier.lastHeader(key);
            return header == null || header.value() == null
                    ? null
                    : new String(header.value(), StandardCharsets.US_ASCII);
        }
    };

    private TraceHeaders() {}

    /** Replaces the header of an earlier sender. */
    static void put(Span span, Headers headers) {
        if (span.getSpanContext().isValid()) {
            W3C.inject(Context.root().with(span), headers, (carrier, key, value) -> {
                if (carrier != null && key.equals(TRACEPARENT)) {
                    carrier.remove(key);
                    carrier.add(key, value.getBytes(StandardCharsets.US_ASCII));
                }
            });
        }
    }

    /** The context in the headers; an invalid one if there is none, or if it is malformed. */
    static SpanContext read(Headers headers) {
        return Span.fromContext(W3C.extract(Context.root(), headers, GETTER)).getSpanContext();
    }
}
