package dev.frl.tracking;

import dev.frl.core.run.RunEvent;
import dev.frl.core.run.RunHistory;
import java.util.List;

/**
 * Where runs are recorded. Events may come more than once, and all over again after a restart: the same events give the same
 * record. One caller at a time.
 */
public interface RunRecorder extends AutoCloseable {
    /**
     * Records one event of one run. Events of a run come in their order; those of different runs in any.
     *
     * @param history of the run, this event included; it may hold later ones as well
     * @throws RecorderException if it could not be recorded; if {@link RecorderException#retryable}, call again with the same
     */
    void record(RunHistory history, RunEvent event) throws RecorderException;

    /**
     * Records what an experiment's runs say together: note, table, report; and once all of them have ended, the means over
     * seeds. To be called whenever a run of it ended or was evaluated, but not while an old log is read again: half an
     * experiment would pass for a whole one.
     *
     * @param runs all runs of one experiment, warm start runs included, in any order
     * @throws RecorderException as above
     */
    void summarise(List<RunHistory> runs) throws RecorderException;

    @Override
    void close();
}
