package dev.frl.cli.context;

import dev.frl.core.run.RunEvent;
import dev.frl.messaging.client.TopicAdmin.Layout;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * What commands ask of Kafka.
 *
 * <p>Every method throws {@link CliException}: temporary if no broker answers, failed if it refuses or has no topics.
 */
public interface Cluster {
    /** As people write it behind {@code --bootstrap}. */
    String bootstrapServers();

    /** As in {@code 3 brokers at kafka:9092}; asks them. */
    String describe();

    /** Hands over every event of every run that there is now; those of one run in their order. */
    void readAll(Consumer<RunEvent> events);

    /**
     * The same, and then whatever comes.
     *
     * @param enough looked at several times a second; true ends it
     */
    void follow(BooleanSupplier enough, Consumer<RunEvent> events);

    /** Returns when the brokers have it. */
    void publish(String experiment, byte[] spec);

    /** @return names of the topics that were not there */
    List<String> createTopics(Layout layout);
}
