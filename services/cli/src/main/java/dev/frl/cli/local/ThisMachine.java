package dev.frl.cli.local;

import dev.frl.checkpoint.CheckpointException;
import dev.frl.checkpoint.CheckpointStore;
import dev.frl.checkpoint.Checkpoints;
import dev.frl.cli.context.Home;
import dev.frl.cli.context.SiteChecks;
import dev.frl.cli.context.SpecPlaces;
import dev.frl.core.experiment.ExperimentPlan;
import dev.frl.core.run.RunPlan;
import dev.frl.core.settings.WarmStart.FromCheckpoint;
import dev.frl.data.CatalogueEntry;
import dev.frl.data.DataException;
import dev.frl.data.file.FileCheck;
import dev.frl.data.file.Progress;
import dev.frl.data.store.DataStore;
import dev.frl.data.store.Datasets;
import dev.frl.engine.net.Architectures;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.StateMismatchException;
import dev.frl.spec.SpecProblem;
import dev.frl.spec.SpecReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Checks whether this machine has the data set of a spec and the weights of its warm start. */
public final class ThisMachine implements SiteChecks {
    private final DataStore data;
    private final CheckpointStore checkpoints;

    private ThisMachine(DataStore data, CheckpointStore checkpoints) {
        this.data = data;
        this.checkpoints = checkpoints;
    }

    /** @param named the user's data folder; null if none was named */
    public static ThisMachine of(Home home, @Nullable Path named) {
        return new ThisMachine(
                new DataStore(named, home.path(), Progress.NONE),
                new CheckpointStore(home.checkpoints(), List.of(home.path().getRoot())));
    }

    @Override
    public List<SpecProblem> problems(SpecPlaces places, Optional<ExperimentPlan> plan) {
        var problems = new ArrayList<SpecProblem>();
        var missing = new HashMap<String, Optional<String>>();
        for (var place : places.of("dataset.name")) {
            if (Datasets.names().contains(place.text())) {
                missing.computeIfAbsent(place.text(), name -> missing(Datasets.named(name)))
                        .ifPresent(why -> problems.add(new SpecProblem(
                                place.line(),
                                place.path(),
                                String.format(Locale.ROOT, "is %s; %s", place.text(), why))));
            }
        }
        for (var path : SpecReader.pathsOf("warmStart.checkpoint")) {
            for (var place : places.of(path)) {
                weights(place.text(), plan)
                        .ifPresent(why -> problems.add(new SpecProblem(
                                place.line(),
                                place.path(),
                                String.format(Locale.ROOT, "is %s; %s", place.text(), why))));
            }
        }
        return problems;
    }

    private Optional<String> missing(CatalogueEntry entry) {
        try {
            var faults =
                    data.verify(entry).stream().filter(check -> !check.ok()).toList();
            if (faults.isEmpty()) {
                return Optional.empty();
            }
            boolean absent = faults.stream().allMatch(f -> f.status() == FileCheck.Status.MISSING);
            return Optional.of(
                    absent
                            ? "that data set " + data.absent(entry)
                            : String.join(
                                            "; ",
                                            faults.stream()
                                                    .map(FileCheck::inWords)
                                                    .toList())
                                    + String.format(Locale.ROOT, ". Run `frl data get %s`", entry.name()));
        } catch (DataException e) {
            return Optional.ofNullable(e.getMessage());
        }
    }

    private Optional<String> weights(String location, Optional<ExperimentPlan> plan) {
        if (!location.startsWith("file:/")) {
            return Optional
                    .empty(); // weights in a store are checked by the trainer; the spec reader reports other forms
        }
        NamedTensors weights;
        try {
            weights = checkpoints.readWeights(Checkpoints.location(location)).tensors();
        } catch (CheckpointException e) {
            return Optional.of("it cannot be used: " + e.getMessage());
        }
        var misfits = new LinkedHashSet<String>();
        architectures(location, plan).forEach((name, run) -> {
            try {
                var images = Datasets.of(run.settings().dataset());
                Architectures.named(name, images.channels(), images.height(), images.width(), images.classes())
                        .requireFits(weights);
            } catch (StateMismatchException e) {
                misfits.add(String.format(Locale.ROOT, "its weights do not fit %s: %s", name, e.getMessage()));
            }
        });
        return misfits.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", misfits));
    }

    /** Architectures that start from these weights, each with one of its runs. */
    private static Map<String, RunPlan> architectures(String location, Optional<ExperimentPlan> plan) {
        var runs = new LinkedHashMap<String, RunPlan>();
        for (var run : plan.map(ExperimentPlan::runs).orElse(List.of())) {
            if (run.settings().warmStart() instanceof FromCheckpoint from
                    && from.location().equals(location)) {
                runs.putIfAbsent(run.settings().architecture(), run);
            }
        }
        return runs;
    }
}
