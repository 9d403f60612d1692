package dev.frl.engine;

import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.StateMismatchException;
import java.util.List;
import java.util.Locale;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/**
 * Builds nets. {@link ServiceLoader} finds engines. A process has exactly one engine on its class path, because the native
 * libraries of two engines do not work in one process.
 */
public interface Engine {
    /** Value of {@code --engine}, such as {@code dl4j}. */
    String name();

    /**
     * Version, device, instruction set and precision, for the log and the run's record, in one line.
     *
     * @throws IllegalArgumentException if the engine cannot run on this machine, or not with these environment variables;
     *     the message says in one line why, and what to do
     */
    String description();

    /**
     * Builds a net with these weights.
     *
     * @param architecture layers of the net
     * @param state weights under the names and in the layouts of a PyTorch state dict; must fit {@code architecture} exactly
     * @param threads processor threads that attacks and training may use, at least 1; results do not depend on it
     * @throws StateMismatchException if a tensor is missing, unknown, of another shape or not finite
     */
    RobustNet open(Architecture architecture, NamedTensors state, int threads);

    /** All engines on the class path, in no particular order. */
    static List<Engine> present() {
        return ServiceLoader.load(Engine.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    /**
     * The engine with this name.
     *
     * @throws IllegalArgumentException if it is not on the class path; the message names the engines that are
     */
    static Engine named(String name) {
        var present = present();
        return present.stream().filter(e -> e.name().equals(name)).findFirst().orElseThrow(() -> {
            var names = present.stream().map(Engine::name).sorted().collect(Collectors.joining(", "));
            return new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "engine %s is not on the class path; present: %s",
                    name,
                    names.isEmpty() ? "none" : names));
        });
    }
}
