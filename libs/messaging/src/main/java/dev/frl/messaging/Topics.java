package dev.frl.messaging;

import dev.frl.core.command.Answer;
import dev.frl.core.experiment.ExperimentEvent;
import dev.frl.core.experiment.ExperimentFact;
import dev.frl.core.experiment.ExperimentInput;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.run.Outbox;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunFact;
import dev.frl.core.run.RunInput;
import dev.frl.core.run.RunStatus;
import dev.frl.core.settings.RunSettings;
import dev.frl.core.turn.TurnFact;
import dev.frl.core.turn.TurnInput;
import dev.frl.messaging.codec.AvroCodec;
import dev.frl.messaging.codec.Codec;
import dev.frl.messaging.codec.JsonCodec;
import dev.frl.messaging.mapping.AnswerJson;
import dev.frl.messaging.mapping.CommandMapping;
import dev.frl.messaging.mapping.EventMapping;
import dev.frl.messaging.mapping.ExperimentEventMapping;
import dev.frl.messaging.mapping.ExperimentMapping;
import dev.frl.messaging.mapping.RejectionJson;
import dev.frl.messaging.mapping.RunMapping;
import dev.frl.messaging.mapping.TurnMapping;
import dev.frl.messaging.mapping.WorkMapping;
import dev.frl.messaging.mapping.WorkerMapping;
import dev.frl.messaging.message.HostOrder;
import dev.frl.messaging.message.SpecRejected;
import dev.frl.messaging.message.WorkerStatus;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;

/** All topics, declared once. docs/topics.md is generated from here. */
public final class Topics {
    /** Share group of the trainers: each run goes to one of them. */
    public static final String TRAINERS = "frl-trainers";
    /** Share group of the attackers: each shard goes to one of them. */
    public static final String ATTACKERS = "frl-attackers";
    /** Application id of the controller: its consumer group, and the beginning of its transactional ids and of its changelog topics. */
    public static final String CONTROLLERS = "frl-fairness-controller";
    /** The beginning of the consumer groups of recorders; a hyphen and the name of the recorder follow. */
    public static final String RECORDERS = "frl-recorder";

    /**
     * Number of partitions of every topic that the controller joins by run id, which needs the same number for all; see
     * {@link #joined()}. Runs are few and messages small, so this only limits the number of active controllers.
     */
    public static final int PARTITIONS = 4;

    /**
     * Number of partitions of a topic of a share group. Kafka assigns each member some of the partitions, one at least: with more
     * partitions than one, a free worker would not see the work in the others, and two attackers would leave an evaluation, whose shards
     * have one key, to one of them.
     */
    public static final int SHARED = 1;

    /** Longest message; Kafka's own default. */
    public static final int MAX_BYTES = 1 << 20;
    /** Longest spec: people write them. */
    public static final int MAX_SPEC_BYTES = 256 << 10;

    /** Longer than the longest deadline of a spec, 30 days. */
    private static final Map<String, String> KEPT_35_DAYS = Map.of("retention.ms", "3024000000");

    /** Kafka deletes a segment when its newest record is old enough, and a topic that is seldom written to begins one a week by itself. */
    private static final Map<String, String> WORK_OF_35_DAYS =
            Map.of("retention.ms", "3024000000", "segment.ms", "86400000");
    /** Longer than any work that a withdrawal is about, with its segment. */
    private static final Map<String, String> WITHDRAWN_FOR_40_DAYS =
            Map.of("cleanup.policy", "compact,delete", "retention.ms", "3456000000", "segment.ms", "3600000");

    private static final Map<String, String> KEPT_FOREVER = Map.of("retention.ms", "-1", "retention.bytes", "-1");
    /** Kafka compacts only what is not in the newest segment, so these are small: a reader of the topic reads them too. */
    private static final Map<String, String> LATEST_PER_KEY = Map.of(
            "cleanup.policy",
            "compact",
            "segment.bytes",
            String.valueOf(8 << 20),
            "segment.ms",
            "3600000",
            "min.cleanable.dirty.ratio",
            "0.1");
    /** A worker that died writes no tombstone, so it is forgotten after a day; segments of an hour make that possible. */
    private static final Map<String, String> LATEST_PER_KEY_OF_A_DAY = Map.of(
            "cleanup.policy", "compact,delete",
            "retention.ms", "86400000",
            "delete.retention.ms", "3600000",
            "segment.ms", "3600000");

