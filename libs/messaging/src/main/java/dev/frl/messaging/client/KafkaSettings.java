package dev.frl.messaging.client;

import dev.frl.messaging.Topics;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.SaslConfigs;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Settings of all Kafka clients. Every client setting of Kafka can be given, TLS and SASL included: as a property such as
 * {@code kafka.security.protocol}, or as an environment variable such as {@code KAFKA_SECURITY_PROTOCOL}. Each client receives
 * the settings that its kind knows. A given setting wins over the pipeline's, except those that its correctness depends on.
 */
public final class KafkaSettings {
    public static final String DEFAULT_BOOTSTRAP_SERVERS = "localhost:9092";
    /** Prefix of the properties that hold client settings. */
    public static final String PROPERTY = "kafka.";

    private static final Logger LOG = LoggerFactory.getLogger(KafkaSettings.class);
    private static final String VARIABLE = "KAFKA_";
    private static final String BOOTSTRAP_SERVERS = "bootstrap.servers";
    private static final Pattern CONTROL = Pattern.compile("\\p{Cc}");
    private static final String PROVIDERS = "config.providers";
    private static final String ALLOWED_FILES = "org.apache.kafka.sasl.oauthbearer.allowed.files";
    private static final String ALLOWED_URLS = "org.apache.kafka.sasl.oauthbearer.allowed.urls";

    /** Variables of Kafka's scripts and images, and those that Kubernetes makes for a service whose name begins with kafka. */
    private static final Pattern FOREIGN = Pattern.compile(
            "KAFKA_(?:OPTS|HOME|DEBUG|DEBUG_SUSPEND_FLAG|JAVA_DEBUG_.*|DAEMON_MODE|HEAP_OPTS|LOG4J_.*|LOG_DIR|JMX_.*|GC_LOG_OPTS|JVM_PERFORMANCE_OPTS|VERSION|USER|DATA_DIR"
                    + "|CLUSTER_ID|(?:.*_)?SERVICE_(?:HOST|PORT)(?:_.*)?|(?:.*_)?PORT(?:_[0-9]+_(?:TCP|UDP)(?:_(?:PROTO|PORT|ADDR))?)?)");

    /** The pipeline's correctness depends on these, so users cannot set them. */
    private static final Set<String> OURS = Set.of(
            ProducerConfig.ACKS_CONFIG,
            ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG,
            ProducerConfig.TRANSACTIONAL_ID_CONFIG,
            ProducerConfig.KEY_SERIALIZER_CLASS_CONFIG,
            ProducerConfig.VALUE_SERIALIZER_CLASS_CONFIG,
            ProducerConfig.MAX_REQUEST_SIZE_CONFIG,
            // All messages of a run are in the partition of its key, or the controller would not know whose they are.
            ProducerConfig.PARTITIONER_CLASS_CONFIG,
            ProducerConfig.PARTITIONER_IGNORE_KEYS_CONFIG,
            ConsumerConfig.KEY_DESERIALIZER_CLASS_CONFIG,
            ConsumerConfig.VALUE_DESERIALIZER_CLASS_CONFIG,
            ConsumerConfig.GROUP_ID_CONFIG,
            // Its values differ between consumers and Kafka Streams.
            ConsumerConfig.GROUP_PROTOCOL_CONFIG,
            ConsumerConfig.ISOLATION_LEVEL_CONFIG,
            ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
            ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
            ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG,
            ConsumerConfig.SHARE_ACKNOWLEDGEMENT_MODE_CONFIG,
            ConsumerConfig.SHARE_ACQUIRE_MODE_CONFIG,
            "client.id");

    /** Lists of classes. */
    private static final Set<String> CLASSES = Set.of(
            ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
            ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG,
            CommonClientConfigs.METRIC_REPORTER_CLASSES_CONFIG);

    /** The least values with which messages get through; Kafka itself accepts less. */
    private static final Map<String, Long> LEAST = Map.of(
            ProducerConfig.BUFFER_MEMORY_CONFIG, 2L * Topics.MAX_BYTES, ProducerConfig.MAX_BLOCK_MS_CONFIG, 1000L);

