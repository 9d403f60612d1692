package dev.frl.worker;

import dev.frl.core.run.Work;

/**
 * What a record asks for, as reports name it.
 *
 * @param attempt attempt number of the assignment or the task
 * @param trainingAttempt attempt number of the run's training, which a withdrawal names; that of the assignment itself
 */
public record WorkItem(String runId, Work work, int attempt, int trainingAttempt) {}
