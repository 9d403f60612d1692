package dev.frl.report.chart;

import java.util.Locale;

/** Builds an SVG image. Colours are classes of the page's style sheet, so they follow the light and dark themes. */
final class Svg {
    private final StringBuilder out = new StringBuilder();

    /**
     * @param width width of the image, in pixels at full size
     * @param title title for screen readers
     */
    Svg(double width, double height, String title) {
        out.append(String.format(
                Locale.ROOT,
                "<svg viewBox=\"0 0 %s %s\" role=\"img\" style=\"max-width:%spx\"><title>%s</title>\n",
                n(width),
                n(height),
                n(width),
                Html.escape(title)));
    }

    Svg line(double x1, double y1, double x2, double y2, String css) {
        out.append(String.format(
                Locale.ROOT,
                "<line x1=\"%s\" y1=\"%s\" x2=\"%s\" y2=\"%s\" class=\"%s\"/>\n",
                n(x1),
                n(y1),
                n(x2),
                n(y2),
                css));
        return this;
    }

    Svg rect(double x, double y, double width, double height, String css, String hint) {
        out.append(String.format(
                Locale.ROOT,
                "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"%s\" class=\"%s\">%s</rect>\n",
                n(x),
                n(y),
                n(width),
                n(Math.max(0, height)),
                css,
                hint(hint)));
        return this;
    }

    Svg circle(double x, double y, double radius, String css, String hint) {
        out.append(String.format(
                Locale.ROOT,
                "<circle cx=\"%s\" cy=\"%s\" r=\"%s\" class=\"%s\">%s</circle>\n",
                n(x),
                n(y),
                n(radius),
                css,
                hint(hint)));
        return this;
    }

    /** @param data value of the attribute d */
    Svg path(String data, String css, String hint) {
        if (!data.isEmpty()) {
            out.append(String.format(Locale.ROOT, "<path d=\"%s\" class=\"%s\">%s</path>\n", data, css, hint(hint)));
        }
        return this;
    }

    /** @param anchor start, middle or end */
    Svg text(double x, double y, String anchor, String css, String text) {
        out.append(String.format(
                Locale.ROOT,
                "<text x=\"%s\" y=\"%s\" text-anchor=\"%s\" class=\"%s\">%s</text>\n",
                n(x),
                n(y),
                anchor,
                css,
                Html.escape(text)));
        return this;
    }

    /** Slanted text that ends at the point. */
    Svg slantedText(double x, double y, String css, String text) {
        out.append(String.format(
                Locale.ROOT,
                "<text transform=\"translate(%s %s) rotate(-40)\" text-anchor=\"end\" class=\"%s\">%s</text>\n",
                n(x),
                n(y),
                css,
                Html.escape(text)));
        return this;
    }

    @Override
    public String toString() {
        return out + "</svg>\n";
    }

    private static String hint(String hint) {
        return hint.isEmpty() ? "" : "<title>" + Html.escape(hint) + "</title>";
    }

    /** Rounded to a tenth of a pixel, to keep files small. */
    static String n(double v) {
        String text = String.format(Locale.ROOT, "%.1f", v);
        return text.endsWith(".0") ? text.substring(0, text.length() - 2) : text;
    }
}
