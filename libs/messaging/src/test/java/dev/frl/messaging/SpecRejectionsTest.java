package dev.frl.messaging;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.messaging.message.SpecRejected;
import dev.frl.messaging.message.SpecRejected.Fault;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** frl.spec-rejections: JSON that any client reads. */
class SpecRejectionsTest {
    private static final Instant AT = Instant.parse("2026-11-22T15:30:00.123Z");
    private static final Topic<SpecRejected> TOPIC = Samples.topics().specRejections;

    private static final SpecRejected REJECTED = new SpecRejected(
            "small",
            "frl.experiment-specs",
            1,
            42,
            AT,
            List.of(
                    new Fault(14, "spec.fairness.tolerance.standard", "is 5.0; it must be \"an error\" fraction"),
                    new Fault(null, "", "The spec is émpty.")));

    private static final String JSON =
            "{'experiment':'small','topic':'frl.experiment-specs','partition':1,'offset':42,'rejectedAt':'2026-11-22T15:30:00.123Z','problems':["
                            .replace('\'', '"')
                    + "{\"line\":14,\"path\":\"spec.fairness.tolerance.standard\",\"message\":\"is 5.0; it must be \\\"an error\\\" fraction\"},"
                    + "{\"line\":null,\"path\":\"\",\"message\":\"The spec is émpty.\"}]}";

    @Test
    void a_rejection_is_one_json_object() {
        // When
        var bytes = TOPIC.codec().encode(REJECTED);

        // Then
        assertThat(new String(bytes, UTF_8)).isEqualTo(JSON);
        assertThat(TOPIC.codec().decode(bytes)).isEqualTo(REJECTED);
    }

    @Test
    void fields_of_later_releases_and_layout_are_ignored() {
        // Given
        var later = JSON.replace("{\"experiment\"", "{ \"spec\" : {\"a\": [1, {\"b\": 1e999}]},\n \"experiment\"")
                .replace("{\"line\":14", "{\"column\":3,\"line\":14");

        // When
        var read = TOPIC.codec().decode(later.getBytes(UTF_8));

        // Then
        assertThat(read).isEqualTo(REJECTED);
    }

    @Test
    void a_name_a_line_and_a_path_may_be_missing() {
        // Given
        var least = String.format(
                Locale.ROOT,
                "{\"topic\":\"t\",\"partition\":0,\"offset\":7,\"rejectedAt\":\"%s\",\"problems\":[{\"message\":\"bad\"}]}",
                AT);

        // When
        var read = TOPIC.codec().decode(least.getBytes(UTF_8));

        // Then
        assertThat(read).isEqualTo(new SpecRejected(null, "t", 0, 7, AT, List.of(new Fault(null, "", "bad"))));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "7",
                "{}",
                "{\"topic\"",
                "{\"problems\":[]}",
                "{\"topic\":\"t\",\"partition\":0,\"offset\":7,\"rejectedAt\":\"2026-11-22T15:30:00Z\",\"problems\":[]}",
                "{\"topic\":\"t\",\"partition\":0,\"offset\":7,\"rejectedAt\":\"2026-11-22T15:30:00Z\",\"problems\":[null]}",
                "{\"topic\":\"t\",\"partition\":0,\"offset\":7,\"rejectedAt\":\"2026-11-22T15:30:00Z\",\"problems\":[{}]}",
                "{\"topic\":\"t\",\"partition\":0,\"offset\":7,\"rejectedAt\":\"yesterday\",\"problems\":[{\"message\":\"bad\"}]}",
                "{\"topic\":\"t\",\"partition\":0.5,\"offset\":7,\"rejectedAt\":\"2026-11-22T15:30:00Z\",\"problems\":[{\"message\":\"bad\"}]}",
                "{\"topic\":\"t\",\"partition\":0,\"offset\":99999999999999999999,\"rejectedAt\":\"2026-11-22T15:30:00Z\",\"problems\":[{\"message\":\"bad\"}]}",
                "{\"topic\":\"t\",\"partition\":0,\"offset\":7,\"rejectedAt\":\"2026-11-22T15:30:00Z\",\"problems\":[{\"message\":\"bad\"}]} {}"
            })
    void what_is_no_rejection_is_refused_with_the_reason(String text) {
        assertThatThrownBy(() -> TOPIC.codec().decode(text.getBytes(UTF_8)))
                .isInstanceOf(UnreadableMessage.class)
                .message()
                .isNotBlank();
    }

    @Test
    void bytes_that_are_no_utf8_and_nesting_without_end_are_refused() {
        // Given
        var refused = List.of(
                new byte[] {(byte) 0xC3, 1, 2, 3},
                JSON.getBytes(UTF_16),
                "[".repeat(500_000).getBytes(UTF_8),
                "{\"a\":".repeat(100_000).getBytes(UTF_8),
                new byte[Topics.MAX_BYTES + 1]);

        // Then
        assertThat(refused)
                .allSatisfy(bytes ->
                        assertThatThrownBy(() -> TOPIC.codec().decode(bytes)).isInstanceOf(UnreadableMessage.class));
    }

    @Test
    void the_longest_rejection_fits_into_a_message() {
        // Given
        var control = "\u0001".repeat(300_000); // six bytes each in JSON
        var most = new SpecRejected(
                control,
                control,
                Integer.MAX_VALUE,
                Long.MAX_VALUE,
                AT,
                Collections.nCopies(1000, new Fault(Integer.MAX_VALUE, control, control)));

        // When
        var bytes = TOPIC.codec().encode(most);

        // Then: with room for key and headers
        assertThat(bytes.length).isLessThan(Topics.MAX_BYTES - 4096);
        assertThat(TOPIC.codec().decode(bytes)).isEqualTo(most);
        assertThat(most.problems()).hasSize(SpecRejected.MAX_PROBLEMS);
        assertThat(most.problems().get(0).message()).matches("(?s).*\u0001 … \\([0-9]+ more characters\\)");
    }

    @Test
    void half_a_surrogate_pair_from_a_spec_stops_nothing() {
        // Given
        var half = new SpecRejected("\ud83d", "t", 0, 0, AT, List.of(new Fault(1, "spec.\udc00", "is wrong")));

        // When
        var read = TOPIC.codec().decode(TOPIC.codec().encode(half));

        // Then
        assertThat(read.experiment()).isEqualTo("?");
        assertThat(read.problems()).containsExactly(new Fault(1, "spec.?", "is wrong"));
    }

    @Test
    void a_cut_leaves_no_half_of_a_surrogate_pair() {
        // Given
        var emoji = "\ud83d\ude00".repeat(1000);

        // When
        var fault = new Fault(1, emoji, emoji);

        // Then
        assertThat(fault.path()).endsWith("\ude00…").hasSizeLessThanOrEqualTo(249);
        assertThat(fault.message())
                .matches("(?s).*😀 … \\([0-9]+ more characters\\)")
                .hasSizeLessThanOrEqualTo(550);
    }
}
