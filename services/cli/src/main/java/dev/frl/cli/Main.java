package dev.frl.cli;

import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;

/** Starts the command in a process of its own. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        var stop = Stop.Signals.of(Runtime.getRuntime());
        var world = new World(
                System.getenv(),
                Path.of("").toAbsolutePath(),
                writer(FileDescriptor.out),
                writer(FileDescriptor.err),
                Terminal.ofProcess(System.getenv()),
                InstantSource.system(),
                new KafkaConnections(),
                ThisMachine::of,
                stop);
        int code = Frl.execute(world, args);
        stop.ended();
        System.exit(code);
    }

    /** UTF-8 whatever the locale: names of classes and JSON are. Flushed with every line. */
    private static PrintWriter writer(FileDescriptor descriptor) {
        var stream = new FileOutputStream(descriptor);
        return new PrintWriter(new BufferedWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8)), true);
    }
}
