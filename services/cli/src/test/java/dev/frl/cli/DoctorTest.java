package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.frl.cli.terminal.PrettyJson;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
    @TempDir
    Path directory;

    @Test
    void every_check_reports_a_result_and_a_fix() throws Exception {
        // Given
        var context = new TestContext(directory);
        context.env.put("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092");
        context.kafka.reachable = false;
        Files.createDirectories(directory.resolve("empty"));

        // When
        int code = context.frl("doctor", "--data", "empty", "-o", "json");

        // Then
        assertThat(code).isEqualTo(1);
        var json = PrettyJson.MAPPER.readTree(context.out.toString());
        assertThat(json.findValuesAsText("check"))
                .containsExactly(
                        "java",
                        "engine",
                        "data: fashion-mnist",
                        "data: mnist",
                        "data: cifar10",
                        "data: cifar100",
                        "data: svhn",
                        "disk",
                        "python",
                        "mlflow",
                        "broker");
        assertThat(json.at("/1/found").asText()).contains("DeepLearning4J");
        assertThat(json.at("/2/status").asText()).isEqualTo("problem");
        assertThat(json.at("/2/mend").asText()).isEqualTo("frl data get fashion-mnist");
        assertThat(json.at("/10/found").asText()).isEqualTo("no broker answers at kafka:9092");
    }

    @Test
    void brokers_without_share_groups_are_a_problem() throws Exception {
        // Given
        var context = new TestContext(directory);
        context.env.put("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092");
        context.kafka.withoutShareGroups = "share groups are disabled; enable them with `kafka-features.sh …`";

        // When
        context.frl("doctor", "-o", "json");

        // Then
        var json = PrettyJson.MAPPER.readTree(context.out.toString());
        assertThat(json.at("/10/status").asText()).isEqualTo("problem");
        assertThat(json.at("/10/found").asText()).contains("kafka-features.sh");
    }

    @Test
    void a_person_reads_one_line_each_and_the_command_below() {
        // Given
        var context = new TestContext(directory);

        // When
        context.frl("doctor", "--data", "nowhere");

        // Then
        assertThat(context.out.toString())
                .contains("ok       java ")
                .contains("problem  data: fashion-mnist  the data folder")
                .contains("fix: frl data get fashion-mnist")
                .contains("absent   broker               none is running");
    }

    @Test
    void a_data_set_that_is_not_here_is_no_problem_where_another_is() throws Exception {
        // Given
        assumeTrue(
                Files.isDirectory(Path.of("/usr/share/datasets/fashion-mnist")),
                "SKIPPED: fashion-mnist is not installed on this machine");
        var context = new TestContext(directory);

        // When
        context.frl("doctor", "-o", "json");

        // Then
        var json = PrettyJson.MAPPER.readTree(context.out.toString());
        assertThat(json.at("/2/status").asText()).isEqualTo("ok");
        assertThat(json.at("/4/status").asText()).isEqualTo("absent");
        assertThat(json.at("/4/mend").asText()).isEqualTo("frl data get cifar10");
    }
}
