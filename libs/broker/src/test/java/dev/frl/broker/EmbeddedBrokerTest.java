package dev.frl.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedBrokerTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path directory;

    @Test
    void what_was_written_is_there_after_a_restart_on_another_port() throws Exception {
        // Given
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            write(broker, "hello");
        }

        // When
        String read;
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            read = read(broker);
        }

        // Then
        assertThat(read).isEqualTo("hello");
    }

    @Test
    void what_was_written_survives_a_kill() throws Exception {
        // Given
        var process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledBroker.class.getName(),
                        directory.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var out = process.inputReader(UTF_8)) {
            assertThat(out.readLine()).isEqualTo("ready");
        } finally {
            process.destroyForcibly().waitFor();
        }

        // When
        String read;
        try (var broker = EmbeddedBroker.start(directory, 0)) {
            read = read(broker);
        }

        // Then
        assertThat(read).isEqualTo("written before the kill");
    }

    @Test
    void a_directory_with_a_comma_is_refused_at_once() {
        assertThatThrownBy(() -> EmbeddedBroker.start(directory.resolve("a, b"), 0))
                .isInstanceOf(BrokerException.class)
                .hasMessageContaining("a, b")
                .hasMessageContaining("choose a folder without one (--home)");
        assertThat(directory.resolve("a, b")).doesNotExist();
    }

    @Test
    void a_directory_belongs_to_one_broker() {
        // Given
        try (var first = EmbeddedBroker.start(directory, 0)) {

            // When
            assertThatThrownBy(() -> EmbeddedBroker.start(directory, 0))

                    // Then
                    .isInstanceOf(BrokerException.class)
                    .hasMessageContaining("is used by another broker, process "
                            + ProcessHandle.current().pid());
            assertThat(first.port()).isPositive();
        }
    }

    @Test
    void a_port_that_is_taken_is_named() throws Exception {
        // Given
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            int taken = socket.getLocalPort();

            // When
            assertThatThrownBy(() -> EmbeddedBroker.start(directory, taken))

                    // Then
                    .isInstanceOf(BrokerException.class)
                    .hasMessageContaining("port " + taken);
        }
    }

    static void write(EmbeddedBroker broker, String value) throws Exception {
        Map<String, Object> settings = Map.of("bootstrap.servers", broker.bootstrapServers());
        try (var admin = Admin.create(settings);
                var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            admin.createTopics(List.of(new NewTopic("t", 1, (short) 1))).all().get(30, TimeUnit.SECONDS);
            producer.send(new ProducerRecord<>("t", value)).get(30, TimeUnit.SECONDS);
        }
    }

    private static String read(EmbeddedBroker broker) {
        Map<String, Object> settings = Map.of("bootstrap.servers", broker.bootstrapServers());
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.assign(List.of(new TopicPartition("t", 0)));
            consumer.seekToBeginning(consumer.assignment());
            for (int i = 0; i < 100; i++) {
                for (var record : consumer.poll(Duration.ofMillis(100))) {
                    return record.value();
                }
            }
            return "";
        }
    }
}
