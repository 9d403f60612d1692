package dev.frl.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Protocol;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.message.BinaryMessageDecoder;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificRecord;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Released messages stay readable, and the current schemas are released. */
class ReleasedSchemasTest {
    private static final String HOW = "changed since it was released; release a new version with -D" + Releases.PROPERTY
            + "=v<number>, once all readers can be upgraded before the writers";

    @BeforeAll
    static void release() throws IOException {
        TrustedClasses.trust();
        String version = System.getProperty(Releases.PROPERTY);
        if (version != null && !version.isBlank()) {
            Releases.release(version);
        }
    }

    @Test
    void every_message_has_a_golden_message() {
        // Given
        var roots = allTypes().values().stream()
                .filter(type -> type.getType() == Schema.Type.RECORD)
                .collect(Collectors.toMap(Schema::getFullName, Schema::getName));
        allTypes().values().forEach(type -> partsOf(type).forEach(part -> roots.remove(part.getFullName())));
        roots.put(EpochTrained.class.getName(), "EpochTrained"); // a message of its own, and part of an event
        roots.put(ExperimentSpec.class.getName(), "ExperimentSpec"); // a message of its own, and part of a command

        // When
        var golden = Golden.messages().values().stream()
                .map(m -> m.getSchema().getName())
                .collect(Collectors.toSet());

        // Then
        assertThat(golden).containsExactlyInAnyOrderElementsOf(roots.values());
    }

    @Test
    void current_schemas_and_bytes_equal_those_of_the_newest_version() throws IOException {
        // Given
        var released = Releases.messages(Releases.newest());
        var schemas = Releases.schemas(Releases.newest());

        // When
        Map<String, SpecificRecord> current = Golden.messages();

        // Then
        assertThat(current.keySet()).as("messages %s", HOW).isEqualTo(released.keySet());
        for (var message : current.entrySet()) {
            var schema = message.getValue().getSchema();
            assertThat(schemas.get(schema.getName()))
                    .as("schema of %s %s", schema.getName(), HOW)
                    .isEqualTo(schema);
            assertThat(Releases.encode(message.getValue()))
                    .as("bytes of %s %s", message.getKey(), HOW)
                    .isEqualTo(released.get(message.getKey()));
        }
    }

    @Test
    void the_current_schemas_read_the_messages_of_every_version() throws IOException {
        // Given
        var versions = Releases.versions();
        var current = allTypes();

        // When
        var problems = new ArrayList<String>();
        for (String version : versions) {
            for (var released : Releases.schemas(version).values()) {
                Schema reader = current.get(released.getFullName());
                if (reader == null) {
                    problems.add(String.format(Locale.ROOT, "%s of %s no longer exists", released.getName(), version));
                    continue;
                }
                var compatibility = SchemaCompatibility.checkReaderWriterCompatibility(reader, released);
                if (compatibility.getType() != SchemaCompatibilityType.COMPATIBLE) {
                    problems.add(version + ": " + compatibility.getDescription());
                }
            }
            for (var message : Releases.messages(version).entrySet()) {
                decode(message.getValue(), current, Releases.schemas(version), message.getKey());
            }
        }

        // Then
        assertThat(problems).isEmpty();
        assertThat(versions).isNotEmpty();
    }

    private static void decode(byte[] bytes, Map<String, Schema> current, Map<String, Schema> released, String name)
            throws IOException {
        Schema writer = released.get(name.replaceFirst("-.*", ""));
        assertThat(writer).as("schema of %s", name).isNotNull();
        Schema reader = current.get(writer.getFullName());
        var decoder = new BinaryMessageDecoder<SpecificRecord>(SpecificData.getForSchema(reader), reader);
        decoder.addSchema(writer);
        assertThat(decoder.decode(bytes)).as(name).isNotNull();
    }

