package dev.frl.messaging;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.frl.core.command.Command.Which;
import dev.frl.core.command.Verb;
import dev.frl.messaging.codec.AvroCodec;
import dev.frl.messaging.codec.Codec;
import dev.frl.messaging.codec.UnreadableMessage;
import dev.frl.schemas.Command;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A message of frl.commands: an order of a user, before anything is known of its target. The first bytes tell its format: no UTF-8
 * text begins with C3 01.
 *
 * @param experiment name or id of an experiment; null if the order is to a run, or has a spec
 * @param run run id; null if the order is to an experiment
 * @param which runs that a retry of an experiment is about
 * @param reason in the user's words; null for none
 * @param spec the spec that extends an experiment; null for the other verbs
 */
public record CommandMessage(
        Verb verb,
        @Nullable String experiment,
        @Nullable String run,
        Which which,
        @Nullable String reason,
        @Nullable SpecMessage spec) {
    private static final int MAX_TARGET = 200;
    private static final int MAX_REASON = 500;
    private static final int MAX_DEPTH = 32;
    private static final Set<String> FIELDS = Set.of("verb", "experiment", "run", "which", "reason", "spec");

    /**
     * Reads a message.
     *
     * @throws UnreadableMessage if it is not a command; the message names all problems
     */
    public static CommandMessage read(byte @Nullable [] bytes) {
        if (bytes == null || bytes.length == 0) {
            throw new UnreadableMessage("the message has no value");
        }
        Codec.requireAtMost(Topics.MAX_SPEC_BYTES, bytes);
        var problems = new ArrayList<String>();
        var command = AvroCodec.isSingleObject(bytes) ? ofAvro(Avro.CODEC.decode(bytes)) : ofJson(bytes, problems);
        if (command != null) {
            command.check(problems);
        }
        if (command == null || !problems.isEmpty()) {
            throw new UnreadableMessage(String.join("; ", problems));
        }
        return command;
    }

    /** Encodes a command in Avro. */
    public static byte[] write(Command command) {
        return Avro.CODEC.encode(command);
    }

    private static CommandMessage ofAvro(Command c) {
        return new CommandMessage(
                Verb.valueOf(c.getVerb().name()),
                c.getExperiment(),
                c.getRun(),
                Which.valueOf(c.getWhich().name()),
                c.getReason(),
                c.getSpec() == null ? null : new SpecMessage.AvroSpec(SpecTree.of(c.getSpec())));
    }

    private static @Nullable CommandMessage ofJson(byte[] bytes, List<String> problems) {
        JsonNode json;
        try {
            json = Json.READER.readTree(bytes);
        } catch (JsonProcessingException e) {
            var where = e.getLocation();
            problems.add(String.format(
                    Locale.ROOT,
                    "it is neither Avro in single-object encoding nor JSON: %s%s",
                    e.getOriginalMessage(),
                    where == null
                            ? ""
                            : String.format(
                                    Locale.ROOT, ", line %d, column %d", where.getLineNr(), where.getColumnNr())));
            return null;
        } catch (java.io.IOException e) {
            problems.add("it is neither Avro in single-object encoding nor JSON: " + e.getMessage());
            return null;
        }
        if (!json.isObject()) {
            problems.add("it must be an object such as {\"verb\": \"stop\", \"experiment\": \"NAME\"}");
            return null;
        }
        json.fieldNames().forEachRemaining(name -> {
            if (!FIELDS.contains(name)) {
                problems.add(String.format(
                        Locale.ROOT,
                        "%s is not a field of a command; the fields are verb, experiment, run, which, reason, spec",
                        SpecProblemText.shown(name)));
            }
        });
        var verb = word(json, "verb", Verb.values(), null, problems);
        var which = word(json, "which", Which.values(), Which.FAILED, problems);
        var spec = json.get("spec");
        var command = new CommandMessage(
                verb == null ? Verb.STOP : verb,
                text(json, "experiment", problems),
                text(json, "run", problems),
                which == null ? Which.FAILED : which,
                text(json, "reason", problems),
                spec == null || spec.isNull()
                        ? null
                        : new SpecMessage.TextSpec(spec.isTextual() ? spec.textValue() : spec.toString()));
        return verb == null ? null : command;
    }

    private static <E extends Enum<E>> @Nullable E word(
            JsonNode json, String field, E[] words, @Nullable E otherwise, List<String> problems) {
        var value = json.get(field);
        if (value == null || value.isNull()) {
            if (otherwise == null) {
                problems.add(String.format(Locale.ROOT, "%s is missing; it must be one of %s", field, labels(words)));
            }
            return otherwise;
        }
        var found = Arrays.stream(words)
                .filter(w -> value.isTextual() && w.name().equalsIgnoreCase(value.textValue()))
                .findFirst();
        if (found.isEmpty()) {
            problems.add(String.format(
                    Locale.ROOT,
                    "%s is %s; it must be one of %s",
                    field,
                    SpecProblemText.shown(value.isTextual() ? value.textValue() : value.toString()),
                    labels(words)));
        }
        return found.orElse(null);
    }

    private static String labels(Enum<?>[] words) {
        return String.join(
                ", ",
                Arrays.stream(words).map(w -> w.name().toLowerCase(Locale.ROOT)).toList());
    }

    private static @Nullable String text(JsonNode json, String field, List<String> problems) {
        var value = json.get(field);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            problems.add(String.format(
                    Locale.ROOT, "%s is %s; it must be a text", field, SpecProblemText.shown(value.toString())));
            return null;
        }
        return value.textValue();
    }

    private void check(List<String> problems) {
        if (verb == Verb.EXTEND) {
            if (spec == null) {
                problems.add("spec is missing; extend needs the experiment's spec with more values");
            }
            if (run != null) {
                problems.add("run is given; only an experiment can be extended");
            }
        } else {
            if (spec != null) {
                problems.add("spec is given; only extend has one");
            }
            if ((run == null) == (experiment == null)) {
                problems.add(
                        run == null
                                ? "experiment or run is missing: name what the order is to"
                                : "both experiment and run are given; name one");
            }
        }
        atMost("experiment", experiment, MAX_TARGET, problems);
        atMost("run", run, MAX_TARGET, problems);
        atMost("reason", reason, MAX_REASON, problems);
    }

    private static void atMost(String field, @Nullable String text, int most, List<String> problems) {
        if (text == null) {
            return;
        }
        if (text.isBlank() || text.length() > most || text.chars().anyMatch(Character::isISOControl)) {
            problems.add(String.format(
                    Locale.ROOT,
                    "%s is %s; it must be one line of 1 to %d characters",
                    field,
                    SpecProblemText.shown(text),
                    most));
        }
    }

    /** How a value of a user is shown in a problem. */
    private static final class SpecProblemText {
        private static final int LONGEST = 60;

        private SpecProblemText() {}

        static String shown(String text) {
            var line = text.replaceAll("\\p{Cc}", " ");
            return '"' + (line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "…") + '"';
        }
    }

    /** Initialized at first use. */
    private static final class Avro {
        private static final Codec<Command> CODEC = new AvroCodec<>(
                Command.getClassSchema(), Topics.MAX_SPEC_BYTES, Function.identity(), Function.identity());
    }

    /** Initialized at first use. */
    private static final class Json {
        private static final ObjectReader READER = reader();

        private static ObjectReader reader() {
            var mapper = JsonMapper.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .build();
            mapper.getFactory()
                    .setStreamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .build());
            return mapper.reader();
        }
    }

    /** The document of a command as JSON. */
    public byte[] json() {
        var mapper = new JsonMapper();
        var object = mapper.createObjectNode();
        object.put("verb", verb.label());
        if (experiment != null) {
            object.put("experiment", experiment);
        }
        if (run != null) {
            object.put("run", run);
        }
        if (verb == Verb.RETRY) {
            object.put("which", which.name().toLowerCase(Locale.ROOT));
        }
        if (reason != null) {
            object.put("reason", reason);
        }
        if (spec instanceof SpecMessage.TextSpec text) {
            object.put("spec", text.text());
        } else if (spec instanceof SpecMessage.AvroSpec avro) {
            object.set("spec", mapper.valueToTree(avro.tree()));
        }
        return object.toString().getBytes(StandardCharsets.UTF_8);
    }
}
