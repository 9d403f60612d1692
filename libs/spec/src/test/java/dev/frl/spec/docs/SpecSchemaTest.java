package dev.frl.spec.docs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import com.networknt.schema.ValidationMessage;
import dev.frl.spec.ScenarioFiles;
import dev.frl.spec.Specs;
import dev.frl.spec.Trees;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** An independent validator reads docs/spec.schema.json and agrees with the reader of specs. */
class SpecSchemaTest {
    private static final Path FILE = Specs.repository().resolve("docs/spec.schema.json");
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final JsonSchema SCHEMA =
            JsonSchemaFactory.getInstance(VersionFlag.V202012).getSchema(SpecSchema.json());

    private static List<String> problems(Object tree) {
        return SCHEMA.validate(MAPPER.<com.fasterxml.jackson.databind.JsonNode>valueToTree(tree)).stream()
                .map(ValidationMessage::getMessage)
                .toList();
    }

    @Test
    void the_file_in_the_repository_follows_from_the_keys() throws IOException {
        // Given
        String json = SpecSchema.json();
        if (Boolean.getBoolean("frl.docs.write")) {
            Files.writeString(FILE, json);
        }

        // When
        String file = Specs.text(FILE);

        // Then
        assertThat(file)
                .as("docs/spec.schema.json; docs/settings.md says how to regenerate it")
                .isEqualTo(json);
    }

    static Stream<String> validSpecs() {
        return Stream.concat(
                ScenarioFiles.examples().stream(),
                Stream.concat(ScenarioFiles.admitted().stream(), Stream.of(Specs.FORMER_NAMES)));
    }

    @ParameterizedTest
    @MethodSource("validSpecs")
    void a_spec_that_the_reader_admits_is_valid(String spec) {
        assertThat(problems(Trees.parse(spec))).as(spec).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            metadata.nam                         | minimal
            metadata.name                        | Not_A_Name
            metadata.generation                  | 0
            kind                                 | Experiments
            spec.datset                          | {}
            spec.dataset.name                    | fashion_mnist
            spec.dataset.split.train             | 0
            spec.dataset.mixture.eta             | 0.5
            spec.model.arch                      | cnn-smal
            spec.training.method                 | tradse
            spec.training.epochs                 | 1.5
            spec.training.epochs                 | 100001
            spec.training.optimizer.momentum     | 1
            spec.training.optimizer.learningRate | 0
            spec.training.schedule.milestones    | [0.5, 1]
            spec.training.augmentation.flip      | 'yes'
            spec.attack.training.epsilon         | 8:255
            spec.attack.test.restarts            | 10001
            spec.fairness.tolerance              | 5
            spec.fairness.tolerance.standrad     | 0.05
            spec.schedule.epochDeadline          | 10 min
            spec.sweep.grid                      | {training.sed: [1, 2]}
            spec.sweep.grid                      | {training.seed: []}
            spec.sweep.grid                      | {training.epochs: [3, 0]}
            spec.sweep.grid                      | {training.seed: 1}
            spec.sweep                           | {}
            spec.sweep                           | {grid: {training.seed: [1]}, random: {points: 1, space: {training.seed: {integer: [1, 2]}}}}
            spec.sweep                           | {seeds: 0}
            spec.sweep                           | {seeds: 2, parallelRuns: 0}
            spec.sweep                           | {seeds: 2, asha: {reduction: 1}}
            spec.sweep                           | {seeds: 2, constraints: {averageRobust: 35}}
            spec.sweep.random                    | {points: 3}
            spec.sweep.random                    | {space: {training.seed: {integer: [1, 9]}}}
            spec.sweep.random                    | {points: 0, space: {training.seed: {integer: [1, 9]}}}
            spec.sweep.random                    | {points: 1, space: {training.sed: {integer: [1, 9]}}}
            spec.sweep.random                    | {points: 1, space: {training.seed: {}}}
            spec.sweep.random                    | {points: 1, space: {training.seed: {integer: [1]}}}
            spec.sweep.random                    | {points: 1, space: {training.beta: {integer: [1, 6], uniform: [1, 6]}}}
            spec.sweep.random                    | {points: 1, space: {training.beta: {normal: [1, 6]}}}
            spec.sweep.random                    | {points: 1, space: {training.beta: {logUniform: [1, 1001]}}}
            spec.sweep.random                    | {points: 1, space: {training.seed: {uniform: [1, 9]}}}
            spec.sweep.random                    | {points: 1, space: {training.batchSize: {integer: [1.5, 9]}}}
            spec.sweep.random                    | {points: 1, space: {fairness.policy: {uniform: [0, 1]}}}
            spec.sweep.random                    | {points: 1, space: {fairness.policy: {choice: []}}}
            spec.sweep.random                    | {points: 1, space: {training.beta: {choice: [-1]}}}
            spec.schedule.priority               | 101
            """)
    void a_mistake_that_an_editor_can_see_is_not_valid(String path, String value) {
        // Given
        var tree = Trees.minimal();
        Trees.put(tree, path, Trees.parse(value));

        // When
        var problems = problems(tree);

        // Then
        assertThat(problems).as(path + ": " + value).isNotEmpty();
        assertThat(Specs.problems(Specs.read(tree), path)).as("the reader").isNotEmpty();
    }

    @Test
    void what_is_required_must_be_there_unless_it_is_swept() {
        // Given
        var empty = Trees.parse("{apiVersion: frl.dev/v1alpha1, kind: Experiment, metadata: {name: a}, spec: {}}");
        var noRadius = Trees.parse(Specs.MINIMAL.replace("{epsilon: 0.1}", "{steps: 3}"));
        var swept = Trees.parse(Specs.MINIMAL.replace("{epsilon: 0.1}", "{steps: 3}")
                + "  sweep: {grid: {attack.training.epsilon: [0.1, 8/255]}}");

        // When
        // Then
        assertThat(problems(empty)).isNotEmpty();
        assertThat(problems(noRadius)).isNotEmpty();
        assertThat(problems(swept)).isEmpty();
    }

    @Test
    void a_former_name_beside_todays_is_not_valid() {
        assertThat(problems(Trees.parse(Specs.MINIMAL + "  hotStart: {}\n  warmStart: {}\n")))
                .isNotEmpty();
    }
}
