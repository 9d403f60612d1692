package dev.frl.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import dev.frl.broker.EmbeddedBroker;
import dev.frl.messaging.Topics;
import dev.frl.messaging.access.Right;
import dev.frl.messaging.access.Rights;
import dev.frl.messaging.access.Role;
import dev.frl.messaging.client.Clients;
import dev.frl.messaging.client.ClusterCheck;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.messaging.client.TopicAdmin;
import dev.frl.messaging.client.TopicAdmin.Layout;
import dev.frl.service.StandardTopics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Brokers that let in users only, and allow each what {@link Rights} gives its role. */
@Timeout(600)
class AccessTest {
    private static final Duration LIMIT = Duration.ofMinutes(4);

    /** Used only when work fails, in a second delivery, or by {@code frl trainer --once}. */
    private static final List<String> RARE = List.of(
            "TOPIC dlq.",
            "WRITE TOPIC frl.work-failures",
            "WRITE TOPIC frl.work-progress", // of work that takes longer than a few seconds
            "WRITE TOPIC frl.run-assignments", // of a trainer: a run that it declines
            "WRITE TOPIC frl.spec-rejections",
            "WRITE TOPIC frl.command-answers",
            "READ TOPIC frl.run-status",
            "READ TOPIC frl.experiment-status",
            "READ TOPIC frl.spec-rejections");

    private static final KeyPair KEYS = keys();
    private static final String SIGNING_KEY =
            Base64.getEncoder().encodeToString(KEYS.getPrivate().getEncoded());
    private static final String TRUSTED_KEY =
            Base64.getEncoder().encodeToString(KEYS.getPublic().getEncoded());

