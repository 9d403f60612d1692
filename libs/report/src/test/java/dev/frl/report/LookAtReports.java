package dev.frl.report;

import dev.frl.core.settings.FairnessSettings.Policy;
import dev.frl.report.table.ClassTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes reports of 2, 10 and 100 classes into a directory, to be viewed in a browser. */
public final class LookAtReports {
    private LookAtReports() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Files.createDirectories(Path.of(arguments[0]));
        for (int classes : new int[] {2, 10, 100}) {
            var runs = SyntheticExperiment.histories(
                    new SyntheticExperiment(classes, 15).runs(List.of(Policy.values()), classes == 2 ? 1 : 3));
            Files.writeString(directory.resolve("report-" + classes + ".html"), ExperimentReport.html(runs));
            Files.writeString(
                    directory.resolve("table-" + classes + ".txt"),
                    ClassTable.of(runs).text(classes == 2 ? 80 : 110));
        }
    }
}
