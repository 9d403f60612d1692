package dev.frl.messaging.share;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.broker.EmbeddedBroker;
import dev.frl.messaging.Samples;
import dev.frl.messaging.Topics;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The broker goes away while work is under way, and comes back. */
class LostLeaseTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    @Timeout(120)
    void work_is_interrupted_when_its_lease_cannot_be_renewed_and_is_given_out_again_later() throws Exception {
        // Given
        var topics = Samples.topics();
        var shard = new Samples(1).shard();
        var story = new LinkedBlockingQueue<String>();
        var deliveries = new AtomicInteger();
        var broker = EmbeddedBroker.start(directory, 0);
        var settings = KafkaSettings.of(broker.bootstrapServers());
        TopicAdmin.create(settings, topics, new TopicAdmin.Layout(1, 1, Duration.ofSeconds(2)));
        ShareWorker.OnRecord<Object> work = (value, lease) -> {
            story.add("begins");
            if (deliveries.incrementAndGet() == 1) { // the broker's own count does not survive its restart
                try {
                    Thread.sleep(100_000);
                } catch (InterruptedException e) {
                    story.add(lease.lost() ? "lost" : "interrupted");
                    throw e;
                }
            }
            story.add("ends");
        };
        try (var worker = ShareWorker.start(
                settings,
                "w",
                Topics.ATTACKERS,
                topics.attackShards,
                work::run,
                (v, lease, error) -> {
                    story.add("asked about " + error);
                    return Acknowledgement.ACCEPT;
                },
                () -> true,
                ShareWorker.Observer.NONE)) {
            try (var producer = Clients.producer(settings, "test")) {
                producer.send(topics.attackShards.record("run", shard)).get();
            }
            assertThat(story.poll(30, TimeUnit.SECONDS)).isEqualTo("begins");

            // When
            broker.close();
            String onLoss = story.poll(30, TimeUnit.SECONDS);
            try (var again = EmbeddedBroker.start(directory, broker.port())) {
                String then = story.poll(60, TimeUnit.SECONDS);
                String atLast = story.poll(30, TimeUnit.SECONDS);

                // Then
                assertThat(onLoss).isEqualTo("lost");
                assertThat(then).isEqualTo("begins");
                assertThat(atLast).isEqualTo("ends");
                assertThat(story).isEmpty();
                assertThat(worker.ended()).isNotDone();
                worker.close();
                assertThat(again.port()).isEqualTo(broker.port());
            }
        } finally {
            broker.close();
        }
    }
}
