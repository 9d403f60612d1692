package dev.frl.layers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.service.metrics.ServiceMeter;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** Alert rules, dashboard and docs/operations.md against the list of meters and against each other. */
class MonitoringTest {
    private static final Path ROOT = Checkout.root();
    private static final Path PAGE = ROOT.resolve("docs/operations.md");
    private static final String BEGIN = "<!-- meters: begin -->\n";
    private static final String END = "<!-- meters: end -->\n";
    private static final Pattern NAME = Pattern.compile("\\b(?:frl|jvm|process|system|kafka)_[a-z0-9_]+");
    private static final Set<String> NOT_OURS = Set.of("jvm_memory_used_bytes");

    @Test
    void the_table_of_meters_in_the_documentation_is_the_list_of_the_code() throws IOException {
        // Given
        var page = Files.readString(PAGE);
        int begin = page.indexOf(BEGIN) + BEGIN.length();
        int end = page.indexOf(END);
        assertThat(end).as("marks in docs/operations.md").isGreaterThanOrEqualTo(begin);

        // When
        var table = Stream.of(ServiceMeter.values())
                .map(meter -> String.format(
                        Locale.ROOT,
                        "| `%s` | %s | %s | %s |\n",
                        String.join("`, `", meter.samples()),
                        String.join(", ", meter.services()),
                        meter.labels().stream().map(label -> "`" + label + "`").collect(Collectors.joining(", ")),
                        meter.meaning()))
                .collect(Collectors.joining("", "| name | service | labels | meaning |\n|---|---|---|---|\n", ""));
        if (Boolean.getBoolean("frl.docs.write")) {
            Files.writeString(PAGE, page.substring(0, begin) + table + page.substring(end));
        }

        // Then
        var written = Files.readString(PAGE);
        assertThat(written.substring(written.indexOf(BEGIN) + BEGIN.length(), written.indexOf(END)))
                .as("docs/operations.md; the page says how to write it anew")
                .isEqualTo(table);
    }

    @Test
    void no_meter_has_a_label_with_a_value_for_each_run() {
        assertThat(Stream.of(ServiceMeter.values()).flatMap(meter -> meter.labels().stream()))
                .isNotEmpty()
                .doesNotContain("run", "experiment", "epoch", "shard", "host");
    }

    @Test
    void alerts_use_meters_that_exist_and_labels_that_they_have() throws IOException {
        for (var rule : rules()) {
            // When
            var expression = String.valueOf(rule.get("expr"));

            // Then
            assertThat(names(expression)).as(expression).isNotEmpty().isSubsetOf(samples());
            assertThat(matchers(expression))
                    .as(expression)
                    .allSatisfy(
                            used -> assertThat(meter(used.group(1)).labels()).contains(used.group(2)));
        }
    }

    /** Debian has it in package prometheus. */
    @Test
    void alerts_fire_when_they_should_as_promtool_sees_it() throws Exception {
        // Given
        Assumptions.assumeTrue(
                Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "promtool"))),
                "promtool is not installed");

        for (var command : List.of(
                List.of("promtool", "check", "config", "prometheus.yml"),
                List.of("promtool", "test", "rules", "alerts.test.yml"))) {
            // When
            var process = new ProcessBuilder(command)
                    .directory(ROOT.resolve("monitoring").toFile())
                    .redirectErrorStream(true)
                    .start();
            var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            // Then
            assertThat(process.waitFor()).as(output).isZero();
        }
    }

    @Test
    void the_dashboard_uses_meters_that_exist() throws IOException {
        // Given
        var known = new ArrayList<>(samples());
        known.addAll(NOT_OURS);

        // When
        var expressions = list(load("monitoring/grafana/dashboards/frl.json").get("panels")).stream()
                .flatMap(panel -> list(panel.get("targets")).stream())
                .map(target -> String.valueOf(target.get("expr")))
                .toList();

        // Then
        assertThat(expressions)
                .isNotEmpty()
                .allSatisfy(
                        expression -> assertThat(names(expression)).isNotEmpty().isSubsetOf(known));
    }

    @Test
    void every_alert_has_a_section_that_says_what_to_do_and_a_link_to_it() throws IOException {
        // Given
        var sections = Pattern.compile("(?m)^### (Frl\\w+)$")
                .matcher(Files.readString(PAGE))
                .results()
                .map(section -> section.group(1))
                .toList();

        // When
        var rules = rules();

        // Then
        assertThat(rules).extracting(rule -> String.valueOf(rule.get("alert"))).containsExactlyElementsOf(sections);
        assertThat(rules).allSatisfy(rule -> {
            var anchor = String.valueOf(rule.get("alert")).toLowerCase(Locale.ROOT);
            assertThat(map(rule.get("annotations")))
                    .containsKey("summary")
                    .containsEntry("runbook", "docs/operations.md#" + anchor);
            assertThat(String.valueOf(map(rule.get("labels")).get("severity"))).matches("critical|warning");
        });
    }

    @Test
    void the_services_of_the_compose_file_are_scraped_on_their_port() throws IOException {
        // When
        var jobs = list(load("monitoring/prometheus.yml").get("scrape_configs"));

        // Then
        assertThat(jobs)
                .extracting(job -> job.get("job_name"))
                .containsExactlyInAnyOrder("controller", "trainer", "attacker", "recorder");
        assertThat(jobs)
                .allSatisfy(job -> assertThat(list(job.get("dns_sd_configs")))
                        .singleElement()
                        .satisfies(found -> assertThat(found)
                                .containsEntry("names", List.of(job.get("job_name")))
                                .containsEntry("port", 8081)));
    }

    private static List<Map<String, Object>> rules() throws IOException {
        return list(load("monitoring/alerts.yml").get("groups")).stream()
                .flatMap(group -> list(group.get("rules")).stream())
                .toList();
    }

    private static List<String> samples() {
        return Stream.of(ServiceMeter.values())
                .flatMap(meter -> meter.samples().stream())
                .toList();
    }

    private static ServiceMeter meter(String sample) {
        return Stream.of(ServiceMeter.values())
                .filter(meter -> meter.samples().contains(sample))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no meter has the name " + sample));
    }

    private static List<String> names(String expression) {
        return NAME.matcher(expression)
                .results()
                .map(MatchResult::group)
                .distinct()
                .toList();
    }

    /** Name of the meter and first label of each selector. */
    private static List<MatchResult> matchers(String expression) {
        return Pattern.compile("(\\w+)\\{(\\w+)=").matcher(expression).results().toList();
    }

    private static Map<String, Object> load(String file) throws IOException {
        return map(new Load(LoadSettings.builder().build()).loadFromString(Files.readString(ROOT.resolve(file))));
    }

    private static List<Map<String, Object>> list(Object value) {
        assertThat(value).isInstanceOf(List.class);
        return ((List<?>) value).stream().map(MonitoringTest::map).toList();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> map(Object value) {
        assertThat(value).isInstanceOf(Map.class);
        return (Map<String, Object>) value;
    }
}
