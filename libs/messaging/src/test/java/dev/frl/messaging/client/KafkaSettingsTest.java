package dev.frl.messaging.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KafkaSettingsTest {
    @Test
    void a_host_without_an_address_may_have_one_later_and_a_wrong_address_stays_wrong() {
        assertThat(refusal("broker.invalid:9092")).matches(ClusterCheck::isUnresolved);
        assertThat(refusal("broker:port")).matches(e -> !ClusterCheck.isUnresolved(e));
    }

    private static KafkaException refusal(String servers) {
        return catchThrowableOfType(
                KafkaException.class,
                () -> Clients.admin(KafkaSettings.of(servers)).close());
    }

    @Test
    void variables_are_named_once_in_a_message_that_names_them() {
        var settings = KafkaSettings.from(Map.of(), Map.of("KAFKA_BOOTSTRAP_SERVERS", "broker:9092"));
        String once = settings.naming("wrong: bootstrap.servers");

        assertThat(once).isEqualTo("wrong: bootstrap.servers (KAFKA_BOOTSTRAP_SERVERS)");
        assertThat(settings.naming(once)).isEqualTo(once);
    }

    @Test
    void variables_and_properties_reach_the_clients_and_properties_win() {
        // Given
        var environment = Map.of(
                "KAFKA_BOOTSTRAP_SERVERS", "kafka:9092",
                "KAFKA_SECURITY_PROTOCOL", "SASL_SSL",
                "KAFKA_SASL_MECHANISM", "PLAIN");
        var properties = Map.of("kafka.sasl.mechanism", "SCRAM-SHA-512", "other.thing", "ignored");

        // When
        var settings = KafkaSettings.from(properties, environment);

        // Then
        assertThat(Clients.adminConfig(settings))
                .isEqualTo(Map.of(
                        "bootstrap.servers", "kafka:9092",
                        "security.protocol", "SASL_SSL",
                        "sasl.mechanism", "SCRAM-SHA-512"));
    }

    @Test
    void variables_that_only_share_the_prefix_are_left_alone() {
        // Given
        var environment = Map.of("KAFKA_PORT", "tcp://10.0.0.1:9092", "KAFKA_HEAP_OPTS", "-Xmx1g", "KAFKA_ACKS", "0");

        // When
        var settings = KafkaSettings.from(Map.of(), environment);

        // Then
        assertThat(Clients.adminConfig(settings)).isEqualTo(Map.of("bootstrap.servers", "localhost:9092"));
    }

    @Test
    void all_properties_that_cannot_be_are_named_at_once() {
        // Given
        var properties = Map.of("kafka.acks", "0", "kafka.sasl.mechansim", "PLAIN");

        // When
        assertThatThrownBy(() -> KafkaSettings.from(properties, Map.of()))

                // Then
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("kafka.acks is set by the pipeline itself; "
                        + "kafka.sasl.mechansim is not a setting of Kafka's clients");
    }

    @Test
    void no_secret_is_printed() {
        // Given
        var settings = KafkaSettings.from(
                Map.of("kafka.sasl.jaas.config", "password=hunter2", "kafka.ssl.key.password", "hunter2"), Map.of());

        // When
        String printed = settings.toString();

        // Then
        assertThat(printed).isEqualTo("KafkaSettings[localhost:9092, and [sasl.jaas.config, ssl.key.password]]");
    }

    @Test
    void a_setting_reaches_only_the_clients_that_know_it() {
        // Given
        var settings = KafkaSettings.from(
                Map.of(),
                Map.of(
                        "KAFKA_LINGER_MS", "5",
                        "KAFKA_FETCH_MAX_WAIT_MS", "100",
                        "KAFKA_SESSION_TIMEOUT_MS", "20000",
                        "KAFKA_MAX_POLL_RECORDS", "50",
                        "KAFKA_GROUP_INSTANCE_ID", "one",
                        "KAFKA_REQUEST_TIMEOUT_MS", "9000"));

        // When
        var producer = Clients.producerConfig(settings, "c");
        var consumer = Clients.consumerConfig(settings, "c", "g");
        var withoutGroup = Clients.consumerConfig(settings, "c", null);
        var share = Clients.shareConsumerConfig(settings, "c", "g");
        var admin = Clients.adminConfig(settings);

        // Then
        assertThat(ProducerConfig.configNames()).containsAll(producer.keySet());
        assertThat(ConsumerConfig.configNames()).containsAll(consumer.keySet()).containsAll(share.keySet());
        assertThat(AdminClientConfig.configNames()).containsAll(admin.keySet());
        assertThat(producer).containsEntry("linger.ms", "5").containsEntry("acks", "all");
        assertThat(consumer)
                .containsEntry("session.timeout.ms", "20000")
                .containsEntry("fetch.max.wait.ms", "100")
                .containsEntry("max.poll.records", "50")
                .containsEntry("group.instance.id", "one");
        assertThat(withoutGroup).doesNotContainKey("group.instance.id");
        assertThat(share)
                .doesNotContainKeys("session.timeout.ms", "group.instance.id")
                .containsEntry("fetch.max.wait.ms", "100")
                .containsEntry("max.poll.records", 1);
        assertThat(admin).containsEntry("request.timeout.ms", "9000").doesNotContainKey("session.timeout.ms");
    }

    /** Kafka does not publish this list; a new version may add to it. */
    @Test
    void the_settings_that_share_consumers_refuse_are_those_of_this_kafka_version() throws Exception {
        // Given
        var refused = Class.forName("org.apache.kafka.clients.consumer.ShareConsumerConfig")
                .getDeclaredField("SHARE_GROUP_UNSUPPORTED_CONFIGS");
        refused.setAccessible(true);

        // When
        var names = (List<?>) refused.get(null);

        // Then
        assertThat(KafkaSettings.Kind.SHARE_CONSUMER.refused()).isEqualTo(Set.copyOf(names));
    }

    @Test
    void a_share_consumer_starts_although_settings_are_given_that_it_refuses() {
        // Given
        var settings = KafkaSettings.from(
                Map.of(),
                Map.of(
                        "KAFKA_SESSION_TIMEOUT_MS", "20000",
                        "KAFKA_HEARTBEAT_INTERVAL_MS", "2000",
                        "KAFKA_AUTO_OFFSET_RESET", "latest",
                        "KAFKA_ISOLATION_LEVEL", "read_uncommitted",
                        "KAFKA_GROUP_INSTANCE_ID", "one"));

        // When
        try (var consumer = Clients.shareConsumer(settings, "test", "group")) {

            // Then
            assertThat(consumer.subscription()).isEmpty();
        }
    }

    @Test
    void wrong_values_name_their_variables_all_at_once_and_no_secret() {
        // Given
        var environment = Map.of(
                "KAFKA_SESSION_TIMEOUT_MS", "soon",
                "KAFKA_RETRIES", "-1",
                "KAFKA_SSL_KEY_PASSWORD", "hunter2",
                "KAFKA_FETCH_MIN_BYTES", "${file:a:b}");

        // When
        assertThatThrownBy(() -> KafkaSettings.from(Map.of("kafka.linger.ms", "x"), environment))

                // Then
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("KAFKA_RETRIES is -1: Value must be at least 0;"
                        + " KAFKA_SESSION_TIMEOUT_MS is soon: Not a number of type INT;"
                        + " kafka.linger.ms is x: Not a number of type LONG");
    }

    @Test
    void values_with_which_no_message_gets_through_are_refused_at_the_start() {
        assertThatThrownBy(() -> KafkaSettings.from(
                        Map.of(),
                        Map.of("KAFKA_BUFFER_MEMORY", "100", "KAFKA_MAX_BLOCK_MS", "0", "KAFKA_RETRIES", "9")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("KAFKA_BUFFER_MEMORY is 100: it must be at least ")
                .hasMessageEndingWith("KAFKA_MAX_BLOCK_MS is 0: it must be at least 1000 for the messages of frl");
    }

    /** Else the messages of one run would go to several partitions, and so to several controllers. */
    @Test
    void no_partitioner_of_others_reaches_a_producer() {
        // Given
        var environment = Map.of(
                "KAFKA_PARTITIONER_CLASS",
                "org.apache.kafka.clients.producer.RoundRobinPartitioner",
                "KAFKA_PARTITIONER_IGNORE_KEYS",
                "true");

        // When
        var settings = KafkaSettings.from(Map.of(), environment);

        // Then
        assertThat(Clients.producerConfig(settings, "test").keySet())
                .doesNotContain("partitioner.class", "partitioner.ignore.keys");
        assertThat(settings.unknown()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"KAFKA_PARTITION_ASSIGNMENT_STRATEGY", "KAFKA_INTERCEPTOR_CLASSES", "KAFKA_METRIC_REPORTERS"})
    void a_class_that_is_not_there_is_told_with_its_variable(String variable) {
        // Given
        var settings = KafkaSettings.from(Map.of(), Map.of(variable, "io.other.Product"));

        // When
        var error = catchThrowable(() -> Clients.consumer(settings, "test", null));

        // Then
        assertThat(settings.wrong(error)).contains("io.other.Product", "(" + variable + ")");
    }

    @Test
    void variables_without_effect_are_named() {
        // Given
        var settings = KafkaSettings.from(
                Map.of(), Map.of("KAFKA_ACKS", "0", "KAFKA_GROUP_ID", "g", "KAFKA_PORT", "1", "KAFKA_LINGER_MS", "1"));

        // When
        var names = settings.withoutEffect(Set.of("acks", "group.id", "isolation.level"));

        // Then
        assertThat(names).containsExactly("KAFKA_ACKS", "KAFKA_GROUP_ID");
    }

    @Test
    void a_message_of_kafka_is_followed_by_the_variables_that_it_is_about() {
        // Given
        var settings = KafkaSettings.from(
                Map.of("kafka.linger.ms", "1"),
                Map.of("KAFKA_DELIVERY_TIMEOUT_MS", "1", "KAFKA_REQUEST_TIMEOUT_MS", "5", "KAFKA_ACKS", "0"));

        // When
        String named = settings.naming("delivery.timeout.ms should be at least linger.ms with these acks");

        // Then
        assertThat(named)
                .isEqualTo("delivery.timeout.ms should be at least linger.ms with these acks"
                        + " (KAFKA_DELIVERY_TIMEOUT_MS, kafka.linger.ms)");
    }

    @Test
    void variables_of_kafkas_scripts_and_of_kubernetes_are_not_ours_and_a_wrong_name_is_told() {
        // Given
        var environment = new HashMap<String, String>();
        for (String name : List.of(
                "KAFKA_OPTS",
                "KAFKA_HEAP_OPTS",
                "KAFKA_LOG4J_OPTS",
                "KAFKA_HOME",
                "KAFKA_PORT",
                "KAFKA_SERVICE_HOST",
                "KAFKA_SERVICE_PORT",
                "KAFKA_SERVICE_PORT_CLIENTS",
                "KAFKA_PORT_9092_TCP",
                "KAFKA_PORT_9092_TCP_ADDR",
                "KAFKA_PORT_9092_TCP_PROTO",
                "KAFKA_BOOTSTRAP_SERVICE_HOST",
                "KAFKA_BOOTSTRAP_PORT_9092_TCP_PORT",
                "KAFKA_JMX_PORT",
                "KAFKA_NUM_STREAM_THREADS",
                "KAFKA_ACKS",
                "KAFKA_SSL_KEY_PASSWORD_FILE",
                "KAFKA_CONFIG_PROVIDERS",
                "KAFKA_LINGER_MS")) {
            environment.put(name, "1");
        }
        environment.put("KAFKA_SECURTIY_PROTOCOL", "SSL");

        // When
        var settings = KafkaSettings.from(Map.of(), environment);

        // Then
        assertThat(settings.unknown()).containsExactly("KAFKA_SECURTIY_PROTOCOL");
        assertThat(Clients.adminConfig(settings).keySet())
                .containsExactlyInAnyOrder("bootstrap.servers", "config.providers");
        assertThat(KafkaSettings.knownVariables()).contains("KAFKA_SECURITY_PROTOCOL", "KAFKA_SESSION_TIMEOUT_MS");
    }

    @Test
    void addresses_with_control_characters_are_refused_and_line_breaks_between_them_are_not() {
        for (var address : List.of("a\u001b[2J:9092", "a:9092,b\u009b:9092", "a:9092\nb:9092")) {
            assertThatThrownBy(() -> KafkaSettings.from(Map.of(), Map.of("KAFKA_BOOTSTRAP_SERVERS", address)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("control characters");
        }
        assertThat(KafkaSettings.from(Map.of(), Map.of("KAFKA_BOOTSTRAP_SERVERS", "a:9092,\n  b:9092\n"))
                        .bootstrapServers())
                .contains("a:9092", "b:9092");
    }

    @Test
    void an_address_with_a_password_is_refused_and_not_shown() {
        assertThatThrownBy(() -> KafkaSettings.from(
                        Map.of(), Map.of("KAFKA_BOOTSTRAP_SERVERS", "SASL_SSL://me:hunter2@kafka:9092")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("KAFKA_SASL_JAAS_CONFIG_FILE")
                .hasMessageNotContaining("hunter2");
        assertThat(KafkaSettings.secretVariables())
                .contains(
                        "KAFKA_SASL_JAAS_CONFIG",
                        "KAFKA_SSL_KEYSTORE_KEY",
                        "KAFKA_SSL_KEYSTORE_CERTIFICATE_CHAIN",
                        "KAFKA_SSL_TRUSTSTORE_CERTIFICATES",
                        "KAFKA_SSL_TRUSTSTORE_PASSWORD",
                        "KAFKA_SASL_OAUTHBEARER_CLIENT_CREDENTIALS_CLIENT_SECRET");
    }
}
