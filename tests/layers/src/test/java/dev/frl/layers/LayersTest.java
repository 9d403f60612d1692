package dev.frl.layers;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Who may use whom. THINK HARD BEFORE CHANGING A ROW: dependencies point inward, and a row that grows is a layer that leaks.
 * CONTRIBUTING.md has the same table in words.
 */
class LayersTest {
    private static final JavaClasses OURS = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.frl", "org.nd4j.nativeblas");

    static Stream<Arguments> rows() {
        return Stream.concat(always(), torch());
    }

    /** Built with the profile of its name only. */
    private static Stream<Arguments> torch() {
        return LayersTest.class.getClassLoader().getResource("dev/frl/engine/torch/TorchEngine.class") == null
                ? Stream.of()
                : Stream.of(row(
                        "dev.frl.engine.torch",
                        "dev.frl.core",
                        "dev.frl.engine",
                        "dev.frl.engine.net",
                        "dev.frl.engine.kit",
                        "org.bytedeco"));
    }

    private static Stream<Arguments> always() {
        return Stream.of(
                row("dev.frl.core"),
                row("dev.frl.schemas", "org.apache.avro"),
                row("dev.frl.data", "dev.frl.core", "org.apache.commons.compress"),
                row("dev.frl.engine", "dev.frl.core", "dev.frl.engine.net"),
                row("dev.frl.engine.net", "dev.frl.core"),
                row("dev.frl.engine.kit", "dev.frl.core", "dev.frl.engine", "dev.frl.engine.net"),
                row(
                        "dev.frl.engine.reference",
                        "dev.frl.core",
                        "dev.frl.engine",
                        "dev.frl.engine.net",
                        "dev.frl.engine.kit"),
                row(
                        "dev.frl.engine.contract",
                        "dev.frl.core",
                        "dev.frl.engine",
                        "dev.frl.engine.net",
                        "dev.frl.engine.kit",
                        "dev.frl.engine.reference",
                        "org.junit",
                        "org.assertj",
                        "org.opentest4j"),
                row(
                        "dev.frl.engine.dl4j",
                        "dev.frl.core",
                        "dev.frl.engine",
                        "dev.frl.engine.net",
                        "dev.frl.engine.kit",
                        "org.nd4j",
                        "org.deeplearning4j",
                        "org.bytedeco"),
                row(
                        "dev.frl.checkpoint",
                        "dev.frl.core",
                        "dev.frl.engine",
                        "dev.frl.engine.net",
                        "com.fasterxml.jackson"),
                row("dev.frl.s3", "dev.frl.checkpoint.storage", "software.amazon.awssdk"),
                row(
                        "dev.frl.spec",
                        "dev.frl.core",
                        "dev.frl.data",
                        "dev.frl.engine",
                        "dev.frl.engine.net",
                        "org.snakeyaml",
                        "com.fasterxml.jackson"),
                row(
                        "dev.frl.messaging",
                        "dev.frl.core",
                        "dev.frl.schemas",
                        "org.apache.kafka",
                        "org.apache.avro",
                        "com.fasterxml.jackson",
                        "org.slf4j"),
                row("dev.frl.broker", "dev.frl.core", "org.apache.kafka", "kafka", "org.slf4j"),
                row("dev.frl.report", "dev.frl.core", "com.fasterxml.jackson"),
                row(
                        "dev.frl.tracking",
                        "dev.frl.core",
                        "dev.frl.report",
                        "org.mlflow",
                        "org.mlflow_project", // the HTTP client inside MLflow's client
                        "com.fasterxml.jackson",
                        "org.slf4j"),
                row(
                        "dev.frl.service",
                        "dev.frl.core",
                        "dev.frl.spec",
                        "dev.frl.messaging",
                        "org.apache.kafka",
                        "io.micrometer",
                        "io.opentelemetry",
                        "ch.qos.logback",
                        "com.sun.net.httpserver",
                        "org.slf4j"),
                row(
                        "dev.frl.worker",
                        "dev.frl.core",
                        "dev.frl.data",
                        "dev.frl.checkpoint",
                        "dev.frl.engine",
                        "dev.frl.engine.net",
                        "dev.frl.messaging",
                        "dev.frl.service",
                        "org.apache.kafka",
                        "io.micrometer",
                        "org.slf4j"),
                row(
                        "dev.frl.trainer",
                        "dev.frl.core",
                        "dev.frl.spec",
                        "dev.frl.checkpoint",
                        "dev.frl.data",
                        "dev.frl.engine",
                        "dev.frl.engine.net",
                        "dev.frl.messaging",
                        "dev.frl.service",
                        "dev.frl.worker",
                        "org.apache.kafka",
                        "com.fasterxml.jackson",
                        "io.micrometer",
                        "org.slf4j"),
                row(
                        "dev.frl.attacker",
                        "dev.frl.core",
                        "dev.frl.spec",
                        "dev.frl.checkpoint",
                        "dev.frl.data",
                        "dev.frl.engine",
                        "dev.frl.engine.net",
                        "dev.frl.messaging",
                        "dev.frl.service",
                        "dev.frl.worker",
                        "org.apache.kafka",
                        "io.micrometer",
                        "org.slf4j"),
                row(
                        "dev.frl.controller",
                        "dev.frl.core",
                        "dev.frl.spec",
                        "dev.frl.messaging",
                        "dev.frl.service",
                        "org.apache.kafka",
                        "io.micrometer",
                        "org.slf4j"),
                row(
                        "dev.frl.recorder",
                        "dev.frl.core",
                        "dev.frl.spec",
                        "dev.frl.messaging",
                        "dev.frl.service",
                        "dev.frl.tracking",
                        "org.apache.kafka",
                        "io.micrometer",
                        "org.slf4j"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("rows")
    void a_layer_uses_only_what_its_row_allows(String layer, String[] allowed) {
        // Given
        var packages = Stream.concat(
                        Stream.of("java..", "javax..", "org.jspecify..", layer + subpackages(layer)),
                        Stream.of(allowed).map(a -> a + subpackages(a)))
                .toArray(String[]::new);

        // When
        var rule = classes()
                .that()
                .resideInAPackage(layer + subpackages(layer))
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(
                        Stream.concat(Stream.of(packages), Stream.of("")).toArray(String[]::new));

        // Then
        assertThat(OURS.that(com.tngtech.archunit.base.DescribedPredicate.describe(
                        "in " + layer, c -> c.getPackageName().startsWith(layer))))
                .as("a row that matches nothing checks nothing")
                .isNotEmpty();
        rule.check(OURS);
    }

    @Test
    void generated_avro_classes_stop_at_messaging() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.frl.messaging..", "dev.frl.schemas..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.frl.schemas..")
                .check(OURS);
    }

    @Test
    void no_tensor_type_crosses_the_engine_interface() {
        noClasses()
                .that()
                .resideOutsideOfPackages("dev.frl.engine.dl4j..", "dev.frl.engine.torch..", "org.nd4j..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.nd4j..", "org.deeplearning4j..", "org.bytedeco..")
                .check(OURS);
    }

    @Test
    void nobody_reads_the_clock_or_draws_unseeded_numbers_in_the_core() {
        noClasses()
                .that()
                .resideInAPackage("dev.frl.core..")
                .should()
                .callMethod(java.time.Instant.class, "now")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(Math.class, "random")
                .check(OURS);
    }

    /** The engine interface itself is one package; the engines are its neighbours, not its parts. */
    private static String subpackages(String name) {
        return name.equals("dev.frl.engine") ? "" : "..";
    }

    private static Arguments row(String layer, String... allowed) {
        return Arguments.of(layer, allowed);
    }
}
