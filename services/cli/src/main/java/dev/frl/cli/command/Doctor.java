package dev.frl.cli.command;

import dev.frl.cli.context.CliContext;
import dev.frl.cli.context.CliException;
import dev.frl.cli.context.Home;
import dev.frl.cli.local.LocalBroker;
import dev.frl.cli.local.LocalMlflow;
import dev.frl.cli.local.Logging;
import dev.frl.cli.option.BrokerOption;
import dev.frl.cli.terminal.HumanFormat;
import dev.frl.data.CatalogueEntry;
import dev.frl.data.DataException;
import dev.frl.data.file.FileCheck;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.data.store.Datasets;
import dev.frl.engine.Engine;
import dev.frl.engine.net.Architectures;
import dev.frl.messaging.client.ClusterReport;
import dev.frl.messaging.client.KafkaSettings;
import dev.frl.service.SecretFiles;
import dev.frl.tracking.MlflowRecorder;
import dev.frl.tracking.MlflowSettings;
import dev.frl.tracking.RecorderException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Checks everything that {@code frl run} needs. */
final class Doctor {
    private static final long DISK_NEEDED = 2_000_000_000L;
    private static final int JAVA_NEEDED = 17;
    /** The largest share of the machine's memory, or of its container, that the heap may have. */
    private static final double HEAP_SHARE = 0.75;

    /**
     * @param what name of the check
     * @param found result, one line
     * @param fix the command that fixes the problem; empty if there is none
     */
    record Finding(String what, Status status, String found, String fix) {
        enum Status {
            OK("ok"),
            /** Something optional is missing. */
            ABSENT("absent"),
            PROBLEM("problem");

            private final String label;

            Status(String label) {
                this.label = label;
            }

            String label() {
                return label;
            }
        }

        static Finding ok(String what, String found) {
            return new Finding(what, Status.OK, found, "");
        }

        static Finding absent(String what, String found, String fix) {
            return new Finding(what, Status.ABSENT, found, fix);
        }

        static Finding problem(String what, String found, String fix) {
            return new Finding(what, Status.PROBLEM, found, fix);
        }
    }

    private final CliContext context;
    private final Home home;
    private final @Nullable Path data;

    Doctor(CliContext context, Home home, @Nullable Path data) {
        this.context = context;
        this.home = home;
        this.data = data;
    }

    List<Finding> findings() {
        var findings = new ArrayList<Finding>();
        findings.add(java());
        findings.add(engine());
        findings.addAll(data());
        findings.add(disk());
        findings.add(checkpoints());
        findings.add(memory());
        findings.add(python());
        findings.add(mlflow());
        findings.addAll(broker());
        return findings;
    }

    private static Finding java() {
        int feature = Runtime.version().feature();
        String found = String.format(
                Locale.ROOT,
                "Java %s, %s of memory at most, %s",
                Runtime.version(),
                HumanFormat.bytes(Runtime.getRuntime().maxMemory()),
                HumanFormat.count(Runtime.getRuntime().availableProcessors(), "processor"));
        return feature >= JAVA_NEEDED
                ? Finding.ok("java", found)
                : Finding.problem("java", found, "sudo apt-get install openjdk-17-jdk-headless");
    }

    /** Loads the engine's native library, and runs a forward pass. */
    private static Finding engine() {
        var present = Engine.present();
        if (present.size() != 1) {
            return Finding.problem(
                    "engine",
                    present.isEmpty()
                            ? "none is on the class path"
                            : "several are on the class path: "
                                    + present.stream().map(Engine::name).toList(),
                    "start frl with scripts/frl, which selects one");
        }
        var engine = present.get(0);
        return orProblem(
                "engine",
                () -> {
                    var net = Architectures.named("cnn-small", 1, 28, 28, 10);
                    try (var open = engine.open(net, net.initialState(1), 1)) {
                        open.logits(new float[net.pixels()], 1);
                    }
                    return Finding.ok("engine", engine.description());
                },
                "rm -r .frl/javacpp, then frl doctor --stacktrace");
    }

