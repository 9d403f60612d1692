package dev.frl.spec.docs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.spec.Admission;
import dev.frl.spec.Admission.Admitted;
import dev.frl.spec.ScenarioFiles;
import dev.frl.spec.SpecReader;
import dev.frl.spec.Specs;
import dev.frl.spec.StandardCatalogue;
import dev.frl.spec.Trees;
import dev.frl.spec.group.Keys;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.idl.IdlReader;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a document can say, the Avro record of a spec can say too. */
class ExperimentSpecIdlTest {
    private static final Path FILE = Specs.repository().resolve("schemas/src/main/avro/experiment-spec.avdl");

    /** Avro's types by the type of a key, written by hand: the file is generated. */
    private static final Map<String, Set<String>> TYPES = Map.ofEntries(
            Map.entry("text", Set.of("string")),
            Map.entry("integer", Set.of("long")),
            Map.entry("64-bit integer", Set.of("long")),
            Map.entry("number", Set.of("double")),
            Map.entry("number or fraction", Set.of("double", "string")),
            Map.entry("duration", Set.of("string")),
            Map.entry("true or false", Set.of("boolean")),
            Map.entry("list of numbers", Set.of("array")),
            Map.entry("texts by name", Set.of("map")),
            Map.entry("lists by path", Set.of("map")),
            Map.entry("distributions by path", Set.of("map")));

