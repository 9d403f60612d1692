package dev.frl.spec.key;

import dev.frl.core.settings.Named;
import dev.frl.spec.tree.Node;
import dev.frl.spec.tree.Numbers;
import dev.frl.spec.tree.Suggestions;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What may stand behind a key: how it is read, written and described.
 *
 * @param doc for the table of all keys
 * @param expected to be read after "it must be"
 * @param reader of one value; null, or a hint to be read after a colon, if the value is of another type
 * @param plain back to a plain value, as a tree holds it: String, Integer, Long, Double, Boolean, List or Map
 * @param schema what JSON Schema says of it
 * @param avro its types in Avro IDL, as they stand in a union; empty if they follow from other keys
 */
public record ValueType<T>(
        String doc,
        String expected,
        Function<Node, Read<T>> reader,
        Function<T, Object> plain,
        Map<String, Object> schema,
        String avro) {
    private static final Pattern FRACTION =
            Pattern.compile("\\s*([0-9]{1,9}(?:\\.[0-9]{1,9})?)\\s*/\\s*([0-9]{1,9})\\s*");
    private static final Pattern SPAN = Pattern.compile(
            "(?:([0-9]{1,6})d)?(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,9})(?:\\.([0-9]{1,9}))?s)?");

    /** Up to here, a double holds every whole number. */
    private static final double EXACT = 1L << 53;

    /** As OmegaConf, the shell, Helm, and Python write what stands for a value. */
    private static final Pattern TEMPLATE = Pattern.compile("\\$\\{|^\\$[A-Za-z_]|\\{\\{|%\\(");

    private static final Pattern TEXT_IN_YAML_1_1 = Pattern.compile("[0-9]+[eE][0-9]+");

    public static final ValueType<String> TEXT = text(Map.of("type", "string"));
    public static final ValueType<Integer> INTEGER =
            scalar("integer", "a whole number", ValueType::integer, n -> n, Map.of("type", "integer"), "long");
    public static final ValueType<Long> SEED =
            scalar("64-bit integer", "a whole number", ValueType::seed, n -> n, Map.of("type", "integer"), "long");
    public static final ValueType<Double> NUMBER =
            scalar("number", "a number", ValueType::number, n -> n, Map.of("type", "number"), "double");
    public static final ValueType<Double> RATIO = scalar(
            "number or fraction",
            "a number or a fraction such as 8/255",
            ValueType::ratio,
            n -> n,
            Map.of("type", List.of("number", "string"), "pattern", whole(FRACTION)),
            "double, string");
    public static final ValueType<Duration> DURATION = scalar(
            "duration",
            "a duration with its units, such as 90s, 10m or 1h30m",
            ValueType::duration,
            Numbers::duration,
            Map.of("type", "string", "minLength", 1, "pattern", whole(SPAN)),
            "string");
    public static final ValueType<Boolean> FLAG =
            scalar("true or false", "true or false", ValueType::flag, b -> b, Map.of("type", "boolean"), "boolean");
    public static final ValueType<List<Double>> NUMBERS = new ValueType<>(
            "list of numbers",
            "a list of numbers, such as [0.6, 0.85]",
            ValueType::numbers,
            numbers -> numbers,
            Map.of("type", "array", "items", Map.of("type", "number")),
            "array<double>");

    /**
     * What reading gave.
     *
     * @param value null if this is of another type
     * @param hint what to write instead; may be empty
     */
    public record Read<T>(@Nullable T value, String hint) {
        static <T> Read<T> of(T value) {
            return new Read<>(value, "");
        }

        static <T> Read<T> not(String hint) {
            return new Read<>(null, hint);
        }
    }

    /** One of the names of an enum. */
    public static <E extends Enum<E> & Named> ValueType<E> choice(Class<E> type) {
        var byLabel = new LinkedHashMap<String, E>();
        Arrays.stream(type.getEnumConstants()).forEach(e -> byLabel.put(e.label(), e));
        return oneOf(byLabel, Named::label);
    }

    /** One of these words. */
    public static ValueType<String> word(String... words) {
        var byLabel = new LinkedHashMap<String, String>();
        Arrays.stream(words).forEach(w -> byLabel.put(w, w));
        return oneOf(byLabel, w -> w);
    }

    /** A name that a catalogue must know: any text is read here. */
    public static ValueType<String> name(List<String> known) {
        return text(Map.of("enum", known)).described(alternatives(known));
    }

    /** A text of this form; the form is checked by the reader of the key. */
    public static ValueType<String> text(Pattern form) {
        return text(Map.of("type", "string", "pattern", whole(form)));
    }

    /** Texts by name; names and texts are checked by the reader of the key. */
    public static ValueType<Node.Mapping> labels(Pattern name, int most, int longest) {
        Map<String, Object> schema = Map.of(
                "type",
                "object",
                "maxProperties",
                most,
                "propertyNames",
                Map.of("pattern", whole(name)),
                "additionalProperties",
                Map.of("type", List.of("string", "null"), "maxLength", longest));
        return mapping("texts by name", "a group of texts, such as {team: vision}", schema, "map<string>");
    }

    /** A group whose entries the reader of the key checks. */
    public static ValueType<Node.Mapping> mapping(
            String doc, String expected, Map<String, Object> schema, String avro) {
        return new ValueType<>(
                doc,
                expected,
                n -> n instanceof Node.Mapping m ? Read.of(m) : Read.not(""),
                m -> {
                    var plain = new LinkedHashMap<String, Object>();
                    m.entries().forEach((k, v) -> plain.put(k, v.value().text()));
                    return plain;
                },
                schema,
                avro);
    }

    private static <T> ValueType<T> oneOf(Map<String, T> byLabel, Function<T, Object> plain) {
        List<String> labels = List.copyOf(byLabel.keySet());
        String expected = labels.size() == 1 ? labels.get(0) : "one of " + String.join(", ", labels);
        return new ValueType<>(
                alternatives(labels),
                expected,
                node -> {
                    if (node instanceof Node.Scalar s && s.value() instanceof String written) {
                        T value = byLabel.get(written);
                        return value != null
                                ? Read.of(value)
                                : Read.not(Suggestions.closest(written, labels)
                                        .filter(x -> labels.size() > 1)
                                        .map(x -> "did you mean " + x + "?")
                                        .orElse(""));
                    }
                    return Read.not("");
                },
                plain,
                Map.of("enum", labels),
                "string");
    }

    private static String alternatives(List<String> names) {
        return String.join(" \\| ", names.stream().map(n -> "`" + n + "`").toList());
    }

    private static ValueType<String> text(Map<String, Object> schema) {
        return scalar("text", "a text", ValueType::text, t -> t, schema, "string");
    }

    private static <T> ValueType<T> scalar(
            String doc,
            String expected,
            Function<Node.Scalar, Read<T>> reader,
            Function<T, Object> plain,
            Map<String, Object> schema,
            String avro) {
        return new ValueType<>(
                doc, expected, n -> n instanceof Node.Scalar s ? reader.apply(s) : Read.not(""), plain, schema, avro);
    }

    private ValueType<T> described(String other) {
        return new ValueType<>(other, expected, reader, plain, schema, avro);
    }

    /** The value as a spec writes it. */
    public String written(T value) {
        return flow(plain.apply(value));
    }

    private static String flow(Object plain) {
        if (plain instanceof Double d) {
            return Numbers.shortest(d);
        }
        if (plain instanceof List<?> items) {
            return items.stream().map(ValueType::flow).collect(Collectors.joining(", ", "[", "]"));
        }
        return plain.toString();
    }

    /** The names that a value may be; empty if it is no name. */
    public List<String> choices() {
        return schema.get("enum") instanceof List<?> names
                ? names.stream().map(String::valueOf).toList()
                : List.of();
    }

    private static String whole(Pattern form) {
        return "^(?:" + form.pattern() + ")$";
    }

    /** Digits around an e are a number in YAML 1.2 only: programs for YAML 1.1 write a text such as a commit's hash so. */
    private static Read<String> text(Node.Scalar s) {
        if (s.value() instanceof String t) {
            return Read.of(t);
        }
        return TEXT_IN_YAML_1_1.matcher(s.text()).matches()
                ? Read.of(s.text())
                : Read.not(
                        s.value() == null
                                ? ""
                                : String.format(Locale.ROOT, "put it in quotes, \"%s\"", Node.shown(s.text())));
    }

    private static Read<Integer> integer(Node.Scalar s) {
        Long n = whole(s);
        return n != null && n == n.intValue()
                ? Read.of(n.intValue())
                : Read.not(isInteger(s) ? "it has at most 32 bits" : unquote(s));
    }

    private static Read<Long> seed(Node.Scalar s) {
        Long n = whole(s);
        return n != null ? Read.of(n) : Read.not(isInteger(s) ? "it has at most 64 bits" : unquote(s));
    }

    /** Programs without integers write 10 as 10.0 or 1e1, which is a whole number in JSON Schema too. */
    private static @Nullable Long whole(Node.Scalar s) {
        if (s.value() instanceof Double d && d == Math.rint(d) && Math.abs(d) <= EXACT) {
            return d.longValue();
        }
        return s.value() instanceof Long n ? n : null;
    }

    private static boolean isInteger(Node.Scalar s) {
        return whole(s) != null || s.value() instanceof BigInteger;
    }

    private static Read<Double> number(Node.Scalar s) {
        if (s.value() instanceof Double d) {
            return Read.of(d);
        }
        if (s.value() instanceof Long || s.value() instanceof BigInteger) {
            return Read.of(((Number) s.value()).doubleValue());
        }
        return Read.not(s.text().contains("/") ? "write the quotient" : unquote(s));
    }

    private static Read<Double> ratio(Node.Scalar s) {
        Matcher m = FRACTION.matcher(s.value() instanceof String t ? t : "");
        if (!m.matches()) {
            return s.value() instanceof String ? Read.not(unquote(s)) : number(s);
        }
        double divisor = Double.parseDouble(m.group(2));
        return divisor == 0
                ? Read.not("nothing can be divided by 0")
                : Read.of(Double.parseDouble(m.group(1)) / divisor);
    }

    private static Read<Boolean> flag(Node.Scalar s) {
        if (s.value() instanceof Boolean b) {
            return Read.of(b);
        }
        return switch (s.text()) {
            case "yes", "on", "1", "true" -> Read.not("write true");
            case "no", "off", "0", "false" -> Read.not("write false");
            default -> Read.not("");
        };
    }

    /** For a number that was written as a text: how to write it. */
    private static String unquote(Node.Scalar s) {
        if (s.value() instanceof String t && t.length() <= 40) {
            // Within a number, a space or a comma stands before three digits.
            String bare = t.strip()
                    .replace("_", "")
                    .replaceAll("(?<=[0-9])[ ,](?=[0-9]{3}(?![0-9]))", "")
                    .replaceFirst("[,;]$", "");
            if (bare.matches("[-+]?[0-9.]+([eE][-+]?[0-9]+)?")) {
                return bare.equals(t) ? String.format(Locale.ROOT, "write %s without quotes", bare) : "write " + bare;
            }
            if (bare.matches("[0-9.]+ ?%")) {
                return "write a fraction instead of percent";
            }
        }
        return s.value() instanceof String t && TEMPLATE.matcher(t).find() ? "a template must be filled in first" : "";
    }

    private static Read<Duration> duration(Node.Scalar s) {
        if (!(s.value() instanceof String text)) {
            return Read.not(
                    s.value() instanceof Long
                            ? String.format(Locale.ROOT, "if these are seconds, write %ss", s.text())
                            : "");
        }
        Matcher m = SPAN.matcher(text);
        if (text.isEmpty() || !m.matches()) {
            return Read.not("");
        }
        String nanos = Optional.ofNullable(m.group(5)).orElse("");
        return Read.of(Duration.ofDays(amount(m.group(1)))
                .plusHours(amount(m.group(2)))
                .plusMinutes(amount(m.group(3)))
                .plusSeconds(amount(m.group(4)))
                .plusNanos(amount(nanos + "0".repeat(9 - nanos.length()))));
    }

    private static long amount(@Nullable String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }

    private static Read<List<Double>> numbers(Node node) {
        if (!(node instanceof Node.Sequence list)) {
            return Read.not(
                    node instanceof Node.Scalar s && number(s).value() != null ? "write [" + s.text() + "]" : "");
        }
        List<Double> out = new ArrayList<>();
        for (Node item : list.items()) {
            Double value = item instanceof Node.Scalar s ? number(s).value() : null;
            if (value == null) {
                return Read.not(String.format(Locale.ROOT, "[%d] is %s", out.size(), item.described()));
            }
            out.add(value);
        }
        return Read.of(out);
    }
}
