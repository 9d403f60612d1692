package dev.frl.cli;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.ExitCode;
import dev.frl.cli.context.Interrupt;
import dev.frl.cli.kafka.KafkaConnections;
import dev.frl.cli.local.ThisMachine;
import dev.frl.cli.terminal.Terminal;
import dev.frl.service.HostTrouble;
import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;

/** Runs the command as a process. */
public final class FrlMain {
    private FrlMain() {}

    public static void main(String[] args) {
        var interrupt = Interrupt.Signals.of(Runtime.getRuntime());
        var context = new CliContext(
                System.getenv(),
                Path.of("").toAbsolutePath(),
                writer(FileDescriptor.out),
                writer(FileDescriptor.err),
                Terminal.ofProcess(System.getenv()),
                InstantSource.system(),
                new KafkaConnections(),
                ThisMachine::of,
                interrupt);
        int code = execute(context, args);
        interrupt.ended();
        System.exit(code);
    }

    /** An error must end the process: the threads of services that have started would keep it and its home. */
    private static int execute(CliContext context, String... args) {
        try {
            return Frl.execute(context, args);
        } catch (Error e) {
            var trouble = HostTrouble.reason(e);
            context.err().println("frl: " + trouble.orElseGet(() -> "internal error: " + e));
            return trouble.isPresent() ? ExitCode.FAILED : ExitCode.INTERNAL;
        }
    }

    /** UTF-8 in every locale, since class names and JSON are UTF-8. Flushed after every line. */
    private static PrintWriter writer(FileDescriptor descriptor) {
        var stream = new FileOutputStream(descriptor);
        return new PrintWriter(new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8)), true);
    }
}