    private static Schema schema() {
        try {
            return new IdlReader().parse(FILE).getProtocol().getType("dev.frl.schemas.ExperimentSpec");
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void the_file_in_the_repository_follows_from_the_keys() throws IOException {
        // Given
        String idl = ExperimentSpecIdl.idl();
        if (Boolean.getBoolean("frl.docs.write")) {
            Files.writeString(FILE, idl);
        }

        // When
        String file = Specs.text(FILE);

        // Then
        assertThat(file)
                .as(
                        "%s; docs/settings.md says how to regenerate it. Then release the schemas: schemas/…/Releases",
                        FILE)
                .isEqualTo(idl);
    }

    @Test
    void every_key_is_a_field_of_its_type_and_every_field_is_a_key() {
        // Given
        var expected = new TreeMap<String, Set<String>>();
        Keys.TABLE.all().forEach(key -> {
            var types = new TreeSet<>(TYPES.getOrDefault(key.type().doc(), Set.of("string")));
            if (Keys.TABLE.isGroup(key.path())) {
                types.add("record");
            }
            expected.put(key.path(), types);
        });

        // When
        var fields = new TreeMap<String, Set<String>>();
        collect(schema(), "", fields);

        // Then
        fields.entrySet()
                .removeIf(f -> Keys.TABLE.isGroup(f.getKey()) && f.getValue().equals(Set.of("record")));
        assertThat(fields).isEqualTo(expected);
    }

    private static void collect(Schema record, String group, Map<String, Set<String>> into) {
        for (var field : record.getFields()) {
            String path = group.isEmpty() ? field.name() : group + "." + field.name();
            var types = branches(field.schema());
            into.put(
                    path,
                    types.stream().map(t -> t.getType().getName()).collect(Collectors.toCollection(TreeSet::new)));
            types.stream().filter(t -> t.getType() == Schema.Type.RECORD).forEach(t -> collect(t, path, into));
        }
    }

    private static List<Schema> branches(Schema schema) {
        return schema.getType() == Schema.Type.UNION
                ? schema.getTypes().stream()
                        .filter(t -> t.getType() != Schema.Type.NULL)
                        .toList()
                : List.of(schema);
    }

    static Stream<String> specs() {
        return Stream.concat(ScenarioFiles.examples().stream(), ScenarioFiles.admitted().stream());
    }

    @ParameterizedTest
    @MethodSource("specs")
    void a_document_and_its_record_are_the_same_runs(String spec) throws IOException {
        // Given
        var record = (IndexedRecord) datum(schema(), Trees.parse(spec)).orElseThrow();

        // When
        var tree = tree(copy(record));

        // Then
        assertThat(runs(reader(spec).read(tree)))
                .isEqualTo(runs(reader(spec).read(spec.getBytes(StandardCharsets.UTF_8))));
    }

    private static SpecReader reader(String spec) {
        return ScenarioFiles.examples().contains(spec)
                ? new SpecReader(new StandardCatalogue())
                : new SpecReader(Specs.CATALOGUE);
    }

    /** What is trained and how it is carried out. As a set: Avro keeps no order of the grid or of the space. */
    private static Set<String> runs(Admission admission) {
        assertThat(admission).isInstanceOf(Admitted.class);
        var plan = ((Admitted) admission).plan();
        var said = plan.runs().stream()
                .map(r ->
                        r.priority() + " " + r.warmStart() + " " + new TreeMap<>(r.variant()) + " " + r.canonicalSpec())
                .collect(Collectors.toCollection(TreeSet::new));
        said.add(plan.settings().toString());
        said.add(plan.points().stream()
                .map(p -> p.replicas().size() + " of " + new TreeMap<>(p.variant()))
                .sorted()
                .toList()
                .toString());
        return said;
    }

    private static IndexedRecord copy(IndexedRecord record) throws IOException {
        var out = new ByteArrayOutputStream();
        var encoder = EncoderFactory.get().binaryEncoder(out, null);
        new GenericDatumWriter<IndexedRecord>(record.getSchema()).write(record, encoder);
        encoder.flush();
        var decoder = DecoderFactory.get().binaryDecoder(out.toByteArray(), null);
        return new GenericDatumReader<IndexedRecord>(record.getSchema()).read(null, decoder);
    }

    /** The value as the schema holds it; empty if it cannot. */
    private static Optional<Object> datum(Schema schema, @Nullable Object value) {
        return switch (schema.getType()) {
            case UNION ->
                schema.getTypes().stream()
                        .flatMap(t -> datum(t, value).stream())
                        .findFirst();
            case NULL -> value == null ? Optional.of(Absent.ABSENT) : Optional.empty();
            case BOOLEAN -> Optional.ofNullable(value).filter(Boolean.class::isInstance);
            case STRING -> Optional.ofNullable(value).filter(String.class::isInstance);
            case LONG ->
                value instanceof Integer || value instanceof Long
                        ? Optional.of(((Number) value).longValue())
                        : Optional.empty();
            case DOUBLE -> value instanceof Number n ? Optional.of(n.doubleValue()) : Optional.empty();
            case ARRAY -> value instanceof List<?> list ? list(schema, list) : Optional.empty();
            case MAP -> value instanceof Map<?, ?> map ? map(schema, map) : Optional.empty();
            case RECORD -> value instanceof Map<?, ?> map ? record(schema, map) : Optional.empty();
            default -> throw new AssertionError(schema);
        };
    }

    /** Stands for null in an {@link Optional}. */
    private enum Absent {
        ABSENT
    }

    private static @Nullable Object orNull(Object value) {
        return value == Absent.ABSENT ? null : value;
    }

    private static Optional<Object> list(Schema schema, List<?> items) {
        var list = new ArrayList<@Nullable Object>();
        for (Object item : items) {
            var datum = datum(schema.getElementType(), item);
            if (datum.isEmpty()) {
                return Optional.empty();
            }
            list.add(orNull(datum.get()));
        }
        return Optional.of(list);
    }

    private static Optional<Object> map(Schema schema, Map<?, ?> entries) {
        var map = new LinkedHashMap<String, @Nullable Object>();
        for (var entry : entries.entrySet()) {
            var datum = datum(schema.getValueType(), entry.getValue());
            if (datum.isEmpty()) {
                return Optional.empty();
            }
            map.put((String) entry.getKey(), orNull(datum.get()));
        }
        return Optional.of(map);
    }

    private static Optional<Object> record(Schema schema, Map<?, ?> entries) {
        var record = new GenericData.Record(schema);
        for (var entry : entries.entrySet()) {
            var field = schema.getField((String) entry.getKey());
            var datum = field == null ? Optional.empty() : datum(field.schema(), entry.getValue());
            if (datum.isEmpty()) {
                return Optional.empty();
            }
            record.put(field.pos(), orNull(datum.get()));
        }
        return Optional.of(record);
    }

    private static Map<String, Object> tree(IndexedRecord record) {
        var tree = new LinkedHashMap<String, Object>();
        record.getSchema().getFields().forEach(field -> {
            Object value = plain(record.get(field.pos()));
            if (value != null) {
                tree.put(field.name(), value);
            }
        });
        return tree;
    }

    private static @Nullable Object plain(@Nullable Object value) {
        if (value instanceof IndexedRecord record) {
            return tree(record);
        }
        if (value instanceof List<?> list) {
            var items = new ArrayList<@Nullable Object>();
            list.forEach(item -> items.add(plain(item)));
            return items;
        }
        if (value instanceof Map<?, ?> map) {
            var entries = new TreeMap<String, Object>();
            map.forEach((k, v) -> entries.put(k.toString(), plain(v)));
            return entries;
        }
        return value instanceof CharSequence text ? text.toString() : value;
    }
}
