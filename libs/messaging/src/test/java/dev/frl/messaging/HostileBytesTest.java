package dev.frl.messaging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import dev.frl.messaging.codec.AvroCodec;
import dev.frl.messaging.codec.Codec;
import dev.frl.messaging.codec.UnreadableMessage;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever the bytes, reading ends with a value or with UnreadableMessage, and does not eat the memory. */
class HostileBytesTest {
    private static final int MUTATIONS = 20_000;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final Topics TOPICS = Samples.topics();

    static Stream<Arguments> codecs() {
        var samples = new Samples(7);
        return Stream.of(
                Arguments.of(
                        "shard attacked",
                        TOPICS.shardAttacked.codec(),
                        bytes(TOPICS.shardAttacked, samples.attacked())),
                Arguments.of(
                        "run assigned",
                        TOPICS.runAssignments.codec(),
                        bytes(TOPICS.runAssignments, samples.assigned())),
                Arguments.of(
                        "spec rejected",
                        TOPICS.specRejections.codec(),
                        bytes(TOPICS.specRejections, samples.rejected())),
                Arguments.of("spec", specs(), SpecMessage.write(SpecMessageTest.SPEC)));
    }

    private static <V> byte[] bytes(Topic<V> topic, V value) {
        return topic.codec().encode(value);
    }

    private static Codec<SpecMessage> specs() {
        return new Codec<>() {
            @Override
            public byte[] encode(SpecMessage value) {
                throw new UnsupportedOperationException();
            }

            @Override
            public SpecMessage decode(byte[] bytes) {
                return SpecMessage.read(bytes);
            }
        };
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("codecs")
    void mutated_messages_are_read_or_refused_within_bounded_memory(String name, Codec<?> codec, byte[] valid) {
        // Given
        codec.decode(valid);
        var read = new AtomicInteger();
        var refused = new AtomicInteger();

        // When, Then
        Fuzz.run(name, MUTATIONS, 1 << 20, random -> {
            try {
                codec.decode(mutate(valid, random));
                read.incrementAndGet();
            } catch (UnreadableMessage e) {
                assertThat(e.getMessage()).isNotBlank();
                refused.incrementAndGet();
            }
        });
        assertThat(read).as("mutations that were read").hasPositiveValue();
        assertThat(refused).as("mutations that were refused").hasPositiveValue();
    }

    /** Mostly behind the fingerprint: without it nothing else is looked at. */
    private static byte[] mutate(byte[] valid, SplittableRandom random) {
        if (random.nextInt(4) == 0) {
            return Mutations.mutate(valid, random);
        }
        int head = Math.min(10, valid.length - 1);
        byte[] tail = Mutations.mutate(Arrays.copyOfRange(valid, head, valid.length), random);
        byte[] bytes = Arrays.copyOf(valid, head + tail.length);
        System.arraycopy(tail, 0, bytes, head, tail.length);
        return bytes;
    }

    @Test
    void a_string_that_claims_a_gigabyte_costs_nothing() {
        // Given
        var header = Arrays.copyOf(bytes(TOPICS.attackShards, new Samples(1).shard()), 10);
        var message = Mutations.insert(header, 10, Mutations.varint(2L << 30));
        var refusals = new ArrayList<String>();

        // When
        long allocated = 0;
        for (int i = 0; i < 2; i++) { // the first time loads classes
            long before = THREADS.getCurrentThreadAllocatedBytes();
            try {
                TOPICS.attackShards.codec().decode(message);
            } catch (UnreadableMessage e) {
                refusals.add(e.getMessage());
            }
            allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        }

        // Then
        assertThat(refusals).hasSize(2).containsOnly("not a AttackShard: a length of 1073741824, but 0 bytes are left");
        assertThat(allocated).isLessThan(64 << 10);
    }

    @Test
    void a_message_over_the_limit_is_refused_by_its_size() {
        // Given
        var bytes = new byte[Topics.MAX_BYTES + 1];

        // When
        assertThatThrownBy(() -> TOPICS.runStatus.codec().decode(bytes))

                // Then
                .isInstanceOf(UnreadableMessage.class)
                .hasMessage("the message has 1048577 bytes, more than the 1048576 that are allowed here");
    }

    @Test
    void a_message_of_an_unknown_writer_names_the_fingerprint() {
        // Given
        var signal = TOPICS.runSignals.codec().encode(new Samples(1).signals().get(0));

        // When
        assertThatThrownBy(() -> TOPICS.runLog.codec().decode(signal))

                // Then
                .isInstanceOf(UnreadableMessage.class)
                .hasMessageContaining("no released version of RunEventRecord has, fingerprint ")
                .hasMessageContaining("is the writer newer than this reader?");
    }

    @Test
    void bytes_after_the_end_are_refused() {
        // Given
        var message = bytes(TOPICS.runStatus, new Samples(1).status());

        // When
        assertThatThrownBy(() -> TOPICS.runStatus.codec().decode(Arrays.copyOf(message, message.length + 3)))

                // Then
                .isInstanceOf(UnreadableMessage.class)
                .hasMessage("a RunStatusChanged with 3 bytes after its end");
    }

    @Test
    void counts_that_cannot_be_are_refused_with_the_reason() {
        // Given
        var bad = dev.frl.schemas.ShardAttacked.newBuilder(example())
                .setConfusion(new dev.frl.schemas.Confusion(
                        65_536, List.of(), List.of(), List.of())) // 65536 squared is 0 in 32 bits
                .build();
        var raw = new AvroCodec<dev.frl.schemas.ShardAttacked, dev.frl.schemas.ShardAttacked>(
                dev.frl.schemas.ShardAttacked.getClassSchema(), 1000, r -> r, r -> r);

        // When
        assertThatThrownBy(() -> TOPICS.shardAttacked.codec().decode(raw.encode(bad)))

                // Then
                .isInstanceOf(UnreadableMessage.class)
                .hasMessage("a ShardAttacked that breaks a rule: 65536 classes, not 1 to 256");
    }

    private static dev.frl.schemas.ShardAttacked example() {
        return dev.frl.messaging.mapping.WorkMapping.attackedToAvro(new Samples(3).attacked());
    }

    @Test
    void text_is_not_taken_for_avro() {
        // Given
        var text = "{\"runId\": 1}".getBytes(UTF_8);

        // When
        assertThatThrownBy(() -> TOPICS.runStatus.codec().decode(text))

                // Then
                .isInstanceOf(UnreadableMessage.class)
                .hasMessageContaining("12 bytes that begin with 7b 22 72 75");
    }
}
