package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.messaging.client.SkippedRecords;
import dev.frl.messaging.client.TopicReader;
import dev.frl.messaging.message.SpecRejected;
import dev.frl.messaging.message.SpecRejected.Fault;
import dev.frl.service.StandardTopics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rejected specs in list and status. */
class RejectedSpecsTest {
    @TempDir
    Path directory;

    private TestContext context;
    private long offset = 40;

    @BeforeEach
    void begin() {
        context = new TestContext(directory);
        context.env.put("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092");
    }

    private void reject(@Nullable String name, Fault... faults) {
        context.kafka.rejections.add(
                new SpecRejected(name, "frl.experiment-specs", 1, offset++, context.now, List.of(faults)));
    }

    private void rejectTwo(String name) {
        reject(
                name,
                new Fault(9, "spec.model.arch", "is cnn-smal; did you mean cnn-small?"),
                new Fault(14, "spec.attack.training.epsilon", "is 7;\nit must\u001b[2J be at most 1"));
    }

    @Test
    void list_shows_rejected_specs_under_the_runs() {
        // Given
        context.kafka.ran(Specs.GOOD);
        rejectTwo("other");
        reject(null, new Fault(null, "", "The spec is empty."));
        context.advance(Duration.ofMinutes(5));

        // When
        int code = context.frl("list");

        // Then
        assertThat(code).isZero();
        assertThat(context.out.toString().lines().skip(3))
                .containsExactly(
                        "",
                        "REJECTED                   WHEN       PROBLEMS  FIRST PROBLEM",
                        "frl.experiment-specs-1@41  5 min ago         1  The spec is empty.",
                        "other                      5 min ago         2  line 9  spec.model.arch is cnn-smal; did you mean cnn-small?");
        assertThat(context.err.toString()).isEmpty();
    }

    @Test
    void list_shows_rejected_specs_without_any_run() {
        // Given
        rejectTwo("other");

        // When
        context.frl("list");

        // Then
        assertThat(context.out.toString()).startsWith("REJECTED  WHEN").contains("other");
        assertThat(context.err.toString()).isEmpty();
    }

    @Test
    void the_latest_rejection_of_a_name_counts_until_a_spec_is_accepted_or_35_days_are_over() {
        // Given
        rejectTwo("small");
        context.advance(Duration.ofDays(1));
        reject("small", new Fault(3, "kind", "is missing"));
        rejectTwo("other");
        context.advance(Duration.ofMinutes(1));
        int rejected = shown("small", 1);

        // When
        context.kafka.ran(Specs.GOOD);
        int accepted = shown("small", 1);
        context.advance(Duration.ofMinutes(1));
        reject("small", new Fault(3, "kind", "is missing"));
        int rejectedAgain = shown("small", 1);
        int other = shown("other", 2);
        context.advance(Duration.ofDays(35));
        int over = shown("other", 2);

        // Then
        assertThat(List.of(rejected, accepted, rejectedAgain, other, over)).containsExactly(1, 0, 1, 1, 0);
    }

    /** Number of rows of a name with this number of problems in the list. */
    private int shown(String name, int problems) {
        context.out.getBuffer().setLength(0);
        context.frl("list");
        var rows = context.out
                .toString()
                .lines()
                .filter(line -> line.startsWith(name + " "))
                .toList();
        assertThat(rows).allMatch(row -> row.contains(" " + problems + "  line"));
        return rows.size();
    }

    @Test
    void json_lists_runs_and_then_rejected_specs_with_the_same_keys() throws Exception {
        // Given
        context.kafka.ran(Specs.GOOD);
        context.advance(Duration.ofMinutes(1));
        rejectTwo("small");

        // When
        context.frl("list", "-o", "json");
        var listed = json();
        int code = context.frl("status", "small", "-o", "json");
        var status = json();

        // Then
        assertThat(code).isZero();
        assertThat(status).isEqualTo(listed);
        assertThat(listed).hasSize(3);
        assertThat(listed.get(0).get("run").asText()).startsWith("small-none-");
        assertThat(listed.get(0).get("problems").isNull()).isTrue();
        var rejected = listed.get(2);
        assertThat(keys(rejected)).isEqualTo(keys(listed.get(0)));
        assertThat(rejected.get("run").isNull()).isTrue();
        assertThat(rejected.get("phase").asText()).isEqualTo("rejected");
        assertThat(rejected.get("experiment").asText()).isEqualTo("small");
        assertThat(rejected.get("since").asText()).isEqualTo("2026-11-22T12:01:00Z");
        assertThat(rejected.get("reason").asText())
                .isEqualTo(
                        "frl.experiment-specs-1@40 was rejected: line 9  spec.model.arch is cnn-smal; did you mean cnn-small?");
        assertThat(rejected.at("/problems/1/line").asInt()).isEqualTo(14);
        assertThat(rejected.at("/problems/1/path").asText()).isEqualTo("spec.attack.training.epsilon");
        assertThat(rejected.at("/problems/0/message").asText()).isEqualTo("is cnn-smal; did you mean cnn-small?");
    }

