package dev.frl.cli.command;

import dev.frl.cli.command.Doctor.Finding;
import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.option.DataOption;
import dev.frl.cli.option.OutputOption;
import dev.frl.cli.terminal.PrettyJson;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
        name = "doctor",
        header = "Check this machine, and show the commands that fix its problems.",
        exitCodeList = {"0:`frl run` will work", "1:something that `frl run` needs is missing"})
public final class DoctorCommand implements Callable<Integer> {
    private final GlobalOptions global;

    @Mixin
    DataOption data = new DataOption();

    @Mixin
    OutputOption output = new OutputOption();

    public DoctorCommand(GlobalOptions global) {
        this.global = global;
    }

    @Override
    public Integer call() {
        CliContext context = global.context();
        List<Finding> findings = new Doctor(context, global.home(), data.folder(context)).findings();
        if (output.json()) {
            context.out()
                    .println(PrettyJson.pretty(
                            findings.stream().map(DoctorCommand::json).toList()));
        } else {
            lines(findings).forEach(context.out()::println);
        }
        return findings.stream().noneMatch(f -> f.status() == Finding.Status.PROBLEM) ? ExitCode.OK : ExitCode.FAILED;
    }

    private static List<String> lines(List<Finding> findings) {
        int width = findings.stream().mapToInt(f -> f.what().length()).max().orElse(0);
        var lines = new ArrayList<String>();
        for (Finding f : findings) {
            String line = "%-7s  %-" + width + "s  %s";
            lines.add(String.format(Locale.ROOT, line, f.status().label(), f.what(), f.found()));
            if (!f.fix().isEmpty()) {
                lines.add(" ".repeat(width + 11) + "fix: " + f.fix());
            }
        }
        return lines;
    }

    private static Map<String, Object> json(Finding f) {
        var json = new LinkedHashMap<String, Object>();
        json.put("check", f.what());
        json.put("status", f.status().label());
        json.put("found", f.found());
        json.put("mend", f.fix());
        return json;
    }
}
