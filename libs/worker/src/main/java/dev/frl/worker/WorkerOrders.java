package dev.frl.worker;

import dev.frl.core.run.Outbox.Withdrawal;
import dev.frl.messaging.Topic;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.MissingTopicException;
import dev.frl.messaging.client.TopicReader;
import dev.frl.messaging.message.HostOrder;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.WakeupException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads what the worker must know beside its records: operators' orders to its host, and withdrawn work. Not thread-safe, except for {@link #wakeup}. */
final class WorkerOrders implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(WorkerOrders.class);
    private static final Duration CLOSING = Duration.ofSeconds(1);
    /** How often {@link #await} returns at once after orders could not be read. */
    private static final int RESTS = 30;

    private final Consumer<String, byte[]> consumer;
    private final Topic<HostOrder> orders;
    private final Topic<Withdrawal> withdrawn;
    private final String host;
    private final WorkerPresence presence;
    private final Withdrawals withdrawals;
    private @Nullable Map<TopicPartition, Long> unread;
    private boolean readable = true;
    private int rests;

    /** @param consumer without a group; closed with this object */
    WorkerOrders(
            Consumer<String, byte[]> consumer,
            Topics topics,
            String host,
            WorkerPresence presence,
            Withdrawals withdrawals) {
        this.consumer = consumer;
        this.orders = topics.workerCommands;
        this.withdrawn = topics.withdrawals;
        this.host = host;
        this.presence = presence;
        this.withdrawals = withdrawals;
    }

    /**
     * Waits for new orders.
     *
     * @return whether they can be read; if not, the worker works without them
     */
    boolean await(Duration time) {
        if (rests > 0) {
            rests--;
            return false;
        }
        try {
            read(time);
            readable = true;
        } catch (WakeupException | InterruptException e) {
            throw e;
        } catch (MissingTopicException | KafkaException e) {
            if (e instanceof RetriableException) {
                return false;
            }
            rests = RESTS;
            if (readable) {
                readable = false;
                log.atWarn()
                        .addKeyValue("reason", e.getMessage())
                        .log(
                                "orders cannot be read, so `frl workers drain` and `frl kill` have no effect on this worker");
            }
            presence.ordersRead(); // if Kafka refuses this worker altogether, its share consumer says so
        }
        return readable;
    }

    private void read(Duration time) {
        if (unread == null) {
            var partitions = TopicReader.seekToBeginning(consumer, orders, withdrawn);
            unread = new HashMap<>(consumer.endOffsets(partitions));
        }
        tellOnceRead(unread);
        consumer.poll(time).forEach(this::accept);
        tellOnceRead(unread);
    }

    /** A worker must not take a record before it knows that its host is drained, or that the record is withdrawn. */
    private void tellOnceRead(Map<TopicPartition, Long> end) {
        end.entrySet().removeIf(e -> consumer.position(e.getKey()) >= e.getValue());
        if (end.isEmpty()) {
            presence.ordersRead();
        }
    }

    private void accept(ConsumerRecord<String, byte[]> record) {
        if (record.topic().equals(withdrawn.name())) {
            TopicReader.value(withdrawn, record).ifPresent(withdrawals::add);
            return;
        }
        if (!host.equals(record.key())) {
            return;
        }
        if (record.value() == null) {
            presence.drain(false);
        } else {
            TopicReader.value(orders, record).ifPresent(order -> presence.drain(order.drain()));
        }
    }

    /** Ends a wait on another thread. */
    void wakeup() {
        consumer.wakeup();
    }

    @Override
    public void close() {
        consumer.close(CLOSING);
    }
}