    /** The controller needs only the latest of each run and of each trainer, and trainers announce themselves all day. */
    private static final Map<String, String> LATEST_PER_KEY_OF_35_DAYS =
            Map.of("cleanup.policy", "compact,delete", "retention.ms", "3024000000", "segment.ms", "3600000");

    /** The controller's store of live facts of runs; part of the name of its changelog. */
    public static final String RUN_FACTS = "run-facts";
    /** The controller's store of live facts of experiments. */
    public static final String EXPERIMENT_FACTS = "experiment-facts";
    /** The controller's store of turns. */
    public static final String TURN_FACTS = "turn-facts";

    /**
     * Brokers refuse a message whose own time is more than an hour ahead of theirs. So where other hosts write, the broker's time counts:
     * a worker whose clock is wrong can report its work, and the report that it failed.
     */
    private static final Map<String, String> TIME_OF_BROKER = Map.of("message.timestamp.type", "LogAppendTime");

    private static final String RUN_ID = "run id";
    private static final String EXPERIMENT_ID = "experiment id";

    /** Specs as they were published; {@link SpecMessage} tells their format. */
    public final Topic<byte[]> experimentSpecs;

    /** Read by people who publish specs with clients of their own, so it needs none of our schemas. */
    public final Topic<SpecRejected> specRejections;

    /** Orders of users, in Avro or JSON; {@link CommandMessage} reads them. */
    public final Topic<byte[]> commands;

    public final Topic<Answer> commandAnswers;
    public final Topic<Outbox.Withdrawal> withdrawals;

    public final Topic<Outbox.Assignment> runAssignments;
    public final Topic<RunInput.EpochTrained> epochTrained;
    public final Topic<Outbox.ShardTask> attackShards;
    public final Topic<RunInput.ShardAttacked> shardAttacked;
    public final Topic<RunInput.WorkFailed> workFailures;
    public final Topic<RunInput.WorkProgressed> workProgress;
    public final Topic<Outbox.Update> fairnessUpdates;
    public final Topic<RunStatus> runStatus;
    public final Topic<RunEvent> runLog;

    /** Entries of the controller's store. */
    public final FactCodec<RunEvent, RunFact> facts;
    /** From the controller to itself: signals to a run from a spec or from another run. */
    public final Topic<RunInput.Signal> runSignals;

    /** From the controller to itself: which runs want a trainer, and which trainers there are. */
    public final Topic<TurnInput> turnSignals;

    /** Values of the controller's store of turns; a fact tells its key. */
    public final Codec<TurnFact> turnFacts;

    /** From the controller to itself: specs, runs and users tell an experiment something. */
    public final Topic<ExperimentInput> experimentSignals;

    public final Topic<ExperimentEvent> experimentLog;
    public final Topic<ExperimentStatus> experimentStatus;

    /** Entries of the controller's store of experiments. */
    public final FactCodec<ExperimentEvent, ExperimentFact> experimentFacts;

    public final Topic<WorkerStatus> workers;
    public final Topic<HostOrder> workerCommands;

    private final List<Topic<byte[]>> changelogs = List.of(
            changelog(RUN_FACTS, PARTITIONS, "Live facts of runs."),
            changelog(EXPERIMENT_FACTS, PARTITIONS, "Live facts of experiments."),
            changelog(TURN_FACTS, 1, "Which runs want a trainer, and which trainers there are."));