    private static KeyPair keys() {
        try {
            return KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    @TempDir
    Path home;

    private final Topics topics = StandardTopics.create();
    private EmbeddedBroker broker;
    private Processes processes;
    private HttpServer traces;

    @BeforeEach
    void start() {
        AskedRights.forget();
        var users = Stream.of(Role.values())
                .map(role -> String.format(Locale.ROOT, "user_frl-%s=\"%s\"", role.label(), password(role.label())))
                .collect(Collectors.joining(" "));
        broker = EmbeddedBroker.start(
                home.resolve("broker"),
                0,
                Map.of(
                        "listener.security.protocol.map",
                        "CLIENTS:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT",
                        "sasl.enabled.mechanisms",
                        "PLAIN",
                        "sasl.mechanism.inter.broker.protocol",
                        "PLAIN",
                        "listener.name.clients.plain.sasl.jaas.config",
                        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"broker\""
                                + " password=\"broker-pw\" user_broker=\"broker-pw\" " + users + ";",
                        "authorizer.class.name",
                        AskedRights.class.getName(),
                        "super.users",
                        "User:broker;User:ANONYMOUS"));
        processes = new Processes(home);
    }

    @AfterEach
    void stop() throws Exception {
        processes.close();
        broker.close();
        if (traces != null) {
            traces.stop(0);
        }
    }

    @Test
    void every_service_does_its_work_with_its_own_rights_needs_all_of_them_and_no_other() throws Exception {
        // Given
        grantAll();
        TopicAdmin.create(settings("frl-admin"), topics, new Layout(2, 1, Duration.ofSeconds(5)));
        traces = receiver();
        for (var service : List.of("controller", "trainer", "attacker", "recorder")) {
            start(service);
        }
        var refused = environment("frl-recorder", password("recorder"));
        refused.put("FRL_HOME", home.resolve("recorder-of-mlflow").toString());
        refused.put(
                "MLFLOW_TRACKING_URI", "http://127.0.0.1:" + traces.getAddress().getPort());
        refused.put("MLFLOW_TRACKING_TOKEN", "mlflow-token");
        processes.start("recorder-of-mlflow", "dev.frl.recorder.RecorderMain", refused);
        var store = environment("frl-trainer", password("trainer"));
        store.put("FRL_CHECKPOINTS", "s3://bucket/prefix");
        store.put("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1");
        store.put("AWS_ACCESS_KEY_ID", "s3-key-id");
        store.put("AWS_SECRET_ACCESS_KEY", "s3-secret");
        store.put("AWS_SESSION_TOKEN", "s3-token");
        processes.start("trainer-of-s3", "dev.frl.trainer.TrainerMain", store);

        // When
        try (var watch = new Watch(settings("frl-cli"), topics)) {
            publish(settings("frl-cli"));
            watch.untilAllHaveFinished(2, LIMIT);
        }

        // Then
        for (var role : List.of(Role.CONTROLLER, Role.TRAINER, Role.ATTACKER, Role.RECORDER, Role.CLI, Role.ADMIN)) {
            String user = "frl-" + role.label();
            assertThat(AskedRights.denied(user).stream().filter(AccessTest::counts))
                    .as("denied to " + user)
                    .isEmpty();
        }
        for (var role : List.of(Role.CONTROLLER, Role.TRAINER, Role.ATTACKER, Role.RECORDER)) {
            var unused = granted(role);
            AskedRights.allowed("frl-" + role.label())
                    .forEach(used -> unused.removeIf(right -> used.startsWith(right)
                            || (right.endsWith("-") && used.startsWith(right.substring(0, right.length() - 1)))));
            unused.removeIf(right -> RARE.stream().anyMatch(right::contains));
            assertThat(unused)
                    .as("rights of " + role.label() + " that it does not use")
                    .isEmpty();
        }

        // When: people ask, and `frl doctor` tries what it may not
        var asked = new ArrayList<Process>();
        for (String command : List.of("doctor", "list", "status", "report")) {
            var environment = environment("frl-cli", password("cli"));
            environment.put("MLFLOW_TRACKING_URI", "http://me:mlflow-pw@127.0.0.1:1");
            environment.put("FRL_HOME", home.resolve("cli").toString());
            asked.add(processes.start("frl-" + command, "dev.frl.cli.FrlMain", environment, command));
        }
        for (var process : asked) {
            assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
        }

        // Then
        assertThat(log("frl-list")).contains("access");
        assertThat(log("frl-doctor")).contains("User:frl-cli has those of cli");
        assertThat(log("trainer-of-s3")).contains("s3://bucket/prefix");
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(log("recorder-of-mlflow")).contains("401"));
        assertThat(home.resolve("traces")).isNotEmptyFile();
        assertThat(filesWith(List.of(
                        "pw-of-",
                        "mlflow-pw",
                        "mlflow-token",
                        "s3-secret",
                        "s3-token",
                        "trace-token",
                        SIGNING_KEY.substring(SIGNING_KEY.length() / 2))))
                .as("files with a secret")
                .isEmpty();
    }

    @Test
    void a_user_is_refused_what_it_has_no_business_with_and_one_without_credentials_gets_nothing() throws Exception {
        // Given
        grantAll();
        TopicAdmin.create(settings("frl-admin"), topics, Layout.SINGLE);

        // Then
        var foreign = Map.of(
                "frl-trainer", topics.runLog.name(),
                "frl-attacker", topics.epochTrained.name(),
                "frl-recorder", topics.experimentSpecs.name(),
                "frl-cli", topics.runAssignments.name(),
                "frl-admin", topics.runLog.name());
        for (var user : foreign.entrySet()) {
            try (var producer = Clients.producer(settings(user.getKey()), "test")) {
                assertThat(producer.send(new ProducerRecord<>(user.getValue(), "key", new byte[1])))
                        .as(user.toString())
                        .failsWithin(Duration.ofSeconds(60))
                        .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                        .withCauseInstanceOf(AuthorizationException.class);
            }
        }
        try (var consumer = Clients.shareConsumer(settings("frl-trainer"), "test", Topics.ATTACKERS)) {
            consumer.subscribe(List.of(topics.attackShards.name()));
            assertThatThrownBy(() -> {
                        while (true) {
                            consumer.poll(Duration.ofSeconds(1));
                        }
                    })
                    .isInstanceOf(AuthorizationException.class);
        }
        assertThatThrownBy(() ->
                        ClusterCheck.awaitReady(KafkaSettings.of(broker.bootstrapServers()), topics, Role.TRAINER))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(
                        "wants SASL (PLAIN): KAFKA_SECURITY_PROTOCOL is PLAINTEXT; set it to SASL_PLAINTEXT");
        assertThatThrownBy(() -> ClusterCheck.awaitReady(
                        KafkaSettings.from(Map.of(), environment("frl-trainer", "wrong")), topics, Role.TRAINER))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("refuses User:frl-trainer")
                .hasMessageContaining("KAFKA_SASL_JAAS_CONFIG")
                .hasMessageNotContaining("wrong\"");
    }

    @Test
    void a_service_that_lacks_a_right_names_it_and_the_command_and_ends() throws Exception {
        // Given
        grantAll();
        TopicAdmin.create(settings("frl-admin"), topics, Layout.SINGLE);
        revoke("frl-trainer", "WRITE TOPIC frl.epoch-trained");
        revoke("frl-attacker", "READ GROUP frl-attackers");
        revoke("frl-recorder", "READ TOPIC frl.run-log");
        revoke("frl-controller", "WRITE TRANSACTIONAL_ID frl-fairness-controller-");
        String at = String.format(
                Locale.ROOT, "kafka-acls.sh --bootstrap-server %s --add --allow-principal ", broker.bootstrapServers());

        // When
        for (var service : List.of("controller", "trainer", "attacker", "recorder")) {
            start(service);
        }

        // Then
        assertEnds(
                "trainer",
                "User:frl-trainer lacks Write on topic frl.epoch-trained",
                at + "User:frl-trainer --operation Write --topic frl.epoch-trained");
        assertEnds(
                "attacker",
                "User:frl-attacker lacks Read on group frl-attackers",
                at + "User:frl-attacker --operation Read --group frl-attackers");
        assertEnds(
                "recorder",
                "User:frl-recorder lacks Read on topic frl.run-log",
                at + "User:frl-recorder --operation Read --topic frl.run-log");
        assertEnds(
                "controller",
                "User:frl-controller lacks Write on transactional id frl-fairness-controller-…",
                at
                        + "User:frl-controller --operation Write --transactional-id frl-fairness-controller- --resource-pattern-type prefixed");
    }

    /** As an administrator makes them who knows only the topics whose names begin with frl. */
    @Test
    void a_controller_without_the_changelogs_of_its_stores_waits_and_says_so() throws Exception {
        // Given
        grantAll();
        TopicAdmin.create(settings("frl-admin"), topics, Layout.SINGLE);
        try (var admin = Clients.admin(settings("broker", "broker-pw"))) {
            admin.deleteTopics(List.of("frl-fairness-controller-run-facts-changelog"))
                    .all()
                    .get();
        }

        // When
        start("controller");

        // Then
        await().atMost(LIMIT)
                .untilAsserted(() -> assertThat(log("controller"))
                        .contains(
                                "waiting: ",
                                "frl-fairness-controller-run-facts-changelog",
                                "frl topics create --bootstrap"));
        assertThat(processes.named("controller").isAlive()).isTrue();
    }

    /** Brokers look for the cluster's right to write or to create first, and then for the topic's; a service looks which topics there are. */
    private static boolean counts(String denied) {
        return !denied.startsWith("DESCRIBE TOPIC ")
                && !denied.startsWith("IDEMPOTENT_WRITE CLUSTER ")
                && !denied.startsWith("CREATE CLUSTER ")
                && !denied.endsWith(" hardcode");
    }

    /** Takes traces, and refuses what is asked of MLflow. */
    private HttpServer receiver() throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            boolean trace = exchange.getRequestURI().getPath().equals("/v1/traces");
            byte[] body = exchange.getRequestBody().readAllBytes();
            if (trace) {
                Files.write(home.resolve("traces"), body, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            }
            exchange.sendResponseHeaders(trace ? 200 : 401, -1);
            exchange.close();
        });
        server.start();
        return server;
    }

    /** Logs, statuses, records of runs, traces, and the brokers' own files with all messages. */
    private List<String> filesWith(List<String> secrets) throws Exception {
        var found = new ArrayList<String>();
        try (var files = Files.walk(home)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                String text = Files.readString(file, StandardCharsets.ISO_8859_1);
                if (secrets.stream().anyMatch(text::contains)) {
                    found.add(home.relativize(file).toString());
                }
            }
        }
        return found;
    }

    private void assertEnds(String service, String... words) throws Exception {
        var process = processes.named(service);
        assertThat(process.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS))
                .as(log(service))
                .isTrue();
        assertThat(process.exitValue()).as(log(service)).isEqualTo(1);
        assertThat(log(service).lines())
                .last()
                .asString()
                .startsWith("frl " + service + ": ")
                .contains(words);
        assertThat(log(service)).doesNotContain("\tat ");
    }

    private void start(String service) throws Exception {
        String main = String.format(
                Locale.ROOT,
                "dev.frl.%s.%sMain",
                service,
                service.substring(0, 1).toUpperCase(Locale.ROOT) + service.substring(1));
        var environment = environment("frl-" + service, password(service));
        environment.put("FRL_HOME", home.resolve(service).toString());
        environment.put("FRL_CHECKPOINTS", home.resolve("checkpoints").toString());
        environment.put("FRL_THREADS", "1");
        environment.put("FRL_CHECKPOINT_SIGNING_KEY", SIGNING_KEY);
        environment.put("FRL_CHECKPOINT_TRUSTED_KEYS", TRUSTED_KEY);
        if (traces != null) {
            environment.put(
                    "OTEL_EXPORTER_OTLP_ENDPOINT",
                    "http://127.0.0.1:" + traces.getAddress().getPort());
            environment.put("OTEL_EXPORTER_OTLP_HEADERS", "Authorization=trace-token");
        }
        processes.start(service, main, environment);
    }

    private void publish(KafkaSettings kafka) throws Exception {
        ClusterCheck.requireReady(kafka, topics, Role.CLI);
        try (var producer = Clients.producer(kafka, "test")) {
            producer.send(topics.experimentSpecs.record(
                            "access", Specs.mixture("access").getBytes(StandardCharsets.UTF_8)))
                    .get();
        }
    }

    private void grantAll() throws Exception {
        var bindings = new ArrayList<AclBinding>();
        for (var role : Role.values()) {
            Rights.of(role, topics)
                    .forEach(right -> right.operations()
                            .forEach(operation -> bindings.add(binding("frl-" + role.label(), right, operation))));
        }
        try (var admin = Clients.admin(settings("broker", "broker-pw"))) {
            admin.createAcls(bindings).all().get();
        }
    }

    private void revoke(String user, String line) throws Exception {
        var role = Role.of(user.substring("frl-".length()));
        var filters = Rights.of(role, topics).stream()
                .flatMap(right -> right.operations().stream()
                        .filter(operation -> line(operation, right).equals(line))
                        .map(operation -> binding(user, right, operation).toFilter()))
                .toList();
        assertThat(filters).as(line).hasSize(1);
        try (var admin = Clients.admin(settings("broker", "broker-pw"))) {
            admin.deleteAcls(filters).all().get();
        }
    }

    private static AclBinding binding(String user, Right right, AclOperation operation) {
        return new AclBinding(
                new ResourcePattern(right.type(), right.name(), right.pattern()),
                new AccessControlEntry("User:" + user, "*", operation, AclPermissionType.ALLOW));
    }

    private TreeSet<String> granted(Role role) {
        var lines = new TreeSet<String>();
        Rights.of(role, topics)
                .forEach(right -> right.operations().forEach(operation -> lines.add(line(operation, right))));
        return lines;
    }

    private static String line(AclOperation operation, Right right) {
        ResourceType type = right.type();
        return String.format(Locale.ROOT, "%s %s %s", operation, type, right.name());
    }

    private KafkaSettings settings(String user) {
        return settings(user, password(user.substring("frl-".length())));
    }

    private KafkaSettings settings(String user, String password) {
        return KafkaSettings.from(Map.of(), environment(user, password));
    }

    private Map<String, String> environment(String user, String password) {
        return new HashMap<>(Map.of(
                "KAFKA_BOOTSTRAP_SERVERS",
                broker.bootstrapServers(),
                "KAFKA_SECURITY_PROTOCOL",
                "SASL_PLAINTEXT",
                "KAFKA_SASL_MECHANISM",
                "PLAIN",
                "KAFKA_SASL_JAAS_CONFIG",
                String.format(
                        Locale.ROOT,
                        "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"%s\" password=\"%s\";",
                        user,
                        password)));
    }

    private static String password(String role) {
        return "pw-of-" + role;
    }

    private String log(String name) throws Exception {
        return Files.readString(home.resolve(name + ".log"));
    }
}
