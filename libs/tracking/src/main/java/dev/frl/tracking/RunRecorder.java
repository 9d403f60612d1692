package dev.frl.tracking;

import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunHistory;
import dev.frl.report.statistics.SweepHistory;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Records runs. Events may be delivered more than once, after a restart too: the same events give the same record. Not
 * thread-safe.
 */
public interface RunRecorder extends AutoCloseable {
    /**
     * Checks that this recorder can record: before its first event, and after a failure, to tell one run's failure from that of all.
     *
     * @throws RecorderException if it cannot
     */
    default void connect() throws RecorderException {}

    /**
     * Records one event of one run. Events of a run are in order; events of different runs may be interleaved.
     *
     * @param history history of the run, including this event; it may contain later events too
     * @throws RecorderException if the event is not recorded yet; call again with it before later ones of the run
     */
    void record(RunHistory history, RunEvent event) throws RecorderException;

    /**
     * Records the summary of an experiment: description, table and report; after the end of all runs also the means over seeds.
     * Call it after a run of the experiment was evaluated or ended, but not while an old log is read again: half of an experiment
     * would be summarised as the whole.
     *
     * @param runs all runs of one experiment, warm-start runs included, in any order
     * @param sweep what the experiment decided; null if it has no log, since an earlier version ran it
     * @throws RecorderException if the summary is not recorded yet; call again later
     */
    void summarise(List<RunHistory> runs, @Nullable SweepHistory sweep) throws RecorderException;

    /** Runs of which it records nothing since a user does not want it, each with the reason and how to change one's mind. */
    default Map<String, String> withheld() {
        return Map.of();
    }

    @Override
    void close();
}
