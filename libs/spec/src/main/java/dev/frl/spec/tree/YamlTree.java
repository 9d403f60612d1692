package dev.frl.spec.tree;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Parse;
import org.snakeyaml.engine.v2.events.AliasEvent;
import org.snakeyaml.engine.v2.events.CollectionStartEvent;
import org.snakeyaml.engine.v2.events.Event;
import org.snakeyaml.engine.v2.events.MappingStartEvent;
import org.snakeyaml.engine.v2.events.ScalarEvent;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.ReaderException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlVersionException;

/**
 * A text to a tree: YAML 1.2 with its core schema, without tags and aliases, and within bounds. Nothing is ever constructed
 * by name, and the parser's events are taken one by one, so that a hostile file is refused before it is expanded.
 */
public final class YamlTree {
    public static final int MAX_BYTES = 256 * 1024;
    public static final int MAX_DEPTH = 24;
    public static final int MAX_NODES = 50_000;

    private static final Pattern INTEGER = Pattern.compile("[-+]?[0-9]+");
    private static final Pattern HEX_OR_OCTAL = Pattern.compile("0x[0-9a-fA-F]{1,15}|0o[0-7]{1,20}");
    private static final Pattern DECIMAL =
            Pattern.compile("[-+]?(?:\\.[0-9]+|[0-9]+(?:\\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?");
    private static final Pattern INFINITE = Pattern.compile("[-+]?\\.(?:inf|Inf|INF)");

    private final ProblemSink found;
    private final Iterator<Event> events;
    private int nodes;

    private YamlTree(Iterator<Event> events, ProblemSink found) {
        this.events = events;
        this.found = found;
    }

    /** @return empty if this is no tree at all; then the reason was noted */
    public static Optional<Node> parse(String text, ProblemSink found) {
        try {
            return new YamlTree(new Parse(settings(text)).parseString(text).iterator(), found).document();
        } catch (Refused e) {
            found.add(e.line, "", e.getMessage());
        } catch (MarkedYamlEngineException e) {
            var line = e.getProblemMark().or(e::getContextMark).map(YamlTree::lineOf);
            String why = e.getProblem().contains("(TAB)")
                    ? "there is a tab where it takes none; write spaces"
                    : Node.shown(e.getProblem().replaceFirst("\\. \\(Do not use.*", ""));
            found.add(line.orElse(null), "", "This is not YAML: " + why + "." + otherForm(text));
        } catch (YamlVersionException e) {
            found.add(
                    null, "", "This is not YAML: only version 1.2 is read; leave out the line that begins with %YAML.");
        } catch (ReaderException e) {
            found.add(
                    TextTree.lineAt(text, e.getPosition()),
                    "",
                    String.format(
                            Locale.ROOT, "There is a character that YAML does not allow: U+%04X.", e.getCodePoint()));
        } catch (YamlEngineException e) {
            found.add(null, "", "This is not YAML: " + Node.shown(String.valueOf(e.getMessage())) + ".");
        }
        return Optional.empty();
    }

    /** What else the text may be, as a sentence after the reason why it is no YAML; empty if it looks like nothing known. */
    private static String otherForm(String text) {
        var lines = text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
        if (lines.stream().limit(1).anyMatch(line -> line.matches("\\[\\[?[\\w.-]+]]?"))) {
            return " It looks like TOML or INI; write YAML or JSON.";
        }
        if (lines.stream().anyMatch(line -> line.startsWith("<<<<<<<"))) {
            return " It holds a conflict that git left; decide it first.";
        }
        if (lines.stream().anyMatch(line -> line.startsWith("{%") || line.startsWith("{{"))) {
            return " It looks like a template, which must be filled in first.";
        }
        return lines.stream().anyMatch(line -> line.startsWith("```"))
                ? " It holds Markdown; leave out the lines that begin with ```."
                : "";
    }

    /** How the engine is to parse this text. */
    public static LoadSettings settings(String text) {
        return LoadSettings.builder()
                .setLabel("spec")
                .setCodePointLimit(Integer.MAX_VALUE)
                // In one piece: at the end of a smaller buffer, the engine trips over characters beyond U+FFFF.
                .setBufferSize(text.length() + 2)
                .build();
    }

    private Optional<Node> document() {
        next(); // start of stream
        Node root = null;
        for (Event start = next(); start.getEventId() != Event.ID.StreamEnd; start = next()) {
            Event first = next();
            if (root != null && !isEmpty(first)) {
                throw new Refused(lineOf(start), "A second document begins here; write one experiment a file.");
            }
            Node document = node(first, "", 1);
            if (!(document instanceof Node.Scalar s && s.value() == null)) {
                root = document;
            }
            next(); // end of document
        }
        if (root == null) {
            throw new Refused(null, "The spec is empty.");
        }
        return Optional.of(root);
    }

    /** A line {@code ---} with nothing after it, as programs end and begin their files. */
    private static boolean isEmpty(Event first) {
        return first instanceof ScalarEvent scalar
                && scalar.isPlain()
                && scalar.getValue().isEmpty();
    }

    private Event next() {
        try {
            return events.next();
        } catch (YamlEngineException e) {
            throw e;
        } catch (RuntimeException e) {
            // A defect of the parser must not stop a reader of a topic that anyone may write to.
            throw new Refused(
                    null,
                    String.format(
                            Locale.ROOT,
                            "This cannot be read as YAML (%s).",
                            e.getClass().getSimpleName()));
        }
    }

