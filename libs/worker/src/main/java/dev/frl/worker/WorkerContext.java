package dev.frl.worker;

import static java.util.Objects.requireNonNull;

import dev.frl.checkpoint.CheckpointException;
import dev.frl.checkpoint.Checkpoints;
import dev.frl.core.settings.DatasetSettings;
import dev.frl.data.Dataset;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.data.store.Datasets;
import dev.frl.engine.Engine;
import dev.frl.messaging.client.UnpreparedClusterException;
import dev.frl.service.HostTrouble;
import dev.frl.service.SettingProblems;
import dev.frl.service.Telemetry;
import dev.frl.service.tracing.Tracing;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker needs for its work: engine, checkpoints and data sets. Loaded data sets stay in memory; of mixtures, which are
 * drawn from their settings, only the last. Thread-safe.
 */
public final class WorkerContext {
    private static final Logger log = LoggerFactory.getLogger(WorkerContext.class);

    private final Engine engine;
    private final int threads;
    private final String host;
    private final Checkpoints checkpoints;
    private final DataStore data;
    private final Telemetry telemetry;
    private final boolean alone;
    private final Map<String, Dataset> loaded = new HashMap<>();
    private @Nullable DatasetSettings drawnFor;

    /**
     * @param engine trains and attacks
     * @param threads number of processor threads for the engine, at least 1
     * @param checkpoints store of all runs' checkpoints
     * @param data finds and loads data sets
     */
    public WorkerContext(Engine engine, int threads, Checkpoints checkpoints, DataStore data) {
        this(engine, threads, checkpoints, data, Telemetry.none());
    }

    /** The same, and where the worker counts and traces. */
    public WorkerContext(Engine engine, int threads, Checkpoints checkpoints, DataStore data, Telemetry telemetry) {
        this(engine, threads, checkpoints, data, telemetry, false);
    }

    private WorkerContext(
            Engine engine, int threads, Checkpoints checkpoints, DataStore data, Telemetry telemetry, boolean alone) {
        this.alone = alone;
        this.telemetry = telemetry;
        this.engine = engine;
        this.threads = threads;
        this.checkpoints = checkpoints;
        this.data = data;
        this.host = hostName();
    }

    /**
     * Reads environment variables: {@code FRL_HOME} (default {@code .frl}), {@code FRL_DATA} (folder of data sets),
     * {@code FRL_CHECKPOINTS} (folder or object store, such as {@code s3://bucket/prefix}; default: folder {@code checkpoints} of
     * home), {@code FRL_CHECKPOINT_ROOTS} (further folders and object stores in which specs may name weights, separated as in
     * PATH), {@code FRL_ENGINE} (default: the engine on the class path), {@code FRL_THREADS} (default: all processors).
     *
     * @param telemetry where the worker counts and traces
     * @throws IllegalArgumentException if values are invalid; the message names all variables
     * @throws UnpreparedClusterException if checkpoints cannot be used; the message says how to mend it
     */
    public static WorkerContext fromEnvironment(Map<String, String> env, Telemetry telemetry) {
        var home =
                Path.of(env.getOrDefault("FRL_HOME", ".frl")).toAbsolutePath().normalize();
        var problems = new SettingProblems();
        var threads = problems.read(() -> threads(env.get("FRL_THREADS")));
        var data = env.get("FRL_DATA");
        var store = problems.read(() -> new DataStore(dataFolder(data), home, Progress.NONE));
        var engine = problems.read(() -> engine(env.get("FRL_ENGINE")));
        var checkpoints = problems.read(() -> checkpoints(env, home));
        problems.requireNone();
        return new WorkerContext(
                requireNonNull(engine),
                requireNonNull(threads),
                requireNonNull(checkpoints),
                requireNonNull(store),
                telemetry);
    }

    /** A folder that is missing may be a volume that is mounted later; what is no folder never becomes one by itself. */
    private static @Nullable Path dataFolder(@Nullable String data) {
        if (data == null) {
            return null;
        }
        var folder = Path.of(data);
        if (!Files.exists(folder)) {
            log.atWarn()
                    .addKeyValue("FRL_DATA", data)
                    .log("there is no such folder; runs wait until it is there, unless their images are drawn");
        } else if (!Files.isDirectory(folder) || !Files.isReadable(folder)) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "FRL_DATA is %s; it must be a folder that this user may read", data));
        }
        return folder;
    }

    /** Asks for the checkpoints now, and not when the first run is lost because of them. */
    private static Checkpoints checkpoints(Map<String, String> env, Path home) {
        var root =
                env.getOrDefault("FRL_CHECKPOINTS", home.resolve("checkpoints").toString());
        var checkpoints = Checkpoints.open(root, env.getOrDefault("FRL_CHECKPOINT_ROOTS", ""), env);
        try {
            checkpoints.requireUsable();
            return checkpoints;
        } catch (CheckpointException e) {
            throw new UnpreparedClusterException(String.valueOf(e.getMessage()));
        }
    }

    /**
     * The engine with this name; without a name, the only engine on the class path.
     *
     * @throws IllegalArgumentException if the engine is absent or cannot run on this machine
     */
    public static Engine engine(@Nullable String name) {
        try {
            var engine = named(name);
            engine.description(); // throws now, before anything else has started, if it cannot run
            return engine;
        } catch (LinkageError | VirtualMachineError e) {
            throw new IllegalArgumentException("the engine cannot run here: " + HostTrouble.words(e), e);
        }
    }

    /** The same for a process whose work no other takes. */
    public WorkerContext withoutOthers() {
        return new WorkerContext(engine, threads, checkpoints, data, telemetry, true);
    }

    private static Engine named(@Nullable String name) {
        if (name != null) {
            return Engine.named(name);
        }
        var present = Engine.present();
        if (present.size() != 1) {
            throw new IllegalArgumentException("FRL_ENGINE must name the engine; present on the class path: "
                    + present.stream().map(Engine::name).sorted().toList());
        }
        return present.get(0);
    }

    private static int threads(@Nullable String value) {
        if (value == null) {
            return Runtime.getRuntime().availableProcessors();
        }
        if (!value.matches("[1-9][0-9]{0,3}")) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "FRL_THREADS is %s; it must be a number from 1 to 9999", value));
        }
        return Integer.parseInt(value);
    }

    private static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "unknown-host";
        }
    }

    public Engine engine() {
        return engine;
    }

    public int threads() {
        return threads;
    }

    public String host() {
        return host;
    }

    /** Whether no other process takes the work. */
    boolean alone() {
        return alone;
    }

    /** Registry for meters. */
    public MeterRegistry meters() {
        return telemetry.meters();
    }

    /** For the spans of the work. */
    public Tracing tracing() {
        return telemetry.tracing();
    }

    public Checkpoints checkpoints() {
        return checkpoints;
    }

    /** Forgets the loaded data sets, since memory is short. */
    synchronized void release() {
        loaded.clear();
        drawnFor = null;
    }

    /**
     * Loads a data set, or returns the loaded one.
     *
     * @throws dev.frl.data.DataException if it is missing or damaged; the message says what to do
     * @throws IllegalArgumentException if there is no data set with this name
     */
    public synchronized Dataset dataset(DatasetSettings settings) {
        if (settings.mixture() != null && !settings.equals(drawnFor)) {
            loaded.remove(settings.name());
            drawnFor = settings;
        }
        return loaded.computeIfAbsent(settings.name(), n -> data.load(Datasets.of(settings)));
    }
}
