package dev.frl.cli;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.Interrupt;
import dev.frl.cli.kafka.KafkaConnections;
import dev.frl.cli.local.ThisMachine;
import dev.frl.cli.terminal.Terminal;
import dev.frl.cli.terminal.WatchedOutput;
import dev.frl.service.HostTrouble;
import dev.frl.service.SecretFiles;
import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Map;

/** Runs the command as a process. */
public final class FrlMain {
    private FrlMain() {}

    public static void main(String[] args) {
        // Libraries format numbers and change the case of names too. What people and programs read is the same
        // everywhere.
        Locale.setDefault(Locale.ROOT);
        var interrupt = Interrupt.Signals.of(Runtime.getRuntime());
        int code = ExitCode.FAILED;
        try {
            code = run(interrupt, args);
        } finally {
            interrupt.ended(); // the end of the process waits for it
        }
        System.exit(code);
    }

    /** An error of the virtual machine would end this thread only, and others would keep the process and its home. */
    private static int run(Interrupt interrupt, String[] args) {
        try {
            Map<String, String> environment;
            try {
                environment = SecretFiles.read(System.getenv());
            } catch (IllegalArgumentException e) {
                System.err.println("frl: " + e.getMessage());
                return ExitCode.USAGE;
            }
            var out = new WatchedOutput(new FileOutputStream(FileDescriptor.out));
            var context = new CliContext(
                    environment,
                    Path.of("").toAbsolutePath(),
                    System.in,
                    writer(out),
                    writer(new FileOutputStream(FileDescriptor.err)),
                    Terminal.ofProcess(System.getenv()),
                    InstantSource.system(),
                    new KafkaConnections(),
                    ThisMachine::of,
                    interrupt);
            int code = Frl.execute(context, args);
            boolean written = written(context, out);
            return code == ExitCode.OK && !written ? ExitCode.FAILED : code;
        } catch (Error e) {
            System.err.println("frl: it cannot run: " + HostTrouble.words(e));
            return ExitCode.FAILED;
        }
    }

    private static boolean written(CliContext context, WatchedOutput out) {
        var failure = out.failure();
        failure.ifPresent(reason -> context.err()
                .println("frl: the output is not whole, since it cannot be written: " + reason
                        + "; make room, or write elsewhere"));
        return failure.isEmpty();
    }

    /** UTF-8 in every locale, since class names and JSON are UTF-8. Flushed after every line. */
    private static PrintWriter writer(OutputStream stream) {
        return new PrintWriter(new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8)), true);
    }
}
