package dev.frl.core.run;

import dev.frl.core.errors.ClassErrors;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.EpochTrained;
import dev.frl.core.run.RunEvent.Failed;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.core.run.RunEvent.Planned;
import dev.frl.core.run.RunEvent.TestEvaluated;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All that a report, a table or the MLflow record says about one run, gathered from its events. A repeated event changes
 * nothing. Not thread-safe.
 */
public final class RunHistory {
    private final RunPlan plan;
    private final List<RunEvent> events = new ArrayList<>();
    private final TreeMap<Integer, EpochTrained> trained = new TreeMap<>();
    private final TreeMap<Integer, EpochEvaluated> evaluated = new TreeMap<>();
    private final Map<Selection, TestEvaluated> tests = new EnumMap<>(Selection.class);
    private @Nullable RunEvent end;

    public RunHistory(Planned planned) {
        this.plan = planned.plan();
        events.add(planned);
    }

    /** @throws IllegalArgumentException if the event is another run's */
    public void add(RunEvent event) {
        if (!event.runId().equals(plan.runId())) {
            throw new IllegalArgumentException(
                    "event of run %s in the history of %s".formatted(event.runId(), plan.runId()));
        }
        if (event instanceof Planned) {
            return;
        }
        events.add(event);
        if (event instanceof EpochTrained t) {
            trained.putIfAbsent(t.epoch(), t);
        } else if (event instanceof EpochEvaluated j) {
            evaluated.putIfAbsent(j.epoch(), j);
        } else if (event instanceof TestEvaluated t) {
            tests.putIfAbsent(t.selection(), t);
        } else if (event instanceof Finished || event instanceof Failed) {
            end = event;
        }
    }

    public RunPlan plan() {
        return plan;
    }

    /** In order, repeats included. */
    public List<RunEvent> events() {
        return Collections.unmodifiableList(events);
    }

    /** Epoch (0 is the warm start) to its training. */
    public Map<Integer, EpochTrained> trained() {
        return Collections.unmodifiableMap(trained);
    }

    /** Epoch (0 is the warm start) to its validation. */
    public Map<Integer, EpochEvaluated> evaluated() {
        return Collections.unmodifiableMap(evaluated);
    }

    /** Errors on the test images of these weights, if they were evaluated. */
    public Optional<ClassErrors> test(Selection weights) {
        return Optional.ofNullable(tests.get(weights)).map(TestEvaluated::errors);
    }

    public Optional<TestEvaluated> testEvent(Selection weights) {
        return Optional.ofNullable(tests.get(weights));
    }

    /** Finished or Failed; empty while it runs. */
    public Optional<RunEvent> end() {
        return Optional.ofNullable(end);
    }

    public boolean finished() {
        return end instanceof Finished;
    }

    /** Names by label; empty before the first epoch was announced. */
    public List<String> classNames() {
        return trained.isEmpty()
                ? List.of()
                : trained.firstEntry().getValue().manifest().classNames();
    }
}
