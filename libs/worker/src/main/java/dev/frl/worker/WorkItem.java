package dev.frl.worker;

import dev.frl.core.run.Work;

/**
 * What a record asks for, as reports name it.
 *
 * @param attempt attempt number of the assignment or the task
 */
public record WorkItem(String runId, Work work, int attempt) {}