    /** @param settingsOf reads canonical JSON; throws if it is not valid */
    public Topics(Function<String, RunSettings> settingsOf) {
        var events = new EventMapping(settingsOf);
        var runs = new RunMapping(settingsOf);
        experimentSpecs = new Topic<>(
                "frl.experiment-specs",
                "experiment name",
                "Experiment specs from users: an ExperimentSpec in Avro single-object encoding, or a document in UTF-8 JSON or YAML. The first bytes tell which.",
                PARTITIONS,
                fromOtherHosts(KEPT_FOREVER),
                MAX_SPEC_BYTES,
                Codec.raw(MAX_SPEC_BYTES));
        specRejections = topic(
                "frl.spec-rejections",
                "key of the spec; empty if it had none",
                "Rejected specs, in JSON: all problems of the spec, and its source.",
                KEPT_35_DAYS,
                new JsonCodec<>(RejectionJson.class, MAX_BYTES, RejectionJson::of, RejectionJson::rejection));
        commands = new Topic<>(
                "frl.commands",
                "as its sender likes; the answer has the same",
                "Orders of users to experiments and runs: a Command in Avro single-object encoding, or a document in UTF-8 JSON. The first bytes tell which.",
                PARTITIONS,
                fromOtherHosts(KEPT_35_DAYS),
                MAX_SPEC_BYTES,
                Codec.raw(MAX_SPEC_BYTES));
        commandAnswers = topic(
                "frl.command-answers",
                "target of the command",
                "Answers to commands, in JSON: what happens now, or why the command was refused.",
                KEPT_35_DAYS,
                new JsonCodec<>(AnswerJson.class, MAX_BYTES, AnswerJson::of, AnswerJson::answer));
        withdrawals = topic(
                "frl.withdrawals",
                RUN_ID,
                "Work of a run is void: it has ended, or it rests. Workers drop what they hold of it.",
                WITHDRAWN_FOR_40_DAYS,
                new AvroCodec<>(
                        dev.frl.schemas.WorkWithdrawn.getClassSchema(),
                        MAX_BYTES,
                        CommandMapping::withdrawnToAvro,
                        CommandMapping::withdrawnFromAvro));
        runAssignments = new Topic<>(
                "frl.run-assignments",
                RUN_ID,
                "A run for the next free trainer. Read by the share group " + TRAINERS + ".",
                SHARED,
                fromOtherHosts(WORK_OF_35_DAYS),
                MAX_BYTES,
                new AvroCodec<>(
                        dev.frl.schemas.RunAssigned.getClassSchema(),
                        MAX_BYTES,
                        runs::assignedToAvro,
                        runs::assignedFromAvro));
        epochTrained = topic(
                "frl.epoch-trained",
                RUN_ID,
                "A trainer finished an epoch and wrote its checkpoint.",
                fromOtherHosts(KEPT_35_DAYS),
                new AvroCodec<>(
                        dev.frl.schemas.EpochTrained.getClassSchema(),
                        MAX_BYTES,
                        WorkMapping::trainedToAvro,
                        WorkMapping::trainedFromAvro));
        attackShards = new Topic<>(
                "frl.attack-shards",
                RUN_ID,
                "A shard for the next free attacker. Read by the share group " + ATTACKERS + ".",
                SHARED,
                fromOtherHosts(WORK_OF_35_DAYS),
                MAX_BYTES,
                new AvroCodec<>(
                        dev.frl.schemas.AttackShard.getClassSchema(),
                        MAX_BYTES,
                        WorkMapping::shardToAvro,
                        WorkMapping::shardFromAvro));
        shardAttacked = topic(
                "frl.shard-attacked",
                RUN_ID,
                "An attacker finished a shard: counts per class.",
                fromOtherHosts(KEPT_35_DAYS),
                new AvroCodec<>(
                        dev.frl.schemas.ShardAttacked.getClassSchema(),
                        MAX_BYTES,
                        WorkMapping::attackedToAvro,
                        WorkMapping::attackedFromAvro));
        workFailures = topic(
                "frl.work-failures",
                RUN_ID,
                "Work that failed in a trainer or an attacker, with the reason.",
                fromOtherHosts(KEPT_35_DAYS),
                new AvroCodec<>(
                        dev.frl.schemas.WorkFailed.getClassSchema(),
                        MAX_BYTES,
                        WorkMapping::failedToAvro,
                        WorkMapping::failedFromAvro));
        workProgress = topic(
                "frl.work-progress",
                RUN_ID,
                "How far the work of a trainer or an attacker is. Only the latest report matters, so Kafka keeps them for an hour.",
                fromOtherHosts(Map.of("retention.ms", "3600000", "segment.ms", "600000")),
                new AvroCodec<>(
                        dev.frl.schemas.WorkProgressed.getClassSchema(),
                        MAX_BYTES,
                        WorkMapping::progressToAvro,
                        WorkMapping::progressFromAvro));
        fairnessUpdates = topic(
                "frl.fairness-updates",
                RUN_ID,
                "Class weights and margins for the next epoch, and the errors from which they were computed.",
                KEPT_35_DAYS,
                new AvroCodec<>(
                        dev.frl.schemas.FairnessUpdated.getClassSchema(),
                        MAX_BYTES,
                        WorkMapping::updatedToAvro,
                        WorkMapping::updatedFromAvro));
        runStatus = topic(
                "frl.run-status",
                RUN_ID,
                "Status of a run and what it waits for. Kafka keeps the latest status of each run.",
                LATEST_PER_KEY,
                new AvroCodec<>(
                        dev.frl.schemas.RunStatusChanged.getClassSchema(),
                        MAX_BYTES,
                        RunMapping::statusToAvro,
                        RunMapping::statusFromAvro));
        runLog = topic(
                "frl.run-log",
                RUN_ID,
                "Every decision about every run, in order.",
                KEPT_FOREVER,
                new AvroCodec<>(
                        dev.frl.schemas.RunEventRecord.getClassSchema(),
                        MAX_BYTES,
                        events::eventToAvro,
                        events::eventFromAvro));
        facts = new FactCodec<>(runLog.codec(), RunFact::new, RunFact::number, RunFact::event);
        runSignals = topic(
                "frl.run-signals",
                RUN_ID,
                "From the controller to itself: what happens around a run, and orders to it.",
                KEPT_35_DAYS,
                new AvroCodec<>(
                        dev.frl.schemas.RunSignal.getClassSchema(),
                        MAX_BYTES,
                        runs::signalToAvro,
                        runs::signalFromAvro));
        turnSignals = new Topic<>(
                "frl.turn-signals",
                "run id, or role/host/instance of a trainer",
                "From the controller to itself: a run wants a trainer or needs none any more, a trainer was heard of or has ended."
                        + " One partition, since who is next among all runs is decided in one place.",
                1,
                LATEST_PER_KEY_OF_35_DAYS,
                MAX_BYTES,
                new AvroCodec<>(
                        dev.frl.schemas.TurnSignal.getClassSchema(),
                        MAX_BYTES,
                        TurnMapping::signalToAvro,
                        TurnMapping::signalFromAvro));
        turnFacts = new AvroCodec<>(
                dev.frl.schemas.TurnFactRecord.getClassSchema(),
                MAX_BYTES,
                TurnMapping::factToAvro,
                TurnMapping::factFromAvro);
        var experiments = new ExperimentMapping(settingsOf);
        var experimentEvents = new ExperimentEventMapping(settingsOf);
        experimentSignals = topic(
                "frl.experiment-signals",
                "experiment name",
                "From the controller to itself: a spec was admitted, a run rests or has ended, or a user orders something.",
                KEPT_35_DAYS,
                new AvroCodec<>(
                        dev.frl.schemas.ExperimentSignal.getClassSchema(),
                        MAX_BYTES,
                        experiments::signalToAvro,
                        experiments::signalFromAvro));
        experimentLog = topic(
                "frl.experiment-log",
                EXPERIMENT_ID,
                "Every decision about every experiment, in order: which runs were handed out, and how the search judged the points.",
                KEPT_FOREVER,
                new AvroCodec<>(
                        dev.frl.schemas.ExperimentEventRecord.getClassSchema(),
                        MAX_BYTES,
                        experimentEvents::eventToAvro,
                        experimentEvents::eventFromAvro));
        experimentStatus = topic(
                "frl.experiment-status",
                EXPERIMENT_ID,
                "Status of an experiment and what it waits for. Kafka keeps the latest status of each experiment.",
                LATEST_PER_KEY,
                new AvroCodec<>(
                        dev.frl.schemas.ExperimentStatusChanged.getClassSchema(),
                        MAX_BYTES,
                        ExperimentMapping::statusToAvro,
                        ExperimentMapping::statusFromAvro));
        experimentFacts = new FactCodec<>(
                experimentLog.codec(), ExperimentFact::new, ExperimentFact::number, ExperimentFact::event);
        workers = topic(
                "frl.workers",
                "role/host/instance of the worker",
                "A trainer or an attacker and what it does. Kafka keeps the latest message of each worker that was heard of within a day.",
                fromOtherHosts(LATEST_PER_KEY_OF_A_DAY),
                new AvroCodec<>(
                        dev.frl.schemas.WorkerAnnounced.getClassSchema(),
                        MAX_BYTES,
                        WorkerMapping::workerToAvro,
                        WorkerMapping::workerFromAvro));
        workerCommands = topic(
                "frl.worker-commands",
                "host",
                "Orders of operators to the workers of a host: to take nothing new, or to take work again. Kafka keeps the latest order of each host.",
                fromOtherHosts(LATEST_PER_KEY),
                new AvroCodec<>(
                        dev.frl.schemas.HostOrdered.getClassSchema(),
                        MAX_BYTES,
                        WorkerMapping::orderToAvro,
                        WorkerMapping::orderFromAvro));
    }

