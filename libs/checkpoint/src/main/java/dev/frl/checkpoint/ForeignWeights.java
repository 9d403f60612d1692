package dev.frl.checkpoint;

import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Longs;
import dev.frl.engine.net.NamedTensors.Tensor;
import dev.frl.engine.net.StateMismatchException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A state dict that other code saved, converted to the tensor names of an architecture here. Only changes that cannot change the
 * net's results are made:
 *
 * <ul>
 *   <li>the prefix {@code module.}, which {@code DataParallel} adds to every name, is removed;
 *   <li>a missing {@code num_batches_tracked}, as before PyTorch 0.4.1, is set to 0: no result depends on it;
 *   <li>for wrn28-*: {@code sub_block1}, which TRADES' net has but never uses, is dropped; so are the second names that the
 *       code of Xu et al. gives to layers, {@code layer_one} and {@code other_layers}, if they hold the same numbers.
 * </ul>
 *
 * @param tensors state dict that fits the architecture
 * @param changes one line for each kind of change; empty if nothing was changed
 */
public record ForeignWeights(NamedTensors tensors, List<String> changes) {
    private static final String PARALLEL = "module.";
    private static final String COUNT = ".num_batches_tracked";

    /** Names of the mean and the standard deviation in nets that normalise their input. */
    private static final Set<String> NORMALISATION = Set.of("mean", "std", "mu", "sigma");

    private static final List<String> UNUSED = List.of("sub_block1.", "other_layers.1.");
    private static final Map<String, String> SECOND_NAMES = Map.of(
            "layer_one.", "conv1.",
            "other_layers.0.", "block1.",
            "other_layers.2.", "block2.",
            "other_layers.3.", "block3.",
            "other_layers.4.", "bn1.",
            "other_layers.5.", "fc.");

    public ForeignWeights {
        changes = List.copyOf(changes);
    }

    /** Converts a state dict. @throws StateMismatchException listing every mismatch, one per line */
    public static ForeignWeights fitted(NamedTensors found, Architecture architecture) {
        var changes = new ArrayList<String>();
        var problems = new ArrayList<String>();
        var tensors = withoutPrefix(found, changes);
        refuseNormalisation(tensors, problems);
        if (architecture.name().startsWith("wrn28-")) {
            dropSecondNames(tensors, changes, problems);
            dropUnused(tensors, changes);
        }
        var ordered = new LinkedHashMap<String, Tensor>();
        var counts = new ArrayList<String>();
        architecture.shapes().keySet().forEach(name -> {
            var tensor = tensors.remove(name);
            if (tensor != null) {
                ordered.put(name, tensor);
            } else if (name.endsWith(COUNT)) {
                ordered.put(name, new Longs(List.of(), new long[1]));
                counts.add(name);
            }
        });
        if (!counts.isEmpty()) {
            changes.add(String.format(
                    Locale.ROOT,
                    "%d tensors num_batches_tracked are missing and set to 0: no result depends on them",
                    counts.size()));
        }
        ordered.putAll(tensors);
        var state = NamedTensors.of(ordered);
        try {
            architecture.requireFits(state);
        } catch (StateMismatchException e) {
            problems.addAll(e.problems());
        }
        if (!problems.isEmpty()) {
            throw new StateMismatchException(problems);
        }
        return new ForeignWeights(state, changes);
    }

    private static Map<String, Tensor> withoutPrefix(NamedTensors found, List<String> changes) {
        boolean parallel = !found.isEmpty() && found.names().stream().allMatch(name -> name.startsWith(PARALLEL));
        var tensors = new LinkedHashMap<String, Tensor>();
        found.asMap()
                .forEach((name, tensor) -> tensors.put(parallel ? name.substring(PARALLEL.length()) : name, tensor));
        if (parallel) {
            changes.add("the prefix module. of every name is removed");
        }
        return tensors;
    }

    private static void refuseNormalisation(Map<String, Tensor> tensors, List<String> problems) {
        tensors.keySet().removeIf(name -> {
            boolean normalises = NORMALISATION.contains(name.substring(name.lastIndexOf('.') + 1));
            if (normalises) {
                problems.add(String.format(
                        Locale.ROOT,
                        "tensor %s normalises the images inside the net, which no net here does: nets here take pixels in [0, 1] unchanged",
                        name));
            }
            return normalises;
        });
    }

    private static void dropSecondNames(Map<String, Tensor> tensors, List<String> changes, List<String> problems) {
        var dropped = new ArrayList<String>();
        for (var name : List.copyOf(tensors.keySet())) {
            SECOND_NAMES.forEach((second, first) -> {
                if (name.startsWith(second)) {
                    var meant = first + name.substring(second.length());
                    var tensor = tensors.remove(name);
                    if (tensor != null && tensor.equals(tensors.get(meant))) {
                        dropped.add(name);
                    } else {
                        problems.add(String.format(
                                Locale.ROOT,
                                "tensor %s should be a second name of %s, but their values differ",
                                name,
                                meant));
                    }
                }
            });
        }
        if (!dropped.isEmpty()) {
            changes.add(String.format(
                    Locale.ROOT,
                    "%d tensors layer_one.* and other_layers.* are dropped: second names of other tensors, with the same values",
                    dropped.size()));
        }
    }

    private static void dropUnused(Map<String, Tensor> tensors, List<String> changes) {
        int before = tensors.size();
        tensors.keySet().removeIf(name -> UNUSED.stream().anyMatch(name::startsWith));
        if (tensors.size() < before) {
            changes.add(String.format(
                    Locale.ROOT,
                    "%d tensors of sub_block1 are dropped: the code that saved them never uses them",
                    before - tensors.size()));
        }
    }
}
