package dev.frl.cli.context;

import dev.frl.core.experiment.ExperimentEvent;
import dev.frl.core.experiment.ExperimentStatus;
import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunStatus;
import dev.frl.messaging.CommandMessage;
import dev.frl.messaging.admin.TopicReset;
import dev.frl.messaging.client.ClusterReport;
import dev.frl.messaging.client.DeadLetter;
import dev.frl.messaging.client.RunLogReader.Follower;
import dev.frl.messaging.client.SkippedRecords;
import dev.frl.messaging.client.TopicAdmin.Layout;
import dev.frl.messaging.client.TopicAdmin.Report;
import dev.frl.messaging.message.HostOrder;
import dev.frl.messaging.message.SpecRejected;
import dev.frl.messaging.message.WorkerStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A Kafka cluster, as commands use it.
 *
 * <p>Every method throws {@link CliException}: temporary if no broker answers, failed if it refuses or has no topics.
 */
public interface Cluster {
    /** The value for {@code --bootstrap}. */
    String bootstrapServers();

    /** Connects, and returns a text such as {@code 3 brokers at kafka:9092}. */
    String describe();

    /**
     * Passes the latest status of every run, in the order in which they were planned.
     *
     * @return records that this build cannot read
     */
    SkippedRecords statuses(Consumer<RunStatus> statuses);

    /**
     * Passes the rejections of specs that the topic still holds.
     *
     * @return records that this build cannot read
     */
    SkippedRecords rejections(Consumer<SpecRejected> rejections);

    /**
     * Passes the events of these runs that exist now; those of one run come in order.
     *
     * @return records of these runs that this build cannot read
     */
    SkippedRecords events(Collection<RunStatus> runs, Consumer<RunEvent> events);

    /**
     * Passes status and events of some runs that exist now, and then new ones.
     *
     * @param runs id of each run, and the time from which on it is read
     * @return records of these runs that this build cannot read
     */
    SkippedRecords follow(Map<String, Instant> runs, Follower follower);

    /** Returns when the brokers have acknowledged the spec. */
    void publish(String experiment, byte[] spec);

    /** The latest status of every experiment; one that this build cannot read is left out. */
    List<ExperimentStatus> experiments();

    /** Passes the events of all experiments that exist now; one that this build cannot read is left out. */
    void experimentEvents(Consumer<ExperimentEvent> events);

    /**
     * Publishes a command, and waits for its answer.
     *
     * @param patience time limit for the answer
     * @param enough checked several times a second; true ends the wait
     */
    CommandReply command(CommandMessage command, Duration patience, BooleanSupplier enough);

    /** Creates what is missing, and mends what can be mended. */
    Report createTopics(Layout layout);

    /** Checks what the services need of the brokers, one by one. */
    List<ClusterReport.Check> check();

    /** What {@link #resetTopics} would delete. */
    TopicReset.Resettable resettable();

    /** Deletes all topics and groups. */
    void resetTopics();

    /** The last status of each worker that was heard of within a day and did not close. */
    List<WorkerStatus> workers();

    /** The latest order to each host. */
    Map<String, HostOrder> hostOrders();

    /** Returns when the brokers have acknowledged the order. */
    void order(HostOrder order);

    /** The dead-letter records of all topics, topic by topic in the order in which they were written. */
    List<DeadLetter> deadLetters();

    /** Where the message lies that was this record and was published again; empty if it was not. */
    Optional<String> requeued(DeadLetter letter);

    /** Publishes the message again that was this record. Returns where it lies when the brokers have acknowledged it. */
    String requeue(DeadLetter letter);
}
