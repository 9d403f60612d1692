package dev.frl.report;

import dev.frl.core.run.RunHistory;
import java.util.List;

/** The report of an experiment as one HTML file. */
public final class ExperimentReport {
    private ExperimentReport() {}

    /** @param runs of one experiment or several, warm-up runs included, in any order */
    public static String html(List<RunHistory> runs) {
        return "<!doctype html><title>FRL</title><p>" + runs.size() + " runs</p>";
    }
}
