package dev.frl.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.fuzz.Mutations;
import dev.frl.messaging.client.UnpreparedClusterException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** A service whose environment variables are damaged: it would start, or it says in one line what is wrong. */
public final class AnyEnvironment {
    /** In a value, the folder of the test; only what follows it is damaged, and stays below it. */
    public static final String FOLDER = "@";

    /** In values that no message may show. */
    public static final String SECRET = "hush-hush";

    /** Deeper than any mutation goes up. */
    private static final String DEEP = "1/2/3/4/5/6/7/8/9/10/11/12";

    /** What opens a port or makes an exporter takes most of the time. */
    private static final Set<String> SLOW = Set.of("FRL_HEALTH_PORT", "OTEL_EXPORTER_OTLP_ENDPOINT");

    private static final String READY = "this test starts no service";

    /** Those of all services, except FRL_HEALTH_HOST: any text may be the name of a host, and is looked up. */
    private static final Map<String, String> COMMON = Map.ofEntries(
            Map.entry("FRL_HOME", FOLDER + "/home"),
            Map.entry("FRL_HEALTH_PORT", "0"),
            Map.entry("FRL_LOG_FORMAT", "json"),
            Map.entry("KAFKA_BOOTSTRAP_SERVERS", "broker-1.example.org:9092,[2001:db8::1]:9092"),
            Map.entry("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"),
            Map.entry("KAFKA_SASL_MECHANISM", "OAUTHBEARER"),
            Map.entry("KAFKA_SASL_OAUTHBEARER_TOKEN_ENDPOINT_URL", "https://login.example.org/token"),
            Map.entry(
                    "KAFKA_SASL_JAAS_CONFIG",
                    "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"me\" password=\""
                            + SECRET + "\";"),
            Map.entry("KAFKA_SSL_KEY_PASSWORD_FILE", FOLDER + "/secret"),
            Map.entry("KAFKA_SSL_TRUSTSTORE_LOCATION", FOLDER + "/trust.p12"),
            Map.entry("KAFKA_SSL_ENABLED_PROTOCOLS", "TLSv1.2,TLSv1.3"),
            Map.entry("KAFKA_SESSION_TIMEOUT_MS", "45000"),
            Map.entry("KAFKA_CLIENT_DNS_LOOKUP", "use_all_dns_ips"),
            Map.entry("KAFKA_COMPRESSION_TYPE", "zstd"),
            Map.entry("KAFKA_METADATA_MAX_AGE_MS", "300000"),
            Map.entry("KAFKA_CHECK_CRCS", "true"),
            Map.entry("KAFKA_NUM_STREAM_THREADS", "2"),
            Map.entry("KAFKA_OPTS", "-Dx=y"),
            Map.entry("OTEL_EXPORTER_OTLP_ENDPOINT", "http://otel.example.org:4318"),
            Map.entry("OTEL_EXPORTER_OTLP_HEADERS", "authorization=" + SECRET + ",x=y"),
            Map.entry("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment=test,host.name=gpu-1"),
            Map.entry("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            Map.entry("OTEL_TRACES_SAMPLER_ARG", "0.5"),
            Map.entry("OTEL_BSP_SCHEDULE_DELAY", "5000"));

    private final String service;
    private final ServiceProcess.Settings settings;
    private final String folder;
    private final Map<String, String> valid = new TreeMap<>(COMMON);
    private final Set<Integer> exitCodes = new HashSet<>();

    /**
     * @param folder empty
     * @param own valid values of the variables that this service has besides
     */
    public AnyEnvironment(String service, ServiceProcess.Settings settings, Path folder, Map<String, String> own)
            throws IOException {
        this.service = service;
        this.settings = settings;
        var deep = Files.createDirectories(folder.resolve(DEEP));
        Files.writeString(deep.resolve("secret"), SECRET + "\n");
        this.folder = deep.toString();
        valid.putAll(own);
    }

    /** The same without the variables whose names begin so. */
    public AnyEnvironment without(String prefix) {
        valid.keySet().removeIf(name -> name.startsWith(prefix));
        return this;
    }

    /** Sets some of the variables, and damages one or two of them. */
    public void once(SplittableRandom random) {
        // Given
        var environment = new HashMap<String, String>();
        var names = List.copyOf(valid.keySet());
        var damaged = List.of(names.get(random.nextInt(names.size())), names.get(random.nextInt(names.size())));
        valid.forEach((name, value) -> {
            if (damaged.contains(name)) {
                environment.put(random.nextInt(10) == 0 ? name(name, random) : name, damaged(value, random));
            } else if (random.nextInt(SLOW.contains(name) ? 10 : 2) == 0) {
                environment.put(name, value.replace(FOLDER, folder));
            }
        });

        // When
        var errors = new ByteArrayOutputStream();
        var before = System.err;
        int code;
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
        try {
            code = ServiceProcess.run(
                    service,
                    environment,
                    (kafka, topics) -> {
                        throw new UnpreparedClusterException(READY);
                    },
                    ServiceProcess.Manner.SERVICE,
                    settings);
        } finally {
            System.setErr(before);
        }

        // Then
        exitCodes.add(code);
        var said = errors.toString(StandardCharsets.UTF_8);
        var lines = Arrays.asList(said.split(System.lineSeparator()));
        var last = lines.get(lines.size() - 1);
        assertThat(last).as("of %s", environment).startsWith("frl " + service + ": ");
        assertThat(last.chars()).as("of %s", environment).noneMatch(c -> c < ' ');
        assertThat(said).as("of %s", environment).doesNotContain(SECRET).doesNotContain("\tat ");
        if (code == ServiceProcess.FAILED) {
            assertThat(last).as("of %s", environment).isEqualTo("frl " + service + ": " + READY);
        } else {
            assertThat(code).as("of %s", environment).isEqualTo(ServiceProcess.WRONG_SETTINGS);
        }
    }

    /** Exit codes so far. */
    public Set<Integer> exitCodes() {
        return Set.copyOf(exitCodes);
    }

    private static String name(String name, SplittableRandom random) {
        var damaged = mutated(name, random);
        return damaged.isEmpty() ? name : damaged;
    }

    private String damaged(String value, SplittableRandom random) {
        return value.startsWith(FOLDER)
                ? folder + "/" + mutated(value.substring(2), random).replace(FOLDER, folder)
                : mutated(value, random);
    }

    /** No variable holds the character 0. */
    private static String mutated(String text, SplittableRandom random) {
        var bytes = Mutations.mutate(text.getBytes(StandardCharsets.UTF_8), random);
        return new String(bytes, StandardCharsets.UTF_8).replace("\0", "");
    }
}
