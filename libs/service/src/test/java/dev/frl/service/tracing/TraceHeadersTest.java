package dev.frl.service.tracing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import io.opentelemetry.api.trace.Span;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.junit.jupiter.api.Test;

class TraceHeadersTest {
    private static final byte[] PARENT =
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".getBytes(StandardCharsets.US_ASCII);

    @Test
    void a_damaged_traceparent_is_a_context_or_none_and_is_replaced_by_the_next_sender() {
        // Given
        var valid = new AtomicInteger();

        // When, Then
        Fuzz.run("traceparent", 5_000, 1 << 20, random -> {
            var headers = new RecordHeaders();
            for (int n = random.nextInt(1, 3); n > 0; n--) {
                headers.add(
                        TraceHeaders.TRACEPARENT, random.nextInt(20) == 0 ? null : Mutations.mutate(PARENT, random));
            }
            var context = TraceHeaders.read(headers);
            if (context.isValid()) {
                valid.incrementAndGet();
                assertThat(context.getTraceId()).matches("[0-9a-f]{32}");
                assertThat(context.getSpanId()).matches("[0-9a-f]{16}");
                TraceHeaders.put(Span.wrap(context), headers);
                assertThat(headers.headers(TraceHeaders.TRACEPARENT)).hasSize(1);
            }
        });
        assertThat(valid).hasPositiveValue();
    }
}
