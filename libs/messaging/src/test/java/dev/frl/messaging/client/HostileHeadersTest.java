package dev.frl.messaging.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import dev.frl.messaging.Samples;
import dev.frl.messaging.Topics;
import dev.frl.messaging.share.Lease;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Anybody who may write to a topic may write any key and any headers: those that services read, damaged. */
class HostileHeadersTest {
    private static final int MUTATIONS = 5_000;
    private static final long MOST_BYTES = 16 << 20;

    private static final List<String> NAMES = List.of(
            DeadLetterProducer.TOPIC,
            DeadLetterProducer.PARTITION,
            DeadLetterProducer.OFFSET,
            DeadLetterProducer.REASON,
            DeadLetterProducer.ERROR,
            DeadLetterProducer.BY,
            DeadLetter.REQUEUED,
            "frl-earlier-deliveries",
            "traceparent",
            "ce_time",
            "content-type",
            "");

    private static final List<String> VALUES = List.of(
            "frl.run-signals",
            "2",
            "17",
            "9223372036854775807",
            "run run-1 is unknown",
            "java.lang.IllegalStateException",
            "controller on gpu-1",
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "2026-11-26T12:00:00Z",
            "application/avro",
            "");

    private final Topics topics = Samples.topics();

    @Test
    void a_dead_letter_with_any_key_value_and_headers_can_be_shown() {
        // Given
        var numbers = new AtomicInteger();
        byte[] value = topics.runLog.codec().encode(new Samples(1).events().get(0));

        // When, Then
        Fuzz.run("key and headers of a dead letter", MUTATIONS, MOST_BYTES, random -> {
            var record = new ConsumerRecord<>(
                    topics.runLog.deadLetters(),
                    0,
                    17,
                    random.nextLong(),
                    TimestampType.CREATE_TIME,
                    0,
                    0,
                    mutated("run-1".getBytes(UTF_8), random),
                    mutated(value, random),
                    headers(random),
                    Optional.empty());
            var letter = new DeadLetter(record, topics);

            numbers.addAndGet(letter.offset().isPresent() ? 1 : 0);
            numbers.addAndGet(letter.partition().filter(n -> n > 0).isPresent() ? 1 : 0);
            assertThat(letter.id()).isEqualTo("dlq.frl.run-log-0@17");
            assertThat(letter.at()).isNotNull();
            assertThat(List.of(letter.reason(), letter.error(), letter.by(), letter.key()))
                    .doesNotContainNull();
            assertThat(letter.size().isPresent()).isEqualTo(record.value() != null);
            assertThat(letter.bytes())
                    .allSatisfy(line -> assertThat(line.chars()).allMatch(c -> c >= ' ' && c < 127 || c == '…'));
            assertThat(letter.decoded().map(String::length).orElse(0)).isLessThan(5_000);
            boolean foreign = letter.foreign().isPresent();
            var original = letter.original();
            assertThat(original.key()).isEqualTo(record.key());
            assertThat(original.headers().lastHeader(DeadLetter.REQUEUED)).isNotNull();
            assertThat(foreign || letter.by().isPresent()).isTrue();
        });
        assertThat(numbers).as("headers with numbers").hasPositiveValue();
    }

    @Test
    void a_record_with_any_headers_can_be_replaced_and_its_deliveries_are_counted_on() {
        // Given
        var counted = new AtomicInteger();

        // When, Then
        Fuzz.run("headers of a task", MUTATIONS, MOST_BYTES, random -> {
            var lease = new Lease("frl.attack-shards", 0, 17, 3, headers(random));
            int earlier = lease.earlierDeliveries();
            assertThat(earlier).isBetween(0, 1_000_000_000);
            var again = lease.inItsPlace(new ProducerRecord<>("frl.attack-shards", "run-1", "task"));
            assertThat(new Lease("frl.attack-shards", 0, 18, 1, again.headers()).earlierDeliveries())
                    .isIn(3 + earlier, 0); // 0 once the number is too long to count on
            counted.addAndGet(Math.min(earlier, 1));
        });
        assertThat(counted).hasPositiveValue();
    }

    private static Headers headers(SplittableRandom random) {
        var headers = new RecordHeaders();
        for (int n = random.nextInt(12); n > 0; n--) {
            var name = NAMES.get(random.nextInt(NAMES.size()));
            var mutated = random.nextInt(4) == 0 ? mutated(name.getBytes(UTF_8), random) : null;
            headers.add(
                    mutated == null ? name : new String(mutated, UTF_8),
                    mutated(VALUES.get(random.nextInt(VALUES.size())).getBytes(UTF_8), random));
        }
        return headers;
    }

    private static byte @Nullable [] mutated(byte[] original, SplittableRandom random) {
        return switch (random.nextInt(4)) {
            case 0 -> original;
            case 1 -> random.nextInt(4) == 0 ? null : Mutations.mutate(original, random);
            default -> Mutations.mutate(original, random);
        };
    }
}
