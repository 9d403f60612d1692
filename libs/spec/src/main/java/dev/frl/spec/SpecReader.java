package dev.frl.spec;

import dev.frl.spec.Admission.Admitted;
import dev.frl.spec.Admission.Rejected;
import dev.frl.spec.group.DatasetKeys.Available;
import dev.frl.spec.group.Keys;
import dev.frl.spec.key.Values;
import dev.frl.spec.key.ValuesReader;
import dev.frl.spec.tree.GenericTree;
import dev.frl.spec.tree.Node;
import dev.frl.spec.tree.TextTree;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads an experiment spec and plans its runs, or says everything that is wrong with it at once. Thread-safe if its
 * catalogue is.
 */
public final class SpecReader {
    private final Catalogue catalogue;

    public SpecReader(Catalogue catalogue) {
        this.catalogue = catalogue;
    }

    /**
     * Reads a file or a message.
     *
     * @param text JSON or YAML 1.2 in UTF-8, UTF-16 or UTF-32; at most 256 KiB
     */
    public Admission read(byte[] text) {
        var found = new Found();
        return admit(TextTree.read(text, found), 1, found);
    }

    /**
     * Reads values that have types already; problems have no lines then.
     *
     * @param tree maps, lists, strings, numbers and booleans, as an Avro record holds them; null is as if left out
     */
    public Admission read(Map<String, ?> tree) {
        var found = new Found();
        return admit(GenericTree.read(tree, found), null, found);
    }

    /**
     * The paths under which a spec may give a setting: today's first, then former ones.
     *
     * @param setting below {@code spec}, as in {@code warmStart.checkpoint}
     */
    public static List<String> pathsOf(String setting) {
        List<String> paths = new ArrayList<>();
        Keys.TABLE.pathsOf("spec." + setting).forEach(p -> paths.add(p.substring("spec.".length())));
        return paths;
    }

    private Admission admit(Optional<Node> tree, @Nullable Integer line, Found found) {
        if (tree.isEmpty()) {
            return new Rejected(found.inOrder());
        }
        Values values = ValuesReader.read(Keys.TABLE, tree.get(), line, "", "", found);
        if (!(tree.get() instanceof Node.Mapping)) {
            return new Rejected(found.inOrder());
        }
        var header = Header.read(values, found);
        var sweep = Sweep.read(values, found);
        var checks = new FitChecks(catalogue, found);
        List<Planner.Settled> runs = new ArrayList<>();
        Set<String> drawn = new HashSet<>();
        sweep.points(replicas -> {
            List<Planner.Settled> settled = new ArrayList<>();
            for (Sweep.Point replica : replicas) {
                settled.add(settle(replica, sweep, checks, found));
            }
            // A spec that is refused anyway needs no other point in place of a duplicate.
            if (sweep.isDrawn() && found.isEmpty() && !drawn.add(settled.get(0).canonicalSpec())) {
                return false;
            }
            runs.addAll(settled);
            return true;
        });
        refuseTwins(runs, values, sweep, found);
        return found.isEmpty()
                ? new Admitted(Planner.plan(header, sweep.priority(), sweep.retention(), sweep.settings(), runs))
                : new Rejected(found.inOrder());
    }

    private static Planner.Settled settle(Sweep.Point point, Sweep sweep, FitChecks checks, Found found) {
        var shape = checks.shape(point.values());
        var available = shape.map(s -> new Available(s.train(), s.test())).orElse(Resolver.ANY);
        var settings = Resolver.resolve(point.values(), found, available);
        checks.check(point.values(), settings, shape);
        sweep.checkRungs(point.values(), settings);
        sweep.checkRetention(point.values(), settings);
        return new Planner.Settled(point.variant(), settings, CanonicalSpec.write(settings));
    }

    /** Values that are written differently may still mean the same run. */
    private static void refuseTwins(List<Planner.Settled> points, Values values, Sweep sweep, Found found) {
        if (!found.isEmpty()) {
            return;
        }
        Map<String, Planner.Settled> seen = new HashMap<>();
        for (Planner.Settled point : points) {
            var twin = seen.putIfAbsent(point.canonicalSpec(), point);
            if (twin != null) {
                found.add(
                        values.line(sweep.source()),
                        sweep.source().path(),
                        String.format(
                                Locale.ROOT,
                                "gives the same run twice: %s and %s; every run must differ",
                                Node.shown(twin.variant().toString()),
                                Node.shown(point.variant().toString())));
            }
        }
    }
}
