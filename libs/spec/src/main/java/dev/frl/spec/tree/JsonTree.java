package dev.frl.spec.tree;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * JSON to a tree, within the bounds of {@link YamlTree}. Read as programs and editors write it: besides RFC 8259, comments, a
 * comma after the last value, and Python's {@code NaN} and {@code Infinity}. Not every JSON is YAML: in YAML, tabs do not
 * indent.
 */
final class JsonTree {
    private static final int LONGEST_REASON = 160;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(JsonReadFeature.ALLOW_TRAILING_COMMA)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(JsonReadFeature.ALLOW_JAVA_COMMENTS)
            .enable(JsonReadFeature.ALLOW_YAML_COMMENTS)
            // The size of the whole text has a limit.
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNumberLength(YamlTree.MAX_BYTES)
                    .maxNameLength(YamlTree.MAX_BYTES)
                    .build())
            // Names of strangers: their hashes may be made to collide.
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();

    private final JsonParser json;
    private final ProblemSink found;
    private int nodes;

    private JsonTree(JsonParser json, ProblemSink found) {
        this.json = json;
        this.found = found;
    }

    /** Whether the text is meant as JSON: it begins with a brace, and then a name in quotes, or with a list of such groups. */
    static boolean isMeant(String text) {
        int at = skipSpace(text, 0);
        if (at < text.length() && text.charAt(at) == '[') {
            at = skipSpace(text, at + 1);
        }
        if (at == text.length() || text.charAt(at) != '{') {
            return false;
        }
        int next = skipSpace(text, at + 1);
        return next < text.length() && (text.charAt(next) == '"' || text.charAt(next) == '}');
    }

    /** The first character from there on that is neither white space nor part of a comment. */
    private static int skipSpace(String text, int from) {
        int at = from;
        while (at < text.length()) {
            int end = -1;
            if (text.charAt(at) == '#' || text.startsWith("//", at)) {
                end = text.indexOf('\n', at);
            } else if (text.startsWith("/*", at)) {
                end = text.indexOf("*/", at + 2) + 1;
            } else if (" \t\r\n".indexOf(text.charAt(at)) >= 0) {
                end = at;
            } else {
                return at;
            }
            at = end < at ? text.length() : end + 1;
        }
        return at;
    }

    /** @return empty if this is no JSON; then the reason was noted, with line and column */
    static Optional<Node> parse(String text, ProblemSink found) {
        try (var json = JSON.createParser(text)) {
            return Optional.of(new JsonTree(json, found).document());
        } catch (JsonProcessingException e) {
            found.add(lineOf(e.getLocation()), "", "This is not JSON" + at(e.getLocation()) + ": " + reason(e) + ".");
        } catch (RefusedException e) {
            found.add(lineOf(e.at), "", e.getMessage());
        } catch (IOException e) {
            throw new UncheckedIOException("a text was read", e);
        }
        return Optional.empty();
    }

    private static String at(@Nullable JsonLocation location) {
        return location == null
                ? ""
                : String.format(Locale.ROOT, " at %d:%d", location.getLineNr(), location.getColumnNr());
    }

    private static @Nullable Integer lineOf(@Nullable JsonLocation location) {
        return location == null ? null : (Integer) location.getLineNr();
    }

    private static String reason(JsonProcessingException e) {
        String message = String.valueOf(e.getOriginalMessage())
                .replaceAll("[\\p{Cc}\\s]+", " ")
                .replaceAll(" \\(start marker at .*|\\[Source: .*", "")
                .replace("Unexpected end-of-input", "it ends too early");
        return message.length() > LONGEST_REASON ? message.substring(0, LONGEST_REASON) + "…" : message;
    }

    private Node document() throws IOException {
        json.nextToken();
        Node root = node("", 1);
        if (json.nextToken() != null) {
            var at = json.currentTokenLocation();
            throw new RefusedException(at, "A second value begins" + at(at) + "; write one experiment a file.");
        }
        return root;
    }

    /** The value that begins with the current token. */
    private Node node(String path, int depth) throws IOException {
        int line = json.currentTokenLocation().getLineNr();
        if (++nodes > YamlTree.MAX_NODES) {
            throw new RefusedException(
                    json.currentTokenLocation(),
                    String.format(Locale.ROOT, "The spec has more than %,d values.", YamlTree.MAX_NODES));
        }
        if (depth > YamlTree.MAX_DEPTH) {
            throw new RefusedException(
                    json.currentTokenLocation(),
                    String.format(Locale.ROOT, "Values are nested more than %d deep.", YamlTree.MAX_DEPTH));
        }
        return switch (json.currentToken()) {
            case START_OBJECT -> object(line, path, depth);
            case START_ARRAY -> array(line, path, depth);
            case VALUE_STRING -> new Node.Scalar(line, json.getText(), json.getText());
            case VALUE_TRUE, VALUE_FALSE -> new Node.Scalar(line, json.getBooleanValue(), json.getText());
            case VALUE_NULL -> new Node.Scalar(line, null, json.getText());
            default -> new Node.Scalar(line, number(json.getText()), json.getText());
        };
    }

    private static Object number(String text) {
        return switch (text) {
            case "NaN" -> Double.NaN;
            case "INF", "+INF", "Infinity", "+Infinity" -> Double.POSITIVE_INFINITY;
            case "-INF", "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> YamlTree.number(text);
        };
    }

    private Node object(int line, String path, int depth) throws IOException {
        var entries = new LinkedHashMap<String, Node.Entry>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = json.currentName();
            int keyLine = json.currentTokenLocation().getLineNr();
            String full = Node.join(path, name);
            json.nextToken();
            var before = entries.putIfAbsent(name, new Node.Entry(keyLine, node(full, depth + 1)));
            if (before != null) {
                found.add(
                        keyLine,
                        full,
                        String.format(
                                Locale.ROOT, "is given twice, first in line %s; keep one of them", before.line()));
            }
        }
        return new Node.Mapping(line, entries);
    }

    private Node array(int line, String path, int depth) throws IOException {
        List<Node> items = new ArrayList<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            items.add(node(path + "[" + items.size() + "]", depth + 1));
        }
        return new Node.Sequence(line, items);
    }

    /** The text is JSON, but past the bounds. */
    private static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final transient JsonLocation at;

        RefusedException(JsonLocation at, String message) {
            super(message);
            this.at = at;
        }

        @Override
        public String getMessage() {
            return String.valueOf(super.getMessage());
        }
    }
}