    private static Finding orProblem(String what, Supplier<Finding> look, String fix) {
        try {
            return look.get();
        } catch (RuntimeException | LinkageError e) {
            return Finding.problem(what, e.toString(), fix);
        }
    }

    /** No run needs all data sets, so a missing one is a problem only if all are missing. */
    private List<Finding> data() {
        var findings = Datasets.names().stream()
                .map(name -> data(Datasets.named(name)))
                .toList();
        if (findings.stream().anyMatch(f -> f.status() == Finding.Status.OK)) {
            return findings;
        }
        return findings.stream()
                .map(f -> f.status() == Finding.Status.ABSENT ? Finding.problem(f.what(), f.found(), f.fix()) : f)
                .toList();
    }

    private Finding data(CatalogueEntry entry) {
        String what = "data: " + entry.name();
        String get = "frl data get " + entry.name();
        try {
            var store = new DataStore(data, home.path(), Progress.NONE);
            var faults = store.verify(entry).stream().filter(c -> !c.ok()).toList();
            if (faults.isEmpty()) {
                return Finding.ok(
                        what,
                        "verified, in " + store.find(entry).map(context::shown).orElse("the cache"));
            }
            boolean absent = faults.stream().allMatch(f -> f.status() == FileCheck.Status.MISSING);
            return absent
                    ? Finding.absent(what, "not on this machine", get)
                    : Finding.problem(what, faults.get(0).inWords(), get);
        } catch (DataException e) {
            // The named folder does not exist or lacks files.
            return Finding.absent(what, String.valueOf(e.getMessage()), get);
        }
    }

    private Finding disk() {
        Path existing = home.path();
        while (existing.getParent() != null && !Files.isDirectory(existing)) {
            existing = existing.getParent();
        }
        try {
            long free = Files.getFileStore(existing).getUsableSpace();
            String found =
                    String.format(Locale.ROOT, "%s free for %s", HumanFormat.bytes(free), context.shown(home.path()));
            if (!Files.isWritable(existing)) {
                return Finding.problem("disk", "no permission to write " + existing, "frl --home DIR …");
            }
            return free >= DISK_NEEDED
                    ? Finding.ok("disk", found)
                    : Finding.problem(
                            "disk", found + "; at least " + HumanFormat.bytes(DISK_NEEDED), "frl --home DIR …");
        } catch (IOException e) {
            return Finding.problem("disk", "unknown: " + e.getMessage(), "frl --home DIR …");
        }
    }

    private Finding python() {
        String fix = "sudo apt-get install python3 python3-venv (only the MLflow UI needs it)";
        try {
            var process = new ProcessBuilder("python3", "-c", PYTHON)
                    .redirectErrorStream(true)
                    .start();
            process.getOutputStream().close();
            boolean ended = process.waitFor(20, TimeUnit.SECONDS);
            String said = ended
                    ? new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip()
                    : "python3 did not answer within 20 s";
            if (!ended) {
                process.destroyForcibly();
            }
            return ended && process.exitValue() == 0 ? Finding.ok("python", said) : Finding.absent("python", said, fix);
        } catch (IOException e) {
            return Finding.absent("python", "there is no python3", fix);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Finding.absent("python", "interrupted", fix);
        }
    }

    private static final String PYTHON = """
            import sys
            v = "Python %d.%d.%d" % sys.version_info[:3]
            if sys.version_info < (3, 10): sys.exit(v + "; MLflow needs 3.10")
            try:
                import venv, ensurepip
            except ImportError as e: sys.exit(v + " without " + e.name)
            print(v + " with venv")
            """;

