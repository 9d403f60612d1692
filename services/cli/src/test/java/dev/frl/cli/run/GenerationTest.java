package dev.frl.cli.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.cli.FakeKafka;
import dev.frl.cli.Specs;
import dev.frl.cli.terminal.PrettyJson;
import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import dev.frl.spec.Admission.Admitted;
import dev.frl.spec.SpecReader;
import dev.frl.spec.StandardCatalogue;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GenerationTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            metadata: {name: small}                    | metadata: {"generation": 2, name: small}
            metadata: {labels: {a: b}, name: small}    | metadata: {labels: {a: b}, "generation": 2, name: small}
            metadata:~  name: small                    | metadata:~  "generation": 2~  name: small
            metadata:~    labels: {a: ü}~    name: small | metadata:~    labels: {a: ü}~    "generation": 2~    name: small
            metadata: {generation: 41, name: small}    | metadata: {generation: 42, name: small}
            metadata:~  name: small~  generation: 9 # a comment | metadata:~  name: small~  generation: 10 # a comment
            """)
    void only_the_generation_changes_in_the_text(String before, String after) {
        // Given
        String spec =
                Specs.with(before.replace('~', '\n'), "metadata: {name: small}").replace("{a: ü}", "{a: 'ü'}");
        var written = Generation.written(spec.getBytes(StandardCharsets.UTF_8), FakeKafka.plan(spec));

        // When
        var raised = written.raised();

        // Then
        assertThat(new String(raised.spec(), StandardCharsets.UTF_8))
                .isEqualTo(Specs.with(after.replace('~', '\n'), "metadata: {name: small}")
                        .replace("{a: ü}", "{a: 'ü'}"));
        assertThat(raised.plan().experimentId()).isNotEqualTo(written.plan().experimentId());
        assertThat(raised.plan().runs()).hasSameSizeAs(written.plan().runs());
    }

    @Test
    void json_stays_json() throws Exception {
        // Given
        String json = """
                {"apiVersion": "frl.dev/v1alpha1", "kind": "Experiment", "metadata": {"name": "small", "labels": {"mood": "😀"}},
                 "spec": {"dataset": {"name": "fashion-mnist"}, "model": {"arch": "cnn-small"},
                 "attack": {"training": {"epsilon": 0.1}}}}
                """;

        // When
        var raised = Generation.written(json.getBytes(StandardCharsets.UTF_8), FakeKafka.plan(json))
                .raised();

        // Then
        assertThat(PrettyJson.MAPPER
                        .readTree(raised.spec())
                        .at("/metadata/generation")
                        .asInt())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "metadata: {generation: 0x2, name: small}",
                "metadata:\n  ? name\n  : small",
                "metadata: {? name : small}",
                "? metadata\n: {name: small}"
            })
    void every_way_to_write_the_metadata_has_a_next_generation(String metadata) {
        // Given
        String spec = Specs.with(metadata, "metadata: {name: small}");
        var written = Generation.written(spec.getBytes(StandardCharsets.UTF_8), FakeKafka.plan(spec));

        // When
        var raised = written.raised();

        // Then
        assertThat(raised.number()).isEqualTo(written.number() + 1);
        assertThat(raised.plan().generation()).isEqualTo(raised.number());
        assertThat(raised.plan().runs()).hasSameSizeAs(written.plan().runs());
    }

    @Test
    void a_mutated_spec_that_is_valid_has_a_next_generation() {
        // Given
        byte[] original = Specs.GOOD.getBytes(StandardCharsets.UTF_8);

        // When, Then
        Fuzz.run("next generation", 500, 512L << 20, random -> {
            byte[] spec = Mutations.mutate(original, random);
            if (new SpecReader(new StandardCatalogue()).read(spec) instanceof Admitted admitted
                    && admitted.plan().generation() < 1000) {
                var written = Generation.written(spec, admitted.plan());
                assertThat(written.raised().number()).isEqualTo(written.number() + 1);
            }
        });
    }
}
