package dev.frl.checkpoint;

import dev.frl.engine.net.Architecture;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Longs;
import dev.frl.engine.net.NamedTensors.Tensor;
import dev.frl.engine.net.StateMismatchException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A state dict that other code saved, converted to the tensor names of an architecture here. Only changes that cannot change the
 * net's results are made:
 *
 * <ul>
 *   <li>prefixes that wrappers add to every name are removed: {@code module.} of {@code DataParallel} and {@code AveragedModel},
 *       {@code _orig_mod.} of {@code torch.compile}, and those that users give to the net in a module of their own; those of
 *       {@code torch.compile} and FSDP also where single layers are wrapped;
 *   <li>the counters of averaged models, such as {@code n_averaged}, are dropped;
 *   <li>a missing {@code num_batches_tracked}, as before PyTorch 0.4.1, is set to 0: no result depends on it;
 *   <li>for wrn28-*: {@code sub_block1}, which TRADES' net has but never uses, is dropped; so are the second names that the
 *       code of Xu et al. gives to layers, {@code layer_one} and {@code other_layers}, if they hold the same numbers.
 * </ul>
 *
 * @param tensors state dict that fits the architecture
 * @param changes one line for each kind of change; empty if nothing was changed
 */
public record ForeignWeights(NamedTensors tensors, List<String> changes) {
    private static final String COUNT = ".num_batches_tracked";

    /** What wrappers call the net inside. */
    private static final Set<String> WRAPPERS = Set.of(
            "module",
            "_orig_mod",
            "model",
            "net",
            "network",
            "state_dict",
            "ema",
            "ema_model",
            "model_ema",
            "averaged_model",
            "swa_model",
            "base_model",
            "basic_net",
            "_module",
            "_forward_module",
            "_fsdp_wrapped_module");

    /** What torch.compile and FSDP call a layer that they wrap, anywhere in a name. */
    private static final List<String> LAYER_WRAPPERS =
            List.of("_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module.");

    /** Scalars that averaged models count with: of torch.optim.swa_utils, of timm, and of ema-pytorch. */
    private static final Set<String> COUNTERS = Set.of("n_averaged", "num_updates", "decay", "initted", "step");

    /** Names of the mean and the standard deviation in nets that normalise their input. */
    private static final Set<String> NORMALISATION = Set.of(
            "mean",
            "std",
            "mu",
            "sigma",
            "_mean",
            "_std",
            "means",
            "stds",
            "pixel_mean",
            "pixel_std",
            "image_mean",
            "image_std",
            "new_mean",
            "new_std");