    /** A kind of client, with the settings that it knows. */
    enum Kind {
        PRODUCER(ProducerConfig.configDef(), Set.of()),
        CONSUMER(ConsumerConfig.configDef(), Set.of()),
        /** KafkaShareConsumer throws if it is given one of the refused settings. */
        SHARE_CONSUMER(
                ConsumerConfig.configDef(),
                Set.of(
                        ConsumerConfig.AUTO_OFFSET_RESET_CONFIG,
                        ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                        ConsumerConfig.GROUP_INSTANCE_ID_CONFIG,
                        ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                        ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG,
                        ConsumerConfig.INTERCEPTOR_CLASSES_CONFIG,
                        ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG,
                        ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
                        ConsumerConfig.GROUP_PROTOCOL_CONFIG,
                        ConsumerConfig.GROUP_REMOTE_ASSIGNOR_CONFIG)),
        ADMIN(AdminClientConfig.configDef(), Set.of());

        private final ConfigDef known;
        private final Set<String> refused;

        Kind(ConfigDef known, Set<String> refused) {
            this.known = known;
            this.refused = refused;
        }

        boolean takes(String name) {
            return name.startsWith(PROVIDERS) || (known.names().contains(name) && !refused.contains(name));
        }

        Set<String> refused() {
            return refused;
        }
    }

    private static final Set<String> KNOWN = Stream.of(Kind.values())
            .flatMap(kind -> kind.known.names().stream())
            .collect(Collectors.toUnmodifiableSet());

    /**
     * Settings of Kafka Streams, which is not here: the environment of the controller is often that of all services. A test of the
     * controller compares.
     */
    public static final Set<String> STREAMS = Set.of(
            "acceptable.recovery.lag",
            "allow.os.group.write.access",
            "application.id",
            "application.server",
            "buffered.records.per.partition",
            "built.in.metrics.version",
            "cache.max.bytes.buffering",
            "commit.interval.ms",
            "default.client.supplier",
            "default.deserialization.exception.handler",
            "default.dsl.store",
            "default.interactive.query.isolation.level",
            "default.key.serde",
            "default.list.key.serde.inner",
            "default.list.key.serde.type",
            "default.list.value.serde.inner",
            "default.list.value.serde.type",
            "default.production.exception.handler",
            "default.timestamp.extractor",
            "default.value.serde",
            "deserialization.exception.handler",
            "dsl.store.format",
            "dsl.store.suppliers.class",
            "enable.transactional.statestores",
            "ensure.explicit.internal.resource.naming",
            "errors.dead.letter.queue.topic.name",
            "log.summary.interval.ms",
            "max.task.idle.ms",
            "max.warmup.replicas",
            "num.standby.replicas",
            "num.stream.threads",
            "poll.ms",
            "probing.rebalance.interval.ms",
            "processing.exception.handler",
            "processing.exception.handler.global.enabled",
            "processing.guarantee",
            "processor.wrapper.class",
            "production.exception.handler",
            "rack.aware.assignment.non_overlap_cost",
            "rack.aware.assignment.strategy",
            "rack.aware.assignment.tags",
            "rack.aware.assignment.traffic_cost",
            "repartition.purge.interval.ms",
            "replication.factor",
            "rocksdb.config.setter",
            "state.cleanup.delay.ms",
            "state.cleanup.dir.max.age.ms",
            "state.dir",
            "statestore.cache.max.bytes",
            "statestore.uncommitted.max.bytes",
            "task.assignor.class",
            "task.timeout.ms",
            "topology.description.push.enabled",
            "topology.optimization",
            "upgrade.from",
            "window.size.ms",
            "windowed.inner.class.serde",
            "windowstore.changelog.additional.retention.ms");

    /** By Kafka's name. */
    private final Map<String, String> settings;
    /** Kafka's name of each setting by the name under which it was given; without the addresses' default. */
    private final Map<String, String> sources;
    /** Variables with the prefix, known or not: applications such as Kafka Streams know more. */
    private final Map<String, String> variables;

    private KafkaSettings(Map<String, String> settings, Map<String, String> sources, Map<String, String> variables) {
        this.settings = Map.copyOf(settings);
        this.sources = Map.copyOf(sources);
        this.variables = Map.copyOf(variables);
    }

    /** Settings with only an address. */
    public static KafkaSettings of(String bootstrapServers) {
        return new KafkaSettings(Map.of(BOOTSTRAP_SERVERS, bootstrapServers), Map.of(), Map.of());
    }

