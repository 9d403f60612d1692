package dev.frl.service.tracing;

import io.opentelemetry.sdk.trace.IdGenerator;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Random ids of spans; but a root span that is {@link #as given ids} has those. Thread-safe. */
final class DerivedIds implements IdGenerator {
    private static final int TRACE = 32;
    private static final int SPAN = 16;

    private final IdGenerator random = IdGenerator.random();
    private final ThreadLocal<@Nullable Ids> next = new ThreadLocal<>();

    /**
     * Ids that every process derives alike, so that none must remember or be told them.
     *
     * @param trace 32 hex digits
     * @param root id of the trace's root span, 16 hex digits
     */
    record Ids(String trace, String root) {
        /** @param subject such as {@code run/epoch} */
        static Ids of(String subject) {
            var hash = HexFormat.of().formatHex(sha256().digest(subject.getBytes(StandardCharsets.UTF_8)));
            return new Ids(hash.substring(0, TRACE), hash.substring(TRACE, TRACE + SPAN));
        }

        private static MessageDigest sha256() {
            try {
                return MessageDigest.getInstance("SHA-256");
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every Java has SHA-256", e);
            }
        }
    }

    /** Starts a root span with these ids. */
    <T> T as(Ids ids, Supplier<T> start) {
        next.set(ids);
        try {
            return start.get();
        } finally {
            next.remove();
        }
    }

    @Override
    public String generateTraceId() {
        var ids = next.get();
        return ids == null ? random.generateTraceId() : ids.trace();
    }

    @Override
    public String generateSpanId() {
        var ids = next.get();
        return ids == null ? random.generateSpanId() : ids.root();
    }
}
