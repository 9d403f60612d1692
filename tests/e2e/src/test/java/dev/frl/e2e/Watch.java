package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunHistory;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicReader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Reads run log and spec rejections, as any consumer of the topics. */
public final class Watch implements AutoCloseable {
    private final Topics topics;
    private final org.apache.kafka.clients.consumer.Consumer<String, byte[]> consumer;
    private final Map<String, RunHistory> histories = new LinkedHashMap<>();
    private final List<RunEvent> log = new ArrayList<>();
    private final List<dev.frl.messaging.message.SpecRejected> rejections = new ArrayList<>();

    public Watch(KafkaSettings kafka, Topics topics) {
        this.topics = topics;
        this.consumer = Clients.consumer(kafka, "watch", null);
        TopicReader.seekToBeginning(consumer, topics.runLog, topics.specRejections);
    }

    /** Reads until the condition holds. */
    public void until(Duration limit, Consumer<Watch> condition) {
        await().atMost(limit).pollInterval(Duration.ofMillis(50)).untilAsserted(() -> {
            read();
            condition.accept(this);
        });
    }

    /** Reads what has come, for at most 200 ms. */
    void read() {
        consumer.poll(Duration.ofMillis(200)).forEach(record -> {
            if (record.topic().equals(topics.runLog.name())) {
                add(topics.runLog.codec().decode(record.value()));
            } else {
                rejections.add(topics.specRejections.codec().decode(record.value()));
            }
        });
    }

    private void add(RunEvent event) {
        if (event instanceof RunEvent.Planned planned) {
            histories.putIfAbsent(event.runId(), new RunHistory(planned));
        }
        histories.get(event.runId()).add(event);
        log.add(event);
    }

    /** All events in the order in which they were read. */
    public List<RunEvent> log() {
        return log;
    }

    public void untilAllHaveFinished(int runs, Duration limit) {
        until(limit, w -> {
            assertThat(w.histories.values())
                    .hasSize(runs)
                    .allSatisfy(history ->
                            assertThat(history.end()).as(history.plan().runId()).isPresent());
        });
        assertThat(histories.values())
                .allSatisfy(history -> assertThat(history.finished())
                        .as(history.end().toString())
                        .isTrue());
    }

    public Map<String, RunHistory> histories() {
        return histories;
    }

    public List<dev.frl.messaging.message.SpecRejected> rejections() {
        return rejections;
    }

    @Override
    public void close() {
        consumer.close();
    }
}
