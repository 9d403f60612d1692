package dev.frl.report.table;

import dev.frl.report.chart.Html;
import dev.frl.report.statistics.Interval;
import dev.frl.report.statistics.Points;
import dev.frl.report.statistics.SweepPoint;
import dev.frl.report.text.SweepText;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** The table of all points of a sweep, as HTML. */
public final class SweepTable {
    private SweepTable() {}

    /**
     * @param points in the order of the table
     * @param marked points that get a mark, with its text
     * @param state state of a point, in words
     */
    public static void write(
            StringBuilder out,
            Collection<SweepPoint> points,
            Function<SweepPoint, String> marked,
            Function<SweepPoint, String> state) {
        out.append("<div class=\"scroll\"><table><thead><tr><th class=\"text\">point</th><th class=\"text\"></th>")
                .append("<th class=\"text\">runs</th><th>epoch</th><th>robust accuracy,<br>worst class</th>")
                .append(
                        "<th>robust accuracy,<br>average</th><th>clean accuracy,<br>average</th></tr></thead><tbody>\n");
        for (SweepPoint point : points) {
            out.append(String.format(
                    Locale.ROOT,
                    "<tr><th>%s</th><td class=\"text better\">%s</td><td class=\"text\">%s</td><td>%s</td>",
                    Html.escape(point.name()),
                    Html.escape(marked.apply(point)),
                    Html.escape(state.apply(point)),
                    point.epoch() < 0 ? "–" : String.valueOf(point.epoch())));
            for (Interval accuracy : List.of(point.worstRobust(), point.averageRobust(), point.averageClean())) {
                out.append(String.format(Locale.ROOT, "<td>%s%s</td>", Points.of(accuracy.mean()), ends(accuracy)));
            }
            out.append("</tr>\n");
        }
        out.append("</tbody></table></div>\n");
    }

    private static String ends(Interval interval) {
        return interval.isKnown()
                ? String.format(Locale.ROOT, " <span class=\"caption\">(%s)</span>", SweepText.ends(interval))
                : "";
    }
}
