package dev.frl.core.run;

import dev.frl.core.checkpoint.Selection;
import dev.frl.core.errors.ClassErrors;
import dev.frl.core.run.RunEvent.EpochEvaluated;
import dev.frl.core.run.RunEvent.Finished;
import dev.frl.core.run.RunEvent.Planned;
import dev.frl.core.run.RunEvent.Reopened;
import dev.frl.core.run.RunEvent.TestEvaluated;
import dev.frl.core.run.RunEvent.Trained;
import dev.frl.core.run.RunInput.EpochTrained;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The events of one run, indexed for reports, tables and MLflow. A repeated event changes nothing. Not thread-safe.
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

    /** @throws IllegalArgumentException if the event belongs to another run */
    public void add(RunEvent event) {
        if (!event.runId().equals(plan.runId())) {
            throw new IllegalArgumentException(
                    String.format(Locale.ROOT, "event of run %s in the history of %s", event.runId(), plan.runId()));
        }
        if (event instanceof Planned) {
            return;
        }
        events.add(event);
        if (event instanceof Trained t) {
            trained.putIfAbsent(t.epoch().epoch(), t.epoch());
        } else if (event instanceof EpochEvaluated e) {
            evaluated.putIfAbsent(e.epoch(), e);
        } else if (event instanceof TestEvaluated t) {
            tests.putIfAbsent(t.selection(), t);
        } else if (event.isEnd()) {
            end = event;
        } else if (event instanceof Reopened) {
            end = null;
        }
    }

    public RunPlan plan() {
        return plan;
    }

    /** All events in order, repeats included. */
    public List<RunEvent> events() {
        return Collections.unmodifiableList(events);
    }

    /** Training of each epoch, by epoch; 0 is the warm start. */
    public Map<Integer, EpochTrained> trained() {
        return Collections.unmodifiableMap(trained);
    }

    /** Validation of each epoch, by epoch; 0 is the warm start. */
    public Map<Integer, EpochEvaluated> evaluated() {
        return Collections.unmodifiableMap(evaluated);
    }

    /** Errors of these weights on the test images; empty if they were not tested. */
    public Optional<ClassErrors> test(Selection weights) {
        return Optional.ofNullable(tests.get(weights)).map(TestEvaluated::errors);
    }

    public Optional<TestEvaluated> testEvent(Selection weights) {
        return Optional.ofNullable(tests.get(weights));
    }

    /** Finished, Failed or Stopped; empty while the run is active, and after it is reopened. */
    public Optional<RunEvent> end() {
        return Optional.ofNullable(end);
    }

    public boolean finished() {
        return end instanceof Finished;
    }

    /** Names of the classes, by label; empty until the first epoch is announced. */
    public List<String> classNames() {
        return trained.isEmpty()
                ? List.of()
                : trained.firstEntry().getValue().manifest().classNames();
    }
}
