package dev.frl.broker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
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
                    .isInstanceOfSatisfying(
                            BrokerException.class, e -> assertThat(e.isInUse()).isTrue())
                    .hasMessageContaining("is used by another broker, process "
                            + ProcessHandle.current().pid());
            assertThat(first.port()).isPositive();
        }
    }

    @Test
    void what_lies_where_kafkas_files_must_be_is_named_with_what_to_do() throws Exception {
        // Given
        var file = Files.writeString(directory.resolve("file"), "");
        var link = Files.createSymbolicLink(directory.resolve("link"), directory.resolve("nowhere"));
        var broker = Files.createDirectory(directory.resolve("broker"));
        Files.writeString(broker.resolve("kafka"), "");

        // When, Then
        for (var place : List.of(file, link, broker)) {
            assertThatThrownBy(() -> EmbeddedBroker.start(place, 0))
                    .isInstanceOfSatisfying(
                            BrokerException.class, e -> assertThat(e.isInUse()).isFalse())
                    .hasMessageContaining(place.toString())
                    .hasMessageContaining("move");
        }
    }

    @Test
    void the_end_of_a_broker_that_cannot_write_says_where_and_why() throws Exception {
        // Given
        var gone = directory.resolve("gone");
        BrokerHalt.watch(gone);

        // When
        String reason = BrokerHalt.reason("Shutdown broker because\nall log dirs have failed");
        BrokerHalt.forget(gone);

        // Then
        assertThat(reason)
                .contains("because all log dirs have failed", gone + "/.writable does not exist: ", "start it again");
        assertThat(BrokerHalt.reason(null)).contains("its log has the cause");
    }

    @Test
    void a_machine_whose_programs_cannot_connect_to_each_other_is_told_at_once() throws Exception {
        // Given: an address of no machine, as 127.0.0.1 is while the interface lo is down
        var nowhere = InetAddress.getByName("192.0.2.1");

        // When, Then
        assertThatThrownBy(() -> EmbeddedBroker.requireLoopback(nowhere))
                .isInstanceOf(BrokerException.class)
                .hasMessageContaining("192.0.2.1")
                .hasMessageContaining("ip link set lo up");
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
