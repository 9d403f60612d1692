package dev.frl.service.tracing;

import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.context.Scope;

/** A span in progress, closed by the thread that began it. Messages that this thread sends meanwhile carry its context. */
public final class TraceSpan implements AutoCloseable {
    /** Records nothing. */
    public static final TraceSpan NONE = new TraceSpan(Span.getInvalid(), Scope.noop());

    private final Span span;
    private final Scope scope;

    TraceSpan(Span span, Scope scope) {
        this.span = span;
        this.scope = scope;
    }

    /** The work failed. Its reason is in the logs: it may hold text of users. */
    public void failed() {
        span.setStatus(StatusCode.ERROR);
    }

    @Override
    public void close() {
        scope.close();
        span.end();
    }
}
