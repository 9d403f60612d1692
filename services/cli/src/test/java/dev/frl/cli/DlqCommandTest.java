package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.SiteChecks;
import dev.frl.cli.kafka.KafkaConnections;
import dev.frl.cli.terminal.Terminal;
import dev.frl.core.run.RunInput;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.DeadLetter;
import dev.frl.messaging.client.DeadLetterProducer;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.TopicReader;
import dev.frl.service.StandardTopics;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Dead letters on a real broker. */
@Timeout(300)
class DlqCommandTest {
    private final Topics topics = StandardTopics.create();
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    Path directory;

    private EmbeddedBroker broker;
    private KafkaSettings kafka;

    @BeforeEach
    void start() {
        broker = EmbeddedBroker.start(directory.resolve("broker"), 0);
        kafka = KafkaSettings.of(broker.bootstrapServers());
        TopicAdmin.create(kafka, topics, TopicAdmin.Layout.SINGLE);
    }

    @AfterEach
    void stop() {
        broker.close();
    }

    @Test
    void a_message_is_listed_shown_and_published_again_once_with_its_bytes_key_and_headers() throws Exception {
        // Given
        var turn = new RunInput.Turn("run-1", 3);
        byte[] bytes = topics.runSignals.codec().encode(turn);
        deadLetter(topics.runSignals, "run-1", bytes, "run run-1 is unknown");
        deadLetter(
                topics.epochTrained, "run-2", "not \u0007Avro".getBytes(StandardCharsets.UTF_8), "it begins with 6e6f");
        var record = topics.runSignals.deadLetters() + "-0@0";
        var unreadable = topics.epochTrained.deadLetters() + "-0@0";

        // When
        int listed = frl("dlq", "list");
        var list = take(out);
        frl("dlq", "show", record);
        var shown = take(out);
        frl("dlq", "show", unreadable);
        var shownBytes = take(out);
        int asked = frl("dlq", "requeue", record);
        var question = take(err);
        var before = read(topics.runSignals);
        int published = frl("dlq", "requeue", record, "--yes");
        var answer = take(err);
        int again = frl("dlq", "requeue", record, "--yes");
        var refusal = take(err);

        // Then
        assertThat(new int[] {listed, asked, published, again}).containsExactly(0, 0, 0, 1);
        assertThat(list).contains(record, "run run-1 is unknown", unreadable, "it begins with 6e6f", "test on gpu-1");
        assertThat(shown)
                .contains("  message   frl.run-signals-2@17\n")
                .contains("  reason    run run-1 is unknown\n")
                .contains("  key       run-1\n")
                .contains("  requeued  no\n")
                .contains("decoded:\n    " + turn + "\n");
        assertThat(shownBytes)
                .contains("9 bytes, cannot be decoded:")
                .contains("0000  6e 6f 74 20 07 41 76 72 6f")
                .contains("not .Avro");
        assertThat(question)
                .contains("would be published to frl.run-signals again, once")
                .contains("--yes");
        assertThat(before).isEmpty();
        assertThat(answer)
                .isEqualTo(String.format(Locale.ROOT, "%s is published again as frl.run-signals-0@0, once.%n", record));
        assertThat(refusal).contains("was published again before, as frl.run-signals-0@0; nothing was published");
        assertThat(read(topics.runSignals)).singleElement().satisfies(message -> {
            assertThat(message.key()).isEqualTo("run-1");
            assertThat(message.value()).isEqualTo(bytes);
            assertThat(header(message, "trace")).isEqualTo("t-1");
            assertThat(header(message, DeadLetter.REQUEUED)).isEqualTo(record);
            assertThat(header(message, DeadLetterProducer.REASON)).isNull();
        });
    }

    @Test
    void what_no_service_of_ours_wrote_is_refused_and_so_is_what_does_not_exist() throws Exception {
        // Given: one without headers, one that claims another topic, and one that may be published
        try (var producer = Clients.producer(kafka, "test")) {
            producer.send(new ProducerRecord<>(topics.runSignals.deadLetters(), "run-1", new byte[] {1}))
                    .get();
        }
        var lie = new ProducerRecord<>(topics.runSignals.deadLetters(), "run-1", new byte[] {2});
        DeadLetterProducer.addHeaders(
                lie.headers(), "frl.commands", 0, 0, new IllegalStateException("because"), "test on gpu-1");
        try (var producer = Clients.producer(kafka, "test")) {
            producer.send(lie).get();
        }
        deadLetter(topics.runSignals, "run-1", new byte[] {3}, "because");
        var name = topics.runSignals.deadLetters();

        // When
        int foreign = frl("dlq", "requeue", name + "-0@2", name + "-0@0", "--yes");
        int lying = frl("dlq", "requeue", name + "-0@1", "--yes");
        int unknown = frl("dlq", "requeue", name + "-0@9", "--yes");

        // Then
        assertThat(new int[] {foreign, lying, unknown}).containsOnly(1);
        assertThat(err.toString())
                .contains("so no service of frl wrote it; nothing was published")
                .contains(
                        "its header frl.dlq.topic says frl.commands, but it lies in dlq.frl.run-signals; nothing was published")
                .contains("there is no dead-letter record dlq.frl.run-signals-0@9; `frl dlq list` shows all");
        assertThat(read(topics.runSignals)).isEmpty();
        assertThat(read(topics.commands)).isEmpty();
    }

    @Test
    void without_dead_letters_the_list_is_empty_and_json_too() {
        // When
        frl("dlq", "list");
        frl("dlq", "list", "-o", "json");

        // Then
        assertThat(err.toString()).isEqualTo("There are no dead-letter records.\n");
        assertThat(out.toString()).isEqualTo("[ ]\n");
    }

    private void deadLetter(Topic<?> topic, String key, byte[] value, String why) throws Exception {
        var record = new ProducerRecord<>(topic.deadLetters(), key, value);
        record.headers().add("trace", "t-1".getBytes(StandardCharsets.UTF_8));
        DeadLetterProducer.addHeaders(
                record.headers(), topic.name(), 2, 17, new IllegalStateException(why), "test on gpu-1");
        try (var producer = Clients.producer(kafka, "test")) {
            producer.send(record).get();
        }
    }

    private List<ConsumerRecord<String, byte[]>> read(Topic<?> topic) {
        try (var consumer = Clients.consumer(kafka, "test", null)) {
            var partitions = TopicReader.seekToBeginning(consumer, topic);
            long end = consumer.endOffsets(partitions).values().stream()
                    .mapToLong(offset -> offset)
                    .sum();
            var records = new ArrayList<ConsumerRecord<String, byte[]>>();
            while (records.size() < end) {
                consumer.poll(Duration.ofMillis(200)).forEach(records::add);
            }
            return records;
        }
    }

    private static @Nullable String header(ConsumerRecord<String, byte[]> record, String name) {
        var header = record.headers().lastHeader(name);
        return header == null ? null : new String(header.value(), StandardCharsets.UTF_8);
    }

    private int frl(String... args) {
        var context = new CliContext(
                Map.of("KAFKA_BOOTSTRAP_SERVERS", broker.bootstrapServers()),
                directory,
                InputStream.nullInputStream(),
                new PrintWriter(out, true),
                new PrintWriter(err, true),
                Terminal.none(),
                Instant::now,
                new KafkaConnections(),
                (home, data) -> SiteChecks.NONE,
                () -> false);
        return Frl.execute(context, args);
    }

    private static String take(StringWriter writer) {
        var text = writer.toString();
        writer.getBuffer().setLength(0);
        return text;
    }
}
