package dev.frl.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.frl.core.command.Command.Which;
import dev.frl.core.command.Verb;
import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.schemas.Command;
import dev.frl.schemas.RetriedRuns;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CommandMessageTest {
    @Test
    void json_and_avro_say_the_same() {
        // Given
        var json = read(
                "{\"verb\": \"retry\", \"experiment\": \"sweep\", \"which\": \"stopped\", \"reason\": \"new data\"}");
        var avro = Command.newBuilder()
                .setVerb(dev.frl.schemas.Verb.RETRY)
                .setExperiment("sweep")
                .setWhich(RetriedRuns.STOPPED)
                .setReason("new data")
                .build();

        // When
        var read = CommandMessage.read(CommandMessage.write(avro));

        // Then
        assertThat(json).isEqualTo(new CommandMessage(Verb.RETRY, "sweep", null, Which.STOPPED, "new data", null));
        assertThat(read).isEqualTo(json);
        assertThat(CommandMessage.read(json.json())).isEqualTo(json);
    }

    @Test
    void what_is_left_out_has_its_default_and_words_may_be_capital() {
        assertThat(read("\n{\t\"verb\": \"KILL\", \"run\": \"run-1\", \"reason\": null}"))
                .isEqualTo(new CommandMessage(Verb.KILL, null, "run-1", Which.FAILED, null, null));
    }

    @Test
    void a_spec_may_be_an_object_or_a_document() {
        // When
        var object = read("{\"verb\": \"extend\", \"spec\": {\"kind\": \"Experiment\", \"n\": 5e-4}}");
        var text = read("{\"verb\": \"extend\", \"spec\": \"kind: Experiment\"}");

        // Then
        assertThat(object.spec()).isEqualTo(new SpecMessage.TextSpec("{\"kind\":\"Experiment\",\"n\":0.0005}"));
        assertThat(text.spec()).isEqualTo(new SpecMessage.TextSpec("kind: Experiment"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '@',
            value = {
                "stop sweep | neither Avro in single-object encoding nor JSON",
                "[] | it must be an object such as",
                "{} | verb is missing; it must be one of stop, kill, pause, resume, retry, extend",
                "{\"verb\": \"halt\", \"run\": \"r\"} | verb is \"halt\"; it must be one of",
                "{\"verb\": \"stop\"} | experiment or run is missing",
                "{\"verb\": \"stop\", \"run\": \"r\", \"experiment\": \"e\"} | both experiment and run are given",
                "{\"verb\": \"stop\", \"run\": 7} | run is \"7\"; it must be a text",
                "{\"verb\": \"stop\", \"run\": \" \"} | it must be one line of 1 to 200 characters",
                "{\"verb\": \"stop\", \"name\": \"e\"} | \"name\" is not a field of a command",
                "{\"verb\": \"extend\"} | spec is missing",
                "{\"verb\": \"stop\", \"run\": \"r\", \"spec\": {}} | spec is given; only extend has one",
                "{\"verb\": \"stop\", \"run\": \"r\", \"run\": \"q\"} | Duplicate field 'run'"
            })
    void what_is_wrong_is_named(String text, String problem) {
        assertThatThrownBy(() -> read(text))
                .isInstanceOf(UnreadableMessage.class)
                .hasMessageContaining(problem);
    }

    @Test
    void all_problems_come_at_once() {
        assertThatThrownBy(() -> read("{\"verb\": \"stop\", \"which\": \"all\", \"why\": 1}"))
                .hasMessageContaining("which is")
                .hasMessageContaining("\"why\" is not a field")
                .hasMessageContaining("experiment or run is missing");
    }

    @Test
    void no_message_is_named_too() {
        assertThatThrownBy(() -> CommandMessage.read(null)).hasMessage("the message has no value");
    }

    @Test
    void damaged_messages_are_refused_and_nothing_else_happens() {
        // Given
        var good = "{\"verb\": \"retry\", \"experiment\": \"sweep\", \"which\": \"stopped\", \"reason\": \"new data\"}"
                .getBytes(StandardCharsets.UTF_8);
        var random = new SplittableRandom(7);

        // When, Then
        for (int i = 0; i < 10_000; i++) {
            var bytes = Arrays.copyOf(good, random.nextInt(good.length + 3));
            for (int n = random.nextInt(4); n >= 0 && bytes.length > 0; n--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                CommandMessage.read(bytes);
            } catch (UnreadableMessage e) {
                assertThat(e.getMessage()).as("mutation %d", i).isNotBlank();
            }
        }
    }

    private static CommandMessage read(String text) {
        return CommandMessage.read(text.getBytes(StandardCharsets.UTF_8));
    }
}
