package dev.frl.cli.local;

import dev.frl.cli.terminal.PrettyJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of {@code torch.save}. Reading a pickle runs its code, so it is recognised by its first bytes and name, and never
 * read.
 */
public final class Pickle {
    private static final List<String> ENDINGS = List.of(".pt", ".pth", ".ckpt", ".pkl", ".tar", ".bin");

    /** Stand for the two files in the program. */
    private static final Pattern NAME = Pattern.compile("\\b(?:FROM|TO)\\b");

    private Pickle() {}

    /** @throws IOException if the file does not exist or cannot be read */
    public static boolean isOne(Path file) throws IOException {
        byte[] start;
        try (var in = Files.newInputStream(file)) {
            start = in.readNBytes(9);
        }
        boolean safetensors = start.length == 9 && start[8] == '{';
        boolean zip = start.length > 1 && start[0] == 'P' && start[1] == 'K';
        boolean old = start.length > 1 && (start[0] & 0xff) == 0x80 && start[1] >= 2 && start[1] <= 5;
        var name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return !safetensors && (zip || old || ENDINGS.stream().anyMatch(name::endsWith));
    }

    /**
     * A Python program that converts the pickle. It reads the tensors and runs no other code of the pickle.
     *
     * @param from the pickle, as the user named it
     */
    public static List<String> conversion(Path from, Path to) {
        try (var program = Pickle.class.getResourceAsStream("to_safetensors.py")) {
            if (program == null) {
                throw new AssertionError("the program lies beside this class");
            }
            return new String(program.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> NAME.matcher(line)
                            .replaceAll(name ->
                                    Matcher.quoteReplacement(quoted(name.group().equals("FROM") ? from : to))))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A JSON string is also a Python string. */
    private static String quoted(Path path) {
        return PrettyJson.pretty(path.toString());
    }
}