    private static Map<String, String> fromOtherHosts(Map<String, String> config) {
        var all = new HashMap<>(config);
        all.putAll(TIME_OF_BROKER);
        return all;
    }

    private static <V> Topic<V> topic(
            String name, String key, String says, Map<String, String> config, Codec<V> codec) {
        return new Topic<>(name, key, says, PARTITIONS, config, MAX_BYTES, codec);
    }

    /** All topics, without the dead-letter topics. */
    public List<Topic<?>> all() {
        return List.of(
                experimentSpecs,
                specRejections,
                commands,
                commandAnswers,
                experimentSignals,
                experimentLog,
                experimentStatus,
                runSignals,
                runAssignments,
                epochTrained,
                attackShards,
                shardAttacked,
                workFailures,
                workProgress,
                fairnessUpdates,
                runStatus,
                runLog,
                withdrawals,
                turnSignals,
                workers,
                workerCommands);
    }

    /**
     * The topics that need the same number of partitions: those that the controller joins, and the changelogs of what it joins. All
     * others have a number of their own.
     */
    public List<Topic<?>> joined() {
        return Stream.<Topic<?>>concat(
                        all().stream().filter(topic -> topic != turnSignals && !shared().contains(topic)),
                        changelogs().stream().filter(changelog -> changelog.partitions() == PARTITIONS))
                .toList();
    }

