package dev.frl.cli;

import dev.frl.cli.command.CheckpointCommand;
import dev.frl.cli.command.DataCommand;
import dev.frl.cli.command.DisparityCommand;
import dev.frl.cli.command.DoctorCommand;
import dev.frl.cli.command.ListCommand;
import dev.frl.cli.command.RecordCommand;
import dev.frl.cli.command.ReportCommand;
import dev.frl.cli.command.RunCommand;
import dev.frl.cli.command.StatusCommand;
import dev.frl.cli.command.StudyCommand;
import dev.frl.cli.command.SubmitCommand;
import dev.frl.cli.command.TopicsCommand;
import dev.frl.cli.command.UiCommand;
import dev.frl.cli.command.UpCommand;
import dev.frl.cli.command.ValidateCommand;
import dev.frl.cli.command.WorkersCommand;
import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.GlobalOptions;
import dev.frl.cli.context.Home;
import dev.frl.cli.kubernetes.SweepRenderCommand;
import dev.frl.cli.order.ExtendCommand;
import dev.frl.cli.order.KillCommand;
import dev.frl.cli.order.PauseCommand;
import dev.frl.cli.order.ResumeCommand;
import dev.frl.cli.order.RetryCommand;
import dev.frl.cli.order.StopCommand;
import dev.frl.cli.sweep.SweepCommand;
import dev.frl.cli.trouble.DlqCommand;
import dev.frl.cli.trouble.WhyCommand;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The top-level command, with the options of all subcommands. */
@Command(
        name = "frl",
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        header = "Trains image classifiers that are robust to adversarial attacks in every class.",
        footerHeading = "%nExamples:%n",
        footer = {
            "  frl run examples/quickstart.yaml     run all in this process; after Ctrl-C, it resumes",
            "  frl validate my.yaml                 show all problems of a spec at once",
            "  frl up                               run a broker and the services, and wait for specs",
            "  frl submit my.yaml                   publish a spec to them",
            "  frl status my -w                     watch its runs",
            "  frl why my                           show what its runs wait for, and what happens next",
            "  frl sweep best my                    show the best point of its sweep",
            "  frl stop my --reason 'wrong seeds'   end its runs after the epoch in progress",
            "  frl report my                        show the errors of every class, write the HTML report",
            "  frl study disparity                  compare natural with adversarial training",
            "%nServices as separate processes: frl trainer, attacker, controller, recorder; each has -h.",
            "Results go to stdout, progress and errors to stderr. Keys of a spec: docs/settings.md",
            "Sweeps, and how to stop, pause, retry and extend them: docs/sweeps.md"
        })
final class Frl implements GlobalOptions, Runnable {
    /** What scripts/frl starts as processes of their own, by names that stand beside the commands. */
    static final List<String> SERVICES = List.of("trainer", "attacker", "controller", "recorder");

    private static final int HELP_WIDTH = 100;

    @Spec
    CommandSpec spec;

    private final CliContext context;

    @Option(
            names = "--home",
            scope = ScopeType.INHERIT,
            paramLabel = "DIR",
            description = "Folder for data, checkpoints and logs. Default: $FRL_HOME, else .frl")
    @Nullable
    Path home;

    @Option(names = "--stacktrace", scope = ScopeType.INHERIT, description = "Show the Java stack trace of an error.")
    boolean stacktrace;

    @Option(
            names = {"-h", "--help"},
            scope = ScopeType.INHERIT,
            usageHelp = true,
            description = "Show this help.")
    boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version.")
    boolean version;

    private Frl(CliContext context) {
        this.context = context;
    }

    /** @return the exit code of the process */
    static int execute(CliContext context, String... args) {
        int code = commandLine(context).execute(args);
        context.out().flush();
        context.err().flush();
        return code;
    }

    static CommandLine commandLine(CliContext context) {
        var frl = new Frl(context);
        var commands = new CommandLine(frl);
        List.of(
                        new RunCommand(frl),
                        new UpCommand(frl),
                        new RecordCommand(frl),
                        new SubmitCommand(frl),
                        new ValidateCommand(frl),
                        new ListCommand(frl),
                        new StatusCommand(frl),
                        new WhyCommand(frl),
                        new CommandLine(new SweepCommand(frl)).addSubcommand(new SweepRenderCommand(frl)),
                        new StopCommand(frl),
                        new KillCommand(frl),
                        new PauseCommand(frl),
                        new ResumeCommand(frl),
                        new RetryCommand(frl),
                        new ExtendCommand(frl),
                        new ReportCommand(frl),
                        new CommandLine(new StudyCommand()).addSubcommand(new DisparityCommand(frl)),
                        new UiCommand(frl),
                        new DataCommand(frl),
                        new CheckpointCommand(frl),
                        new TopicsCommand(frl),
                        new WorkersCommand(frl),
                        new DlqCommand(frl),
                        new DoctorCommand(frl))
                .forEach(commands::addSubcommand);
        style(commands);
        var errors = new CliErrors(context, frl);
        return commands.setOut(context.out())
                .setErr(context.err())
                .setCaseInsensitiveEnumValuesAllowed(true)
                // An argument that begins with @ is a name or a text, and no file of further arguments.
                .setExpandAtFiles(false)
                .setParameterExceptionHandler(errors)
                .setExecutionExceptionHandler(errors)
                .setColorScheme(CommandLine.Help.defaultColorScheme(
                        context.terminal().out() && context.terminal().colour() ? Ansi.ON : Ansi.OFF));
    }

    /** One layout for the help of all commands. */
    private static void style(CommandLine command) {
        var usage = command.getCommandSpec().usageMessage();
        boolean positional = !command.getCommandSpec().positionalParameters().isEmpty();
        usage.width(HELP_WIDTH)
                .sortOptions(false)
                .synopsisHeading("%nUsage: ")
                .descriptionHeading(usage.description().length == 0 ? "" : "%n")
                .parameterListHeading(positional ? "%n" : "")
                .optionListHeading(positional ? "" : "%n")
                .commandListHeading("%nCommands:%n");
        if (!usage.exitCodeList().isEmpty()) {
            var aligned = new LinkedHashMap<String, String>();
            usage.exitCodeList()
                    .forEach((code, meaning) -> aligned.put(String.format(Locale.ROOT, "%3s", code), meaning));
            usage.exitCodeListHeading("%nExit codes:%n").exitCodeList(aligned);
        }
        command.getSubcommands().values().forEach(Frl::style);
    }

    @Override
    public CliContext context() {
        return context;
    }

    @Override
    public Home home() {
        Path named = home != null ? home : Path.of(context.env().getOrDefault("FRL_HOME", ".frl"));
        return new Home(context.resolve(named));
    }

    @Override
    public void run() {
        spec.commandLine().usage(context.out());
    }
}
