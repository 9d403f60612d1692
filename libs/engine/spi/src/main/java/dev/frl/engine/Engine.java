package dev.frl.engine;

import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.StateMismatchException;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/**
 * Builds nets. Found by {@link ServiceLoader}; a process has exactly one engine on its class path, since two engines'
 * native libraries do not share a process.
 */
public interface Engine {
    /** As people write it behind {@code --engine}: {@code dl4j}, say. */
    String name();

    /**
     * Version, device, instruction set and precision, for the log and the run's record. One line.
     *
     * @throws IllegalArgumentException if the engine cannot run on this machine, or not as the environment asks it to; one
     *     line that says why and what to do
     */
    String description();

    /**
     * Builds a net and gives it these weights.
     *
     * @param architecture what to build
     * @param state weights under PyTorch's state-dict names and layouts; must fit {@code architecture} exactly
     * @param threads processor threads that attacks and training may use, at least 1. Results do not depend on it.
     * @throws StateMismatchException if a tensor is missing, unknown, of another shape or not finite
     */
    RobustNet open(Architecture architecture, NamedTensors state, int threads);

    /** All engines on the class path, in no order. */
    static List<Engine> present() {
        return ServiceLoader.load(Engine.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList();
    }

    /**
     * The engine of this name.
     *
     * @throws IllegalArgumentException if it is not on the class path; the message names those that are
     */
    static Engine named(String name) {
        var present = present();
        return present.stream().filter(e -> e.name().equals(name)).findFirst().orElseThrow(() -> {
            var names = present.stream().map(Engine::name).sorted().collect(Collectors.joining(", "));
            return new IllegalArgumentException("engine %s is not on the class path; present: %s"
                    .formatted(name, names.isEmpty() ? "none" : names));
        });
    }
}