    /** The topics that share groups read. The controller does not, so they may have any number of partitions. */
    public List<Topic<?>> shared() {
        return List.of(runAssignments, attackShards);
    }

    /** Every topic that has to exist: these, the dead-letter topics and the changelogs. */
    public List<Topic<?>> everything() {
        return Stream.<Topic<?>>concat(all().stream(), Stream.concat(deadLetters().stream(), changelogs().stream()))
                .toList();
    }

    /**
     * The topics from which Kafka Streams restores the controller's stores. Streams would create them itself, which a user without that
     * right cannot.
     */
    public List<Topic<byte[]>> changelogs() {
        return changelogs;
    }

    private static Topic<byte[]> changelog(String store, int partitions, String says) {
        return new Topic<>(
                CONTROLLERS + "-" + store + "-changelog",
                "of the fact",
                says,
                partitions,
                LATEST_PER_KEY,
                MAX_BYTES,
                Codec.raw(MAX_BYTES));
    }

    /** The dead-letter topic of each topic whose readers write one: a spec is rejected instead, and the recorder skips an event. */
    public List<Topic<byte[]>> deadLetters() {
        return Stream.of(
                        experimentSignals,
                        runSignals,
                        runAssignments,
                        epochTrained,
                        attackShards,
                        shardAttacked,
                        workFailures,
                        workProgress,
                        turnSignals)
                .map(this::deadLettersOf)
                .toList();
    }

    /** The dead-letter topic of a topic. */
    public Topic<byte[]> deadLettersOf(Topic<?> topic) {
        return new Topic<>(
                topic.deadLetters(),
                "key of the message",
                "Messages of " + topic.name()
                        + " that could not be handled, unchanged, with headers that give source and reason.",
                1,
                fromOtherHosts(KEPT_35_DAYS),
                topic.maxBytes(),
                Codec.raw(topic.maxBytes()));
    }
}
