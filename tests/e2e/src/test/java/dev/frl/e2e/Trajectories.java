package dev.frl.e2e;

import dev.frl.core.checkpoint.Selection;
import dev.frl.core.run.RunHistory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What must not depend on anything that happened to the services: weights, counts, and what the policy made of them. */
final class Trajectories {
    private Trajectories() {}

    /** By run id. */
    static Map<String, List<Object>> of(Watch watch) {
        var all = new TreeMap<String, List<Object>>();
        watch.histories().forEach((run, history) -> all.put(run, of(history)));
        return all;
    }

    /** SHA-256 of the weights of each epoch, its tally, its fairness update, and the tallies of the tests. */
    static List<Object> of(RunHistory run) {
        var facts = new ArrayList<>();
        run.trained().forEach((epoch, trained) -> {
            facts.add(List.of(epoch, trained.weights().sha256()));
            if (trained.averaged() != null) {
                facts.add(List.of(epoch, trained.averaged().sha256()));
            }
        });
        run.evaluated().values().forEach(e -> {
            facts.add(List.of(e.epoch(), e.tally()));
            if (e.update() != null) {
                facts.add(e.update());
            }
        });
        for (var selection : Selection.values()) {
            run.testEvent(selection).ifPresent(test -> facts.add(List.of(selection, test.tally())));
        }
        return facts;
    }
}