    /** Each needs a test that no message leads a worker elsewhere; see AttackerServiceTest and TrainerServiceTest. */
    @Test
    void only_two_fields_of_messages_name_places() {
        // Given
        var place = Pattern.compile("(?i)\\b(URIs?|URLs?|path of|folder of|file (?:name|of))\\b");
        var name = Pattern.compile("(?i).*(uri|url|path|location|file|folder|directory)$");

        // When
        var fields = allTypes().values().stream()
                .filter(type -> type.getType() == Schema.Type.RECORD)
                .flatMap(type -> type.getFields().stream()
                        .filter(field -> name.matcher(field.name()).matches()
                                || place.matcher(String.valueOf(field.doc())).find())
                        .map(field -> type.getName() + "." + field.name()))
                .distinct();

        // Then
        assertThat(fields).containsExactlyInAnyOrder("CheckpointRef.location", "WarmStartSpec.checkpoint");
    }

    @Test
    void every_type_and_every_field_has_a_doc_comment() {
        // Given
        var types = allTypes().values();

        // When
        var undocumented = new ArrayList<String>();
        for (Schema type : types) {
            if (isUndocumented(type.getDoc())) {
                undocumented.add(type.getFullName());
            }
            for (var field : type.getType() == Schema.Type.RECORD ? type.getFields() : List.<Schema.Field>of()) {
                if (isUndocumented(field.doc())) {
                    undocumented.add(type.getFullName() + "." + field.name());
                }
            }
        }

        // Then
        assertThat(undocumented).isEmpty();
    }

    /** The bounded decoder relies on it: it accepts at most as many items as there are bytes left. */
    @Test
    void no_item_of_an_array_or_map_takes_less_than_a_byte() {
        // Given
        var types = allTypes().values();

        // When
        var items = types.stream()
                .filter(type -> type.getType() == Schema.Type.RECORD)
                .flatMap(type -> type.getFields().stream())
                .flatMap(field -> itemsOf(field.schema()))
                .toList();

        // Then
        assertThat(items)
                .isNotEmpty()
                .allSatisfy(item -> assertThat(leastBytes(item, new HashSet<>()))
                        .as(item.toString())
                        .isPositive());
    }

    private static boolean isUndocumented(String doc) {
        return doc == null || doc.isBlank();
    }

    private static Map<String, Schema> allTypes() {
        var types = new TreeMap<String, Schema>();
        Stream.of(
                        Common.PROTOCOL,
                        ExperimentSpecs.PROTOCOL,
                        Training.PROTOCOL,
                        Attacks.PROTOCOL,
                        Commands.PROTOCOL,
                        Runs.PROTOCOL,
                        Experiments.PROTOCOL,
                        Workers.PROTOCOL,
                        Turns.PROTOCOL)
                .map(Protocol::getTypes)
                .flatMap(Collection::stream)
                .forEach(type -> types.put(type.getFullName(), type));
        return types;
    }

    private static Set<Schema> partsOf(Schema type) {
        var parts = new HashSet<Schema>();
        if (type.getType() == Schema.Type.RECORD) {
            type.getFields().forEach(field -> named(field.schema(), parts));
        }
        return parts;
    }

    private static void named(Schema schema, Set<Schema> into) {
        switch (schema.getType()) {
            case RECORD, ENUM -> into.add(schema);
            case UNION -> schema.getTypes().forEach(t -> named(t, into));
            case ARRAY -> named(schema.getElementType(), into);
            case MAP -> named(schema.getValueType(), into);
            default -> {}
        }
    }

    private static Stream<Schema> itemsOf(Schema schema) {
        return switch (schema.getType()) {
            case UNION -> schema.getTypes().stream().flatMap(ReleasedSchemasTest::itemsOf);
            case ARRAY -> Stream.concat(Stream.of(schema.getElementType()), itemsOf(schema.getElementType()));
            case MAP -> itemsOf(schema.getValueType()); // an item of a map has a key, and so at least one byte
            default -> Stream.of();
        };
    }

    private static int leastBytes(Schema schema, Set<Schema> within) {
        return switch (schema.getType()) {
            case NULL -> 0;
            case RECORD ->
                within.add(schema)
                        ? schema.getFields().stream()
                                .mapToInt(f -> leastBytes(f.schema(), within))
                                .sum()
                        : 0;
            default -> 1;
        };
    }
}