    /**
     * Reads the configuration.
     *
     * @param properties of which those with the prefix {@code kafka.} count; they win over variables
     * @param environment variables named {@code KAFKA_} and a client setting in capitals. Others are ignored, since Kubernetes
     *     and Kafka's own scripts use the prefix too.
     * @throws IllegalArgumentException listing all properties that are not a client setting or that the pipeline sets itself,
     *     and all properties and variables with wrong values
     */
    public static KafkaSettings from(Map<String, String> properties, Map<String, String> environment) {
        var settings = new HashMap<String, String>();
        var sources = new HashMap<String, String>();
        settings.put(BOOTSTRAP_SERVERS, DEFAULT_BOOTSTRAP_SERVERS);
        var variables = environment.entrySet().stream()
                .filter(e -> e.getKey().startsWith(VARIABLE) && !e.getValue().isBlank())
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        for (String name : KNOWN) {
            String value = variables.get(variable(name));
            if (value != null && !OURS.contains(name)) {
                settings.put(name, value);
                sources.put(variable(name), name);
            }
        }
        List<String> problems = new ArrayList<>();
        new TreeMap<>(properties).forEach((key, value) -> {
            if (key.startsWith(PROPERTY)) {
                String name = key.substring(PROPERTY.length());
                if (OURS.contains(name)) {
                    problems.add(key + " is set by the pipeline itself");
                } else if (!KNOWN.contains(name) && !name.startsWith(PROVIDERS + ".")) {
                    problems.add(key + " is not a setting of Kafka's clients");
                } else {
                    settings.put(name, value);
                    sources.remove(variable(name));
                    sources.put(key, name);
                }
            }
        });
        new TreeMap<>(sources)
                .forEach((source, name) -> Stream.of(Kind.values())
                        .flatMap(kind -> problem(kind.known, name, settings.getOrDefault(name, ""), source).stream())
                        .findFirst()
                        .ifPresent(problems::add));
        if (settings.getOrDefault(BOOTSTRAP_SERVERS, "").contains("@")) {
            problems.clear(); // they may show the address
            problems.add(
                    "the addresses of the brokers contain an @; user and password belong into KAFKA_SASL_JAAS_CONFIG or KAFKA_SASL_JAAS_CONFIG_FILE, and addresses are HOST:PORT");
        }
        var servers = settings.getOrDefault(BOOTSTRAP_SERVERS, "").strip().replaceAll("\\s*,\\s*", ",");
        if (CONTROL.matcher(servers).find()) {
            problems.add(
                    "the addresses of the brokers contain control characters; they are HOST:PORT, with commas between them");
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        return new KafkaSettings(settings, sources, variables);
    }

    /** What is wrong with a value. Values of passwords are not shown. */
    private static Optional<String> problem(ConfigDef known, String name, String value, String source) {
        var key = known.configKeys().get(name);
        if (key == null || value.contains("${")) { // a provider of settings gives this value later
            return Optional.empty();
        }
        try {
            Object parsed = ConfigDef.parseType(name, value, key.type());
            if (key.validator != null) {
                key.validator.ensureValid(name, parsed);
            }
            Long least = LEAST.get(name);
            return least != null && parsed instanceof Long given && given < least
                    ? Optional.of(String.format(
                            Locale.ROOT,
                            "%s is %s: it must be at least %d for the messages of frl",
                            source,
                            value,
                            least))
                    : Optional.empty();
        } catch (ConfigException e) {
            String message = String.valueOf(e.getMessage());
            String intro = " for configuration " + name + ": ";
            int at = message.indexOf(intro);
            String why = at < 0 ? message : message.substring(at + intro.length());
            return Optional.of(
                    key.type() == ConfigDef.Type.PASSWORD
                            ? source + " has a wrong value"
                            : String.format(Locale.ROOT, "%s is %s: %s", source, value, why));
        }
    }

    /** Variables whose values are secrets: passwords, keys, and what holds them. */
    public static List<String> secretVariables() {
        return Stream.of(Kind.values())
                .flatMap(kind -> kind.known.configKeys().values().stream())
                .filter(key -> key.type() == ConfigDef.Type.PASSWORD)
                .map(key -> variable(key.name))
                .distinct()
                .sorted()
                .toList();
    }

    /** Name of the environment variable for a setting. */
    private static String variable(String name) {
        return VARIABLE + name.toUpperCase(Locale.ROOT).replace('.', '_');
    }

    private static String setting(String variable) {
        return variable.substring(VARIABLE.length()).toLowerCase(Locale.ROOT).replace('_', '.');
    }

    public String bootstrapServers() {
        return settings.getOrDefault(BOOTSTRAP_SERVERS, DEFAULT_BOOTSTRAP_SERVERS);
    }

    /** The value of a setting that was given, perhaps a secret. */
    Optional<String> value(String name) {
        return Optional.ofNullable(settings.get(name));
    }

    /**
     * Settings of a client, secrets included. A new map.
     *
     * @param defaults the pipeline's choices; given settings win
     * @param fixed the pipeline's choices that win over given settings
     */
    Map<String, Object> config(Kind kind, Map<String, Object> defaults, Map<String, Object> fixed) {
        var config = new HashMap<>(defaults);
        settings.forEach((name, value) -> {
            if (kind.takes(name)) {
                config.put(name, value);
            }
        });
        config.putAll(fixed);
        oauth(config);
        return config;
    }

    /**
     * What a token endpoint needs beside its address. Kafka's default would make unsigned tokens, which no real broker takes, and it
     * asks only addresses that a system property lists.
     */
    private void oauth(Map<String, Object> config) {
        String endpoint = settings.get(SaslConfigs.SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL);
        if (endpoint == null || !"OAUTHBEARER".equals(settings.get(SaslConfigs.SASL_MECHANISM))) {
            return;
        }
        config.putIfAbsent(
                SaslConfigs.SASL_LOGIN_CALLBACK_HANDLER_CLASS,
                "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler");
        config.putIfAbsent(
                SaslConfigs.SASL_JAAS_CONFIG,
                "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;");
        var urls =
                new LinkedHashSet<>(List.of(System.getProperty(ALLOWED_URLS, "").split(",")));
        urls.remove("");
        for (String name : List.of(
                SaslConfigs.SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL, SaslConfigs.SASL_OAUTHBEARER_JWKS_ENDPOINT_URL)) {
            value(name).ifPresent(urls::add);
        }
        System.setProperty(ALLOWED_URLS, String.join(",", urls));
        var files = new LinkedHashSet<>(
                List.of(System.getProperty(ALLOWED_FILES, "").split(",")));
        files.remove("");
        settings.forEach((name, value) -> {
            if (name.startsWith("sasl.oauthbearer.") && name.endsWith(".file")) {
                files.add(value);
            }
        });
        if (endpoint.startsWith("file:")) {
            files.add(Path.of(URI.create(endpoint)).toString());
        }
        if (!files.isEmpty()) {
            System.setProperty(ALLOWED_FILES, String.join(",", files));
        }
    }

    /**
     * Settings of an application such as Kafka Streams, which has settings of its own and passes others to its clients,
     * secrets included. A new map.
     *
     * @param known settings of the application
     * @param ours settings of the application that users cannot set
     * @param consumer adds the prefix of a consumer's setting to its name, {@code producer} and {@code admin} likewise
     * @throws IllegalArgumentException listing all variables with wrong values
     */
    public Map<String, Object> applicationConfig(
            ConfigDef known,
            Set<String> ours,
            UnaryOperator<String> consumer,
            UnaryOperator<String> producer,
            UnaryOperator<String> admin) {
        var config = new HashMap<String, Object>();
        var clients = Map.of(Kind.CONSUMER, consumer, Kind.PRODUCER, producer, Kind.ADMIN, admin);
        settings.forEach((name, value) -> {
            if (known.names().contains(name) || name.startsWith(PROVIDERS)) {
                config.put(name, value); // the application passes it to its clients
                return;
            }
            clients.forEach((kind, prefix) -> {
                if (kind.takes(name)) {
                    config.put(prefix.apply(name), value);
                }
            });
        });
        var problems = new ArrayList<String>();
        for (String name : new TreeSet<>(known.names())) {
            String value = variables.get(variable(name));
            if (value != null && !OURS.contains(name) && !ours.contains(name)) {
                problem(known, name, value, variable(name)).ifPresent(problems::add);
                config.putIfAbsent(name, value); // a property wins
            }
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", problems));
        }
        oauth(config);
        return config;
    }

    /** Logs a warning that names the given variables of settings that the pipeline chooses itself. */
    public void warnWithoutEffect() {
        warnWithoutEffect(OURS);
    }

    /** The same for the settings with these names. */
    public void warnWithoutEffect(Set<String> names) {
        var without = withoutEffect(names);
        if (!without.isEmpty()) {
            LOG.atWarn()
                    .addKeyValue("variables", without)
                    .log(
                            "variables without effect: the pipeline's correctness depends on these settings, so it chooses them itself");
        }
    }

    /**
     * Logs a warning for each variable with the prefix that no client knows.
     *
     * @param nearest names like this one, the nearest first
     */
    public void warnUnknown(Function<String, List<String>> nearest) {
        for (String name : unknown()) {
            var near = nearest.apply(name);
            LOG.atWarn()
                    .addKeyValue("variable", name)
                    .log(
                            near.isEmpty()
                                    ? "this variable is no setting of Kafka's clients, and has no effect"
                                    : "this variable is no setting of Kafka's clients, and has no effect; did you mean "
                                            + near.get(0) + "?");
        }
    }

    /** Variables with the prefix that no client knows, without those of Kafka's own scripts and of Kubernetes' links to services. */
    public List<String> unknown() {
        var known = Stream.of(KNOWN, OURS, STREAMS)
                .flatMap(Set::stream)
                .map(KafkaSettings::variable)
                .collect(Collectors.toSet());
        var secrets = secretVariables().stream().map(name -> name + "_FILE").collect(Collectors.toSet());
        return variables.keySet().stream()
                .filter(name -> !known.contains(name)
                        && !secrets.contains(name)
                        && !name.startsWith(variable(PROVIDERS))
                        && !FOREIGN.matcher(name).matches())
                .sorted()
                .toList();
    }

    /** Names of all variables that clients know. */
    public static List<String> knownVariables() {
        return Stream.concat(KNOWN.stream(), STREAMS.stream())
                .map(KafkaSettings::variable)
                .distinct()
                .sorted()
                .toList();
    }

    List<String> withoutEffect(Set<String> names) {
        return names.stream()
                .map(KafkaSettings::variable)
                .filter(variables::containsKey)
                .sorted()
                .toList();
    }

    /** What Kafka finds wrong in the settings of a client, in one line with the names of the variables. */
    public String wrong(Throwable error) {
        var said = new ArrayList<String>();
        for (Throwable e = error; e != null && said.size() < 10; e = e.getCause()) {
            String message = e.getMessage() == null ? e.toString() : e.getMessage();
            if (!message.startsWith("Failed to construct") && !message.startsWith("Failed to create new")) {
                said.add(message.replaceAll("\\s+", " ").strip());
            }
        }
        said.removeIf(message -> said.stream().anyMatch(other -> !other.equals(message) && other.contains(message)));
        String all = said.isEmpty() ? String.valueOf(error.getMessage()) : String.join(": ", new LinkedHashSet<>(said));
        return ConnectionTrouble.of(error, this).orElseGet(() -> naming(all));
    }

    /** A message of Kafka, with the names of the variables that set what it mentions. */
    public String naming(String message) {
        var named = new TreeSet<String>();
        sources.forEach((source, name) -> {
            if (message.contains(name) || mentionsValue(message, name)) {
                named.add(source);
            }
        });
        variables.keySet().stream()
                .filter(variable -> message.contains(setting(variable)) && !OURS.contains(setting(variable)))
                .forEach(named::add);
        String names = " (" + String.join(", ", named) + ")";
        return named.isEmpty() || message.endsWith(names) ? message : message + names;
    }

    /** Kafka's words about a file or a class that it does not find name only that. */
    private boolean mentionsValue(String message, String name) {
        String value = settings.getOrDefault(name, "");
        boolean named = name.endsWith(".location")
                || Stream.of(Kind.values())
                        .map(kind -> kind.known.configKeys().get(name))
                        .anyMatch(key -> key != null && (key.type() == ConfigDef.Type.CLASS || CLASSES.contains(name)));
        return named && Stream.of(value.split("\\s*,\\s*")).anyMatch(v -> !v.isBlank() && isIn(message, v));
    }

    private static boolean isIn(String message, String value) {
        return Pattern.compile("(?<![\\w.])" + Pattern.quote(value) + "(?![\\w])")
                .matcher(message)
                .find();
    }

    /** The address and the names of the other settings, without their values: they may be secrets. */
    @Override
    public String toString() {
        var names = new TreeSet<>(settings.keySet());
        names.remove(BOOTSTRAP_SERVERS);
        return String.format(
                Locale.ROOT, "KafkaSettings[%s%s]", bootstrapServers(), names.isEmpty() ? "" : ", and " + names);
    }
}