    /** Names of tensors that torch.nn.utils puts in place of a layer's own, and what undoes it. */
    private static final List<Map.Entry<Pattern, String>> REPARAMETRIZED = List.of(
            Map.entry(
                    Pattern.compile(".*\\bparametrizations\\..*\\.original0?"),
                    "torch.nn.utils.parametrize.remove_parametrizations(layer, \"weight\")"),
            Map.entry(Pattern.compile(".*_g"), "torch.nn.utils.remove_weight_norm(layer)"),
            Map.entry(Pattern.compile(".*_u"), "torch.nn.utils.remove_spectral_norm(layer)"),
            Map.entry(Pattern.compile(".*_mask"), "torch.nn.utils.prune.remove(layer, \"weight\")"));

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
        var tensors = withoutLayerWrappers(withoutWrappers(found.asMap(), architecture, changes), changes);
        if (refuseNormalisation(tensors, architecture, problems)) {
            tensors = withoutWrappers(tensors, architecture, changes); // the net stood beside the normalisation
        }
        tensors = withoutUnknownPrefix(tensors, architecture, problems);
        if (architecture.name().startsWith("wrn28-")) {
            dropSecondNames(tensors, changes, problems);
            dropUnused(tensors, changes);
        }
        var state = NamedTensors.of(completed(tensors, architecture, changes));
        try {
            architecture.requireFits(state);
        } catch (StateMismatchException e) {
            problems.addAll(e.problems());
            otherOrder(state, architecture, problems);
            reparametrized(state.names(), problems);
            partThatFits(tensors, architecture, problems);
        }
        if (!problems.isEmpty()) {
            throw new StateMismatchException(problems);
        }
        return new ForeignWeights(state, changes);
    }

    /** In the architecture's order, with counts of batches where there are none; what is not part of it comes last. */
    private static Map<String, Tensor> completed(
            Map<String, Tensor> tensors, Architecture architecture, List<String> changes) {
        var rest = new LinkedHashMap<>(tensors);
        var ordered = new LinkedHashMap<String, Tensor>();
        int counts = 0;
        for (String name : architecture.shapes().keySet()) {
            var tensor = rest.remove(name);
            if (tensor != null) {
                ordered.put(name, tensor);
            } else if (name.endsWith(COUNT)) {
                ordered.put(name, new Longs(List.of(), new long[1]));
                counts++;
            }
        }
        if (counts > 0) {
            changes.add(String.format(
                    Locale.ROOT,
                    "%d tensors num_batches_tracked are missing and set to 0: no result depends on them",
                    counts));
        }
        ordered.putAll(rest);
        return ordered;
    }

    private static Map<String, Tensor> withoutLayerWrappers(Map<String, Tensor> found, List<String> changes) {
        var tensors = new LinkedHashMap<String, Tensor>();
        var removed = new TreeSet<String>();
        found.forEach((name, tensor) -> {
            String inner = name;
            for (String wrapper : LAYER_WRAPPERS) {
                if (inner.contains("." + wrapper)) {
                    inner = inner.replace("." + wrapper, ".");
                    removed.add(wrapper);
                }
            }
            tensors.put(inner, tensor);
        });
        if (tensors.size() < found.size() || removed.isEmpty()) {
            return found;
        }
        changes.add("the names " + String.join(", ", removed) + " of wrapped layers are removed");
        return tensors;
    }

    /** Wrappers may be nested: {@code module._orig_mod.} of a compiled model in {@code DataParallel}. */
    private static Map<String, Tensor> withoutWrappers(
            Map<String, Tensor> found, Architecture architecture, List<String> changes) {
        var tensors = new LinkedHashMap<>(found);
        var removed = new StringBuilder();
        while (true) {
            var counters = tensors.keySet().stream()
                    .filter(name -> COUNTERS.contains(name) && isScalar(tensors.get(name)))
                    .toList();
            var prefix = commonPrefix(tensors, counters);
            boolean isWrapper = !prefix.isEmpty() && WRAPPERS.contains(prefix.substring(0, prefix.length() - 1));
            if (!isWrapper || isPartOf(architecture, tensors)) {
                break;
            }
            if (!counters.isEmpty()) {
                changes.add("the counter " + String.join(", ", counters) + " of an averaged model is dropped");
            }
            var inner = new LinkedHashMap<String, Tensor>();
            tensors.forEach((name, tensor) -> {
                if (!counters.contains(name)) {
                    inner.put(name.substring(prefix.length()), tensor);
                }
            });
            tensors.clear();
            tensors.putAll(inner);
            removed.append(prefix);
        }
        if (removed.length() > 0) {
            changes.add("the prefix " + removed + " of every name is removed");
        }
        return tensors;
    }

    /** Whether names are known as they are: then what they begin with is a layer of the net. */
    private static boolean isPartOf(Architecture architecture, Map<String, Tensor> tensors) {
        return tensors.keySet().stream().anyMatch(architecture.shapes()::containsKey);
    }

    private static boolean isScalar(@Nullable Tensor tensor) {
        return tensor != null && tensor.size() == 1;
    }

    /** With which all names but these begin, up to and with the first point; empty if they differ. */
    private static String commonPrefix(Map<String, Tensor> tensors, Collection<String> but) {
        var prefixes = tensors.keySet().stream()
                .filter(name -> !but.contains(name))
                .map(ForeignWeights::prefix)
                .distinct()
                .limit(2)
                .toList();
        return prefixes.size() == 1 ? prefixes.get(0) : "";
    }

    private static String prefix(String name) {
        return name.substring(0, name.indexOf('.') + 1);
    }

    /** A prefix that nobody knows may mean anything, so it is told and not removed. The rest is checked without it. */
    private static Map<String, Tensor> withoutUnknownPrefix(
            Map<String, Tensor> tensors, Architecture architecture, List<String> problems) {
        String prefix = commonPrefix(tensors, List.of());
        var names = architecture.shapes().keySet();
        if (prefix.isEmpty()
                || isPartOf(architecture, tensors)
                || tensors.keySet().stream().noneMatch(name -> names.contains(name.substring(prefix.length())))) {
            return tensors;
        }
        problems.add(String.format(
                Locale.ROOT,
                "every name begins with %s, which is no wrapper that is known here: if the net is only kept there, save"
                        + " {k.removeprefix(\"%s\"): v for k, v in state.items()}",
                prefix,
                prefix));
        var inner = new LinkedHashMap<String, Tensor>();
        tensors.forEach((name, tensor) -> inner.put(name.substring(prefix.length()), tensor));
        return inner;
    }

    /** Layers whose weight PyTorch computes from other tensors, and how to have it computed once and for all. */
    private static void reparametrized(Collection<String> names, List<String> problems) {
        REPARAMETRIZED.forEach(form -> names.stream()
                .filter(name -> form.getKey().matcher(name).matches())
                .findFirst()
                .ifPresent(name -> problems.add(String.format(
                        Locale.ROOT,
                        "tensor %s is one of those from which a layer computes its weight: in PyTorch, call %s for every"
                                + " such layer, then save again",
                        name,
                        form.getValue()))));
    }

    /** Other libraries keep the axes of the same tensor in another order. */
    private static void otherOrder(NamedTensors state, Architecture architecture, List<String> problems) {
        var shapes = new ArrayList<String>();
        architecture.shapes().forEach((name, shape) -> {
            var tensor = state.asMap().get(name);
            if (tensor != null
                    && shape.size() > 1
                    && !tensor.shape().equals(shape)
                    && tensor.shape().stream()
                            .sorted()
                            .toList()
                            .equals(shape.stream().sorted().toList())) {
                shapes.add(name);
            }
        });
        if (!shapes.isEmpty()) {
            problems.add(String.format(
                    Locale.ROOT,
                    "%d tensors have the axes in another order, such as %s: PyTorch's are [out, in, height, width] and"
                            + " [out, in]; from TensorFlow or JAX, v.permute(3, 2, 0, 1) and v.T",
                    shapes.size(),
                    shapes.get(0)));
        }
    }

    /** One of several nets in the file, such as a net beside its average. */
    private static void partThatFits(Map<String, Tensor> tensors, Architecture architecture, List<String> problems) {
        tensors.keySet().stream()
                .map(ForeignWeights::prefix)
                .distinct()
                .filter(prefix -> !prefix.isEmpty())
                .filter(prefix -> architecture.shapes().entrySet().stream()
                        .allMatch(shape -> shape.getKey().endsWith(COUNT)
                                || Optional.ofNullable(tensors.get(prefix + shape.getKey()))
                                        .filter(tensor -> tensor.shape().equals(shape.getValue()))
                                        .isPresent()))
                .forEach(prefix -> problems.add(String.format(
                        Locale.ROOT,
                        "the tensors that begin with %s would fit: save only {k.removeprefix(\"%s\"): v for k, v in"
                                + " state.items() if k.startswith(\"%s\")}",
                        prefix,
                        prefix,
                        prefix)));
    }

    /** @return whether there was a normalisation; its tensors are removed */
    private static boolean refuseNormalisation(
            Map<String, Tensor> tensors, Architecture architecture, List<String> problems) {
        String first = architecture.shapes().keySet().iterator().next();
        return tensors.keySet().removeIf(name -> {
            boolean normalises = NORMALISATION.contains(name.substring(name.lastIndexOf('.') + 1));
            if (normalises) {
                problems.add(String.format(
                        Locale.ROOT,
                        "tensor %s normalises the images inside the net, which no net here does: nets here take pixels in"
                                + " [0, 1] unchanged. %s",
                        name,
                        folding(first, architecture)));
            }
            return normalises;
        });
    }

    /** How to have the first layer do it: weight / std, and a bias that subtracts the mean. */
    private static String folding(String first, Architecture architecture) {
        String bias = first.replaceAll("weight$", "bias");
        boolean image = architecture.shapes().getOrDefault(first, List.of()).size() == 4;
        String axes = image ? "1, -1, 1, 1" : "1, -1";
        return architecture.shapes().containsKey(bias)
                ? String.format(
                        Locale.ROOT,
                        "Fold it into the first layer: %s /= std.view(%s), then %s -= (%s * mean.view(%s)).sum(%s)%s",
                        first,
                        axes,
                        bias,
                        first,
                        axes,
                        image ? "(1, 2, 3)" : "1",
                        image ? "; at a padded edge this is not exact, and a few epochs of training mend it" : "")
                : String.format(
                        Locale.ROOT,
                        "Fold the std into the first layer, %s /= std.view(%s); %s has no bias there that could take the"
                                + " mean, so train on from there, or train the net without normalisation",
                        first,
                        axes,
                        architecture.name());
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
