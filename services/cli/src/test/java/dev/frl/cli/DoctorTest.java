package dev.frl.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.frl.cli.terminal.PrettyJson;
import dev.frl.messaging.client.ClusterReport.Check;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
                        "checkpoints",
                        "memory",
                        "python",
                        "mlflow",
                        "broker");
        assertThat(json.at("/1/found").asText()).contains("DeepLearning4J");
        assertThat(json.at("/2/status").asText()).isEqualTo("problem");
        assertThat(json.at("/2/mend").asText()).isEqualTo("frl data get fashion-mnist");
        assertThat(json.at("/12/found").asText()).isEqualTo("no broker answers at kafka:9092");
    }

    @Test
    void every_check_of_the_brokers_is_a_line_and_a_wrong_one_is_a_problem() throws Exception {
        // Given
        var context = new TestContext(directory);
        context.env.put("KAFKA_BOOTSTRAP_SERVERS", "kafka:9092");
        context.kafka.checks = List.of(
                new Check("share groups", true, "enabled", ""),
                new Check("topics", false, "2 of 33 are missing", "frl topics create --bootstrap kafka:9092"),
                new Check("clock", null, "not checked", "run it as admin"));

        // When
        int code = context.frl("doctor", "-o", "json");

        // Then
        var json = PrettyJson.MAPPER.readTree(context.out.toString());
        assertThat(code).isEqualTo(1);
        assertThat(json.at("/12/found").asText()).isEqualTo("1 broker at kafka:9092");
        assertThat(json.at("/13/status").asText()).isEqualTo("ok");
        assertThat(json.at("/14/status").asText()).isEqualTo("problem");
        assertThat(json.at("/14/mend").asText()).isEqualTo("frl topics create --bootstrap kafka:9092");
        assertThat(json.at("/15/status").asText()).isEqualTo("absent");
    }

    @Test
    void an_address_with_a_password_is_refused_without_it() {
        // Given
        var context = new TestContext(directory);
        context.env.put("KAFKA_BOOTSTRAP_SERVERS", "me:hunter2@kafka:9092");
        context.env.put("MLFLOW_TRACKING_URI", "http://me:hunt/er2@mlflow:5000");

        // When
        context.frl("doctor");

        // Then
        assertThat(context.out.toString() + context.err)
                .doesNotContain("hunter2", "hunt/er2")
                .contains("KAFKA_SASL_JAAS_CONFIG_FILE", "MLFLOW_TRACKING_URI is http://…@mlflow:5000");
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
