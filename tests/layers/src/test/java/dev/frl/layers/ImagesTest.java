package dev.frl.layers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The Dockerfile and docker-compose.yml: what a platform's policy asks of them, checked without an engine. */
class ImagesTest {
    private static final Path ROOT = Checkout.root();
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z0-9_]+):-((?:[^${}]|\\$\\{[^{}]*})*)}");
    /** Services of the compose file that run our images. */
    private static final List<String> OURS = List.of("controller", "trainer", "attacker", "recorder", "topics", "cli");
    /** Images that run one command and end. */
    private static final List<String> ONE_SHOT = List.of("topics", "cli");

    @ParameterizedTest
    @ValueSource(strings = {"controller", "trainer", "attacker", "recorder", "cli"})
    void an_image_runs_as_a_numeric_user_that_is_not_root(String image) throws IOException {
        assertThat(instruction(dockerfile(image), "USER"))
                .singleElement()
                .asString()
                .matches("[1-9][0-9]*:[1-9][0-9]*");
    }

    @ParameterizedTest
    @ValueSource(strings = {"controller", "trainer", "attacker", "recorder"})
    void a_service_is_asked_whether_it_is_ready(String image) throws IOException {
        assertThat(instruction(dockerfile(image), "HEALTHCHECK"))
                .singleElement()
                .asString()
                .endsWith("CMD [\"/opt/frl/bin/healthcheck\", \"ready\"]");
        assertThat(String.join("\n", dockerfile(image))).contains("FRL_HEALTH_PORT=");
    }

    @Test
    void the_command_which_ends_says_that_it_has_no_health() throws IOException {
        assertThat(instruction(dockerfile("cli"), "HEALTHCHECK")).containsExactly("NONE");
    }

    @Test
    void the_bases_of_the_images_are_arguments_with_a_pinned_default() throws IOException {
        // When
        var arguments = instruction(allInstructions(), "ARG").stream()
                .filter(a -> a.contains("_IMAGE"))
                .toList();

        // Then
        assertThat(arguments)
                .hasSize(2)
                .allSatisfy(argument -> assertThat(argument).matches("[A-Z_]+=[\\w./-]+:[\\w.-]*[0-9][\\w.-]*"))
                .noneMatch(argument -> argument.contains("latest"));
        assertThat(instruction(allInstructions(), "FROM"))
                .allMatch(from -> from.matches("(\\$\\{(JDK|BASE)_IMAGE}|image|service) AS [a-z]+"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"controller", "trainer", "attacker", "recorder", "cli"})
    void an_image_says_what_it_is_in_the_labels_of_the_oci(String image) throws IOException {
        assertThat(String.join("\n", dockerfile(image)))
                .contains("org.opencontainers.image.title=\"")
                .contains("org.opencontainers.image.description=\"")
                .contains("org.opencontainers.image.version=\"${VERSION}\"")
                .contains("org.opencontainers.image.revision=\"${REVISION}\"")
                .contains("org.opencontainers.image.licenses=\"Apache-2.0\"");
    }

    @ParameterizedTest
    @ValueSource(strings = {"controller", "trainer", "attacker", "recorder", "cli"})
    void the_layers_that_change_seldom_come_first(String image) throws IOException {
        // When
        var copied = instruction(dockerfile(image), "COPY").stream()
                .map(copy -> copy.substring(copy.lastIndexOf(' ') + 1))
                .toList();

        // Then
        assertThat(copied)
                .startsWith("/opt/java")
                .endsWith("/opt/frl/native/lib/", "/opt/frl/third-party/", "/opt/frl/bin/", "/opt/frl/app/");
    }

    @ParameterizedTest
    @ValueSource(strings = {"controller", "trainer", "attacker", "recorder"})
    void the_main_class_of_a_service_exists(String image) throws IOException {
        // When
        var main = Pattern.compile("\\[\"/opt/frl/bin/service\", \"([\\w.]+)\"]")
                .matcher(instruction(dockerfile(image), "ENTRYPOINT").get(0));

        // Then
        assertThat(main.matches()).isTrue();
        var module = image.equals("controller") ? "fairness-controller" : image;
        assertThat(ROOT.resolve(String.format(
                        Locale.ROOT,
                        "services/%s/src/main/java/%s.java",
                        module,
                        main.group(1).replace('.', '/'))))
                .exists();
    }

    @TestFactory
    Stream<DynamicTest> every_service_of_the_compose_file_has_a_pinned_image_that_is_a_variable() throws IOException {
        var version = version();
        return each((name, service) -> {
            var image = String.valueOf(service.get("image"));
            var pinned = byDefault(image);
            assertThat(image).startsWith("${");
            assertThat(pinned).matches("[\\w./-]+:v?[0-9][\\w.-]*").doesNotContain("latest");
            if (OURS.contains(name)) {
                assertThat(pinned).startsWith("frl/").endsWith(":" + version);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> every_service_of_the_compose_file_has_a_memory_limit() throws IOException {
        return each((name, service) ->
                assertThat(String.valueOf(service.get("mem_limit"))).matches("[1-9][0-9]*[mg]"));
    }

    @TestFactory
    Stream<DynamicTest> every_service_that_stays_has_a_health_check_and_a_restart_rule() throws IOException {
        return each((name, service) -> {
            if (!ONE_SHOT.contains(name)) {
                assertThat(map(service.get("healthcheck")).get("test")).asList().isNotEmpty();
                assertThat(service).containsEntry("restart", "unless-stopped");
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> our_containers_have_a_read_only_root_and_no_privileges() throws IOException {
        return each((name, service) -> {
            if (OURS.contains(name)) {
                assertThat(service)
                        .containsEntry("read_only", true)
                        .containsEntry("cap_drop", List.of("ALL"))
                        .containsEntry("security_opt", List.of("no-new-privileges:true"));
                assertThat(service.get("tmpfs"))
                        .asList()
                        .singleElement()
                        .asString()
                        .startsWith("/tmp:");
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> ports_are_open_on_this_machine_only() throws IOException {
        return each((name, service) -> {
            if (service.get("ports") instanceof List<?> ports) {
                assertThat(ports).allMatch(port -> port.toString().startsWith("127.0.0.1:"));
            }
        });
    }

    @Test
    void services_wait_for_their_topics_and_the_recorder_for_mlflow() throws IOException {
        // When
        var services = services();

        // Then
        for (var name : List.of("controller", "trainer", "attacker", "recorder")) {
            assertThat(map(services.get(name).get("depends_on")))
                    .as(name)
                    .containsEntry("topics", Map.of("condition", "service_completed_successfully"));
        }
        assertThat(map(services.get("recorder").get("depends_on")))
                .containsEntry("mlflow", Map.of("condition", "service_healthy"));
        assertThat(map(services.get("topics").get("depends_on")))
                .containsEntry("kafka", Map.of("condition", "service_healthy"));
    }

    private interface Check {
        void of(String name, Map<String, Object> service);
    }

    private static Stream<DynamicTest> each(Check check) throws IOException {
        var services = services();
        assertThat(services.keySet()).containsAll(OURS);
        return services.entrySet().stream()
                .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> check.of(e.getKey(), e.getValue())));
    }

    /** The services, with what they merge. */
    private static Map<String, Map<String, Object>> services() throws IOException {
        var file = map(new Load(LoadSettings.builder().build())
                .loadFromString(Files.readString(ROOT.resolve("docker-compose.yml"))));
        var services = new TreeMap<String, Map<String, Object>>();
        map(file.get("services")).forEach((name, service) -> services.put(name, merged(map(service))));
        return services;
    }

    /** What the key {@code <<} brings; the map's own entries win. */
    private static Map<String, Object> merged(Map<String, Object> map) {
        var all = new LinkedHashMap<String, Object>();
        var more = map.get("<<");
        if (more instanceof List<?> several) {
            several.forEach(one -> all.putAll(merged(map(one))));
        } else if (more != null) {
            all.putAll(merged(map(more)));
        }
        map.forEach((key, value) -> {
            if (!key.equals("<<")) {
                all.put(key, value instanceof Map<?, ?> ? merged(map(value)) : value);
            }
        });
        return all;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object value) {
        assertThat(value).isInstanceOf(Map.class);
        return (Map<String, Object>) value;
    }

    /** A value with no variable set. */
    private static String byDefault(String value) {
        var matcher = VARIABLE.matcher(value);
        return matcher.find() ? byDefault(matcher.replaceAll("$2")) : value;
    }

    /** Instructions of the target of an image, after those of the stages that it builds on. */
    private static List<String> dockerfile(String image) throws IOException {
        var stages = new TreeMap<String, List<String>>();
        List<String> stage = new ArrayList<>();
        for (var line : allInstructions()) {
            if (line.startsWith("FROM ")) {
                var words = line.split(" ");
                stage = new ArrayList<>(stages.getOrDefault(words[1], List.of()));
                stages.put(words[3], stage);
            } else {
                stage.add(line);
            }
        }
        return stages.get(image);
    }

    /** The instructions of all stages, one a line. */
    private static List<String> allInstructions() throws IOException {
        return Files.readString(ROOT.resolve("scripts/lib/container/Dockerfile"))
                .replace("\\\n", " ")
                .lines()
                .filter(line -> !line.startsWith("#"))
                .toList();
    }

    private static List<String> instruction(List<String> dockerfile, String name) {
        return dockerfile.stream()
                .filter(line -> line.startsWith(name + " "))
                .map(line -> line.substring(name.length() + 1).strip())
                .toList();
    }

    private static String version() throws IOException {
        var version =
                Pattern.compile("(?m)^  <version>(.*)</version>$").matcher(Files.readString(ROOT.resolve("pom.xml")));
        assertThat(version.find()).isTrue();
        return version.group(1);
    }
}