    private JsonNode json() throws Exception {
        var json = PrettyJson.MAPPER.readTree(context.out.toString());
        context.out.getBuffer().setLength(0);
        return json;
    }

    private static List<String> keys(JsonNode object) {
        Iterable<String> names = object::fieldNames;
        return StreamSupport.stream(names.spliterator(), false).toList();
    }

    @Test
    void status_of_a_name_that_was_only_rejected_shows_all_problems_and_fails() {
        // Given: the runs of an experiment whose name begins alike are not meant
        context.kafka.ran(Specs.with("metadata: {name: other-two}", "metadata: {name: small}"));
        rejectTwo("other");
        context.advance(Duration.ofMinutes(5));

        // When
        int code = context.frl("status", "other");

        // Then
        assertThat(code).isEqualTo(1);
        assertThat(context.out.toString()).isEqualTo("""
                other: spec rejected 5 min ago, 2 problems, no run was started (frl.experiment-specs-1@40)
                  line 9   spec.model.arch is cnn-smal; did you mean cnn-small?
                  line 14  spec.attack.training.epsilon is 7; it must?[2J be at most 1
                """);
        assertThat(context.err.toString()).isEmpty();
    }

    @Test
    void a_rejected_spec_is_found_by_a_prefix_and_by_its_position() {
        // Given
        rejectTwo("first-one");
        rejectTwo("first-two");
        reject("", new Fault(null, "", "The spec is empty."));

        // When
        int prefix = context.frl("status", "first-o");
        int position = context.frl("status", "frl.experiment-specs-1@42");
        int listed = context.frl("list", "first-two");
        String shown = context.out.toString();
        int several = context.frl("status", "first");
        int nothing = context.frl("list", "second");

        // Then
        assertThat(List.of(prefix, position, listed, several, nothing)).containsExactly(1, 1, 0, 1, 1);
        assertThat(shown)
                .contains("first-one: spec rejected ")
                .contains("frl.experiment-specs-1@42: spec rejected ")
                .contains("  The spec is empty.\nREJECTED ")
                .contains("first-two  ");
        assertThat(context.err.toString())
                .isEqualTo("frl status: first stands for several rejected specs: first-one, first-two.\n"
                        + "frl list: there is no run or experiment second; `frl list` shows all runs.\n");
    }

    @Test
    void status_of_an_experiment_shows_its_runs_and_then_a_later_rejection() {
        // Given
        context.kafka.ran(Specs.GOOD);
        context.advance(Duration.ofMinutes(1));
        rejectTwo("small");

        // When
        int code = context.frl("status", "small");

        // Then
        assertThat(code).isZero();
        assertThat(context.out.toString().lines().skip(3).findFirst()).contains("");
        assertThat(context.out.toString().lines().skip(4).findFirst().orElseThrow())
                .startsWith("small: spec rejected ");
        assertThat(context.out.toString()).endsWith("be at most 1\n");
    }

    @Test
    void a_watch_shows_a_rejection_only_if_no_run_is_planned_meanwhile() {
        // Given
        rejectTwo("small");

        // When
        context.stopRequested = true; // the user does not wait for the runs to appear
        int rejected = context.frl("status", "small", "-w");
        context.stopRequested = false;
        String shown = context.out.toString();
        context.out.getBuffer().setLength(0);
        context.advance(Duration.ofMinutes(1));
        context.kafka.ran(Specs.GOOD);
        int corrected = context.frl("status", "small", "-w");

        // Then
        assertThat(List.of(rejected, corrected)).containsExactly(1, 0);
        assertThat(shown).startsWith("small: spec rejected ");
        assertThat(context.out.toString()).doesNotContain("rejected");
    }

    @Test
    void rejections_that_cannot_be_read_are_counted_and_hide_no_run() {
        // Given
        context.kafka.ran(Specs.GOOD);
        var topic = StandardTopics.create().specRejections;
        context.kafka.skippedRejections = new SkippedRecords();
        TopicReader.value(
                topic,
                new ConsumerRecord<>(topic.name(), 0, 0, "k", new byte[] {(byte) 0xC3, 1}),
                context.kafka.skippedRejections);

        // When
        int damaged = context.frl("list");
        context.kafka.rejectionsRefused = "Kafka at kafka:9092 refuses: not authorized";
        int refused = context.frl("status", "small");

        // Then
        assertThat(List.of(damaged, refused)).containsOnly(0);
        assertThat(context.out.toString()).contains("small-none-");
        assertThat(context.err.toString()).isEqualTo("""
                Skipped 1 damaged record of frl.spec-rejections.
                Rejected specs are not shown: Kafka at kafka:9092 refuses: not authorized.
                """);
    }
}
