package dev.frl.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.core.command.Command;
import dev.frl.core.command.Command.Which;
import dev.frl.core.command.Verb;
import dev.frl.core.experiment.ExperimentInput;
import dev.frl.core.failure.FailureKind;
import dev.frl.core.run.Outbox.ShardTask;
import dev.frl.core.run.RunInput;
import dev.frl.core.run.Work;
import dev.frl.core.turn.TurnInput;
import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import dev.frl.messaging.CommandMessage;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.service.StandardTopics;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Records that were damaged on the way, on every topic that a client can write, through the real topology. The controller survives, and
 * every record is accounted for: it is understood, or rejected, or among the dead letters.
 */
class MutatedRecordsTest {
    private static final int MUTATIONS = 10_000;
    private static final long MOST_BYTES = 256L << 20;
    private static final byte[] PARENT =
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".getBytes(StandardCharsets.US_ASCII);

    private static final int EXPERIMENTS = 40;

    private final Topics topics = StandardTopics.create();
    private final Set<String> runs = new TreeSet<>();
    private final List<ShardTask> shards = new ArrayList<>();

    /**
     * @param topic of the record
     * @param value null for a record without a value
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Sample(Topic<?> topic, @Nullable String key, byte @Nullable [] value) {}

    @Test
    void every_record_is_understood_or_rejected_or_a_dead_letter(@TempDir Path state) {
        try (var driver = driver(state)) {
            // Given
            for (int i = 0; i < EXPERIMENTS; i++) {
                var spec = Answered.SPEC.replace("seed: 1", "seed: " + i).replace("name: small", "name: small-" + i);
                pipe(driver, new Sample(topics.experimentSpecs, "small-" + i, spec.getBytes(StandardCharsets.UTF_8)));
            }
            read(driver, topics.runAssignments).forEach(record -> {
                runs.add(record.key());
                pipe(driver, sample(topics.epochTrained, record.key(), Answered.trained(record.key(), 0)));
            });
            read(driver, topics.attackShards)
                    .forEach(record -> shards.add(topics.attackShards.codec().decode(record.value())));
            read(driver, topics.runStatus).forEach(record -> runs.add(record.key()));
            drain(driver);
            assertThat(shards).isNotEmpty();

            // When, Then
            var mutations = new AtomicInteger();
            var unreadable = new AtomicInteger();
            var rejected = new AtomicInteger();
            Fuzz.run("keys, values and headers of records to the controller", MUTATIONS, MOST_BYTES, random -> {
                if (mutations.getAndIncrement() % 500 == 0) {
                    driver.advanceWallClockTime(Duration.ofSeconds(5));
                }
                var sample = mutated(valid(random), random);
                pipe(driver, sample, headers(random), random.nextLong(Long.MAX_VALUE));
                if (sample.topic() == topics.experimentSpecs) {
                    int answers = read(driver, topics.specRejections).size();
                    rejected.addAndGet(answers);
                    boolean admitted = !read(driver, topics.runLog).isEmpty();
                    assertThat(answers).as("a spec has at most one answer").isLessThanOrEqualTo(1);
                    assertThat(answers == 1 || admitted || knownSpec(sample))
                            .as("%s", text(sample))
                            .isTrue();
                } else if (sample.topic() == topics.commands) {
                    assertThat(read(driver, topics.commandAnswers))
                            .as("a command has one answer: %s", text(sample))
                            .hasSize(1);
                } else {
                    int letters = deadLetters(driver, sample);
                    unreadable.addAndGet(letters);
                    assertThat(letters).as("%s", sample.topic().name()).isEqualTo(understood(sample) ? 0 : 1);
                }
                drain(driver);
            });
            assertThat(unreadable.get()).as("dead letters").isGreaterThan(mutations.get() / 4);
            assertThat(rejected.get()).as("rejected specs").isGreaterThan(mutations.get() / 20);
        }
    }

    private TopologyTestDriver driver(Path state) {
        var properties = new Properties();
        properties.put(StreamsConfig.APPLICATION_ID_CONFIG, "test");
        properties.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, "nowhere:1");
        properties.put(StreamsConfig.STATE_DIR_CONFIG, state.toString());
        var driver = new TopologyTestDriver(
                ControllerTopology.build(topics, new SpecReader(new StandardCatalogue()), ControllerService.RETENTION),
                properties,
                Instant.EPOCH);
        for (int host = 0; host < EXPERIMENTS; host++) {
            var trainer = Answered.trainer("gpu-" + host);
            pipe(driver, sample(topics.workers, trainer.key(), trainer));
        }
        return driver;
    }

    private static <V> Sample sample(Topic<V> topic, String key, V value) {
        return new Sample(topic, key, topic.codec().encode(value));
    }

    private Sample valid(SplittableRandom random) {
        var shard = shards.get(random.nextInt(shards.size()));
        var run = shard.runId();
        var work = random.nextBoolean() ? new Work.EpochTraining(1) : new Work.Shard(shard.part(), 0, shard.shard());
        return switch (random.nextInt(12)) {
            case 0 -> new Sample(topics.experimentSpecs, "small", Answered.SPEC.getBytes(StandardCharsets.UTF_8));
            case 1 -> sample(topics.epochTrained, run, Answered.trained(run, random.nextInt(3)));
            case 2 -> sample(topics.shardAttacked, run, Answered.attacked(shard));
            case 3 ->
                sample(
                        topics.workFailures,
                        run,
                        new RunInput.WorkFailed(run, work, 1, "no data", FailureKind.HOST, "host", Instant.EPOCH));
            case 4 ->
                sample(
                        topics.workProgress,
                        run,
                        new RunInput.WorkProgressed(run, work, 1, 0.5, 100, "host", Instant.EPOCH));
            case 5 -> sample(topics.runSignals, run, new RunInput.Await(run, "other"));
            case 6 -> sample(topics.runSignals, run, new RunInput.WarmStartFailed(run, "no reason"));
            case 7 ->
                new Sample(
                        topics.commands,
                        "me",
                        new CommandMessage(Verb.PAUSE, "small-1", null, Which.FAILED, null, null).json());
            case 8 ->
                new Sample(
                        topics.commands,
                        "me",
                        new CommandMessage(Verb.RETRY, null, run, Which.FAILED, "again", null).json());
            case 9 -> sample(topics.turnSignals, run, new TurnInput.Released(run));
            case 10 ->
                sample(
                        topics.experimentSignals,
                        "small-1",
                        new ExperimentInput.Ordered(
                                "small-1", new Command("a-0@1", Verb.RESUME, "small-1", Which.FAILED, null)));
            default -> sample(topics.runSignals, run, new RunInput.WarmStartReady(run, shard.weights()));
        };
    }

    private static Sample mutated(Sample sample, SplittableRandom random) {
        var bytes = sample.value() == null ? new byte[0] : sample.value().clone();
        return switch (random.nextInt(10)) {
            case 0 -> new Sample(sample.topic(), sample.key(), null);
            case 1 -> new Sample(sample.topic(), null, bytes);
            case 2 -> new Sample(sample.topic(), "x".repeat(random.nextInt(5000)), bytes);
            case 3 -> new Sample(sample.topic(), sample.key(), Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)));
            case 4 ->
                new Sample(sample.topic(), sample.key(), Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(50)));
            case 5 -> {
                random.nextBytes(bytes);
                yield new Sample(sample.topic(), sample.key(), bytes);
            }
            case 6 ->
                new Sample(sample.topic(), sample.key(), new byte[sample.topic().maxBytes() + 1]);
            case 7 -> new Sample(sample.topic(), text(Mutations.mutate(key(sample), random)), bytes);
            default -> new Sample(sample.topic(), sample.key(), Mutations.mutate(bytes, random));
        };
    }

    private static byte[] key(Sample sample) {
        return String.valueOf(sample.key()).getBytes(StandardCharsets.UTF_8);
    }

    private static Headers headers(SplittableRandom random) {
        var headers = new RecordHeaders();
        for (int i = random.nextInt(3); i > 0; i--) {
            headers.add("traceparent", random.nextInt(4) == 0 ? null : Mutations.mutate(PARENT, random));
        }
        return headers;
    }

    private static void pipe(TopologyTestDriver driver, Sample sample) {
        pipe(driver, sample, new RecordHeaders(), 0);
    }

    private static void pipe(TopologyTestDriver driver, Sample sample, Headers headers, long at) {
        driver.createInputTopic(sample.topic().name(), new StringSerializer(), new ByteArraySerializer())
                .pipeInput(new TestRecord<>(sample.key(), sample.value(), headers, at));
    }

    /** Whether the record is a message about a run that exists, by its key and by its value. */
    private boolean understood(Sample sample) {
        if (sample.value() == null) {
            return false;
        }
        try {
            var message = sample.topic().codec().decode(sample.value());
            if (message instanceof TurnInput.Released released) {
                return released.runId().equals(sample.key());
            } else if (message instanceof TurnInput.TrainerGone gone) {
                return gone.trainer().equals(sample.key());
            } else if (message instanceof ExperimentInput told) {
                return told.experiment().equals(sample.key());
            }
            var input = (RunInput) message;
            return input.runId().equals(sample.key()) && runs.contains(input.runId());
        } catch (UnreadableMessage e) {
            return false;
        }
    }

