package dev.frl.cli;

import dev.frl.cli.Doctor.Finding;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "doctor",
        header = "Check this machine: what is missing, and the command that mends it.",
        exitCodeList = {"0:`frl run` will work", "1:something that it needs is missing"})
final class DoctorCommand implements Callable<Integer> {
    private final Frl frl;

    @Mixin
    DataOption data = new DataOption();

    @Mixin
    OutputOption output = new OutputOption();

    DoctorCommand(Frl frl) {
        this.frl = frl;
    }

    @Override
    public Integer call() {
        World world = frl.world();
        List<Finding> findings = new Doctor(world, frl.home(), data.folder(world)).findings();
        if (output.json()) {
            world.out()
                    .println(Json.pretty(
                            findings.stream().map(DoctorCommand::json).toList()));
        } else {
            lines(findings).forEach(world.out()::println);
        }
        return findings.stream().noneMatch(f -> f.status() == Finding.Status.PROBLEM) ? ExitCode.OK : ExitCode.FAILED;
    }

    private static List<String> lines(List<Finding> findings) {
        int width = findings.stream().mapToInt(f -> f.what().length()).max().orElse(0);
        var lines = new ArrayList<String>();
        for (Finding f : findings) {
            String line = "%-7s  %-" + width + "s  %s";
            lines.add(line.formatted(f.status().label(), f.what(), f.found()));
            if (!f.mend().isEmpty()) {
                lines.add(" ".repeat(width + 11) + "mend: " + f.mend());
            }
        }
        return lines;
    }

    private static Map<String, Object> json(Finding f) {
        var json = new LinkedHashMap<String, Object>();
        json.put("check", f.what());
        json.put("status", f.status().label());
        json.put("found", f.found());
        json.put("mend", f.mend());
        return json;
    }
}
