package dev.frl.cli.terminal;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The terminal behind standard output and standard error.
 *
 * @param out whether stdout is a terminal
 * @param err whether stderr is a terminal with cursor movement
 * @param colour whether colours are wanted
 * @param unicode whether it shows characters beyond ASCII
 * @param size current size; the user may resize the window
 */
public record Terminal(boolean out, boolean err, boolean colour, boolean unicode, Supplier<Size> size) {
    /** @param columns at least 20; {@code rows} at least 5 */
    public record Size(int columns, int rows) {
        public static final Size USUAL = new Size(80, 24);

        public Size {
            columns = Math.max(20, columns);
            rows = Math.max(5, rows);
        }
    }

    /** Output to a file or another program. */
    public static Terminal none() {
        return new Terminal(false, false, false, true, () -> Size.USUAL);
    }

    public static Terminal ofProcess(Map<String, String> env) {
        boolean dumb = "dumb".equals(env.getOrDefault("TERM", "dumb"));
        boolean colour = !dumb && env.getOrDefault("NO_COLOR", "").isEmpty();
        boolean unicode = locale(env).toUpperCase(java.util.Locale.ROOT).matches(".*UTF-?8.*");
        return new Terminal(isTerminal(1), isTerminal(2) && !dumb, colour, unicode, new SizeOfWindow());
    }

    private static String locale(Map<String, String> env) {
        for (String name : new String[] {"LC_ALL", "LC_CTYPE", "LANG"}) {
            String value = env.getOrDefault(name, "");
            if (!value.isEmpty()) {
                return value;
            }
        }
        return "";
    }

    /** Reads /proc, since the JDK only tells whether stdin and stdout are both terminals. */
    private static boolean isTerminal(int descriptor) {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor))
                    .toString();
            return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty") || target.equals("/dev/console");
        } catch (IOException e) {
            return System.console() != null;
        }
    }

    /** Runs stty, at most every two seconds. */
    private static final class SizeOfWindow implements Supplier<Size> {
        private static final long AGE = TimeUnit.SECONDS.toNanos(2);
        private Size last = Size.USUAL;
        private long asked = System.nanoTime() - AGE - 1;

        @Override
        public synchronized Size get() {
            if (System.nanoTime() - asked > AGE) {
                last = ask(last);
                asked = System.nanoTime();
            }
            return last;
        }

        private static Size ask(Size otherwise) {
            try {
                var stty = new ProcessBuilder("stty", "size")
                        .redirectInput(new File("/dev/tty"))
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
                var words = new String(stty.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.US_ASCII)
                        .strip()
                        .split(" ");
                int rows = Integer.parseInt(words[0]);
                int columns = Integer.parseInt(words[1]);
                return rows == 0 || columns == 0 ? otherwise : new Size(columns, rows);
            } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
                return otherwise;
            }
        }
    }
}
