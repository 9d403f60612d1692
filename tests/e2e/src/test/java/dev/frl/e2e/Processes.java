package dev.frl.e2e;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Java processes with the class path of this process. Closing kills all of them. */
final class Processes implements AutoCloseable {
    private final Path logs;
    private final List<Process> started = new ArrayList<>();
    private final Map<String, Process> named = new HashMap<>();

    Processes(Path logs) {
        this.logs = logs;
    }

    Process start(String name, String mainClass, Map<String, String> environment, String... args) throws IOException {
        return start(List.of("-Xmx1g"), name, mainClass, environment, args);
    }

    /** @param options of the virtual machine */
    Process start(List<String> options, String name, String mainClass, Map<String, String> environment, String... args)
            throws IOException {
        var command = new ArrayList<String>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        command.addAll(List.of(args));
        var builder = new ProcessBuilder(command);
        builder.environment().putAll(environment);
        builder.redirectErrorStream(true);
        builder.redirectOutput(Redirect.appendTo(logs.resolve(name + ".log").toFile()));
        var process = builder.start();
        started.add(process);
        named.put(name, process);
        return process;
    }

    /** The process that was started last under this name. */
    Process named(String name) {
        return named.get(name);
    }

    /** Kills the process with SIGKILL, so that it cannot shut down. */
    static void kill(Process process) throws InterruptedException {
        process.destroyForcibly();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            throw new IllegalStateException(String.format(Locale.ROOT, "process %d outlived SIGKILL", process.pid()));
        }
    }

    @Override
    public void close() throws InterruptedException {
        for (var process : started) {
            kill(process);
        }
    }
}
