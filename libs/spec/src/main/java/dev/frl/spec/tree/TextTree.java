package dev.frl.spec.tree;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.Charset;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A file or a message to a tree: JSON if it is meant as JSON, else YAML. */
public final class TextTree {
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private TextTree() {}

    /**
     * Reads a text in UTF-8, UTF-16 or UTF-32, with or without a byte order mark.
     *
     * @return empty if this is no tree at all; then the reason was noted
     */
    public static Optional<Node> read(byte[] bytes, ProblemSink found) {
        if (bytes.length > YamlTree.MAX_BYTES) {
            found.add(
                    null,
                    "",
                    String.format(
                            Locale.ROOT,
                            "The spec has %,d bytes; at most %,d are read.",
                            bytes.length,
                            YamlTree.MAX_BYTES));
            return Optional.empty();
        }
        return decode(bytes, found).flatMap(text -> parse(text, found));
    }

    /** Whether a text that this class reads is JSON, and not YAML that merely looks like it. */
    public static boolean isJson(String text) {
        return JsonTree.isMeant(text)
                && JsonTree.parse(text, (line, path, message) -> {}).isPresent();
    }

    private static Optional<Node> parse(String text, ProblemSink found) {
        if (!JsonTree.isMeant(text)) {
            return YamlTree.parse(text, found);
        }
        var inJson = new Problems();
        var json = JsonTree.parse(text, inJson);
        if (json.isPresent()) {
            inJson.addTo(found);
            return json;
        }
        // YAML has braces and quotes too, and besides them comments and words without quotes.
        var inYaml = new Problems();
        var yaml = YamlTree.parse(text, inYaml);
        (yaml.isPresent() ? inYaml : inJson).addTo(found);
        return yaml;
    }

    /** The characters, without a byte order mark. */
    public static Optional<String> decode(byte[] bytes, ProblemSink found) {
        var charset = charset(bytes);
        var in = ByteBuffer.wrap(bytes);
        var out = CharBuffer.allocate(bytes.length);
        var decoder = charset.newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
        CoderResult result = decoder.decode(in, out, true);
        out.flip();
        if (result.isError()) {
            found.add(
                    lineAt(out, out.length()),
                    "",
                    String.format(
                            Locale.ROOT,
                            "The spec is not %s: byte %,d is 0x%02X. Save the file as UTF-8.",
                            charset.name(),
                            in.position() + 1,
                            bytes[in.position()]));
            return Optional.empty();
        }
        String text = out.toString();
        return Optional.of(!text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text);
    }

    /** By the byte order mark, or by the zeros around a first character of ASCII (YAML 1.2, 5.2). */
    private static Charset charset(byte[] bytes) {
        int[] first = new int[4];
        for (int i = 0; i < first.length; i++) {
            first[i] = i < bytes.length ? bytes[i] & 0xFF : 0xFF;
        }
        boolean wide = first[2] == 0 && first[3] == 0;
        if (first[0] == 0xFE && first[1] == 0xFF) {
            return StandardCharsets.UTF_16BE;
        }
        if (first[0] == 0xFF && first[1] == 0xFE || first[0] != 0 && first[1] == 0) {
            return wide ? Charset.forName("UTF-32LE") : StandardCharsets.UTF_16LE;
        }
        if (first[0] == 0 && first[1] == 0) {
            return Charset.forName("UTF-32BE");
        }
        return first[0] == 0 ? StandardCharsets.UTF_16BE : StandardCharsets.UTF_8;
    }

    static int lineAt(CharSequence text, int position) {
        int line = 1;
        for (int i = 0; i < Math.min(position, text.length()); i++) {
            if (text.charAt(i) == '\n') {
                line++;
            }
        }
        return line;
    }

    /** Problems of a reading that may not count. */
    private static final class Problems implements ProblemSink {
        private record Problem(@Nullable Integer line, String path, String message) {}

        private final List<Problem> problems = new ArrayList<>();

        @Override
        public void add(@Nullable Integer line, String path, String message) {
            problems.add(new Problem(line, path, message));
        }

        void addTo(ProblemSink found) {
            problems.forEach(p -> found.add(p.line(), p.path(), p.message()));
        }
    }
}
