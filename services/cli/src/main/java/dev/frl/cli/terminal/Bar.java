package dev.frl.cli.terminal;

import java.util.Locale;

/** Progress bars and percentages. */
public final class Bar {
    private static final String EIGHTHS = " ▏▎▍▌▋▊▉";

    private Bar() {}

    /**
     * Such as {@code [█████▌    ]}.
     *
     * @param share share done, in [0, 1]
     * @param width columns between the brackets
     */
    public static String of(double share, int width, boolean unicode) {
        double clean = Double.isNaN(share) ? 0 : Math.min(1, Math.max(0, share));
        int eighths = (int) Math.floor(clean * width * 8 + 1e-9);
        int full = eighths / 8;
        var bar = new StringBuilder("[").append((unicode ? "█" : "#").repeat(full));
        if (full < width) {
            bar.append(unicode ? EIGHTHS.charAt(eighths % 8) : full > 0 ? '>' : ' ');
            bar.append(" ".repeat(width - full - 1));
        }
        return bar.append(']').toString();
    }

    public static String percent(double share) {
        return String.format(Locale.ROOT, "%3d%%", (int) Math.floor(100 * Math.min(1, Math.max(0, share)) + 1e-9));
    }
}