    /** A place in an object store is asked by the workers, who have its credentials. */
    private Finding checkpoints() {
        String named = context.env().getOrDefault("FRL_CHECKPOINTS", "");
        if (named.contains("://")) {
            return Finding.ok(
                    "checkpoints",
                    String.format(
                            Locale.ROOT,
                            "in %s; trainers and attackers check it at their start",
                            SecretFiles.withoutUser(named)));
        }
        Path folder = named.isBlank() ? home.path().resolve("checkpoints") : context.resolve(Path.of(named));
        Path existing = folder;
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        return Files.isDirectory(existing) && Files.isWritable(existing)
                ? Finding.ok("checkpoints", context.shown(folder))
                : Finding.problem(
                        "checkpoints",
                        "no permission to write " + existing,
                        "chown it, or set FRL_CHECKPOINTS to another folder");
    }

    /** The engine's native memory comes on top of the heap. */
    private static Finding memory() {
        long heap = Runtime.getRuntime().maxMemory();
        long all = ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getTotalMemorySize();
        String found = String.format(
                Locale.ROOT, "%s of heap at most, of %s", HumanFormat.bytes(heap), HumanFormat.bytes(all));
        return heap <= all * HEAP_SHARE
                ? Finding.ok("memory", found)
                : Finding.problem(
                        "memory",
                        found + ", which leaves too little for the engine",
                        String.format(Locale.ROOT, "FRL_HEAP=%dm", (long) (all * HEAP_SHARE / 2) >> 20));
    }

    private Finding mlflow() {
        String named = context.env().getOrDefault("MLFLOW_TRACKING_URI", "");
        if (!named.isBlank()) {
            return mlflow(context.env());
        }
        var running = LocalMlflow.running(home);
        if (running.isPresent()) {
            var env = new HashMap<>(context.env());
            env.put("MLFLOW_TRACKING_URI", running.get());
            return mlflow(env);
        }
        return LocalMlflow.isInstalled(context)
                ? Finding.absent("mlflow", "installed, not running; runs are recorded to files", "frl ui")
                : Finding.absent("mlflow", "not installed; runs are recorded to files", "frl ui");
    }

    private static Finding mlflow(Map<String, String> env) {
        try {
            var settings = MlflowSettings.fromEnvironment(env);
            if (settings == null) {
                return Finding.absent("mlflow", "no server is named", "");
            }
            Logging.quiet();
            try (var recorder = new MlflowRecorder(settings)) {
                recorder.connect();
                return Finding.ok("mlflow", "answers at " + settings.trackingUri());
            }
        } catch (IllegalArgumentException e) {
            return Finding.problem("mlflow", String.valueOf(e.getMessage()), "");
        } catch (RecorderException e) {
            return Finding.problem(
                    "mlflow",
                    String.valueOf(e.getMessage()),
                    "start the server, or correct MLFLOW_TRACKING_URI and its credentials; until then events wait in the recorder");
        }
    }

    private List<Finding> broker() {
        String named = context.env().getOrDefault(BrokerOption.VARIABLE, "");
        if (named.isBlank()) {
            return List.of(LocalBroker.running(home)
                    .map(broker -> Finding.ok(
                            "broker",
                            String.format(
                                    Locale.ROOT, "running at %s, process %d", broker.bootstrapServers(), broker.pid())))
                    .orElseGet(() -> Finding.absent("broker", "none is running; `frl run` starts its own", "frl up")));
        }
        Logging.quiet();
        var findings = new ArrayList<Finding>();
        try {
            var settings = KafkaSettings.from(Map.of(), context.env());
            var cluster = context.connections().to(settings);
            findings.add(Finding.ok("broker", cluster.describe()));
            cluster.check().forEach(check -> findings.add(of(check)));
        } catch (CliException | IllegalArgumentException e) {
            findings.add(Finding.problem(
                    "broker",
                    String.valueOf(e.getMessage()),
                    "correct the KAFKA_… variables, or unset " + BrokerOption.VARIABLE));
        }
        return findings;
    }

    private static Finding of(ClusterReport.Check check) {
        Boolean ok = check.ok();
        var status = ok == null ? Finding.Status.ABSENT : ok ? Finding.Status.OK : Finding.Status.PROBLEM;
        return new Finding(check.what(), status, check.found(), check.fix());
    }
}