    /** A spec that still says what one before it said starts nothing and is not rejected. */
    private static boolean knownSpec(Sample sample) {
        return sample.value() != null && text(sample).contains("name: ");
    }

    private static String text(Sample sample) {
        return sample.value() == null ? "" : text(sample.value());
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Dead letters with this record's value: a run that ends may tell another one that does not exist. */
    private static int deadLetters(TopologyTestDriver driver, Sample sample) {
        return (int) driver
                .createOutputTopic(sample.topic().deadLetters(), new StringDeserializer(), new ByteArrayDeserializer())
                .readRecordsToList()
                .stream()
                .filter(letter -> Arrays.equals(letter.value(), sample.value()))
                .count();
    }

    private List<TestRecord<String, byte[]>> read(TopologyTestDriver driver, Topic<?> topic) {
        return driver.createOutputTopic(topic.name(), new StringDeserializer(), new ByteArrayDeserializer())
                .readRecordsToList();
    }

    /** Runs that a mutated spec started exist from now on. */
    private void drain(TopologyTestDriver driver) {
        read(driver, topics.runStatus).forEach(record -> runs.add(record.key()));
        read(driver, topics.runLog);
        read(driver, topics.specRejections);
        read(driver, topics.attackShards);
        read(driver, topics.runAssignments);
        read(driver, topics.fairnessUpdates);
        read(driver, topics.commandAnswers);
    }
}