    private Node node(Event event, String path, int depth) {
        Integer line = lineOf(event);
        if (++nodes > MAX_NODES) {
            throw new Refused(line, String.format(Locale.ROOT, "The spec has more than %,d values.", MAX_NODES));
        }
        if (depth > MAX_DEPTH) {
            throw new Refused(line, String.format(Locale.ROOT, "Values are nested more than %d deep.", MAX_DEPTH));
        }
        if (event instanceof AliasEvent) {
            found.add(line, path, "is an alias; aliases (*name) are not read: write the value out");
            return new Node.Broken(line);
        }
        if (event instanceof ScalarEvent scalar) {
            return isTagged(scalar.getTag(), line, path) ? new Node.Broken(line) : scalar(scalar, line);
        }
        var start = (CollectionStartEvent) event;
        boolean tagged = isTagged(start.getTag(), line, path);
        Node collection = start instanceof MappingStartEvent ? mapping(line, path, depth) : sequence(line, path, depth);
        return tagged ? new Node.Broken(line) : collection;
    }

    private boolean isTagged(Optional<String> tag, @Nullable Integer line, String path) {
        tag.ifPresent(t -> found.add(
                line,
                path,
                String.format(Locale.ROOT, "has the tag %s; tags are not read: write the plain value", Node.shown(t))));
        return tag.isPresent();
    }

    private Node mapping(@Nullable Integer line, String path, int depth) {
        var entries = new LinkedHashMap<String, Node.Entry>();
        for (Event event = next(); event.getEventId() != Event.ID.MappingEnd; event = next()) {
            Integer keyLine = lineOf(event);
            Node key = node(event, path, depth + 1);
            String full = key instanceof Node.Scalar name ? Node.join(path, name.text()) : path;
            Event first = next();
            if (isMergeKey(event)) {
                found.add(
                        keyLine, full, "is a merge key; merge keys are not read: write the entries of that group here");
                if (!(first instanceof AliasEvent)) {
                    node(first, full, depth + 1);
                }
                continue;
            }
            Node value = node(first, full, depth + 1);
            if (!(key instanceof Node.Scalar name)) {
                if (!(key instanceof Node.Broken)) {
                    String template =
                            key instanceof Node.Mapping ? "; a template, {{ … }}, must be filled in first" : "";
                    found.add(
                            keyLine,
                            path,
                            String.format(
                                    Locale.ROOT,
                                    "has a key that is %s; a key must be a name%s",
                                    key.described(),
                                    template));
                }
                continue;
            }
            refuseOtherSpaces(name.text(), keyLine);
            var before = entries.putIfAbsent(name.text(), new Node.Entry(keyLine, value));
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

    private static boolean isMergeKey(Event key) {
        return key instanceof ScalarEvent scalar
                && scalar.isPlain()
                && scalar.getValue().equals("<<");
    }

    /** Web pages and editors indent with spaces that are none in YAML, and nobody sees the difference. */
    private static void refuseOtherSpaces(String key, @Nullable Integer line) {
        int first = key.isEmpty() ? ' ' : key.codePointAt(0);
        if (first != ' ' && (Character.isSpaceChar(first) || Character.getType(first) == Character.FORMAT)) {
            throw new Refused(
                    line,
                    String.format(
                            Locale.ROOT,
                            "A name begins with the character U+%04X, which looks like a space or like nothing: indent with spaces.",
                            first));
        }
    }

    private Node sequence(@Nullable Integer line, String path, int depth) {
        List<Node> items = new ArrayList<>();
        for (Event event = next(); event.getEventId() != Event.ID.SequenceEnd; event = next()) {
            items.add(node(event, path + "[" + items.size() + "]", depth + 1));
        }
        return new Node.Sequence(line, items);
    }

    private static Node scalar(ScalarEvent event, @Nullable Integer line) {
        String text = event.getValue();
        return new Node.Scalar(line, event.isPlain() ? plain(text) : text, text);
    }

    /** The core schema of YAML 1.2, in which {@code no} is a text and {@code 010} is ten. */
    private static @Nullable Object plain(String text) {
        switch (text) {
            case "", "~", "null", "Null", "NULL":
                return null;
            case "true", "True", "TRUE":
                return true;
            case "false", "False", "FALSE":
                return false;
            case ".nan", ".NaN", ".NAN":
                return Double.NaN;
            default:
                return number(text);
        }
    }

    /** A number as the core schema writes it, or the text itself: Long, BigInteger, Double or String. */
    static Object number(String text) {
        if (INTEGER.matcher(text).matches()) {
            // What is longer than any integer that a setting takes need not be exact.
            return text.length() <= 18
                    ? (Object) Long.valueOf(text)
                    : text.length() <= 40 ? shortened(new BigInteger(text)) : (Object) Double.valueOf(text);
        }
        if (HEX_OR_OCTAL.matcher(text).matches()) {
            return shortened(new BigInteger(text.substring(2), text.charAt(1) == 'x' ? 16 : 8));
        }
        if (INFINITE.matcher(text).matches()) {
            return text.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
        }
        return DECIMAL.matcher(text).matches() ? (Object) Double.valueOf(text) : text;
    }

    private static Object shortened(BigInteger value) {
        return value.bitLength() < 64 ? (Object) value.longValue() : value;
    }

    private static Integer lineOf(Event event) {
        return lineOf(event.getStartMark().orElseThrow());
    }

    private static int lineOf(Mark mark) {
        return mark.getLine() + 1;
    }

    /** Ends the reading of a file that is no spec at all. */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final @Nullable Integer line;

        Refused(@Nullable Integer line, String message) {
            super(message, null, false, false);
            this.line = line;
        }

        @Override
        public String getMessage() {
            return String.valueOf(super.getMessage());
        }
    }
}
